"""The data step as a whole: what it writes, what it leaves out, and that it says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.data.journey import CHECKS, Made, bench_in, make, plan_of

from fivefold.core import records
from fivefold.core.artefacts import FOLD, ROW, Contract, Question
from fivefold.core.errors import ArtefactError, InputError
from fivefold.core.extract import ColumnWish, Extract
from fivefold.data.clean import clean_table
from fivefold.data.gather import gather
from fivefold.data.look import look
from fivefold.research.plan import CHECKS as EVERY_CHECK

if TYPE_CHECKING:
    from pathlib import Path


ROWS = 300


def table(**columns: object) -> pl.DataFrame:
    """Two honest features, a target that they hint at, and whatever a test adds."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=ROWS)
    y = np.where(x + generator.normal(size=ROWS) > 0, "yes", "no")
    honest = {"x": x, "city": generator.choice(["Graz", "Lyon", "Porto"], ROWS), "y": y}
    return pl.DataFrame(honest | columns, strict=False)


def rows_of(made: Made) -> set[int]:
    return {*made.train[ROW].to_list(), *made.test[ROW].to_list()}


def found(made: Made, check: str) -> list[str]:
    return [finding.what for finding in made.dataset.findings if finding.check == check]


def test_every_row_is_in_one_snapshot_with_its_place_in_the_source() -> None:
    frame = table()
    made = make(frame, "y", "binary")
    assert rows_of(made) == set(range(ROWS))
    assert made.train.height + made.test.height == ROWS
    assert made.train.columns == [ROW, "x", "city", "y", FOLD]
    assert made.test.columns == [ROW, "x", "city", "y"]
    assert made.train[ROW].is_sorted()
    assert made.train[FOLD].dtype == pl.Int8
    assert made.train["x"].equals(frame["x"].gather(made.train[ROW]))


def test_the_contract_lies_beside_the_snapshots() -> None:
    made = make(table(), "y", "binary")
    assert records.load(Contract, made.contract, label="the contract") == made.dataset.contract
    assert made.dataset.contract.classes == ("no", "yes")
    assert made.dataset.contract.target_kind == "string"


def test_the_same_table_and_seed_give_the_same_snapshots() -> None:
    first, again, other = (make(table(), "y", "binary", seed=seed) for seed in (0, 0, 1))
    assert first.train.equals(again.train)
    assert first.dataset == again.dataset
    assert not first.train[ROW].equals(other.train[ROW])


def test_a_csv_gives_what_the_frame_gives(tmp_path: Path) -> None:
    frame = table(
        day=["2020-01-02"] * 150 + ["2020-03-04"] * 150, flag=[True, False] * 150, n=list(range(ROWS))
    )
    frame.write_csv(tmp_path / "t.csv")
    from_frame = make(frame.with_columns(pl.col("day").str.to_date()), "y", "binary")
    from_csv = make(tmp_path / "t.csv", "y", "binary")
    assert from_csv.train.equals(from_frame.train)
    assert from_csv.dataset.contract == from_frame.dataset.contract


def test_rows_without_a_target_are_counted_and_set_aside() -> None:
    made = make(table(y=["yes", "no", None] * 100), "y", "binary")
    assert made.dataset.rows == ROWS
    assert made.dataset.removed == (("'y' is missing", 100),)
    assert rows_of(made) == {row for row in range(ROWS) if row % 3 != 2}
    assert found(made, "targets") == ["In 100 of 300 rows 'y' is missing"]


def test_targets_that_cannot_be_read_are_counted_apart() -> None:
    prices = [f"{row}" for row in range(ROWS)]
    prices[5:8] = ["much", "NA", ""]
    made = make(table(y=prices), "y", "regression")
    assert made.dataset.removed == (("'y' is missing", 2), ("'y' cannot be read as a number", 1))
    assert made.train["y"].dtype == pl.Float64


LABELS = [
    ([1, 0], ("0", "1"), "integer"),
    ([1.0, 0.0], ("0", "1"), "integer"),
    (["1.0", "0"], ("0", "1"), "integer"),
    ([True, False], ("false", "true"), "boolean"),
    (["True", "False"], ("false", "true"), "boolean"),
    ([" Yes", "No "], ("No", "Yes"), "string"),
    ([0.5, 1.5], ("0.5", "1.5"), "number"),
]


@pytest.mark.parametrize("off", [0.0, 0.02])
def test_a_last_row_of_sums_is_set_aside(off: float) -> None:
    amounts = np.random.default_rng(1).gamma(2, 100, ROWS).round(2)
    amounts[-1] = amounts[:-1].sum() * (1 + off)
    made = make(table(y=amounts), "y", "regression")
    told = () if off else (("the last row holds the sum of all others", 1),)
    assert made.dataset.removed == told
    assert rows_of(made) == set(range(ROWS - len(told)))


@pytest.mark.parametrize(("values", "classes", "kind"), LABELS)
def test_class_labels_are_words_and_their_type_is_kept(
    values: list[object], classes: tuple[str, ...], kind: str
) -> None:
    made = make(table(y=values * (ROWS // 2)), "y", "binary")
    assert set(made.train["y"].unique()) == set(classes) == set(made.dataset.contract.classes)
    assert made.dataset.contract.target_kind == kind


@pytest.mark.parametrize(
    "values", [[1, 0, None], [1.0, 0.0, float("nan")], ["1", "0", ""], ["yes", "no", "NA"]]
)
def test_truth_values_are_the_same_however_they_are_written(values: list[object]) -> None:
    made = make(table(flag=values * 100), "y", "binary")
    expected = [[True, False, None][row % 3] for row in made.train[ROW]]
    assert made.train["flag"].to_list() == expected
    assert not found(made, "values")


def test_a_regression_is_never_stratified_and_needs_numbers() -> None:
    made = make(table(y=range(ROWS)), "y", "regression", split__kind="stratified")
    assert made.dataset.split.kind == "random"
    with pytest.raises(InputError, match="holds no numbers"):
        make(table(), "y", "regression")


def test_a_table_that_has_changed_since_the_look_is_refused(tmp_path: Path) -> None:
    table().write_parquet(tmp_path / "t.parquet")
    fetched = gather(Extract(tmp_path / "t.parquet"), tmp_path)
    brief = plan_of(Question("y"), look(fetched, Question("y")), "binary")
    table().head(200).write_parquet(fetched.path)
    with pytest.raises(ArtefactError, match="not the one that the plan was made for"):
        clean_table(fetched.path, brief, bench_in(tmp_path))


def test_a_long_table_is_checked_on_a_sample() -> None:
    rows = 150_000
    generator = np.random.default_rng(0)
    frame = pl.DataFrame({"x": generator.normal(size=rows), "y": generator.integers(0, 2, rows)})
    copy = frame.with_columns(copy="y")
    made = make(copy, "y", "binary", split__folds=1)
    assert made.names == ["x"]
    assert set(made.train[FOLD].unique()) == {0, 1}


def test_a_group_column_is_kept_beside_the_features() -> None:
    units = [f"{row // 3}.0" for row in range(ROWS)]
    asked = Question("y", group_column="unit")
    made = make(table(unit=units), asked, "binary", split__kind="group", split__by="unit")
    assert made.names == ["x", "city"]
    assert "unit" in made.train.columns
    assert set(made.train["unit"]).isdisjoint(made.test["unit"])
    assert "unit" in dict(made.dataset.dropped)
    assert found(made, "split")
    assert (made.dataset.split.kind, made.dataset.split.by) == ("group", "unit")


def test_the_time_column_stays_a_feature_and_the_sealed_rows_come_last() -> None:
    generator = np.random.default_rng(0)
    days = pl.Series(generator.permutation(ROWS)).cast(pl.Int32).cast(pl.Date)
    gone = pl.Series(np.arange(ROWS) < 5)
    when = days.to_frame("when").select(pl.when(~gone).then("when")).to_series()
    made = make(
        table(when=when), Question("y", time_column="when"), "binary", split__kind="time", split__by="when"
    )
    assert "when" in made.names
    assert made.train["when"].max() < made.test["when"].min()  # type: ignore[operator]
    assert made.dataset.removed == (("'when' is missing", 5),)
    assert made.dataset.split.rolling
    assert made.train.filter(pl.col(FOLD) == 0).height > 0


def test_a_split_that_cannot_be_made_is_refused_if_asked_for_and_replaced_if_not() -> None:
    frame = table(when=["2020-01-01"] * 299 + ["2020-01-02"])
    with pytest.raises(InputError, match="cannot split the rows by time"):
        make(frame, "y", "binary", split__kind="time", split__by="when", decided_by="user")
    made = make(frame, "y", "binary", split__kind="time", split__by="when")
    assert made.dataset.split.kind == "stratified"
    assert "cannot split" in made.dataset.split.why


def test_what_is_no_feature_is_left_out_with_its_reason() -> None:
    made = make(
        table(
            order_id=list(range(ROWS)),
            same=["z"] * ROWS,
            empty=[None] * ROWS,
            note=["n"] * 150 + [None] * 150,
        ),
        "y",
        "binary",
    )
    assert made.names == ["x", "city", "note"]
    assert set(dict(made.dataset.dropped)) == {"order_id", "same", "empty"}
    assert all(reason for _, reason in made.dataset.dropped)
    assert found(made, "identifiers")
    assert found(made, "constants")


def test_a_column_that_gives_the_answer_away_is_left_out_and_asked_about() -> None:
    frame = table()
    frame = frame.with_columns(
        verdict=pl.when(pl.col("y") == "yes").then(pl.lit("came")).otherwise(pl.lit("absent"))
    )
    made = make(frame, "y", "binary")
    assert made.names == ["x", "city"]
    leak = made.dataset.findings[0]
    assert (leak.check, leak.severity, leak.columns) == ("leaks", "severe", ("verdict",))
    assert leak.question
    assert "leaks" in dict(made.dataset.dropped)["verdict"]


def test_a_column_with_a_role_from_the_person_stays_though_it_gives_the_answer_away() -> None:
    frame = table()
    frame = frame.with_columns(
        verdict=pl.when(pl.col("y") == "yes").then(pl.lit("came")).otherwise(pl.lit("absent"))
    )
    made = make(frame, "y", "binary", wishes={"verdict": ColumnWish(role="category")})
    assert made.names == ["x", "city", "verdict"]
    leak = next(finding for finding in made.dataset.findings if finding.check == "leaks")
    assert "[data.columns]" in leak.done


def test_a_copy_with_a_few_wrong_cells_is_left_out_until_the_person_gives_it_a_role() -> None:
    frame = table()
    wrong = np.arange(frame.height) % 100 == 7
    frame = frame.with_columns(verdict=pl.Series((frame["y"] == "yes").to_numpy() ^ wrong))
    made = make(frame, "y", "binary")
    assert made.names == ["x", "city"]
    assert "all other columns together reach" in dict(made.dataset.dropped)["verdict"]
    kept = make(frame, "y", "binary", wishes={"verdict": ColumnWish(role="boolean")})
    assert kept.names == ["x", "city", "verdict"]


def test_a_date_is_the_copy_of_a_time_on_that_date_and_codes_with_exponents_stay_words() -> None:
    rows = 400
    rng = np.random.default_rng(0)
    opened = pl.Series(1_600_000_000 + np.sort(rng.integers(0, 90 * 86_400, rows))).cast(pl.Int64)
    opened = (opened * 10**6).cast(pl.Datetime("us"))
    frame = pl.DataFrame(
        {
            "day": opened.dt.strftime("%Y-%m-%d"),
            "opened_at": opened.dt.strftime("%Y-%m-%d %H:%M:%S"),
            "code": [("1E2", "100", "2E3")[row] for row in rng.integers(0, 3, rows)],
            "y": rng.normal(size=rows),
        }
    )
    wishes = {"code": ColumnWish(role="category")}
    made = make(frame, "y", "regression", wishes=wishes, checks=(*CHECKS, "copies"))
    assert "opened_at" in made.names
    assert "day" not in made.names
    assert set(made.train["code"].unique()) == {"1E2", "100", "2E3"}


def test_the_last_column_is_kept_even_if_it_gives_the_answer_away() -> None:
    frame = table().select("y", copy="y")
    made = make(frame, "y", "binary")
    assert made.names == ["copy"]
    assert made.dataset.dropped == ()
    assert not any(finding.leave_out for finding in made.dataset.findings)


def test_a_person_may_leave_columns_out() -> None:
    made = make(table(), "y", "binary", exclude=("city",))
    assert made.names == ["x"]
    assert made.dataset.dropped == (("city", "left out as asked"),)
    assert "city" not in made.train.columns


@pytest.mark.parametrize(
    ("name", "words"), [("town", "not in the table"), ("y", "target cannot be left out")]
)
def test_what_cannot_be_left_out_is_refused(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make(table(), "y", "binary", exclude=(name,))


def test_names_that_libraries_give_to_their_own_columns_are_names_like_any_other() -> None:
    names = ("count", "rows", "value", "row", "index", "literal", "len")
    frame = table(**{name: [f"{name} {row % 3}" for row in range(ROWS)] for name in names})
    assert {*names, "x", "city"} == {*make(frame, "y", "binary").names}
    for name in names:
        made = make(table().rename({"y": name}), name, "binary", checks=EVERY_CHECK)
        assert made.names == ["x", "city"]


def test_a_table_without_features_is_refused() -> None:
    frame = table().select("y", same=pl.lit(1))
    with pytest.raises(InputError, match="No column is left to learn from"):
        make(frame, "y", "binary")


def test_values_that_are_not_what_their_column_holds_are_counted() -> None:
    sizes: list[object] = [str(row) for row in range(ROWS)]
    sizes[3:7] = ["twelve", "?", "NA", "huge"]
    made = make(table(size=sizes), "y", "binary")
    assert found(made, "values") == ["2 values of 'size' cannot be read as a whole number"]
    assert made.train["size"].null_count() + made.test["size"].null_count() == 4


def test_what_is_known_for_a_missing_value_is_not_called_unreadable(tmp_path: Path) -> None:
    sizes = [f"{row % 40 + 100}.5" for row in range(ROWS)]
    sizes[:10] = ["-1.0"] * 10
    made = make(table(size=sizes), "y", "binary")
    assert made.dataset.contract.columns[-1].missing_values == ("-1",)
    assert not found(made, "values")
    wishes = {"size": ColumnWish(missing_values=("9999",))}
    said = make(table(size=["9999.0", "9999.00", "$9,999", *sizes[3:]]), "y", "binary", wishes=wishes)
    assert not found(said, "values")
    words: list[object] = [row + 0.5 for row in range(ROWS)]
    words[:4] = ["n/a", "NA", " null ", "?"]
    rows = table().to_dicts()
    lines = [json.dumps(row | {"size": size}) for row, size in zip(rows, words, strict=True)]
    (tmp_path / "t.jsonl").write_text("\n".join(lines), encoding="utf-8")
    made = make(tmp_path / "t.jsonl", "y", "binary")
    assert made.train["size"].null_count() + made.test["size"].null_count() == 4
    assert not found(made, "values")


def test_a_target_that_is_known_for_missing_is_not_called_unreadable() -> None:
    frame = table().with_columns(
        y=pl.Series(["-1.0", "-1.0", "huge", *[f"{row}.5" for row in range(3, ROWS)]])
    )
    made = make(frame, "y", "regression", wishes={"y": ColumnWish(missing_values=("-1",))})
    assert made.dataset.removed == (("'y' is missing", 2), ("'y' cannot be read as a number", 1))


def test_numbers_written_for_people_are_numbers_and_the_contract_says_so() -> None:
    made = make(table(price=[f"${row},500.25" for row in range(1, ROWS + 1)]), "y", "binary")
    column = next(column for column in made.dataset.contract.columns if column.name == "price")
    assert (column.role, column.kind, column.reading) == ("number", "number", "words")
    assert made.train["price"].min() >= 1500.25  # type: ignore[operator]


def test_the_contract_knows_the_training_part_alone() -> None:
    made = make(table(), "y", "binary")
    x, city = made.dataset.contract.columns
    assert (x.minimum, x.maximum) == (made.train["x"].min(), made.train["x"].max())
    assert set(city.categories) == set(made.train["city"])


def test_only_the_checks_of_the_plan_are_made() -> None:
    frame = table(order_id=list(range(ROWS)))
    assert not found(make(frame, "y", "binary", checks=()), "identifiers")
    assert found(make(frame, "y", "binary", checks=("identifiers",)), "identifiers")
    assert make(frame, "y", "binary", checks=()).names == ["x", "city"]


def test_checks_that_there_is_no_time_for_are_named_where_nobody_can_miss_it() -> None:
    made = make(table(), "y", "binary", seconds=0.0)
    first = made.dataset.findings[0]
    assert (first.check, first.severity) == ("checks", "severe")
    assert (
        first.what
        == f"The step's time was over before any of the {len(CHECKS)} checks was made: {', '.join(CHECKS)}"
    )
    assert not found(make(table(), "y", "binary"), "checks")


def test_what_one_check_leaves_alone_and_another_leaves_out_is_not_said_to_stay() -> None:
    frame = table()
    flagged = frame.with_columns(frame["y"].alias("outcome_flag"))
    made = make(flagged, "y", "binary", checks=(*CHECKS, "hindsight"))
    assert "outcome_flag" not in made.names
    (hindsight,) = (one for one in made.dataset.findings if one.check == "hindsight")
    assert hindsight.columns == ("outcome_flag",)
    assert hindsight.done == "the column is left out all the same, see leaks"


def test_findings_stand_in_the_order_of_their_weight() -> None:
    frame = table(order_id=list(range(ROWS))).with_columns(copy="y")
    severities = [finding.severity for finding in make(frame, "y", "binary").dataset.findings]
    assert severities == ["severe", *sorted(severities[1:], key=("severe", "warning", "info").index)]


def test_what_came_of_it_is_one_line_and_one_of_a_kind_is_no_several() -> None:
    frame = table(order_id=list(range(ROWS))).drop("city")
    (said,) = make(frame, "y", "binary", checks=("identifiers",)).said
    assert said == "data: 240 rows to learn from, 60 sealed (stratified), 1 feature, 1 finding"
    (said,) = make(frame.with_columns(copy="y"), "y", "binary", checks=("leaks",)).said
    assert said.endswith(" 1 feature, 1 finding (1 severe)")
