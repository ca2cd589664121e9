"""The table of horrors is understood, and nothing in it is corrupted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.data.horrors import COPIES, HORRORS, TARGET, columns, write
from tests.data.journey import glance, make

from fivefold.core import records
from fivefold.core.artefacts import ROW, Contract
from fivefold.runtime.values import cleaner

if TYPE_CHECKING:
    from tests.data.horrors import Horror

    from fivefold.core.artefacts import ColumnProfile, Profile

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("horrors") / "horrors.csv")


@pytest.fixture(scope="module")
def profile(place: Path) -> Profile:
    return glance(place, TARGET)


def wrong(horror: Horror, seen: ColumnProfile) -> str:
    """What is not as a person would say; empty when all is."""
    said = [] if seen.role in {horror.role, *horror.also} else [f"{seen.role}, not {horror.role}"]
    if seen.kind != horror.kind:
        said.append(f"{seen.kind}, not {horror.kind}")
    for field in ("form", "reading", "missing_values", "levels"):
        wanted = getattr(horror, field)
        if wanted is not None and getattr(seen, field) != wanted:
            said.append(f"{field} {getattr(seen, field)!r}, not {wanted!r}")
    return f"{horror.name}: {'; '.join(said)} ({seen.why})" if said else ""


def test_there_are_horrors_enough() -> None:
    assert len(HORRORS) >= 60
    assert len({horror.name for horror in HORRORS}) == len(HORRORS)
    assert columns() == columns()


def test_nineteen_in_twenty_are_understood(profile: Profile) -> None:
    faults = [fault for horror in HORRORS if (fault := wrong(horror, profile.column(horror.name)))]
    assert len(faults) <= 0.05 * len(HORRORS), "\n".join(faults)


def test_copies_are_named_and_nothing_else_is(profile: Profile) -> None:
    assert {one.name: one.copy_of for one in profile.columns if one.copy_of} == COPIES


def test_what_is_not_plain_was_decided_for_a_reason(profile: Profile) -> None:
    for one in profile.columns:
        if one.reading not in {"plain", "words"} or one.missing_values or one.levels or one.copy_of:
            assert one.decisions, one.name
        for decision in one.decisions:
            assert decision.what
            assert decision.why
            assert 0 < decision.confidence <= 1
            assert 0 < decision.cells <= profile.rows


def test_nothing_is_corrupted_on_the_way_to_the_snapshot(place: Path) -> None:
    made = make(place, TARGET, "binary", checks=("constants", "identifiers", "copies"))
    given = columns()
    frame = pl.concat([made.train.select(made.test.columns), made.test]).sort(ROW)
    kept = {
        column.name: column for column in records.load(Contract, made.contract, label="the contract").columns
    }
    assert {"weight_lb", "COLOUR_AGAIN"}.isdisjoint(kept)
    for name in ("zip", "fips", "account", "plz"):
        assert frame[name].to_list() == [given[name][row] for row in frame[ROW]], name
    for row, moment in zip(frame[ROW].to_list(), frame["zoned"].to_list(), strict=True):
        told = datetime.fromisoformat(given["zoned"][row]).astimezone(UTC).replace(tzinfo=None)
        assert moment == told
    assert frame["padded"].to_list() == [int(given["padded"][row].strip()) for row in frame[ROW]]
    for row, text in zip(frame[ROW].to_list(), frame["scientific"].to_list(), strict=True):
        assert text == float(given["scientific"][row])


def test_a_request_is_read_as_the_training_rows_were(place: Path) -> None:
    made = make(place, TARGET, "binary", checks=("constants", "identifiers"))
    given = columns()
    for column in records.load(Contract, made.contract, label="the contract").columns:
        clean = cleaner(column)
        told = [clean(given[column.name][row]) for row in made.test[ROW].to_list()[:200]]
        assert made.test[column.name].to_list()[:200] == told, column.name


@pytest.mark.parametrize("digits", [2**53 + 1, 2**63 - 1, 2**63 + 1, 10**30 + 7])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_large_whole_numbers_keep_every_digit(tmp_path: Path, digits: int, suffix: str) -> None:
    if suffix == "parquet" and digits >= 2**63:
        pytest.skip("Parquet has no whole number of this size")
    codes = [digits - row % 7 for row in range(400)]
    path = tmp_path / f"t.{suffix}"
    if suffix == "csv":
        path.write_text(
            "code,x,y\n" + "".join(f"{code},{row % 9},{row % 2}\n" for row, code in enumerate(codes))
        )
    else:
        pl.DataFrame({"code": codes, "x": [row % 9 for row in range(400)], "y": [0, 1] * 200}).write_parquet(
            path
        )
    made = make(path, "y", "binary", checks=("constants",))
    frame = pl.concat([made.train.select(made.test.columns), made.test]).sort(ROW)
    assert frame["code"].cast(pl.String).to_list() == [str(code) for code in codes]


ORDINARY = {
    "prices/diamonds.parquet": ("price", {"cut": "ordinal", "clarity": "ordinal", "color": "category"}),
    "appointments/person_years.parquet": (
        "saw_doctor",
        {"self_rated_health": "ordinal", "sex": "category"}
        | dict.fromkeys(("individual_deductible", "baseline_examination"), "boolean"),
    ),
    "nutrition/foods.csv": (
        "energy_kcal",
        {"description": "text", "manufacturer": "category", "food_group": "category"},
    ),
}


@pytest.mark.parametrize("table", ORDINARY)
def test_ordinary_tables_are_taken_for_what_they_are(table: str) -> None:
    target, others = ORDINARY[table]
    seen = glance(EXAMPLES / table, target)
    assert {
        one.name: one.role for one in seen.columns if one.role != "number" and one.name != target
    } == others
    assert not [one.name for one in seen.columns if one.missing_values or one.copy_of]
    assert {one.reading for one in seen.columns} == {"plain"}
