"""Batch prediction: the rows as they came, with what the model says beside them."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pytest

import fivefold.scoring
from fivefold.cli.console import ERRORS, Bar
from fivefold.core.errors import InputError, RequestError
from fivefold.runtime.bundle import load_bundle
from fivefold.scoring import Tally, score_file, score_frame
from fivefold.testing.targets import tiny_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Task
    from fivefold.runtime.predictor import Predictor


def ready(folder: Path, task: Task) -> tuple[Predictor, pl.DataFrame]:
    """A tiny model, and its golden rows."""
    predictor = load_bundle(tiny_bundle(folder, task=task).folder)
    return predictor, pl.DataFrame([each.row for each in predictor.golden])


def test_numbers_get_the_two_ends_of_their_interval(tmp_path: Path) -> None:
    predictor, rows = ready(tmp_path, "regression")
    scored = score_frame(predictor, rows, coverage=0.9)
    assert (scored["interval: low"] < scored["prediction"]).all()
    assert (scored["interval: high"] > scored["prediction"]).all()
    assert score_frame(predictor, rows).columns == [*rows.columns, "prediction"]


def test_classes_get_the_set_that_holds_the_label(tmp_path: Path) -> None:
    predictor, rows = ready(tmp_path, "multiclass")
    scored = score_frame(predictor, rows, coverage=0.9)
    for label, held in scored.select("prediction", "set").iter_rows():
        assert label in held.split(" | ")


def test_a_coverage_that_is_not_offered_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no such coverage"):
        score_frame(*ready(tmp_path, "binary"), coverage=0.42)


@dataclass
class Stopped:
    """Progress that counts parts, and ends the work after some of them."""

    after: int = 1_000
    told: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.told.append(text)

    def advance(self, done: float, text: str) -> None:
        self.told.append(text)
        if len(self.told) >= self.after:
            raise KeyboardInterrupt


def table(folder: Path, rows: int) -> tuple[Path, pl.DataFrame]:
    """Rows with a key and a column that no model reads, as CSV."""
    ages = [18 + place % 70 for place in range(rows)]
    frame = pl.DataFrame(
        {
            "key": [f"k{place:04d}" for place in range(rows)],
            "age": ages,
            "price": [None if age % 7 == 0 else age / 3 for age in ages],
            "member": [age % 2 == 0 for age in ages],
            "city": ["Rome" if age % 3 else "Oslo" for age in ages],
            "joined": ["2020-05-01"] * rows,
        }
    )
    path = folder / "rows.csv"
    frame.write_csv(path)
    return path, frame


def read(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path) if path.suffix == ".csv" else pl.read_ndjson(path)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_parts_make_the_same_file_as_one_stroke(tmp_path: Path, suffix: str) -> None:
    predictor, _ = ready(tmp_path / "bundle", "binary")
    source, frame = table(tmp_path, 103)
    whole, parted = tmp_path / f"whole{suffix}", tmp_path / f"parted{suffix}"
    assert score_file(predictor, str(source), whole) == Tally(103, {})
    assert score_file(predictor, str(source), parted, rows=10) == Tally(103, {})
    found = read(parted)
    assert found["key"].to_list() == frame["key"].to_list()
    assert found.columns == read(whole).columns
    assert found["probability: yes"].to_list() == pytest.approx(read(whole)["probability: yes"].to_list())
    assert sorted(path.name for path in tmp_path.glob(".fivefold-*")) == []


def test_what_was_ended_goes_on_from_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor, _ = ready(tmp_path / "bundle", "binary")
    source, _ = table(tmp_path, 100)
    out = tmp_path / "out.parquet"
    with pytest.raises(KeyboardInterrupt):
        score_file(predictor, str(source), out, rows=10, progress=Stopped(after=6))
    assert not out.exists()
    [left] = tmp_path.glob(".fivefold-*")
    assert sorted(path.name for path in left.iterdir()) == [
        "digest",
        *(f"part-{number:06d}.parquet" for number in range(6)),
    ]
    scored: list[int] = []

    def counted(
        predictor: Predictor, frame: pl.DataFrame, *, coverage: float | None, unread: dict[str, int]
    ) -> pl.DataFrame:
        scored.append(frame.height)
        return score_frame(predictor, frame, coverage=coverage, unread=unread)

    monkeypatch.setattr(fivefold.scoring, "score_frame", counted)
    assert score_file(predictor, str(source), out, rows=10) == Tally(100, {})
    assert scored == [10] * 4
    assert read(out)["key"].to_list() == [f"k{place:04d}" for place in range(100)]


def test_what_is_ended_before_its_first_part_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor, _ = ready(tmp_path / "bundle", "binary")
    source, _ = table(tmp_path, 30)

    def ended(*_: object, **__: object) -> pl.DataFrame:
        raise KeyboardInterrupt

    monkeypatch.setattr(fivefold.scoring, "score_frame", ended)
    with pytest.raises(KeyboardInterrupt):
        score_file(predictor, str(source), tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "rows.csv"]


@dataclass
class Reached:
    """Progress that notes how far it came."""

    shares: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def advance(self, done: float, text: str) -> None:
        self.shares.append(done)
        self.said.append(text)


def test_progress_grows_part_by_part_and_ends_at_all_rows(tmp_path: Path) -> None:
    predictor, _ = ready(tmp_path / "bundle", "binary")
    source, _ = table(tmp_path, 1_103)
    reached = Reached()
    score_file(predictor, str(source), tmp_path / "out.csv", rows=500, progress=reached)
    assert reached.shares == [1 / 3, 2 / 3, 1.0]
    assert reached.said == [f"{count} of 1,103 rows" for count in ("500", "1,000", "1,103")]


class Terminal(io.StringIO):
    """Where a bar is drawn."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["a terminal", "a pipe"])
def test_a_bar_is_drawn_on_a_terminal_and_told_line_by_line_elsewhere(
    stream: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor, _ = ready(tmp_path / "bundle", "binary")
    source, _ = table(tmp_path, 103)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(ERRORS, "is_interactive", stream.isatty())  # found out when it was made
    monkeypatch.setenv("TERM", "xterm")
    with Bar() as bar:
        score_file(predictor, str(source), tmp_path / "out.csv", rows=50, progress=bar)
    shown = stream.getvalue()
    assert "103 of 103 rows" in shown
    assert ("━" in shown, "\x1b[" in shown) == (stream.isatty(), stream.isatty())
    if not stream.isatty():
        assert shown.splitlines() == [f"{count} of 103 rows" for count in (50, 100, 103)]


def test_parts_of_another_table_are_not_taken_over(tmp_path: Path) -> None:
    predictor, _ = ready(tmp_path / "bundle", "binary")
    source, frame = table(tmp_path, 40)
    out = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        score_file(predictor, str(source), out, rows=10, progress=Stopped(after=2))
    frame.with_columns(key=pl.lit("changed")).write_csv(source)
    score_file(predictor, str(source), out, rows=10)
    assert set(read(out)["key"]) == {"changed"}


def test_only_the_columns_that_are_named_are_carried_through(tmp_path: Path) -> None:
    predictor, _ = ready(tmp_path / "bundle", "binary")
    source, _ = table(tmp_path, 30)
    out = tmp_path / "out.parquet"
    score_file(predictor, str(source), out, rows=20, columns=["key"])
    assert read(out).columns == ["key", "prediction", "probability: no", "probability: yes"]
    with pytest.raises(InputError, match="'shoes'"):
        score_file(predictor, str(source), out, columns=["shoes"])
    assert list(tmp_path.glob(".fivefold-*")) == []


def test_a_scored_table_is_scored_again(tmp_path: Path) -> None:
    predictor, _ = ready(tmp_path / "bundle", "binary")
    source, _ = table(tmp_path, 30)
    once, twice = tmp_path / "once.parquet", tmp_path / "twice.parquet"
    score_file(predictor, str(source), once)
    score_file(predictor, str(once), twice, columns=["key"])
    assert set(read(twice).columns) == {"key", "prediction", "probability: no", "probability: yes"}
    assert read(twice)["prediction"].to_list() == read(once)["prediction"].to_list()


def test_a_file_with_cells_that_cannot_be_read_is_scored_and_they_are_counted(tmp_path: Path) -> None:
    predictor, frame = ready(tmp_path / "bundle", "regression")
    name = next(column.name for column in predictor.contract.columns if column.kind in {"number", "integer"})
    source, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    texts = frame[name].cast(pl.String).scatter([0, 1], ["what?", "no idea"])
    frame.with_columns(texts.alias(name)).write_csv(source)
    assert score_file(predictor, str(source), out, rows=1) == Tally(frame.height, {name: 2})
    assert pl.read_csv(out).height == frame.height


@pytest.mark.parametrize("name", ["price", "age"])  # a number, and a whole number
def test_a_length_of_time_is_answered_alike_in_whatever_it_comes(name: str, tmp_path: Path) -> None:
    predictor, rows = ready(tmp_path / "bundle", "regression")
    expected = predictor.predict(rows).tolist()
    lasting = rows.with_columns(
        pl.duration(milliseconds=(pl.col(name) * 1000).round().cast(pl.Int64)).alias(name)
    )
    assert predictor.predict(pd.DataFrame(lasting.to_dict(as_series=False))).tolist() == expected
    assert predictor.predict(lasting.to_dicts()).tolist() == expected
    for unit in ("ms", "us", "ns"):
        frame = lasting.with_columns(pl.col(name).dt.cast_time_unit(unit))
        assert predictor.predict(frame).tolist() == expected
        frame.write_parquet(tmp_path / "rows.parquet")
        score_file(predictor, str(tmp_path / "rows.parquet"), tmp_path / "out.parquet")
        assert read(tmp_path / "out.parquet")["prediction"].to_list() == expected
