"""Outcomes find the predictions that they belong to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.errors import InputError
from fivefold.core.window import Window
from fivefold.monitoring.labels import KNOWN_AT, Labelled, label, label_as_told
from fivefold.testing.checks import window


def truth(labelled: Labelled) -> list[object]:
    assert labelled.window.truth is not None
    assert labelled.window.truth.height == labelled.window.rows.height
    return labelled.window.truth["truth"].to_list()


def small(rows: list[dict[str, object]]) -> Window:
    """A window of given rows."""
    given = window("binary", rows=len(rows))
    return replace(given, rows=pl.DataFrame(rows, schema=given.rows.schema))


def test_an_id_finds_its_prediction_whatever_the_order() -> None:
    outcomes = pl.DataFrame({"prediction_id": ["p2", "p0", "elsewhere"], "outcome": ["yes", "no", "yes"]})
    labelled = label(window("binary", rows=4), outcomes)
    assert truth(labelled) == ["no", None, "yes", None]
    assert (labelled.matched, labelled.unusable) == (2, 0)
    assert "2 predictions of 4" in str(labelled)
    assert "'prediction_id'" in str(labelled)


def test_the_later_outcome_of_one_id_counts() -> None:
    outcomes = pl.DataFrame({"prediction_id": ["p0", "p0"], "outcome": ["no", "yes"]})
    assert truth(label(window("binary", rows=1), outcomes)) == ["yes"]


def told(*labels: tuple[str, object]) -> pl.DataFrame:
    """Labels as the log gives them, told one minute after the other."""
    moments = [datetime(2026, 1, 1) + timedelta(minutes=at) for at in range(len(labels))]  # noqa: DTZ001 - naive and UTC
    columns = {"prediction_id": [name for name, _ in labels], "label": [value for _, value in labels]}
    return pl.DataFrame(columns, strict=False).with_columns(pl.Series(KNOWN_AT, moments))


def test_of_labels_that_the_service_was_told_the_last_counts_and_when_it_came_is_kept() -> None:
    labelled = label_as_told(
        window("binary", rows=4), told(("p2", "yes"), ("p0", "no"), ("elsewhere", "yes"), ("p0", "yes"))
    )
    assert labelled is not None
    assert truth(labelled) == ["yes", None, "yes", None]
    assert labelled.window.truth is not None
    assert [moment and moment.minute for moment in labelled.window.truth[KNOWN_AT].to_list()] == [
        3,
        None,
        0,
        None,
    ]
    assert "known at 2026-01-01 00:00:00 to 2026-01-01 00:03:00 UTC" in str(labelled)


def test_a_label_that_was_put_right_to_an_unseen_class_no_longer_counts() -> None:
    labelled = label_as_told(window("binary", rows=2), told(("p0", "no"), ("p1", "yes"), ("p0", "perhaps")))
    assert labelled is not None
    assert truth(labelled) == [None, "yes"]
    assert (labelled.matched, labelled.unusable) == (1, 1)


def test_labels_of_numbers_are_numbers() -> None:
    labelled = label_as_told(window("regression", rows=2), told(("p1", 2.5)))
    assert labelled is not None
    assert truth(labelled) == [None, 2.5]


def test_labels_of_other_predictions_alone_are_no_labels() -> None:
    assert label_as_told(window("binary", rows=2), told(("elsewhere", "yes"))) is None
    assert label_as_told(window("binary", rows=0), told(("elsewhere", "yes"))) is None


def test_without_ids_rows_are_joined_by_all_the_columns_that_they_share() -> None:
    given = window("regression", rows=60)
    shuffled = given.rows.with_columns(pl.int_range(60).alias("outcome")).sample(
        fraction=1, shuffle=True, seed=4
    )
    labelled = label(given, shuffled)
    assert labelled.matched == 60
    unlike = given.rows.is_unique().to_list()
    assert [value for value, alone in zip(truth(labelled), unlike, strict=True) if alone] == [
        position for position, alone in enumerate(unlike) if alone
    ]


def test_a_csv_with_everything_as_text_is_joined_all_the_same() -> None:
    given = window("regression", rows=30)
    written = given.rows.with_columns(pl.col("age").cast(pl.String), pl.col("member").cast(pl.String))
    labelled = label(given, written.with_columns(pl.lit("1,234.5").alias("outcome")))
    assert labelled.matched == 30
    assert set(truth(labelled)) == {1234.5}


def test_rows_that_are_alike_are_paired_in_order() -> None:
    row = {"age": 40.0, "city": "Porto", "member": True, "note": None}
    outcomes = pl.DataFrame({"age": [40, 40], "city": ["Porto", "Porto"], "outcome": ["yes", "no"]})
    labelled = label(small([row, row, row]), outcomes)
    assert truth(labelled) == ["yes", "no", None]
    assert labelled.alike == 3
    assert "with a twin" in str(labelled)
    assert "'age' and 'city'" in str(labelled)


def test_an_outcome_that_cannot_be_used_keeps_its_place_among_rows_that_are_alike() -> None:
    row = {"age": 40.0, "city": "Porto", "member": True, "note": None}
    outcomes = pl.DataFrame({"age": [40, 40, 40], "outcome": [None, "yes", "no"]})
    labelled = label(small([row, row, row]), outcomes)
    assert truth(labelled) == [None, "yes", "no"]
    assert (labelled.matched, labelled.unusable) == (2, 1)


def test_missing_values_equal_each_other() -> None:
    rows: list[dict[str, object]] = [
        {"age": None, "city": "Lyon", "member": True, "note": "a"},
        {"age": 30.0, "city": "Lyon", "member": True, "note": "b"},
    ]
    outcomes = pl.DataFrame({"age": ["", "30"], "city": ["Lyon", "Lyon"], "outcome": ["no", "yes"]})
    assert truth(label(small(rows), outcomes)) == ["no", "yes"]


def test_outcomes_that_cannot_be_used_are_counted() -> None:
    outcomes = pl.DataFrame({"prediction_id": ["p0", "p1", "p2"], "outcome": ["yes", None, "perhaps"]})
    labelled = label(window("binary", rows=3), outcomes)
    assert truth(labelled) == ["yes", None, None]
    assert labelled.unusable == 2
    assert "2 outcomes could not be used" in str(labelled)


def test_outcomes_of_which_none_can_be_used_are_told_apart_from_those_of_other_predictions() -> None:
    named = pl.DataFrame({"prediction_id": ["p0", "p1", "p2"], "outcome": ["Y", "N", None]})
    with pytest.raises(InputError, match=r"None of 3 outcomes in 'outcome' can be used.*'Y', 'N'.*no, yes"):
        label(window("binary", rows=3), named)
    empty = pl.DataFrame(
        {"prediction_id": ["p0"], "outcome": [None]}, schema_overrides={"outcome": pl.String}
    )
    with pytest.raises(InputError, match=r"None of 1 outcome.*Seen: no value.*Expected: a number"):
        label(window("regression", rows=3), empty)


@pytest.mark.parametrize(
    ("kind", "classes", "values", "expected"),
    [
        ("integer", ("0", "1"), [1.0, 0.0, 1.0], ["1", "0", "1"]),
        ("integer", ("0", "1"), ["1", "0.0", " 1 "], ["1", "0", "1"]),
        ("boolean", ("false", "true"), [True, False, None], ["true", "false", None]),
        ("boolean", ("False", "True"), ["yes", "0", "TRUE"], ["True", "False", "True"]),
        ("string", ("01", "1"), ["01", "1", "2"], ["01", "1", None]),
    ],
)
def test_a_class_is_known_by_any_of_its_spellings(
    kind: str, classes: tuple[str, ...], values: list[object], expected: list[object]
) -> None:
    given = window("binary", rows=3)
    contract = replace(given.contract, classes=classes, target_kind=kind)  # type: ignore[arg-type]
    outcomes = pl.DataFrame({"prediction_id": ["p0", "p1", "p2"], "outcome": values})
    assert truth(label(replace(given, contract=contract), outcomes)) == expected


def test_a_missing_target_is_named_with_what_comes_near() -> None:
    with pytest.raises(InputError, match=r"no column 'outcome'.*rename 'Outcome '"):
        label(window("binary", rows=3), pl.DataFrame({"prediction_id": ["p0"], "Outcome ": ["yes"]}))


def test_nothing_to_join_by_is_an_error() -> None:
    with pytest.raises(InputError, match=r"cannot be joined.*prediction_id.*age"):
        label(window("binary", rows=3), pl.DataFrame({"outcome": ["yes"], "name": ["Ada"]}))


@pytest.mark.parametrize(
    "outcomes",
    [
        pl.DataFrame({"prediction_id": ["q7"], "outcome": ["yes"]}),
        pl.DataFrame({"age": [7.25], "city": ["Rome"], "outcome": ["yes"]}),
    ],
)
def test_nothing_matched_is_an_error_that_shows_one_row_of_either_side(outcomes: pl.DataFrame) -> None:
    with pytest.raises(InputError, match=r"None of 1 outcome.*first outcome.*first prediction"):
        label(window("binary", rows=3), outcomes)


def test_outcomes_before_any_prediction_are_no_error() -> None:
    labelled = label(window("binary", rows=0), pl.DataFrame({"prediction_id": ["p0"], "outcome": ["yes"]}))
    assert labelled.matched == 0


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["Porto", "Lyon", None])), min_size=1, max_size=30)
)
def test_a_log_joined_with_itself_gets_its_own_outcomes_back(pairs: list[tuple[int, str | None]]) -> None:
    rows: list[dict[str, object]] = [
        {"age": float(age), "city": city, "member": None, "note": None} for age, city in pairs
    ]
    given = replace(window("regression", rows=len(rows)), rows=small(rows).rows)
    outcomes = given.rows.select("age", "city").with_columns(pl.int_range(pl.len()).alias("outcome"))
    assert truth(label(given, outcomes)) == list(range(len(rows)))
