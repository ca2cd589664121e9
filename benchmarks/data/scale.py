"""How fast and how lean the data step is on a large CSV, beside DuckDB's own SUMMARIZE of the same file in the same run.

    python benchmarks/data/scale.py                       # 1 million rows
    python benchmarks/data/scale.py --rows 1e6 1e7        # and what ten times the rows cost
    python benchmarks/data/scale.py --rows 1e7 --memory 2GB

A CSV of 20 columns is generated. One child process runs ``SUMMARIZE``; another does what a person would do: fetch, first
look, plan, cleaning, checks, split and snapshots, within ``--memory``. Each reports its time and its largest resident size.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

__all__ = ["main"]

_COLUMNS = """
    i AS row_number,
    lpad(CAST(hash(i, 1) % 100000 AS VARCHAR), 5, '0') AS postal_code,
    strftime(TIMESTAMP '2015-01-01' + INTERVAL 1 SECOND * (i * 300000000 // rows), '%Y-%m-%d %H:%M:%S') AS bought_at,
    strftime(DATE '1940-01-01' + CAST(hash(i, 2) % 25000 AS INTEGER), '%Y-%m-%d') AS born_on,
    CAST(hash(i, 3) % 90 + 10 AS INTEGER) AS age,
    CAST(hash(i, 4) % 1000000 AS INTEGER) AS visits,
    round(sqrt(-2 * ln(u(i, 5))) * cos(6.283185307 * u(i, 6)), 4) AS score,
    round(exp(2 * u(i, 7)) * 100, 2) AS amount,
    u(i, 8) * 1e6 AS precise,
    '$' || format('{:,}', hash(i, 9) % 100000) || '.' || lpad(CAST(hash(i, 10) % 100 AS VARCHAR), 2, '0') AS price,
    CASE WHEN hash(i, 11) % 10 = 0 THEN NULL ELSE round(u(i, 12) * 100, 1) END AS humidity,
    ['red', 'green', 'blue', 'white', 'black'][CAST(hash(i, 13) % 5 AS INTEGER) + 1] AS colour,
    'shop ' || hash(i, 14) % 300 AS shop,
    'C' || hash(i, 15) % 50000 AS customer,
    CASE WHEN hash(i, 16) % 2 = 0 THEN 'yes' ELSE 'no' END AS member,
    hash(i, 17) % 3 = 0 AS online,
    ['Good', 'Late again', 'Never came', 'Very happy with', 'Asked for'][CAST(hash(i, 18) % 5 AS INTEGER) + 1]
        || ' order ' || hash(i, 19) % 1000 || ' of ' || hash(i, 20) % 1000 AS remark,
    CASE WHEN hash(i, 21) % 20 = 0 THEN 'NA' ELSE CAST(hash(i, 22) % 500 AS VARCHAR) END AS delay,
    CAST(hash(i, 23) % 7 AS INTEGER) AS weekday,
    CASE WHEN u(i, 24) < 0.15 + 0.3 * CAST(hash(i, 3) % 90 AS DOUBLE) / 90 THEN 'returned' ELSE 'kept' END AS outcome
"""
"""Twenty columns of the kinds that tables have: whole numbers, decimals, money, dates, words, truth values, a code with leading
zeros, a short text, numbers with gaps, and a target of two classes."""


def main() -> None:
    """Run the benchmark and print its table."""
    arguments = _arguments()
    if arguments.child:
        _child(*arguments.child)
        return
    measured = []
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        for rows in sorted(int(float(rows)) for rows in arguments.rows):
            path = Path(folder) / f"table-{rows}.csv"
            generate(path, rows)
            size = path.stat().st_size / 1e6
            print(f"\n{rows:,} rows x 20 columns, {size:,.0f} MB, load {os.getloadavg()[0]:.1f}", flush=True)
            for repeat in range(arguments.repeat):
                pair = [_run(path, what, arguments.memory) for what in ("summarize", "fivefold")]
                measured.append((rows, pair[0]["seconds"], pair[1]["seconds"]))
                _print(repeat, *pair)
            path.unlink()
    _print_growth(measured)


def generate(path: Path, rows: int) -> None:
    """Write the table."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '1GB'")
        connection.execute("CREATE MACRO u(i, k) AS (hash(i, k) % 1000003 + 1) / 1000004.0")
        columns = _COLUMNS.replace("rows)", f"{rows})")
        connection.execute(
            f"COPY (SELECT {columns} FROM range({rows}) AS t(i)) TO '{path}' (FORMAT csv, HEADER)"  # noqa: S608
        )


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", nargs="+", default=["1e6"])
    parser.add_argument("--memory", default="2GB", help="stated to Fivefold as --memory")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--folder", default=None, help="where the table and the run are written")
    parser.add_argument("--child", nargs=3, default=None, help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(path: Path, what: str, memory: str) -> dict[str, float]:
    """Do one of the two in a process of its own."""
    command = [sys.executable, __file__, "--child", what, str(path), memory]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    said: dict[str, float] = json.loads(answer.stdout)
    return said


def _child(what: str, path: str, memory: str) -> None:
    """Do one of the two, and say on standard output how it went."""
    said = _summarize(path) if what == "summarize" else _fivefold(path, memory)
    said["cpu"] = time.process_time()
    said["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(said))


def _summarize(path: str) -> dict[str, float]:
    """DuckDB's own profile, with all cores and its own memory limit."""
    import duckdb

    began = time.perf_counter()
    with duckdb.connect() as connection:
        connection.execute(f"SUMMARIZE SELECT * FROM read_csv('{path}')").fetchall()  # noqa: S608
    return {"seconds": time.perf_counter() - began}


def _fivefold(path: str, memory: str) -> dict[str, float]:
    """Fetch, look, plan, clean, check, split and write the snapshots."""
    from fivefold.core.settings import read_settings
    from fivefold.workflow import start

    flags = {"question.target": "outcome", "budget.time": "10h", "budget.memory": memory}
    with tempfile.TemporaryDirectory(dir=Path(path).parent) as out:
        settings = read_settings(flags | {"out": out}, environ={})
        marks = [time.perf_counter()]
        with start(settings, path) as journey:
            marks.append(time.perf_counter())
            journey.research()
            marks.append(time.perf_counter())
            dataset = journey.data()
            marks.append(time.perf_counter())
    gathered, researched, made = (later - earlier for earlier, later in itertools.pairwise(marks))
    return {
        "seconds": marks[-1] - marks[0],
        "fetch and look": gathered,
        "plan": researched,
        "data": made,
        "train_rows": dataset.body.split.train_rows,
        "test_rows": dataset.body.split.test_rows,
        "findings": len(dataset.body.findings),
    }


def _print(repeat: int, theirs: dict[str, float], ours: dict[str, float]) -> None:
    """Print one pair."""
    ratio = theirs["seconds"] / ours["seconds"]
    parts = ", ".join(f"{name} {ours[name]:.1f} s" for name in ("fetch and look", "plan", "data"))
    kept = f"{ours['train_rows']:,.0f} + {ours['test_rows']:,.0f} rows, {ours['findings']:.0f} findings"
    lines = (
        f"run {repeat + 1}",
        f"  SUMMARIZE   {theirs['seconds']:7.1f} s   {theirs['cpu']:7.1f} s of cores   {theirs['rss']:6,.0f} MB resident",
        f"  Fivefold    {ours['seconds']:7.1f} s   {ours['cpu']:7.1f} s of cores   {ours['rss']:6,.0f} MB resident   ({parts}; {kept})",
        f"  speed       {ratio:7.2f} of SUMMARIZE's (goal: at least 0.33); {theirs['cpu'] / ours['cpu']:.2f} by the cores' time",
    )
    print("\n".join(lines), flush=True)


def _print_growth(measured: list[tuple[int, float, float]]) -> None:
    """Say what more rows cost."""
    best: dict[int, float] = {}
    for rows, _, seconds in measured:
        best[rows] = min(seconds, best.get(rows, seconds))
    sizes = sorted(best)
    for few, many in itertools.pairwise(sizes):
        times = best[many] / best[few]
        print(f"\n{many / few:g} times the rows: {times:.1f} times the time (goal: 11 for 10)")


if __name__ == "__main__":
    main()
