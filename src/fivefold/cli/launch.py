"""The command ``fivefold`` from its first moment: loading all that it can do takes a second, in which Ctrl-C ends it as quietly as later."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

__all__ = ["INTERRUPTED", "end_interrupted", "main"]

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


def main() -> None:
    """Load the command line and run it."""
    try:
        from fivefold.cli.main import main as run  # not at the top: there nothing would catch a Ctrl-C
    except KeyboardInterrupt:
        end_interrupted("interrupted before anything was begun")
    run()


def end_interrupted(words: str) -> NoReturn:
    """Say that Ctrl-C ended it, and what that means; then end."""
    if "--json" in sys.argv[1:]:
        print(json.dumps({"error": {"code": "interrupted", "message": words}}))
    sys.stderr.write(f"fivefold: {words}\n")
    sys.exit(INTERRUPTED)
