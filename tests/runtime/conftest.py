"""A small table of every kind of column, with an encoder and a bundle for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import Column, ColumnReference, Contract, Reference
from fivefold.runtime.bundle import BundleMember, golden_rows, write_bundle
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import CodePart, DatePart, EncoderSpec, NumberPart, RatePart, TextPart
from fivefold.runtime.members.linear import CodeTerm, LinearMember, LinearSpec, NumberTerm
from fivefold.runtime.predictor import Predictor

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.protocols import Feature
    from fivefold.core.tables import Frame

CITIES = ("Oslo", "Rome", "Åre")
WORDS = ("cheese", "milk", "low", "low fat", "fat", "2")


@pytest.fixture
def contract() -> Contract:
    return Contract(
        target="shown",
        task="binary",
        classes=("no", "yes"),
        positive="yes",
        columns=(
            Column("age", "number", "integer", nullable=False),
            Column("price", "number", "number", nullable=True, reading="words"),
            Column("member", "boolean", "boolean", nullable=True),
            Column("city", "category", "string", nullable=True, categories=CITIES),
            Column("when", "date", "datetime", nullable=True),
            Column("note", "text", "string", nullable=True),
        ),
    )


@pytest.fixture
def encoder() -> Encoder:
    generator = np.random.default_rng(0)
    spec = EncoderSpec(
        (
            NumberPart("age"),
            NumberPart("price"),
            NumberPart("member"),
            CodePart("city", CITIES),
            RatePart("city", CITIES, ((0.1,), (0.2,), (0.7,)), (0.3,), (0.4,)),
            DatePart(
                "when",
                ("year", "month", "day", "weekday", "hour", "minute", "day_of_year", "elapsed_days"),
                origin=1.45e9,
            ),
            TextPart("note", WORDS, 3),
        )
    )
    arrays = {
        "6.idf": generator.uniform(1, 5, len(WORDS)).astype(np.float32),
        "6.components": generator.normal(size=(len(WORDS), 3)).astype(np.float32),
    }
    return Encoder(spec, arrays, outputs=1)


@pytest.fixture
def frame() -> Frame:
    """Cleaned rows."""
    return pl.DataFrame(
        {
            "age": [31, 54, 18],
            "price": [9.5, None, -3.25],
            "member": [True, False, None],
            "city": ["Oslo", "Paris", None],
            "when": [datetime(2016, 4, 29, 18, 38, 8), None, datetime(1969, 12, 31, 23, 59, 59)],  # noqa: DTZ001
            "note": ["Low-fat cheese (2%)", None, "soap"],
        }
    )


def term(feature: Feature) -> NumberTerm | CodeTerm:
    """A weight for every feature."""
    if feature.kind == "code":
        return CodeTerm(tuple((0.1 * level,) for level in range(feature.levels)), (-0.3,))
    return NumberTerm(1.0, 10.0, 1.0, (0.2,), (0.05,))


@pytest.fixture
def linear(encoder: Encoder) -> LinearSpec:
    return LinearSpec("logistic", (0.5,), tuple(term(feature) for feature in encoder.features))


@pytest.fixture
def reference(contract: Contract) -> Reference:
    score = ColumnReference("(score)", rows=3, missing=0, edges=(0.5,), categories=(), counts=(1, 2))
    return Reference(
        tuple(ColumnReference(column.name, 3, 1, (), ("a",), (2, 0)) for column in contract.columns), score
    )


@pytest.fixture
def bundle(
    tmp_path: Path,
    contract: Contract,
    encoder: Encoder,
    linear: LinearSpec,
    reference: Reference,
    frame: Frame,
) -> Path:
    """A whole bundle with two members."""
    members = [
        BundleMember("linear-one", "linear", 3.0, linear.payload()),
        BundleMember("dummy", "constant", 1.0, b'{"scores": [0.25, 0.75]}'),
    ]
    from fivefold.runtime.blend import Blend
    from fivefold.runtime.members.constant import ConstantMember

    blend = Blend([LinearMember(linear), ConstantMember.load(members[1].payload)], [3.0, 1.0])
    predictor = Predictor(
        contract=contract, encoder=encoder, blend=blend, metric="roc_auc", reference=reference
    )
    folder = tmp_path / "bundle"
    write_bundle(
        folder,
        contract=contract,
        encoder=encoder,
        members=members,
        metric="roc_auc",
        reference=reference,
        golden=golden_rows(predictor, frame),
    )
    return folder
