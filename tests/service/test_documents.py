"""JSON as callers write it: NaN and Infinity are missing values, and nothing else is let through."""

from __future__ import annotations

import json
import math
import time

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.errors import RequestError
from fivefold.service.documents import read_document
from tests.service.serving import ROW, Service

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.floats(),
        st.sampled_from(["NaN", '"NaN', "\\", 'a\\"NaN', "-Infinity", "é"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["NaN", "x", '"']), inner, max_size=3)
    ),
    max_leaves=10,
)


def without(value: object) -> object:
    """The value with None for numbers that are none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [without(each) for each in value]
    if isinstance(value, dict):
        return {name: without(each) for name, each in value.items()}
    return value


@given(VALUES)
def test_what_python_writes_is_read_with_nulls_for_what_json_has_not(value: object) -> None:
    text = json.dumps(value)
    # Digits at the far ends are rounded alike only by the same reader.
    assert read_document(text.encode(), "anything") == without(orjson.loads(json.dumps(without(value))))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nan",
        "inf",
        "NaNs",
        "aNaN",
        '{"a": NaN',
        "[NaN,]",
        "+NaN",
        '"NaN',
        '["\\ud800", NaN]',
        "1e999",
    ],
)
def test_everything_else_is_still_no_json(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_document(text.encode(), "an object")
    assert caught.value.code == "invalid_json"


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_document(b"\xef\xbb\xbf[NaN, 1]", "a list") == [None, 1]


@pytest.mark.parametrize("piece", ['\\"', '"', '"\\', "NaN", "-", "[", '""'])
def test_the_time_grows_with_the_length_alone(piece: str) -> None:
    """A text that never ends, full of ends that are none, is looked through once."""
    began = time.process_time()
    with pytest.raises(RequestError):
        read_document(f'"NaN{piece * 700_000}'.encode()[:1_400_000], "a list")
    assert time.process_time() - began < 20  # seconds: with the square of the length it would be hours


def test_nan_infinity_null_and_an_empty_text_mean_the_same_in_every_protocol(service: Service) -> None:
    expected = service.predict([{**ROW, "price": None}]).json["predictions"][0]["score"]
    line = ",".join("{}" if name == "price" else str(value) for name, value in ROW.items())
    for word in ("null", "NaN", "Infinity", "-Infinity", '""', '"NaN"'):
        row = orjson.dumps({**ROW, "price": "@"}).replace(b'"@"', word.encode())
        answer = service.ask("POST", "/predict", b'{"instances": [' + row + b"]}")
        assert answer.json["predictions"][0]["score"] == expected, word
        tensors = [
            {"name": name, "datatype": "FP64", "shape": [1], "data": ["@" if name == "price" else value]}
            for name, value in ROW.items()
        ]
        body = orjson.dumps({"inputs": tensors}).replace(b'"@"', word.encode())
        scores = service.ask("POST", "/v2/models/model/infer", body).json["outputs"][1]
        assert scores["data"] == [expected], word
        cell = line.format(word.strip('"')).encode()
        answer = service.ask("POST", "/invocations", cell, {"Content-Type": "text/csv"})
        assert answer.json["predictions"][0]["score"] == expected, word
