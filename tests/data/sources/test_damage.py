"""Damage inside a Parquet file: what cannot be a value is told once, when the file is read."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fivefold.core.errors import InputError
from fivefold.core.extract import Extract
from fivefold.data.gather import gather

ROWS = 400


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    chance = np.random.default_rng(0)
    hours = chance.integers(0, 9_999, ROWS).tolist()
    frame = pl.DataFrame(
        {
            "amount": chance.normal(size=ROWS),
            "when": [dt.datetime(2020, 1, 1) + dt.timedelta(hours=one) for one in hours],  # noqa: DTZ001 - has no zone
            "name": [f"café{number}" for number in chance.integers(0, 10**9, ROWS)],
            "word": [("rød", "blå")[one] for one in chance.integers(0, 2, ROWS)],
        }
    )
    frame.write_parquet(tmp_path / "whole.parquet", compression="uncompressed", statistics=False)
    return (tmp_path / "whole.parquet").read_bytes()


def gathered(path: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return pl.read_parquet(gather(Extract(path), Path(folder)).path).height


@pytest.mark.parametrize("text", ["café", "rød"])
def test_bytes_that_are_no_text_are_told_as_damage(whole: bytes, tmp_path: Path, text: str) -> None:
    path, sign = tmp_path / "damaged.parquet", text[-2:].encode()
    place = whole.index(text.encode()) + len(text.encode()) - len(sign)
    path.write_bytes(whole[:place] + b"\xff\xfe\xfd"[: len(sign)] + whole[place + len(sign) :])
    with pytest.raises(InputError, match="cannot be read as Parquet") as caught:
        gathered(path)
    assert "not valid UTF8" in caught.value.seen
    assert "damaged" in caught.value.todo
    assert str(tmp_path) not in caught.value.seen


@pytest.mark.parametrize("seed", range(12))
def test_random_bytes_are_values_or_one_clear_error(whole: bytes, tmp_path: Path, seed: int) -> None:
    chance, path = np.random.default_rng(seed), tmp_path / "damaged.parquet"
    place, size = int(chance.integers(4, len(whole) - 2_000)), int(chance.choice([1, 8, 200]))
    path.write_bytes(whole[:place] + chance.bytes(size) + whole[place + size :])
    try:
        assert gathered(path) == ROWS
    except InputError as error:
        assert error.what.endswith("cannot be read as Parquet")  # noqa: PT017 - either is right
