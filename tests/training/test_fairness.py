"""Groups of named columns: their figures are those of the field, differences beyond chance are told, others are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, drawn

import fivefold as ff
from fivefold.core.clock import Deadline
from fivefold.core.errors import SettingsError
from fivefold.core.settings import Settings, read_settings
from fivefold.runtime.judgement import Judgement
from fivefold.training.evaluation import SealedPart
from fivefold.training.fairness import compare_groups
from fivefold.workflow import start

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Disparity, Fairness

Make = Callable[..., Stage]
ROWS = 2_000


def part_of(place: Stage) -> SealedPart:
    return SealedPart(place.dataset.folder / "test.parquet", place.terms())


def grouped(rows: int = ROWS, *, cities: int = 2) -> pl.DataFrame:
    """Rows of a few cities, whose outcome has nothing to do with the city."""
    rng = np.random.default_rng(3)
    frame = drawn("binary", rows)
    return frame.with_columns(
        pl.Series("city", [f"city {number}" for number in rng.integers(0, cities, rows)]),
        pl.Series("outcome", rng.choice(["no", "yes"], rows).tolist()),
    )


def only(found: tuple[Fairness, ...], name: str) -> Disparity:
    return next(one for one in found[0].disparities if one.name == name)


def binary(chance: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - chance, chance])


def test_rates_and_differences_are_those_of_the_definitions(stage: Make) -> None:
    part = part_of(stage("binary", frame=grouped()))
    city = part.frame["city"].to_numpy()
    rng = np.random.default_rng(0)
    taken = rng.random(part.truth.size) < np.where(city == "city 0", 0.7, 0.4)
    scores = binary(np.where(taken, 0.3, 0.1))
    found, notes = compare_groups(
        part, "accuracy", (scores, Judgement(threshold=0.2)), ["city"], Deadline.after(60)
    )
    assert notes == ()
    groups = {group.value: group for group in found[0].groups}
    rates = {}
    for name, group in groups.items():
        inside = city == name
        told = {figure.name: figure.value or 0.0 for figure in group.figures}
        rates[name] = told
        assert group.rows == inside.sum()
        assert told["selection_rate"] == pytest.approx(taken[inside].mean())
        assert told["true_positive_rate"] == pytest.approx(taken[inside & (part.truth == 1)].mean())
        assert told["false_positive_rate"] == pytest.approx(taken[inside & (part.truth == 0)].mean())
        assert told["accuracy"] == pytest.approx((taken == part.truth)[inside].mean())
        assert all((figure.low or 0) < (figure.value or 0) < (figure.high or 0) for figure in group.figures)
    high, low = rates["city 0"], rates["city 1"]
    parity = only(found, "demographic_parity_difference")
    assert parity.value == pytest.approx(high["selection_rate"] - low["selection_rate"])
    assert (parity.lowest, parity.highest, parity.beyond) == ("city 1", "city 0", True)
    assert parity.low < parity.value < parity.high
    ratio = only(found, "demographic_parity_ratio")
    assert ratio.value == pytest.approx(low["selection_rate"] / high["selection_rate"])
    assert ratio.low < ratio.value < ratio.high < 1
    assert only(found, "equalized_odds_difference").value == pytest.approx(
        max(high[rate] - low[rate] for rate in ("true_positive_rate", "false_positive_rate"))
    )
    assert not only(found, "accuracy_difference").beyond
    part.frame = part.frame.with_columns(part.frame["city"].alias("count"))  # whatever the column is called
    again, _ = compare_groups(
        part, "accuracy", (scores, Judgement(threshold=0.2)), ["count"], Deadline.after(60)
    )
    assert again[0].disparities == found[0].disparities


@pytest.mark.parametrize("cities", [2, 8])
def test_groups_that_are_treated_alike_seldom_seem_apart(stage: Make, cities: int) -> None:
    part = part_of(stage("binary", frame=grouped(4_000, cities=cities)))
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(40):
        scores = binary(rng.random(part.truth.size))
        found, _ = compare_groups(part, "log_loss", (scores, Judgement()), ["city"], Deadline.after(60))
        alarms += only(found, "demographic_parity_difference").beyond
    assert alarms <= 6  # one in twenty is meant: more than six of forty comes once in a hundred times


def test_small_groups_are_told_and_not_compared(stage: Make) -> None:
    frame = grouped().with_columns(
        pl.when(pl.int_range(ROWS) % 100 == 4).then(pl.lit("hamlet")).otherwise(pl.lit("town")).alias("city")
    )
    part = part_of(stage("binary", frame=frame))
    scores = binary(np.full(part.truth.size, 0.7))
    found, _ = compare_groups(part, "log_loss", (scores, Judgement()), ["city"], Deadline.after(60))
    hamlet = next(group for group in found[0].groups if group.value == "hamlet")
    assert (hamlet.rows, hamlet.figures) == (20, ())
    assert found[0].disparities == ()  # the others are one town: nothing to compare it with


def test_numbers_are_cut_into_quarters_and_missing_ones_are_a_group(stage: Make) -> None:
    part = part_of(stage("regression", frame=drawn("regression", ROWS)))
    age = part.frame["age"].fill_null(float("nan")).to_numpy()
    old = age > np.nanquantile(age, 0.75)
    scores = (part.truth + np.where(old, 30.0, 0.0))[:, None]
    found, _ = compare_groups(part, "mae", (scores, Judgement()), ["age", "day"], Deadline.after(60))
    groups = found[0].groups
    assert [group.value for group in groups][-1] == "missing"
    assert len(groups) == 5
    assert sum(group.rows for group in groups) == part.truth.size
    assert [figure.name for figure in groups[0].figures] == ["mean_error", "rmse", "mae"]
    apart = only(found, "mean_error_difference")
    assert apart.value == pytest.approx(30.0)
    assert apart.highest == groups[3].value
    assert apart.beyond
    assert found[1].groups[0].value.startswith("2020-09-")


def test_several_classes_are_compared_by_their_accuracy(stage: Make) -> None:
    part = part_of(stage("multiclass", frame=drawn("multiclass", ROWS)))
    member = part.frame["member"].to_numpy()
    scores = np.where(member[:, None], np.eye(3)[part.truth.astype(int)], 1 / 3)
    found, _ = compare_groups(part, "log_loss", (scores, Judgement()), ["member"], Deadline.after(60))
    apart = only(found, "accuracy_difference")
    assert (apart.highest, apart.lowest, apart.beyond) == ("true", "false", True)
    assert only(found, "log_loss_difference").value == pytest.approx(np.log(3))


def test_what_cannot_be_looked_at_is_named(stage: Make) -> None:
    part = part_of(stage("binary"))
    scores = binary(np.full(part.truth.size, 0.5))
    found, notes = compare_groups(
        part, "log_loss", (scores, Judgement()), ["gone", "city", "member"], Deadline.after(0)
    )
    assert [one.column for one in found] == ["city"]
    assert "'gone' were not compared: the Dataset does not hold it" in notes[0]
    assert "'member' were not compared: no time was left" in notes[1]


def settings_with(folder: Path, line: str) -> Settings:
    path = folder / "fivefold.toml"
    path.write_text(f"[train]\n{line}\n")
    flags = {"question.target": "outcome", "budget.time": "15s", "out": str(folder / "runs")}
    return read_settings(flags, config=path, environ={})


def test_a_column_that_is_not_there_is_refused_with_near_names(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, 'fairness = ["citty"]')
    frame = drawn("binary", 300).drop("signal")
    with start(settings, frame) as journey, pytest.raises(SettingsError, match="did you mean 'city'"):
        journey.research()


def test_a_column_that_is_no_feature_is_looked_at(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = drawn("binary", 400).drop("signal", "note", "empty")
    clubs = ["chess", "rowing", *(f"club {number}" for number in range(5))]
    frame = frame.with_columns(pl.Series("club", rng.choice(clubs, 400, p=[0.45, 0.45, *[0.02] * 5])))
    path = tmp_path / "fivefold.toml"
    path.write_text('[train]\nfairness = ["club"]\n[data]\nexclude = ["club"]\n')
    flags = {"question.target": "outcome", "budget.time": "15s", "out": str(tmp_path / "runs")}
    with start(read_settings(flags, config=path, environ={}), frame) as journey:
        journey.research()
        dataset = journey.data()
        journey.train()
        result = ff.Result(journey.run)
    assert "club" not in {column.name for column in dataset.body.contract.columns}
    (found,) = result.trained.evaluation.fairness
    assert {group.value for group in found.groups} == {"chess", "rowing", "smaller ones"}
    assert sum(group.rows for group in found.groups) == result.trained.evaluation.rows
    assert [one.name for one in found.disparities][:1] == ["demographic_parity_difference"]
    assert result.model.predict(frame.drop("club", "outcome").head(3)).shape == (3,)


def test_a_run_keeps_and_tells_it(tmp_path: Path) -> None:
    frame = drawn("binary", 400).drop("signal", "note", "empty")
    with start(settings_with(tmp_path, 'fairness = ["member"]'), frame) as journey:
        journey.research()
        journey.data()
        journey.train()
        result = ff.Result(journey.run)
    (found,) = result.trained.evaluation.fairness
    assert found.column == "member"
    assert sum(group.rows for group in found.groups) == result.trained.evaluation.rows
    card = (result.artefact("train").folder / "card.md").read_text()
    assert "## How groups fare" in card
    assert "`member`" in card


def test_a_few_numbers_are_groups_of_their_own(stage: Make) -> None:
    rows = np.arange(ROWS)
    part = part_of(stage("binary", frame=grouped().with_columns(pl.Series("age", rows % 3 + 1.0))))
    scores = binary(np.full(part.truth.size, 0.5))
    found, _ = compare_groups(part, "log_loss", (scores, Judgement()), ["age"], Deadline.after(60))
    assert {group.value for group in found[0].groups} == {"1.0", "2.0", "3.0"}


def test_a_group_that_is_always_right_does_not_make_chance_small(stage: Make) -> None:
    frame = grouped().with_columns(
        pl.when(pl.int_range(ROWS) % 50 == 4).then(pl.lit("hamlet")).otherwise(pl.lit("town")).alias("city")
    )
    part = part_of(stage("binary", frame=frame))
    hamlet = part.frame["city"].to_numpy() == "hamlet"
    rng = np.random.default_rng(0)
    scores = binary(np.where(hamlet | (rng.random(part.truth.size) < 0.95), 0.9, 0.1))
    found, _ = compare_groups(part, "log_loss", (scores, Judgement()), ["city"], Deadline.after(60))
    parity = only(found, "demographic_parity_difference")
    assert parity.highest == "hamlet"
    assert 0 < parity.value < (parity.chance or 0)


def test_a_group_without_positive_rows_has_no_true_positive_rate(stage: Make) -> None:
    quiet = (pl.col("city") == "city 1") & (pl.col("outcome") == "yes")
    part = part_of(stage("binary", frame=grouped(cities=3).filter(~quiet)))
    scores = binary(np.random.default_rng(0).random(part.truth.size))
    found, _ = compare_groups(part, "roc_auc", (scores, Judgement()), ["city"], Deadline.after(60))
    figures = {group.value: {one.name: one.value for one in group.figures} for group in found[0].groups}
    assert figures["city 1"]["true_positive_rate"] is None
    assert figures["city 1"]["roc_auc"] is None
    assert figures["city 1"]["selection_rate"] is not None
    assert {only(found, "roc_auc_difference").lowest, only(found, "roc_auc_difference").highest} == {
        "city 0",
        "city 2",
    }


def test_rows_count_as_much_as_their_weights_say(stage: Make) -> None:
    part = part_of(stage("binary", frame=grouped()))
    weight = np.random.default_rng(2).uniform(0.5, 4.0, part.truth.size)
    part.weight = weight
    taken = np.arange(part.truth.size) % 3 == 0
    scores = binary(np.where(taken, 0.9, 0.1))
    found, _ = compare_groups(part, "accuracy", (scores, Judgement()), ["city"], Deadline.after(60))
    inside = part.frame["city"].to_numpy() == "city 0"
    group = next(group for group in found[0].groups if group.value == "city 0")
    told = {figure.name: figure.value for figure in group.figures}
    assert told["selection_rate"] == pytest.approx(np.average(taken[inside], weights=weight[inside]))
    right = taken[inside] == (part.truth[inside] == 1)
    assert told["accuracy"] == pytest.approx(np.average(right, weights=weight[inside]))
