"""Window: what a release was asked and answered since it began, read from its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.protocols import Window
from fivefold.service.history import read_log, read_requests

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from fivefold.core.artefacts import Column, Contract, Model, Reference
    from fivefold.core.tables import Frame

__all__ = ["LOG", "empty_log", "read_window"]

LOG = "predictions.sqlite"
"""Name of the log in a run's live folder."""


def read_window(model: Model, contract: Contract, reference: Reference, live: Path) -> Window:
    """Read everything that was logged.

    Parameters
    ----------
    model : Model
        Gives the headline metric and its value on the sealed part.
    contract, reference : Contract, Reference
        As the bundle carries them.
    live : Path
        The run's live folder; a missing log is an empty one.
    """
    log = live / LOG
    rows, scores = read_log(log, contract) if log.is_file() else empty_log(contract)
    sealed = model.evaluation.score(model.metric)
    return Window(
        contract=contract,
        reference=reference,
        metric=model.metric,
        sealed=sealed.value,
        rows=rows,
        scores=scores,
        truth=None,
        requests=read_requests(log) if log.is_file() else {},
        sealed_interval=(sealed.low, sealed.high),
    )


def empty_log(contract: Contract) -> tuple[Frame, Frame]:
    """Rows and scores of a release that has not been asked anything."""
    import polars as pl

    answers: dict[str, pl.DataType | type[pl.DataType]] = {
        "time": pl.Datetime("us", "UTC"),
        "prediction_id": pl.String,
    }
    if contract.task == "regression":
        answers["value"] = pl.Float64
    else:
        answers["label"] = pl.String
        answers |= {f"probability: {label}": pl.Float64 for label in contract.classes}
    rows = pl.DataFrame(schema={column.name: _type(column) for column in contract.columns})
    return rows, pl.DataFrame(schema=answers | {"unseen": pl.Int64, "extra": pl.Int64})


def _type(column: Column) -> pl.DataType:
    """The snapshot's type of a column's values."""
    import polars as pl

    return {
        "number": pl.Float64(),
        "integer": pl.Int64(),
        "boolean": pl.Boolean(),
        "string": pl.String(),
        "datetime": pl.Datetime("us"),
    }[column.kind]
