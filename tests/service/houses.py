"""The bundle that the lines of docs/steps/deploy.md ask: prices of houses by area, rooms and, if wanted, place."""

from __future__ import annotations

from pathlib import Path

from fivefold.core.artefacts import Column, ColumnReference, Contract, Reference
from fivefold.runtime.bundle import BundleMember, Golden, load_bundle, write_bundle
from fivefold.runtime.certainty import COVERAGE, IntervalTable
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import CodePart, EncoderSpec, NumberPart
from fivefold.runtime.judgement import Judgement
from fivefold.runtime.members.linear import CodeTerm, LinearSpec, NumberTerm

PLACES = ("harbour", "hill", "old town")
SKETCH = {
    "area": ColumnReference("area", 4, 0, (60.0, 100.0, 140.0), (), (1, 1, 1, 1)),
    "rooms": ColumnReference("rooms", 4, 1, (2.0, 4.0), (), (1, 1, 1)),
    "place": ColumnReference("place", 4, 1, (), PLACES, (1, 1, 1, 0)),
}
HOUSE: dict[str, object] = {"area": 80, "rooms": 3, "place": "hill"}


def house_bundle(folder: Path, *, places: bool = True) -> Path:
    """Write it, without the place a bundle of numbers alone."""
    numbers = (
        Column("area", "number", "number", nullable=False),
        Column("rooms", "number", "integer", nullable=True),
    )
    # Codes of places are texts, zeros in front included: no list of all of them, so that none is unseen.
    place = Column("place", "category", "string", nullable=True, categories=PLACES, complete=False)
    contract = Contract(
        "price", "regression", (), None, (*numbers, place) if places else numbers, target_kind="number"
    )
    area = NumberTerm(mean=100.0, scale=50.0, fill=100.0, weights=(90_000.0,), missing=(0.0,))
    rooms = NumberTerm(mean=3.0, scale=2.0, fill=3.0, weights=(18_000.0,), missing=(0.0,))
    code = CodeTerm(tuple((10_000.0 * worth,) for worth in range(len(PLACES) + 1)), missing=(0.0,))
    linear = LinearSpec(
        link="identity", intercept=(200_000.0,), terms=(area, rooms, code) if places else (area, rooms)
    )
    parts = (NumberPart("area"), NumberPart("rooms"), *((CodePart("place", PLACES),) if places else ()))
    row = {column.name: HOUSE[column.name] for column in contract.columns}
    golden: tuple[Golden, ...] = ()
    for _ in range(2):  # once to be asked, and once with its answer
        write_bundle(
            folder,
            contract=contract,
            encoder=Encoder(EncoderSpec(parts), {}, outputs=1),
            members=[BundleMember("linear", "linear", 1.0, linear.payload())],
            metric="rmse",
            reference=Reference(
                tuple(SKETCH[column.name] for column in contract.columns),
                ColumnReference("(score)", 3, 0, (0.5,), (), (1, 2)),
            ),
            golden=golden,
            judgement=Judgement(intervals=IntervalTable((COVERAGE,), (0.0,), ((-1e4,),), ((1e4,),))),
        )
        predictor = load_bundle(folder)
        golden = (Golden(row, predictor.answer(predictor.read([row]))[0]),)  # type: ignore[arg-type]  # scalars
    return folder
