"""Inside: what lies in a run's live folder is written down by its place there, so that a run's folder may be moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivefold.core.artefacts.release import Resource

__all__ = ["found_inside", "lies_inside", "told_inside"]

_LIVE = "./live/"  # no image, bucket or endpoint can be called so


def told_inside(resource: Resource, live: Path) -> Resource:
    """Return a resource as it is written down: a file of the live folder by ``./live/`` and its name there.

    Examples
    --------
    >>> from fivefold.core.artefacts import Resource
    >>> live = Path("/runs/3f9a2c1e/live")
    >>> told_inside(Resource("context", "/runs/3f9a2c1e/live/container"), live)
    Resource(kind='context', name='./live/container')
    >>> told_inside(Resource("image", "shop/sales:1"), live)
    Resource(kind='image', name='shop/sales:1')
    """
    path, root = Path(resource.name), live.resolve()
    if not path.is_absolute() or not path.is_relative_to(root):
        return resource
    return replace(resource, name=_LIVE + path.relative_to(root).as_posix())


def found_inside(resource: Resource, live: Path) -> Resource:
    """Return a resource as it is found now, wherever the run's folder lies; earlier versions wrote down the whole path."""
    if not lies_inside(resource):
        return resource
    return replace(resource, name=str(live.resolve() / resource.name.removeprefix(_LIVE)))


def lies_inside(resource: Resource) -> bool:
    """Whether a resource is written down as one of the live folder."""
    return resource.name.startswith(_LIVE)
