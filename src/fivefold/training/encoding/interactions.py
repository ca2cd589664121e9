"""Which numbers are worth joining: differences, products and ratios of the strongest ones, if they lower the loss of rows held out.

A quick LightGBM names the strongest numbers by gain; one that sees all their interactions, and copies of these with shuffled
rows, names those that do better than chance; a last one says whether the loss on held-out rows falls beyond its noise.
(In small, what TabPrep does.)
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.clock import Deadline
from fivefold.core.protocols import Candidate, Feature, Problem, Sample
from fivefold.runtime.encoding import InteractionPart
from fivefold.runtime.members.lightgbm import LightGBMMember
from fivefold.runtime.parts.interaction import InteractionEncoder
from fivefold.training.families.lightgbm import LightGBM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Task
    from fivefold.core.protocols import Floats
    from fivefold.runtime.encoding import Operation

__all__ = ["HeldOut", "choose_interactions", "worth_trying"]

_OPERATIONS: tuple[Operation, ...] = ("difference", "product", "ratio")
_STRONGEST = 8
_MOST = 16
_LEAST_ROWS, _MOST_FEATURES, _LEAST_SECONDS, _MOST_CLASSES = 500, 200, 20.0, 10
_FALL = 0.002
"""Share by which the loss must fall."""
_SURE = 1.0
"""Standard errors of the mean difference per row that it must fall by."""
_ROUNDS = 60
_SETTINGS: dict[str, float | int | str | bool | None] = {
    "learning_rate": 0.1, "num_leaves": 31, "min_data_in_leaf": 20, "feature_fraction": 0.8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows to try features on: encoded rows to learn from, and others that were not looked at for their encoding.

    Attributes
    ----------
    task : Task
    classes : int
    train, valid : Sample
    seed : int
    """

    task: Task
    classes: int
    train: Sample
    valid: Sample
    seed: int


def worth_trying(rows: int, features: int, classes: int, seconds: float) -> bool:
    """Whether a table of this size in this time can gain from a search for interactions."""
    enough = rows >= _LEAST_ROWS and seconds >= _LEAST_SECONDS
    return enough and features <= _MOST_FEATURES and classes <= _MOST_CLASSES


def choose_interactions(table: HeldOut) -> tuple[InteractionPart, ...]:
    """Return the interactions that pay, strongest first; none when they do not."""
    features = table.train.features
    before, gains = _tried(table, ())
    numbers = [place for place in np.argsort(-gains, kind="stable") if _joins(features[place], gains[place])]
    names = [features[place].name for place in numbers[:_STRONGEST]]
    pairs = itertools.product(itertools.combinations(names, 2), _OPERATIONS)
    parts = [InteractionPart(first, second, operation) for (first, second), operation in pairs]
    if not parts:
        return ()
    _, gains = _tried(table, parts, shuffled=True)
    new = gains[len(features) : len(features) + len(parts)]
    chance = float(np.median(gains[len(features) + len(parts) :]))
    strongest = np.argsort(-new, kind="stable")[:_MOST]
    kept = [parts[place] for place in strongest if new[place] > chance]
    after, _ = _tried(table, kept)
    fall = before - after
    sure = fall.mean() > _SURE * fall.std() / fall.size**0.5
    return tuple(kept) if kept and sure and fall.mean() > _FALL * before.mean() else ()


def _joins(feature: Feature, gain: float) -> bool:
    """Whether a feature takes part in interactions."""
    return gain > 0 and feature.kind in {"number", "rate"}


def _tried(
    table: HeldOut, parts: Sequence[InteractionPart], *, shuffled: bool = False
) -> tuple[Floats, Floats]:
    """Fit on the features and these interactions; return the losses of held-out rows and the gains of the features."""
    train, valid = (_joined(sample, parts) for sample in (table.train, table.valid))
    if shuffled:
        order = np.random.default_rng(table.seed).permutation(len(train.target))
        train, valid = (_with_shadows(train, order, len(parts)), _with_shadows(valid, None, len(parts)))
    problem = Problem(table.task, table.classes, len(train.target), train.features, 0.0, table.seed)
    candidate = Candidate("interactions", "lightgbm", _SETTINGS, 0.0)
    fitted = LightGBM().fit(candidate, problem, train, None, Deadline.after(60), _ROUNDS)
    scores = LightGBMMember.load(fitted.payload).predict(valid.values)
    return _row_losses(table.task, valid.target, scores), _gains(fitted.payload.decode(), len(train.features))


def _joined(sample: Sample, parts: Sequence[InteractionPart]) -> Sample:
    """Add interactions to a sample."""
    if not parts:
        return sample
    encoder = InteractionEncoder(parts, sample.features)
    most = float(np.finfo(np.float32).max)
    values = np.clip(encoder.encode(sample.values), -most, most).astype(np.float32)
    return _added(sample, values, encoder.features)


def _with_shadows(sample: Sample, order: NDArray[np.intp] | None, count: int) -> Sample:
    """Add copies of the last features in another order of rows: what chance can gain."""
    copies = sample.values[:, -count:] if order is None else sample.values[order, -count:]
    shadows = tuple(Feature(f"shadow {place}", "", "number") for place in range(count))
    return _added(sample, copies, shadows)


def _added(sample: Sample, values: NDArray[np.float32], features: tuple[Feature, ...]) -> Sample:
    """A sample with more features."""
    whole = np.ascontiguousarray(np.concatenate([sample.values, values], axis=1))
    return Sample(whole, (*sample.features, *features), sample.target, sample.weight)


def _row_losses(task: Task, truth: Floats, scores: Floats) -> Floats:
    """Squared error or log loss of each row."""
    if task == "regression":
        return (truth - scores[:, 0]) ** 2
    chosen = scores[np.arange(truth.size), truth.astype(np.intp)]
    losses: Floats = -np.log(np.maximum(chosen, 1e-15))
    return losses


def _gains(text: str, features: int) -> Floats:
    """Add up the gains of the splits of a model in LightGBM's text form, per feature."""
    found = {"split_feature": np.zeros(0), "split_gain": np.zeros(0)}
    gains = np.zeros(features)
    for line in text.splitlines():
        name, _, numbers = line.partition("=")
        if name in found and numbers:
            found[name] = np.array(numbers.split(), dtype=np.float64)
            if name == "split_gain":
                np.add.at(gains, found["split_feature"].astype(np.intp), found[name])
    return gains
