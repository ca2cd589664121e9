"""Fetching a file, and what is said when it cannot be."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from fivefold.core.errors import InputError
from fivefold.core.extract import DataSettings, Extract
from fivefold.data.gather import gather

if TYPE_CHECKING:
    from fivefold.core.protocols import Fetched

__all__ = ["brought", "label", "read", "refusal"]


def brought(address: object, folder: Path, extract: dict[str, Any], settings: dict[str, Any]) -> Fetched:
    return gather(Extract(address, DataSettings(**settings), **extract), folder)


def read(address: object, *, keep: tuple[str, ...] = (), seed: int = 0, **settings: Any) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        return pl.read_parquet(brought(address, Path(folder), {"keep": keep, "seed": seed}, settings).path)


def label(address: object, **settings: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return brought(address, Path(folder), {}, settings).label


def refusal(address: object, **settings: Any) -> InputError:
    """The one clear error; nothing but it is left behind."""
    with tempfile.TemporaryDirectory() as folder:
        with pytest.raises(InputError) as caught:
            brought(address, Path(folder), {}, settings)
        left = [path.name for path in Path(folder).rglob("*") if path.is_file() and "spill" not in path.parts]
    error = caught.value
    assert error.exit_code == 2
    assert error.what
    assert error.seen
    assert error.expected
    assert error.todo
    assert [name for name in left if not name.endswith(".parquet")] == []
    return error
