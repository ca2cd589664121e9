"""The encoder: a row gets bit for bit what its table gets, and both are what the spec says."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.errors import ArtefactError
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

if TYPE_CHECKING:
    from fivefold.core.protocols import Matrix
    from fivefold.core.tables import Frame
    from fivefold.runtime.encoding import DatePieces
    from fivefold.runtime.values import Cleaned

PIECES: tuple[DatePieces, ...] = (
    "year",
    "month",
    "day",
    "weekday",
    "hour",
    "minute",
    "day_of_year",
    "elapsed_days",
)
CATEGORIES = ("a", "b", "ß", "A b", "1", "true", "")
VOCABULARY = ("a", "b", "a b", "ß", "straße", "1", "12", "x", "a a")
SPEC = EncoderSpec(
    (
        NumberPart("number"),
        NumberPart("whole"),
        NumberPart("flag"),
        CodePart("word", CATEGORIES),
        RatePart("word", CATEGORIES, tuple((i / 7, 1 - i / 7) for i in range(7)), (0.3, 0.7), (0.9, 0.1)),
        CodePart("flag", ("true",)),
        RatePart("whole", ("1", "2"), ((0.1, 0.2), (0.3, 0.4)), (0.5, 0.6), (0.7, 0.8)),
        CodePart("empty", ()),
        DatePart("moment", PIECES, origin=1e9 + 0.1),
        TextPart("text", VOCABULARY, 5),
        TextPart("text", VOCABULARY[:1], 1),
        TextPart("text", VOCABULARY, 2, 2),
        RatePart("word", ("a",), ((0.1, 0.9),), (0.3, 0.7), (0.9, 0.1), (12, 3)),
        GapPart("moment", "later"),
    )
)
GENERATOR = np.random.default_rng(0)
ENCODER = Encoder(
    SPEC,
    {
        "9.idf": GENERATOR.uniform(0, 5, 9).astype(np.float32),
        "9.components": GENERATOR.normal(size=(9, 5)).astype(np.float32),
        "10.idf": np.ones(1, dtype=np.float32),
        "10.components": np.ones((1, 1), dtype=np.float32),
        "11.idf": GENERATOR.uniform(0, 5, 9).astype(np.float32),
        "11.components": GENERATOR.normal(size=(9, 4)).astype(np.float32),
    },
    outputs=2,
)
SCHEMA = pl.Schema(
    {
        "number": pl.Float64(),
        "whole": pl.Int64(),
        "flag": pl.Boolean(),
        "word": pl.String(),
        "empty": pl.String(),
        "moment": pl.Datetime("us"),
        "later": pl.Datetime("us"),
        "text": pl.String(),
    }
)
TEXTS = st.one_of(
    st.text(min_size=1, max_size=30),
    st.lists(st.sampled_from([*VOCABULARY, "A", "STRASSE", "_", "\u0130", "-"]), min_size=1).map(" ".join),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "number": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "whole": st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3),
            "flag": st.none() | st.booleans(),
            "word": st.none() | st.sampled_from(CATEGORIES[:-1]) | TEXTS,
            "empty": st.none() | TEXTS,
            "moment": st.none() | st.datetimes(),
            "later": st.none() | st.datetimes(),
            "text": st.none() | TEXTS,
        }
    ),
    max_size=8,
)


def by_row(rows: list[dict[str, Cleaned]], encoder: Encoder = ENCODER) -> Matrix:
    empty = np.empty((0, len(encoder.features)), dtype=np.float32)
    return np.concatenate([empty, *(encoder.encode_row(row) for row in rows)])


def same_bits(one: Matrix, other: Matrix) -> bool:
    """Equal, the sign of zero included; every NaN counts as one."""
    assert one.dtype == other.dtype == np.float32
    gone = np.isnan(one) & np.isnan(other)
    return one.shape == other.shape and bool(((one.view(np.uint32) == other.view(np.uint32)) | gone).all())


@given(ROWS)
def test_a_row_is_encoded_bit_for_bit_as_its_table(rows: list[dict[str, Cleaned]]) -> None:
    table = ENCODER.encode_frame(pl.DataFrame(rows, schema=SCHEMA))
    assert table.flags.c_contiguous
    assert same_bits(table, by_row(rows))
    assert not np.isinf(table).any()


def test_the_shared_table_is_encoded_alike_too(encoder: Encoder, frame: Frame) -> None:
    assert same_bits(encoder.encode_frame(frame), by_row(frame.to_dicts(), encoder))


def test_features_are_named_after_their_columns(encoder: Encoder) -> None:
    found = [(feature.name, feature.column, feature.kind, feature.levels) for feature in encoder.features]
    assert found == [
        ("age", "age", "number", 0),
        ("price", "price", "number", 0),
        ("member", "member", "number", 0),
        ("city", "city", "code", 4),
        ("city (rate)", "city", "rate", 0),
        *((f"when.{piece}", "when", "number", 0) for piece in PIECES),
        *((f"note ~ {k}", "note", "text", 0) for k in (1, 2, 3)),
        ("note (words)", "note", "number", 0),
        ("note (characters)", "note", "number", 0),
    ]


def test_several_outputs_give_several_rates() -> None:
    names = [feature.name for feature in ENCODER.features if feature.kind == "rate"]
    own = ["word (rate 1)", "word (rate 2)"]
    assert names == [*own, "whole (rate 1)", "whole (rate 2)", "text (score 1)", "text (score 2)", *own]


def test_a_category_is_its_position_and_an_unseen_one_the_code_after_the_last() -> None:
    encoder = Encoder(EncoderSpec((CodePart("c", ("x", "y")),)), {}, outputs=1)
    codes = encoder.encode_frame(pl.DataFrame({"c": ["y", "z", None, "x"]})).ravel()
    assert np.array_equal(codes, [1.0, 2.0, np.nan, 0.0], equal_nan=True)


def test_rates_of_unseen_and_missing_categories_are_the_parts_own() -> None:
    encoder = Encoder(EncoderSpec((RatePart("c", ("x",), ((0.5,),), (0.25,), (0.125,)),)), {}, outputs=1)
    assert encoder.encode_frame(pl.DataFrame({"c": ["x", "y", None]})).ravel().tolist() == [0.5, 0.25, 0.125]


def test_the_pieces_of_a_date() -> None:
    moment = datetime(2016, 4, 29, 18, 38, 8)  # noqa: DTZ001
    encoder = Encoder(EncoderSpec((DatePart("d", PIECES, origin=1461891600.0),)), {}, outputs=1)
    pieces = encoder.encode_row({"d": moment})[0].tolist()
    assert pieces[:7] == [2016, 4, 29, 4, 18, 38, 120]
    assert pieces[7] == pytest.approx((1461955088 - 1461891600) / 86400, rel=1e-6)
    assert np.isnan(encoder.encode_row({"d": None})).all()


def test_text_is_weighed_words_times_components() -> None:
    idf = np.array([1.0, 2.0, 3.0], dtype=np.float32)
    components = np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32)
    part = TextPart("t", ("low", "fat", "low fat"), 2)
    encoder = Encoder(EncoderSpec((part,)), {"0.idf": idf, "0.components": components}, outputs=1)
    weights = np.array([1 + math.log(2), 2.0, 3.0])  # "low" twice, "fat" and the pair once
    weights /= np.linalg.norm(weights)
    encoded = encoder.encode_row({"t": "Low-fat, LOW!"})[0]
    assert np.allclose(encoded[:2], weights @ components, atol=1e-6)
    assert encoded[2:].tolist() == [3.0, 13.0]
    assert encoder.encode_row({"t": "soap"}).tolist() == [[0.0, 0.0, 1.0, 4.0]]
    assert np.isnan(encoder.encode_row({"t": None})).all()


def test_a_number_beyond_float32_becomes_the_end_of_its_range() -> None:
    encoder = Encoder(EncoderSpec((NumberPart("n"),)), {}, outputs=1)
    largest = np.finfo(np.float32).max
    assert encoder.encode_row({"n": 1e300}).item() == largest
    assert encoder.encode_frame(pl.DataFrame({"n": [-1e300]})).item() == -largest


def test_a_column_that_a_row_lacks_counts_as_missing(encoder: Encoder) -> None:
    assert same_bits(encoder.encode_row({}), encoder.encode_row(dict.fromkeys(SCHEMA)))


def test_an_encoder_without_parts_gives_a_matrix_without_columns() -> None:
    encoder = Encoder(EncoderSpec(()), {}, outputs=1)
    assert encoder.encode_frame(pl.DataFrame({"a": [1, 2]})).shape == (2, 0)
    assert encoder.encode_row({"a": 1}).shape == (1, 0)


@pytest.mark.parametrize("fault", ["missing", "shape", "kind"])
def test_arrays_that_do_not_fit_are_refused_by_name(encoder: Encoder, fault: str) -> None:
    arrays = dict(encoder.arrays)
    if fault == "missing":
        del arrays["6.components"]
    elif fault == "shape":
        arrays["6.components"] = arrays["6.components"][:, :2]
    else:
        arrays["6.components"] = np.zeros((6, 3), dtype=np.int64)
    with pytest.raises(ArtefactError, match=r"6\.components"):
        Encoder(encoder.spec, arrays, outputs=1)


def test_rates_that_do_not_fit_are_refused_by_column() -> None:
    part = RatePart("c", ("x",), ((0.5,),), (0.25,), (0.125,))
    short = replace(part, counts=(1,))
    for wrong in (replace(part, prior=(0.1, 0.2)), replace(part, rates=()), replace(part, missing=()), short):
        with pytest.raises(ArtefactError, match="'c'"):
            Encoder(EncoderSpec((wrong,)), {}, outputs=1)
    with pytest.raises(ArtefactError, match="3 outputs"):
        Encoder(EncoderSpec((part,)), {}, outputs=3)


def test_a_rate_may_tell_how_often_its_category_was_seen() -> None:
    part = RatePart("c", ("x",), ((0.5,),), (0.25,), (0.125,), counts=(7, 3))
    encoder = Encoder(EncoderSpec((part,)), {}, outputs=1)
    encoded = encoder.encode_frame(pl.DataFrame({"c": ["x", "y", None]}))
    assert [feature.name for feature in encoder.features] == ["c (rate)", "c (count)"]
    np.testing.assert_allclose(encoded, [[0.5, math.log(8)], [0.25, 0.0], [0.125, math.log(4)]], rtol=1e-6)


def test_the_days_between_two_dates() -> None:
    encoder = Encoder(EncoderSpec((GapPart("from", "to"),)), {}, outputs=1)
    first, second = datetime(2016, 4, 29, 12), datetime(2016, 5, 1)  # noqa: DTZ001
    assert encoder.encode_row({"from": first, "to": second}).tolist() == [[1.5]]
    assert encoder.encode_row({"from": second, "to": first}).tolist() == [[-1.5]]
    assert np.isnan(encoder.encode_row({"from": first})).all()


def test_parts_of_two_columns_stand_behind_those_of_one() -> None:
    with pytest.raises(ArtefactError, match="cannot be used"):
        Encoder(EncoderSpec((GapPart("from", "to"), NumberPart("n"))), {}, outputs=1)


@given(st.lists(st.tuples(st.none() | st.floats(), st.none() | st.integers(-(2**53), 2**53)), max_size=3))
def test_numbers_alone_are_encoded_bit_for_bit_as_their_table(
    rows: list[tuple[float | None, int | None]],
) -> None:
    encoder = Encoder(EncoderSpec((NumberPart("whole"), NumberPart("number"))), {}, outputs=1)
    named: list[dict[str, Cleaned]] = [{"number": number, "whole": whole} for number, whole in rows]
    frame = pl.DataFrame(named, schema={"number": pl.Float64(), "whole": pl.Int64()})
    assert same_bits(by_row(named, encoder), encoder.encode_frame(frame))
