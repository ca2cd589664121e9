"""One row in process: how long Fivefold's own blends, trained by default on real tables, take from a dict to the answer.

    python benchmarks/serving/in_process.py TABLES WORK [--tables NAME ...] [--budget 20s --calls 5000]

``TABLES`` is a folder with an ``index.json``. A run is made of each table and kept in ``WORK``; another call only measures. The rows are
the bundle's golden ones, as a request carries them, one after the other, in one thread. Each call is timed on its own, so that the median
is of calls and not of loops; beside it stands what of the median goes into cleaning, encoding and the members.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import fivefold
from fivefold.runtime.predictor import Predictor

TABLES = ("bank_marketing", "bike_sharing", "satellite_land_use")


def main() -> None:
    """Train what is missing, measure, and print a table."""
    asked = arguments(__doc__, calls=5000)
    index = {entry["name"]: entry for entry in json.loads((asked.folder / "index.json").read_text())}
    models = {name: trained(index[name], asked.folder, asked.work, asked.budget) for name in asked.tables}
    print(f"load {os.getloadavg()[0]:.1f}\n")
    print("| table | columns | features | members | p50 us | p99 us | clean | encode | members |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, model in models.items():
        print(f"| {name} | {measured(model, asked.calls)} |", flush=True)


def arguments(about: str | None, *, calls: int) -> argparse.Namespace:
    """Parse what is asked for: tables, where their runs lie, and how often a row is answered."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--tables", nargs="+", default=TABLES)
    parser.add_argument("--budget", default="20s")
    parser.add_argument("--calls", type=int, default=calls)
    return parser.parse_args()


def trained(entry: dict[str, object], folder: Path, work: Path, budget: str) -> Predictor:
    """Make a run of a table with nothing but its target and how its rows are kept apart, or load it; return its model."""
    note, runs = work / f"{entry['name']}.json", str(work / "runs")
    if note.is_file():
        return fivefold.load(json.loads(note.read_text())["run"], out=runs).model
    apart = [str(entry[f"{key}_column"]) if entry["split"] == key else None for key in ("time", "group")]
    result = fivefold.run(
        str(folder / str(entry["file"])),
        target=str(entry["target"]),
        budget=budget,
        out=runs,
        time_column=apart[0],
        group_column=apart[1],
    )
    note.write_text(json.dumps({"run": result.id}))
    return result.model


def measured(predictor: Predictor, calls: int) -> str:
    """Ask for the golden rows, and tell times in microseconds."""
    rows = [golden.row for golden in predictor.golden]
    cleaned = [predictor.read([row]) for row in rows]
    encoded = [predictor.encoder.encode_row(each.values[0]) for each in cleaned]
    gc.collect()
    gc.freeze()  # as the service does once it has loaded
    whole = timed(lambda at: predictor.answer(predictor.read([rows[at]])), len(rows), calls)
    stages = (
        timed(lambda at: predictor.read([rows[at]]), len(rows), calls),
        timed(lambda at: predictor.encoder.encode_row(cleaned[at].values[0]), len(rows), calls),
        timed(lambda at: predictor.blend.predict_row(encoded[at]), len(rows), calls),
    )
    kinds = [type(member).__name__.removesuffix("Member") for member in predictor.blend.members]
    cells = (
        len(predictor.contract.columns),
        len(predictor.encoder.features),
        ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)),
        f"{median(whole):.0f}",
        f"{quantiles(whole, n=100)[-1]:.0f}",
        *(f"{median(stage):.0f}" for stage in stages),
    )
    return " | ".join(map(str, cells))


def timed(call: Callable[[int], object], rows: int, calls: int) -> list[float]:
    """Time each call, after some that warm up."""
    took = []
    for at in itertools.islice(itertools.cycle(range(rows)), calls + 200):
        began = time.perf_counter_ns()
        call(at)
        took.append((time.perf_counter_ns() - began) / 1e3)
    return took[200:]


if __name__ == "__main__":
    main()
