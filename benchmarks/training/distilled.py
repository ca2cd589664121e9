"""What distillation brings: one LightGBM that learns a run's answers, beside the same one that learns the truth alone.

    python benchmarks/training/distilled.py TABLES RESULTS [--seeds 1] [--budget 30s] [--tables NAME ...]

``TABLES`` is a folder with an ``index.json``. Of each table a run is made, and three students are taught as ``fivefold export --distilled`` does:
by the truth, by the run's answers, and by half of each. All are judged on the run's sealed rows, and so is the run's blend, by what it answered before it
had seen them. Texts are left out, since no student reads them. A line per table is ``RESULTS/TABLE-SEED.json``; what stands there is not done again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from tables import read_index

from fivefold.core.artefacts import ROW, Brief, Dataset, Model
from fivefold.core.settings import read_settings
from fivefold.core.store import Run
from fivefold.measure.objectives import loss, objective_of
from fivefold.runtime.bundle import load_bundle
from fivefold.training.answers import Answers
from fivefold.training.distillation import distil
from fivefold.training.rows import positions_of
from fivefold.workflow import start

SHARES = {"truth": 0.0, "half": 0.5, "answers": 1.0}
"""How much of what the student learns is the run's answer."""


def judge(entry: dict[str, object], folder: Path, seed: int, budget: str) -> dict[str, object]:
    """Make a run and teach the students; return losses on the sealed rows, bytes, and milliseconds for a row."""
    with tempfile.TemporaryDirectory() as place:
        run = _run(entry, folder, Path(place), seed, budget)
        data, model = run.need("data", Dataset), run.need("train", Model)
        plan, contract = run.need("research", Brief).body, data.body.contract
        objective = objective_of(contract.task, plan.text("metric.primary"))
        sealed = pl.read_parquet(data.folder / "test.parquet")
        said = Answers.read(model.folder, sealed=True).of(sealed[ROW].to_numpy())
        asked = np.flatnonzero(np.isfinite(said[:, 0]))
        truth, frame = positions_of(sealed, contract)[asked], sealed[asked]
        single = min(
            (row for row in model.body.leaderboard if row.near and row.family not in {"blend", "dummy"}),
            key=lambda row: row.size_bytes,
            default=None,
        )
        found: dict[str, object] = {
            "blend": loss(objective, truth, said[asked]),
            "blend ms": model.body.predict_ms,
            "blend bytes": model.body.size_bytes,
            "single": None if single is None else [single.name, single.predict_ms, single.size_bytes],
        }
        for name, share in SHARES.items():
            began = time.monotonic()
            student = distil(run, Path(place) / name, share=share)
            predictor = load_bundle(student.folder)
            found[name] = loss(objective, truth, predictor.scores(frame))
            found |= {f"{name} seconds": time.monotonic() - began, "answered": student.told.answered}
            files = (student.folder / "members").iterdir()
            found |= {
                f"{name} bytes": sum(file.stat().st_size for file in files),
                "learned": student.told.learned,
            }
    return {"table": entry["name"], "seed": seed, **found}


def _run(entry: dict[str, object], folder: Path, place: Path, seed: int, budget: str) -> Run:
    """Make a run without the texts of the index."""
    flags = {
        "question.target": str(entry["target"]),
        "budget.time": budget,
        "seed": str(seed),
        "out": str(place / "runs"),
    }
    for key in ("time", "group"):
        if entry["split"] == key:
            flags[f"question.{key}_column"] = str(entry[f"{key}_column"])
    source = folder / str(entry["file"])
    if entry.get("text_columns"):
        frame, source = pl.read_parquet(source), place / f"{entry['name']}.parquet"
        frame.drop(entry["text_columns"]).write_parquet(source)
    with start(read_settings(flags, environ={}), str(source)) as journey:
        journey.all()
        return Run(journey.run.folder)


def tell(results: Path) -> None:
    """Print test losses beside that of the student that learned the truth."""
    reports = [json.loads(file.read_text()) for file in sorted(results.glob("*.json"))]
    kinds = ("half", "answers", "blend")
    print(f"| table, draw | {' | '.join(kinds)} | rows answered | kB: student | single | blend |")
    print(f"|---|{'---|' * (len(kinds) + 4)}")
    changes = [[report[kind] / report["truth"] - 1 for kind in kinds] for report in reports]
    for report, row in zip(reports, changes, strict=True):
        told = " | ".join(f"{100 * one:+.1f} %" for one in row)
        single = f"{report['single'][2] / 1e3:,.0f}" if report["single"] else "none near"
        share = f"{100 * report['answered'] / report['learned']:.0f} %"
        sizes = f"{report['half bytes'] / 1e3:,.0f} | {single} | {report['blend bytes'] / 1e3:,.0f}"
        print(f"| {report['table']} {report['seed']} | {told} | {share} | {sizes} |")
    if changes:
        means, errors = np.mean(changes, axis=0), np.std(changes, axis=0, ddof=1) / len(changes) ** 0.5
        told = " | ".join(f"{100 * m:+.1f} % ({100 * e:.1f})" for m, e in zip(means, errors, strict=True))
        print(f"| **mean** (standard error) | {told} | | | | |")


def main() -> None:
    """Judge the tables of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--budget", default="30s")
    parser.add_argument("--tables", nargs="+", default=[])
    asked = parser.parse_args()
    asked.results.mkdir(parents=True, exist_ok=True)
    for seed in range(asked.seeds):
        for entry in read_index(asked.folder):
            report = asked.results / f"{entry['name']}-{seed}.json"
            if not report.exists() and (not asked.tables or entry["name"] in asked.tables):
                report.write_text(json.dumps(judge(entry, asked.folder, seed, asked.budget)))
    tell(asked.results)


if __name__ == "__main__":
    main()
