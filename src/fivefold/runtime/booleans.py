"""Words that stand for true and false."""

from __future__ import annotations

from fivefold.runtime.blanks import BLANKS

__all__ = ["parse_boolean"]

_TRUE = frozenset({"true", "yes", "t", "y", "1", "on", "ja", "oui", "si", "sí", "sì", "wahr", "vrai"})
_FALSE = frozenset({"false", "no", "f", "n", "0", "off", "nein", "non", "nee", "falsch", "faux"})


def parse_boolean(text: str) -> bool | None:
    """Read true/false, yes/no (also in German, French, Spanish and Italian), t/f, y/n, on/off or 1/0, whatever the case.

    Returns
    -------
    bool or None
        None when the text is none of them.

    Examples
    --------
    >>> parse_boolean("Yes"), parse_boolean("0"), parse_boolean("maybe")
    (True, False, None)
    """
    word = text.strip(BLANKS).lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None
