"""How far the exported graph is from the bundle: every kind of member, and the blend of a short run, on held-out rows of real tables.

    python benchmarks/serving/parity.py TABLES RESULTS [--budget 15s] [--tables NAME ...]

``TABLES`` is a folder with an ``index.json``; needs the extra ``onnx``. Of each table a run is made. Its blend is exported and asked all
sealed rows, and so is, of each family alone, the first two of its settings, fitted on at most 5,000 of the run's training rows and for at most 5 seconds
(with ``estimators`` a histogram boosting and a forest of scikit-learn). A table with texts is run twice: with them, for the student that is
exported in its place, and without. Some rows also go the way of a request, one dict each, and must get the bundle's answers to
the last bit. A line per table is ``RESULTS/TABLE.json``; what stands there is not done again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from fivefold.core.artefacts import Brief, Dataset, Model
from fivefold.core.errors import FivefoldError
from fivefold.core.estimators import read_estimators
from fivefold.core.protocols import Family
from fivefold.core.registry import Registry
from fivefold.core.settings import read_settings
from fivefold.core.store import Run
from fivefold.core.tasks import EncodeTask, FitTask
from fivefold.export.columns import fed
from fivefold.export.model import onnx_model
from fivefold.export.parity import run_graph
from fivefold.measure.objectives import objective_of
from fivefold.measure.sketch import sketch
from fivefold.runtime.bundle import BundleContents, BundleMember, read_bundle, write_bundle
from fivefold.runtime.frames import clean_frame
from fivefold.training.distillation import distil
from fivefold.training.encoded import load_encoder
from fivefold.training.rows import Terms
from fivefold.training.sampling import draw
from fivefold.training.tasks import Workshop
from fivefold.workflow import start

FAMILIES = ("dummy", "linear", "lightgbm", "catboost", "xgboost", "extra_trees", "mlp", "estimators")
ROWS, SECONDS, CANDIDATES, REQUESTS = 5_000, 5.0, 2, 200


def judge(entry: dict[str, object], folder: Path, budget: str) -> list[dict[str, object]]:
    """Compare everything of one table."""
    with tempfile.TemporaryDirectory() as place:
        store = Path(place)
        run = made(entry, folder, store, budget, ())
        found = []
        texts = [one.name for one in run.need("data", Dataset).body.contract.columns if one.role == "text"]
        if texts:
            student = distil(run, store / "student")
            told = student.told
            found.append(
                {"model": f"student without {', '.join(texts)}", **apart(read_bundle(student.folder), run)}
            )
            print(told.words(), flush=True)
            found[-1]["told"] = told.words()
            run = made(entry, folder, store, budget, texts)
        bundle = read_bundle(run.need("train", Model).folder / "bundle")
        kinds = ", ".join(sorted({one.kind for one in bundle.manifest.members}))
        found.append({"model": f"blend of {kinds}", **apart(bundle, run)})
        for name, contents in alone(run, store):
            found.append({"model": name, **apart(contents, run)})
    return found


def made(
    entry: dict[str, object], folder: Path, store: Path, budget: str, without: list[str] | tuple[()]
) -> Run:
    """Make a run."""
    flags = {"question.target": str(entry["target"]), "budget.time": budget, "out": str(store / "runs")}
    for key in ("time", "group"):
        if entry["split"] == key:
            flags[f"question.{key}_column"] = str(entry[f"{key}_column"])
    source = folder / str(entry["file"])
    if without:
        frame = pl.read_parquet(source) if source.suffix == ".parquet" else pl.read_csv(source)
        source = store / f"{entry['name']}.parquet"
        frame.drop(without).write_parquet(source)
    with start(read_settings(flags, environ={}), str(source)) as journey:
        journey.all()
        return Run(journey.run.folder)


def alone(run: Run, store: Path) -> Iterator[tuple[str, BundleContents]]:
    """Bundles of one member each, of every family."""
    dataset, plan = run.need("data", Dataset), run.need("research", Brief).body
    body, snapshot = dataset.body, dataset.folder / "train.parquet"
    if body.split.train_rows > ROWS:
        snapshot = draw(snapshot, body.split.train_rows, ROWS, store, seed=0)
    suffix = "Regressor" if body.contract.task == "regression" else "Classifier"
    mine = {
        "boosted": {"class": f"sklearn.ensemble.HistGradientBoosting{suffix}"},
        "forest": {"class": f"sklearn.ensemble.RandomForest{suffix}", "n_estimators": 50},
    }
    terms = Terms(
        str(snapshot), body.contract, body.split, True, False, SECONDS, 0,
        objective_of(body.contract.task, plan.text("metric.primary")), estimators=read_estimators(mine),
    )  # fmt: skip
    workshop = Workshop.open(store / "alone", terms)
    fold = workshop.rows.order[0]
    workshop.perform(EncodeTask(fold))
    encoder = load_encoder(workshop.folder / EncodeTask(fold).place, body.contract)
    for name in FAMILIES:
        family = Registry[type[Family]]("fivefold.families").get(name)()
        for number, candidate in enumerate(family.candidates(workshop.problem(encoder.features))):
            if number == CANDIDATES:
                break
            task = FitTask(candidate, number, fold, seconds=SECONDS, latest=float("inf"))
            try:
                answer = workshop.perform(task)
            except FivefoldError as error:
                print(f"{candidate.name}: {error}", flush=True)
                continue
            payload = (workshop.folder / task.place / "payload").read_bytes()
            place = store / f"one-{candidate.name}"
            scores = np.load(workshop.folder / task.place / "scores.npy")
            write_bundle(
                place,
                contract=body.contract,
                encoder=encoder,
                members=[BundleMember(candidate.name, answer.kind, 1.0, payload)],
                metric=plan.text("metric.primary"),
                reference=sketch(workshop.rows.drawn(1_000), body.contract, scores),
                golden=(),
            )
            yield f"{candidate.name} ({answer.kind})", read_bundle(place)


def apart(contents: BundleContents, run: Run) -> dict[str, object]:
    """Ask a bundle and its graph all sealed rows."""
    predictor = contents.predictor()
    sealed = run.need("data", Dataset).folder / "test.parquet"
    names = [column.name for column in predictor.contract.columns]
    frame = clean_frame(pl.read_parquet(sealed, columns=names), predictor.contract, strict=True)
    expected = predictor.scores(frame)
    inputs = {column.name: fed(frame, column) for column in predictor.contract.columns}
    found = run_graph(onnx_model(contents), inputs)[-1].reshape(expected.shape)
    off = (np.abs(found - expected) / np.maximum(1.0, np.abs(expected))).max(axis=1)
    asked = [
        {
            name: f"{value.isoformat()}Z" if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        for row in frame[:REQUESTS].to_dicts()
    ]
    return {
        "rows": len(frame),
        "above 1e-5": float((off > 1e-5).mean()),
        "above 1e-4": float((off > 1e-4).mean()),
        "largest": float(off.max()),
        "requests": float(np.abs(predictor.scores(asked) - expected[:REQUESTS]).max()),
    }


def tell(results: Path) -> None:
    """Print the worst of each kind over all tables, and each table's blend."""
    reports = {file.stem: json.loads(file.read_text()) for file in sorted(results.glob("*.json"))}
    print(
        "\n| table | model | rows | above 1e-5 | above 1e-4 | largest | request |\n|---|---|---|---|---|---|---|"
    )
    kinds: dict[str, list[dict[str, object]]] = {}
    for table, rows in reports.items():
        for one in rows:
            kinds.setdefault(str(one["model"]).split("(")[-1].rstrip(")"), []).append(one)
            if str(one["model"]).startswith(("blend", "student")):
                print(f"| {table} | {one['model']} | {_told(one)} |")
    print(
        "\n| kind | models | rows | above 1e-5 | above 1e-4 | largest | request |\n|---|---|---|---|---|---|---|"
    )
    for kind, all_of in kinds.items():
        if not kind.startswith(("blend", "student")):
            rows = [int(str(one["rows"])) for one in all_of]
            worst = {key: max(float(str(one[key])) for one in all_of) for key in ("largest", "requests")} | {
                key: float(np.average([float(str(one[key])) for one in all_of], weights=rows))
                for key in ("above 1e-5", "above 1e-4")
            }
            print(f"| {kind} | {len(all_of)} | {_told({'rows': sum(rows), **worst})} |")


def _told(one: dict[str, object]) -> str:
    """The cells of a comparison."""
    shares = " | ".join(f"{100 * float(str(one[key])):.3g} %" for key in ("above 1e-5", "above 1e-4"))
    return (
        f"{one['rows']:,} | {shares} | {float(str(one['largest'])):.1e} | {float(str(one['requests'])):.1e}"
    )


def main() -> None:
    """Compare the tables of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--budget", default="15s")
    parser.add_argument("--tables", nargs="+", default=[])
    asked = parser.parse_args()
    asked.results.mkdir(parents=True, exist_ok=True)
    index = json.loads((asked.folder / "index.json").read_text())
    for entry in sorted(index, key=lambda one: one["rows"] * one["cols"]):
        report = asked.results / f"{entry['name']}.json"
        if not report.exists() and (not asked.tables or entry["name"] in asked.tables):
            found = judge(entry, asked.folder, asked.budget)
            report.write_text(json.dumps(found, indent=1))
            print(
                f"{entry['name']}: {len(found)} models, largest {max(one['largest'] for one in found):.1e}",
                flush=True,
            )
    tell(asked.results)


if __name__ == "__main__":
    main()
