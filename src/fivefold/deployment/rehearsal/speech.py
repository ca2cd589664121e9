"""How a platform asks for rows, and what it reads in an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from fivefold.core.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fivefold.deployment.client import Reply

__all__ = ["Asking", "Instances", "Speech", "Tensors", "document_of", "figures_of", "no_answer"]


@dataclass(frozen=True, slots=True)
class Asking:
    """A request for predictions."""

    path: str
    body: bytes


class Speech(Protocol):
    """A way to ask."""

    def ask(self, rows: Sequence[Mapping[str, object]]) -> Asking:
        """Return the request."""

    def read(self, reply: Reply) -> list[float]:
        """Return the score, or the number, of each row.

        Raises
        ------
        StepError
            When this is no answer.
        """


def figures_of(answers: Sequence[Mapping[str, object]]) -> list[float]:
    """Return the score, or the number, of each answer."""
    return [float(str(answer.get("score", answer.get("value")))) for answer in answers]


@dataclass(frozen=True, slots=True)
class Instances:
    """``{"instances": [...]}`` in, ``{"predictions": [...]}`` out: the service's own, Vertex AI's and SageMaker's.

    Attributes
    ----------
    path : str
    as_lists : tuple of str
        Columns in the order in which rows are sent as lists; empty where they are sent as objects.
    as_floats : bool
        Whether whole numbers are sent as floats, as Vertex AI's clients do with every number.
    """

    path: str
    as_lists: tuple[str, ...] = ()
    as_floats: bool = False

    def ask(self, rows: Sequence[Mapping[str, object]]) -> Asking:
        """Return the request."""
        sent: list[object] = [{name: self._value(value) for name, value in row.items()} for row in rows]
        if self.as_lists:
            sent = [[self._value(row.get(name)) for name in self.as_lists] for row in rows]
        return Asking(self.path, orjson.dumps({"instances": sent}))

    def read(self, reply: Reply) -> list[float]:
        """Read an answer."""
        document = document_of(reply)
        try:
            return figures_of(document["predictions"])
        except (KeyError, TypeError, ValueError) as error:
            raise no_answer(reply) from error

    def _value(self, value: object) -> object:
        """Return a value as it is sent."""
        whole = self.as_floats and isinstance(value, int) and not isinstance(value, bool)
        return float(str(value)) if whole else value


@dataclass(frozen=True, slots=True)
class Tensors:
    """A tensor per column in, tensors out: the Open Inference Protocol.

    Attributes
    ----------
    path : str
    datatypes : tuple of (str, str)
        Column and datatype, as the model's metadata tell them.
    """

    path: str
    datatypes: tuple[tuple[str, str], ...]

    def ask(self, rows: Sequence[Mapping[str, object]]) -> Asking:
        """Return the request."""
        inputs = [
            {
                "name": name,
                "datatype": datatype,
                "shape": [len(rows)],
                "data": [_text(row.get(name)) if datatype == "BYTES" else row.get(name) for row in rows],
            }
            for name, datatype in self.datatypes
        ]
        return Asking(self.path, orjson.dumps({"inputs": inputs}))

    def read(self, reply: Reply) -> list[float]:
        """Read an answer."""
        document = document_of(reply)
        try:
            found = {output["name"]: output["data"] for output in document["outputs"]}
            figures = found["score"] if "score" in found else found["value"]
            return [float(value) for value in figures]
        except (KeyError, TypeError, ValueError) as error:
            raise no_answer(reply) from error


def _text(value: object) -> object:
    """Return a value as a text; nothing stays nothing."""
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def document_of(reply: Reply) -> Any:
    """Return the JSON of an answer that is one.

    Raises
    ------
    StepError
        When this is no answer.
    """
    document = reply.json()
    if reply.status != 200 or not isinstance(document, dict):
        raise no_answer(reply)
    return document


def no_answer(reply: Reply) -> StepError:
    """Make the error that says what came instead of an answer."""
    return StepError(
        "The service does not answer as the platform expects",
        seen=f"status {reply.status}: {reply.body[:200].decode(errors='replace')}",
        expected="status 200 and an answer for each row",
        todo="look into the service's output",
    )
