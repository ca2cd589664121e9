"""Many rows in process: how long Fivefold's own blends, trained by default on real tables, take for a frame, beside another checkout in turns.

    python benchmarks/serving/batches.py TABLES WORK [--tables NAME ...] [--rows 10000 --calls 9 --beside SOURCE]

``TABLES`` is a folder with an ``index.json``; the runs are those that ``in_process.py`` makes in ``WORK``, and so is what has not been trained. The frame is
one of pandas, its words objects as a Parquet file gives them: a quarter of the table's rows, over and over. ``SOURCE`` is the folder ``src`` of another checkout:
each call of ours is followed by one of theirs, in a process of its own, so that a busy machine falls on both. Told are medians in milliseconds, the time that
the processor worked in brackets, and how far the answers are apart relative to the largest.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from in_process import TABLES, trained


def main() -> None:
    """Train what is missing, measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--tables", nargs="+", default=TABLES)
    parser.add_argument("--budget", default="20s")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=9)
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    index = {entry["name"]: entry for entry in json.loads((asked.folder / "index.json").read_text())}
    if asked.answer:
        answer(index[asked.tables[0]], asked)
        return
    for name in asked.tables:
        trained(index[name], asked.folder, asked.work, asked.budget)
    print(f"load {os.getloadavg()[0]:.1f}\n")
    print("| table | columns | features | members | here ms | there ms | times | apart |")
    print("|---|---|---|---|---|---|---|---|")
    for name in asked.tables:
        print(f"| {name} | {compared(name, asked)} |", flush=True)


def compared(name: str, asked: argparse.Namespace) -> str:
    """Let both answer the same rows, in turns."""
    sources = [Path(__file__).resolve().parents[2] / "src", *([asked.beside] if asked.beside else [])]
    workers = [worker(name, asked, source) for source in sources]
    facts = [json.loads(said(each)) for each in workers]
    took: list[list[tuple[float, float]]] = [[] for _ in workers]
    for _ in range(asked.calls):
        for each, times in zip(workers, took, strict=True):
            times.append(tuple(json.loads(said(each))))
    answers = []
    for number, each in enumerate(workers):
        path = asked.work / f"answers-{number}.npy"
        print(path, file=each.stdin, flush=True)
        each.wait()
        answers.append(np.load(path))
        path.unlink()
    middle = [median(wall for wall, _ in times) for times in took]
    cells = [
        f"{1000 * wall:.0f} ({1000 * median(cpu for _, cpu in times):.0f})"
        for wall, times in zip(middle, took, strict=True)
    ]
    apart = [np.abs(answers[0] - other).max() / np.abs(other).max() for other in answers[1:]]
    ratio = [f"{there / middle[0]:.1f}" for there in middle[1:]]
    return " | ".join([facts[0], *cells, *ratio, *(f"{each:.0e}" for each in apart)])


def worker(name: str, asked: argparse.Namespace, source: Path) -> subprocess.Popen[str]:
    """Start a process that answers with the code of a checkout."""
    words = [str(asked.folder), str(asked.work), "--tables", name, "--rows", str(asked.rows), "--answer"]
    return subprocess.Popen(
        [sys.executable, __file__, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )


def said(process: subprocess.Popen[str]) -> str:
    """Ask for one more line."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a process without pipes")
    print(file=process.stdin, flush=True)
    return process.stdout.readline()


def answer(entry: dict[str, object], asked: argparse.Namespace) -> None:
    """Answer once for every empty line; at the end write the answers where the last line says."""
    model = trained(entry, asked.folder, asked.work, asked.budget)
    frame = rows(entry, asked.folder, asked.rows)
    scores = model.scores(frame)
    kinds = [type(member).__name__.removesuffix("Member") for member in model.blend.members]
    told = f"{len(model.contract.columns)} | {len(model.encoder.features)} | {', '.join(kinds)}"
    sys.stdin.readline()
    print(json.dumps(told), flush=True)
    for line in sys.stdin:
        if line.strip():
            np.save(line.strip(), scores)
            return
        began, worked = time.perf_counter(), time.process_time()
        scores = model.scores(frame)
        print(json.dumps([time.perf_counter() - began, time.process_time() - worked]), flush=True)


def rows(entry: dict[str, object], folder: Path, count: int) -> pd.DataFrame:
    """Some of the table's rows, over and over, without its target."""
    path = folder / str(entry["file"])
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    table = table.drop(columns=str(entry["target"]))
    kinds = pd.api.types
    words = [
        name
        for name in table
        if not (kinds.is_numeric_dtype(table[name]) or kinds.is_datetime64_any_dtype(table[name]))
    ]
    order = np.random.default_rng(0).permutation(len(table))[: max(1, len(table) // 4)]
    return table.astype(dict.fromkeys(words, object)).iloc[np.resize(order, count)].reset_index(drop=True)


if __name__ == "__main__":
    main()
