"""One row of every kind of member: our evaluator beside ONNX Runtime with the same member as a graph, on real tables.

    python benchmarks/serving/members.py TABLES WORK [--tables NAME ...] [--calls 2000]

``TABLES`` is a folder with an ``index.json``; needs the extra ``onnx``. Asked are the members of the runs that ``in_process.py`` makes in ``WORK``, and of
each family alone the first of its settings, fitted as ``parity.py`` does. Both get the same encoded rows, one at a time, in turns and in one thread, so that a
busy machine and a cold cache fall on both; figures are medians in microseconds. Of trees a second graph is asked, whose leaves are in single precision: the exported one gives
each leaf in two parts, which takes longer and loses nothing.
"""

from __future__ import annotations

import gc
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import onnx
from in_process import arguments, trained
from parity import alone

from fivefold.core.artefacts import Model
from fivefold.core.store import Run
from fivefold.export.graph import Graph
from fivefold.export.model import MEMBERS
from fivefold.runtime.blend import RowMember
from fivefold.runtime.bundle import BundleContents, read_bundle
from fivefold.runtime.frames import clean_frame
from fivefold.runtime.graph_session import GraphSession

if TYPE_CHECKING:
    from fivefold.core.protocols import Matrix

ROWS = 64


def main() -> None:
    """Train what is missing, measure, and print a table."""
    asked = arguments(__doc__, calls=2000)
    index = {entry["name"]: entry for entry in json.loads((asked.folder / "index.json").read_text())}
    print(f"load {os.getloadavg()[0]:.1f}\n")
    print("| table | member | ours | ONNX Runtime | apart by | single precision | apart by |")
    print("|---|---|---|---|---|---|---|")
    for name in asked.tables:
        trained(index[name], asked.folder, asked.work, asked.budget)
        run = Run(asked.work / "runs" / json.loads((asked.work / f"{name}.json").read_text())["run"])
        for told, contents in candidates(run):
            rows = encoded(contents, run)
            for place, entry in enumerate(contents.manifest.members):
                cells = measured(contents, place, rows, asked.calls)
                print(f"| {name} | {told}: {entry.kind} | {cells} |", flush=True)


def candidates(run: Run) -> Iterator[tuple[str, BundleContents]]:
    """The run's blend, and of each family alone the first of its settings."""
    yield "blend", read_bundle(run.need("train", Model).folder / "bundle")
    families: set[str] = set()
    with tempfile.TemporaryDirectory() as place:
        for name, contents in alone(run, Path(place)):
            family = name.split()[0].rstrip("0123456789-")
            if family not in families:
                families.add(family)
                yield name.split()[0], contents


def encoded(contents: BundleContents, run: Run) -> list[Matrix]:
    """Some sealed rows as the members see them, each a matrix of its own."""
    import polars as pl

    contract = contents.manifest.contract
    names = [column.name for column in contract.columns]
    frame = pl.read_parquet(run.folder / "data" / "test.parquet", columns=names, n_rows=ROWS)
    values = contents.encoder().encode_frame(clean_frame(frame, contract, strict=True))
    return [values[row : row + 1] for row in range(len(values))]


def measured(contents: BundleContents, place: int, rows: list[Matrix], calls: int) -> str:
    """Ask one member in each way, in turns."""
    entry = contents.manifest.members[place]
    member = contents.predictor().blend.members[place]
    first = member.predict_row if isinstance(member, RowMember) else member.predict
    ways: list[Callable[[Matrix], object]] = [first]
    graph = Graph()
    graph.feed("rows", np.float32)
    graph.give(MEMBERS[entry.kind](graph, contents.payload(entry), "rows"), "scores", np.float64, None)
    written = onnx.load_from_string(graph.finish("member", {}))
    written.graph.input[0].type.tensor_type.shape.dim[1].dim_value = rows[0].shape[1]
    ways.append(session(written))
    if entry.kind != "onnx" and halve(written):  # what others wrote has whole leaves already
        ways.append(session(written))
    expected = np.concatenate([member.predict(row) for row in rows])
    cells = []
    took: list[list[float]] = [[] for _ in ways]
    gc.collect()
    for call in range(calls + 100):
        row = rows[call % len(rows)]
        for way, times in zip(ways, took, strict=True):
            began = time.perf_counter_ns()
            way(row)
            times.append((time.perf_counter_ns() - began) / 1e3)
    for number, (way, times) in enumerate(zip(ways, took, strict=True)):
        cells.append(f"{median(times[100:]):.1f}")
        if number:
            found = np.concatenate([np.asarray(way(row)).reshape(1, -1) for row in rows])
            cells.append(f"{(np.abs(found - expected) / np.maximum(1.0, np.abs(expected))).max():.0e}")
    return " | ".join(cells + ["-"] * (5 - len(cells)))


def session(model: onnx.ModelProto) -> Callable[[Matrix], object]:
    """What asks a graph."""
    opened = GraphSession(model.SerializeToString()).open()
    return lambda row: opened.run(None, {"rows": row})[0]


def halve(model: onnx.ModelProto) -> bool:
    """Put the two parts of each leaf together again, in single precision; whether there are any."""
    for node in model.graph.node:
        if node.op_type == "TreeEnsembleRegressor":
            told = {one.name: one for one in node.attribute}
            coarse = np.array(told["target_ids"].ints) < told["n_targets"].i // 2
            weights = np.array(told["target_weights"].floats)
            parts = {
                name: np.array(told[f"target_{name}"].ints)[coarse] for name in ("ids", "nodeids", "treeids")
            }
            for name, values in parts.items():
                told[f"target_{name}"].ints[:] = values.tolist()
            told["target_weights"].floats[:] = (weights[coarse] + weights[~coarse]).tolist()
            return True
    return False


if __name__ == "__main__":
    main()
