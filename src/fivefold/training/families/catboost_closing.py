"""The closing of CatBoost's fits: how its rows come in and its trees go out, and what that is rehearsed with."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.members.catboost import CatBoostMember, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import catboost

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Sample

__all__ = ["export", "pool", "rehearsal"]

_MANY = 10
"""Classes from which on the closing of a fit takes long enough to be rehearsed."""
_PRACTISED = 1_000
"""Rows that a tree for practice is learned from, and one of each class: enough to fill its leaves."""
_QUICK = {"leaf_estimation_method": "Gradient", "leaf_estimation_iterations": 1}
"""What makes such a tree in a moment; what its leaves hold does not matter."""


def rehearsal(
    settings: Mapping[str, float | int | str | bool], train: Sample, judged: Sample | None, until: Deadline
) -> Callable[[int], None] | None:
    """Return what closes so many rounds for practice; None where that is not worth it.

    Parameters
    ----------
    settings : mapping of str to (float | int | str | bool)
        Of the fit.
    train : Sample
        With a row of each class; some of them are learned from.
    judged : Sample or None
        What the fit will be judged on.
    until : Deadline
        Of the fit; one that is counted tells no time.
    """
    many = settings["loss_function"] == "MultiClass" and len(np.unique(train.target)) >= _MANY
    return _Practice(settings, train, judged) if many and not until.counted else None


class _Practice:
    """What a fit is closed with for practice: as many trees of its size, since CatBoost shows those of a fit after its last round alone."""

    def __init__(
        self, settings: Mapping[str, float | int | str | bool], train: Sample, judged: Sample | None
    ) -> None:
        import catboost

        _, firsts = np.unique(train.target, return_index=True)
        rows = np.union1d(firsts, np.arange(min(_PRACTISED, len(train.target))))
        weight = None if train.weight is None else train.weight[rows]
        few = replace(train, values=train.values[rows], target=train.target[rows], weight=weight)
        self._judged, self._tree = judged, catboost.CatBoost({**settings, "iterations": 1, **_QUICK})
        self._tree.fit(pool(few))
        wanted = (1 << int(settings.get("depth") or 6)) * len(firsts)
        self._each = -(-wanted // len(self._tree.get_leaf_values()))  # the first tree is often a shallow one

    def __call__(self, rounds: int) -> None:
        """Write, read and score so many rounds."""
        import catboost

        model = catboost.sum_models([self._tree] * self._each * rounds)
        model.get_metadata()["params"] = self._tree.get_metadata()["params"]  # without it no loss is written
        member = CatBoostMember.load(export(model))
        if self._judged is not None:
            member.predict(self._judged.values)


def pool(sample: Sample) -> catboost.Pool:
    """Hand a sample over; every feature is a number."""
    import catboost

    return catboost.Pool(np.asarray(sample.values), sample.target, weight=sample.weight)


def export(model: catboost.CatBoost) -> bytes:
    """Return CatBoost's JSON export without what differs between two equal fits."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        return trimmed(path.read_bytes())
