"""Bundles that a person names by their path, as a folder or a zip archive."""

from __future__ import annotations

from pathlib import Path

from fivefold.core.errors import ArtefactError, InputError
from fivefold.runtime.bundle import read_bundle
from fivefold.runtime.manifest import MANIFEST

__all__ = ["bundle_at"]


def bundle_at(named: str) -> Path | None:
    """Return the bundle that lies at a path; None where the name is that of something else.

    Raises
    ------
    InputError
        When it is damaged, or a file of another kind.
    """
    place = Path(named)
    if not place.is_file() and not (place / MANIFEST).is_file():
        return None
    try:
        read_bundle(place)
    except ArtefactError as error:
        raise InputError.of(error) from error
    return place
