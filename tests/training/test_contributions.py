"""Contributions of a whole run: by source column, adding up to the model's own score, in the time that there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, drawn

from fivefold.core import records
from fivefold.core.artefacts import Contributions, Model
from fivefold.core.clock import Deadline
from fivefold.runtime.bundle import load_bundle
from fivefold.runtime.explanation import BlendExplainer
from fivefold.runtime.frames import clean_frame
from fivefold.runtime.predictor import Predictor
from fivefold.training.contributions import column_contributions
from fivefold.training.encoded import EncodedRows
from fivefold.training.evaluation import SealedPart
from fivefold.training.interruption import Interruption
from fivefold.training.step import train

if TYPE_CHECKING:
    from fivefold.core.artefacts import Task
    from fivefold.core.workbench import Workbench

Make = Callable[..., Stage]


@dataclass(frozen=True)
class Made:
    """A model, its predictor, and its contributions when there is time."""

    model: Model
    predictor: Predictor
    told: Contributions | None


def made(stage: Make, task: Task, families: tuple[str, ...]) -> Made:
    """Train shortly, and explain the sealed rows without haste."""
    place = stage(task, frame=drawn(task, 400), plan={"model.candidates": families})
    return explained(place, place.bench(seconds=20.0))


def explained(place: Stage, bench: Workbench) -> Made:
    """Train on this bench, and explain the sealed rows without haste."""
    model = train(place.dataset, place.brief, bench)
    predictor = load_bundle(bench.folder / "bundle")
    part = SealedPart(place.dataset.folder / "test.parquet", place.terms())
    path = place.folder / "sealed.npy"
    encoded = EncodedRows.write(part.frame, predictor.encoder, predictor.contract, path)
    told = column_contributions(
        predictor, (part, encoded), path, model.members, Deadline.after(60), Interruption()
    )
    return Made(model, predictor, told)


@pytest.mark.parametrize(
    "task", ["multiclass", *(pytest.param(task, marks=pytest.mark.slow) for task in ("binary", "regression"))]
)
def test_contributions_add_up_to_what_the_members_say(stage: Make, task: Task) -> None:
    ours = made(stage, task, ("linear", "lightgbm", "catboost"))
    predictor, told = ours.predictor, ours.told
    frame = drawn(task, 60)
    values = predictor.encoder.encode_frame(clean_frame(frame, predictor.contract, strict=True))
    explainer = BlendExplainer(predictor.blend, predictor.encoder, values)
    found = explainer.explain(values, lambda: False)
    assert found is not None
    assert explainer.share == pytest.approx(1.0)
    assert set(found.columns) == {"age", "city", "member", "note", "day"}  # the empty one gives no feature
    raw = found.base + found.parts.sum(axis=1)
    answers = [member.predict(values) for member in predictor.blend.members]
    if task == "binary":
        answers = [np.log(one[:, 1:] / one[:, :1]) for one in answers]
    elif task == "multiclass":
        answers = [np.log(one) - np.log(one).mean(axis=1, keepdims=True) for one in answers]
    mean = np.sum(
        [one * weight for one, weight in zip(answers, predictor.blend.weights, strict=True)], axis=0
    )
    assert np.abs(raw - mean).max() < 1e-6
    assert told is not None
    assert told.share == pytest.approx(1.0)
    assert told.rows == 80
    assert told.left_out == ()
    if task == "regression" or len(predictor.blend.members) == 1:
        assert told.off < 1e-6
        assert found.off.max() < 1e-6


def test_a_run_tells_them_by_column_with_single_rows(stage: Make) -> None:
    told = made(stage, "regression", ("linear",)).model.contributions
    assert told is not None
    means = {one.column: one.mean for one in told.columns}
    assert list(means.values()) == sorted(means.values(), reverse=True)
    assert min(means["age"], means["city"], means["note"]) > 3 * means["member"]
    age = next(one for one in told.columns if one.column == "age")
    assert len(age.points) == told.rows
    known = np.array([(moved, place) for moved, place in age.points if place is not None])
    assert len(known) < len(age.points)  # a tenth has no age
    assert (known[:, 1].min(), known[:, 1].max()) == (0.0, 1.0)
    assert np.corrcoef(known.T)[0, 1] > 0.9  # the older, the higher
    city = next(one for one in told.columns if one.column == "city")
    assert {place for _, place in city.points} == {None}
    assert records.load(Contributions, records.dump(told), label="the contributions") == told


def test_members_that_cannot_be_taken_apart_are_named(stage: Make) -> None:
    # Age counts both ways, which a line cannot follow; what else there is it learns from fewer rows than a net does.
    frame = drawn("regression", 400).with_columns(
        pl.col("outcome") + 40 * ((pl.col("age") - 50).abs() / 12).fill_null(1.0)
    )
    place = stage("regression", frame=frame, plan={"model.candidates": ("mlp", "linear")})
    ours = explained(place, place.nominal_bench("train", seconds=5.0))
    told, members = ours.told, ours.model.members
    assert {one.family for one in members} == {"mlp", "linear"}
    nets = [one for one in members if one.family == "mlp"]
    weight = sum(one.weight for one in members)
    assert told is not None
    assert told.left_out == tuple(one.name for one in nets)
    assert told.share == pytest.approx(1.0 - sum(one.weight for one in nets) / weight)


def test_members_of_which_none_can_be_taken_apart_have_none(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("mlp",)})
    ours = explained(place, place.nominal_bench("train", seconds=5.0))
    assert {one.family for one in ours.model.members} == {"mlp"}
    assert ours.told is None


def test_the_baseline_has_none(stage: Make) -> None:
    ours = made(stage, "binary", ())
    assert ours.model.contributions is None
    assert ours.told is None


def test_no_time_gives_none(stage: Make) -> None:
    place = stage("regression", frame=drawn("regression", 200))
    bench = place.bench(seconds=20.0)
    model = train(place.dataset, place.brief, bench)
    predictor = load_bundle(bench.folder / "bundle")
    part = SealedPart(place.dataset.folder / "test.parquet", place.terms())
    path = place.folder / "sealed.npy"
    encoded = EncodedRows.write(part.frame, predictor.encoder, predictor.contract, path)
    asked = (predictor, (part, encoded), path, model.members)
    assert column_contributions(*asked, Deadline.after(0), Interruption()) is None
    interruption = Interruption()
    interruption.asked = True
    assert column_contributions(*asked, Deadline.after(60), interruption) is None
