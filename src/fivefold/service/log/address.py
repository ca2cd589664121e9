"""Addresses: which kind of log ``--log`` names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from fivefold.core.credentials import NOT_REPEATED, may_hold_secret
from fivefold.core.errors import InputError, SettingsError
from fivefold.core.quantities import parse_seconds
from fivefold.service.log.backend import Prunable, Readable
from fivefold.service.log.parquet import ParquetLog
from fivefold.service.log.postgresql import PostgreSQLLog
from fivefold.service.log.prediction_log import MODES, PredictionLog
from fivefold.service.log.sqlite import SQLiteLog
from fivefold.service.log.stdout import StdoutLog

if TYPE_CHECKING:
    from fivefold.service.log.backend import Backend
    from fivefold.service.log.prediction_log import Mode

__all__ = ["NO_LOG", "backend_of", "check_log", "is_place", "mode_of", "open_log", "readable"]

NO_LOG = "none"
_STDOUT = ("stdout", "-")
_FILES = (".sqlite", ".sqlite3", ".db")  # a folder of such a name was surely not meant
_FORMS = "a file (SQLite), a folder (Parquet segments), postgresql://user@host/database, stdout, or none"


def open_log(
    address: str | Path, *, mode: Mode = "async", keep: str = "", capacity: int = 100_000
) -> PredictionLog | None:
    """Open the log that an address names.

    Parameters
    ----------
    address : str or Path
        A file is an SQLite log. A folder that exists, or a path that ends in a stroke, is one of Parquet segments;
        ``postgresql://user@host/database`` a database, ``stdout`` or ``-`` standard output, ``none`` no log at all.
    mode : {"async", "durable"}
        ``durable`` answers a request when its rows are committed.
    keep : str
        How long lines are kept, such as ``30d``; empty keeps them for ever.
    capacity : int
        Lines that may wait to be written.

    Raises
    ------
    InputError
        When there is no such kind of log, or it cannot be written.
    SettingsError
        When this kind of log has no such mode, or cannot forget.
    MissingExtraError
        When the driver of a database is not installed.
    """
    backend, seconds = check_log(address, mode=mode, keep=keep)
    return None if backend is None else PredictionLog(backend, mode=mode, capacity=capacity, keep=seconds)


def check_log(address: str | Path, *, mode: Mode, keep: str) -> tuple[Backend | None, float | None]:
    """Return the kind of log, and the seconds that it keeps its lines, if the three go together; nothing is opened.

    Raises
    ------
    InputError, SettingsError
        As for :func:`open_log`.
    """
    seconds = _seconds(keep) if keep else None
    if address == NO_LOG:
        _refuse_durable(mode)
        return None, seconds
    backend = backend_of(address)
    if mode == "durable" and not backend.commits:
        raise SettingsError(
            "A log of Parquet segments has no durable mode",
            seen=f"--log-mode durable with the folder '{address}'",
            expected="a log that commits each answer before it is given: SQLite, PostgreSQL or standard output",
            todo="name a file or a database as --log, or leave --log-mode out",
        )
    if seconds is not None and not isinstance(backend, Prunable):
        raise SettingsError(
            "Standard output cannot forget",
            seen=f"--log-keep {keep} with --log {address}",
            expected="a log in a file, a folder or a database",
            todo="leave --log-keep out",
        )
    return backend, seconds


def is_place(address: str) -> bool:
    """Whether an address names a place that lines can be read from afterwards.

    Examples
    --------
    >>> [is_place(address) for address in ("none", "stdout", "-", "segments/")]
    [False, False, False, True]
    """
    return address not in (NO_LOG, *_STDOUT)


def mode_of(text: str) -> Mode:
    """Return the mode of a log by its name.

    Raises
    ------
    SettingsError
        When there is none of this name.
    """
    for mode in MODES:
        if mode == text:
            return mode
    raise SettingsError(
        "There is no such mode of the log",
        seen=repr(text),
        expected=" or ".join(MODES),
        todo="give --log-mode another value",
    )


def readable(address: str | Path) -> Readable:
    """Return the log that an address names, for reading.

    Raises
    ------
    InputError
        When nothing can be read there.
    """
    backend = backend_of(address)
    if isinstance(backend, Readable):
        return backend
    raise InputError(
        "This log cannot be read",
        seen=f"'{address}'",
        expected="a file (SQLite), a folder (Parquet segments) or postgresql://user@host/database",
        todo="name the log that the service writes to, or bring its lines into one of these",
    )


def backend_of(address: str | Path) -> Backend:
    """Return the kind of log that an address names.

    Raises
    ------
    InputError
        When there is none; an address that may hold a password is not repeated.

    Examples
    --------
    >>> type(backend_of("live/predictions.sqlite")).__name__, type(backend_of("segments/")).__name__
    ('SQLiteLog', 'ParquetLog')
    """
    words = str(address)
    scheme, mark, place = words.partition("://")
    if isinstance(address, Path) or not mark:
        if address in _STDOUT:
            return StdoutLog()
        if may_hold_secret(words) and not Path(words).exists():
            raise _unknown(words)
        folder = words.endswith(os.sep) or (Path(words).is_dir() and Path(words).suffix not in _FILES)
        return ParquetLog(Path(words)) if folder else SQLiteLog(Path(words))
    if scheme.lower() in ("postgresql", "postgres") and "#" not in place:
        return PostgreSQLLog(words)
    if scheme.lower() == "sqlite" and place.startswith("/"):
        return SQLiteLog(Path(unquote(place[1:])))
    raise _unknown(words)


def _seconds(keep: str) -> float:
    """How long lines are kept."""
    try:
        return parse_seconds(keep)
    except SettingsError:
        raise SettingsError(
            "It cannot be told how long the log is to be kept",
            seen=repr(keep),
            expected="a stretch of time such as 30d or 12h",
            todo="give --log-keep a number and a unit (min, h, d)",
        ) from None


def _refuse_durable(mode: Mode) -> None:
    """Refuse to promise what no log can keep."""
    if mode == "durable":
        raise SettingsError(
            "Without a log nothing is durable",
            seen="--log-mode durable with --log none",
            expected="a log in a file or a database, or standard output",
            todo="name one as --log, or leave --log-mode out",
        )


def _unknown(address: str) -> InputError:
    """Make the error for an address of no kind."""
    return InputError(
        "There is no such kind of prediction log",
        seen=f"an address {NOT_REPEATED}" if may_hold_secret(address) else f"'{address}'",
        expected=_FORMS,
        todo="write the address in one of these forms; a database's has no table after #",
    )
