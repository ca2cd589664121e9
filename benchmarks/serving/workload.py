"""What all servers answer with: one table of thirty numbers, one LightGBM model of it, and a row with its score."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COLUMNS", "Workload"]

COLUMNS = tuple(f"x{place:02d}" for place in range(30))
_ROWS, _ROUNDS = 20_000, 200
_SETTINGS = {
    "objective": "binary",
    "num_leaves": 31,
    "learning_rate": 0.05,
    "num_threads": 1,
    "verbosity": -1,
    "seed": 0,
}


@dataclass(frozen=True)
class Workload:
    """A folder with the model in every form that a server wants.

    Attributes
    ----------
    folder : Path
        Holds ``model.txt`` (LightGBM's own text), ``bundle/`` (Fivefold's), ``row.json`` and ``rows.npy``.
    """

    folder: Path

    @property
    def row(self) -> dict[str, float]:
        """The row that is asked about, by column names."""
        return dict(zip(COLUMNS, self._facts()["row"], strict=True))

    @property
    def score(self) -> float:
        """Its probability."""
        return float(self._facts()["score"])

    def _facts(self) -> dict[str, object]:
        """Read what was written."""
        return json.loads((self.folder / "row.json").read_text())

    @classmethod
    def make(cls, folder: Path, *, rounds: int = _ROUNDS) -> Workload:
        """Draw the table, fit the model with so many trees, and write it down."""
        import lightgbm

        folder.mkdir(parents=True, exist_ok=True)
        draw = np.random.default_rng(0)
        values = draw.normal(size=(_ROWS, len(COLUMNS))).astype(np.float32)
        chance = values[:, 0] * values[:, 1] + np.sin(2 * values[:, 2]) + values[:, 3:9].sum(axis=1) / 3
        target = (chance + draw.logistic(size=_ROWS) > 0).astype(float)
        booster = lightgbm.train(_SETTINGS, lightgbm.Dataset(values, target), num_boost_round=rounds)
        text = booster.model_to_string()
        (folder / "model.txt").write_text(text)
        np.save(folder / "rows.npy", values[:1000])
        row = [round(float(value), 6) for value in values[7]]
        score = float(booster.predict(np.array([row], dtype=np.float32))[0])
        (folder / "row.json").write_text(json.dumps({"row": row, "score": score}))
        _write_bundle(folder / "bundle", text, values)
        return cls(folder)


def _write_bundle(folder: Path, text: str, values: NDArray[np.float32]) -> None:
    """Write the same model as a bundle of Fivefold; its encoder passes the numbers on."""
    from fivefold.core.artefacts import Column, ColumnReference, Contract, Reference
    from fivefold.runtime.bundle import BundleMember, Golden, load_bundle, write_bundle
    from fivefold.runtime.encoder import Encoder
    from fivefold.runtime.encoding import EncoderSpec, NumberPart

    columns = tuple(
        Column(name, "number", "number", nullable=False, minimum=-9.0, maximum=9.0) for name in COLUMNS
    )
    golden: tuple[Golden, ...] = ()
    for _ in range(2):  # once to be asked, once with its answers
        write_bundle(
            folder,
            contract=Contract("y", "binary", ("no", "yes"), "yes", columns, target_kind="string"),
            encoder=Encoder(EncoderSpec(tuple(NumberPart(name) for name in COLUMNS)), {}, outputs=1),
            members=[BundleMember("lightgbm", "lightgbm", 1.0, text.encode())],
            metric="roc_auc",
            reference=Reference(
                tuple(ColumnReference(name, 3, 0, (), ("a",), (2, 1)) for name in COLUMNS),
                ColumnReference("(score)", 3, 0, (0.5,), (), (1, 2)),
            ),
            golden=golden,
        )
        predictor = load_bundle(folder)
        rows = [dict(zip(COLUMNS, map(float, each), strict=True)) for each in values[:5]]
        golden = tuple(Golden(row, predictor.answer(predictor.read([row]))[0]) for row in rows)
