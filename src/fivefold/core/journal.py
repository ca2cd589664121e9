"""The journal of what a target made for a run: noted before it is asked for, so that nothing can stand there unknown.

It outlives the process that keeps it. A deployment that broke off goes on by it, and its removal needs nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.artefacts import Resource
from fivefold.core.credentials import without_password
from fivefold.core.errors import ArtefactError
from fivefold.core.inside import found_inside, told_inside
from fivefold.core.orders import Option, Order
from fivefold.core.store import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Entry", "Journal", "journals"]

_SUFFIX = ".journal.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing at the target.

    Attributes
    ----------
    resource : Resource
    version : str
        Of the bundle that it was made for.
    made : bool
        Whether it is known to stand; otherwise it may.
    facts : dict of str to str
        What else the target wants to find again, such as the id that the platform gave.
    former : tuple of str
        Versions whose place it is to take, as long as it is not made.
    ours : bool
        Whether this run asked for it. What another run made under the same name serves both, and stays when this one goes.
    """

    resource: Resource
    version: str
    made: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    former: tuple[str, ...] = ()
    ours: bool = True

    @property
    def versions(self) -> tuple[str, ...]:
        """What stands under its name, if it is this run's, is of one of these."""
        return (self.version, *self.former)


@dataclass(frozen=True, slots=True)
class _Page:
    """What the file holds."""

    target: str
    port: int
    options: dict[str, Option]
    entries: tuple[Entry, ...] = ()
    whole: bool = False


class Journal:
    """What one target made for one run; every change is on disk before the method returns.

    Parameters
    ----------
    live : Path
        The run's folder for things that go on changing.
    target : str

    Attributes
    ----------
    path : Path
    """

    def __init__(self, live: Path, target: str) -> None:
        self.path = live / f"{target}{_SUFFIX}"
        self._page = _read(self.path) or _Page(target, 0, {})

    @property
    def target(self) -> str:
        """Name of the target."""
        return self._page.target

    @property
    def order(self) -> Order:
        """Port and options of the last deployment; prices and money are no part of it."""
        return Order(self._page.port, self._page.options)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that stands or may stand, in the order of making."""
        return self._page.entries

    @property
    def whole(self) -> bool:
        """Whether the last deployment came to its end."""
        return self._page.whole

    def begin(self, order: Order) -> None:
        """Note that a deployment begins; what earlier ones made stays noted. A password in an address is not written down."""
        self._write(replace(self._page, port=order.port, options=_without_secrets(order), whole=False))

    def same_options(self, order: Order) -> bool:
        """Whether the last deployment was told the same, as far as that is written down."""
        return self._page.options == _without_secrets(order)

    def note(self, resource: Resource, version: str, *, there: bool = False, **facts: str) -> Entry:
        """Note what is about to be asked for, and return its entry: the earlier one if it is noted already for this bundle.

        Where it is noted for another bundle, it is about to become another thing under the same name. What is ``there``
        already, and is not noted, is somebody else's.
        """
        entry = self.find(resource)
        if entry is None:
            entry = Entry(resource, version, facts=facts, ours=not there)
            self._write(replace(self._page, entries=(*self.entries, entry)))
            return entry
        noted, ours = entry, entry.ours or not there
        if entry.version != version:
            entry = Entry(resource, version, facts=entry.facts | facts, former=entry.versions)
        entry = replace(entry, ours=ours)
        if entry != noted:  # it is made anew, after all the others: what is removed first was made last
            others = tuple(each for each in self.entries if each.resource != resource)
            self._write(replace(self._page, entries=(*others, entry)))
        return entry

    def made(self, resource: Resource, **facts: str) -> None:
        """Note that it stands, and what is known of it by now."""
        entry = self.find(resource)
        if entry is not None:
            self._put(replace(entry, made=True, facts=entry.facts | facts, former=()))

    def amend(self, resource: Resource, **facts: str) -> None:
        """Note what else is known of something that is noted, whether it stands or not."""
        entry = self.find(resource)
        if entry is not None:
            self._put(replace(entry, facts=entry.facts | facts))

    def find(self, resource: Resource) -> Entry | None:
        """Return the entry of a resource; None when it is not noted."""
        return next((entry for entry in self.entries if entry.resource == resource), None)

    def end(self) -> None:
        """Note that the deployment is whole."""
        self._write(replace(self._page, whole=True))

    def drop(self, resource: Resource) -> None:
        """Note that it is gone; the file goes with the last entry."""
        left = tuple(entry for entry in self.entries if entry.resource != resource)
        if left:
            self._write(replace(self._page, entries=left))
        else:
            self.close()

    def close(self) -> None:
        """Remove the file: nothing stands there any more."""
        self._page = replace(self._page, entries=(), whole=False)
        self.path.unlink(missing_ok=True)

    def _put(self, entry: Entry) -> None:
        """Write an entry in place of the one of the same resource."""
        entries = tuple(entry if each.resource == entry.resource else each for each in self.entries)
        self._write(replace(self._page, entries=entries))

    def _write(self, page: _Page) -> None:
        """Put a page on disk."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        live = self.path.parent
        told = (replace(each, resource=told_inside(each.resource, live)) for each in page.entries)
        write_atomically(self.path, records.dump(replace(page, entries=tuple(told))))
        self._page = page


def journals(live: Path) -> tuple[Journal, ...]:
    """Return the journals of all targets that made something for a run, by name."""
    names = sorted(path.name.removesuffix(_SUFFIX) for path in live.glob(f"*{_SUFFIX}"))
    return tuple(Journal(live, name) for name in names)


def _without_secrets(order: Order) -> dict[str, Option]:
    """Return the options of an order as they may be written down."""
    return {
        name: without_password(value) if isinstance(value, str) else value
        for name, value in order.options.items()
    }


def _read(path: Path) -> _Page | None:
    """Read a journal; None when there is none.

    One that is damaged is no reason to go on: what it names would stand for ever.
    """
    try:
        page = records.load(_Page, path.read_bytes(), label=f"'{path}'")
    except FileNotFoundError:
        return None
    except ArtefactError as error:
        raise ArtefactError(
            f"The journal of a deployment cannot be read: '{path.name}'",
            seen=error.seen,
            expected="the file as it was written",
            todo="look at the platform for what it names, remove that by hand, then delete the file",
        ) from error
    found = (replace(each, resource=found_inside(each.resource, path.parent)) for each in page.entries)
    return replace(page, entries=tuple(found))
