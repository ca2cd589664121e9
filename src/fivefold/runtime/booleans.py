"""Words that stand for true and false."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.runtime.blanks import BLANKS

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["parse_boolean", "say_both"]

_EMOJI = "\ufe0e\ufe0f"
"""Invisible signs that say how the mark before them is drawn."""
_PAIRS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (
        frozenset({"true", "yes", "t", "y", "1", "on", "ja", "oui", "si", "sí", "sì", "wahr", "vrai"}),
        frozenset({"false", "no", "f", "n", "0", "off", "nein", "non", "nee", "falsch", "faux"}),
    ),
    (
        frozenset({"\u2713", "\u2714", "\u2611", "\u2705"}),
        frozenset({"\u2717", "\u2718", "\u2610", "\u2612", "\u274c"}),
    ),
    (frozenset({"positive"}), frozenset({"negative"})),
    (frozenset({"present"}), frozenset({"absent"})),
    (frozenset({"enabled"}), frozenset({"disabled"})),
    (frozenset({"pass", "passed"}), frozenset({"fail", "failed"})),
)
"""True and false words that stand together in one column; ``absent`` beside ``off`` may be two different things."""
_MEANING = {word: True for yes, _ in _PAIRS for word in yes} | {
    word: False for _, no in _PAIRS for word in no
}


def parse_boolean(text: str) -> bool | None:
    """Read a word or a mark that stands for true or false, whatever the case.

    These are true/false, yes/no (also in German, French, Spanish and Italian), t/f, y/n, on/off, 1/0, marks and crosses,
    positive/negative, present/absent, enabled/disabled and pass/fail.

    Returns
    -------
    bool or None
        None when the text is none of them.

    Examples
    --------
    >>> parse_boolean("Yes"), parse_boolean("0"), parse_boolean("absent"), parse_boolean("maybe")
    (True, False, False, None)
    """
    return _MEANING.get(_word(text))


def say_both(texts: Collection[str]) -> bool:
    """Whether texts stand for true and false, both occur, and all are of one kind.

    Examples
    --------
    >>> say_both(["Yes", "0"]), say_both(["present", "absent"]), say_both(["present", "absent", "off"]), say_both(["yes"])
    (True, True, False, False)
    """
    words = {_word(text) for text in texts}
    return any(words <= yes | no and bool(words & yes) and bool(words & no) for yes, no in _PAIRS)


def _word(text: str) -> str:
    """A text as the table has it."""
    return text.strip(BLANKS).rstrip(_EMOJI).lower()
