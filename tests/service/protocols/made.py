"""Requests made by hypothesis for each protocol: nearly right ones, wrong ones, and mere noise."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

import orjson
from hypothesis import strategies as st

from tests.service.serving import ROW

VERTEX = "/v1/endpoints/1/deployedModels/2:predict"
_NAMES = list(ROW)
_DATATYPES = ["BOOL", "UINT8", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES"]


@dataclass(frozen=True)
class Made:
    """A request."""

    path: str
    body: bytes
    headers: dict[str, str]


def _weighted(*pairs: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    drawn = [place for place, (weight, _) in enumerate(pairs) for _ in range(weight)]
    return st.sampled_from(drawn).flatmap(lambda place: pairs[place][1])


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(list(ROW.values())),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
GOOD = st.fixed_dictionaries(
    {"age": st.integers(0, 120) | st.floats(0, 120)},
    optional={
        "price": st.none() | st.floats(),
        "member": st.none() | st.booleans() | st.sampled_from([0, 1.0, "yes"]),
        "city": st.none() | st.text(max_size=5),
        "joined": st.none() | st.sampled_from(["2020-05-01", "1999-12-31T00:00:00Z"]),
        "shoes": SCALARS,
    },
)
INSTANCES = _weighted(
    (4, GOOD),
    (1, st.fixed_dictionaries(dict.fromkeys(ROW, SCALARS))),
    (1, st.tuples(st.integers(0, 99), st.none(), st.booleans(), st.just("Rome"), st.none()).map(list)),
    (1, JSON),
)
ROWS = _weighted(
    (8, st.lists(INSTANCES, min_size=1, max_size=4)), (1, st.lists(INSTANCES, max_size=1)), (1, JSON)
)
PARAMETERS = _weighted(
    (
        3,
        st.fixed_dictionaries(
            {}, optional={"strict": st.booleans(), "coverage": st.sampled_from([0.9, 0.5])}
        ),
    ),
    (1, st.fixed_dictionaries({}, optional={"strict": JSON, "coverage": JSON, "content_type": JSON})),
    (1, JSON),
)
TRIFLES = st.fixed_dictionaries(
    {},
    optional={
        "accept": st.sampled_from(
            ["*/*", "text/csv", "application/jsonlines", "text/html", ";", "text/csv; header=x"]
        ),
        "x-request-id": st.sampled_from(["same", "a b", "x" * 99]),
        "x-fivefold-probe": st.just("golden"),
    },
)


def _document(wrapped: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """As Python's own library writes it, NaN included."""
    return _weighted((12, wrapped), (1, JSON)).map(lambda value: json.dumps(value).encode())


def _sent(path: str, kinds: list[str], bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[Made]:
    """A request with one of these content types, now and then with a wrong one, compressed, or cut."""

    def make(draw: st.DrawFn) -> Made:
        body = draw(_weighted((15, bodies), (1, st.binary(max_size=60))))
        headers = dict(draw(TRIFLES))
        headers["content-type"] = draw(
            _weighted((15, st.sampled_from(kinds)), (1, st.sampled_from(["image/png", "a/b; charset=x", ""])))
        )
        twist = draw(_weighted((12, st.just("")), (1, st.sampled_from(["gzip", "lie", "cut", "br"]))))
        if twist == "gzip":
            body = gzip.compress(body, 1)
        if twist in {"gzip", "lie", "br"}:
            headers["content-encoding"] = "br" if twist == "br" else "gzip"
        return Made(path, body[: len(body) // 2] if twist == "cut" else body, headers)

    return st.composite(make)()


NATIVE = _document(st.fixed_dictionaries({"instances": ROWS}, optional={"parameters": PARAMETERS}))
_SPLIT = st.fixed_dictionaries(
    {"data": st.lists(st.lists(SCALARS, min_size=3, max_size=3), max_size=3) | JSON},
    optional={"columns": st.just(["age", "city", "shoes"]) | JSON, "index": JSON},
)
_COLUMNS = st.integers(1, 3).flatmap(
    lambda rows: st.fixed_dictionaries(
        {"age": st.lists(st.integers(0, 99), min_size=rows, max_size=rows)},
        optional={"city": st.lists(SCALARS, min_size=rows, max_size=rows), "price": JSON},
    )
)
DIALECTS = _document(
    st.one_of(
        st.fixed_dictionaries({"dataframe_records": ROWS}, optional={"params": PARAMETERS}),
        st.fixed_dictionaries({"dataframe_split": _SPLIT}, optional={"params": PARAMETERS}),
        st.fixed_dictionaries({"inputs": _COLUMNS | ROWS}, optional={"params": PARAMETERS}),
        st.fixed_dictionaries({"instances": ROWS}, optional={"parameters": PARAMETERS, "inputs": JSON}),
    )
)
LINES = st.lists(
    _weighted((5, GOOD), (1, JSON)).map(lambda value: json.dumps(value).encode()), max_size=4
).map(b"\n".join)
_CELL = st.one_of(
    st.sampled_from(["", "40", "12.5", "true", "Rome", '"a, b"', "2020-05-01", "inf", '"', " "]),
    st.text(max_size=5),
)
_LINE = _weighted(
    (
        4,
        st.tuples(st.integers(0, 99).map(str), st.just("1.5"), st.just(""), st.just("Rome"), st.just("")).map(
            list
        ),
    ),
    (1, st.lists(_CELL, min_size=5, max_size=5)),
    (1, st.lists(_CELL, max_size=7)),
)
_HEAD = st.sampled_from([[_NAMES], [_NAMES[::-1]], [[*_NAMES[1:], _NAMES[1]]], [], []])
CSV = st.builds(
    lambda head, lines, end: end.join(",".join(line) for line in [*head, *lines]).encode("utf-8", "replace"),
    _HEAD,
    st.lists(_LINE, max_size=4),
    st.sampled_from(["\n", "\r\n"]),
)


@st.composite
def _tensor(draw: st.DrawFn, name: str, values: list[Any]) -> dict[str, Any]:
    """A column as a tensor, usually a right one."""
    right = {"age": "INT64", "price": "FP64", "member": "BOOL"}.get(name, "BYTES")
    tensor: dict[str, Any] = {
        "name": name,
        "datatype": draw(_weighted((30, st.just(right)), (1, st.sampled_from([*_DATATYPES, "BF16"])))),
        "shape": draw(
            _weighted(
                (30, st.sampled_from([[len(values)], [len(values), 1]])),
                (1, st.sampled_from([[1], [2, 2], [-1], [0], [2**62, 2**62]])),
            )
        ),
        "data": draw(_weighted((30, st.just(values)), (1, JSON))),
    }
    if draw(st.integers(0, 30)) == 0:
        tensor["parameters"] = draw(
            st.fixed_dictionaries({}, optional={"binary_data_size": JSON, "content_type": JSON})
        )
    return tensor


@st.composite
def _inference(draw: st.DrawFn) -> Made:
    """A request of the Open Inference Protocol; some of its tensors may be bytes behind the JSON."""
    rows = draw(st.lists(GOOD, min_size=1, max_size=3))
    names = draw(_weighted((9, st.just(_NAMES)), (1, st.lists(st.sampled_from([*_NAMES, "x"]), max_size=3))))
    inputs = [draw(_tensor(name, [row.get(name) for row in rows])) for name in names]
    document: dict[str, Any] = {"inputs": inputs} | draw(
        st.fixed_dictionaries({}, optional={"id": st.just("7") | JSON, "parameters": PARAMETERS})
    )
    if draw(st.integers(0, 5)) == 0:
        document["outputs"] = draw(st.just([{"name": "score", "parameters": {"binary_data": True}}]) | JSON)
    headers = dict(draw(TRIFLES))
    more = b""
    if inputs and draw(st.integers(0, 3)) == 0:
        more = draw(st.binary(min_size=8 * len(rows), max_size=8 * len(rows)) | st.binary(max_size=40))
        inputs[0]["parameters"] = {"binary_data_size": draw(st.just(len(more)) | st.integers(0, 99))}
    head = json.dumps(document).encode()
    if more or draw(st.integers(0, 9)) == 0:
        headers["inference-header-content-length"] = draw(
            _weighted((9, st.just(str(len(head)))), (1, st.sampled_from(["", "-1", "7", "9" * 30])))
        )
    path = draw(st.sampled_from(["/v2/models/model/infer"] * 9 + ["/v2/models/other/infer"]))
    return Made(path, head + more, headers)


JSON_KINDS = ["application/json", "application/json; charset=utf-8", "text/plain"]
PROTOCOLS: dict[str, st.SearchStrategy[Made]] = {
    "native": _sent("/predict", JSON_KINDS, NATIVE),
    "vertex": _sent(VERTEX, JSON_KINDS, NATIVE),
    "dialects": _sent("/invocations", JSON_KINDS, DIALECTS),
    "lines": _sent("/invocations", ["application/jsonlines", "application/x-ndjson"], LINES),
    "csv": _sent("/invocations", ["text/csv", "text/csv; header=absent", "text/csv; header=present"], CSV),
    "open inference": _inference(),
}


def answered_rows(body: bytes, headers: dict[str, str]) -> int:
    """How many rows a reply with status 200 answers."""
    kind = headers["content-type"]
    if kind.startswith("text/csv"):
        return len(body.splitlines()) - ("header=present" in kind)
    if kind == "application/jsonlines":
        return sum(orjson.loads(line)["prediction_id"] is not None for line in body.splitlines())
    head = int(headers.get("inference-header-content-length", len(body)))
    document = orjson.loads(body[:head])
    if "outputs" in document:
        return int(document["outputs"][0]["shape"][0])
    ids = document.get("metadata", document)["prediction_ids"]
    assert len(ids) == len(document["predictions"])
    return sum(name is not None for name in ids)
