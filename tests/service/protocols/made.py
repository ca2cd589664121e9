"""Requests made by hypothesis for each protocol, of a contract's columns: nearly right ones, wrong ones, and mere noise."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from hypothesis import strategies as st

from fivefold.core.artefacts import Column

__all__ = ["PROTOCOLS", "VERTEX", "Made", "MadeOf", "answered_rows"]

VERTEX = "/v1/endpoints/1/deployedModels/2:predict"
PROTOCOLS = ("native", "vertex", "dialects", "lines", "csv", "open inference")
_DATATYPES = ["BOOL", "UINT8", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES"]
_RIGHT_DATATYPES = {"integer": "INT64", "number": "FP64", "boolean": "BOOL"}
_JSON_KINDS = ["application/json", "application/json; charset=utf-8", "text/plain"]
_LINE_KINDS = ["application/jsonlines", "application/x-ndjson"]
_CSV_KINDS = ["text/csv", "text/csv; header=absent", "text/csv; header=present"]
_MOMENTS = ["2020-05-01", "1999-12-31T00:00:00Z", "2016-04-29T18:38:08+02:00"]
_FAR = 1e6

Strategy: TypeAlias = st.SearchStrategy[Any]


@dataclass(frozen=True)
class Made:
    """A request."""

    path: str
    body: bytes
    headers: dict[str, str]


def _weighted(*pairs: tuple[int, Strategy]) -> Strategy:
    """One of these, each so many times as likely as a weight of one."""
    drawn = [place for place, (weight, _) in enumerate(pairs) for _ in range(weight)]
    return st.sampled_from(drawn).flatmap(lambda place: pairs[place][1])


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from([40, 12.5, True, "Rome", "2020-05-01"]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
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
        "x-fivefold-probe": st.sampled_from(["golden", "rehearsal"]),
    },
)
_CELL = st.one_of(
    st.sampled_from(["", "40", "12.5", "true", "Rome", '"a, b"', "2020-05-01", "inf", '"', " "]),
    st.text(max_size=5),
)


def _document(wrapped: Strategy) -> st.SearchStrategy[bytes]:
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


def _right(column: Column) -> Strategy:
    """Values that the service understands, as JSON has them."""
    low = -_FAR if column.minimum is None else column.minimum
    high = _FAR if column.maximum is None else column.maximum
    kinds: dict[str, Strategy] = {
        "integer": st.integers(int(low), int(high)) | st.integers(int(low), int(high)).map(float),
        "number": st.floats(low, high) | st.integers(-99, 99) if not column.form else st.floats(low, high),
        "boolean": st.booleans() | st.sampled_from([0, 1.0, "yes"]),
        "datetime": st.sampled_from(_MOMENTS),
        "string": st.text("abc é\u4e00<&\x00", max_size=30).map("a {}".format),
    }
    values = kinds[column.kind]
    if column.kind == "string" and column.categories:
        values |= st.sampled_from(column.categories[:50])
    return st.none() | values | st.floats() if _takes_any(column) else values


def _takes_any(column: Column) -> bool:
    """Whether a number may be missing, NaN and infinite ones included."""
    return column.nullable and column.kind == "number"


def _cell(column: Column) -> st.SearchStrategy[str]:
    """The same as a field of CSV."""

    def written(value: Any) -> str:
        text = "" if value is None else str(value)
        return '"{}"'.format(text.replace('"', '""')) if set(text) & set(',"\r\n') else text

    return _right(column).map(written)


class MadeOf:
    """Strategies for the columns of a contract.

    Parameters
    ----------
    columns : sequence of Column
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._names = [column.name for column in columns]
        right = {column.name: _right(column) for column in columns}
        needed = {column.name: right[column.name] for column in columns if not column.nullable}
        left = {column.name: st.none() | right[column.name] for column in columns if column.nullable}
        self.good = st.fixed_dictionaries(needed, optional={**left, "shoes": SCALARS})
        listed = st.tuples(*(right[column.name] for column in columns)).map(list)
        instances = _weighted(
            (4, self.good),
            (1, st.fixed_dictionaries(dict.fromkeys(self._names, SCALARS))),
            (1, listed),
            (1, JSON),
        )
        self.rows = _weighted(
            (8, st.lists(instances, min_size=1, max_size=4)),
            (1, st.lists(instances, max_size=1)),
            (1, JSON),
        )

    def of(self, protocol: str) -> st.SearchStrategy[Made]:
        """Requests of one of the :data:`PROTOCOLS`."""
        native = st.fixed_dictionaries({"instances": self.rows}, optional={"parameters": PARAMETERS})
        makers = {
            "native": lambda: _sent("/predict", _JSON_KINDS, _document(native)),
            "vertex": lambda: _sent(VERTEX, _JSON_KINDS, _document(native)),
            "dialects": lambda: _sent("/invocations", _JSON_KINDS, self._dialects()),
            "lines": lambda: _sent("/invocations", _LINE_KINDS, self._lines()),
            "csv": lambda: _sent("/invocations", _CSV_KINDS, self._csv()),
            "open inference": self._inference,
        }
        return makers[protocol]()

    def _dialects(self) -> st.SearchStrategy[bytes]:
        """The ways in which MLflow's clients write a table as JSON."""
        some = st.lists(self.good, min_size=1, max_size=3)
        columns = some.map(
            lambda rows: {name: [row.get(name) for row in rows] for name in self._names if name in rows[0]}
        )
        whole = some.map(lambda rows: [[row.get(name) for name in self._names] for row in rows])
        split = st.fixed_dictionaries(
            {"data": whole | st.lists(st.lists(SCALARS, min_size=3, max_size=3), max_size=3) | JSON},
            optional={
                "columns": st.just(self._names) | st.just([*self._names[:2], "shoes"]) | JSON,
                "index": JSON,
            },
        )
        params, rows = {"params": PARAMETERS}, self.rows
        return _document(
            st.one_of(
                st.fixed_dictionaries({"dataframe_records": rows}, optional=params),
                st.fixed_dictionaries({"dataframe_split": split}, optional=params),
                st.fixed_dictionaries({"inputs": columns | rows}, optional=params),
                st.fixed_dictionaries(
                    {"instances": rows}, optional={"parameters": PARAMETERS, "inputs": JSON}
                ),
            )
        )

    def _lines(self) -> st.SearchStrategy[bytes]:
        """JSON Lines."""
        line = _weighted((5, self.good), (1, JSON)).map(lambda value: json.dumps(value).encode())
        return st.lists(line, max_size=4).map(b"\n".join)

    def _csv(self) -> st.SearchStrategy[bytes]:
        """CSV with a head, without one, and with one that is not right."""
        names, count = self._names, len(self._names)
        line = _weighted(
            (4, st.tuples(*map(_cell, self._columns)).map(list)),
            (1, st.lists(_CELL, min_size=count, max_size=count)),
            (1, st.lists(_CELL, max_size=count + 2)),
        )
        head = st.sampled_from([[names], [names], [names[::-1]], [[*names[1:], names[1]]], [], []])
        return st.builds(
            lambda head, lines, end: end.join(",".join(line) for line in [*head, *lines]).encode(
                "utf-8", "replace"
            ),
            head,
            st.lists(line, max_size=4),
            st.sampled_from(["\n", "\r\n"]),
        )

    def _inference(self) -> st.SearchStrategy[Made]:
        """Requests of the Open Inference Protocol; some of their tensors may be bytes behind the JSON."""

        def make(draw: st.DrawFn) -> Made:
            rows = draw(st.lists(self.good, min_size=1, max_size=3))
            wrong = st.lists(st.sampled_from([*self._names, "x"]), max_size=3)
            names = draw(_weighted((9, st.just(self._names)), (1, wrong)))
            inputs = [draw(self._tensor(name, [row.get(name) for row in rows])) for name in names]
            document: dict[str, Any] = {"inputs": inputs} | draw(
                st.fixed_dictionaries({}, optional={"id": st.just("7") | JSON, "parameters": PARAMETERS})
            )
            if draw(st.integers(0, 5)) == 0:
                binary = [{"name": "prediction_id", "parameters": {"binary_data": True}}]
                document["outputs"] = draw(st.just(binary) | JSON)
            headers = dict(draw(TRIFLES))
            more = b""
            if inputs and draw(st.integers(0, 3)) == 0:
                size = 8 * len(rows)
                more = draw(st.binary(min_size=size, max_size=size) | st.binary(max_size=40))
                inputs[0]["parameters"] = {"binary_data_size": draw(st.just(len(more)) | st.integers(0, 99))}
            head = json.dumps(document).encode()
            if more or draw(st.integers(0, 9)) == 0:
                headers["inference-header-content-length"] = draw(
                    _weighted((9, st.just(str(len(head)))), (1, st.sampled_from(["", "-1", "7", "9" * 30])))
                )
            path = draw(st.sampled_from(["/v2/models/model/infer"] * 9 + ["/v2/models/other/infer"]))
            return Made(path, head + more, headers)

        return st.composite(make)()

    def _tensor(self, name: str, values: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
        """A column as a tensor, usually a right one."""
        kind = next((column.kind for column in self._columns if column.name == name), "string")
        # The more columns there are, the more seldom one of them is wrong: else no request would be right.
        seldom = 6 * len(self._columns)

        def make(draw: st.DrawFn) -> dict[str, Any]:
            tensor: dict[str, Any] = {
                "name": name,
                "datatype": _RIGHT_DATATYPES.get(kind, "BYTES"),
                "shape": draw(st.sampled_from([[len(values)], [len(values), 1]])),
                "data": values,
            }
            wrong = draw(st.integers(0, seldom))
            if wrong == 0:
                tensor["datatype"] = draw(st.sampled_from([*_DATATYPES, "BF16"]))
            elif wrong == 1:
                tensor["shape"] = draw(st.sampled_from([[1], [2, 2], [-1], [0], [2**62, 2**62]]))
            elif wrong == 2:
                tensor["data"] = draw(JSON)
            elif wrong == 3:
                told = {"binary_data_size": JSON, "content_type": JSON}
                tensor["parameters"] = draw(st.fixed_dictionaries({}, optional=told))
            return tensor

        return st.composite(make)()


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
