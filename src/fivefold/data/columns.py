"""Columns: what the look decided about a column, as the contract's word for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Column

if TYPE_CHECKING:
    from fivefold.core.artefacts import ColumnProfile

__all__ = ["column_of"]


def column_of(profile: ColumnProfile) -> Column:
    """Return how a column is read: role, type, reading, missing values and, of an ordinal, its levels.

    Its range, its categories and whether it may be missing are not known before the training part is.
    """
    return Column(
        name=profile.name,
        role=profile.role,
        kind=profile.kind,
        nullable=True,
        categories=profile.levels,
        reading=profile.reading,
        missing_values=profile.missing_values,
        form=profile.form,
    )
