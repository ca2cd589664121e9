"""What serving costs: the libraries that a loaded bundle pulls in, and the time of one row."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import catboost
import lightgbm
import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import Column, ColumnReference, Contract, Reference
from fivefold.runtime.bundle import BundleMember, load_bundle, write_bundle
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import CodePart, EncoderSpec, NumberPart
from fivefold.runtime.members.catboost import trimmed
from fivefold.runtime.members.linear import CodeTerm, LinearSpec, NumberTerm

if TYPE_CHECKING:
    from fivefold.core.tables import Frame

NUMBERS = [f"number {position}" for position in range(14)]
CATEGORIES = [f"category {position}" for position in range(6)]
LEVELS = ("a", "b", "c", "d", "e")
ROW = dict.fromkeys(NUMBERS, 0.25) | dict.fromkeys(CATEGORIES, "c")
MILLISECOND = 1e-3
TRAINING = {"lightgbm", "catboost", "sklearn", "scipy", "pandas", "pyarrow", "duckdb"}


def table(rows: int) -> Frame:
    generator = np.random.default_rng(0)
    numbers = {name: generator.normal(size=rows) for name in NUMBERS}
    return pl.DataFrame({**numbers, **{name: generator.choice(LEVELS, rows) for name in CATEGORIES}})


@pytest.fixture(scope="module")
def blend_of_three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle like those that a default run gives: 200 trees, 300 trees and a linear model over 20 columns."""
    encoder = Encoder(
        EncoderSpec((*map(NumberPart, NUMBERS), *(CodePart(name, LEVELS) for name in CATEGORIES))),
        {},
        outputs=1,
    )
    values = encoder.encode_frame(table(400))
    target = (values[:, 0] + values[:, 1] * values[:, 2] > 0).astype(int)
    settings = {"objective": "binary", "num_threads": 1, "verbosity": -1, "min_data_in_leaf": 5}
    codes = list(range(len(NUMBERS), values.shape[1]))
    booster = lightgbm.train(settings, lightgbm.Dataset(values, target, categorical_feature=codes), 200)
    model = catboost.CatBoostClassifier(
        iterations=300, depth=6, thread_count=1, verbose=False, allow_writing_files=False
    ).fit(values, target)
    with tempfile.TemporaryDirectory() as scratch:
        model.save_model(f"{scratch}/model.json", format="json")
        exported = trimmed(Path(scratch, "model.json").read_bytes())
    number = NumberTerm(0.0, 1.0, 0.0, (0.1,), (0.0,))
    code = CodeTerm(tuple((0.1,) for _ in range(len(LEVELS) + 1)), (0.0,))
    linear = LinearSpec("logistic", (0.0,), (number,) * len(NUMBERS) + (code,) * len(CATEGORIES))
    columns = tuple(
        [Column(name, "number", "number", nullable=True) for name in NUMBERS]
        + [Column(name, "category", "string", nullable=True, categories=LEVELS) for name in CATEGORIES]
    )
    folder = tmp_path_factory.mktemp("serving") / "bundle"
    write_bundle(
        folder,
        contract=Contract("y", "binary", ("no", "yes"), "yes", columns),
        encoder=encoder,
        members=[
            BundleMember("lightgbm", "lightgbm", 0.4, booster.model_to_string().encode()),
            BundleMember("catboost", "catboost", 0.4, exported),
            BundleMember("linear", "linear", 0.2, linear.payload()),
        ],
        metric="roc_auc",
        reference=Reference((), ColumnReference("(score)", 0, 0, (), (), (0,))),
        golden=(),
    )
    return folder


def test_a_row_is_answered_without_any_training_or_frame_library(blend_of_three: Path) -> None:
    code = (
        "import json, pathlib, sys\n"
        "import fivefold.runtime.predictor\n"
        "from fivefold.runtime.bundle import load_bundle\n"
        "predictor = load_bundle(pathlib.Path(sys.argv[1]))\n"
        "answer = predictor.answer(predictor.read([json.loads(sys.argv[2])]))\n"
        "print(json.dumps({'answer': answer, 'loaded': [name.partition('.')[0] for name in sys.modules]}))\n"
    )
    command = [sys.executable, "-c", code, str(blend_of_three), json.dumps(ROW)]
    printed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    loaded = set(printed["loaded"])
    forbidden = TRAINING | {"polars", "narwhals"}
    assert loaded.isdisjoint(forbidden), f"serving loads {sorted(loaded & forbidden)}"
    predictor = load_bundle(blend_of_three)
    assert printed["answer"] == predictor.answer(predictor.read([ROW]))


def test_a_table_is_scored_without_any_training_library(blend_of_three: Path) -> None:
    code = (
        "import pathlib, sys\n"
        "import polars as pl\n"
        "from fivefold.runtime.bundle import load_bundle\n"
        "load_bundle(pathlib.Path(sys.argv[1])).predict(pl.DataFrame([__import__('json').loads(sys.argv[2])]))\n"
        "print(*{name.partition('.')[0] for name in sys.modules})\n"
    )
    command = [sys.executable, "-c", code, str(blend_of_three), json.dumps(ROW)]
    loaded = set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
    assert "polars" in loaded
    assert loaded.isdisjoint(TRAINING), f"scoring loads {sorted(loaded & TRAINING)}"


def test_one_row_takes_well_under_a_millisecond(blend_of_three: Path) -> None:
    predictor = load_bundle(blend_of_three)
    times = []
    for _ in range(300):
        start = time.perf_counter()
        predictor.answer(predictor.read([ROW]))
        times.append(time.perf_counter() - start)
    # The best of many, so that a busy machine does not decide.
    assert min(times) < 0.5 * MILLISECOND


def test_a_bundle_is_small_and_loads_at_once(blend_of_three: Path) -> None:
    size = sum(path.stat().st_size for path in blend_of_three.rglob("*") if path.is_file())
    assert size < 20_000_000
    load_bundle(blend_of_three)
    start = time.perf_counter()
    load_bundle(blend_of_three)
    assert time.perf_counter() - start < 1.0


def test_rows_and_batch_agree_over_the_whole_blend(blend_of_three: Path) -> None:
    predictor = load_bundle(blend_of_three)
    frame = table(50)
    answers = predictor.answer(predictor.read(frame.to_dicts()))
    alone = [predictor.answer(predictor.read([row]))[0]["score"] for row in frame.to_dicts()]
    batch = predictor.predict_proba(frame)[:, 1]
    assert np.allclose(
        np.array([answer["score"] for answer in answers], dtype=float), batch, rtol=0, atol=1e-12
    )
    assert np.allclose(np.array(alone, dtype=float), batch, rtol=0, atol=1e-12)
