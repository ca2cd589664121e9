"""Reading a log: what was asked, answered and found true, as frames in the contract's types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from fivefold.runtime.values import parse_boolean
from fivefold.service.log.address import readable
from fivefold.service.log.entry import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from fivefold.core.artefacts import Contract, Kind
    from fivefold.core.tables import Frame
    from fivefold.service.log.entry import LabelLine, Prediction

__all__ = ["read_labels", "read_log", "read_requests"]


def read_log(address: str | Path, contract: Contract, *, version: str = "") -> tuple[Frame, Frame]:
    """Read what a release was asked and answered, oldest first; a service may be writing meanwhile.

    Parameters
    ----------
    address : str or Path
        As for :func:`~fivefold.service.log.open_log`; a log that does not exist gives empty frames.
    contract : Contract
        Its columns make the first frame.
    version : str
        Read only what the bundle of this version answered; empty reads all.

    Returns
    -------
    rows : Frame
        One row per prediction: the contract's columns as the service understood them, typed as in the snapshots; a
        personal column is null throughout.
    scores : Frame
        Same height: ``time`` (Datetime in UTC, without zone), ``prediction_id``, ``label`` and ``probability: CLASS`` per
        class, or ``value``; ``unseen`` and ``extra`` (see :class:`fivefold.core.protocols.Window`).

    Raises
    ------
    InputError
        When the address names nothing that can be read.
    ArtefactError
        When what is there is no prediction log, or of another version.
    """
    import polars as pl

    rows, scores = [_rows_frame((), contract)], [_scores_frame((), contract)]
    for lines in readable(address).predictions(version):
        rows.append(_rows_frame([orjson.loads(line.features) for line in lines], contract))
        scores.append(_scores_frame(lines, contract))
    return pl.concat(rows), pl.concat(scores)


def read_requests(address: str | Path) -> dict[str, float]:
    """Read the counters of a log: all requests for predictions since it began.

    Returns
    -------
    dict of str to float
        ``requests`` (all), ``refused`` (4xx), ``errors`` (5xx), ``predictions`` (rows answered), ``dropped`` (rows that are
        missing from the log), ``rows_refused`` (rows that could not be understood), ``rehearsed`` (requests of rehearsals that were
        refused, which the others do not count), and ``p50_ms`` and ``p95_ms`` of the latest 10,000 answered requests; zeros without a log.
    """
    counters, latencies = readable(address).requests()
    found = dict.fromkeys((*COUNTERS, "p50_ms", "p95_ms"), 0.0) | counters
    times = sorted(latencies)
    if times:
        found["p50_ms"] = times[len(times) // 2]
        found["p95_ms"] = times[len(times) * 95 // 100]
    return found


def read_labels(address: str | Path, contract: Contract) -> Frame:
    """Read what came in as labels, in the order of arrival: the history, in which the last of several for one prediction counts.

    Returns
    -------
    Frame
        ``prediction_id`` (String), ``label`` (Float64 for regression, else String), and ``known_at`` (Datetime in UTC,
        without zone): when it arrived.
    """
    import polars as pl

    return pl.concat(
        [
            _labels_frame((), contract),
            *(_labels_frame(lines, contract) for lines in readable(address).labels()),
        ]
    )


def _labels_frame(lines: Sequence[LabelLine], contract: Contract) -> Frame:
    """Labels as columns; of classes their texts, since what another version took may be of another type."""
    import polars as pl

    values = [orjson.loads(line.label) for line in lines]
    if contract.task == "regression":
        labels = pl.Series("label", values, dtype=pl.Float64, strict=False)
    else:
        texts = [value if isinstance(value, str) else orjson.dumps(value).decode() for value in values]
        labels = pl.Series("label", texts, dtype=pl.String)
    ids = pl.Series("prediction_id", [line.prediction_id for line in lines], dtype=pl.String)
    times = [_moment(line.time) for line in lines]
    return pl.DataFrame([ids, labels, pl.Series("known_at", times, dtype=pl.Datetime("us"))])


def _moment(seconds: float) -> datetime:
    """A moment in UTC, without zone."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _rows_frame(rows: Sequence[Mapping[str, object]], contract: Contract) -> Frame:
    """Features as columns of the contract's types."""
    import polars as pl

    types: dict[Kind, pl.DataType] = {
        "number": pl.Float64(),
        "integer": pl.Int64(),
        "boolean": pl.Boolean(),
        "string": pl.String(),
        "datetime": pl.Datetime("us"),
    }
    columns: list[pl.Series] = []
    for column in contract.columns:
        listed = [row.get(column.name) for row in rows]
        if column.kind == "datetime":
            listed = [datetime.fromisoformat(value) if isinstance(value, str) else None for value in listed]
        columns.append(pl.Series(column.name, listed, dtype=types[column.kind], strict=False))
    return pl.DataFrame(columns)


def _scores_frame(lines: Sequence[Prediction], contract: Contract) -> Frame:
    """Answers as columns."""
    import polars as pl

    answers = [orjson.loads(line.prediction) for line in lines]
    times = [_moment(line.time) for line in lines]
    columns = [
        pl.Series("time", times, dtype=pl.Datetime("us")),
        pl.Series("prediction_id", [line.prediction_id for line in lines], dtype=pl.String),
    ]
    if contract.task == "regression":
        columns.append(pl.Series("value", [answer.get("value") for answer in answers], dtype=pl.Float64))
    else:
        names = _class_names(contract)
        labels = [names.get(answer.get("label")) for answer in answers]
        columns.append(pl.Series("label", labels, dtype=pl.String))
        for name in contract.classes:
            shares = [answer.get("probabilities", {}).get(name) for answer in answers]
            columns.append(pl.Series(f"probability: {name}", shares, dtype=pl.Float64))
    columns.append(pl.Series("unseen", [line.unseen for line in lines], dtype=pl.Int64))
    columns.append(pl.Series("extra", [line.extra for line in lines], dtype=pl.Int64))
    return pl.DataFrame(columns)


def _class_names(contract: Contract) -> dict[object, str]:
    """Classes as the contract writes them, by the label of an answer, which has the source's type."""
    readers: dict[Kind, Callable[[str], object]] = {
        "integer": int,
        "number": float,
        "boolean": parse_boolean,
    }
    read = readers.get(contract.target_kind, str)
    return {read(name): name for name in contract.classes}
