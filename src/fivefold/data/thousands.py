"""Dots between thousands: ``352.635 €`` is an amount of six figures or one of three decimals, and only the column can tell."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Decision
from fivefold.data.judgement import STANDS_FOR_MISSING, decided
from fivefold.data.readings import shows_comma, shows_point
from fivefold.runtime.figures import parse_number
from fivefold.runtime.readings import AMOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from fivefold.core.artefacts import Reading
    from fivefold.data.facts import ColumnFacts
    from fivefold.data.judgement import Judgement

__all__ = ["DOTS", "POINTS", "dotted", "grouped_by_dots", "settle_dots", "undotted", "with_decimals"]

DOTS = "dots are read as marks between thousands"
"""The decision."""
POINTS = "dots are read as decimal points, and may stand between thousands"
"""The decision where a table says both."""
_READINGS: dict[Reading, Reading] = {"plain": "decimal_comma", "words": "decimal_comma"}
_SETTLED: dict[Reading, Reading] = {**_READINGS, "bounds": "comma_bounds"}
_TOLD: dict[str, dict[Reading, Reading]] = {
    ",": _SETTLED,
    ".": {"decimal_comma": "words", "comma_bounds": "bounds"},
}
"""Readings that a decimal mark changes, and to what."""
_COMMAS: frozenset[Reading] = frozenset({"decimal_comma", "comma_bounds"})
_FIGURE = re.compile(r"[^0-9.,]*(\.?[0-9][0-9.,' \u00a0\u202f]*)([^0-9.,]*)")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_WHOLE = re.compile(r"[0-9]+")
_TIMES = re.compile(r"(?:k|mn?|bn?|%)\b.*|%.*", re.IGNORECASE)
"""After these a point is likelier to stand before decimals: ``1.234k``."""
_SEVERAL = re.compile(r"[0-9]\.[0-9]{3}\.[0-9]{3}(?![0-9])")
_SENTINEL = re.compile(r"0+|1|9+")
_FEWEST = 20
"""Different figures with one dot from which they are believed without one that has two."""
_ENOUGH = 60
"""Decimals whose zeros at the end are left out all have three of them this often less than once in five hundred."""
_UNDOTTED = 3
_HUNDREDS = 0.2
"""Least share of three digits among figures below 1000."""
_THOUSAND = 1_000
_SURE = 0.9
_LOOKED_AT = 2_000
_FEW = 3
"""Dotted figures from which a column is held against the others."""
_PROVEN = 5
"""Different texts of other columns that must show where the comma or the dot stands."""
_PLACES = {"latitude", "longitude"}


def dotted(judgement: Judgement, facts: ColumnFacts, seen: Sequence[str]) -> Judgement:
    """Return the judgement of a column of numbers, its dots read as thousands where they can be nothing else, or hardly.

    Parameters
    ----------
    judgement : Judgement
    facts : ColumnFacts
    seen : sequence of str
        Different texts, none of which stands for a missing value.
    """
    reading = _READINGS.get(judgement.reading)
    if judgement.role != "number" or judgement.kind not in {"number", "integer"} or reading is None:
        return judgement
    found = grouped_by_dots(list(_figures(seen, judgement.form)))
    if found is None:
        return judgement
    why, confidence = found
    # What was judged by the figures as decimals, such as 999 for a missing one, is no longer true.
    read = replace(
        judgement,
        kind="number",
        reading=reading,
        why=why,
        form=_form(judgement),
        missing_values=(),
        decisions=(),
    )
    return decided(read, facts, DOTS, confidence)


def grouped_by_dots(figures: Sequence[str | None]) -> tuple[str, float] | None:
    """Say why dots stand between thousands, and how sure that is; None where they may stand before decimals.

    Sure is a column in which some figures have several dots, and all dots have three digits after them. Likely is one of
    which every dotted figure has three digits after its only dot and none begins with 0, while the others are whole and
    below 1000, as numbers without thousands are. Numbers of three decimals that leave out zeros at their end would leave
    out some, and where they are kept, no number is without a dot.

    Parameters
    ----------
    figures : sequence of str or None
        Different figures without signs and units; None stands for a number that is written in another way.

    Examples
    --------
    >>> grouped_by_dots(["352.635", "1.038.187", "749"])
    ('every dot has three digits after it, and 1 of 3 texts have several dots', 0.97)
    >>> grouped_by_dots(["0.635", "1.038", "749"]) is None
    True
    """
    dots = [figure for figure in figures if figure is not None and "." in figure]
    whole = {figure for figure in figures if figure is not None and _WHOLE.fullmatch(figure)}
    if not dots or len(dots) + sum(figure in whole for figure in figures) < len(figures):
        return None
    if not all(_GROUPED.fullmatch(figure) for figure in dots):
        return None
    several = sum(figure.count(".") > 1 for figure in dots)
    if several:
        share = f"{several} of {len(figures)} texts have several dots"
        return f"every dot has three digits after it, and {share}", 0.97
    if not _likely(dots, whole):
        return None
    others = f"the {len(whole)} others are whole and below 1000"
    why = f"all {len(dots)} dotted figures have three digits after the dot, none begins with 0, and {others}"
    return why, 0.8


def settle_dots(judgements: dict[str, Judgement], facts: Mapping[str, ColumnFacts]) -> dict[str, Judgement]:
    """Hold columns whose dots all have three digits after them against the other columns of the table.

    Where others have decimal commas, or dots that can only stand between thousands, and none has decimal points, the dots are
    read as marks between thousands; where some have, or a figure of the column has four digits without a dot, they stay
    decimal points. Either is a decision that is asked about. Where no other column says anything, nothing is changed.

    Parameters
    ----------
    judgements : dict of str to Judgement
    facts : mapping of str to ColumnFacts
    """
    open_ones = {
        name: dots for name, one in judgements.items() if (dots := _open(one, facts[name])) is not None
    }
    if not open_ones:
        return judgements
    commas = [name for name, one in judgements.items() if _proves_commas(one, facts[name])]
    if not commas:
        return judgements
    numbers = {name for name, one in judgements.items() if one.role == "number" and one.reading in _SETTLED}
    points = [name for name in numbers - {*open_ones} if _shown(facts[name], shows_point)]
    settled = dict(judgements)
    for name, undotted_thousands in open_ones.items():
        why = f"every dotted figure has three digits after its dot, and '{commas[0]}' has decimal commas"
        if points or undotted_thousands:
            but = (
                f"'{min(points)}' has decimal points" if points else "some figures of four digits have no dot"
            )
            doubted = replace(judgements[name], why=f"{why}, but {but}")
            settled[name] = decided(doubted, facts[name], POINTS, 0.6)
        else:
            settled[name] = _between_thousands(
                judgements[name], facts[name], f"{why} and none has decimal points"
            )
    return settled


def undotted(judgement: Judgement) -> Judgement:
    """Return the judgement without the decision about dots, which another reading makes untrue."""
    return replace(
        judgement, decisions=tuple(one for one in judgement.decisions if one.what not in {DOTS, POINTS})
    )


def with_decimals(judgement: Judgement, facts: ColumnFacts, decimal: str) -> Judgement:
    """Return the judgement of a column of numbers in texts, read with the decimal mark that the person names.

    Columns without marks stay as they are, and so do those that show a mark which can only be the other one.

    Parameters
    ----------
    judgement : Judgement
    facts : ColumnFacts
    decimal : {",", "."}
    """
    if judgement.role != "number" or facts.dtype != "VARCHAR" or judgement.kind not in {"number", "integer"}:
        return judgement
    texts = _texts(facts)
    contradicts = shows_point if decimal == "," else _shows_commas
    if not any("." in text or "," in text for text in texts) or any(map(contradicts, texts)):
        return judgement
    reading = _TOLD[decimal].get(judgement.reading)
    if reading is None:
        return undotted(judgement)
    words = _words_for_missing(judgement)
    stand_ins = {f"'{word}'{STANDS_FOR_MISSING}" for word in words}
    kept = (
        one
        for one in undotted(judgement).decisions
        if not one.what.endswith(STANDS_FOR_MISSING) or one.what in stand_ins
    )
    made = Decision(f"read as {reading}", "[data] decimal says so", 1.0, facts.filled)
    return replace(
        judgement,
        kind="number",
        reading=reading,
        form=_form(judgement),
        missing_values=words,
        decisions=(*kept, made),
    )


def _open(judgement: Judgement, facts: ColumnFacts) -> bool | None:
    """Whether some figure of four digits has no dot, in a column of numbers whose dots may stand for either; None in others."""
    if judgement.role != "number" or facts.dtype != "VARCHAR" or judgement.reading not in _SETTLED:
        return None
    if judgement.form in _PLACES:
        return None
    figures = list(_figures(_texts(facts), judgement.form))
    dots = [figure for figure in figures if figure is not None and "." in figure]
    whole = [figure for figure in figures if figure is not None and _WHOLE.fullmatch(figure)]
    if len(dots) < _FEW or len(dots) + len(whole) < len(figures):
        return None
    if not all(_GROUPED.fullmatch(figure) for figure in dots):
        return None
    return any(int(figure) >= _THOUSAND for figure in whole if not _SENTINEL.fullmatch(figure))


def _proves_commas(judgement: Judgement, facts: ColumnFacts) -> bool:
    """Whether a column shows that a comma stands before decimals, or a dot between thousands."""
    if judgement.role != "number" or judgement.reading not in _COMMAS or facts.dtype != "VARCHAR":
        return False
    if any(made.what == DOTS and made.confidence < _SURE for made in judgement.decisions):
        return False
    return _shown(facts, _shows_commas)


def _shows_commas(text: str) -> bool:
    """Whether a number has a comma that can only be the decimal mark, or several dots."""
    return shows_comma(text) or _SEVERAL.search(text) is not None


def _shown(facts: ColumnFacts, shows: Callable[[str], bool]) -> bool:
    """Whether enough different texts of a column show something."""
    return facts.dtype == "VARCHAR" and sum(map(shows, _texts(facts))) >= _PROVEN


def _texts(facts: ColumnFacts) -> list[str]:
    """Different texts of the sample."""
    texts: list[str] = facts.sample.unique(maintain_order=True).head(_LOOKED_AT).to_list()
    return texts


def _between_thousands(judgement: Judgement, facts: ColumnFacts, why: str) -> Judgement:
    """Read the dots of a judged column anew; of what stood for a missing value, words still do."""
    words = _words_for_missing(judgement)
    kept = tuple(
        one for one in judgement.decisions if one.what in {f"'{word}'{STANDS_FOR_MISSING}" for word in words}
    )
    read = replace(
        judgement,
        kind="number",
        reading=_SETTLED[judgement.reading],
        why=why,
        form=_form(judgement),
        missing_values=words,
        decisions=kept,
    )
    return decided(read, facts, DOTS, 0.85)


def _words_for_missing(judgement: Judgement) -> tuple[str, ...]:
    """What stands for a missing value and is no number, so that it does so in every reading of numbers."""
    return tuple(value for value in judgement.missing_values if parse_number(value) is None)


def _likely(dots: Sequence[str], whole: set[str]) -> bool:
    """Whether figures of one dot each are thousands, beside those without a dot."""
    small = sorted(int(figure) for figure in whole if not _SENTINEL.fullmatch(figure))
    firsts = [int(figure.split(".")[0]) for figure in dots]
    if len(dots) < _FEWEST or len(small) < _UNDOTTED or max(map(int, whole)) >= _THOUSAND:
        return False
    if len(dots) < _ENOUGH and not any(figure.endswith("0") for figure in dots):
        return False
    # What grows past 1000 has figures of hundreds and of few thousands, or else the decimals would lie among the others.
    hundreds = sum(figure >= 100 for figure in small)
    near = (min(firsts) < 10 and small[-1] >= _THOUSAND / 2) or small[len(small) // 2] > max(firsts)
    return hundreds >= _HUNDREDS * len(small) and near


def _form(judgement: Judgement) -> str:
    """Form of the column, but for one that its range of decimals gave."""
    return "" if judgement.form in {"latitude", "longitude", "year"} else judgement.form


def _figures(seen: Sequence[str], form: str) -> Iterator[str | None]:
    """The figures of texts that are numbers, without what stands around them; None for one of another shape."""
    unit = form.removeprefix(AMOUNT).lower() if form.startswith(AMOUNT) else ""
    for given in seen:
        text = given[: -len(unit)].rstrip() if unit and given.lower().endswith(unit) else given
        if parse_number(text) is None:
            continue
        found = _FIGURE.fullmatch(text)
        yield None if found is None or _TIMES.match(found[2].strip()) else found[1].strip()
