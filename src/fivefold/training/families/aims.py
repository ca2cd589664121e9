"""What boosted trees are asked to make small, by what they stop and which trends they keep, in the words of their library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivefold.core.artefacts import Task
    from fivefold.core.objective import ObjectiveName
    from fivefold.core.protocols import Problem

__all__ = ["Aims"]


@dataclass(frozen=True, slots=True)
class Aims:
    """The words of a library that would break trends when it moves leaves to medians.

    Attributes
    ----------
    classes : dict of Task to str
        Objectives of classes.
    numbers : dict of ObjectiveName to (str, str)
        Objectives of numbers, and the metrics by which a fit stops.
    metric, level : str
        Names of the settings that take a metric, and the level of a quantile.
    """

    classes: dict[Task, str]
    numbers: dict[ObjectiveName, tuple[str, str]]
    metric: str
    level: str

    def settings(self, problem: Problem) -> dict[str, str | float | tuple[int, ...]]:
        """Return the settings for a problem.

        With trends they make the squared error small, and only stop by the absolute one. For other quantiles that would not
        do, so there are no candidates.
        """
        trends = {"monotone_constraints": problem.trends} if problem.trends else {}
        if problem.task != "regression":
            several = {"num_class": problem.classes} if problem.task == "multiclass" else {}
            return {"objective": self.classes[problem.task], **trends, **several}
        name = problem.objective.name
        asked, metric = self.numbers[name]
        aim = self.numbers["squared_error"][0] if problem.trends else asked
        level = {self.level: problem.objective.level} if name == "quantile" else {}
        return {"objective": aim, self.metric: metric, **level, **trends}
