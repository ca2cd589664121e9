"""The statements that are spoken with BigQuery about a model: exact text, so that a person can read and repeat each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from fivefold.cloud.literals import literal, quoted, text
from fivefold.cloud.names import input_names
from fivefold.deployment.targets.bigquery.mapping import NATURAL, absent, imported, remote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fivefold.cloud.names import Name
    from fivefold.core.artefacts import Column, Contract
    from fivefold.runtime.values import Cleaned

__all__ = ["ROW", "Scoring", "Sources", "create_imported", "create_remote", "remote_fields"]

Sources: TypeAlias = "Mapping[str, tuple[str, str]]"
"""By the contract's name of a column: what a table calls it, and of which type it is there."""
ROW = "fivefold_row"
"""Column that says which row of a sample an answer belongs to."""
_LABELS = {
    "string": "STRING",
    "datetime": "STRING",
    "integer": "INT64",
    "number": "FLOAT64",
    "boolean": "BOOL",
}
_SENT = {**NATURAL, "datetime": "STRING"}
"""Types in which columns go to an endpoint, which takes no moments."""


def create_imported(model: Name, address: str) -> str:
    """Return the statement that imports a model from Cloud Storage, in place of one that is there.

    Examples
    --------
    >>> from fivefold.cloud.names import Name
    >>> print(create_imported(Name("clinic", "ward", "no_show"), "gs://models/model.onnx"))
    CREATE OR REPLACE MODEL `clinic.ward.no_show`
    OPTIONS (MODEL_TYPE = 'ONNX', MODEL_PATH = 'gs://models/model.onnx')
    """
    return (
        f"CREATE OR REPLACE MODEL {model.quoted}\nOPTIONS (MODEL_TYPE = 'ONNX', MODEL_PATH = {text(address)})"
    )


def create_remote(model: Name, contract: Contract, connection: str, endpoint: str) -> str:
    """Return the statement that makes a model of an endpoint of Vertex AI, in place of one that is there.

    Parameters
    ----------
    model : Name
    contract : Contract
    connection : str
        ``project.location.name``.
    endpoint : str
    """
    fields = ",\n".join(f"  {quoted(column.name)} {_SENT[column.kind]}" for column in contract.columns)
    outputs = ", ".join(f"{name} {kind}" for name, kind in remote_fields(contract))
    return (
        f"CREATE OR REPLACE MODEL {model.quoted}\n"
        f"INPUT (\n{fields}\n)\n"
        f"OUTPUT ({outputs})\n"
        f"REMOTE WITH CONNECTION `{connection}`\n"
        f"OPTIONS (ENDPOINT = {text(endpoint)})"
    )


def remote_fields(contract: Contract) -> tuple[tuple[str, str], ...]:
    """What an endpoint gives, by name and type."""
    if not contract.classes:
        return (("value", "FLOAT64"),)
    return ("label", _LABELS[contract.target_kind]), ("score", "FLOAT64")


@dataclass(frozen=True, slots=True)
class Scoring:
    """How a model in BigQuery is asked.

    Attributes
    ----------
    model : Name
    contract : Contract
    inputs : dict of str to str
        The model's name for each column of the contract.
    outputs : tuple of str
        The model's names of what it gives: the label and the probabilities, or the number.
    lists : frozenset of str
        Inputs and outputs that are an array where one value is meant.
    over : str
        The endpoint that answers; empty where the graph was imported.
    """

    model: Name
    contract: Contract
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]
    lists: frozenset[str] = frozenset()
    over: str = ""

    def table(self, table: Name, sources: Sources, keep: Sequence[str] = ()) -> str:
        """Return the statement that scores a table.

        Parameters
        ----------
        table : Name
        sources : mapping of str to (str, str)
            What it calls each column of the contract that it has, and of which type that is.
        keep : sequence of str
            Columns that stand beside the answers.
        """
        return self._asked(table.quoted, sources, [(name, self._beside(name)) for name in keep])

    def sample(self, rows: Sequence[Mapping[str, Cleaned]]) -> str:
        """Return the statement that scores rows which it holds itself, each with its position.

        Parameters
        ----------
        rows : sequence of dict
            Cleaned.
        """
        columns = self.contract.columns
        names = input_names(self.contract, (ROW, *self.outputs))
        sources = {column.name: (names[column.name], NATURAL[column.kind]) for column in columns}
        fields = ", ".join(f"{quoted(name)} {kind}" for name, kind in sources.values())
        told = ",\n    ".join(
            f"({', '.join((str(place), *(literal(row[column.name]) for column in columns)))})"
            for place, row in enumerate(rows)
        )
        held = f"UNNEST(ARRAY<STRUCT<{ROW} INT64, {fields}>>[\n    {told}\n  ])"
        return self._asked(held, sources, [(ROW, ROW)]) + f"\nORDER BY {ROW}"

    def _asked(self, rows: str, sources: Sources, keep: Sequence[tuple[str, str]]) -> str:
        """The statement over any source of rows."""
        beside = [
            quoted(name) if name == alias else f"{quoted(name)} AS {quoted(alias)}" for name, alias in keep
        ]
        given = [self._given(column, sources) for column in self.contract.columns]
        shown = [quoted(alias) for _, alias in keep] + self._shown()
        inner = ",\n    ".join(beside + given)
        return (  # names are quoted, values are literals: see literals.py
            f"SELECT {', '.join(shown)}\n"  # noqa: S608 - names are quoted
            f"FROM ML.PREDICT(MODEL {self.model.quoted}, (\n"
            f"  SELECT\n    {inner}\n"
            f"  FROM {rows}\n"
            "))"
        )

    def _given(self, column: Column, sources: Sources) -> str:
        """One column as the model takes it."""
        wanted = self.inputs[column.name]
        if column.name in sources:
            source, kind = sources[column.name]
            found = (remote if self.over else imported)(column, kind, source)
        else:
            found = f"CAST(NULL AS {_SENT[column.kind]})" if self.over else absent(column)
        if wanted in self.lists:
            found = f"[{found}]"
        return found if found == quoted(wanted) else f"{found} AS {quoted(wanted)}"

    def _shown(self) -> list[str]:
        """What is selected of the answers."""
        said = [self._one(name) for name in self.outputs]
        if self.over or not self.contract.classes:
            return said
        label, probabilities = said[0], quoted(self.outputs[1])
        if self.contract.task == "binary":
            return [label, f"{probabilities}[OFFSET(1)] AS score", probabilities]
        return [label, probabilities]

    def _one(self, name: str) -> str:
        """An output that is one value, whichever form it comes in."""
        return f"{quoted(name)}[OFFSET(0)] AS {quoted(name)}" if name in self.lists else quoted(name)

    def _beside(self, name: str) -> str:
        """What a column that is kept is called: an input of that name is another thing."""
        taken = {given.lower() for given in (*self.inputs.values(), *self.outputs)}
        return f"kept_{name}" if name.lower() in taken else name
