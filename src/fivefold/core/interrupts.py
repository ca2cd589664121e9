"""Interrupts: Ctrl-C while DuckDB is at work reaches us as the one exception that everything here answers to."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["as_keyboard_interrupt"]

_SAID = "Query interrupted"
"""What DuckDB's binding raises, as a RuntimeError, in place of the KeyboardInterrupt that it has swallowed."""


@contextlib.contextmanager
def as_keyboard_interrupt() -> Iterator[None]:
    """Turn DuckDB's word for Ctrl-C into KeyboardInterrupt; every connection of ours is held inside of this.

    Raises
    ------
    KeyboardInterrupt
        When a query was interrupted.

    Examples
    --------
    >>> try:
    ...     with as_keyboard_interrupt():
    ...         raise RuntimeError("Query interrupted")
    ... except KeyboardInterrupt:
    ...     print("interrupted")
    interrupted
    """
    try:
        yield
    except RuntimeError as error:
        if str(error) != _SAID:
            raise
        raise KeyboardInterrupt from None
