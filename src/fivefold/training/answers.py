"""Answers to rows that had not taught whoever gave them: out of fold on training rows, and of the measured model on sealed ones.

They are kept beside the bundle, for what is served learned from all these rows in the end: of its own answers to them nobody can
tell what it understood and what it remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import FOLD, ROW
from fivefold.core.errors import InputError
from fivefold.core.tables import read_parquet

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.training.evaluation import SealedPart
    from fivefold.training.search import Search

__all__ = ["ANSWERS", "Answers", "keep_answers"]

ANSWERS = "answers.parquet"
"""Name of the file: the row's number in the table, the fold that it was judged in (0 for sealed rows), and a score per output."""
_SEALED = 20_000
"""Sealed rows whose answers are kept at most, evenly spread."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered of some rows.

    Attributes
    ----------
    rows : array of int, shape (rows,)
        Their numbers in the table, ascending.
    scores : Floats
        Shape (rows, outputs).
    """

    rows: NDArray[np.int64]
    scores: Floats

    @classmethod
    def read(cls, folder: Path, *, sealed: bool) -> Answers:
        """Read those of the training rows, or those of the sealed ones.

        Raises
        ------
        InputError
            When the training kept none.
        """
        path = folder / ANSWERS
        if not path.is_file():
            raise InputError(
                "The training kept no answers that a student could learn from",
                seen=f"no '{ANSWERS}' beside the bundle",
                expected="a run of this version",
                todo="train again with another seed, or deploy the bundle itself: --to bundle, --to mlflow, or a service",
            )
        frame = read_parquet(path).sort(ROW)
        kept = frame.filter((frame[FOLD] == 0) == sealed)
        scores = kept.drop(ROW, FOLD).to_numpy().astype(np.float64).reshape(kept.height, -1)
        return cls(kept[ROW].to_numpy().astype(np.int64), scores)

    def of(self, rows: NDArray[np.integer]) -> Floats:
        """What was answered of these rows, shape (rows, outputs); NaN of those that nobody was asked."""
        found = np.full((rows.size, self.scores.shape[1]), np.nan)
        if self.rows.size:
            places = np.searchsorted(self.rows, rows).clip(0, self.rows.size - 1)
            known = self.rows[places] == rows
            found[known] = self.scores[places[known]]
        return found


def keep_answers(folder: Path, search: Search, judged: Floats, sealed: SealedPart, scores: Floats) -> None:
    """Write the answers down.

    Parameters
    ----------
    folder : Path
    search : Search
        After its run.
    judged : array, shape (rows, outputs)
        What the blend answers out of fold, on the rows that all candidates were judged on.
    sealed : SealedPart
    scores : array, shape (rows, outputs)
        What the measured model, which never saw them, answers of these.
    """
    import polars as pl

    rows = search.workshop.rows
    places = [rows.judged(fold) for fold in search.shared]
    numbers = read_parquet(rows.path, columns=[ROW])[ROW].to_numpy()[np.concatenate(places)]
    folds = np.repeat(search.shared, [part.size for part in places])
    every = slice(None, None, max(1, -(-sealed.frame.height // _SEALED)))
    hidden = sealed.frame[ROW].to_numpy()[every]
    told = np.concatenate([judged, scores[every]]).astype(np.float32)
    columns = {ROW: np.concatenate([numbers, hidden]), FOLD: np.concatenate([folds, np.zeros_like(hidden)])}
    columns |= {f"score_{place}": told[:, place] for place in range(told.shape[1])}
    pl.DataFrame(columns).write_parquet(folder / ANSWERS)
