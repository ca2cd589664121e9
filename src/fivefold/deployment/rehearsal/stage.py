"""The stage: the service under rehearsal, what it must answer, and how it is asked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fivefold.core.errors import StepError
from fivefold.deployment.client import Client
from fivefold.deployment.rehearsal.speech import Instances, Tensors, document_of, figures_of, no_answer
from fivefold.service.golden import REHEARSAL
from fivefold.service.settings import MODEL_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fivefold.core.clock import Deadline
    from fivefold.deployment.client import Reply
    from fivefold.deployment.rehearsal.actor import Actor
    from fivefold.deployment.rehearsal.platform import Platform
    from fivefold.deployment.rehearsal.speech import Speech

__all__ = ["Example", "Stage"]

_LEAST_WAIT = 0.05
"""Seconds that an answer is waited for even when the time is over: none at all would mean something else to a socket."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row whose answer is known.

    Attributes
    ----------
    row : mapping of str to JSON value
    figure : float
        Its score, or its number.
    """

    row: Mapping[str, object]
    figure: float


@dataclass(slots=True)
class Stage:
    """What all parts of a rehearsal share.

    Attributes
    ----------
    platform : Platform
    address : str
    actor : Actor or None
        None where the service runs elsewhere: then it is neither started, silenced nor ended.
    token : str
        Shown with every request.
    model : str
        What the model is called under ``/v2/models``.
    thorough : bool
        Whether failing health checks are waited for as long as the platform waits.
    latency : float or None
        Seconds that 95 of 100 one-row requests may take.
    examples : tuple of Example
    speech : Speech
    until : Deadline or None
        Nothing is waited for after this moment; None where there is time.
    most_rows : int or None
        Rows of the largest batch that there is time for; None where there is time for any.
    """

    platform: Platform
    address: str
    actor: Actor | None = None
    token: str = ""
    model: str = MODEL_NAME
    thorough: bool = False
    latency: float | None = None
    examples: tuple[Example, ...] = ()
    speech: Speech = field(default_factory=lambda: Instances("/predict"))
    until: Deadline | None = None
    most_rows: int | None = None

    def left(self) -> float:
        """Seconds that are left."""
        return math.inf if self.until is None else self.until.remaining()

    def over(self) -> bool:
        """Whether no time is left."""
        return self.left() == 0.0

    def client(self, seconds: float) -> Client:
        """Return a connection of the platform's patience."""
        return Client(self.address, timeout=max(min(seconds, self.left()), _LEAST_WAIT), token=self.token)

    def health(self, seconds: float) -> int:
        """Ask for health; 0 where nothing comes back in time."""
        try:
            with self.client(seconds) as client:
                return client.get(self.platform.health).status
        except StepError:
            return 0

    def predict(self, rows: Sequence[Mapping[str, object]], speech: Speech | None = None) -> list[float]:
        """Ask for rows as the platform does."""
        chosen = speech or self.speech
        return chosen.read(self.send(rows, chosen))

    def send(self, rows: Sequence[Mapping[str, object]], speech: Speech | None = None) -> Reply:
        """Ask for rows and return whatever comes back."""
        asking = (speech or self.speech).ask(rows)
        with self.client(self.platform.answer_seconds) as client:
            return client.send(asking.path, asking.body, REHEARSAL)

    def learn(self) -> None:
        """Ask the service itself for an example, where no bundle is at hand, and how it wants to be asked.

        Raises
        ------
        StepError
            When it does not say so.
        """
        with self.client(self.platform.answer_seconds) as client:
            if not self.examples:
                self.examples = (_example(client.get("/schema")),)
            self.speech = Instances(self.platform.predict)
            if self.platform.name == "v2":
                self.speech = _tensors(client, self.model)


def _example(reply: Reply) -> Example:
    """Read the example in a schema."""
    try:
        told = document_of(reply)["example"]
        figure = figures_of(told["response"]["predictions"])[0]
        return Example(told["request"]["instances"][0], figure)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise no_answer(reply) from error


def _tensors(client: Client, name: str) -> Tensors:
    """Ask the model how its tensors are called."""
    reply = client.get(f"/v2/models/{name}")
    try:
        inputs = tuple((each["name"], each["datatype"]) for each in document_of(reply)["inputs"])
    except (KeyError, TypeError) as error:
        raise no_answer(reply) from error
    return Tensors(f"/v2/models/{name}/infer", inputs)
