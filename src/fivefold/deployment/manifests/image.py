"""The image that a manifest names: the one that the person said, or the one that the target ``container`` built for this very bundle."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fivefold.core.errors import SettingsError
from fivefold.core.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_image", "slug"]

_BUILDER = "container"
_KIND = " image"
_REFERENCE = re.compile(r"[a-z0-9][A-Za-z0-9._/:@-]*")
_LONGEST = 40


def find_image(said: str, target: str, live: Path, version: str) -> str:
    """Return the reference of the image.

    Parameters
    ----------
    said : str
        The option ``image``; empty for what was built.
    target : str
        For the error's text.
    live : Path
        The run's live folder, with the journal of the target ``container``.
    version : str
        Of the bundle that must be inside.

    Raises
    ------
    SettingsError
        When none was said, and none was built of this bundle.
    """
    if said:
        if _REFERENCE.fullmatch(said):
            return said
        raise _wrong(target, repr(said), "the reference of an image, such as registry.example/shop/sales:1")
    for entry in Journal(live, _BUILDER).entries:
        if entry.resource.kind.endswith(_KIND) and entry.made and entry.version == version:
            return entry.resource.name
    expected = "an image with this bundle inside, in a registry that the platform reaches"
    raise _wrong(target, "none was said, and none was built of this bundle", expected)


def slug(text: str) -> str:
    """Return a text as platforms take names: at most 40 small letters, digits and hyphens.

    Examples
    --------
    >>> slug("Sale price (EUR)")
    'sale-price-eur'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST].strip("-") or "model"


def _wrong(target: str, seen: str, expected: str) -> SettingsError:
    """Say that there is no image to name."""
    return SettingsError(
        f"The target '{target}' has no image to name",
        seen=seen,
        expected=expected,
        todo="build one with: fivefold deploy RUN --target container --set name=REGISTRY/NAME, push it, "
        "and name it with --set image=REGISTRY/NAME:TAG",
    )
