"""The command ``fivefold``: gathers the groups of commands, and turns every error into a message and an exit code.

Exit codes: 0 done, 1 failed, 2 misuse, 3 budget refused, 4 unhealthy, 130 interrupted.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from fivefold.cli import (
    data,
    deployment,
    experiments,
    export,
    look,
    project,
    steps,
    succession,
    use,
)
from fivefold.cli.console import note
from fivefold.core.budget import STEPS
from fivefold.core.errors import FivefoldError
from fivefold.core.version import __version__

__all__ = ["app", "main"]

_INTERRUPTED = 130

_FIRST = ("init", "run", *STEPS)


class _InOrder(TyperGroup):
    """Commands in the order of the journey; Typer puts those that have commands of their own last."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the commands: the journey first, then the others as they were added."""
        names = super().list_commands(ctx)
        return sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))


app = typer.Typer(
    name="fivefold",
    cls=_InOrder,
    help="From a question and a table to a monitored model, inside stated means.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
for group in (project, steps, data, deployment, succession, use, export, look, experiments):
    group.register(app)


def _version(value: bool) -> None:
    """Print the version and end."""
    if value:
        typer.echo(f"fivefold {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=_version, is_eager=True
    ),
) -> None:
    """From a question and a table to a monitored model, inside stated means."""


def main() -> None:
    """Run the command line."""
    wants_json = "--json" in sys.argv[1:]
    try:
        app()
    except FivefoldError as error:
        if wants_json:
            print(json.dumps({"error": {"code": error.code, "message": str(error)}}))
        note(f"fivefold: {error}")
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, SystemExit) as end:
        # Typer turns Ctrl-C into this exit code without a word.
        if isinstance(end, SystemExit) and end.code != _INTERRUPTED:
            raise
        words = "interrupted; what was finished is kept, and the same command goes on from there"
        if wants_json:
            print(json.dumps({"error": {"code": "interrupted", "message": words}}))
        note(f"fivefold: {words}")
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        sys.exit(1)


if __name__ == "__main__":
    main()
