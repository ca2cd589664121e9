"""What was answered, as arrays: scores, labels, and the truth where it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fivefold.core.artefacts import Contract
    from fivefold.core.protocols import Floats
    from fivefold.core.tables import Frame
    from fivefold.core.window import Window

__all__ = ["Labelled", "answered_rows", "labelled_rows"]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The rows of a window whose outcome is known.

    Attributes
    ----------
    truth : array, shape (labelled,)
        Positions of the classes, or numbers.
    scores : array, shape (labelled, outputs)
    decided : array, shape (labelled, outputs), or None
        The answered labels as ones among zeros; None of numbers, which have no label.
    """

    truth: Floats
    scores: Floats
    decided: Floats | None


def labelled_rows(window: Window) -> Labelled | None:
    """Return the rows whose outcome is known; None without labels."""
    if window.truth is None:
        return None
    known = window.truth["truth"].is_not_null()
    truth, frame = window.truth["truth"].filter(known), window.scores.filter(known)
    scores, decided = answered_rows(window.contract, frame)
    if window.contract.task == "regression":
        return Labelled(truth.to_numpy().astype(np.float64), scores, None)
    place = {label: float(position) for position, label in enumerate(window.contract.classes)}
    positions = np.array([place[label] for label in truth.to_list()], dtype=np.float64)
    return Labelled(positions, scores, decided)


def answered_rows(contract: Contract, frame: Frame) -> tuple[Floats, Floats | None]:
    """Return scores of shape (rows, outputs) and the answered labels as ones among zeros; a number has no label.

    Parameters
    ----------
    contract : Contract
    frame : Frame
        As the scores of a window.
    """
    if contract.task == "regression":
        return frame["value"].to_numpy()[:, None].astype(np.float64), None
    names = [f"probability: {label}" for label in contract.classes]
    scores: Floats = frame.select(names).to_numpy().astype(np.float64)
    place = {label: position for position, label in enumerate(contract.classes)}
    # Not always the most probable class: the bundle may have a threshold.
    answered = [place.get(label) for label in frame["label"].to_list()]
    likely = [
        int(best if said is None else said)
        for said, best in zip(answered, scores.argmax(axis=1), strict=True)
    ]
    return scores, np.eye(len(place))[likely]
