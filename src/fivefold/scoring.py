"""Batch prediction: rows in, the same rows in the same order with predictions out, part by part, so that a file may have any size.

Parts that are done lie beside the output until all of them are; an attempt that was ended goes on from there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.errors import InputError
from fivefold.core.extract import Extract
from fivefold.core.workbench import Silence
from fivefold.data.gather import gather

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.tables import Frame
    from fivefold.core.workbench import Progress
    from fivefold.runtime.predictor import Predictor

__all__ = ["Tally", "score_file", "score_frame"]

FORMATS = (".parquet", ".csv", ".jsonl")
_ROWS = 262_144
"""Rows of a part."""


def score_file(
    predictor: Predictor,
    address: str,
    out: Path,
    *,
    coverage: float | None = None,
    columns: Sequence[str] | None = None,
    progress: Progress | None = None,
    rows: int = _ROWS,
) -> Tally:
    """Score a file; never more than a part of it is in memory.

    Parameters
    ----------
    predictor : Predictor
    address : str
        The rows.
    out : Path
        ``.parquet``, ``.csv`` or ``.jsonl``; appears only when whole.
    coverage : float, optional
        As for :func:`score_frame`.
    columns : sequence of str, optional
        Those of the input that stand in the output, such as a key; all of them if none is named.
    progress : Progress, optional
    rows : int
        Of a part. What was ended is taken up again by a call with the same words.

    Returns
    -------
    Tally

    Raises
    ------
    InputError
        When the file lacks a column, or the output cannot be written.
    RequestError
        When the model does not offer the coverage.
    """
    _check_output(out)
    words = (address, predictor.version, coverage, columns, rows, out.name)
    name = hashlib.sha256(repr(words).encode()).hexdigest()[:16]
    work = _Work(out.parent / f".fivefold-{name}", out, progress or Silence())
    work.folder.mkdir(exist_ok=True)
    shutil.rmtree(work.folder / "table", ignore_errors=True)
    (work.folder / "table").mkdir()
    try:
        fetched = gather(Extract(address), work.folder / "table")
        _check_columns(fetched.path, columns)
        work.begin(fetched.digest)
        total = work.score(predictor, fetched.path, rows, coverage, columns)
        work.join()
    except BaseException:
        try:
            work.leave()
        except KeyboardInterrupt:  # of one Ctrl-C, Polars raises its own, and Python's comes a moment later
            work.leave()
        raise
    shutil.rmtree(work.folder)
    return Tally(total, work.unread)


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of a file.

    Attributes
    ----------
    rows : int
        Rows that have a prediction.
    unread : dict of str to int
        By column, cells that could not be read and count as missing, in what this call scored.
    """

    rows: int
    unread: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Work:
    """Parts of an output, in a folder beside it."""

    folder: Path
    out: Path
    progress: Progress
    unread: dict[str, int] = field(default_factory=dict)

    def begin(self, digest: str) -> None:
        """Keep the parts of an earlier attempt, unless the table is another one by now."""
        mark = self.folder / "digest"
        if not mark.is_file() or mark.read_text() != digest:
            for part in self._parts():
                part.unlink()
            mark.write_text(digest)

    def score(
        self,
        predictor: Predictor,
        table: Path,
        rows: int,
        coverage: float | None,
        columns: Sequence[str] | None,
    ) -> int:
        """Score what is not there yet, and return how many rows there are in all."""
        import polars as pl

        scan = pl.scan_parquet(table, glob=False)
        total = int(scan.select(pl.len()).collect().item())
        starts = range(0, total, rows)
        for number, start in enumerate(starts):
            part = self._part(number)
            if not part.is_file():
                frame = scan.slice(start, rows).collect(engine="streaming")
                scored = score_frame(predictor, frame, coverage=coverage, unread=self.unread)
                if columns is not None:  # one that is called as a prediction was replaced by it, and stays
                    others = set(frame.columns) - set(columns)
                    scored = scored.drop(others - _told_by(predictor, coverage))
                self._write(part, scored, header=number == 0)
            self.progress.advance(
                (number + 1) / len(starts), f"{min(start + rows, total):,} of {total:,} rows"
            )
        return total

    def join(self) -> None:
        """Make one file of the parts, which appears whole."""
        import polars as pl

        whole = self.folder / f"whole{self.out.suffix}"
        parts = self._parts()
        if len(parts) == 1:
            parts[0].replace(self.out)
            return
        if self.out.suffix == ".parquet":
            pl.scan_parquet(parts, glob=False).sink_parquet(whole, maintain_order=True)
        else:
            with whole.open("wb") as stream:
                for part in parts:
                    with part.open("rb") as piece:
                        shutil.copyfileobj(piece, stream)
        whole.replace(self.out)

    def leave(self) -> None:
        """Leave only the parts behind, and nothing where there is none: the table is read again in any case."""
        shutil.rmtree(self.folder / "table", ignore_errors=True)
        for half in (*self.folder.glob("begun.*"), *self.folder.glob("whole.*")):
            half.unlink()
        if not self._parts():
            shutil.rmtree(self.folder)

    def _part(self, number: int) -> Path:
        """Where a part lies."""
        return self.folder / f"part-{number:06d}{self.out.suffix}"

    def _parts(self) -> list[Path]:
        """Those that are there, in order."""
        return sorted(self.folder.glob("part-*"))

    def _write(self, part: Path, scored: Frame, *, header: bool) -> None:
        """Write a part, whole or not at all."""
        begun = part.with_name(f"begun{part.suffix}")
        if part.suffix == ".parquet":
            scored.write_parquet(begun)
        elif part.suffix == ".csv":
            scored.write_csv(begun, include_header=header)
        else:
            scored.write_ndjson(begun)
        begun.replace(part)


def _told_by(predictor: Predictor, coverage: float | None) -> set[str]:
    """Names of the columns that predictions are told in."""
    names = {"prediction", *(f"probability: {label}" for label in predictor.contract.classes)}
    return names | (set() if coverage is None else {"set", "interval: low", "interval: high"})


def _check_output(out: Path) -> None:
    """Refuse an output that could not be written in the end."""
    if out.suffix not in FORMATS:
        raise InputError(
            "The output's form is unknown",
            seen=str(out),
            expected=", ".join(FORMATS),
            todo="name --out with one of them",
        )
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        raise InputError(
            f"The folder '{out.parent}' cannot be written",
            expected="a folder that is there and may be written",
            todo="choose another with --out",
        )


def _check_columns(table: Path, columns: Sequence[str] | None) -> None:
    """Refuse columns that are to stand in the output and are not in the table."""
    import polars as pl

    names = pl.scan_parquet(table, glob=False).collect_schema().names()
    lacking = [name for name in columns or () if name not in names]
    if lacking:
        raise InputError(
            f"The table has no column '{lacking[0]}'",
            seen=", ".join(names[:12]),
            expected="columns of the table",
            todo="name --columns as the table does",
        )


def score_frame(
    predictor: Predictor,
    frame: Frame,
    *,
    coverage: float | None = None,
    unread: dict[str, int] | None = None,
) -> Frame:
    """Return the frame with its predictions.

    Parameters
    ----------
    predictor : Predictor
    frame : Frame
    coverage : float, optional
        Share of rows for which to say how sure each prediction is; one of the predictor's ``levels``.
    unread : dict of str to int, optional
        Takes, by column, how many cells could not be read, and count as missing; without it a warning says so.

    Returns
    -------
    Frame
        With ``prediction``, and one ``probability: CLASS`` column per class; with a coverage also ``interval: low`` and
        ``interval: high``, or ``set``, its classes between bars.

    Raises
    ------
    RequestError
        When the model does not offer the coverage.
    """
    import polars as pl

    scores, classes = predictor.scores(frame, unread), predictor.contract.classes
    columns = [pl.Series("prediction", predictor.labels(scores))]
    for position, label in enumerate(classes):
        columns.append(pl.Series(f"probability: {label}", scores[:, position]))
    if coverage is not None and classes:
        held = predictor.sets(scores, coverage).tolist()
        names = [
            " | ".join(name for name, inside in zip(classes, row, strict=True) if inside) for row in held
        ]
        columns.append(pl.Series("set", names, dtype=pl.String))
    elif coverage is not None:
        ends = predictor.intervals(scores, coverage)
        columns += [
            pl.Series(f"interval: {end}", ends[:, place]) for place, end in enumerate(("low", "high"))
        ]
    return frame.with_columns(columns)
