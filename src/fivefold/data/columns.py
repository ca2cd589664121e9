"""Columns: what the look decided about a column, as the contract's word for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Column

if TYPE_CHECKING:
    from fivefold.core.artefacts import ColumnProfile
    from fivefold.data.judgement import Judgement

__all__ = ["column_of"]


def column_of(decided: ColumnProfile | Judgement, name: str) -> Column:
    """Return how a column is read: role, type, reading, missing values and, of an ordinal, its levels.

    Its range, its categories and whether it may be missing are not known before the training part is.
    """
    return Column(
        name=name,
        role=decided.role,
        kind=decided.kind,
        nullable=True,
        categories=decided.levels,
        reading=decided.reading,
        missing_values=decided.missing_values,
        form=decided.form,
    )
