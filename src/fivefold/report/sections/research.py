"""Chapter 1: what is known about questions like this one, and the plan that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.costs import cost_words, read_costs
from fivefold.core.estimators import estimator_words, estimators_of
from fivefold.report.chapter import Chapter, block, gone, render_chapter
from fivefold.report.figures import exact, figure, percent, seconds
from fivefold.report.html import Markup, bullets, fold, h, join, link, name, table
from fivefold.report.language import TASKS, applied_words, family, metric_label, plain, plural, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fivefold.core.artefacts import Brief, Citation, PlanItem, PlanValue
    from fivefold.report.html import Child
    from fivefold.report.story import Story

__all__ = ["research"]

_SHOWN = 4
_KEYS = {
    "task": "What is predicted",
    "metric.primary": "Judged by",
    "metric.report": "Also reported",
    "metric.threshold": "Cut between the classes",
    "metric.costs": "What answers cost",
    "split.kind": "Rows kept apart",
    "split.by": "Kept apart by",
    "split.group": "Groups kept apart as well",
    "split.gap": "Gap before what is judged",
    "split.folds": "Folds for comparing",
    "split.test_share": "Sealed share",
    "model.candidates": "Families tried",
    "model.estimators": "Estimators of your own",
    "model.class_weight": "Weight of rare classes",
    "model.increasing": "The score never falls with",
    "model.decreasing": "The score never rises with",
    "evaluate.fairness": "Groups compared by",
    "ensemble.method": "How models are blended",
    "final.learn_from": "The served model learns from",
    "final.form": "What is served",
    "ensemble.max_members": "Models in the blend, at most",
    "preprocess.resampling": "Rows repeated or left out",
    "preprocess.high_cardinality": "Columns of many categories",
    "preprocess.missing.gbdt": "Missing values, trees",
    "preprocess.missing.other": "Missing values, others",
    "preprocess.text": "Texts",
    "preprocess.fit": "Where preparation is learned",
    "tune.strategy": "How settings are chosen",
    "calibrate.method": "Probabilities corrected",
    "checks": "Checks of the table",
    "monitor.first": "What the monitor looks at first",
    "monitor.labels": "Outcomes for the monitor",
}


def research(story: Story) -> Markup:
    """The chapter."""
    if story.brief is None:
        return gone("research", "1", "Research")
    brief = story.brief.body
    numbers = {citation.id: at for at, citation in enumerate(brief.citations, 1)}
    chapter = Chapter(
        anchor="research",
        mark="1",
        title="Research",
        aside=seconds(story.brief.header.seconds),
        done=_done(brief),
        found=_found(brief),
        why="Most mistakes in such work have been made before. Each decision says what decided it, and each can be overruled.",
    )
    return render_chapter(chapter, _plan(brief, numbers), _evidence(brief), _questions(brief))


def _done(brief: Brief) -> Markup:
    """What research did."""
    profile = brief.profile
    sources = ", ".join(f"{source} ({status})" for source, status in brief.sources)
    return join(
        f"Looked over the table once ({plural(profile.rows, 'row')}, {plural(len(profile.columns), 'column')}) and held what "
        f"it saw against published findings",
        f" from: {sources}" if sources else "",
        f". The library was last checked in {brief.evidence_as_of}." if brief.evidence_as_of else ".",
    )


def _found(brief: Brief) -> Markup:
    """What research found."""
    ruled = sum(item.decided_by == "rule" and bool(item.because) for item in brief.plan)
    yours = sum(item.decided_by == "user" for item in brief.plan)
    return join(
        "The question asks for ",
        TASKS[brief.task],
        f". {applied_words(len(brief.citations))} to a table like this one; {ruled} of the "
        f"{plural(len(brief.plan), 'item')} of the plan rest on that",
        f", and you decided {yours}." if yours else ".",
    )


def _plan(brief: Brief, numbers: Mapping[str, int]) -> Markup:
    """The plan: what rests on evidence or on the person's word in sight, the plain defaults folded."""
    decided = [item for item in brief.plan if item.decided_by != "default"]
    defaults = [item for item in brief.plan if item.decided_by == "default"]
    head = ("Decision", "Choice", "Why", "Decided by")

    def rows(items: Sequence[PlanItem]) -> list[tuple[Child, ...]]:
        return [
            (
                _KEYS.get(item.key, plain(item.key)),
                _value(item.key, item.value),
                _why(item, numbers),
                _decided_by(item),
            )
            for item in items
        ]

    return block(
        "The plan",
        table("Decisions of the plan and what decided them", head, rows(decided)) if decided else None,
        fold(f"{plural(len(defaults), 'default')}", table("Defaults of the plan", head, rows(defaults)))
        if defaults
        else None,
    )


def _decided_by(item: PlanItem) -> str:
    """Who or what decided: the person, published evidence, a plain rule about the table, or the default."""
    if item.decided_by == "rule":
        return "evidence" if item.because else "the table"
    return {"user": "you", "default": "default"}[item.decided_by]


def _value(key: str, value: PlanValue) -> Markup:
    """A decision's value, in words."""
    if isinstance(value, bool):
        return h("span", "yes" if value else "no")
    if isinstance(value, tuple):
        write = metric_label if key.startswith("metric") else family if key == "model.candidates" else plain
        words = [write(one) for one in value]
        return h("span", ", ".join(words) or "none")
    if isinstance(value, float):
        return exact(value, percent(value) if key.endswith("share") else figure(value))
    if key == "metric.costs":
        return h("span", cost_words(read_costs(value)) or "none")
    if key == "model.estimators":
        return h("span", estimator_words(estimators_of(value)) or "none")
    if key == "split.gap":
        return h("span", str(value) or "none")
    if key in {"split.by", "split.group"}:
        return name(str(value)) if value else h("span", "no column")
    text = str(value)
    return h("span", metric_label(text) if key == "metric.primary" else plain(text))


def _why(item: PlanItem, numbers: Mapping[str, int]) -> Markup:
    """The reason, with links to the evidence and with what was set aside."""
    links = [
        h(
            "a",
            str(numbers[card]),
            attributes={"href": f"#evidence-{numbers[card]}", "aria-label": f"evidence {numbers[card]}"},
        )
        for card in sorted(item.because, key=lambda card: numbers.get(card, 0))
        if card in numbers
    ]
    cited = h("sup", *links, css="cites") if links else None
    aside = [
        h("span", f"Set aside: {_words(lost.value)}. {sentence(lost.why)}", css="aside-note")
        for lost in item.overruled
    ]
    return join(sentence(item.why), cited, *aside)


def _words(value: PlanValue) -> str:
    """A value that lost, in words."""
    return ", ".join(map(plain, value)) if isinstance(value, tuple) else plain(str(value))


def _evidence(brief: Brief) -> Markup | None:
    """The findings, the first few in sight."""
    if not brief.citations:
        return block(
            "The evidence", h("p", "No published finding of the library applies to this table.", css="quiet")
        )
    cards = [_card(citation, at) for at, citation in enumerate(brief.citations, 1)]
    shown = h("ol", *cards[:_SHOWN], css="evidence")
    rest = cards[_SHOWN:]
    more = h("ol", *rest, css="evidence", attributes={"start": str(_SHOWN + 1)}) if rest else None
    return block(
        "The evidence", shown, fold(f"{plural(len(rest), 'further finding')}", more) if rest else None
    )


def _card(citation: Citation, number: int) -> Markup:
    """One published finding, what follows from it, and why it applies."""
    work = join(
        link(citation.url, citation.title),
        f". {citation.authors}, {citation.year}." if citation.authors else f" ({citation.year}).",
    )
    matched = ", ".join(map(_condition, citation.matched))
    return h(
        "li",
        h("p", citation.finding, css="finding"),
        h("p", h("b", "So: "), citation.consequence),
        h("p", work, h("span", citation.grade, css="grade"), css="work"),
        h("p", f"Applies because: {matched}", css="matched") if matched else None,
        attributes={"id": f"evidence-{number}"},
    )


def _condition(text: str) -> str:
    """A condition of the library as people write it."""
    for sign, written in ((">=", "≥"), ("<=", "≤"), ("==", "="), ("!=", "≠"), ("_", " ")):
        text = text.replace(sign, written)
    return text.removeprefix("n ")


def _questions(brief: Brief) -> Markup | None:
    """What only the person knows."""
    if not brief.questions:
        return None
    items = [
        join(
            h("b", asked.text),
            f" Assumed: {asked.assumed}.",
            f" Would change: {', '.join(_KEYS.get(key, plain(key)).lower() for key in asked.affects)}."
            if asked.affects
            else "",
            " Answer it under ",
            h("code", f"[answers] {asked.field}"),
            " in fivefold.toml.",
        )
        for asked in brief.questions
    ]
    return block("What only you can tell", bullets(items))
