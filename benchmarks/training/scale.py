"""What training costs on large tables: time per row, memory of all processes together, and whether the deadline holds.

    python benchmarks/training/scale.py --rows 1e6 1e7 --memory 8GB               # a run of 10 minutes each, and the same work on all rows
    python benchmarks/training/scale.py --rows 1e7 --time 30min --only run

A Parquet file of 30 columns is generated (``--folder`` needs about 8 GB for 10 million rows). Two things are measured:

- **run**: ``fivefold run`` as a person would, with ``--time`` and ``--memory``; the largest proportional memory of all its processes, when
  it ended beside its deadline, the rows that it learned from, and its figure on the sealed rows.
- **work**: the same work on all training rows, whatever time it takes: encode them, 10 rounds of each of the two LightGBM settings that large
  tables begin with, score the sealed rows. Time per row must not grow by more than a fifth from 1 to 10 million.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from contest import memory_of

__all__ = ["main"]

_ROUNDS = 10
_GOAL = 1.2
_COLUMNS = """
    gauss(i, 1) AS x1, gauss(i, 3) AS x2, gauss(i, 5) AS x3, gauss(i, 7) AS x4, u(i, 9) AS x5, u(i, 10) AS x6,
    round(exp(gauss(i, 11)) * 50, 2) AS amount, round(exp(gauss(i, 13)) * 3, 1) AS weight_kg,
    CAST(hash(i, 15) % 90 + 10 AS INTEGER) AS age, CAST(hash(i, 16) % 40 AS INTEGER) AS visits,
    gauss(i, 17) AS x7, gauss(i, 19) AS x8, u(i, 21) AS x9, u(i, 22) AS x10, gauss(i, 23) AS x11, gauss(i, 25) AS x12,
    CASE WHEN hash(i, 27) % 10 = 0 THEN NULL ELSE round(u(i, 28) * 100, 1) END AS humidity,
    CASE WHEN hash(i, 29) % 7 = 0 THEN NULL ELSE round(gauss(i, 30), 3) END AS score,
    hash(i, 32) % 3 = 0 AS online, hash(i, 33) % 2 = 0 AS member,
    ['red', 'green', 'blue', 'white', 'black'][CAST(hash(i, 34) % 5 AS INTEGER) + 1] AS colour,
    'region ' || hash(i, 35) % 25 AS region, 'shop ' || hash(i, 36) % 300 AS shop,
    'product ' || hash(i, 37) % 2000 AS product, 'C' || hash(i, 38) % 50000 AS customer,
    TIMESTAMP '2021-01-01' + INTERVAL 1 SECOND * CAST(hash(i, 39) % 94608000 AS BIGINT) AS bought_at,
    DATE '1940-01-01' + CAST(hash(i, 40) % 25000 AS INTEGER) AS born_on,
    CAST(hash(i, 41) % 500 AS INTEGER) AS delay, u(i, 42) * 1e6 AS precise
"""
"""Twenty-nine features of the kinds that tables have; five of them say nothing."""
_SIGNAL = """
    1.1 * sin(2 * x1) * x2 + 0.8 * x3 * x4 + CASE WHEN x5 > 0.3 AND x6 < 0.5 THEN 1.3 ELSE -0.4 END + 0.9 * exp(-x7 * x7) * x8
    + 0.5 * ln(amount / 50) * (x9 - 0.5) * 2 + CASE WHEN online AND x10 > 0.6 THEN 0.9 ELSE 0 END + 0.25 * x11 * x12 * x1
    + 0.4 * cos(age / 9.0) * CASE WHEN member THEN 1 ELSE -1 END + 0.5 * coalesce((humidity - 50) / 30, 0.6) * x9
    + 0.5 * sin(hour(bought_at) * 0.2618) + 0.9 * (u(hash(shop), 50) - 0.5) + 1.1 * (u(hash(product), 51) - 0.5)
    + 1.4 * (u(hash(customer), 52) - 0.5) + 1.3 * (u(hash(region || colour), 53) - 0.5)
"""
"""Products of columns, thresholds, waves, and effects of levels, of which many are seen only in many rows."""


def main() -> None:
    """Run the benchmark and print its tables."""
    arguments = _arguments()
    if arguments.child:
        {"run": _run, "work": _work}[arguments.child[0]](*arguments.child[1:])
        return
    paces: dict[int, float] = {}
    for rows in sorted(int(float(rows)) for rows in arguments.rows):
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            path = Path(folder) / "table.parquet"
            generate(path, rows)
            size = path.stat().st_size / 1e6
            print(f"\n{rows:,} rows x 30 columns, {size:,.0f} MB, load {os.getloadavg()[0]:.1f}", flush=True)
            last = "data" if arguments.only == "work" else "train"
            words = [str(path), arguments.memory, arguments.time, last]
            _measured("run", words)
            if arguments.only != "run":
                said = _measured("work", words)
                paces[rows] = said["microseconds per row"]
    for few, many in itertools.pairwise(sorted(paces)):
        ratio = paces[many] / paces[few]
        print(
            f"\nTime of a core per row at {many:,} rows: {ratio:.2f} of that at {few:,} (goal: at most {_GOAL})"
        )


def generate(path: Path, rows: int) -> None:
    """Write the table; about a third of the outcomes are ``yes``."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '1GB'")
        connection.execute("SET enable_progress_bar = false")
        connection.execute("CREATE MACRO u(i, k) AS (hash(i, k) % 1000003 + 1) / 1000004.0")
        connection.execute(
            "CREATE MACRO gauss(i, k) AS round(sqrt(-2 * ln(u(i, k))) * cos(6.283185307 * u(i, k + 1)), 5)"
        )
        outcome = f"CASE WHEN u(i, 60) < 1 / (1 + exp(-({_SIGNAL}) + 1)) THEN 'yes' ELSE 'no' END AS outcome"
        query = f"SELECT * EXCLUDE (i), {outcome} FROM (SELECT i, {_COLUMNS} FROM range({rows}) AS t(i))"  # noqa: S608
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", nargs="+", default=["1e6"])
    parser.add_argument("--memory", default="8GB")
    parser.add_argument("--time", default="10min")
    parser.add_argument("--only", choices=["run", "work"], default=None)
    parser.add_argument("--folder", default=None, help="where tables and runs are written")
    parser.add_argument("--child", nargs=5, default=None, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(what: str, words: list[str]) -> dict[str, float]:
    """Do one of the two in a process of its own, watch the memory of all its processes, and print what it says."""
    command = [sys.executable, __file__, "--child", what, *words]
    said: dict[str, float] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peaks, phase = {"": 0}, [""]

        def watch() -> None:
            while process.poll() is None:
                peaks[phase[0]] = max(peaks.get(phase[0], 0), memory_of(process.pid, set()))
                threading.Event().wait(0.25)

        watcher = threading.Thread(target=watch)
        watcher.start()
        for line in process.stdout or ():
            told = json.loads(line)
            phase[0] = told.pop("phase", phase[0])
            said |= told
        watcher.join()
    if process.returncode:
        raise SystemExit(f"'{what}' ended with status {process.returncode}")
    memory = ", ".join(f"{name or 'start'} {peak / 1e6:,.0f} MB" for name, peak in peaks.items())
    figures = "\n".join(f"    {name:28} {value}" for name, value in said.items())
    print(f"  {what}\n{figures}\n    {'memory of all processes':28} {memory}", flush=True)
    return said


def _say(**facts: object) -> None:
    """Tell whoever watches."""
    print(json.dumps({name.replace("_", " "): fact for name, fact in facts.items()}), flush=True)


def _run(path: str, memory: str, seconds: str, last: str) -> None:
    """The journey up to the model; how it went."""
    from fivefold.core.settings import read_settings
    from fivefold.workflow import start

    out = Path(path).parent / "runs"
    flags = {"question.target": "outcome", "budget.time": seconds, "budget.memory": memory, "out": str(out)}
    flags |= {"data.split": "stratified"}
    settings, began = read_settings(flags, environ={}), time.perf_counter()
    with start(settings, path) as journey:
        _say(phase="research")
        journey.research()
        _say(phase="data")
        journey.data()
        _say(seconds_before_training=round(time.perf_counter() - began, 1))
        if last == "data":
            return
        _say(phase="train")
        model = journey.train().body
        over = time.perf_counter() - began - settings.budget.time
    score, base = (each[0] for each in (model.evaluation.scores, model.evaluation.baseline))
    _say(seconds=round(time.perf_counter() - began, 1), past_the_deadline=f"{over:.1f} s")
    _say(rows_learned_from=model.train_rows, sealed_rows=model.evaluation.rows, bundle_bytes=model.size_bytes)
    _say(
        figure=f"{score.metric} {score.value:.5f} ({score.low:.5f} to {score.high:.5f}), {base.value:.4f} without a model"
    )
    _say(members=[(one.name, round(one.weight, 2), one.rounds) for one in model.members])
    _say(
        fits=[
            (one.candidate, one.state, one.score and round(one.score, 5), one.seconds, one.rounds)
            for one in model.trials
        ]
    )
    _say(notes=model.notes)


def _work(path: str, memory: str, seconds: str, _: str) -> None:
    """The same work on all training rows."""
    from fivefold.core.artefacts import Dataset
    from fivefold.core.clock import Deadline
    from fivefold.core.objective import Objective
    from fivefold.core.protocols import MemberKind
    from fivefold.core.quantities import parse_seconds
    from fivefold.core.registry import Registry
    from fivefold.core.store import Store
    from fivefold.training.encoded import EncodedFold, EncodedRows, load_encoder
    from fivefold.training.evaluation import SealedPart
    from fivefold.training.families.lightgbm import LightGBM
    from fivefold.training.rows import Terms
    from fivefold.training.tasks import EncodeTask, Workshop

    del memory
    store = Store(Path(path).parent / "runs")
    stored = store.find("latest").need("data", Dataset)
    body, snapshot = stored.body, stored.folder / "train.parquet"
    terms = Terms(
        str(snapshot),
        body.contract,
        body.split,
        True,
        False,
        parse_seconds(seconds),
        0,
        Objective("log_loss"),
        large=True,
    )
    _say(phase="encode")
    with tempfile.TemporaryDirectory(dir=Path(path).parent) as folder:
        workshop, stages = Workshop.open(Path(folder) / "workshop", terms), _Stages()
        task = EncodeTask(workshop.rows.order[0])
        workshop.perform(task)
        stages.end("encode", "fit")
        encoded = EncodedFold.load(workshop.folder / task.place, balanced=False)
        family, problem = LightGBM(), workshop.problem(encoded.train.features, LightGBM)
        payloads = []
        for candidate in family.candidates(problem)[:2]:
            until = Deadline.after(1e6)
            payloads.append(family.fit(candidate, problem, encoded.train, None, until, _ROUNDS).payload)
            stages.end(candidate.name, "fit")
        del encoded
        _say(phase="score")
        sealed = SealedPart(stored.folder / "test.parquet", terms)
        encoder = load_encoder(workshop.folder / task.place, body.contract)
        rows = EncodedRows.write(sealed.frame, encoder, body.contract, Path(folder) / "sealed.npy")
        for payload in payloads:
            rows.scores(Registry[MemberKind]("fivefold.members").get("lightgbm").load(payload))
        stages.end("score", "")
    stages.tell(body.split.train_rows + body.split.test_rows)


class _Stages:
    """How long each stage took: by the clock, and of a core, which other programs on the machine do not lengthen."""

    def __init__(self) -> None:
        self._began = self._last = (time.perf_counter(), time.process_time())

    def end(self, name: str, phase: str) -> None:
        """Tell of the stage that ends."""
        now = (time.perf_counter(), time.process_time())
        wall, core = (each - last for each, last in zip(now, self._last, strict=True))
        self._last = now
        _say(**{name: f"{wall:.1f} s, {core:.1f} s of a core"}, phase=phase)

    def tell(self, rows: int) -> None:
        """Tell of all of them."""
        wall, core = (last - began for began, last in zip(self._began, self._last, strict=True))
        _say(all=f"{wall:.1f} s, {core:.1f} s of a core", microseconds_per_row=round(1e6 * core / rows, 2))


if __name__ == "__main__":
    main()
