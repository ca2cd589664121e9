"""``data``: the second step, and what else is done with tables: holding a new one against the contract of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fivefold.cli import summary
from fivefold.cli.console import Bar, say
from fivefold.cli.options import Config, JsonFlag, Out, RunName, settings_of, store_of
from fivefold.cli.step_group import OWN, StepGroup
from fivefold.core import records
from fivefold.core.errors import UnhealthyError
from fivefold.report.figures import whole
from fivefold.report.language import plural
from fivefold.result import Result
from fivefold.workflow import load, resume

if TYPE_CHECKING:
    from fivefold.data.conformity import Conformity, Trouble

__all__ = ["check", "make", "register"]

_MARKS = {"broken": "broken ", "warning": "warning", "info": "to know"}
Against = Annotated[
    str, typer.Option("--against", metavar="RUN", help="A run's folder, its short id, or 'latest'.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(cls=StepGroup, rich_markup_mode=None, subcommand_metavar="[RUN | COMMAND] [ARGS]...")
    group.command(OWN)(make)
    group.command()(check)
    help_text = "Step 2: clean, check and split the table; or check a new one."
    app.add_typer(group, name="data", help=help_text)


def make(run: RunName = "latest", out: Out = None, as_json: JsonFlag = False, config: Config = None) -> None:
    """Make the Dataset of a run; 'data RUN' is short for it."""
    settings = settings_of({"out": out}, config)
    with Bar() as bar, resume(run, settings, needs_table=True, progress=bar) as journey:
        journey.data()
        result = Result(journey.run)
    summary.show_step(result, "data", as_json=as_json)


def check(
    table: Annotated[
        str, typer.Argument(metavar="NEW", help="The new table: whatever a run can be made of.")
    ],
    against: Against = "latest",
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Hold a new table against the contract of a run.

    Exit code 4 when a column is missing, or a value is of a wrong type or missing where training had none. Values outside of
    the range, and categories that training did not see, are warnings.
    """
    result = load(against, out=store_of(out, config))
    found = result.check(table)
    if as_json:
        say(records.dump(found).decode().rstrip())
    else:
        _print(found, result.id)
    if not found.holds:
        raise typer.Exit(UnhealthyError.exit_code)


def _print(found: Conformity, run: str) -> None:
    """Print it for a person."""
    say(
        f"{found.table} against the contract of run {run}: {plural(found.rows, 'row')}, {plural(found.columns, 'column')}"
    )
    for trouble in found.troubles:
        say(f"  {_MARKS[trouble.weight]}  {trouble.what}{_examples(trouble)}")
    warned = f", {whole(found.warned_rows)} with a warning" if found.warned_rows else ""
    if found.holds:
        say(f"the contract holds{warned.replace(', ', ', rows: ', 1)}")
    else:
        say(f"the contract is BROKEN: {whole(found.broken_rows)} of {plural(found.rows, 'row')}{warned}")


def _examples(trouble: Trouble) -> str:
    """Example rows in words."""
    shown = [
        f"row {example.row}" + (f" has {example.value!r}" if example.value is not None else "")
        for example in trouble.examples
    ]
    return f": {', '.join(shown)}" if shown else ""
