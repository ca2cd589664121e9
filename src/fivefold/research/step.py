"""Step 1, told from top to bottom: task, facts, evidence, plan, open questions, and the two files that hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.artefacts import Brief, OpenQuestion, PlanItem, Task
from fivefold.core.extract import DataSettings
from fivefold.core.registry import Registry
from fivefold.core.train_settings import TrainSettings
from fivefold.report.language import applied_words
from fivefold.research.decision import Decision, decide
from fivefold.research.facets import silent
from fivefold.research.facts import Request, read_answers
from fivefold.research.page import page
from fivefold.research.questions import open_questions
from fivefold.research.task import check_metric, choose_task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.core.artefacts import Profile, Question
    from fivefold.core.protocols import EvidenceSource, Fact
    from fivefold.core.workbench import Workbench

__all__ = ["PlanFile", "research"]

FactValue = str | bool | int | float | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class PlanFile:
    """``plan.json``: the plan with everything that it was made from.

    Attributes
    ----------
    schema : int
        Version of this file.
    task : Task
    evidence_as_of : str
    sources : dict of str to str
        Status of each evidence source.
    facts : dict of str to (str, bool, int, float, list or None)
        What was known; null is unknown.
    items : tuple of PlanItem
    advice : tuple of (str, str)
        Card id and what it asks for that no step follows yet.
    questions : tuple of OpenQuestion
    citations : tuple of str
        Ids of the cards that apply, most specific first.
    not_found : tuple of str
        Facets without evidence.
    """

    schema: int
    task: Task
    evidence_as_of: str
    sources: dict[str, str]
    facts: dict[str, FactValue]
    items: tuple[PlanItem, ...]
    advice: tuple[tuple[str, str], ...]
    questions: tuple[OpenQuestion, ...]
    citations: tuple[str, ...]
    not_found: tuple[str, ...]


def research(
    question: Question,
    profile: Profile,
    bench: Workbench,
    *,
    answers: Mapping[str, str | bool | int | float],
    settings: DataSettings | None = None,
    train: TrainSettings | None = None,
) -> Brief:
    """Write a brief: which evidence applies to this table, and the plan that follows from it.

    Works without a network. Payloads: ``brief.md`` for people, ``plan.json`` for machines.

    Parameters
    ----------
    question : Question
    profile : Profile
    bench : Workbench
    answers : mapping of str to (str, bool, int or float)
        The person's answers to open questions, by the name of the fact.
    settings : DataSettings, optional
        Its split, and the columns that the model must not use, are the person's own.
    train : TrainSettings, optional
        Families, and rows to learn from, that the person chose.

    Returns
    -------
    Brief

    Raises
    ------
    MisuseError
        When the task or the metric does not fit the target.
    SettingsError
        When an answer belongs to no question, or cannot be read, or a split is asked for whose column nobody knows.
    """
    task = choose_task(question, profile)
    check_metric(question, profile, task.task)
    known = read_answers(answers)
    told = settings or DataSettings()
    request = Request(
        question,
        profile,
        task.task,
        bench.budget,
        deploys=True,
        settings=told,
        train=train or TrainSettings(),
    )
    sources = _sources()

    def decision_with(facts: Mapping[str, Fact]) -> Decision:
        return decide(request, task, facts, sources, bench.deadline)

    bench.progress.advance(0.0, f"looking for evidence in: {', '.join(sources)}")
    decision = decision_with(known)
    brief = Brief(
        question=question,
        profile=profile,
        task=task.task,
        citations=decision.citations,
        plan=decision.plan,
        questions=open_questions(decision, known, decision_with),
        sources=tuple((name, answer.status) for name, answer in decision.found.items()),
        evidence_as_of=min((answer.as_of for answer in decision.found.values()), default=""),
    )
    _write(brief, decision, bench)
    return brief


def _sources() -> dict[str, EvidenceSource]:
    """Every registered source of evidence, made ready."""
    parts: Registry[Callable[[], EvidenceSource]] = Registry("fivefold.evidence_sources")
    return {name: part() for name, part in parts.all().items()}


def _write(brief: Brief, decision: Decision, bench: Workbench) -> None:
    """Write both payloads."""
    plan = PlanFile(
        schema=1,
        task=brief.task,
        evidence_as_of=brief.evidence_as_of,
        sources=dict(brief.sources),
        facts=dict(decision.facts),
        items=brief.plan,
        advice=decision.advice,
        questions=brief.questions,
        citations=tuple(card.id for card in brief.citations),
        not_found=silent(brief.citations),
    )
    (bench.folder / "plan.json").write_bytes(records.dump(plan))
    text = page(brief, decision.facts, {name for name, _ in decision.advice})
    (bench.folder / "brief.md").write_text(text, encoding="utf-8")
    bench.progress.advance(1.0, applied_words(len(brief.citations)))
