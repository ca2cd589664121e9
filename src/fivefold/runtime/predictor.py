"""The predictor: a loaded bundle that answers requests and scores tables."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from fivefold.core.errors import InputError, RequestError
from fivefold.core.tables import to_frame
from fivefold.runtime.certainty import COVERAGE
from fivefold.runtime.crew import side_by_side
from fivefold.runtime.explanation import BlendExplainer
from fivefold.runtime.frames import clean_frame
from fivefold.runtime.labels import native_labels
from fivefold.runtime.rows import Reader
from fivefold.runtime.unread import UnreadWarning, clean_table, unread_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Contract, Reference
    from fivefold.core.protocols import Floats, Matrix
    from fivefold.core.tables import Frame
    from fivefold.runtime.blend import Blend
    from fivefold.runtime.encoder import Encoder
    from fivefold.runtime.explanation import Explanation
    from fivefold.runtime.rows import Rows
    from fivefold.runtime.values import Cleaned

__all__ = ["Golden", "Predictor"]

Json: TypeAlias = "str | int | bool | float | list[Json] | dict[str, Json] | None"

_SLICE = 262_144
_FEW = 16
"""Rows of a frame up to which they are sooner cleaned and encoded one by one: every step on a column costs as much as a whole row."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A row and the answer that any deployment of the bundle must give.

    Attributes
    ----------
    row : dict of str to JSON value
        An instance as a request would carry it.
    answer : dict of str to JSON value
        What :meth:`Predictor.answer` gave.
    """

    row: dict[str, Json]
    answer: dict[str, Json]


class Predictor:
    """Contract, encoder and blend together.

    Parameters
    ----------
    contract : Contract
    encoder : Encoder
    blend : Blend
    metric : str
        The headline metric.
    reference : Reference
        The sketch of the training rows.
    golden : tuple of Golden
    version : str
        Digest of the bundle, or an empty string before it is written.

    Attributes
    ----------
    hidden : frozenset of str
        Columns that tell who somebody is: no log keeps their values.
    """

    def __init__(
        self,
        *,
        contract: Contract,
        encoder: Encoder,
        blend: Blend,
        metric: str,
        reference: Reference,
        golden: tuple[Golden, ...] = (),
        version: str = "",
    ) -> None:
        self.contract = contract
        self.encoder = encoder
        self.blend = blend
        self.metric = metric
        self.reference = reference
        self.golden = golden
        self.version = version
        self.hidden = frozenset(column.name for column in contract.columns if column.personal)
        self._reader = Reader(contract)
        self._labels = native_labels(contract)

    def read(self, instances: Sequence[object], refused: dict[int, RequestError] | None = None) -> Rows:
        """Read the instances of a request.

        Parameters
        ----------
        instances : sequence of dict or list
            A dict by column names, or a list in the contract's order.
        refused : dict of int to RequestError, optional
            Takes, by their positions, the instances that cannot be understood; the rows are then those of the others.
            Without it the first such instance is raised.

        Raises
        ------
        RequestError
            With code ``empty``, ``not_an_object``, ``wrong_length``, ``missing_column`` or ``wrong_type``, and with the
            column and the row at fault.
        """
        return self._reader.read(instances, refused)

    def answer(self, rows: Rows, *, coverage: float | None = None) -> list[dict[str, Json]]:
        """Answer cleaned rows with values that JSON can carry.

        Parameters
        ----------
        rows : Rows
        coverage : float, optional
            Also say how sure each answer is, for this share of rows; one of ``levels``.

        Returns
        -------
        list of dict
            Classification: ``label`` (in the source's type), ``score`` (the probability of the positive class for binary,
            else of the label) and ``probabilities`` by class. Regression: ``value``. With a coverage also ``set``, the
            labels among which the true one is, or ``interval``, the two ends between which the true number is.

        Raises
        ------
        RequestError
            With the code ``wrong_coverage``, when it cannot be had.
        """
        if len(rows.values) == 1 and coverage is None:
            return [self._answer_row(rows.values[0])]
        scores = self._score_rows(rows)
        best = self.blend.judgement.decided(scores).argmax(axis=1)
        answers = [self._answer(*each) for each in zip(scores.tolist(), best.tolist(), strict=True)]
        if coverage is not None:
            self._say_how_sure(answers, scores, coverage)
        return answers

    def scores(self, table: object, unread: dict[str, int] | None = None) -> Floats:
        """Score a table.

        Parameters
        ----------
        table : frame or list of dict
            A pandas, Polars or Arrow frame, or instances as for :meth:`read`. What cannot be read in a frame counts as missing;
            an instance like that is refused.
        unread : dict of str to int, optional
            Takes, by column, how many cells of a frame could not be read. Without it an ``UnreadWarning`` says so.

        Returns
        -------
        Floats
            Shape (rows, outputs): one column per class, or one column with the number.

        Raises
        ------
        InputError
            When this is no table, or a column is missing.
        RequestError
            When a value of an instance is not of its column's type.
        """
        if isinstance(table, list | tuple):
            if not table:
                return np.empty((0, max(1, len(self.contract.classes))))
            return self._score_rows(self.read(table))
        frame, lost = _frame_of(table), {} if unread is None else unread
        parts = [
            self._score_frame(frame.slice(start, _SLICE), lost)
            for start in range(0, max(1, frame.height), _SLICE)
        ]
        if lost and unread is None:
            warnings.warn(unread_words(lost), UnreadWarning, stacklevel=3)
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def explain(self, table: object, background: object) -> Explanation:
        """Say what each column adds to the scores of some rows, exactly: Shapley values (Lundberg and Lee, 2017).

        Members that have no exact ones, such as neural nets, are left out; ``share`` says how much weight the others have.

        Parameters
        ----------
        table : frame or list of dict
            The rows, as for :meth:`scores`.
        background : frame or list of dict
            Rows like those that were learned from, best some hundreds: what they have in the mean is the base, and by them it is
            known how many rows go which way in a tree.

        Returns
        -------
        Explanation
            Of numbers ``base`` and ``parts`` add up to the scores of the members that are explained; of classes to the mean of
            their log odds.

        Raises
        ------
        InputError
            When there is no background, or no member has exact contributions.
        """
        about = self._encoded(background)
        if not len(about) or not self.encoder.features:
            raise InputError(
                "Nothing can be explained",
                seen=f"{len(about):,} rows of background, {len(self.encoder.features):,} features",
                expected="at least one row like those that were learned from, and a model that looks at a column",
                todo="hand over some rows of the training table",
            )
        found = BlendExplainer(self.blend, self.encoder, about).explain(self._encoded(table), lambda: False)
        if found is None:
            raise InputError(
                "This model cannot be explained exactly",
                seen=", ".join(type(member).__name__ for member in self.blend.members),
                expected="a member of trees or a linear one",
                todo="train with such families: see [train] families in fivefold.toml",
            )
        return found

    @property
    def levels(self) -> tuple[float, ...]:
        """Coverages that intervals or sets can be had for; none from a bundle of an older version."""
        return self.blend.judgement.levels

    def intervals(self, scores: Floats, coverage: float = COVERAGE) -> Floats:
        """Ends of the interval around each number.

        Parameters
        ----------
        scores : array, shape (rows, 1)
            As :meth:`scores` gives them.
        coverage : float
            Share of rows whose true number lies between the ends; one of ``levels``.

        Returns
        -------
        Floats
            Shape (rows, 2).

        Raises
        ------
        RequestError
            With the code ``wrong_coverage``, when it cannot be had, or the model predicts classes.
        """
        table = self.blend.judgement.intervals
        if table is None or coverage not in table.levels:
            raise self._wrong_coverage(coverage)
        return table.ends(scores[:, 0], coverage)

    def sets(self, scores: Floats, coverage: float = COVERAGE) -> NDArray[np.bool_]:
        """Which classes each set holds, shape (rows, classes), in the order of the contract's classes.

        Parameters
        ----------
        scores : array, shape (rows, classes)
            As :meth:`scores` gives them.
        coverage : float
            Share of rows whose true class is in the set; one of ``levels``.

        Raises
        ------
        RequestError
            With the code ``wrong_coverage``, when it cannot be had, or the model predicts a number.
        """
        table = self.blend.judgement.sets
        if table is None or coverage not in table.levels:
            raise self._wrong_coverage(coverage)
        return table.holds(scores, coverage)

    def labels(self, scores: Floats) -> NDArray[np.generic]:
        """Turn scores into what :meth:`predict` returns: the number, or the class that the judgement decides for."""
        if not self._labels:
            return scores[:, 0]
        decided = self.blend.judgement.decided(scores)
        best: NDArray[np.generic] = np.array(self._labels)[decided.argmax(axis=1)]
        return best

    def predict(self, table: object) -> NDArray[np.generic]:
        """Predict a table: labels in the source's own type (str, int, bool or float), or numbers; see :meth:`scores`."""
        return self.labels(self.scores(table))

    def predict_proba(self, table: object) -> Floats:
        """Probabilities, shape (rows, classes), in the order of the contract's classes; see :meth:`scores`.

        Raises
        ------
        InputError
            When the model predicts a number.
        """
        if not self._labels:
            raise InputError(
                "There are no probabilities",
                seen=f"a model for regression of '{self.contract.target}'",
                expected="a model for classification",
                todo="use predict",
            )
        return self.scores(table)

    def _score_rows(self, rows: Rows) -> Floats:
        """Score cleaned rows."""
        encode = self.encoder.encode_row
        if len(rows.values) == 1:
            return self.blend.predict(encode(rows.values[0]))
        return self.blend.predict(np.concatenate([encode(row) for row in rows.values]))

    def encoded(self, rows: Sequence[Mapping[str, Cleaned]]) -> Matrix:
        """Encode cleaned rows, shape (rows, features)."""
        encoded = [self.encoder.encode_row(row) for row in rows]
        return np.concatenate([np.empty((0, len(self.encoder.features)), dtype=np.float32), *encoded])

    def _encoded(self, table: object) -> Matrix:
        """Encode a table."""
        if not isinstance(table, list | tuple):
            frame = clean_frame(_frame_of(table), self.contract, strict=True)
            return self.encoder.encode_frame(frame)
        return self.encoded(self.read(table).values if table else [])

    def _score_frame(self, frame: Frame, unread: dict[str, int]) -> Floats:
        """Clean and score a frame; what is wrong with few rows is dealt with as of many."""
        if 0 < frame.height <= _FEW:
            names = set(frame.columns)
            known = frame.select(column.name for column in self.contract.columns if column.name in names)
            rows = None
            # A moment beyond Python's calendar can be read as one of a column.
            with suppress(RequestError, ValueError):
                rows = self.read(list(known.iter_rows(named=True)))
            if rows is not None:
                return self._score_rows(rows)
        values = self.encoder.encode_frame(clean_table(frame, self.contract, unread))
        return side_by_side(self.blend.predict, values)

    def _answer_row(self, row: Mapping[str, Cleaned]) -> dict[str, Json]:
        """Answer a single row, which most requests have, by plain numbers: arrays would cost more than the members."""
        scores = self.blend.predict_row(self.encoder.encode_row(row))
        return self._answer(scores, self.blend.judgement.best(scores))

    def _answer(self, scores: list[float], best: int) -> dict[str, Json]:
        """Answer one row."""
        if not self._labels:
            return {"value": scores[0]}
        return {
            "label": self._labels[best],
            "score": scores[1] if self.contract.task == "binary" else scores[best],
            "probabilities": dict(zip(self.contract.classes, scores, strict=True)),
        }

    def _say_how_sure(self, answers: list[dict[str, Json]], scores: Floats, coverage: float) -> None:
        """Add the interval or the set to each answer."""
        if not self._labels:
            for answer, ends in zip(answers, self.intervals(scores, coverage).tolist(), strict=True):
                answer["interval"] = ends
            return
        for answer, held in zip(answers, self.sets(scores, coverage).tolist(), strict=True):
            answer["set"] = [label for label, inside in zip(self._labels, held, strict=True) if inside]

    def _wrong_coverage(self, coverage: float) -> RequestError:
        """Say which coverages can be had."""
        levels = ", ".join(f"{level:g}" for level in self.levels)
        return RequestError(
            "There is no such coverage" if levels else "This model does not say how sure it is",
            seen=f"{coverage!r}",
            expected=levels or "a bundle that was trained with intervals or sets",
            todo="ask for one of these" if levels else "leave the coverage out, or train again",
            code="wrong_coverage",
        )


def _frame_of(table: object) -> Frame:
    """Take a frame of any kind; a single row is none."""
    if isinstance(table, Mapping):
        raise InputError(
            "A single row is no table",
            seen=type(table).__name__,
            expected="a frame or a list of rows",
            todo="put the row into a list",
        )
    return to_frame(table)
