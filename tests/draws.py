"""Draws of a table at random: the first one in every run of the tests, the others with those that take long."""

from __future__ import annotations

import pytest

__all__ = ["draws"]


def draws(count: int) -> list[object]:
    """Return so many seeds."""
    return [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, count))]
