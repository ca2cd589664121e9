"""A step that has further commands: whatever names none of them is meant for the step itself."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

__all__ = ["OWN", "StepGroup"]

OWN = "make"
"""The step's own command, which need not be said."""


class StepGroup(TyperGroup):
    """The group of a step's commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the step's own command before words that begin with none."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [OWN, *args]
        return super().parse_args(ctx, args)
