"""Partial dependence: what was planted is seen, what must not be told is not, and no time is taken that is not there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, Trained

from fivefold.core import records
from fivefold.core.artefacts import Column, Contract, Dependence, DependenceCurve, Importance
from fivefold.core.clock import Deadline
from fivefold.training.dependence import partial_dependence
from fivefold.training.evaluation import SealedPart
from fivefold.training.interruption import Interruption

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats
    from fivefold.core.tables import Frame
    from fivefold.runtime.predictor import Predictor

Make = Callable[..., Stage]
ROWS = 400


class Formula:
    """A predictor whose answers are known: twice the length, ten for a red one, and a hundred where the size is missing."""

    def __init__(self, contract: Contract, row_seconds: float = 0.0) -> None:
        self.contract = contract
        self.row_seconds = row_seconds
        self.now = 0.0
        self.scored = 0

    def scores(self, frame: Frame) -> Floats:
        self.now += self.row_seconds * frame.height
        self.scored += frame.height
        length, red = frame["length"].to_numpy(), (frame["count"] == "red").to_numpy()
        return (2.0 * length + 10.0 * red + 100.0 * frame["size"].is_null().to_numpy()).reshape(-1, 1)


class Sealed:
    """Sealed rows, without a file."""

    def __init__(self, stage: Stage, frame: Frame) -> None:
        self.terms = stage.terms()
        self.frame = frame
        self.truth = np.zeros(frame.height)


# A column may be called what the library calls how often it saw each value.
COLUMNS = (
    Column("length", "number", "integer", nullable=False),
    Column("count", "category", "string", nullable=False),
    Column("size", "ordinal", "string", nullable=True, categories=("small", "middle", "large")),
    Column("name", "category", "string", nullable=False, personal=True),
    Column("note", "text", "string", nullable=False),
    Column("day", "date", "datetime", nullable=False),
    Column("noise", "number", "number", nullable=False),
)
IMPORTANCES = (
    Importance("name", 9.0, 0.1), Importance("length", 5.0, 0.2), Importance("count", 4.0, 0.2),
    Importance("size", 3.0, 0.2), Importance("note", 2.0, 0.2), Importance("day", 1.0, 0.2),
    Importance("noise", 0.3, 0.4),
)  # fmt: skip


def frame() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "length": rng.integers(1000, 9000, ROWS),
            "count": rng.choice(["red", "blue", *(f"rare {at}" for at in range(200))], ROWS, p=[0.5, 0.3] + [0.001] * 200),
            "size": pl.Series(rng.choice(["small", "middle", "large", ""], ROWS)).replace("", None),
            "name": rng.choice(["ann", "bob"], ROWS),
            "noise": rng.normal(size=ROWS),
        }
    )  # fmt: skip


@pytest.fixture
def ask(stage: Make, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Dependence, Formula]]:
    """Ask for the dependence of the formula; the clock is the formula's own."""
    sealed = Sealed(stage("regression"), frame())

    def found(
        seconds: float = 1e9, row_seconds: float = 0.0, *, asked: bool = False
    ) -> tuple[Dependence, Formula]:
        formula = Formula(Contract("cost", "regression", (), None, COLUMNS), row_seconds)
        monkeypatch.setattr(time, "monotonic", lambda: formula.now)
        interruption = Interruption()
        interruption.asked = asked
        told = partial_dependence(
            cast("Predictor", formula),
            cast("SealedPart", sealed),
            IMPORTANCES,
            Deadline(seconds, lambda: formula.now),
            interruption,
        )
        assert told is not None
        return told, formula

    return found


def curves(found: Dependence) -> dict[str, DependenceCurve]:
    return {curve.column: curve for curve in found.curves}


def test_the_means_are_those_of_the_formula(ask: Callable[..., tuple[Dependence, Formula]]) -> None:
    found, _ = ask()
    seen = curves(found)
    assert found.rows == 300
    assert found.outputs == ()
    length = seen["length"]
    assert len(length.places) == 20
    assert all(place.is_integer() for place in length.places)
    assert np.ptp(np.array(length.means[0]) - 2 * np.array(length.places)) == pytest.approx(0, abs=1e-6)
    assert sum(length.shares) == pytest.approx(1)
    assert max(length.shares) < 0.1
    colour = seen["count"]
    assert colour.levels == ("red", "blue")
    assert colour.means[0][0] - colour.means[0][1] == pytest.approx(10)
    assert 0.7 < sum(colour.shares) < 0.9
    assert colour.missing == ()
    size = seen["size"]
    assert size.levels == ("small", "middle", "large")
    assert size.missing[0] - size.means[0][0] == pytest.approx(100)
    assert sum(size.shares) + size.missing_share == pytest.approx(1)


def test_of_personal_columns_nothing_is_told_and_what_has_no_curve_is_named(
    ask: Callable[..., tuple[Dependence, Formula]],
) -> None:
    found, _ = ask()
    assert list(curves(found)) == ["length", "count", "size"]
    assert found.left_out == (("note", "free text"), ("day", "a date"))
    told = records.dump(found).decode()
    assert not [word for word in ("ann", "bob", "name") if f'"{word}"' in told]


@pytest.mark.parametrize("row_seconds", [0.0001, 0.001, 0.01])
@pytest.mark.parametrize("seconds", [0.5, 2.0, 5.0, 20.0])
def test_the_deadline_is_kept_and_what_was_not_reached_is_named(
    ask: Callable[..., tuple[Dependence, Formula]], seconds: float, row_seconds: float
) -> None:
    found, formula = ask(seconds, row_seconds)
    trial = 100 * row_seconds  # how long rows take is not known before
    assert formula.now <= max(seconds, trial)
    missed = {column for column, why in found.left_out if why == "no time was left"}
    assert missed | set(curves(found)) == {"length", "count", "size"}
    assert missed.isdisjoint(curves(found))
    if seconds > 15_000 * row_seconds:
        assert not missed
        assert len(curves(found)["length"].places) == 20
    if seconds < 500 * row_seconds:
        assert missed == {"length", "count", "size"}


def test_when_time_is_short_there_are_fewer_rows_and_values(
    ask: Callable[..., tuple[Dependence, Formula]],
) -> None:
    found, _ = ask(4.0, 0.001)
    assert 100 <= found.rows < 150
    assert 5 <= len(curves(found)["length"].places) < 20


def test_after_the_deadline_and_after_ctrl_c_nothing_is_asked(
    ask: Callable[..., tuple[Dependence, Formula]],
) -> None:
    found, formula = ask(0.0)
    assert formula.scored == 0
    assert (found.curves, found.overall) == ((), ())
    interrupted, _ = ask(asked=True)
    assert interrupted.curves == ()
    assert ("length", "interrupted") in interrupted.left_out


def test_what_was_planted_is_seen_in_a_real_model(trained: Trained) -> None:
    found = trained.model.dependence
    assert found is not None
    assert found.outputs == ("yes",)
    assert found.rows == 60
    seen = curves(found)
    age = seen["age"].means[0]
    assert age[-1] - age[0] > 0.2
    assert np.corrcoef(seen["age"].places, age)[0, 1] > 0.9
    city = dict(zip(seen["city"].levels, seen["city"].means[0], strict=True))
    odd = [mean for level, mean in city.items() if int(level.split()[1]) % 2]
    even = [mean for level, mean in city.items() if int(level.split()[1]) % 2 == 0]
    assert min(odd) > max(even)
    assert ("note", "free text") in found.left_out
    assert {"empty", "member"}.isdisjoint(seen)
    assert "along `city`" in (trained.bench.folder / "card.md").read_text()


def test_of_more_classes_the_three_most_frequent_are_asked_for(stage: Make) -> None:
    place = stage("multiclass")
    part = SealedPart(place.dataset.folder / "test.parquet", place.terms())
    names = ("a", "b", "c", "d", "e")
    contract = Contract(
        "outcome", "multiclass", names, None, (Column("age", "number", "number", nullable=True),)
    )
    part.truth = np.repeat([0.0, 1, 2, 3, 4], [20, 5, 15, 4, 16])

    class Known:
        def __init__(self) -> None:
            self.contract = contract

        def scores(self, rows: Frame) -> Floats:
            return np.tile([0.3, 0.1, 0.25, 0.05, 0.3], (rows.height, 1))

    found = partial_dependence(
        cast("Predictor", Known()), part, [Importance("age", 1.0, 0.1)], Deadline.after(60), Interruption()
    )
    assert found is not None
    assert found.outputs == ("a", "c", "e")
    assert found.overall == pytest.approx((0.3, 0.25, 0.3))
    assert all(
        np.allclose(means, mean) for means, mean in zip(found.curves[0].means, found.overall, strict=True)
    )
    assert records.load(Dependence, records.dump(found), label="the dependence") == found


def test_where_no_column_matters_there_is_nothing_to_tell(stage: Make) -> None:
    place = stage("regression")
    part = SealedPart(place.dataset.folder / "test.parquet", place.terms())
    formula = cast("Predictor", Formula(Contract("cost", "regression", (), None, COLUMNS)))
    useless = [Importance("length", 0.1, 0.2), Importance("count", -0.1, 0.0), Importance("name", 3.0, 0.1)]
    assert partial_dependence(formula, part, useless, Deadline.after(60), Interruption()) is None
