"""Inflating: one whole stream, up to an agreed size, and nothing else."""

from __future__ import annotations

import gzip
import zlib

import pytest

from fivefold.core.inflation import GZIP, GZIP_OR_ZLIB, inflate

DATA = b"tree" * 1_000


@pytest.mark.parametrize("head", [GZIP, GZIP_OR_ZLIB])
def test_as_much_as_was_agreed_comes_out_and_a_byte_more_does_not(head: int) -> None:
    small = gzip.compress(DATA)
    assert inflate(small, len(DATA), head) == DATA
    with pytest.raises(OverflowError):
        inflate(small, len(DATA) - 1, head)
    with pytest.raises(OverflowError):
        inflate(small, 0, head)


def test_either_head_is_taken_only_where_both_are_meant() -> None:
    assert inflate(zlib.compress(DATA), len(DATA), GZIP_OR_ZLIB) == DATA
    with pytest.raises(zlib.error):
        inflate(zlib.compress(DATA), len(DATA))


@pytest.mark.parametrize("cut", [0, 1, 9, 20, -8, -1])
def test_a_stream_that_is_cut_off_is_none(cut: int) -> None:
    with pytest.raises(zlib.error):
        inflate(gzip.compress(DATA)[:cut], len(DATA))


def test_a_stream_that_goes_on_behind_its_end_is_none() -> None:
    with pytest.raises(zlib.error, match="too soon or too late"):
        inflate(gzip.compress(DATA) * 2, 2 * len(DATA))
