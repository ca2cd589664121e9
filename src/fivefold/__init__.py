"""Fivefold: from a question and a table to a monitored model, inside stated means.

Every public name is loaded on first use, so that ``import fivefold`` stays quick and pulls in no model library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from fivefold.core.version import __version__

if TYPE_CHECKING:
    from fivefold.core.budget import Budget
    from fivefold.core.errors import FivefoldError
    from fivefold.runtime.unread import UnreadWarning
    from fivefold.workflow import Result, load, run

__all__ = ["Budget", "FivefoldError", "Result", "UnreadWarning", "__version__", "load", "run"]

_HOMES = {
    "Budget": "fivefold.core.budget",
    "FivefoldError": "fivefold.core.errors",
    "Result": "fivefold.workflow",
    "UnreadWarning": "fivefold.runtime.unread",
    "load": "fivefold.workflow",
    "run": "fivefold.workflow",
}


def __getattr__(name: str) -> object:
    """Load a public name from its home on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'fivefold' has no attribute '{name}'; it has {', '.join(__all__)}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
