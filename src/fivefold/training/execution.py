"""Execution: which executor a setting names, and a pool of its workers."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from fivefold.core.clock import Deadline
from fivefold.core.protocols import Executor
from fivefold.core.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.protocols import Pool
    from fivefold.core.workbench import Workbench

__all__ = ["check_executor", "open_pool"]

_PATIENCE = 0.5
"""Share of the time left that may be spent on getting workers."""


def check_executor(told: str) -> None:
    """Refuse an executor that does not exist or cannot work here, before anything is done.

    Parameters
    ----------
    told : str
        Its name, and an address where it needs one: ``local``, ``ray``, ``ray:auto``, ``ray:head:6379``, ``ray://head:10001``.

    Raises
    ------
    MisuseError
        When there is no such executor, or it says why it cannot work.
    """
    executor, address = _found(told)
    executor.check(address)


def open_pool(bench: Workbench, folder: Path, cores: int) -> closing[Pool]:
    """Get the workers that a bench names, for a workshop; they are gone when the context ends.

    Parameters
    ----------
    bench : Workbench
    folder : Path
        The workshop's.
    cores : int
        Workers at once, where they are on this machine.
    """
    executor, address = _found(bench.executor)
    executor.check(address)
    until = Deadline.after(_PATIENCE * bench.deadline.remaining())
    return closing(executor.open(folder, cores, address, until))


def _found(told: str) -> tuple[Executor, str]:
    """An executor and the address that belongs to it; one with a scheme, such as ``ray://head:10001``, stays whole."""
    name, _, address = told.partition(":")
    executor = Registry[type[Executor]]("fivefold.executors").get(name)()
    return executor, told if address.startswith("//") else address
