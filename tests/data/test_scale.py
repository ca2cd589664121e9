"""Tables of any length: the same bytes however many rows are held at once, rows drawn by a stated rule, bounded memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data.journey import bench_in, plan_of

from fivefold.core.artefacts import FOLD, ROW, Dataset, Question
from fivefold.core.budget import Budget
from fivefold.core.extract import Extract
from fivefold.core.store import Header, Stored
from fivefold.data.gather import gather
from fivefold.data.look import look
from fivefold.data.means import means
from fivefold.data.step import data

ROWS = 900


def table(rows: int = ROWS) -> pl.DataFrame:
    """Gaps, money, dates, strangers, groups, equal rows and rows without a target."""
    generator = np.random.default_rng(0)
    place = np.arange(rows)
    return pl.DataFrame(
        {
            "price": [None if row % 11 == 0 else f"${row % 700:,}.50" for row in place],
            "day": [f"2020-{1 + row % 12:02}-{1 + row % 28:02}" for row in place],
            "code": [f"{row % 40:05}" for row in place],
            "visits": ["many" if row % 97 == 5 else str(row % 300) for row in place],
            "shop": [f"shop {row % 30}" for row in place],
            "y": [
                None if row % 50 == 7 else str(word)
                for row, word in zip(place, generator.choice(["no", "yes"], rows), strict=True)
            ],
        }
    )


def step(folder: Path, kind: str = "stratified", by: str = "") -> tuple[Dataset, dict[str, bytes]]:
    """The Dataset and the bytes of its payloads."""
    (folder / "gather").mkdir()
    fetched = gather(Extract(table()), folder / "gather")
    body = plan_of(Question("y"), look(fetched, Question("y")), "binary", split__kind=kind, split__by=by)
    brief = Stored(Header("Brief", 1, "key", "digest", {}, {}, "", 0.0), body, folder)
    bench = bench_in(folder)
    dataset = data(brief, fetched, bench)
    return dataset, {path.name: path.read_bytes() for path in sorted(bench.folder.iterdir())}


@pytest.mark.parametrize(("kind", "by"), [("stratified", ""), ("time", "day"), ("group", "shop")])
def test_small_batches_on_disk_give_the_bytes_of_one_in_memory(
    kind: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as many:
        whole = step(Path(one), kind, by)
        monkeypatch.setattr("fivefold.data.excerpts._BATCH_CELLS", 6 * 70)
        monkeypatch.setattr("fivefold.data.excerpts._LEAST_BATCH", 1)
        monkeypatch.setattr("fivefold.data.shelf._HELD", 10_000)
        assert step(Path(many), kind, by) == whole


def test_more_rows_than_the_budget_holds_are_drawn_and_the_rule_is_stated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fivefold.data.means._LEAST_ROWS", 400)
    monkeypatch.setattr("fivefold.data.means._CELLS_PER_SECOND", 1)
    dataset, payloads = step(tmp_path)
    reason, left = dataset.removed[0]
    assert reason.startswith("not drawn: 6 s for this step can hold about 400 rows")
    assert 400 <= left <= 600
    assert dataset.rows == ROWS
    train = pl.read_parquet(payloads["train.parquet"])
    assert train[ROW].is_sorted()
    assert train.height + dataset.split.test_rows == ROWS - sum(count for _, count in dataset.removed)
    assert train[FOLD].n_unique() == 5


def test_of_more_targets_than_are_looked_at_some_are_drawn_and_speak_for_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fivefold.data.look._MOST_TARGETS", 1_000)
    rows = 6_000
    # Classes take turns, so that every so many rows would show one of them alone.
    frame = pl.DataFrame({"x": range(rows), "y": ["ab"[row % 2] if row % 3 else None for row in range(rows)]})
    profile = look(gather(Extract(frame), tmp_path), Question("y"))
    assert profile.rows == rows
    assert profile.usable_rows == pytest.approx(4_000, rel=0.1)
    assert profile.target_distinct == 2
    assert profile.minority_share == pytest.approx(0.5, abs=0.05)
    assert profile.column("y").missing == pytest.approx(2_000, rel=0.2)


def test_rows_are_bound_by_the_tightest_of_the_means() -> None:
    rich = replace(Budget.parse({"time": "1h", "memory": "64GB", "cores": "8"}), disk=None)
    assert "for this step" in means(rich, 20).why
    assert "of memory" in means(replace(rich, memory=2 * 10**9), 20).why
    assert "of disk" in means(replace(rich, disk=10**9), 20).why
    assert means(replace(rich, time=60.0), 20).rows == 6 * 8 * 1_000_000 // 20
    assert means(replace(rich, time=0.1), 2_000).rows == 100_000


CHILD = """
import resource, sys, tempfile
from pathlib import Path
import duckdb
from fivefold.core.settings import read_settings
from fivefold.workflow import start
folder = Path(sys.argv[1])
path = folder / "long.csv"
with duckdb.connect(config={"memory_limit": "300MB"}) as connection:
    connection.execute(
        "COPY (SELECT hash(i) % 1000 AS a, 'c' || hash(i, 1) % 50000 AS b, (hash(i, 2) % 1000000) / 7 AS c, "
        "'$' || hash(i, 3) % 100000 AS d, DATE '2000-01-01' + CAST(hash(i, 4) % 9000 AS INTEGER) AS e, "
        "hash(i, 5) % 7 AS f, hash(i, 6) AS g, hash(i, 7) % 3 = 0 AS y FROM range(2000000) AS t(i)) "
        f"TO '{path}' (FORMAT csv, HEADER)")
flags = {"question.target": "y", "budget.time": "10h", "budget.memory": "1GB", "out": str(folder / "runs")}
with start(read_settings(flags, environ={}), str(path)) as journey:
    journey.research()
    dataset = journey.data().body
assert dataset.rows == 2_000_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_two_million_rows_stay_within_a_gigabyte(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], check=True, stdout=subprocess.PIPE, text=True
    )
    assert int(done.stdout.split()[-1]) < 1_000
