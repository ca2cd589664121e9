"""The conformance suite of the ``MemberKind`` seam: what the blend relies on, whoever wrote the member.

Subclass it in a test module, say what is to be tested, and pytest collects the rest::

    class TestMyMember(MemberKindSuite):
        kind = MyMember
        outputs = 3

        def payload(self) -> bytes: ...
        def values(self) -> Matrix: ...
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from fivefold.core.errors import FivefoldError
from fivefold.runtime.blend import RowMember

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix, Member, MemberKind

__all__ = ["MemberKindSuite"]


class MemberKindSuite:
    """Tests that every kind of member must pass.

    Attributes
    ----------
    kind : MemberKind
        The kind under test: the class itself, as its entry point gives it.
    outputs : int
        Columns of the scores: 1 for a number, else the number of classes.
    same : float
        How far the answer to a row alone may be from that in a batch, relatively; single precision may need 1e-6.
    """

    kind: ClassVar[MemberKind]
    outputs: ClassVar[int]
    same: ClassVar[float] = 1e-12

    def payload(self) -> bytes:
        """Return a fitted model in its native form."""
        raise NotImplementedError

    def values(self) -> Matrix:
        """Return at least 20 rows that the model can answer, some of them with NaN."""
        raise NotImplementedError

    def test_every_row_gets_all_its_scores(self) -> None:
        values = self.values()
        scores = self._load().predict(values)
        assert scores.shape == (len(values), self.outputs)
        assert scores.dtype == np.float64

    def test_scores_are_finite_and_classes_share_a_whole(self) -> None:
        scores = self._load().predict(self.values())
        assert np.isfinite(scores).all()
        if self.outputs > 1:
            assert ((scores >= 0) & (scores <= 1)).all()
            assert np.allclose(scores.sum(axis=1), 1.0, rtol=0, atol=1e-9)

    def test_a_row_alone_gets_what_it_gets_in_a_batch(self) -> None:
        values, member = self.values(), self._load()
        batch = member.predict(values)
        alone = np.concatenate([member.predict(values[row : row + 1]) for row in range(len(values))])
        assert np.abs(alone - batch).max() <= self.same * max(1.0, float(np.abs(batch).max()))

    def test_plain_numbers_of_a_row_are_bit_for_bit_those_of_its_matrix(self) -> None:
        values, member = self.values(), self._load()
        if isinstance(member, RowMember):
            for row in range(len(values)):
                alone = values[row : row + 1]
                assert member.predict_row(alone) == member.predict(alone)[0].tolist()

    def test_answers_outlive_the_next_question(self) -> None:
        values, member = self.values(), self._load()
        first = member.predict(values[:1])
        kept = first.copy()
        for row in range(1, len(values)):
            member.predict(values[row : row + 1])
        assert (first == kept).all()

    def test_a_row_of_missing_values_is_answered(self) -> None:
        gone = np.full((1, self.values().shape[1]), np.nan, dtype=np.float32)
        assert np.isfinite(self._load().predict(gone)).all()

    def test_no_rows_give_no_scores(self) -> None:
        assert self._load().predict(self.values()[:0]).shape == (0, self.outputs)

    def test_the_values_are_left_as_they_were(self) -> None:
        values = self.values()
        kept = values.copy()
        self._load().predict(values)
        assert np.array_equal(values, kept, equal_nan=True)

    def test_two_loads_of_one_payload_agree(self) -> None:
        assert (self._load().predict(self.values()) == self._load().predict(self.values())).all()

    def test_threads_do_not_disturb_each_other(self) -> None:
        values, member = self.values(), self._load()
        alone = [member.predict(values[row : row + 1]) for row in range(len(values))]

        def ask(row: int) -> Floats:
            return member.predict(values[row : row + 1])

        rows = list(range(len(values))) * 10
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(ask, rows))
        assert all((scores == alone[row]).all() for row, scores in zip(rows, together, strict=True))

    def test_a_damaged_payload_is_refused(self) -> None:
        payload = self.payload()
        for damaged in (b"", b"\x00\x01\x02", payload[: len(payload) // 2]):
            assert self._refuses(damaged), f"a payload of {len(damaged)} bytes was taken"

    def _load(self) -> Member:
        """Load the payload."""
        return self.kind.load(self.payload())

    def _refuses(self, payload: bytes) -> bool:
        """Whether loading ends with one of our errors."""
        try:
            self.kind.load(payload)
        except FivefoldError:
            return True
        return False
