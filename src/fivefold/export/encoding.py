"""The encoder inside a graph: from the inputs to the matrix of float32 that members read, bit for bit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.errors import InputError
from fivefold.export.columns import enter
from fivefold.export.dates import date_pieces, gap
from fivefold.export.graph import INSTEAD
from fivefold.runtime.encoding import CodePart, DatePart, GapPart, NumberPart, RatePart

if TYPE_CHECKING:
    from fivefold.core.artefacts import Contract
    from fivefold.export.columns import Entry
    from fivefold.export.graph import Graph
    from fivefold.runtime.encoder import Encoder
    from fivefold.runtime.encoding import Part

__all__ = ["encoded"]

_LARGEST = float(np.finfo(np.float32).max)


def encoded(graph: Graph, contract: Contract, encoder: Encoder) -> str:
    """Add the inputs and the encoder; return the matrix, shape (rows, features).

    Raises
    ------
    InputError
        When a column is a text whose words count: a graph has no such reader.
    """
    _refuse_texts(encoder)
    entries = {column.name: enter(graph, column) for column in contract.columns}
    parts = [_part(graph, part, entries) for part in encoder.spec.parts]
    if not parts:  # no column, but as many rows as there are
        shape = graph.add("Shape", next(iter(entries.values())).value)
        return graph.add("ConstantOfShape", graph.add("Mul", shape, graph.constant([1, 0], np.int64)))
    return graph.join(parts)


def _part(graph: Graph, part: Part, entries: dict[str, Entry]) -> str:
    """Return the features of one part as float32, shape (rows, features)."""
    if isinstance(part, CodePart):
        unseen = math.nan if part.ordered else float(len(part.categories))
        rows = [(float(place),) for place in range(len(part.categories))]
        return _table(graph, entries[part.column], part.categories, [*rows, (unseen,), (math.nan,)])
    if isinstance(part, RatePart):
        rates = [*part.rates, part.prior, part.missing]
        if part.counts:
            *known, missing = (math.log1p(count) for count in part.counts)
            rates = [(*rate, count) for rate, count in zip(rates, [*known, 0.0, missing], strict=True)]
        return _table(graph, entries[part.column], part.categories, rates)
    if isinstance(part, NumberPart):
        return _narrow(graph, entries[part.column].value)
    if isinstance(part, DatePart):
        return _narrow(graph, graph.join(date_pieces(graph, entries[part.column].value, part)))
    assert isinstance(part, GapPart)
    return _narrow(graph, gap(graph, entries[part.first].value, entries[part.second].value))


def _table(graph: Graph, entry: Entry, categories: tuple[str, ...], rows: list[tuple[float, ...]]) -> str:
    """Look features up by category; the last two rows are for unseen and for missing values."""
    known = dict(zip(categories, rows[:-2], strict=True))  # a name twice: the last one counts
    narrow = np.array([*known.values(), *rows[-2:]], dtype=np.float64).clip(-_LARGEST, _LARGEST)
    place = graph.add("Squeeze", entry.positions(tuple(known)), graph.constant([1], np.int64))
    return graph.add("Gather", graph.constant(narrow.astype(np.float32), np.float32), place, axis=0)


def _narrow(graph: Graph, value: str) -> str:
    """Round doubles to float32; what lies beyond becomes the end of its range."""
    low, high = (graph.constant(end, np.float64) for end in (-_LARGEST, _LARGEST))
    gone = graph.missing(value)
    within = graph.add("Min", graph.add("Max", value, low), high)
    kept = graph.add("Where", gone, value, within)  # whether a minimum passes NaN on depends on the version
    return graph.cast(kept, np.float32)


def _refuse_texts(encoder: Encoder) -> None:
    """Say which columns stand in the way."""
    parts = encoder.spec.parts
    texts = [
        part.column
        for part in parts
        if not isinstance(part, CodePart | RatePart | NumberPart | DatePart | GapPart)
    ]
    if texts:
        raise InputError(
            "The model reads the words of a text, which no graph in ONNX can",
            seen=", ".join(map(repr, texts)),
            expected="numbers, categories, booleans and dates",
            todo=f"leave these columns out ([data] exclude) and train again; {INSTEAD}",
        )
