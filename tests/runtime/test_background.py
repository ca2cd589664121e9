"""Rows drawn from the sketch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fivefold.core.artefacts import ColumnReference, Reference
from fivefold.runtime.background import background_rows
from fivefold.runtime.bundle import load_bundle
from fivefold.runtime.predictor import Predictor
from fivefold.testing.targets import tiny_bundle

ROWS = 4_000


@pytest.fixture
def predictor(tmp_path: Path) -> Predictor:
    """A tiny model whose sketch has something to say."""
    found = load_bundle(tiny_bundle(tmp_path / "bundle").folder)
    columns = (
        ColumnReference("age", 100, 0, (30.0, 60.0), (), (50, 30, 20)),
        ColumnReference("price", 100, 25, (10.0,), (), (60, 15)),
        ColumnReference("member", 100, 10, (), ("true", "false"), (80, 10, 0)),
        ColumnReference("city", 100, 0, (), ("Oslo", "Rome"), (90, 10, 0)),
        ColumnReference("joined", 100, 0, (1.0e9,), (), (50, 50)),
    )
    found.reference = Reference(columns, found.reference.score)
    return found


def test_columns_are_distributed_as_in_the_sketch(predictor: Predictor) -> None:
    rows = background_rows(predictor, ROWS)
    ages = [row["age"] for row in rows]
    assert all(isinstance(age, int) and 18 <= age <= 90 for age in ages)
    assert sum(age <= 30 for age in ages) / ROWS == pytest.approx(0.5, abs=0.03)  # type: ignore[operator]
    assert sum(row["price"] is None for row in rows) / ROWS == pytest.approx(0.25, abs=0.03)
    assert sum(row["city"] == "Oslo" for row in rows) / ROWS == pytest.approx(0.9, abs=0.02)
    assert {row["member"] for row in rows} == {"true", "false", None}


def test_the_model_takes_them_as_it_takes_any_request(predictor: Predictor) -> None:
    rows = predictor.read(background_rows(predictor, 50))
    assert len(predictor.answer(rows)) == 50
    assert sum(rows.unseen) == sum(rows.extra) == 0


def test_the_same_seed_gives_the_same_rows(predictor: Predictor) -> None:
    assert background_rows(predictor, 20, seed=1) == background_rows(predictor, 20, seed=1)
    assert background_rows(predictor, 20, seed=1) != background_rows(predictor, 20, seed=2)


def test_of_personal_columns_only_golden_rows_are_repeated(predictor: Predictor) -> None:
    columns = tuple(replace(column, personal=column.name == "city") for column in predictor.contract.columns)
    predictor.contract = replace(predictor.contract, columns=columns)
    assert {row["city"] for row in background_rows(predictor, 200)} == {"Oslo", "Paris", None}
