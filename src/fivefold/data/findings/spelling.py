"""One category in several spellings: ``Vienna``, ``vienna`` and ``Viena`` are three to a model and one to a person."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.data.personal import find_personal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

__all__ = ["SpellingVariants", "Variant", "variants"]

_MOST_CATEGORIES = 5_000
_BLANKS = re.compile(r"(?<!^)[\s_\-]+(?!$)")
"""Not at either end, where a hyphen is a sign: ``-inf`` is not ``inf``, and the blood group ``AB-`` not ``AB``."""
_WORD = re.compile(r"[^\W\d_][^\d_]*")
_LETTERS = 5
"""Shorter words are too often one letter away from another word that is right."""
_SEXES = ({"m", "f"}, {"m", "w"})
_NO_SEX = {"d", "o", "u", "x"}
_FREQUENT = 20
_RATIO = 20.0
"""How many times more often the right spelling must come than a slip of it."""
_SHOWN = 5
_FEW_ANSWERS = 5
"""Different answers up to which those that differ in case are taken for slips, however short they are."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A spelling and what it probably stands for.

    Attributes
    ----------
    written, meant : str
    rows : int
        That hold the spelling.
    by_case : bool
        Whether the two differ in case, blanks, hyphens or underscores alone; else by a letter.
    """

    written: str
    meant: str
    rows: int
    by_case: bool


class SpellingVariants:
    """Finds categories that differ in case or blanks alone, and rare ones that are a letter away from a frequent one."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column."""
        columns = [
            column
            for column in table.contract.columns
            if column.role == "category" and column.kind == "string" and not column.personal
        ]
        personal = find_personal(table.frame, columns)
        found = (_inspect(table, column) for column in columns if column.name not in personal)
        return [finding for finding in found if finding is not None]


def _inspect(table: CheckedTable, column: Column) -> Finding | None:
    """Look at one column."""
    values = table.frame[column.name].drop_nulls()
    counts: dict[str, int] = dict(values.alias("value").value_counts(name="rows").iter_rows())
    if not 2 <= len(counts) <= _MOST_CATEGORIES:
        return None
    found = variants(counts)
    if not found:
        return None
    rows = sum(one.rows for one in found)
    named = ", ".join(f"'{one.written}' for '{one.meant}' ({one.rows:,})" for one in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    written = [one.written for one in found[:3]]
    places = [
        int(np.flatnonzero((table.frame[column.name] == word).fill_null(value=False).to_numpy())[0])
        for word in written
    ]
    return Finding(
        check="spelling",
        severity="warning",
        columns=(column.name,),
        what=f"'{column.name}' seems to hold one category in several spellings: {named}{more}",
        figures={
            "variants": len(found),
            "rows": rows,
            "case_or_blanks": sum(one.by_case for one in found),
            "letters": sum(not one.by_case for one in found),
        },
        done="nothing: each spelling is a category of its own",
        question="Do these mean the same? If so, write them alike in the source.",
        examples=example_rows(table, places, [column.name]),
    )


def variants(counts: dict[str, int], *, of_target: bool = False) -> list[Variant]:
    """Find words that are another one in another spelling, the most frequent first.

    Parameters
    ----------
    counts : dict of str to int
        Rows of each word.
    of_target : bool
        Whether the words are answers. Of these there are few, so that case is a slip in short words too, and a last letter
        that is missing is one as well.

    Examples
    --------
    >>> [one.written for one in variants({"Vienna": 90, "vienna": 5, "Viena": 2, "Graz": 40})]
    ['vienna', 'Viena']
    """
    cased = list(_by_case(counts))
    few = of_target and len({word.strip().casefold() for word in counts}) <= _FEW_ANSWERS
    if not few and not _tells_case(counts, cased):
        cased = []
    slips = _by_letter(counts, {one.written for one in cased}, endings=of_target)
    return sorted([*cased, *slips], key=lambda one: (-one.rows, one.written))


def _by_case(counts: dict[str, int]) -> Iterator[Variant]:
    """Spellings that differ in case, blanks, hyphens or underscores alone."""
    alike: dict[str, list[str]] = defaultdict(list)
    for word in (one for one in counts if one.upper() != one.lower()):  # -1 is no spelling of 1
        alike[_BLANKS.sub(" ", word).strip().casefold()].append(word)
    for words in alike.values():
        best = max(words, key=lambda word: (counts[word], word))
        yield from (Variant(word, best, counts[word], by_case=True) for word in words if word != best)


def _tells_case(counts: dict[str, int], cased: list[Variant]) -> bool:
    """Whether case seems to be a slip: codes such as ``a`` and ``A`` use it to tell things apart, sexes do not."""
    if {word.strip().casefold() for word in counts} - _NO_SEX in _SEXES:
        return True
    longer = [one for one in cased if len(one.written) >= 3]
    return bool(longer) and len(cased) <= max(3, len(counts) // 2) and len(longer) == len(cased)


def _by_letter(counts: dict[str, int], known: set[str], *, endings: bool = False) -> Iterator[Variant]:
    """Rare words that are one letter, or two neighbours swapped, away from a frequent one of the same first letter."""
    words = [word for word in counts if len(word) >= _LETTERS and _WORD.fullmatch(word) and word not in known]
    frequent = [word for word in words if counts[word] >= _FREQUENT]
    near = {word: _deletions(word.casefold()) for word in frequent}
    index: dict[str, set[str]] = defaultdict(set)
    for word, shapes in near.items():
        for shape in shapes:
            index[shape].add(word)
    for word in words:
        few = counts[word]
        candidates = {right for shape in _deletions(word.casefold()) for right in index.get(shape, ())}
        right = max(
            (
                one
                for one in candidates
                if counts[one] >= _RATIO * few and _slip(word.casefold(), one.casefold(), endings=endings)
            ),
            key=lambda one: (counts[one], one),
            default=None,
        )
        if right is not None:
            yield Variant(word, right, few, by_case=False)


def _deletions(word: str) -> set[str]:
    """The word, and the word without one of its letters."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _slip(written: str, meant: str, *, endings: bool) -> bool:
    """Whether one letter was mistaken, left out, doubled or swapped; endings such as a plural's are none unless they count."""
    if written == meant or written[0] != meant[0]:
        return False
    if len(written) == len(meant):
        places = [
            place for place, (one, other) in enumerate(zip(written, meant, strict=True)) if one != other
        ]
        if len(places) == 1:
            return (
                places[0] < len(written) - 1 and written[places[0]].isalpha() and meant[places[0]].isalpha()
            )
        swapped = len(places) == 2 and places[1] == places[0] + 1
        return swapped and written[places[0]] == meant[places[1]] and written[places[1]] == meant[places[0]]
    short, long = sorted((written, meant), key=len)
    if len(long) - len(short) != 1 or (long.startswith(short) and not endings):
        return False
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))
