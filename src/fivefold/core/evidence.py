"""What a source of evidence found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivefold.core.artefacts import Citation

__all__ = ["EvidenceAnswer"]


@dataclass(frozen=True, slots=True)
class EvidenceAnswer:
    """What a source of evidence found.

    Attributes
    ----------
    citations : tuple of Citation
        Cards whose conditions all hold.
    effects : tuple of (str, str)
        Card id and the change to the plan that it asks for, such as ``split.kind = group``.
    unknown : tuple of (str, str)
        Card id and the fact that is missing to decide whether it applies.
    status : str
        ``bundled``, ``live``, ``cache``, ``offline``, ``unavailable``, ...
    as_of : str
        ISO date of the last check of what was searched.
    """

    citations: tuple[Citation, ...]
    effects: tuple[tuple[str, str], ...]
    unknown: tuple[tuple[str, str], ...]
    status: str
    as_of: str
