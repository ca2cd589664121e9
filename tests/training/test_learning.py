"""The learning curve: it tells a table that wants more rows from one that has enough, and chooses nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, Trained

from fivefold.core import records
from fivefold.core.artefacts import LearningCurve, Model
from fivefold.core.clock import Deadline
from fivefold.report.sections.learning import learning_words
from fivefold.training import insight, learning, search
from fivefold.training.rows import HALF, QUARTER, TrainingRows
from fivefold.training.search import Search
from fivefold.training.step import train

Make = Callable[..., Stage]


def cities(rows: int, count: int, *, noise: float) -> pl.DataFrame:
    """Rows whose outcome is that of their city and their age; with many cities there are few rows to learn each from."""
    rng = np.random.default_rng(7)
    city, age = rng.integers(0, count, rows), rng.normal(50, 12, rows)
    outcome = rng.normal(size=count)[city] + (age - 50) / 12 + rng.normal(scale=noise, size=rows)
    return pl.DataFrame({"age": age, "city": [f"city {number}" for number in city], "outcome": outcome})


def model_of(place: Stage, name: str = "train") -> Model:
    return train(place.dataset, place.brief, place.bench(seconds=120, name=name))


def test_a_table_that_wants_more_rows_says_so(stage: Make) -> None:
    place = stage("regression", frame=cities(1_500, 150, noise=0.2))
    model = model_of(place)
    found = model.learning
    assert found is not None
    assert found.verdict == "helps"
    assert [point.rows for point in found.points] == [200, 400, 800]
    quarter, half, whole = (point.score for point in found.points)
    assert quarter.value > half.value > whole.value
    assert found.gain.value == pytest.approx(half.value - whole.value)
    assert 0 < found.gain.low < found.gain.value < found.gain.high
    assert found.gain.high - found.gain.low < half.high - half.low  # pairs cancel what is common
    assert learning_words(found).endswith("more rows would probably help")
    card = (place.folder / "train" / "payload" / "card.md").read_text()
    assert "From half of the rows to all of them (400 to 800 rows) the RMSE of linear fell by" in card
    assert records.load(Model, records.dump(model), label="the model") == model


def test_a_table_that_has_enough_says_so(stage: Make) -> None:
    found = model_of(stage("regression", frame=cities(3_000, 2, noise=1.0))).learning
    assert found is not None
    assert found.verdict == "hardly"
    assert found.judged == 800
    assert learning_words(found).endswith("more rows of this kind would hardly help")


@pytest.mark.parametrize(
    "kind", ["time", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("group", "time_group"))]
)
def test_every_kind_of_split_has_its_curve(stage: Make, kind: str) -> None:
    frame = cities(1_500, 3, noise=0.5).with_columns(pl.int_range(1_500).cast(pl.Datetime("us")).alias("day"))
    found = model_of(stage("regression", frame=frame, kind=kind)).learning
    assert found is not None
    assert found.points[0].rows < found.points[1].rows < found.points[2].rows


def test_classes_are_judged_too(stage: Make) -> None:
    frame = cities(1_500, 150, noise=0.2)
    names = np.array(["high", "low", "middle"])[np.digitize(frame["outcome"].to_numpy(), (-0.7, 0.7))]
    found = model_of(stage("multiclass", frame=frame.with_columns(pl.Series("outcome", names)))).learning
    assert found is not None
    assert found.gain.metric == "log_loss"
    assert found.verdict == "helps"


def test_few_rows_have_no_curve(trained: Trained) -> None:
    assert trained.model.learning is None
    assert {QUARTER, HALF}.isdisjoint(trial.fold for trial in trained.model.trials)


def test_nothing_is_chosen_by_it(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    place = stage("regression", frame=cities(1_500, 150, noise=0.2))
    with_curve = model_of(place, "with")
    monkeypatch.setattr(search, "learn_from_fewer", lambda own, before_race: None)
    without = model_of(place, "without")
    assert (with_curve.learning is None, without.learning is None) == (False, True)
    assert with_curve.evaluation == without.evaluation
    assert [row.name for row in with_curve.leaderboard] == [row.name for row in without.leaderboard]
    payloads = [
        {path.name: path.read_bytes() for path in sorted((place.folder / name / "payload" / "bundle").rglob("*.*"))}
        for name in ("with", "without")
    ]  # fmt: skip
    assert payloads[0] == payloads[1]


def test_where_it_would_cost_more_than_its_share_no_fit_is_made(
    stage: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "_SHARE", 0.0)
    model = model_of(stage("regression", frame=cities(1_500, 150, noise=0.2)))
    assert model.learning is None
    assert {QUARTER, HALF}.isdisjoint(trial.fold for trial in model.trials)


def test_half_of_what_is_left_stays_for_the_race(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[float, float]] = []
    work, learn = Search.work, learning.learn_from_fewer

    def watched(own: Search, *, before_race: bool) -> None:
        left = own.until.earlier(own.refit_seconds()).remaining()

        def noted(self: Search, tasks: list[object], until: Deadline) -> None:
            seen.append((until.remaining(), min(0.5 * left, 0.1 * self.workshop.rows.terms.seconds)))
            work(self, tasks, until)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(Search, "work", noted)
            learn(own, before_race=before_race)

    monkeypatch.setattr(search, "learn_from_fewer", watched)
    assert model_of(stage("regression", frame=cities(1_500, 150, noise=0.2))).learning is not None
    assert len(seen) == 2
    assert all(given <= most for given, most in seen)


def test_without_time_to_resample_there_is_no_curve(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[LearningCurve | None] = []

    def late(own: Search, metric: str, until: Deadline) -> LearningCurve | None:
        asked.append(learning.learning_curve(own, metric, Deadline.after(0)))
        return asked[-1]

    monkeypatch.setattr(insight, "learning_curve", late)
    model = model_of(stage("regression", frame=cities(1_500, 150, noise=0.2)))
    assert asked == [None]
    assert {QUARTER, HALF} <= {trial.fold for trial in model.trials}


def test_ctrl_c_makes_no_more_fits(stage: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    learn = learning.learn_from_fewer

    def interrupted(own: Search, *, before_race: bool) -> None:
        own.schedule.interruption.asked = True
        learn(own, before_race=before_race)

    monkeypatch.setattr(search, "learn_from_fewer", interrupted)
    model = model_of(stage("regression", frame=cities(1_500, 150, noise=0.2)))
    assert model.ended == "interrupted"
    assert {QUARTER, HALF}.isdisjoint(trial.fold for trial in model.trials)


@pytest.mark.parametrize("kind", ["random", "stratified", "group", "stratified_group", "time", "time_group"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_fewer_rows_lie_in_each_other_and_are_judged_on_the_same(stage: Make, kind: str, task: str) -> None:
    rows = TrainingRows(stage(task, kind=kind).terms())
    first = rows.order[0]
    quarter, half, whole = (rows.learned(fold) for fold in (QUARTER, HALF, first))
    assert set(quarter) < set(half) < set(whole)
    assert whole.size // 2 <= half.size <= whole.size // 2 + 7
    assert whole.size // 4 <= quarter.size <= whole.size // 4 + 7
    assert (rows.judged(HALF) == rows.judged(first)).all()
    assert (TrainingRows(rows.terms).learned(QUARTER) == quarter).all()
    if "group" in kind and not rows.terms.split.rolling:
        assert rows.groups is not None
        assert set(rows.groups[half]).isdisjoint(rows.groups[np.setdiff1d(whole, half)])
    elif task != "regression" and not rows.terms.split.rolling:
        shares = [np.bincount(rows.target[part].astype(int)) / part.size for part in (half, whole)]
        assert np.abs(shares[0] - shares[1]).max() < 0.02


def test_a_rare_class_is_in_the_smallest_part(stage: Make) -> None:
    names = ["a"] * 150 + ["b"] * 147 + ["c"] * 3
    frame = cities(300, 3, noise=0.1).with_columns(
        pl.Series("outcome", names).sample(300, shuffle=True, seed=4)
    )
    rows = TrainingRows(stage("multiclass", frame=frame).terms())
    learned = rows.learned(rows.order[0])
    assert set(rows.target[rows.learned(QUARTER)]) == set(rows.target[learned])


@pytest.mark.parametrize("feature", [True, False])
def test_after_a_split_by_time_the_latest_rows_are_kept(stage: Make, feature: bool) -> None:
    day = pl.Series("day", np.arange(300) * 86_400_000_000).cast(pl.Datetime("us"))
    frame = cities(300, 3, noise=0.1)
    rows = TrainingRows(
        stage("regression", frame=frame.with_columns(day) if feature else frame, kind="time").terms()
    )
    learned = rows.learned(rows.order[0])
    if feature:
        assert (rows.learned(HALF) == learned[-(learned.size // 2) :]).all()
    else:
        folds = rows.folds[rows.learned(HALF)]
        assert folds.min() >= np.sort(rows.folds[learned])[-(learned.size // 2)]
