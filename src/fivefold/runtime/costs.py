"""Costs: what each answer costs where each class is true, and which answer costs least in the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from fivefold.core.errors import SettingsError
from fivefold.runtime.frames import near_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.costs import Cost
    from fivefold.core.protocols import Floats

__all__ = ["Costs", "cost_matrix", "expected_costs"]

Costs: TypeAlias = tuple[tuple[float, ...], ...]
"""A line for every true class, in it a cost for every answer, both in the contract's order; empty for none."""

_USUAL = 1.0
"""What a wrong answer costs that nobody named; a right one costs nothing."""
_LISTED = 10


def cost_matrix(told: Sequence[Cost], classes: Sequence[str]) -> Costs:
    """Arrange named costs by the classes of the target.

    Parameters
    ----------
    told : sequence of (str, str, float)
        True class, answer and cost. Wrong answers that are not among them cost 1, right ones 0.
    classes : sequence of str

    Raises
    ------
    SettingsError
        When the target has no such class, a right answer would cost more than a wrong one, or no answer is better than another.

    Examples
    --------
    >>> cost_matrix([("yes", "no", 10.0)], ("no", "yes"))
    ((0.0, 1.0), (10.0, 0.0))
    """
    if not told:
        return ()
    place = {label: position for position, label in enumerate(classes)}
    matrix = np.full((len(classes), len(classes)), _USUAL)
    np.fill_diagonal(matrix, 0.0)
    for truth, answer, cost in told:
        for label in (truth, answer):
            if label not in place:
                raise _unknown(label, classes)
        matrix[place[truth], place[answer]] = cost
    over = matrix - np.diag(matrix)[:, None]
    if over.min() < 0:
        line, column = divmod(int(over.argmin()), len(classes))
        raise SettingsError(
            "[train] costs would have a wrong answer be cheaper than the right one",
            seen=f"where {classes[line]!r} is true, {matrix[line, line]:g} for saying so and "
            f"{matrix[line, column]:g} for the answer {classes[column]!r}",
            expected="of every true class, the right answer the cheapest",
            todo="lower the one or raise the other; a right answer costs 0 if you leave it out",
        )
    if over.max() == 0:
        raise SettingsError(
            "[train] costs make no answer better than another",
            seen="the same cost for every answer",
            expected="a wrong answer that costs more than the right one",
            todo="name such a cost, or leave costs out",
        )
    return tuple(tuple(line) for line in matrix.tolist())


def expected_costs(scores: Floats, costs: Costs) -> Floats:
    """What each answer would cost in the mean, if the probabilities are right; shape (rows, classes).

    Examples
    --------
    >>> expected_costs(np.array([[0.8, 0.2]]), ((0.0, 1.0), (10.0, 0.0))).tolist()
    [[2.0, 0.8]]
    """
    # Class by class and not as one product of matrices, whose last digits depend on the number of rows: a row must get the
    # same label from the service as in a table.
    total: Floats = np.zeros(scores.shape)
    for position, line in enumerate(costs):
        total += scores[:, position, None] * np.array(line)
    return total


def _unknown(label: str, classes: Sequence[str]) -> SettingsError:
    """Name the classes that there are, the nearest first."""
    near, more = near_names(label, classes), len(classes) - _LISTED
    listed = ", ".join(map(repr, classes[:_LISTED])) + (f" and {more} more" if more > 0 else "")
    return SettingsError(
        "[train] costs names a class that the target does not have",
        seen=repr(label),
        expected=listed,
        todo=f"did you mean {near[0]!r}?" if near else "use these names",
    )
