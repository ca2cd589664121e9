"""Writes the bundles that are kept: every part of an encoder and every kind of member, as this version writes them.

They are written once per version of the layout, by ``python -m tests.runtime.bundles.written v2``, and never again: what was
released must open for ever. Those called ``v1`` have neither answers out of fold nor a card; ``v1b``, of which one is enough, has both;
members of ``v2`` are squeezed.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from fivefold.core.artefacts import Column, ColumnReference, Contract, Reference, Task
from fivefold.core.clock import Deadline
from fivefold.core.estimators import read_estimators
from fivefold.core.protocols import Family, Fitted, Sample
from fivefold.core.registry import Registry
from fivefold.measure.out_of_fold import kept_out_of_fold
from fivefold.runtime.bundle import BundleMember, golden_rows, load_bundle, read_bundle, write_bundle
from fivefold.runtime.certainty import IntervalTable, SetTable
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import (
    CodePart,
    DatePart,
    EncoderSpec,
    GapPart,
    NumberPart,
    RatePart,
    TextPart,
)
from fivefold.runtime.judgement import Judgement, Recalibration
from fivefold.runtime.members.packed import pack
from fivefold.testing.families import problem

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats
    from fivefold.core.tables import Frame

FOLDER = Path(__file__).parent
CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("high", "low", "middle"),
    "regression": (),
}
TREES = ("lightgbm", "catboost", "extra_trees", "xgboost")
ROUNDS = 3
_CITIES, _WORDS = ("Oslo", "Rome", "Åre"), ("cheese", "milk", "low fat", "fat")


def table(rows: int = 300) -> Frame:
    """Cleaned rows with gaps."""
    rng = np.random.default_rng(0)
    start = datetime(2020, 2, 28, 18, 38, 8)  # noqa: DTZ001 - cleaned moments are UTC without zone
    came = [start + timedelta(hours=int(hour)) for hour in rng.integers(0, 20_000, rows)]
    gone = rng.random((rows, 5)) < 0.1
    columns: dict[str, list[Any]] = {
        "age": rng.integers(18, 90, rows).tolist(),
        "price": rng.normal(50, 20, rows).round(2).tolist(),
        "member": (rng.random(rows) < 0.5).tolist(),
        "city": rng.choice([*_CITIES, "Paris"], rows).tolist(),
        "came": came,
        "left": [
            one + timedelta(days=int(days)) for one, days in zip(came, rng.integers(0, 9, rows), strict=True)
        ],
        "note": rng.choice(["Low-fat milk (2%)", "cheese", "soap", "fat cheese, fat milk"], rows).tolist(),
    }
    for place, name in enumerate(("price", "member", "city", "left", "note")):
        columns[name] = [
            None if empty else value for value, empty in zip(columns[name], gone[:, place], strict=True)
        ]
    return pl.DataFrame(columns, schema_overrides={"came": pl.Datetime("us"), "left": pl.Datetime("us")})


def contract(task: Task) -> Contract:
    columns = (
        Column("age", "number", "integer", nullable=False, minimum=18.0, maximum=89.0),
        Column("price", "number", "number", nullable=True, reading="words", missing_values=("-99",)),
        Column("member", "boolean", "boolean", nullable=True, categories=("false", "true")),
        Column("city", "category", "string", nullable=True, categories=_CITIES),
        Column("came", "date", "datetime", nullable=False),
        Column("left", "date", "datetime", nullable=True),
        Column("note", "text", "string", nullable=True),
    )
    positive = "yes" if task == "binary" else None
    return Contract("answer", task, CLASSES[task], positive, columns, "string" if CLASSES[task] else "number")


def encoder(task: Task) -> Encoder:
    """One part of every kind."""
    outputs = 3 if task == "multiclass" else 1
    rates = tuple(tuple((place + k + 1) / 10 for k in range(outputs)) for place in range(len(_CITIES)))
    one = (0.3,) * outputs
    parts = (
        NumberPart("age"),
        NumberPart("price"),
        CodePart("member", ("false", "true")),
        CodePart("city", _CITIES),
        RatePart("city", _CITIES, rates, one, one, counts=(90, 70, 80, 30)),
        DatePart(
            "came",
            ("year", "month", "day", "weekday", "hour", "minute", "day_of_year", "elapsed_days"),
            1.5e9,
        ),
        TextPart("note", _WORDS, 2, scores=outputs),
        GapPart("came", "left"),
    )
    rng = np.random.default_rng(1)
    arrays = {
        "6.idf": rng.uniform(1, 3, len(_WORDS)).astype(np.float32),
        "6.components": rng.normal(size=(len(_WORDS), 2 + outputs)).astype(np.float32),
    }
    return Encoder(EncoderSpec(parts), arrays, outputs)


def nets(task: Task, features: int) -> bytes:
    """Two small nets with every kind of input."""
    rng, scores = np.random.default_rng(2), max(1, len(CLASSES[task])) if task == "multiclass" else 1
    shapes = {
        "w1": (9, 8),
        "b1": (8,),
        "w2": (2, 4, 4),
        "b2": (2, 1, 4),
        "w3": (2, 4, scores),
        "b3": (2, 1, scores),
    }
    arrays: dict[str, Any] = {
        name: rng.normal(size=shape).astype(np.float32) / 3 for name, shape in shapes.items()
    }
    places = {"numbers": [0, 1], "gaps": [1], "codes": [3], "levels": [4], "steps": [0, 1]}
    arrays |= {name: np.array(each, dtype=np.int32) for name, each in places.items()}
    figures = {"centre": [50, 50], "scale": [20, 20], "low": [18, 0], "length": [30, 90]}
    arrays |= {name: np.array(each, dtype=np.float32) for name, each in figures.items()}
    links = {"binary": "logistic", "multiclass": "softmax", "regression": "identity"}
    return pack({"link": links[task], "features": features, "shift": 10.0, "unit": 2.0}, arrays)


def fit(family: str, task: Task, sample: Sample) -> Fitted:
    """Fit the first candidate of a family for a few rounds."""
    maker = Registry[Family]("fivefold.families").get(family)
    maker = maker() if isinstance(maker, type) else maker
    asked = replace(problem(task, rows=len(sample.target)), features=sample.features)
    place = "linear_model.Ridge" if task == "regression" else "linear_model.LogisticRegression"
    asked = replace(asked, estimators=read_estimators({"mine": {"class": f"sklearn.{place}"}}))
    return maker.fit(maker.candidates(asked)[0], asked, sample, None, Deadline.after(60.0), ROUNDS)


def judgement(task: Task) -> Judgement:
    """Everything that a judgement can say of this task."""
    if task == "regression":
        return Judgement(
            intervals=IntervalTable(
                (0.5, 0.9), (0.0, 9.0), ((-1.0, -2.0), (-2.0, -4.0)), ((1.0, 2.0), (3.0, 4.0))
            ),
            shift=0.25,
        )
    if task == "binary":
        return Judgement(
            Recalibration("beta", (0.9, 1.1), (0.0, 0.1)), threshold=0.4, sets=SetTable((0.9,), ((0.2, 0.3),))
        )
    return Judgement(
        Recalibration("temperature", (1.2,) * 3, (0.0,) * 3),
        costs=((0.0, 1.0, 5.0), (2.0, 0.0, 1.0), (1.0, 3.0, 0.0)),
    )


def write(folder: Path, task: Task) -> None:
    """Write the bundle of a task: once to be asked, and once with its answers."""
    frame, made = table(), encoder(task)
    values = made.encode_frame(frame)
    signal: Floats = (
        np.nan_to_num(values[:, 0]) / 30 + 2 * (values[:, 3] == 1) + np.nan_to_num(values[:, 1]) / 50
    )
    target: Floats = signal * 3
    if CLASSES[task]:
        cuts = (0.5,) if task == "binary" else (0.3, 0.6)
        target = np.digitize(signal, np.quantile(signal, cuts)).astype(np.float64)
    sample = Sample(values, made.features, target)
    fitted = {family: fit(family, task, sample) for family in ("linear", *TREES, "estimators", "dummy")}
    members = [
        BundleMember(name, one.kind, 1.0 + place, one.payload)
        for place, (name, one) in enumerate(fitted.items())
    ]
    members.append(BundleMember("mlp", "mlp", 2.0, nets(task, values.shape[1])))
    given: dict[str, Any] = {
        "contract": contract(task),
        "encoder": made,
        "members": members,
        "metric": "rmse" if task == "regression" else "log_loss",
        "reference": Reference(
            tuple(ColumnReference(name, 300, 30, (), ("a",), (200, 70)) for name in frame.columns),
            ColumnReference("(score)", 300, 0, (0.5,), (), (100, 200)),
        ),
        "judgement": judgement(task),
    }
    write_bundle(folder, golden=(), **given)
    asked = load_bundle(folder)
    said = asked.scores(frame)
    kept = kept_out_of_fold(contract(task), target, said, asked.blend.judgement.decided(said), seed=0)
    given |= {
        "reference": replace(given["reference"], out_of_fold=kept),
        "card": f"# Model card: {asked.contract.target}\n",
    }
    write_bundle(folder, golden=golden_rows(asked, frame.head(8)), **given)


def main() -> None:
    """Write all of them into this folder."""
    for task in CLASSES:
        with tempfile.TemporaryDirectory() as place:
            write(Path(place) / "bundle", task)
            files = read_bundle(Path(place) / "bundle").files
        with zipfile.ZipFile(FOLDER / f"{sys.argv[1]}-{task}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted(files.items()):
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main()
