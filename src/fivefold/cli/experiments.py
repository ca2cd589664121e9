"""``experiments``: the runs of a store, the trials of one, or several side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fivefold.cli import summary
from fivefold.cli.comparison import compare
from fivefold.cli.console import say
from fivefold.cli.options import Config, JsonFlag, Out, store_of
from fivefold.core import records
from fivefold.core.artefacts.model import where
from fivefold.core.quantities import format_bytes, format_seconds
from fivefold.core.store import Store
from fivefold.report.figures import figure, percent

if TYPE_CHECKING:
    from fivefold.cli.comparison import CandidateLine, Experiments, FitLine, RunLine

__all__ = ["experiments", "register"]

_BEST = 3
"""Candidates of each run that a comparison shows."""
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[RUN]...", help="Folders of runs, short ids, or 'latest'.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(experiments)


def experiments(
    runs: Names = None, out: Out = None, as_json: JsonFlag = False, config: Config = None
) -> None:
    """List the runs of the store; show one run's trials; or hold several runs side by side."""
    store = Store(Path(store_of(out, config)))
    named = [store.find(name) for name in runs or []]
    once = list({run.folder.resolve(): run for run in named}.values())
    found = compare(once or store.runs(), listing=not once)
    if as_json:
        say(records.dump(found).decode().rstrip())
        return
    for line in _words(found, listing=not once):
        say(line)


def _words(found: Experiments, *, listing: bool) -> list[str]:
    """Say it for a person."""
    if listing and not found.runs:
        return ["no runs here; make one with: fivefold run TABLE --target COLUMN"]
    lines = [text for line in found.runs for text in _run_words(line)]
    if len(found.runs) == 1 and not listing:
        return lines + [text for line in found.candidates for text in _candidate_words(line)]
    return lines if listing else lines + _comparison(found)


def _run_words(line: RunLine) -> list[str]:
    """One run on two lines."""
    lines = [f"{line.run}  {line.started}  {line.source}, target {line.target}: {line.state}"]
    if line.trouble:
        return [f"{line.run}  cannot be read: {line.trouble}"]
    if line.sealed is None or line.seconds is None:
        return [*lines, "  not trained"]
    time, size = format_seconds(line.seconds), format_bytes(line.size_bytes or 0)
    members = ", ".join(line.members) or "the baseline"
    return [*lines, f"  {summary.score_words(line.sealed)}; trained in {time}, {size}: {members}"]


def _candidate_words(line: CandidateLine) -> list[str]:
    """One candidate with its fits."""
    share = f", {percent(line.weight)} of the blend" if line.weight else ""
    lines = [f"  {line.candidate}: {_loss(line)} in {format_seconds(line.seconds)}{share}"]
    if line.settings:
        settings = ", ".join(f"{name} = {value}" for name, value in line.settings.items())
        lines.append(f"      {settings}")
    return lines + [f"    {_fit_words(fit)}" for fit in line.fits]


def _loss(line: CandidateLine) -> str:
    """A candidate's loss in words; of one that was trained elsewhere its figure on the sealed rows."""
    if line.sealed is not None:
        return f"trained by {line.family}, {summary.score_words(line.sealed)} on the sealed rows"
    return "not compared" if line.loss is None else f"validation loss {figure(line.loss)}"


def _fit_words(fit: FitLine) -> str:
    """One fit on a line."""
    score = f"loss {figure(fit.score)}, " if fit.score is not None else ""
    rounds = f", {fit.rounds} rounds" if fit.rounds else ""
    memory = f", {format_bytes(fit.memory_bytes)}" if fit.memory_bytes else ""
    why = f" ({fit.reason})" if fit.reason else ""
    return f"{where(fit.fold)}: {score}{format_seconds(fit.seconds)}{rounds}{memory}, {fit.state}{why}"


def _comparison(found: Experiments) -> list[str]:
    """What several runs have apart: their best candidates, and what they were asked and planned."""
    lines = []
    if found.same_sealed_rows is False:
        lines.append("the sealed rows are NOT the same: the figures are of different rows")
    for run in found.runs:
        best = [line for line in found.candidates if line.run == run.run][:_BEST]
        lines += (
            [f"best of {run.run}: {'; '.join(f'{line.candidate}, {_loss(line)}' for line in best)}"]
            if best
            else []
        )
    lines.append(
        "what differs:" if found.differences else "nothing differs in question, budget, data and plan"
    )
    for difference in found.differences:
        values = ", ".join(f"{value or 'not given'} ({run})" for run, value in difference.values.items())
        lines.append(f"  {difference.key}: {values}")
    return lines
