"""Out of fold: what a model answered of rows that had not taught it, few enough figures to travel with it.

With them a release can be watched where the training rows are not: see ``supposed`` for what they tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import OutOfFold
from fivefold.measure.reliability import calibration_curve

if TYPE_CHECKING:
    from fivefold.core.artefacts import Contract
    from fivefold.core.protocols import Floats

__all__ = ["kept_out_of_fold"]

_ROWS = 1_000
_SCORES = 20_000
"""Rows x outputs that are kept at most."""


def kept_out_of_fold(
    contract: Contract, truth: Floats, scores: Floats, decided: Floats, *, seed: int
) -> OutOfFold:
    """Draw a sample, and put all rows into a curve.

    Parameters
    ----------
    contract : Contract
        Of a target that is personal nothing is kept.
    truth : array, shape (rows,)
        Positions of the classes, or numbers.
    scores : array, shape (rows, outputs)
        As they are answered.
    decided : array, shape (rows, outputs)
        The largest one is the label's.
    seed : int
        Draws the sample.

    Examples
    --------
    >>> import numpy as np
    >>> from fivefold.testing.checks import contract
    >>> truth, scores = np.array([0.0, 1.0]), np.array([[0.75, 0.25], [0.75, 0.25]])
    >>> kept = kept_out_of_fold(contract("binary"), truth, scores, scores, seed=0)
    >>> kept.calibration, sorted(kept.truth), kept.labels
    (((0.25, 0.5, 2),), [0.0, 1.0], (0, 0))
    """
    if contract.personal or not truth.size:
        return OutOfFold()
    most = min(_ROWS, _SCORES // scores.shape[1])
    # Not in the order of the table: nobody is to find a row again.
    drawn = np.random.default_rng(seed).permutation(truth.size)[:most]
    curve = calibration_curve(truth, scores)
    return OutOfFold(
        rows=truth.size,
        calibration=tuple((_short(said), _short(happened), rows) for said, happened, rows in curve),
        truth=tuple(map(_short, truth[drawn].tolist())),
        labels=tuple(decided[drawn].argmax(axis=1).tolist()) if contract.classes else (),
        scores=tuple(tuple(map(_short, row)) for row in scores[drawn].tolist()),
    )


def _short(number: float) -> float:
    """A figure with the digits that float32 has."""
    return float(f"{number:.7g}")
