"""The encoder inside a graph gives the matrix of the runtime, bit for bit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.artefacts import Column, Contract
from fivefold.core.errors import InputError
from fivefold.export.columns import fed
from fivefold.export.encoding import encoded
from fivefold.export.graph import Graph
from fivefold.export.parity import run_graph
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import (
    CodePart,
    DatePart,
    EncoderSpec,
    GapPart,
    NumberPart,
    Part,
    RatePart,
    TextPart,
)
from fivefold.runtime.frames import clean_frame

if TYPE_CHECKING:
    from fivefold.core.protocols import Matrix
    from fivefold.core.tables import Frame

PIECES = ("year", "month", "day", "weekday", "hour", "minute", "day_of_year", "elapsed_days")
MOMENTS = (datetime(1, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001


def both(columns: tuple[Column, ...], parts: tuple[Part, ...], frame: Frame) -> tuple[Matrix, Matrix]:
    """What the runtime and what the graph make of a frame."""
    contract = Contract("y", "regression", (), None, columns, "number")
    encoder = Encoder(EncoderSpec(parts), {}, outputs=1)
    cleaned = clean_frame(frame, contract, strict=True)
    graph = Graph()
    graph.give(encoded(graph, contract, encoder), "matrix", np.float32, len(encoder.features))
    # As the table came, and not as it was cleaned: what stands for a missing value is the graph's to know.
    given = {column.name: fed(frame, column) for column in columns}
    return encoder.encode_frame(cleaned), run_graph(graph.finish("encoder", {}), given)[0]


def agree(columns: tuple[Column, ...], parts: tuple[Part, ...], frame: Frame) -> None:
    """Both are the same, bit for bit."""
    ours, graphs = both(columns, parts, frame)
    np.testing.assert_array_equal(graphs, ours)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20))
def test_numbers(values: list[float]) -> None:
    column = Column("x", "number", "number", nullable=True, missing_values=("-99",))
    frame = pl.DataFrame({"x": pl.Series([*values, -99.0, None, 1e300], dtype=pl.Float64)})
    agree((column,), (NumberPart("x"),), frame)


@given(st.lists(st.datetimes(*MOMENTS), min_size=2, max_size=20))
def test_dates_and_the_days_between_them(moments: list[datetime]) -> None:
    columns = tuple(Column(name, "date", "datetime", nullable=True) for name in ("a", "b"))
    # As double seconds a moment is exact to the microsecond for some 140 years around 1970 and to 30 of them everywhere.
    moments = [moment.replace(microsecond=0) for moment in moments]
    frame = pl.DataFrame(
        {"a": [*moments, None], "b": [*reversed(moments), moments[0]]},
        schema={"a": pl.Datetime("us"), "b": pl.Datetime("us")},
    )
    parts = (DatePart("a", PIECES, 1.45e9), GapPart("a", "b"))  # type: ignore[arg-type]
    agree(columns, parts, frame)


def test_every_day_of_eight_centuries() -> None:
    column = Column("a", "date", "datetime", nullable=True)
    days = pl.datetime_range(datetime(1600, 1, 1), datetime(2400, 12, 31), "1d", eager=True)  # noqa: DTZ001
    noon = days + timedelta(hours=23, minutes=59, seconds=59, microseconds=5)
    agree((column,), (DatePart("a", PIECES, 0.0),), pl.DataFrame({"a": noon}))  # type: ignore[arg-type]


def test_categories_of_every_kind_known_unseen_and_missing() -> None:
    columns = (
        Column("text", "category", "string", nullable=True, missing_values=("unknown",)),
        Column("whole", "category", "integer", nullable=True),
        Column("half", "category", "number", nullable=True),
        Column("flag", "boolean", "boolean", nullable=True),
    )
    frame = pl.DataFrame(
        {
            "text": ["a", "Å", "nobody", None, "unknown", "007"],
            "whole": [7, -3, 2**60, None, 0, 8],
            "half": [0.5, 3.0, 0.1, None, float("nan"), -0.0],
            "flag": [True, False, None, True, False, None],
        }
    )
    texts, wholes, halves = ("a", "007", "Å"), ("7", "-3", "0"), ("0.1", "3", "0.5", "0")
    rates = ((0.1,), (0.2,), (0.7,))
    parts = (
        CodePart("text", texts),
        CodePart("text", texts, ordered=True),
        RatePart("text", texts, rates, (0.3,), (0.4,), counts=(5, 3, 2, 9)),
        CodePart("whole", wholes),
        RatePart("whole", wholes, rates, (1e300,), (-1e300,)),
        CodePart("half", halves),
        CodePart("flag", ("false", "true")),
        NumberPart("flag"),
    )
    agree(columns, parts, frame)
    codes = both(columns, parts, frame)[1]
    assert codes[:, 0].tolist()[:3] == [0.0, 2.0, 3.0]
    assert np.isnan(codes[3:5, 0]).all()


def test_a_model_that_looks_at_nothing_knows_how_many_rows_there_are() -> None:
    column = Column("text", "category", "string", nullable=True)
    ours, graphs = both((column,), (), pl.DataFrame({"text": ["a", "b", None]}))
    assert ours.shape == graphs.shape == (3, 0)


def test_texts_are_refused_by_name_with_what_to_do() -> None:
    column = Column("note", "text", "string", nullable=True)
    encoder = Encoder(
        EncoderSpec((TextPart("note", ("milk",), 1),)),
        {"0.idf": np.ones(1, np.float32), "0.components": np.ones((1, 1), np.float32)},
        outputs=1,
    )
    contract = Contract("y", "regression", (), None, (column,), "number")
    with pytest.raises(InputError, match=r"words of a text.*'note'.*--to bundle"):
        encoded(Graph(), contract, encoder)


def test_a_moment_within_a_second_is_exact_in_our_time() -> None:
    columns = tuple(Column(name, "date", "datetime", nullable=True) for name in ("a", "b"))
    generator = np.random.default_rng(0)
    seconds = generator.integers(0, 2**31, (500, 2)) * 1_000_000 + generator.integers(0, 1_000_000, (500, 2))
    frame = pl.DataFrame({"a": seconds[:, 0], "b": seconds[:, 1]}).cast(pl.Datetime("us"))
    agree(columns, (DatePart("a", PIECES, 1.45e9), GapPart("a", "b")), frame)  # type: ignore[arg-type]
