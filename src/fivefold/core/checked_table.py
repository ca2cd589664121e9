"""The checked table: what a finding check is handed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.artefacts import ColumnProfile, Contract, Split
    from fivefold.core.tables import Frame

__all__ = ["CheckedTable"]


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """What a finding check may look at: the training part, never the sealed one.

    Attributes
    ----------
    frame : Frame
        Training rows with all columns, cleaned, and ``__row__``; at most 100,000 rows.
    sealed : Frame
        Features of sealed rows, at most 100,000, without their target: a check may ask whether rows come back.
    profiles : dict of str to ColumnProfile
    contract : Contract
    rows : int
        Rows of the whole training part.
    removed : tuple of (str, int)
        Rows set aside so far, by reason.
    split : Split
    sealed_classes : Mapping of class to its number of sealed rows; empty for regression
    """

    frame: Frame
    sealed: Frame
    profiles: dict[str, ColumnProfile]
    contract: Contract
    rows: int
    removed: tuple[tuple[str, int], ...]
    split: Split
    sealed_classes: Mapping[str, int] = field(default_factory=dict)
