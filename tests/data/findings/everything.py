"""Everything that is planted, for the tests and for ``benchmarks/data/findings.py``."""

from __future__ import annotations

from tests.data.findings import (
    planted_answers,
    planted_copies,
    planted_filled,
    planted_leaks,
    planted_quality,
    planted_structure,
    planted_words,
)

__all__ = ["PLANTED"]

PLANTED = (
    *planted_leaks.PLANTED,
    *planted_filled.PLANTED,
    *planted_structure.PLANTED,
    *planted_copies.PLANTED,
    *planted_quality.PLANTED,
    *planted_words.PLANTED,
    *planted_answers.PLANTED,
)
