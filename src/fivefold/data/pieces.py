"""Pieces: the words that a column's name is made of."""

from __future__ import annotations

import re

__all__ = ["pieces"]

_PIECES = re.compile(r"[A-Z]+(?![a-z])|[^\W\d_A-Z]+|[A-Z][^\W\d_A-Z]+|[0-9]+")


def pieces(name: str) -> list[str]:
    """Words of a column's name in small letters; figures are words of their own.

    Examples
    --------
    >>> pieces("PatientID"), pieces("date_of_birth"), pieces("email2")
    (['patient', 'id'], ['date', 'of', 'birth'], ['email', '2'])
    """
    return [piece.lower() for piece in _PIECES.findall(name)]
