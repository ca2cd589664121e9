"""``brief.md``: the brief as people read it. Every claim is the text of a card, with its authors, year and address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.costs import cost_words, read_costs
from fivefold.core.estimators import estimator_words, estimators_of
from fivefold.research.facets import FACETS, silent
from fivefold.research.facts import FACTS
from fivefold.research.plan import KEYS
from fivefold.research.predicates import parse_condition

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from fivefold.core.artefacts import Brief, Citation, PlanItem, PlanValue
    from fivefold.core.protocols import Fact
    from fivefold.research.predicates import Condition

__all__ = ["MOST_CARDS", "page", "reference", "said"]

MOST_CARDS = 12
"""Cards that are told in full; the others are listed by name."""

_MOST_LINKS = 3
_ADVICE = " (Advice: no step does this by itself yet.)"
_IN_PART = " (Followed in part: the rest is advice.)"
_TOLD_ELSEWHERE = frozenset(("split.by", "split.group", "split.gap"))
_CLASSES_ONLY = frozenset(
    ("model.class_weight", "preprocess.resampling", "calibrate.method", "metric.threshold", "metric.costs")
)
_ORDER = {
    "==": "is",
    "!=": "is not",
    "<": "below",
    "<=": "at most",
    ">": "above",
    ">=": "at least",
    "~": "includes",
}
_WORDS = {
    "roc_auc": "ROC AUC", "log_loss": "log loss", "f1": "F1", "rmse": "RMSE", "mae": "MAE", "r2": "R²",
    "mape": "MAPE", "matthews_corrcoef": "Matthews correlation", "brier": "Brier score",
    "mae_in_steps": "MAE in steps",
    "lightgbm": "LightGBM", "catboost": "CatBoost",
    "greedy_selection": "greedy selection of members", "crossfit_target": "cross-fitted means of the target",
    "code": "plain codes", "native": "taken as they are",
    "simple_plus_indicator": "a mean and a mark", "tfidf_svd": "weighted words, condensed",
    "inside_folds": "inside the folds", "portfolio": "a portfolio of good settings, in order",
    "all_rows": "all rows", "training_rows": "the training rows", "mlp": "neural nets",
    "default": "the most probable class", "costs": "the answer that costs least",
}  # fmt: skip


def page(brief: Brief, facts: Mapping[str, Fact], advised: Collection[str]) -> str:
    """Return the brief as Markdown.

    Parameters
    ----------
    brief : Brief
    facts : mapping of str to Fact
    advised : collection of str
        Ids of the cards that ask for something no step follows yet.
    """
    parts = [
        _opening(brief, facts),
        _plan(brief),
        _overruled(brief),
        _evidence(brief, facts, advised),
        _questions(brief),
        _silence(brief),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def reference(card: Citation) -> str:
    """Return authors and year as one cites them, linked to the work.

    Examples
    --------
    >>> from fivefold.core.artefacts import Citation
    >>> reference(Citation("a", "T", "R. van den Goorbergh, M. van Smeden", 2022, "https://x.org/1", "", "", ""))
    '[van den Goorbergh et al., 2022](https://x.org/1)'
    """
    authors = [name.strip() for name in card.authors.split(",")]
    words = authors[0].split()
    while len(words) > 1 and words[0].endswith("."):
        words = words[1:]
    others = " et al." if len(authors) > 1 else ""
    return f"[{' '.join(words)}{others}, {card.year}]({card.url})"


def said(condition: Condition, facts: Mapping[str, Fact]) -> str:
    """Return a fulfilled condition in words, with the figure of this table.

    Examples
    --------
    >>> from fivefold.research.predicates import parse_condition
    >>> said(parse_condition("n_rows <= 10000"), {"n_rows": 2999})
    'rows at most 10,000 (here 2,999)'
    """
    spec = FACTS[condition.field]
    fact = facts.get(condition.field)
    if spec.kind == "yes":
        return spec.label if fact is True else spec.denied
    if spec.kind == "number" and isinstance(condition.value, float):
        return f"{spec.label} {_ORDER[condition.op]} {_figure(condition.value)} (here {_figure(fact)})"
    return f"{spec.label} {_ORDER[condition.op]} {condition.value}"


def _opening(brief: Brief, facts: Mapping[str, Fact]) -> str:
    """What is asked, of which table."""
    rows, features, share = facts["n_rows"], facts["n_features"], facts["minority_share"]
    about = [f"{_figure(rows)} rows with a known outcome", f"{_figure(features)} usable columns"]
    if isinstance(share, float):
        about.append(f"{100 * share:.3g} % of the rows in the rarest class")
    empty = facts["missing_share"]
    if isinstance(empty, float) and empty > 0:
        about.append(f"{100 * empty:.2g} % of the cells empty")
    domain = facts["domain"]
    if isinstance(domain, tuple) and domain:
        about.append("field: " + ", ".join(domain))
    lines = [f"# Brief: predicting `{brief.question.target}`"]
    if brief.question.description:
        lines.append(f"> {' '.join(brief.question.description.split())}")
    lines.append(f"A {brief.task} task: {'; '.join(about)}.")
    return "\n\n".join(lines)


def _plan(brief: Brief) -> str:
    """The plan as a table, and the defaults that nothing speaks for or against."""
    cards = {card.id: card for card in brief.citations}
    told = [item for item in brief.plan if item.key not in _TOLD_ELSEWHERE and item.value not in {"", ()}]
    if brief.task == "regression":
        told = [item for item in told if item.key not in _CLASSES_ONLY]
    shown = [item for item in told if item.decided_by != "default"]
    cells = [(KEYS[item.key].label, _value(item, brief), _cell(item, cards)) for item in shown]
    rows = [_row(*row) for row in cells]
    rest = [
        f"{KEYS[item.key].label.lower()}: {_value(item, brief)}"
        for item in told
        if item.decided_by == "default"
    ]
    lines = ["## The plan", "\n".join([_row("decision", "choice", "why"), _row("---", "---", "---"), *rows])]
    if rest:
        lines.append(
            f"Nothing in the evidence speaks to these, so the usual choice stands: {'; '.join(rest)}."
        )
    return "\n\n".join(lines)


def _row(*cells: str) -> str:
    """One row of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _cell(item: PlanItem, cards: Mapping[str, Citation]) -> str:
    """The reason for an item and the works behind it."""
    links = list(dict.fromkeys(reference(cards[name]) for name in item.because if name in cards))
    more = f" and {len(links) - _MOST_LINKS} more" if len(links) > _MOST_LINKS else ""
    behind = f" — {', '.join(links[:_MOST_LINKS])}{more}" if links else ""
    why = item.why[:1].upper() + item.why[1:]
    return why.rstrip(".") + "." + behind


def _overruled(brief: Brief) -> str:
    """What evidence proposed and did not get."""
    cards = {card.id: card for card in brief.citations}
    asked: dict[tuple[str, str, str], list[str]] = {}
    for item in brief.plan:
        for lost in item.overruled:
            place = (KEYS[item.key].label, _shown(item.key, lost.value), _named(lost.why, cards))
            asked.setdefault(place, []).append(reference(cards[lost.because]))
    lines = [
        f"- {label}: {value}, asked for by {', '.join(links)}: {why}."
        for (label, value, why), links in asked.items()
    ]
    return "## Proposals that lost\n\n" + "\n".join(lines) if lines else ""


def _named(why: str, cards: Mapping[str, Citation]) -> str:
    """The reason, with the winning card's id replaced by its authors."""
    first, _, rest = why.partition(" ")
    return f"{reference(cards[first])} {rest}" if first in cards else why


def _evidence(brief: Brief, facts: Mapping[str, Fact], advised: Collection[str]) -> str:
    """The cards, most specific first."""
    followed = {name for item in brief.plan for name in item.because}
    followed |= {lost.because for item in brief.plan for lost in item.overruled}
    notes = {name: _IN_PART if name in followed else _ADVICE for name in advised}
    told = [
        f"{number}. {_card(card, facts, notes.get(card.id, ''))}"
        for number, card in enumerate(brief.citations[:MOST_CARDS], start=1)
    ]
    lines = ["## What the evidence says", "\n".join(told)]
    rest = brief.citations[MOST_CARDS:]
    if rest:
        links = ", ".join(dict.fromkeys(reference(card) for card in rest))
        lines.append(f"{len(rest)} more findings apply, less particular to this table: {links}.")
    return "\n\n".join(lines)


def _card(card: Citation, facts: Mapping[str, Fact], note: str) -> str:
    """One card: finding, consequence, work and the reason why it is here."""
    here = "; ".join(said(parse_condition(text), facts) for text in card.matched)
    return (
        f"**{FACETS.get(card.facet, card.facet).capitalize()}.** {card.finding} {reference(card)}, {card.grade}.\n"
        f"    - *So:* {card.consequence}{note}\n"
        f"    - *It applies because:* {here or 'it holds for every table'}."
    )


def _questions(brief: Brief) -> str:
    """What a person could still tell, and what it would change."""
    if not brief.questions:
        return ""
    lines = [
        f"- {question.text} Assumed: {question.assumed}. An answer can change "
        f"{', '.join(KEYS[key].label.lower() for key in question.affects)}. "
        f"Key: `{question.field}`."
        for question in brief.questions
    ]
    return "## Open questions\n\nAnswer them under `[answers]` in `fivefold.toml`.\n\n" + "\n".join(lines)


def _silence(brief: Brief) -> str:
    """Where nothing was found, and where it was looked for."""
    where = ", ".join(f"{name} ({status})" for name, status in brief.sources)
    lines = [f"## Sources\n\nSearched: {where}; last checked {brief.evidence_as_of}."]
    missing = silent(brief.citations)
    if missing:
        lines.append(f"No evidence found on: {', '.join(FACETS[facet] for facet in missing)}.")
    return "\n\n".join(lines)


def _value(item: PlanItem, brief: Brief) -> str:
    """An item's value as people read it."""
    shown = _shown(item.key, item.value)
    if item.key != "split.kind":
        return shown
    by, group, gap = (brief.text(f"split.{key}") for key in ("by", "group", "gap"))
    shown += f", by `{by}`" * bool(by) + f" and `{group}`" * bool(group)
    return shown + f", with a gap of {gap}" * bool(gap)


def _shown(key: str, value: PlanValue) -> str:
    """A plan value as people read it."""
    if isinstance(value, tuple):
        return ", ".join(_WORDS.get(name, name) for name in value)
    if KEYS[key].kind == "share" and isinstance(value, float):
        return f"{100 * value:g} %"
    if key == "metric.costs":
        return cost_words(read_costs(value))
    if key == "model.estimators":
        return estimator_words(estimators_of(value))
    return _WORDS.get(str(value), str(value))


def _figure(fact: Fact) -> str:
    """A number as people read it."""
    if isinstance(fact, bool) or not isinstance(fact, int | float):
        return str(fact)
    return f"{fact:,.0f}" if fact == round(fact) or abs(fact) >= 100 else f"{fact:.3g}"
