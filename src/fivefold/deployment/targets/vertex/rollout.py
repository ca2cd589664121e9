"""A new model gets its traffic in stages, 0, 10, 50, 100 percent, each behind gates; one that is not passed takes it all back.

What is judged are rows that are sent to the endpoint for this: each answer names the deployed model that gave it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.cloud.vertex.refusals import STALLED, VertexError
from fivefold.core.errors import UnhealthyError
from fivefold.deployment.rehearsal.speech import figures_of
from fivefold.deployment.undone import not_undone
from fivefold.service.golden import TOLERANCE, difference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fivefold.core.artefacts import GoldenCheck
    from fivefold.core.clock import Deadline
    from fivefold.deployment.targets.vertex.registry import Registry
    from fivefold.deployment.targets.vertex.settings import VertexSettings

    Row = Mapping[str, object]

__all__ = ["STAGES", "Rollout", "Tally", "scaled", "shift"]

STAGES = (10, 50, 100)
"""Percent of the requests, one after the other."""
_NOISE_SECONDS = 0.05
"""A p95 that is later by no more than this is no slowdown, however quick the model before was."""
_ENOUGH = 3
"""A stage is over after so many times as many requests as it should take on average."""


@dataclass(slots=True)
class Tally:
    """What came back.

    Attributes
    ----------
    seconds : list of float
        Of each answer.
    answers : list of (int, mapping)
        Place of the row, and what was said of it.
    """

    seconds: list[float] = field(default_factory=list)
    answers: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """Seconds at the 95th percentile."""
        return float(np.quantile(self.seconds, 0.95)) if self.seconds else 0.0


@dataclass(slots=True)
class _Stage:
    """All answers of a stage."""

    new: Tally = field(default_factory=Tally)
    old: Tally = field(default_factory=Tally)
    errors: int = 0
    last: str = ""

    def error_rate(self) -> float:
        """Share of requests that failed, of those that the new model answered or nobody did."""
        return self.errors / max(1, self.errors + len(self.new.seconds))


class Rollout:
    """Moves the traffic of one endpoint to a new model.

    Parameters
    ----------
    registry : Registry
    place : (str, str)
        Name of the endpoint, and id of the new deployed model there.
    before : mapping of str to int
        The traffic of the others, which it goes back to.
    asked : (sequence of mapping, sequence of mapping)
        The rows that are asked, and what the new model must answer to them.
    settings : VertexSettings
    until : Deadline
        When no further row is asked.
    """

    def __init__(
        self,
        registry: Registry,
        place: tuple[str, str],
        before: Mapping[str, int],
        asked: tuple[Sequence[Row], Sequence[Row]],
        settings: VertexSettings,
        until: Deadline,
    ) -> None:
        self._registry = registry
        self._endpoint, self._newcomer = place
        self._before = dict(before)
        self._rows, self._expected = asked
        self._settings = settings
        self._until = until
        self._sent = 0
        self._old = Tally()

    def run(
        self,
        now: int,
        passed: int,
        reached: Callable[[int], None],
        proved: Callable[[], GoldenCheck],
    ) -> tuple[tuple[str, ...], GoldenCheck]:
        """Go on from the percentage that it has passed to the one that it is to have; return a line for each stage, and the proof.

        What is proved last is part of it: a model that does not pass keeps nothing of what it got here.

        Parameters
        ----------
        now, passed : int
            Percent of the requests that it has, and at which it passed the gates. Where it has more than that it was left with
            them by a command that was ended, or that could not take them back: they are taken from it, and it starts anew.
        reached : callable
            Is told each percentage before it is asked for, and once it is passed.
        proved : callable

        Raises
        ------
        UnhealthyError
            When a gate was not passed: the traffic is what it was before, and the new model is undeployed.
        VertexError
            When the platform fails; the traffic is what it was before, as far as it lets itself be told. When time is over the new
            model stays deployed, without requests.
        """
        if not self._before:
            return self._alone(now, passed, reached, proved)
        share, start = self._settings.share, min(now, passed)
        if start >= share:
            self._part(share)
            return (), proved()
        done: list[str] = []
        reached(start)
        try:
            if now > start:
                self._part(start)
            base = self._observe(0)
            for percent in (*(stage for stage in STAGES if start < stage < share), share):
                self._part(percent)
                stage = self._observe(percent)
                failed = self._judge(percent, stage, base)
                if failed:
                    raise self._refused(percent, *failed)
                done.append(
                    f"{percent} %: {len(stage.new.seconds)} answers, p95 {stage.new.p95 * 1000:.1f} ms, {stage.errors} errors"
                )
                reached(percent)
            return tuple(done), proved()
        except BaseException as error:  # Ctrl-C, too, must not leave traffic with a model that nobody watches
            self._back_out(error)
            raise

    def _alone(
        self, now: int, passed: int, reached: Callable[[int], None], proved: Callable[[], GoldenCheck]
    ) -> tuple[tuple[str, ...], GoldenCheck]:
        """Give the only model of an endpoint all requests; one that was never proved does not stay where it is not."""
        try:
            if now != 100:
                self._part(100)
            check = proved()
        except BaseException as error:
            if passed < 100:
                self._back_out(error)
            raise
        reached(100)
        return ("the only model of its endpoint: it has all requests",), check

    def _part(self, percent: int) -> None:
        """Give the new model so much, and the rest to the others as it was parted among them."""
        split = scaled(self._before, 100 - percent) | {self._newcomer: percent}
        self._registry.part(self._endpoint, split)

    def _back_out(self, cause: BaseException) -> None:
        """Give the traffic back, then take the new model away: it would cost, and answer nobody. Without time it is left there.

        Raises
        ------
        UnhealthyError, VertexError
            When the platform does not do it: says so, after what was wrong with the model.
        """
        rest, unparted = scaled(self._before, 100), None
        try:
            if rest:
                self._registry.part(self._endpoint, rest)
        except VertexError as error:  # undeploying gives it back as well
            unparted = error
        if unparted is None and isinstance(cause, VertexError) and cause.code == STALLED:
            return
        try:
            self._registry.undeploy(self._endpoint, self._newcomer, rest)
        except VertexError as error:
            kept = "the traffic could not be set back" if unparted else "the model could not be undeployed"
            raise not_undone(cause, unparted or error, kept, self._by_hand()) from cause

    def _by_hand(self) -> str:
        """Say how a person undoes it."""
        _, project, _, location, _, endpoint = self._endpoint.split("/")
        split = ",".join(f"{key}={value}" for key, value in scaled(self._before, 100).items() if value)
        words = f"gcloud ai endpoints undeploy-model {endpoint} --deployed-model-id={self._newcomer}"
        return (
            f"{words}{f' --traffic-split={split}' if split else ''} --project={project} --region={location}"
        )

    def _observe(self, percent: int) -> _Stage:
        """Send rows until the new model has answered enough of them; at 0 percent, until the others have."""
        stage, wanted = _Stage(), self._settings.requests
        most = wanted * _ENOUGH * 100 // max(1, percent or 100)
        allowed = self._settings.max_error_rate * wanted + 1
        for _ in range(most):
            counted = stage.new if percent else stage.old
            if len(counted.seconds) >= wanted or (percent and stage.errors > allowed):
                break
            if self._until.passed():
                raise VertexError(
                    f"Time is over while the new model is tried at {percent} % of the traffic",
                    seen=f"{len(counted.seconds)} of {wanted} answers; the traffic is as it was before, and the model stays deployed, and costs",
                    expected="time for all stages",
                    todo="fivefold deploy RUN --resume goes through the stages, outside of the run's time; fivefold undeploy RUN takes it away",
                    code=STALLED,
                )
            self._ask(stage)
        return stage

    def _ask(self, stage: _Stage) -> None:
        """Send one row."""
        at = self._sent % len(self._rows)
        self._sent += 1
        began = time.perf_counter()
        try:
            reply = self._registry.predict(self._endpoint, [self._rows[at]], tries=1)
        except VertexError as error:
            stage.errors += 1
            stage.last = error.seen
            return
        seconds, answer = time.perf_counter() - began, reply["predictions"][0]
        newer = str(reply.get("deployedModelId")) == self._newcomer
        for tally in (stage.new,) if newer else (stage.old, self._old):
            tally.seconds.append(seconds)
            tally.answers.append((at, answer))

    def _judge(self, percent: int, stage: _Stage, base: _Stage) -> tuple[str, str, str] | None:
        """Return the gate that was not passed: its name, what was seen, what was expected."""
        settings = self._settings
        most = settings.max_error_rate + base.errors / max(1, base.errors + len(base.old.seconds))
        if stage.error_rate() > most:
            seen = f"{stage.errors} of {stage.errors + len(stage.new.seconds)} requests failed, the last with: {stage.last}"
            return "error rate", seen, f"at most {100 * most:.1f} %"
        if not stage.new.seconds:
            return "traffic", f"none of {self._sent} requests reached it", f"{percent} % of them"
        worst = max(difference(self._expected[at], answer) for at, answer in stage.new.answers)
        if not worst <= TOLERANCE:
            return "answers", f"off by {worst:.2g} from the bundle's own", f"at most {TOLERANCE:g}"
        slowest = max(base.old.p95 * settings.max_slowdown, base.old.p95 + _NOISE_SECONDS)
        if stage.new.p95 > slowest:
            seen = f"p95 of {stage.new.p95 * 1000:.0f} ms, the model before {base.old.p95 * 1000:.0f} ms"
            return "latency", seen, f"at most {slowest * 1000:.0f} ms"
        apart = self._shift()
        if apart > settings.max_shift:
            seen = f"scores apart by {apart:.2f} from the model before's, on the same rows"
            return "score distribution", seen, f"at most {settings.max_shift:g}"
        return None

    def _shift(self) -> float:
        """How far the new model's scores lie from the others', on the rows that the others answered."""
        known = [(at, answer) for at, answer in self._old.answers if "error" not in answer]
        if not known:
            return 0.0
        others = figures_of([answer for _, answer in known])
        ours = figures_of([self._expected[at] for at, _ in known])
        return shift(others, ours)

    def _refused(self, percent: int, gate: str, seen: str, expected: str) -> UnhealthyError:
        """Say which gate was not passed."""
        return UnhealthyError(
            f"The new model did not pass a gate at {percent} % of the traffic: {gate}",
            seen=seen,
            expected=expected,
            todo="the traffic is as it was before and the model is undeployed: look into it, or move the gate in [deploy.vertex]",
        )


def scaled(split: Mapping[str, int], percent: int) -> dict[str, int]:
    """Return a traffic split in the same proportions that adds up to so many percent.

    Examples
    --------
    >>> scaled({"1": 67, "2": 33}, 90)
    {'1': 60, '2': 30}
    """
    total = sum(split.values())
    if not total:
        return {}
    exact = {key: value * percent / total for key, value in split.items()}
    whole = {key: int(value) for key, value in exact.items()}
    behind = sorted(exact, key=lambda key: whole[key] - exact[key])
    for key in behind[: percent - sum(whole.values())]:
        whole[key] += 1
    return whole


def shift(first: Sequence[float], second: Sequence[float]) -> float:
    """Largest gap between the cumulated shares of two samples, from 0 to 1 (Kolmogorov-Smirnov).

    Examples
    --------
    >>> shift([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]), shift([0.1, 0.2], [0.8, 0.9])
    (0.0, 1.0)
    """
    one, other = np.sort(np.asarray(first, float)), np.sort(np.asarray(second, float))
    at = np.concatenate([one, other])
    shares = [np.searchsorted(sample, at, side="right") / sample.size for sample in (one, other)]
    return float(np.max(np.abs(shares[0] - shares[1])))
