"""Costs in a whole training: the plan's costs decide the labels, in the bundle as on the sealed part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, table

from fivefold.core.errors import SettingsError
from fivefold.core.tables import read_parquet
from fivefold.runtime.bundle import load_bundle
from fivefold.training.step import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fivefold.core.artefacts import Model
    from fivefold.core.tables import Frame
    from fivefold.runtime.predictor import Predictor

    Make = Callable[..., Stage]

TEN = '{"yes": {"no": 10}}'


def planted() -> pl.DataFrame:
    """Rows of which few are positive, and none can be told for sure."""
    frame = table(600)
    chance = 1 / (1 + np.exp(2.0 - 1.5 * frame["signal"].to_numpy()))
    said = np.where(np.random.default_rng(1).random(600) < chance, "yes", "no")
    return frame.with_columns(pl.Series("outcome", said.tolist()))


def trained(place: Stage, name: str = "train") -> tuple[Model, Predictor, Frame, str]:
    """The model, its bundle, the sealed part and the card."""
    bench = place.bench(name=name)
    model = train(place.dataset, place.brief, bench)
    card = (bench.folder / "card.md").read_text()
    return (
        model,
        load_bundle(bench.folder / "bundle"),
        read_parquet(place.dataset.folder / "test.parquet"),
        card,
    )


def test_two_classes_are_cut_where_it_is_cheaper_than_at_one_half(stage: Make) -> None:
    place = stage("binary", frame=planted(), plan={"metric.costs": TEN, "metric.threshold": "costs"})
    model, predictor, sealed, card = trained(place)
    found = model.evaluation.costs
    assert found is not None
    assert found.matrix == ((0.0, 1.0), (10.0, 0.0))
    assert model.evaluation.threshold == predictor.blend.judgement.threshold
    assert model.evaluation.threshold is not None
    assert model.evaluation.threshold < 0.3
    usual = found.rivals[0]
    assert usual.saved.low > 0
    truth, labels = sealed["outcome"].to_numpy(), predictor.predict(sealed)
    paid = np.where(truth == "yes", 10.0, 1.0)
    assert found.mean.value == pytest.approx(np.where(labels == truth, 0.0, paid).mean())
    assert found.mean.low <= found.mean.value <= found.mean.high
    half = np.where(predictor.scores(sealed)[:, 1] > 0.5, "yes", "no")
    assert usual.mean.value == pytest.approx(np.where(half == truth, 0.0, paid).mean())
    assert found.rivals[1].answer == "no"
    assert found.rivals[1].mean.value == pytest.approx(10 * (truth == "yes").mean())
    assert found.rivals[2].answer == "yes"
    assert found.rivals[2].mean.value == pytest.approx((truth == "no").mean())
    assert "The model's labels cost" in card
    assert "by what answers cost" in card


def test_several_classes_get_the_answer_that_costs_least_in_batch_and_service(stage: Make) -> None:
    costs = '{"high": {"low": 20, "middle": 6}, "middle": {"low": 8}}'
    place = stage("multiclass", plan={"metric.costs": costs, "metric.threshold": "costs"})
    model, predictor, sealed, _ = trained(place)
    found = model.evaluation.costs
    assert found is not None
    rows = sealed.drop("outcome")
    scores = predictor.scores(rows)
    by_hand = np.array(predictor.contract.classes)[(scores @ np.array(found.matrix)).argmin(axis=1)]
    assert (predictor.predict(rows) == by_hand).all()
    names = [column.name for column in predictor.contract.columns]
    instances = [
        {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
        for row in rows.select(names).to_dicts()
    ]
    answers = predictor.answer(predictor.read(instances))
    assert [answer["label"] for answer in answers] == by_hand.tolist()
    assert (by_hand != np.array(predictor.contract.classes)[scores.argmax(axis=1)]).any()
    # What monitoring compares labels with are such labels as well.
    counted = dict(zip(predictor.reference.score.categories, predictor.reference.score.counts, strict=False))
    assert counted == dict(zip(*np.unique(by_hand, return_counts=True), strict=True))


def test_without_costs_nothing_is_said_of_them(stage: Make) -> None:
    model, predictor, _, card = trained(stage("binary"))
    assert model.evaluation.costs is None
    assert predictor.blend.judgement.costs == ()
    assert "labels cost" not in card


def test_a_class_that_the_snapshot_does_not_have_ends_the_step(stage: Make, tmp_path: Path) -> None:
    place = stage("binary", plan={"metric.costs": '{"yess": {"no": 10}}'})
    with pytest.raises(SettingsError, match="did you mean 'yes'"):
        train(place.dataset, place.brief, place.bench())
