"""Window: what a check of a release may look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.artefacts import Contract, Reference
    from fivefold.core.tables import Frame

__all__ = ["Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """What a release was asked and answered, and what is known about the truth.

    Attributes
    ----------
    contract : Contract
    reference : Reference
        The bundle's sketch of the training rows.
    metric : str
    sealed : float
        Value of the headline metric on the sealed test part.
    rows : Frame
        One row per logged prediction: the contract's columns as the service understood them.
    scores : Frame
        Same height: ``time`` (Datetime UTC), ``prediction_id`` (String), ``label`` (String) and one column
        ``probability: CLASS`` per class for classification, or ``value`` (Float64); ``unseen`` and ``extra`` (Int64).
    truth : Frame or None
        Same height: ``truth``, null where unknown, and ``known_at`` (Datetime UTC) where the service was told; None without
        labels.
    requests : Mapping of str to float
        Counters of the service, whichever version answered: requests, errors, predictions, dropped log rows; p50 and p95 in milliseconds.
    sealed_interval : (float, float) or None
        Ends of the 95 % interval of the sealed value; None takes the value as exact.
    """

    contract: Contract
    reference: Reference
    metric: str
    sealed: float
    rows: Frame
    scores: Frame
    truth: Frame | None
    requests: Mapping[str, float] = field(default_factory=dict)
    sealed_interval: tuple[float, float] | None = None
