"""How evidence becomes a plan.

In this order: the person's words and what the rows' structure dictates; what a card forbids; the card that fits the table
most closely; the better kind of evidence; the newer work; the name. A proposal that loses stays in the plan with
the reason.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Overruled, PlanItem
from fivefold.research.plan import KEYS
from fivefold.research.predicates import parse_condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fivefold.core.artefacts import Citation, PlanValue
    from fivefold.research.defaults import Default
    from fivefold.research.effects import Effect

__all__ = ["GRADES", "Proposal", "grade_of", "merge", "particularity", "rank"]

GRADES: tuple[tuple[str, ...], ...] = (
    ("systematic review", "benchmark"),
    (
        "simulation",
        "theory",
        "theory and experiment",
        "review",
        "survey",
        "measurement",
        "ablation",
        "experiment",
    ),
    ("method", "case study", "artefact"),
    ("guideline", "position", "licence"),
)
"""Kinds of evidence, the better ones first."""

_WEIGHTS = {"domain": 3}
_COMMON = frozenset(("n_rows", "n_features", "budget_s", "task", "deploy", "has_description"))
"""Facts that thousands of tables share, as does every "no"; they say little about this one."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one card asks for."""

    card: Citation
    effect: Effect


def grade_of(kind: str) -> int:
    """Place of a kind of evidence in :data:`GRADES`; an unknown kind stands last."""
    return next((place for place, kinds in enumerate(GRADES) if kind in kinds), len(GRADES))


def particularity(card: Citation) -> int:
    """How closely a card fits the table: the sum over the facts that its conditions matched.

    A field counts 3, a fact that many tables share 1, any other 2; two bounds on one fact count once.
    """
    matched = [parse_condition(text) for text in card.matched]
    weights = {
        one.field: 1 if one.field in _COMMON or one.value is False else _WEIGHTS.get(one.field, 2)
        for one in matched
    }
    return sum(weights.values())


def rank(card: Citation) -> tuple[int, int, int, str]:
    """Where a card stands: a smaller rank comes first."""
    return (-particularity(card), grade_of(card.grade), -card.year, card.id)


def merge(defaults: Mapping[str, Default], proposals: Iterable[Proposal]) -> tuple[PlanItem, ...]:
    """Return one item for every key of the plan.

    Parameters
    ----------
    defaults : mapping of str to Default
        One for every key.
    proposals : iterable of Proposal
        Effects that are advice are left out.
    """
    by_key: dict[str, list[Proposal]] = defaultdict(list)
    for proposal in sorted(proposals, key=lambda one: rank(one.card)):
        by_key[proposal.effect.key].append(proposal)
    return tuple(_MERGES[spec.kind](key, defaults[key], by_key[key]) for key, spec in KEYS.items())


def _merge_word(key: str, default: Default, proposals: Sequence[Proposal]) -> PlanItem:
    """The value of the first card that may have its way."""
    forbidden = {one.effect.value: one for one in proposals if one.effect.op == "!="}
    sets = [one for one in proposals if one.effect.op == "="]
    allowed = [one for one in sets if one.effect.value not in forbidden]
    winner = None if default.firm or not allowed else allowed[0]
    value = default.value
    if winner is not None and winner.effect.value is not None:
        value = winner.effect.value
    elif value in forbidden and not default.firm:
        value = next((legal for legal in KEYS[key].legal if legal not in forbidden), value)
    backing = [one for one in proposals if _agrees(one.effect, value, default)]
    overruled = [
        Overruled(one.effect.value, one.card.id, _why_lost(one, winner, default, forbidden))
        for one in sets
        if one.effect.value is not None and one not in backing
    ]
    return _item(key, default, value, backing, overruled)


def _agrees(effect: Effect, value: PlanValue, default: Default) -> bool:
    """Whether an effect on one word supports the value that was chosen."""
    if effect.op == "backs":
        return value == default.value
    if effect.op == "!=":
        return effect.value != value
    return effect.value == value or effect.value in KEYS[effect.key].covers.get(str(value), ())


def _why_lost(
    loser: Proposal, winner: Proposal | None, default: Default, forbidden: Mapping[PlanValue | None, Proposal]
) -> str:
    """The reason, in words."""
    if default.decided_by == "user":
        return "the person's choice comes first"
    if loser.effect.value in forbidden and not default.firm:
        return f"{forbidden[loser.effect.value].card.id} forbids it"
    if winner is None:
        return default.why
    ours, theirs = rank(loser.card), rank(winner.card)
    first = next(place for place in range(4) if ours[place] != theirs[place])
    reasons = (
        "fits this table more closely",
        "is a better kind of evidence",
        "is newer",
        "comes first by name",
    )
    return f"{winner.card.id} {reasons[first]}"


def _merge_names(key: str, default: Default, proposals: Sequence[Proposal]) -> PlanItem:
    """The default list, with what cards add, take away and put in front; a person's list only with the last.

    A card that would put in front what the person's list does not hold says nothing for that list.
    """
    held = set(default.value) if isinstance(default.value, tuple) else set()
    ignored = [
        one
        for one in proposals
        if default.decided_by == "user"
        and (one.effect.op in {"=", "+=", "-="} or (one.effect.op == "first" and not held & {*_names(one)}))
    ]
    proposals = [one for one in proposals if one not in ignored]
    gone = {name for one in proposals if one.effect.op == "-=" for name in _names(one)}
    named = _first(proposals, "=")
    start = default.value if default.firm or named is None else named.effect.value
    names = list(start) if isinstance(start, tuple) else []
    for one in proposals:
        if one.effect.op == "+=":
            names.extend(name for name in _names(one) if name not in names)
    for one in reversed([one for one in proposals if one.effect.op == "first"]):
        front = [name for name in _names(one) if name in names]
        names = front + [name for name in names if name not in front]
    value = tuple(name for name in names if name not in gone)
    lost = [one for one in proposals if one.effect.op in {"+=", "first"} and gone & set(_names(one))]
    overruled = [Overruled(_names(one), one.card.id, "another card rules it out") for one in lost]
    overruled += [Overruled(_names(one), one.card.id, "the person's choice comes first") for one in ignored]
    return _item(key, default, value, [one for one in proposals if one not in lost], overruled)


def _merge_number(key: str, default: Default, proposals: Sequence[Proposal]) -> PlanItem:
    """The default number inside the bounds that cards ask for; the upper bound wins over the lower."""
    named = _first(proposals, "=")
    start = default.value if default.firm or named is None else named.effect.value
    value = _number(start)
    if not default.firm:
        least = [_number(one.effect.value) for one in proposals if one.effect.op == ">="]
        most = [_number(one.effect.value) for one in proposals if one.effect.op == "<="]
        value = min([max([value, *least]), *most])
    tests: dict[str, Callable[[float], bool]] = {
        "=": lambda asked: asked == value,
        ">=": lambda asked: value >= asked,
        "<=": lambda asked: value <= asked,
    }
    backing, overruled = [], []
    for one in proposals:
        asked = one.effect.value
        if asked is None or tests[one.effect.op](_number(asked)):
            backing.append(one)  # ``backs`` has no number
        else:
            why = default.why if default.firm else "another card sets a bound"
            overruled.append(Overruled(asked, one.card.id, why))
    return _item(key, default, value, backing, overruled)


def _item(
    key: str, default: Default, value: PlanValue, backing: Sequence[Proposal], overruled: Sequence[Overruled]
) -> PlanItem:
    """Make the item; evidence turns a mere default into a rule.

    A card that asks for an order gives the reason of a list; else the first card does.
    """
    backing = sorted(backing, key=lambda one: one.effect.op != "first")
    because = tuple(dict.fromkeys(one.card.id for one in backing))
    decided_by = "rule" if because and default.decided_by == "default" else default.decided_by
    from_cards = bool(backing) and (default.decided_by == "default" or value != default.value)
    told = backing[0].card.consequence if from_cards else default.why
    return PlanItem(key, value, because, decided_by, told, tuple(overruled))


def _first(proposals: Sequence[Proposal], op: str) -> Proposal | None:
    """The first card that asks for this."""
    return next((one for one in proposals if one.effect.op == op), None)


def _names(proposal: Proposal) -> tuple[str, ...]:
    """The names of an effect on a list."""
    return proposal.effect.value if isinstance(proposal.effect.value, tuple) else ()


def _number(value: PlanValue | None) -> int | float:
    """The number of an effect on a number."""
    return value if isinstance(value, int | float) else 0


_MERGES: dict[str, Callable[[str, Default, Sequence[Proposal]], PlanItem]] = {
    "word": _merge_word,
    "metric": _merge_word,
    "column": _merge_word,
    "columns": _merge_word,
    "text": _merge_word,
    "names": _merge_names,
    "whole": _merge_number,
    "share": _merge_number,
}
