"""Single rows are explained by column, without any library that trained."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import Column, ColumnReference, Contract, Reference
from fivefold.core.errors import InputError
from fivefold.runtime.blend import Blend
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import EncoderSpec, GapPart, NumberPart
from fivefold.runtime.judgement import Judgement
from fivefold.runtime.members.constant import ConstantMember
from fivefold.runtime.members.linear import LinearMember, LinearSpec, NumberTerm
from fivefold.runtime.predictor import Predictor

if TYPE_CHECKING:
    from fivefold.core.protocols import Member

COLUMNS = (
    Column("age", "number", "number", nullable=True),
    Column("came", "date", "datetime", nullable=True),
    Column("left", "date", "datetime", nullable=True),
)


def predictor(*extra: float, shift: float = 0.0) -> Predictor:
    """A number that grows by 2 a year of age and by 3 a day of stay; with others beside it that say always the same."""
    encoder = Encoder(EncoderSpec((NumberPart("age"), GapPart("came", "left"))), {}, outputs=1)
    terms = (NumberTerm(0.0, 100.0, 0.0, (200.0,), (0.0,)), NumberTerm(0.0, 10.0, 0.0, (30.0,), (0.0,)))
    linear = LinearMember(LinearSpec("identity", (5.0,), terms))
    members: list[Member] = [linear, *(ConstantMember(np.array([one])) for one in extra)]
    return Predictor(
        contract=Contract("cost", "regression", (), None, COLUMNS),
        encoder=encoder,
        blend=Blend(members, [1.0] * len(members), Judgement(shift=shift)),
        metric="rmse",
        reference=Reference((), ColumnReference("(score)", 0, 0, (), (), (0,))),
    )


def stay(age: float, days: int) -> dict[str, object]:
    return {"age": age, "came": "2026-01-01", "left": f"2026-01-{1 + days:02d}"}


BACKGROUND = [stay(30, 2), stay(50, 4)]


def test_a_row_is_taken_apart_and_two_dates_share_what_is_between_them() -> None:
    found = predictor().explain([stay(60, 5)], BACKGROUND)
    assert found.columns == ("age", "came", "left")
    assert found.base == pytest.approx([5 + 2 * 40 + 3 * 3])
    assert found.parts[0, :, 0] == pytest.approx([2 * 20, 3, 3], abs=1e-5)
    assert found.off == pytest.approx([0], abs=1e-9)
    assert found.share == 1.0


def test_the_shift_of_a_quantile_is_part_of_the_base() -> None:
    found = predictor(shift=7.0).explain([stay(60, 5)], BACKGROUND)
    assert found.base == pytest.approx([7 + 5 + 2 * 40 + 3 * 3])
    assert found.off == pytest.approx([0], abs=1e-9)


def test_frames_are_explained_like_rows() -> None:
    model, rows = predictor(), [stay(60, 5), stay(20, 1)]
    frame = pl.DataFrame(
        {
            "age": [60.0, 20.0],
            "came": [datetime(2026, 1, 1, tzinfo=UTC)] * 2,
            "left": [datetime(2026, 1, 6, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)],
        }
    )
    assert (model.explain(frame, BACKGROUND).parts == model.explain(rows, BACKGROUND).parts).all()
    total = model.explain(rows, frame)
    assert total.base + total.parts.sum(axis=1) == pytest.approx(model.scores(rows))


def test_what_is_not_explained_is_told() -> None:
    found = predictor(1000.0).explain([stay(60, 5)], BACKGROUND)
    assert found.share == 0.5
    assert found.off[0] == pytest.approx(abs((140 + 1000) / 2 - 140), abs=1e-5)


def test_nothing_to_go_by_is_refused() -> None:
    with pytest.raises(InputError, match="0 rows of background"):
        predictor().explain([stay(60, 5)], [])
    alone = predictor(1.0)
    alone.blend = Blend(alone.blend.members[1:], [1.0])
    with pytest.raises(InputError, match="ConstantMember"):
        alone.explain([stay(60, 5)], BACKGROUND)
