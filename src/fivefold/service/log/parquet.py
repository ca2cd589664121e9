"""A log as segments in a folder: Parquet files that any tool for tables reads, each written whole or not at all."""

from __future__ import annotations

import itertools
import os
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from fivefold.core.errors import ArtefactError, InputError
from fivefold.service.log.backend import READ_ROWS, Pace, UnwrittenError
from fivefold.service.log.entry import Line, Prediction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from fivefold.core.tables import Frame
    from fivefold.service.log.entry import Batch, LabelLine

__all__ = ["ParquetLog"]

_FORMAT = "fivefold.log.format"
_COUNTS = "fivefold.log.counts"
_KNOWN = "1"
_LATENCIES = 10_000
_STALE_SECONDS = 3600.0


class ParquetLog:
    """A folder of segments, named by the moment of their first line; several services may share it.

    A segment holds what came within a minute, or 10,000 lines, and in its metadata what the log counted meanwhile. So the
    last minute is missing after a kill: this kind of log has no durable mode and takes no labels.

    Parameters
    ----------
    folder : Path
        Made if absent.
    pace : Pace, optional
        How much makes a segment.
    """

    commits = False
    keeps_labels = False

    def __init__(self, folder: Path, *, pace: Pace | None = None) -> None:
        self.pace = pace or Pace(seconds=60.0, rows=10_000)
        self._folder = folder
        self._life = secrets.token_hex(4)
        self._count = itertools.count(1)

    def open(self, *, durable: bool) -> None:  # noqa: ARG002 - never asked for
        """Make the folder, and clear away what a killed service left half-written.

        Raises
        ------
        InputError
            When it cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / f".{self._life}.part"
            probe.write_bytes(b"")
            probe.unlink()
            for part in self._folder.glob(".*.part"):
                if part.stat().st_mtime < time.time() - _STALE_SECONDS:
                    part.unlink(missing_ok=True)
        except OSError as error:
            raise InputError(
                f"The prediction log '{self._folder}' cannot be written",
                seen=error.strerror or str(error),
                expected="a folder for Parquet segments, or a place where one can be made",
                todo="name another folder, or change its permissions",
            ) from error

    def write(self, batch: Batch) -> list[int]:
        """Write a batch as one segment."""
        import polars as pl

        lines = list(batch.lines())
        columns = {name: [line[place] for line in lines] for place, name in enumerate(Line._fields)}
        first = datetime.fromtimestamp(lines[0].time if lines else time.time(), UTC)
        name = f"{first:%Y%m%dT%H%M%S.%fZ}-{self._life}-{next(self._count):06d}.parquet"
        part = self._folder / f".{name}.part"
        try:
            frame = pl.DataFrame(columns, schema=_schema()).with_columns(_moments())
            words = {_FORMAT: _KNOWN, _COUNTS: orjson.dumps(batch.counts).decode()}
            with part.open("wb") as file:
                frame.write_parquet(file, compression="zstd", metadata=words)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / name)
        except (OSError, pl.exceptions.PolarsError) as error:
            part.unlink(missing_ok=True)
            raise UnwrittenError(str(error), passing=True) from error
        return []

    def close(self) -> None:
        """Nothing is open between two segments."""

    def prune(self, before: float) -> int:
        """Delete the segments whose lines are all older."""
        import polars as pl

        gone = 0
        for path in self._segments():
            scan = pl.scan_parquet(path, glob=False)
            try:
                last = scan.select(pl.col("time").max(), pl.len().alias("n")).collect()
            except (OSError, pl.exceptions.PolarsError):
                continue  # another service was quicker, or it is none of ours: whoever reads it will say so
            moment, lines = last.row(0)
            if isinstance(moment, datetime) and moment.replace(tzinfo=UTC).timestamp() < before:
                path.unlink(missing_ok=True)
                gone += int(lines)
        return gone

    def predictions(self, version: str) -> Iterator[list[Prediction]]:
        """Lines of the log, oldest first."""
        import polars as pl

        for path in self._segments():
            try:
                _check_format(path)
                frame = pl.scan_parquet(path, glob=False)
                if version:
                    frame = frame.filter(pl.col("version") == version)
                seconds = pl.col("time").dt.epoch("us") / 1_000_000
                found = frame.select(seconds, *Prediction._fields[1:]).collect()
            except (OSError, pl.exceptions.PolarsError) as error:
                raise _unreadable(path, str(error)) from error
            for part in found.iter_slices(READ_ROWS):
                yield [Prediction._make(row) for row in part.iter_rows()]

    def requests(self) -> tuple[dict[str, float], list[float]]:
        """Counters and latencies."""
        counters: dict[str, float] = {}
        latencies: list[float] = []
        for path in reversed(self._segments()):
            for name, value in _check_format(path).items():
                counters[name] = counters.get(name, 0.0) + value
            if len(latencies) < _LATENCIES:
                latencies += _latencies(path)
        return counters, latencies[:_LATENCIES]

    def labels(self) -> Iterator[list[LabelLine]]:
        """None: labels need a log that commits them."""
        return iter(())

    def _segments(self) -> list[Path]:
        """Segments, oldest first."""
        return sorted(self._folder.glob("[!.]*.parquet")) if self._folder.is_dir() else []


def _schema() -> dict[str, pl.DataType]:
    """Types of a segment's columns, before times are moments."""
    import polars as pl

    whole, number = ("position", "unseen", "extra"), ("time", "latency_ms")
    return {
        name: pl.Int32() if name in whole else pl.Float64() if name in number else pl.String()
        for name in Line._fields
    }


def _moments() -> pl.Expr:
    """Seconds since 1970 as a moment in UTC."""
    import polars as pl

    return (pl.col("time") * 1_000_000).round().cast(pl.Int64).cast(pl.Datetime("us", "UTC"))


def _check_format(path: Path) -> dict[str, float]:
    """Return what a segment counted; refuse a file of another kind or version."""
    import polars as pl

    try:
        words = pl.read_parquet_metadata(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _unreadable(path, str(error)) from error
    if words.get(_FORMAT) != _KNOWN:
        raise _unreadable(path, f"format {words.get(_FORMAT, 'unknown')}, and this version knows {_KNOWN}")
    counts: dict[str, float] = orjson.loads(words[_COUNTS])
    return counts


def _latencies(path: Path) -> list[float]:
    """Latencies of a segment's requests, the latest first."""
    import polars as pl

    frame: Frame = pl.read_parquet(path, columns=["request_id", "position", "latency_ms"], glob=False)
    answered = frame.filter(pl.col("position") >= 0)
    place, name = pl.col("position"), pl.col("request_id")
    first = name.ne_missing(name.shift()) | (place.shift() >= place)
    return answered.filter(first)["latency_ms"].reverse().to_list()


def _unreadable(path: Path, seen: str) -> ArtefactError:
    """Make the error that names a segment."""
    return ArtefactError(
        f"The prediction log '{path.parent}' cannot be read",
        seen=f"segment {path.name}: {seen.splitlines()[0] if seen else 'damaged'}",
        expected="Parquet segments that a service of this version wrote, and nothing else",
        todo="move that file elsewhere, or name the right folder",
    )
