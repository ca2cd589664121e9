"""Models inside the small warehouse: really imported from Cloud Storage, really asked at their endpoints, really trained.

It refuses what BigQuery's page on ONNX models refuses, and is stricter where that page is silent: a missing value, or a number of
another type than the model takes, ends the query.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.export.graph import imported
from fivefold.runtime.graph_session import GraphSession
from fivefold.testing.warehouse import Answer, Table, Warehouse, WarehouseError
from fivefold.testing.warehouse_training import MODEL_TYPES, options_of, train_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Model", "WarehouseModels"]

_MOST_BYTES = 450 * 10**6
_NEWEST = {"": 15, "ai.onnx": 15, "ai.onnx.ml": 2}
_NEWEST_IR = 8
_TAKES = {
    "DOUBLE": ("FLOAT64", {"FLOAT", "NUMERIC"}),  # a literal such as 1.0 is a decimal to DuckDB
    "FLOAT": ("FLOAT64", {"FLOAT", "NUMERIC"}),
    "INT64": ("INT64", {"INTEGER"}),
    "INT32": ("INT64", {"INTEGER"}),
    "BOOL": ("BOOL", {"BOOLEAN"}),
    "STRING": ("STRING", {"STRING"}),
}
_FIELD = {
    "FLOAT64": "FLOAT",
    "INT64": "INTEGER",
    "BOOL": "BOOLEAN",
    "STRING": "STRING",
    "TIMESTAMP": "TIMESTAMP",
    "STRUCT<label STRING, prob FLOAT64>": "RECORD",
}
_EVALUATE = re.compile(r"ML\.EVALUATE\(\s*MODEL\s+`([^`]+)`\s*\)")
_SENT = {"BIGINT": "INT64", "DOUBLE": "FLOAT64", "TEXT": "STRING", "BOOLEAN": "BOOL"}


@dataclass(slots=True)
class Model:
    """A model of the warehouse.

    Attributes
    ----------
    kind : str
        ``ONNX``, ``REMOTE``, or a type that is trained here.
    inputs, outputs : dict of str to str
        GoogleSQL's type of each, ``ARRAY<...>`` for lists.
    run : callable
        Takes rows of inputs in order, and gives rows of outputs.
    labels : dict of str to str
    source : str
        Where it came from.
    figures : dict of str to float
        What ``ML.EVALUATE`` says.
    rows : (int, int)
        Rows that it learned from, and that were kept aside.
    """

    kind: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    run: Callable[[Sequence[Sequence[Any]]], list[list[Any]]]
    source: str
    labels: dict[str, str] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    rows: tuple[int, int] = (0, 0)

    def described(self) -> dict[str, Any]:
        """What ``models.get`` says besides names."""
        return {
            "modelType": self.kind,
            "labels": self.labels,
            "featureColumns": [_column(*each) for each in self.inputs.items()],
        }


class WarehouseModels:
    """What makes, asks and drops models beside a warehouse's tables.

    Parameters
    ----------
    warehouse : Warehouse
    storage : callable
        Gives what lies at an address ``gs://...``; None when nothing does.

    Attributes
    ----------
    models : dict of (str, str) to Model
        By data set and name.
    lists : bool
        Whether every tensor is an array in SQL, those of one value per row, too.
    own_bytes : int
        What asking a model bills besides the table's bytes, of which a dry run knows nothing.
    """

    def __init__(self, warehouse: Warehouse, storage: Callable[[str], bytes | None]) -> None:
        self._warehouse, self._storage = warehouse, storage
        self.models: dict[tuple[str, str], Model] = {}
        self.lists = False
        self.own_bytes = 0
        self._asked = 0

    def query(self, sql: str, *, dry: bool, most: int | None = None, cache: bool = True) -> Answer:
        """Answer a statement, whether or not it speaks of models; see :meth:`Warehouse.query`."""
        import sqlglot
        from sqlglot import exp

        sql = _EVALUATE.sub(self._evaluated, sql)
        try:
            tree = sqlglot.parse_one(sql, read="bigquery")
        except sqlglot.errors.SqlglotError as error:
            raise WarehouseError(f"Syntax error: {str(error).splitlines()[0]}") from error
        if isinstance(tree, exp.Create | exp.Drop) and tree.args.get("kind") == "MODEL":
            return self._changed(tree, dry=dry, most=most)
        asked = list(tree.find_all(exp.Predict))
        if not asked:
            return self._warehouse.query(sql, dry=dry, most=most, cache=cache)
        inner: list[Answer] = []
        for each in asked:
            found = self._predicted(each, dry=dry, most=most)
            inner.append(found)
            self._asked += 1
            name = f"predicted_{self._asked}"
            self._warehouse.keep(name, found.schema, found.rows)
            standing: Any = each.parent
            standing.replace(exp.to_table(name, quoted=True))
        outer = self._warehouse.query(tree.sql(dialect="bigquery"), dry=dry, cache=False)
        processed = sum(one.processed for one in inner)
        billed = sum(one.billed for one in inner) + self.own_bytes
        if not dry and most is not None and billed > most:
            message = f"Query exceeded limit for bytes billed: {most}. {billed} or higher required."
            raise WarehouseError(message, "bytesBilledLimitExceeded")
        tables: list[Table] = [table for one in inner for table in one.tables]
        return replace(outer, processed=processed, billed=billed, tables=tables)

    def _evaluated(self, call: re.Match[str]) -> str:
        """Keep the figures of a model, and return the name of the table that holds them."""
        _, dataset, name = call[1].rsplit(".", 2)
        if (dataset, name) not in self.models:
            raise _not_found(self._warehouse.project, dataset, name)
        model = self.models[dataset, name]
        if not model.figures:
            raise WarehouseError(f"ML.EVALUATE is not supported for models of type {model.kind}")
        fields = [{"name": each, "type": "FLOAT", "mode": "NULLABLE"} for each in model.figures]
        self._asked += 1
        kept = f"evaluated_{self._asked}"
        self._warehouse.keep(kept, fields, [tuple(model.figures.values())])
        return f"`{kept}`"

    def _changed(self, tree: Any, *, dry: bool, most: int | None) -> Answer:
        """Make or drop a model."""
        from sqlglot import exp

        table = tree.args["tables"][0] if isinstance(tree, exp.Drop) else tree.this
        place, there = (table.db, table.name), (table.db, table.name) in self.models
        if isinstance(tree, exp.Drop):
            if not there and not tree.args.get("exists"):
                raise _not_found(self._warehouse.project, *place)
            if not dry:
                self.models.pop(place, None)
            return Answer([], [], 0, 0, cached=False)
        if there and not tree.args.get("replace"):
            raise WarehouseError(f"Already Exists: Model {table.db}.{table.name}", "duplicate", 409)
        options = options_of(tree)
        remote = tree.find(exp.RemoteWithConnectionModelProperty)
        kind = str(options.get("MODEL_TYPE", "")).upper()
        if kind in MODEL_TYPES:
            return self._learned(place, tree, options, dry=dry, most=most)
        if not remote and kind != "ONNX":
            raise WarehouseError(f"Invalid value for MODEL_TYPE: {options.get('MODEL_TYPE')}")
        if not dry:
            made = self._remote(tree, options) if remote else self._onnx(options.get("MODEL_PATH", ""))
            self.models[place] = made
        return Answer([], [], 0, 0, cached=False)

    def _learned(
        self, place: tuple[str, str], tree: Any, options: dict[str, Any], *, dry: bool, most: int | None
    ) -> Answer:
        """Train a model on the rows of the query inside."""
        inside = tree.expression.sql(dialect="bigquery")
        given = self._warehouse.query(inside, dry=dry, most=most, cache=False)
        if not dry:
            made, kind = train_model(options, given), str(options["MODEL_TYPE"]).upper()
            shape = (made.inputs, made.outputs, made.run)
            rows = (made.learned, made.kept)
            self.models[place] = Model(kind, *shape, inside, figures=made.figures, rows=rows)
        return replace(given, schema=[], rows=[])

    def _onnx(self, address: str) -> Model:
        """Import a graph."""
        data = self._storage(address)
        if data is None:
            raise WarehouseError(f"Not found: Uris {address}", "notFound", 404)
        onnx = imported()
        read = onnx.load_model_from_string(data)
        _check(onnx, read, len(data))
        elements = onnx.TensorProto.DataType.Name
        types = {each.name: elements(each.type.tensor_type.elem_type) for each in read.graph.input}
        inputs = {each.name: self._type(onnx, each) for each in read.graph.input}
        outputs = {each.name: self._type(onnx, each) for each in read.graph.output}
        opener = GraphSession(data)
        try:
            session = opener.open()
        except opener.errors as error:
            raise WarehouseError(f"Failed to load the ONNX model: {error}") from error

        def run(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
            columns = list(zip(*rows, strict=True)) or [()] * len(inputs)
            given = {
                name: np.array(column, dtype=_dtype(kind)).reshape(len(rows), -1)
                for (name, kind), column in zip(types.items(), columns, strict=True)
            }
            found = session.run(None, given) if rows else [np.empty(0)] * len(outputs)
            lists = [kind.startswith("ARRAY") for kind in outputs.values()]
            shaped = [
                each.reshape(len(rows), -1).tolist() if is_list else each.reshape(-1).tolist()
                for each, is_list in zip(found, lists, strict=True)
            ]
            return [list(row) for row in zip(*shaped, strict=True)]

        return Model("ONNX", inputs, outputs, run, address)

    def _type(self, onnx: Any, port: Any) -> str:
        """GoogleSQL's type of an input or an output."""
        tensor = port.type.tensor_type
        kind = _TAKES[onnx.TensorProto.DataType.Name(tensor.elem_type)][0]
        width = tensor.shape.dim[1].dim_value if len(tensor.shape.dim) > 1 else 1
        return f"ARRAY<{kind}>" if self.lists or width != 1 else kind

    def _remote(self, tree: Any, options: dict[str, Any]) -> Model:
        """Make a model of an endpoint, which is asked as an endpoint of Vertex AI is."""
        from sqlglot import exp

        sides = []
        for kind in (exp.InputModelProperty, exp.OutputModelProperty):
            found = tree.find(kind)
            columns = found.this.expressions if found else []
            sides.append({each.name: _SENT.get(each.args["kind"].sql(), "") for each in columns})
        inputs, outputs = sides
        strange = [name for name, kind in (inputs | outputs).items() if not kind]
        if strange or not outputs:
            raise WarehouseError(f"Unsupported type of {strange or 'OUTPUT'} in a remote model")
        endpoint = options.get("ENDPOINT", "")

        def run(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
            instances = [dict(zip(inputs, row, strict=True)) for row in rows]
            body = json.dumps({"instances": instances}).encode()
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{endpoint}:predict", body, headers)
            try:
                with urllib.request.urlopen(request, timeout=30) as reply:
                    predictions = json.load(reply)["predictions"]
            except (OSError, urllib.error.URLError) as error:
                raise WarehouseError(f"The endpoint does not answer: {error}") from error
            return [[prediction[name] for name in outputs] for prediction in predictions]

        return Model("REMOTE", inputs, outputs, run, endpoint)

    def _predicted(self, call: Any, *, dry: bool, most: int | None) -> Answer:
        """Run a model over the rows of the query inside."""
        place = (call.this.db, call.this.name)
        if place not in self.models:
            raise _not_found(self._warehouse.project, *place)
        model = self.models[place]
        inside = call.expression.unnest().sql(dialect="bigquery")
        given = self._warehouse.query(inside, dry=dry, most=most, cache=False)
        fields = {one["name"]: one for one in given.schema}
        for name, kind in model.inputs.items():
            _match(name, kind, fields)
        both = set(fields) & set(model.outputs)
        if both:
            raise WarehouseError(f"Column name {sorted(both)[0]} is ambiguous")
        places = [list(fields).index(name) for name in model.inputs]
        rows = [[row[at] for at in places] for row in given.rows]
        if model.kind == "ONNX" and any(value is None for row in rows for value in row):
            raise WarehouseError("Null values are not supported in the input of an ONNX model")
        answers = [] if dry else model.run(rows)
        schema = [_field(*each) for each in model.outputs.items()] + given.schema
        joined = [(*answer, *row) for answer, row in zip(answers, given.rows, strict=True)]
        return replace(given, schema=schema, rows=joined)


def _check(onnx: Any, model: Any, size: int) -> None:
    """Refuse what is not imported."""
    if size > _MOST_BYTES:
        raise WarehouseError(f"The model is larger than the limit of {_MOST_BYTES} bytes: {size}")
    if model.ir_version > _NEWEST_IR:
        raise WarehouseError(f"Unsupported model IR version: {model.ir_version}, max supported IR version: 8")
    for opset in model.opset_import:
        if opset.version > _NEWEST.get(opset.domain, opset.version):
            raise WarehouseError(f"Unsupported opset {opset.version} of domain '{opset.domain}'")
    for port in (*model.graph.input, *model.graph.output):
        kind = str(port.type.WhichOneof("value"))
        if kind != "tensor_type":
            raise WarehouseError(
                f"'{port.name}' is a {kind.removesuffix('_type')}: only tensors are supported"
            )
        element = onnx.TensorProto.DataType.Name(port.type.tensor_type.elem_type)
        if element not in _TAKES:
            raise WarehouseError(f"'{port.name}' has the unsupported type {element}")


def _match(name: str, kind: str, fields: dict[str, dict[str, Any]]) -> None:
    """Refuse a query that does not give an input, or gives another type."""
    if name not in fields:
        raise WarehouseError(f"Missing column '{name}' of the model in the query statement")
    bare = kind.removeprefix("ARRAY<").removesuffix(">")
    repeated = fields[name]["mode"] == "REPEATED"
    taken = {"FLOAT", "NUMERIC"} if bare == "FLOAT64" else {_FIELD[bare]}
    if fields[name]["type"] not in taken or repeated != kind.startswith("ARRAY"):
        given = fields[name]["type"] + ("[]" if repeated else "")
        raise WarehouseError(f"Column '{name}' has type {given}, and the model takes {kind}")


def _field(name: str, kind: str) -> dict[str, Any]:
    """An output as a column."""
    bare = kind.removeprefix("ARRAY<")[: -1 if kind.startswith("ARRAY<") else None]
    mode = "REPEATED" if kind.startswith("ARRAY") else "NULLABLE"
    return {"name": name, "type": _FIELD[bare], "mode": mode}


def _column(name: str, kind: str) -> dict[str, Any]:
    """An input or an output as ``models.get`` shows it."""
    if kind.startswith("ARRAY"):
        return {"name": name, "type": {"typeKind": "ARRAY", "arrayElementType": {"typeKind": kind[6:-1]}}}
    return {"name": name, "type": {"typeKind": kind}}


def _dtype(kind: str) -> Any:
    """NumPy's type of an element."""
    known = {
        "DOUBLE": np.float64,
        "FLOAT": np.float32,
        "INT64": np.int64,
        "INT32": np.int32,
        "BOOL": np.bool_,
    }
    return known.get(kind, np.object_)


def _not_found(project: str, dataset: str, name: str) -> WarehouseError:
    """Say that there is no such model."""
    return WarehouseError(f"Not found: Model {project}:{dataset}.{name}", "notFound", 404)
