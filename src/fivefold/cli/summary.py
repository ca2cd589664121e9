"""How artefacts are printed: in words for a person, as one JSON object for a program."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fivefold.cli.console import say
from fivefold.core import records
from fivefold.core.artefacts import Brief, Dataset, Health, Model, Release
from fivefold.core.artefacts.dataset import LEAK_CHECKS
from fivefold.core.errors import UnhealthyError
from fivefold.core.journal import journals
from fivefold.core.quantities import format_bytes, format_seconds
from fivefold.core.releases import releases
from fivefold.core.settings import OUT
from fivefold.deployment.standing import LINE_UP
from fivefold.deployment.step import is_running
from fivefold.report.figures import NONE, figure, interval, percent
from fivefold.report.language import (
    finding_words,
    last_fit_words,
    metric_label,
    metric_meaning,
    naive_words,
    plural,
    sentence,
    trade_words,
)
from fivefold.report.rehearsed import rehearsal_words
from fivefold.report.sections.budget import charge_words
from fivefold.report.sections.costs import cost_lines
from fivefold.report.sections.deployment import monthly_words, place_words
from fivefold.report.sections.fairness import fairness_words
from fivefold.report.sections.labels import label_lines
from fivefold.report.sections.learning import learning_words
from fivefold.report.sections.lineage import lineage_words
from fivefold.report.sections.rivals import rival_lines, rival_words
from fivefold.service.lineup import read_line_up, run_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.core.artefacts import Score
    from fivefold.core.ledger import Ledger
    from fivefold.core.store import Stored
    from fivefold.result import Result, StepSummary, Summary

__all__ = [
    "answering_lines",
    "elsewhere_lines",
    "exit_by_verdict",
    "ledger_words",
    "score_words",
    "show",
    "show_step",
]

_SHOWN = 5
_UNTOLD = ", since too little was asked of it to tell"


def show(result: Result, *, as_json: bool) -> None:
    """Print the whole run."""
    found = result.summary()
    if as_json:
        say(records.dump(found).decode().rstrip())
        return
    say(f"run {found.run}: {found.state}")
    if found.message:
        say(f"  {found.message}")
    if found.ledger:
        say(ledger_words(found.ledger, found.steps))
    _say_dropped(found)
    _say_headline(found)
    if found.address:
        say(f"service: {found.address}")
    if found.verdict:
        say(f"health: {found.verdict}{_UNTOLD if found.verdict == 'unknown' else ''}")
    if found.report:
        say(f"report: {found.report}")
    for command in _next(found):
        say(f"next: {command}")


def show_step(result: Result, step: str, *, as_json: bool) -> None:
    """Print one artefact."""
    stored = result.artefact(step)
    if as_json:
        say(records.dump({"header": stored.header, "body": stored.body}).decode().rstrip())
        return
    for line in _words(stored):
        say(line)


def answering_lines(release: Release, live: Path) -> list[str]:
    """Name the models of a service of this machine that runs, where it holds others than the run's own."""
    if not any(each.pid and is_running(each, live) for each in releases(live, release)):
        return []
    line_up, own = read_line_up(live / LINE_UP), live.resolve().parent.name
    champion, challenger = run_of(line_up.champion), run_of(line_up.challenger)
    promoted = (
        f"  the model of run {champion} answers, since it was promoted; back with: fivefold rollback {own}"
    )
    lines = [] if champion == own else [promoted]
    how = (
        f"answers {percent(line_up.share, places=0)} of the rows"
        if line_up.share
        else "answers in the shadow"
    )
    return [*lines, f"  beside it the model of run {challenger} {how}"] if line_up.challenger else lines


def elsewhere_lines(
    release: Release, live: Path, *, now: Callable[[Release, Path], str] | None = None
) -> list[str]:
    """Say what a run has at other targets: it stands, and may cost, beside the release.

    Parameters
    ----------
    release : Release
        The last one.
    live : Path
        The run's live folder.
    now : callable, optional
        Says how another release stands; not asked where that would take time for nothing.
    """
    own = live.resolve().parent.name
    others = [each for each in releases(live, release) if each.target not in (release.target, "none")]
    lines = [
        f"  at {other.target} stands another release: {place_words(other)}{f' ({now(other, live)})' if now else ''}; "
        f"'fivefold undeploy {own} --target {other.target}' removes it alone"
        for other in others
    ]
    noted, known = journals(live), {release.target, *(other.target for other in others)}
    broken = [journal.target for journal in noted if not journal.whole]
    lines += [
        f"  at {journal.target} stands what was made there before; 'fivefold undeploy' removes it, too"
        for journal in noted
        if journal.whole and journal.target not in known
    ]
    return lines + [
        f"  a deployment to {other} broke off: 'fivefold deploy {own} --resume' goes on with it, 'fivefold undeploy {own}' removes what it made"
        for other in broken
    ]


def exit_by_verdict(result: Result) -> None:
    """End with exit code 4 when something must be done."""
    if result.health.verdict == "act":
        raise typer.Exit(UnhealthyError.exit_code)


def score_words(score: Score) -> str:
    """Say a figure with its interval."""
    return f"{metric_label(score.metric)} {figure(score.value)} (95 % interval {interval(score)})"


def ledger_words(ledger: Ledger, steps: Mapping[str, StepSummary]) -> str:
    """Say planned against spent, and what each step made."""
    lines = [f"{'ledger':<11} {'planned':>10} {'spent':>10} {'memory':>9} {'disk':>9}"]
    for entry in ledger.entries:
        planned, spent = format_seconds(entry.planned_seconds), format_seconds(entry.spent_seconds)
        memory, disk = format_bytes(entry.memory_bytes), format_bytes(entry.disk_bytes)
        made = steps.get(entry.step)
        what = f"{made.artefact} {made.digest[7:15]}{', not repeated' * made.reused}" if made else ""
        line = f"  {entry.step:<9} {planned:>10} {spent:>10} {memory:>9} {disk:>9}"
        lines.append("  ".join((line, *[what] * bool(made), *charge_words(entry, ledger.budget.currency))))
    total = format_seconds(ledger.spent())
    lines.append(f"  {'all':<9} {format_seconds(ledger.budget.time):>10} {total:>10}")
    return "\n".join(lines)


def _say_dropped(found: Summary) -> None:
    """Print the columns that the model does not see, the first ones with their reason."""
    for name, why in found.dropped[:_SHOWN]:
        say(f"left out: '{name}' ({why})")
    if len(found.dropped) > _SHOWN:
        say(
            f"left out: {len(found.dropped) - _SHOWN} more columns; 'fivefold show {found.run} data' names them"
        )
    suspects = [name for name, why in found.dropped if why.partition(":")[0] in LEAK_CHECKS]
    if suspects:
        say(
            f"If '{suspects[0]}' is known when the question is asked, give it a role in [data.columns] to keep it"
        )


def _say_headline(found: Summary) -> None:
    """Print the figure that matters, beside the baseline's."""
    if found.metric is None or found.baseline is None:
        return
    meaning = metric_meaning(found.metric.metric)
    say(f"measured on rows it had never seen: {score_words(found.metric)}{f'; {meaning}' if meaning else ''}")
    say(f"a model that knows nothing, and always gives the same answer: {score_words(found.baseline)}")
    say(
        "better than knowing nothing, beyond what chance explains"
        if found.better
        else "NOT clearly better than knowing nothing: do not rely on it"
    )
    for rival in found.rivals:
        say(rival_words(rival))
    for line in cost_lines(found.costs):
        say(line)
    for words in filter(None, map(fairness_words, found.fairness)):
        say(words)
    if found.doubt:
        say(found.doubt)
    if found.repeatable:
        say("deterministic: the same command gives this bundle again, byte for byte")
    elif found.repeatable is False:
        say(
            "NOT deterministic, although that was asked for: the run was cut before its work was done, so the same seed need not "
            "give this model again; the same command goes on from what was fitted"
        )


def _next(found: Summary) -> list[str]:
    """What a person may want to do now, as commands that can be copied."""
    if found.metric is None or not found.report:
        return []
    folder = Path(found.report).parent
    run = found.run if folder.parent == Path(OUT) else shlex.quote(str(folder))
    if not found.better:
        return [f"fivefold show {run} train"]  # its notes say what there was no time for
    asked = "monitor" if found.address else "deploy"
    return [f"fivefold predict {run} NEW_ROWS.csv", f"fivefold {asked} {run}"]


def _value(value: object) -> str:
    """Write what the plan says of a key; nothing is a dash."""
    said = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return said or NONE


def _words(stored: Stored[object]) -> list[str]:
    """Sum up one artefact in a few lines."""
    body = stored.body
    lines = [f"{stored.header.kind} {stored.header.digest[7:15]}, {format_seconds(stored.header.seconds)}"]
    if isinstance(body, Brief):
        lines += [
            f"  {item.key} = {_value(item.value)}  ({item.decided_by}: {item.why})" for item in body.plan
        ]
        lines += [
            f"  open: {sentence(question.text)} {sentence(f'Assumed: {question.assumed}')}"
            for question in body.questions
        ]
    elif isinstance(body, Dataset):
        lines += [f"  from {lineage_words(table)}" for table in stored.header.lineage]
        split = body.split
        lines.append(
            f"  {plural(split.train_rows, 'row')} to train on, {split.test_rows:,} sealed ({split.kind}: {split.why})"
        )
        lines += [f"  {finding.severity}: {finding_words(finding)}" for finding in body.findings]
        lines += [f"  left out: {name} ({why})" for name, why in body.dropped]
    elif isinstance(body, Model):
        lines += [f"  {score_words(score)}" for score in body.evaluation.scores]
        lines += [
            f"  {percent(row.weight, places=0):>6} {row.name}: validation loss {figure(row.loss)}"
            for row in body.leaderboard
        ]
        lines += [f"  {words}." for words in (*rival_lines(body), *cost_lines(body.evaluation.costs))]
        told = map(fairness_words, body.evaluation.fairness)
        lines += [f"  {words}." for words in told if words]
        said = (last_fit_words(body), naive_words(body.naive), trade_words(body))
        lines += [f"  {words}." for words in said if words]
        if body.learning is not None:
            lines.append(f"  {sentence(learning_words(body.learning))}")
        lines += [f"  note: {text}" for text in body.notes]
        lines += [f"  {line}" for line in label_lines(body)]
    elif isinstance(body, Release):
        lines.append(f"  {body.target}: {place_words(body)}, p50 {body.golden.p50_ms:.2f} ms")
        lines += [] if body.pid else [f"  {made.kind} {made.name}" for made in body.resources]
        lines += [f"  {monthly_words(body)}"] if monthly_words(body) else []
        lines += [f"  {rehearsal_words(body.rehearsal)}"] if body.rehearsal else []
        lines += [f"  note: {text}" for text in body.notes]
    elif isinstance(body, Health):
        known = f"{body.labelled:,} of them with a known outcome"
        lines.append(f"  {body.verdict}: {plural(body.predictions, 'prediction')}, {known}")
        for check in body.checks:
            lines.append(f"  {check.verdict:<8} {check.reason}")
            lines += (
                [f"  {'':<8} Next: {check.advice}"] if check.advice and check.verdict != "healthy" else []
            )
        lines += [] if body.checks else [f"  {reason}" for reason in body.reasons]
    return lines
