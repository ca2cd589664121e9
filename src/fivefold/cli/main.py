"""The command ``fivefold``: gathers the groups of commands, and turns every error into a message and an exit code.

Exit codes: 0 done, 1 failed, 2 misuse, 3 budget refused, 4 unhealthy, 130 interrupted.
"""

from __future__ import annotations

import errno
import json
import re
import sys
from typing import Any, NoReturn

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
from fivefold.cli.launch import INTERRUPTED, end_interrupted
from fivefold.core.budget import STEPS
from fivefold.core.errors import FivefoldError, InputError, MisuseError
from fivefold.core.version import __version__

__all__ = ["app", "main"]

_FIRST = ("init", "run", *STEPS)
_FULL = {errno.ENOSPC, errno.EDQUOT}
_TOLD = re.compile(r"\(os error (\d+)\)")
_NOT_LET = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG} | _FULL
"""What a system says that does not let a file, or a process, be used; whoever asked for it can put it right."""


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
        _fail(error, wants_json=wants_json)
    except (KeyboardInterrupt, SystemExit) as end:
        # Typer turns Ctrl-C into this exit code without a word, and words that it cannot use into 2 after it has told a person.
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            if wants_json and (said := getattr(end.__context__, "format_message", None)):
                print(json.dumps({"error": {"code": MisuseError.default_code, "message": said()}}))
            raise
        end_interrupted("interrupted; what was finished is kept, and the same command goes on from there")
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        if _number(error) not in _NOT_LET:
            raise
        # A disk that is full, without a name, is that of the output itself, where no document can be printed either.
        _fail(_not_let(error), wants_json=wants_json and bool(error.filename or error.errno not in _FULL))


def _fail(error: FivefoldError, *, wants_json: bool) -> NoReturn:
    """Say what was wrong, and end."""
    if wants_json:
        print(json.dumps({"error": {"code": error.code, "message": str(error)}}))
    note(f"fivefold: {error}")
    sys.exit(error.exit_code)


def _number(error: OSError) -> int | None:
    """Number of the system's error; Polars tells it in words alone."""
    told = _TOLD.search(str(error))
    return int(told[1]) if error.errno is None and told else error.errno


def _not_let(error: OSError) -> InputError:
    """Say what the system does not let be used."""
    named = f"'{error.filename}'" if error.filename else ""
    if _number(error) in _FULL:
        return InputError(
            f"There is no room for {named or 'a file, or for the output'}",
            seen=error.strerror or str(error),
            expected="a disk, and a quota on it, with room",
            todo="make room, or name a folder on another disk with --out",
            code="not_let",
        )
    what = f"The system does not let {named} be used" if named else "The system does not let this be done"
    return InputError(
        what,  # without a name such as to end the service of another user
        seen=error.strerror or str(error),
        expected="files, folders and processes that may be used",
        todo="change the name or the permissions, or ask as the user whose it is; --out names another folder for the runs",
        code="not_let",
    )


if __name__ == "__main__":
    main()
