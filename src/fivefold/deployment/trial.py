"""A bundle tried in a fresh interpreter: proof that it needs nothing of the process that trained it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.artefacts import GoldenCheck
from fivefold.core.clock import Deadline
from fivefold.core.errors import FivefoldError, StepError
from fivefold.deployment.golden import play
from fivefold.runtime.bundle import load_bundle
from fivefold.service.golden import prove

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["main", "try_here", "try_in_fresh_interpreter"]


def try_in_fresh_interpreter(folder: Path, until: Deadline) -> GoldenCheck | None:
    """Load the bundle in a process of its own and play its golden rows; None when the time is over first.

    Raises
    ------
    StepError
        When the bundle cannot be loaded there, or answers differently.
    """
    command = [sys.executable, "-P", "-m", "fivefold.deployment.trial", str(folder.resolve())]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=until.remaining())
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        raise StepError(
            "The bundle does not work in a fresh interpreter",
            seen=" | ".join(done.stderr.splitlines()[-3:]) or f"exit code {done.returncode}",
            expected="the known answers to its golden rows",
            todo="train again; if it stays so, report it with the words above",
        )
    return records.load(GoldenCheck, done.stdout, label="The report of the trial")


def try_here(folder: Path, until: Deadline) -> GoldenCheck:
    """Load the bundle from disk in this process and play its golden rows.

    Raises
    ------
    ArtefactError
        When a file is damaged, or an answer is not the known one.
    """
    predictor = load_bundle(folder)
    prove(predictor)

    def ask(row: Mapping[str, object]) -> Mapping[str, object]:
        return predictor.answer(predictor.read([row]))[0]

    return play(ask, predictor, until)


def main(arguments: Sequence[str]) -> int:
    """Try the bundle named by the first argument and print the report; return the exit code."""
    try:
        check = try_here(Path(arguments[0]), Deadline.after(1.0))
    except FivefoldError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(records.dump(check).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
