"""Several tables: joined by key as of each row's own time, against an implementation in plain Python."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.core.artefacts import Question
from fivefold.core.errors import InputError, StepError
from fivefold.core.extract import ColumnWish, DataSettings, Extract, JoinedTable
from fivefold.core.protocols import Fetched
from fivefold.core.settings import read_settings
from fivefold.data.gather import gather
from fivefold.data.look import look

ALL = ("count", "mean", "min", "max", "sum", "last", "days_since_last")
VISITS = pl.DataFrame(
    {
        "who": ["b", "a", "c", "a", None],
        "on": ["2020-01-05", "2020-01-03", "2020-01-09", "2020-02-01", "2020-01-05"],
        "shown": ["yes", "no", "yes", "no", "yes"],
    }
)
CALLS = pl.DataFrame(
    {
        "who": ["a", "a", "b", "a", "b", "z"],
        "when": [
            "2020-01-01",
            "2020-01-03",
            "2020-01-01T12:00:00Z",
            "2 Jan 2020",
            "2020-01-04",
            "2020-01-01",
        ],
        "minutes": ["1", "50", "$3.5", "2", "", "7"],
        "line": ["red", "blue", "red", "green", "blue", "red"],
    }
)


def bring(main: object, tables: tuple[JoinedTable, ...], folder: Path, **more: Any) -> Fetched:
    """Gather a main table with others."""
    return gather(Extract(main, DataSettings(tables=tables, **more), keep=("shown",)), folder)


def joined(main: object, *tables: JoinedTable, **more: Any) -> pl.DataFrame:
    """The joined table itself."""
    with tempfile.TemporaryDirectory() as folder:
        return pl.read_parquet(bring(main, tables, Path(folder), **more).path)


@pytest.fixture
def calls(tmp_path: Path) -> str:
    """The other table as a file."""
    CALLS.write_csv(tmp_path / "calls.csv")
    return str(tmp_path / "calls.csv")


def timed(source: str, *aggregate: str, **more: Any) -> JoinedTable:
    """The calls of the person before the visit."""
    given: dict[str, Any] = {"time": "when", "main_time": "on"} | more
    return JoinedTable("calls", source, ("who",), aggregate=aggregate, **given)


def test_aggregates_are_of_what_lies_strictly_before(calls: str) -> None:
    out = joined(VISITS, timed(calls, *ALL))
    assert out.columns[:3] == VISITS.columns
    assert out.select(VISITS.columns).equals(VISITS)
    assert out["calls.count"].to_list() == [2, 2, 0, 3, None]
    assert out["calls.minutes.mean"].to_list() == [3.5, 1.5, None, pytest.approx(53 / 3), None]
    assert out["calls.minutes.sum"].to_list() == [3.5, 3.0, None, 53.0, None]
    assert out["calls.minutes.min"].to_list() == [3.5, 1.0, None, 1.0, None]
    assert out["calls.minutes.max"].to_list() == [3.5, 2.0, None, 50.0, None]
    assert out["calls.line.last"].to_list() == ["blue", "green", None, "blue", None]
    assert out["calls.minutes.last"].to_list() == [None, "2", None, "50", None]
    assert out["calls.days_since_last"].to_list() == [1.0, 1.0, None, 29.0, None]
    assert "calls.line.mean" not in out.columns


def test_without_aggregate_the_latest_row_before_counts(calls: str) -> None:
    out = joined(VISITS, timed(calls))
    assert out.columns == [*VISITS.columns, "calls.when", "calls.minutes", "calls.line"]
    assert out["calls.when"].to_list() == ["2020-01-04", "2 Jan 2020", None, "2020-01-03", None]


def test_without_time_the_one_row_of_the_key_is_joined(tmp_path: Path) -> None:
    pl.DataFrame({"who": ["a", "b"], "age": [30, 40]}).write_parquet(tmp_path / "people.parquet")
    out = joined(VISITS, JoinedTable("people", str(tmp_path / "people.parquet"), ("who",)))
    assert out["people.age"].to_list() == [40, 30, None, 30, None]


def test_without_time_all_rows_are_aggregated(calls: str) -> None:
    out = joined(VISITS, JoinedTable("calls", calls, ("who",), aggregate=("count", "sum", "last")))
    assert out["calls.count"].to_list() == [2, 3, 0, 3, None]
    assert out["calls.minutes.sum"].to_list() == [3.5, 53.0, None, 53.0, None]
    assert out["calls.line.last"].to_list() == ["blue", "green", None, "green", None]
    assert out["calls.when.last"].to_list()[0] == "2020-01-04"


def test_a_planted_future_changes_nothing(calls: str, tmp_path: Path) -> None:
    future = pl.DataFrame(
        {
            "who": ["a", "b", "b"],
            "when": ["2020-02-01", "2020-01-05", "2031-01-01"],
            "minutes": ["999"] * 3,
            "line": ["leak"] * 3,
        }
    )
    pl.concat([future, CALLS]).write_csv(tmp_path / "planted.csv")
    for aggregate in (ALL, ()):
        plain = joined(VISITS, timed(calls, *aggregate))
        assert joined(VISITS, timed(str(tmp_path / "planted.csv"), *aggregate)).equals(plain)


def test_several_tables_stand_side_by_side_and_lineage_names_them_all(calls: str, tmp_path: Path) -> None:
    pl.DataFrame({"who": ["a", "b"], "age": [30, 40]}).write_csv(tmp_path / "people.csv")
    VISITS.write_csv(tmp_path / "visits.csv")
    tables = (JoinedTable("people", str(tmp_path / "people.csv"), ("who",)), timed(calls, "count"))
    (tmp_path / "work").mkdir()
    fetched = bring(str(tmp_path / "visits.csv"), tables, tmp_path / "work")
    assert pl.read_parquet(fetched.path).columns == [*VISITS.columns, "people.age", "calls.count"]
    assert [one.source for one in fetched.lineage] == ["visits.csv", "people.csv", "calls.csv"]
    assert fetched.label == "visits.csv with people.csv, calls.csv"


def test_the_digest_tells_other_joins_apart(calls: str, tmp_path: Path) -> None:
    digests = set()
    for number, table in enumerate((timed(calls, "count"), timed(calls, "count"), timed(calls, "mean"))):
        (tmp_path / str(number)).mkdir()
        digests.add(bring(VISITS, (table,), tmp_path / str(number)).digest)
    assert len(digests) == 2


def test_keys_are_compared_as_categories_are(tmp_path: Path) -> None:
    pl.DataFrame({"code": ["7", "007", " 8 "], "name": ["seven", "agent", "eight"]}).write_csv(
        tmp_path / "c.csv"
    )
    main = pl.DataFrame({"code": [7.0, 8.0, None], "shown": ["y", "n", "y"]})
    assert joined(main, JoinedTable("c", str(tmp_path / "c.csv"), ("code",)))["c.name"].to_list() == [
        "seven",
        "eight",
        None,
    ]


def test_several_keys_and_numbers_as_times(tmp_path: Path) -> None:
    main = pl.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"], "week": [5, 5, 5], "shown": [1, 2, 3]})
    other = pl.DataFrame(
        {"a": [1, 1, 2, 1], "b": ["x", "x", "y", "y"], "week": [3.0, 4.0, 1.0, 5.0], "n": [1, 2, 3, 4]}
    )
    other.write_parquet(tmp_path / "o.parquet")
    table = JoinedTable(
        "o", str(tmp_path / "o.parquet"), ("a", "b"), "week", "week", ("sum", "days_since_last")
    )
    out = joined(main, table)
    assert out["o.n.sum"].to_list() == [3.0, None, None]
    assert out["o.days_since_last"].to_list() == [1.0, None, None]


def test_days_that_could_be_months_are_read_as_the_person_says(tmp_path: Path) -> None:
    main = VISITS.with_columns(on=pl.Series(["03/04/2020"] * 5))
    CALLS.with_columns(when=pl.lit("01/04/2020")).write_csv(tmp_path / "calls.csv")
    wishes = {"on": ColumnWish(reading="day_first"), "calls.when": ColumnWish(reading="day_first")}
    out = joined(main, timed(str(tmp_path / "calls.csv"), "days_since_last"), columns=wishes)
    assert out["calls.days_since_last"].to_list() == [2.0, 2.0, None, 2.0, None]


def test_what_a_join_was_told_is_no_slip_for_the_look_at_its_outcome(tmp_path: Path) -> None:
    rows = 60
    main = pl.DataFrame(
        {"who": ["a", "b"] * 30, "on": ["03/04/2020"] * rows, "shown": ["yes", "no", "no"] * 20}
    )
    CALLS.with_columns(when=pl.lit("01/04/2020")).write_csv(tmp_path / "calls.csv")
    wishes = {
        "on": ColumnWish(reading="day_first"),
        "calls.when": ColumnWish(reading="day_first"),
        "calls.count": ColumnWish(role="category"),
    }
    tables = (timed(str(tmp_path / "calls.csv"), "count"),)
    fetched = bring(main, tables, tmp_path, columns=wishes)
    profile = look(fetched, Question("shown"), DataSettings(tables=tables, columns=wishes))
    assert profile.column("calls.count").role in {"category", "constant"}
    assert "calls.when" not in [column.name for column in profile.columns]


@pytest.mark.parametrize(
    ("name", "wish", "said"),
    [
        ("calls.whem", ColumnWish(reading="day_first"), "'calls.when'"),
        ("calls.minutes", ColumnWish(reading="words"), "'calls.count'"),  # nothing of it is added up
        ("calls.who", ColumnWish(role="category"), "'calls.when'"),
        ("calls.when", ColumnWish(role="date"), "reading"),
    ],
)
def test_a_wish_that_neither_the_join_nor_the_look_follows_is_refused(
    calls: str, name: str, wish: ColumnWish, said: str
) -> None:
    with pytest.raises(InputError, match=r"\[data\.columns\]") as caught:
        joined(VISITS, timed(calls, "count"), columns={name: wish})
    assert name in f"{caught.value.what} {caught.value.seen}"
    assert said in caught.value.todo


def test_names_that_differ_in_case_only_are_kept_apart(tmp_path: Path) -> None:
    main = VISITS.with_columns(Who=pl.lit("main"))
    pl.DataFrame({"who": ["a"], "Age": [1], "age": [2]}).write_parquet(tmp_path / "p.parquet")
    out = joined(main, JoinedTable("p", str(tmp_path / "p.parquet"), ("who",)))
    assert out.columns == [*main.columns, "p.Age", "p.age"]
    assert out.row(1)[-3:] == ("main", 1, 2)


def test_a_long_table_keeps_its_rows_and_their_order(tmp_path: Path) -> None:
    rows = 300_000
    main = pl.DataFrame(
        {"k": [k * 7919 % 1000 for k in range(rows)], "at": list(range(rows)), "shown": [0] * rows}
    )
    other = pl.DataFrame({"k": list(range(500)), "at": [100] * 500, "v": list(range(500))})
    other.write_parquet(tmp_path / "o.parquet")
    out = joined(main, JoinedTable("o", str(tmp_path / "o.parquet"), ("k",), "at", "at", ("max",)))
    assert out["at"].equals(main["at"])
    expected = main.select(
        pl.when((pl.col("k") < 500) & (pl.col("at") > 100)).then(pl.col("k").cast(pl.Float64))
    )
    assert out["o.v.max"].to_list() == expected.to_series().to_list()


def test_the_times_of_the_question_are_the_main_times(tmp_path: Path) -> None:
    config = tmp_path / "fivefold.toml"
    config.write_text(
        '[question]\ntarget = "shown"\ntime_column = "on"\n'
        '[data.tables.calls]\nsource = "calls.csv"\nkey = "who"\ntime = "when"\naggregate = ["count"]\n'
    )
    settings = read_settings({}, config=config, environ={})
    assert settings.extract("x").settings.tables[0].main_time == "on"
    assert settings.data.tables[0].main_time == ""


def test_columns_of_other_tables_are_not_asked_of_the_main_one(calls: str, tmp_path: Path) -> None:
    VISITS.write_csv(tmp_path / "visits.csv")
    out = joined(str(tmp_path / "visits.csv"), timed(calls, "count"), include=("calls.count",))
    assert "calls.count" in out.columns


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"key": ("whom",)}, ["key of [data.tables.calls]", "'whom'", "did you mean 'who'"]),
    ({"time": "then"}, ["time of [data.tables.calls]", "'then'", "'when'"]),
    ({"main_time": "no"}, ["main_time of [data.tables.calls]", "polars frame", "choose one of 'who', 'on'"]),
    ({"main_time": ""}, ["main table's time is not known", "main_time = ..."]),
    ({"time": "line"}, ["'line'", "cannot be read", "'red'"]),
    ({"time": "", "aggregate": ("days_since_last",)}, ["days_since_last", "no time"]),
    ({"time": "", "aggregate": ()}, ["would multiply rows", "2 keys", "'a', 'b'", "time"]),
    ({"time": "number", "aggregate": ("count",)}, ["cannot be compared", "dates", "numbers"]),
]


@pytest.mark.parametrize(("change", "said"), REFUSED, ids=str)
def test_what_cannot_be_joined_is_told(tmp_path: Path, change: dict[str, Any], said: list[str]) -> None:
    path = tmp_path / "calls.csv"
    CALLS.with_columns(number=pl.Series([1.5, 2.5, 3.5, 1.5, 2.5, 9.5])).write_csv(path)
    given = {"key": ("who",), "time": "when", "main_time": "on", "aggregate": ("count",)} | change
    with pytest.raises(InputError) as error:
        joined(VISITS, JoinedTable("calls", str(path), **given))
    for words in said:
        assert words in str(error.value)
    assert str(tmp_path) not in str(error.value)


def test_tables_that_share_no_key_are_told(tmp_path: Path) -> None:
    CALLS.with_columns(who=pl.lit("0") + pl.col("who")).write_csv(tmp_path / "calls.csv")
    with pytest.raises(InputError, match="No row of the main table finds its key"):
        joined(VISITS, timed(str(tmp_path / "calls.csv"), "count"))


def test_nothing_to_take_the_mean_of_is_told(tmp_path: Path) -> None:
    CALLS.select("who", "when", "line").write_csv(tmp_path / "calls.csv")
    with pytest.raises(InputError, match="nothing to take the mean of"):
        joined(VISITS, timed(str(tmp_path / "calls.csv"), "mean"))


def test_a_join_that_changes_the_number_of_rows_is_told(calls: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fivefold.data.joining.copy", lambda *_: 6)
    with pytest.raises(StepError, match=r"added or lost rows. Seen: 6 rows. Expected: 5 rows. Next: run"):
        joined(VISITS, JoinedTable("calls", calls, ("who",), time="when", main_time="on"))


def test_a_name_that_is_taken_is_told(calls: str) -> None:
    with pytest.raises(InputError, match="Two columns"):
        joined(VISITS.with_columns(pl.lit(1).alias("calls.count")), timed(calls, "count"))


KEYS = st.sampled_from(["a", "b", "", None])
START = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = st.one_of(st.none(), st.integers(0, 6))
MAIN = st.lists(st.tuples(KEYS, DAYS), min_size=1, max_size=12)
OTHER = st.lists(st.tuples(KEYS, DAYS, st.one_of(st.none(), st.integers(-5, 5))), min_size=1, max_size=12)


def day(number: int | None, *, words: bool) -> str | None:
    """A day, in one of two notations."""
    if number is None:
        return None
    return (START + timedelta(days=number)).strftime("%d %b %Y" if words else "%Y-%m-%d")


def naive(main: list[Any], other: list[Any]) -> list[tuple[Any, ...]]:
    """What the join is to say, row by row."""
    answers: list[tuple[Any, ...]] = []
    for key, moment in main:
        if not key or moment is None:
            answers.append((None,) * 7)
            continue
        before = [
            row
            for row in enumerate(other)
            if row[1][0] == key and row[1][1] is not None and row[1][1] < moment
        ]
        values = [row[2] for _, row in before if row[2] is not None]
        last = max(before, key=lambda row: (row[1][1], row[0]), default=None)
        answers.append(
            (
                len(before),
                sum(values) / len(values) if values else None,
                min(values, default=None),
                max(values, default=None),
                sum(values) if values else None,
                last[1][2] if last else None,
                moment - last[1][1] if last else None,
            )
        )
    return answers


@settings(max_examples=25)
@given(MAIN, OTHER)
def test_every_aggregate_is_what_plain_python_finds(main: list[Any], other: list[Any]) -> None:
    # A row of its own key and time, so that every column has values and a key is shared.
    main, other = [*main, ("k", 1)], [*other, ("k", 3, 2), ("k", 4, 1)]
    frame = pl.DataFrame(
        {"who": [key for key, _ in main], "on": [day(moment, words=False) for _, moment in main]},
        schema={"who": pl.String, "on": pl.String},
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls.parquet"
        pl.DataFrame(
            {
                "who": [key for key, _, _ in other],
                "when": [day(moment, words=True) for _, moment, _ in other],
                "n": [value for _, _, value in other],
            },
            schema={"who": pl.String, "when": pl.String, "n": pl.Int64},
        ).write_parquet(path)
        out = joined(frame, timed(str(path), *ALL))
    names = ["count", "n.mean", "n.min", "n.max", "n.sum", "n.last", "days_since_last"]
    found = out.select(f"calls.{name}" for name in names).rows()
    assert out.select("who", "on").equals(frame)
    for said, expected in zip(found, naive(main, other), strict=True):
        assert said == pytest.approx(expected)
