"""Remarks: a phrase that comes back among numbers, such as ``keine Angabe`` or ``trace``, says why there is none."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from fivefold.data.absent import Absent
from fivefold.data.forms import NUMBERED
from fivefold.data.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DOUBTED", "known_remarks", "remarks"]

DOUBTED = "a phrase that comes back among numbers"
"""How the reason begins where nothing but that speaks for a missing value."""
_KNOWN = {
    "not measured", "not tested", "not done", "not collected", "not reported", "not given", "not stated", "no answer",
    "no response", "no information", "no reading", "prefer not to say", "none recorded", "below detection limit",
    "keine angabe", "keine angaben", "keine daten", "k.a.", "k. a.", "k.a", "ohne angabe", "nicht gemessen", "nicht erfasst",
    "nicht bekannt", "nicht verfügbar", "unbekannt", "non mesuré", "non renseigné", "non disponible", "inconnu", "sin dato",
    "sin datos", "sin información", "no disponible", "no medido", "desconocido", "s/d", "non misurato", "non disponibile",
    "sconosciuto", "onbekend", "niet gemeten", "niet beschikbaar", "geen gegevens", "não medido", "não informado",
    "não disponível", "sem dados", "desconhecido", "n.d.", "n/d",
}  # fmt: skip
"""Said of a value that nobody knows, in the languages whose dates are read."""
_NAMES = NUMBERED | {
    "apartment", "apt", "bus", "channel", "class", "door", "flat", "floor", "gate", "grade", "house", "hausnummer", "haus",
    "level", "line", "linie", "model", "place", "platform", "plot", "position", "room", "route", "seat", "section", "size",
    "storey", "street", "strasse", "suite", "track", "train", "tram", "type", "unit", "version", "ward", "zone", "zimmer",
}  # fmt: skip
"""Words in names of columns whose numbers are names, beside which a word is another name."""
_DIGIT = re.compile(r"[0-9]")
_PHRASE = re.compile(r"[^\W\d_]{2}")
_MOST = 3
_FEWEST_KNOWN = 5
"""Different numbers below which they may be the answers of a survey, and the phrase one more."""
_FEWEST, _FEWEST_WHOLE = 20, 50
"""Different numbers for each phrase that nobody knows; whole ones are oftener names."""
_LEAST, _SHARE = 5, 0.005
_WHOLE = re.compile(r"[-+]?[0-9]+")
_NEARLY_ALL = 0.95


def known_remarks(counts: Sequence[tuple[str, int]]) -> list[Absent]:
    """Find phrases that can only be said of a missing number, where the others are figures.

    Parameters
    ----------
    counts : sequence of (str, int)
        Different texts of a column, none of which stands for a missing value, and their rows.

    Examples
    --------
    >>> [one.value for one in known_remarks([("1.5", 9), ("keine Angabe", 3), *((f"{n}.1", 1) for n in range(9))])]
    ['keine Angabe']
    """
    if sum(_DIGIT.search(text) is not None for text, _ in counts) < _FEWEST_KNOWN:
        return []
    why = "said of a number that nobody knows, among values that are no words"
    return [Absent(text, why, 0.95, rows) for text, rows in counts if text.lower() in _KNOWN]


def remarks(name: str, counts: Sequence[tuple[str, int]]) -> list[Absent]:
    """Find up to three phrases of two letters or more that come back among many different numbers.

    Numbers must make up half of the rows, and for each phrase there must be 20 different ones, or 50 where they are whole.
    A column that is named like one of names (``house``, ``line``, ``size``) is left alone: its words may be names too.

    Parameters
    ----------
    name : str
        Of the column.
    counts : sequence of (str, int)
        As :func:`known_remarks` takes them.

    Examples
    --------
    >>> figures = [(f"{n / 10}", 2) for n in range(50)]
    >>> [one.value for one in remarks("rain", [*figures, ("trace", 10)])], remarks("route", [*figures, ("trace", 10)])
    (['trace'], [])
    """
    figures = [(text, rows) for text, rows in counts if _DIGIT.search(text)]
    words = [(text, rows) for text, rows in counts if not _DIGIT.search(text)]
    all_rows = sum(rows for _, rows in counts)
    often: Counter[str] = Counter()
    for text, rows in words:
        often[text.casefold()] += rows
    phrases = {
        phrase
        for phrase, rows in often.items()
        if _PHRASE.search(phrase) and rows >= max(_LEAST, _SHARE * all_rows)
    }
    whole = sum(_WHOLE.fullmatch(text) is not None for text, _ in figures) >= _NEARLY_ALL * len(figures)
    if not 1 <= len(phrases) <= _MOST or _NAMES & set(pieces(name)):
        return []
    if len(figures) < len(phrases) * (_FEWEST_WHOLE if whole else _FEWEST):
        return []
    if 2 * sum(rows for _, rows in figures) < all_rows:
        return []
    why = f"{DOUBTED}, {len(figures)} different ones"
    return [Absent(text, why, 0.8, rows) for text, rows in words if text.casefold() in phrases]
