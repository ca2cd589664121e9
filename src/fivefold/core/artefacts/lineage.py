"""Lineage: where a table came from; kept beside an artefact's digest, not in it, so that equal rows give equal datasets."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Lineage"]


@dataclass(frozen=True, slots=True)
class Lineage:
    """One table that was brought here.

    Attributes
    ----------
    source : str
        What a report may call it: never an absolute path or a password.
    form : str
        ``CSV``, ``Parquet``, ``PostgreSQL``, ``BigQuery``, ``polars frame``, ...
    digest : str
        Of the source's content as it came.
    rows : int
    bytes : int
        Bytes that were read from the source.
    query : str
        The statement that the source ran; empty for files and frames.
    fetched : str
        ISO time, UTC.
    money : float
        What it cost, in the budget's currency.
    """

    source: str
    form: str
    digest: str
    rows: int = 0
    bytes: int = 0
    query: str = ""
    fetched: str = ""
    money: float = 0.0
