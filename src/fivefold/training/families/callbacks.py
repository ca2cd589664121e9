"""Callbacks: libraries that boost by themselves are told after each round whether to go on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from fivefold.runtime.members.lightgbm import LightGBMMember, trimmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import Sample
    from fivefold.training.families.stopping import Stopping

__all__ = ["CatBoostCallback", "LightGBMCallback"]


class _CatBoostRound(Protocol):
    """What CatBoost says after a round."""

    iteration: int
    metrics: dict[str, dict[str, list[float]]]


class _LightGBMRound(Protocol):
    """What LightGBM says after a round: a result holds the names of a sample and a metric, then the loss."""

    @property
    def model(self) -> Any:
        """The booster."""

    @property
    def iteration(self) -> int:
        """Rounds before this one."""

    @property
    def evaluation_result_list(self) -> Sequence[Any] | None:
        """Losses on the rows to stop by."""


@dataclass(slots=True)
class CatBoostCallback:
    """Goes by the metric that is named, or by the first one."""

    stopping: Stopping
    judge: str = ""

    def after_iteration(self, info: _CatBoostRound) -> bool:
        """Whether to go on."""
        metrics = info.metrics.get("validation")
        loss = (metrics.get(self.judge) or next(iter(metrics.values())))[-1] if metrics else None
        return self.stopping.goes_on(info.iteration, loss)


@dataclass(eq=False)  # LightGBM writes into its dictionary and puts it into a set
class LightGBMCallback:
    """Ends the fit by LightGBM's own exception, which the family hands over."""

    stopping: Stopping
    signal: type[Exception]
    judged: Sample | None = None
    order: int = 30
    before_iteration: bool = False

    def __call__(self, env: _LightGBMRound) -> None:
        """Look at one round."""
        self.stopping.closing.rehearse = partial(self._close, env.model)
        results = env.evaluation_result_list or []
        if not self.stopping.goes_on(env.iteration + 1, results[0][2] if results else None):
            raise self.signal(env.iteration, results)

    def _close(self, booster: Any, rounds: int) -> None:
        """Write, read and score the latest rounds."""
        first = booster.current_iteration() - rounds
        text: str = booster.model_to_string(num_iteration=rounds, start_iteration=first)
        member = LightGBMMember.load(trimmed(text.encode()))
        if self.judged is not None:
            member.predict(self.judged.values)
