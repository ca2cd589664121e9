"""The registry: parts are found by name through entry points; built-ins enter by the same door as strangers.

It is strict: a name given twice is an error, a part that cannot be loaded is a loud warning, and an unknown name lists
the known ones.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from fivefold.core.errors import PartError, UnknownPartError

__all__ = ["GROUPS", "Registry"]

Part = TypeVar("Part")

GROUPS = {
    "fivefold.evidence_sources": "evidence source",
    "fivefold.sources": "source",
    "fivefold.findings": "finding check",
    "fivefold.families": "family",
    "fivefold.executors": "executor",
    "fivefold.routes": "route",
    "fivefold.members": "member kind",
    "fivefold.targets": "target",
    "fivefold.checks": "check",
    "fivefold.trackers": "tracker",
}
"""Every entry-point group and what a person calls its parts."""


@dataclass(frozen=True)
class Registry(Generic[Part]):
    """The parts of one group.

    Parameters
    ----------
    group : str
        One of :data:`GROUPS`.
    """

    group: str

    def names(self) -> tuple[str, ...]:
        """Names of all parts, sorted.

        Raises
        ------
        PartError
            When two packages give one name.
        """
        return tuple(sorted(self._points()))

    def get(self, name: str) -> Part:
        """Load the part of this name.

        Raises
        ------
        UnknownPartError
            When there is none.
        PartError
            When it cannot be loaded.
        """
        points = self._points()
        if name not in points:
            raise UnknownPartError(
                f"There is no {GROUPS[self.group]} '{name}'",
                seen=repr(name),
                expected=", ".join(sorted(points)) or f"a package that offers one under '{self.group}'",
                todo="use one of these names, or install the package that brings it",
            )
        return self._load(points[name])

    def all(self) -> dict[str, Part]:
        """Load every part that can be loaded; the others are warned about by name."""
        loaded: dict[str, Part] = {}
        for name, point in sorted(self._points().items()):
            try:
                loaded[name] = self._load(point)
            except PartError as error:
                warnings.warn(str(error), RuntimeWarning, stacklevel=2)
        return loaded

    def _points(self) -> dict[str, EntryPoint]:
        """Entry points by name; the same name from two packages is an error."""
        found: dict[str, EntryPoint] = {}
        for point in entry_points(group=self.group):
            if point.name in found and found[point.name].value != point.value:
                raise PartError(
                    f"Two packages offer a {GROUPS[self.group]} named '{point.name}'",
                    seen=f"{found[point.name].value} and {point.value}",
                    expected="one part per name",
                    todo="uninstall one of the two packages",
                )
            found[point.name] = point
        return found

    def _load(self, point: EntryPoint) -> Part:
        """Import one part."""
        try:
            part: Part = point.load()
        except Exception as error:  # The edge to a plug-in's load: it may raise anything.
            raise PartError(
                f"The {GROUPS[self.group]} '{point.name}' cannot be loaded",
                seen=f"{type(error).__name__}: {error}",
                expected=f"'{point.value}' to import",
                todo="update or uninstall the package that offers it",
            ) from error
        return part
