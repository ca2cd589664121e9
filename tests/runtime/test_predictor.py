"""The predictor: one answer, whichever way a row comes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from fivefold.core.artefacts import ColumnReference, Contract, Kind, Reference, Task
from fivefold.core.errors import InputError
from fivefold.runtime.blend import Blend
from fivefold.runtime.bundle import load_bundle
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import EncoderSpec
from fivefold.runtime.members.constant import ConstantMember
from fivefold.runtime.predictor import Predictor
from fivefold.runtime.unread import UnreadWarning

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fivefold.core.protocols import Floats, Matrix
    from fivefold.core.tables import Frame

REFERENCE = Reference((), ColumnReference("(score)", 0, 0, (), (), (0,)))


@pytest.fixture
def predictor(bundle: Path) -> Predictor:
    return load_bundle(bundle)


def constant(contract: Contract, *scores: float) -> Predictor:
    """A predictor that always gives these scores."""
    return Predictor(
        contract=contract,
        encoder=Encoder(EncoderSpec(()), {}, outputs=1),
        blend=Blend([ConstantMember(np.array(scores))], [1.0]),
        metric="accuracy",
        reference=REFERENCE,
    )


def instances(frame: Frame) -> list[dict[str, object]]:
    """Rows as a request would carry them."""
    written = frame.with_columns(pl.col("when").dt.to_string("iso:strict"))
    rows: list[dict[str, object]] = json.loads(written.write_json())
    return rows


@pytest.mark.parametrize(
    "made",
    [
        lambda frame: frame,
        lambda frame: frame.lazy(),
        lambda frame: frame.to_pandas(),
        lambda frame: frame.to_arrow(),
        lambda frame: pa.Table.from_pylist(frame.to_dicts()),
        instances,
        lambda frame: frame.to_dicts(),
        lambda frame: [list(row.values()) for row in frame.to_dicts()],
    ],
    ids=["polars", "lazy", "pandas", "arrow", "arrow from rows", "json", "dicts", "lists"],
)
def test_every_kind_of_table_gets_the_same_scores(
    predictor: Predictor, frame: Frame, made: Callable[[Frame], object]
) -> None:
    expected = predictor.scores(frame)
    assert np.allclose(predictor.scores(made(frame)), expected, rtol=0, atol=1e-12)
    assert predictor.predict(made(frame)).tolist() == predictor.predict(frame).tolist()


@pytest.mark.parametrize("kind", ["polars", "pandas"])
def test_few_rows_of_a_frame_get_what_they_get_among_many(
    predictor: Predictor, frame: Frame, kind: str
) -> None:
    """Types that a frame may have and a request may not are among them: categories, days, nanoseconds, zones, small numbers."""
    zoned = (
        pl.col("when").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo").dt.cast_time_unit("ns")
    )
    odd = frame.with_columns(
        zoned,
        pl.col("city").cast(pl.Categorical),
        pl.col("price").cast(pl.Float32),
        pl.col("age").cast(pl.Int16),
    )
    for each in (frame, odd, odd.with_columns(pl.col("when").dt.date())):
        many = pl.concat([each] * (20 // each.height + 1))
        expected = predictor.scores(many)
        few = [many[place : place + 1] for place in range(each.height)]
        found = [predictor.scores(one.to_pandas() if kind == "pandas" else one) for one in few]
        assert np.allclose(np.concatenate(found), expected[: each.height], rtol=0, atol=1e-12)


def test_few_rows_with_a_moment_beyond_the_calendar_get_what_they_get_among_many(
    predictor: Predictor, frame: Frame
) -> None:
    """A file may hold such a moment, in a column of the model or in another one."""
    beyond = pl.Series("when", [506_602_598_400_000]).cast(pl.Datetime("ms"))  # in the year 18023
    row = frame[:1].with_columns(beyond)
    for one in (row, frame[:1].with_columns(beyond.alias("else"))):
        expected = predictor.scores(pl.concat([one] * 20))
        assert np.allclose(predictor.scores(one), expected[:1], rtol=0, atol=1e-12)


class Failing(ConstantMember):
    """Breaks once, and answers from then on."""

    broken = False

    def predict(self, values: Matrix) -> Floats:
        if not self.broken:
            self.broken = True
            raise ValueError("a damaged member")
        return super().predict(values)


def test_a_member_that_breaks_at_few_rows_is_not_asked_a_second_time(
    predictor: Predictor, frame: Frame
) -> None:
    predictor.blend = Blend([Failing(np.array([0.0]))], [1.0])
    with pytest.raises(ValueError, match="damaged"):
        predictor.scores(frame[:1])


def test_what_is_wrong_with_few_rows_is_told_as_of_many(predictor: Predictor, frame: Frame) -> None:
    wrong = frame.drop("age")
    messages = []
    for table in (wrong[:1], pl.concat([wrong[:1]] * 20)):
        with pytest.raises(InputError) as caught:
            predictor.predict(table)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    unreadable = frame[:1].with_columns(pl.lit("dear").alias("price"))
    for rows in (1, 20):
        unread: dict[str, int] = {}
        scores = predictor.scores(pl.concat([unreadable] * rows), unread)
        assert (scores == predictor.scores(frame[:1].with_columns(pl.lit(None).alias("price")))).all()
        assert unread == {"price": rows}


def test_the_service_answers_what_a_batch_gets(predictor: Predictor, frame: Frame) -> None:
    rows = instances(frame)
    together = predictor.answer(predictor.read(rows))
    alone = [predictor.answer(predictor.read([row]))[0] for row in rows]
    batch = predictor.predict_proba(frame)
    for scores, one, other in zip(batch, together, alone, strict=True):
        assert one["probabilities"] == pytest.approx({"no": scores[0], "yes": scores[1]}, abs=1e-12)
        assert one["score"] == pytest.approx(scores[1], abs=1e-12)
        assert other["score"] == pytest.approx(scores[1], abs=1e-12)
    assert [one["label"] for one in together] == predictor.predict(frame).tolist()


def test_an_answer_can_be_sent_as_json(predictor: Predictor, frame: Frame) -> None:
    answers = predictor.answer(predictor.read(instances(frame)))
    assert json.loads(json.dumps(answers, allow_nan=False)) == answers


@pytest.mark.parametrize(
    ("kind", "classes", "labels"),
    [
        ("string", ("maybe", "no", "yes"), ["maybe", "no", "yes"]),
        ("integer", ("0", "10", "2"), [0, 10, 2]),
        ("number", ("0.5", "1", "1.5"), [0.5, 1.0, 1.5]),
        ("boolean", ("false", "true"), [False, True]),
    ],
)
def test_labels_have_the_type_that_the_source_had(
    contract: Contract, kind: Kind, classes: tuple[str, ...], labels: list[object]
) -> None:
    task: Task = "binary" if len(classes) == 2 else "multiclass"
    contract = replace(contract, task=task, classes=classes, positive=None, target_kind=kind)
    for position, label in enumerate(labels):
        scores = np.eye(len(classes))[position]
        predictor = constant(contract, *scores)
        predicted = predictor.predict([{"age": 1}, {"age": 2}]).tolist()
        assert predicted == [label, label]
        assert type(predicted[0]) is type(label)
        answer = predictor.answer(predictor.read([{"age": 1}]))[0]
        assert answer["label"] == label
        assert type(answer["label"]) is type(label)
        assert answer["probabilities"] == dict(zip(classes, scores.tolist(), strict=True))


def test_the_score_of_several_classes_is_that_of_the_label(contract: Contract) -> None:
    contract = replace(contract, task="multiclass", classes=("a", "b", "c"), positive=None)
    predictor = constant(contract, 0.2, 0.3, 0.5)
    assert predictor.answer(predictor.read([{"age": 1}]))[0]["score"] == 0.5


def test_a_number_is_answered_as_a_value(contract: Contract) -> None:
    predictor = constant(replace(contract, task="regression", classes=(), positive=None), 12.5)
    assert predictor.answer(predictor.read([{"age": 1}])) == [{"value": 12.5}]
    assert predictor.predict([{"age": 1}, {"age": 2}]).tolist() == [12.5, 12.5]
    with pytest.raises(InputError, match="no probabilities"):
        predictor.predict_proba([{"age": 1}])


def test_a_table_without_rows_gets_no_scores(predictor: Predictor, frame: Frame) -> None:
    tables: tuple[object, ...] = (frame.clear(), frame.clear().to_pandas(), [])
    for table in tables:
        assert predictor.scores(table).shape == (0, 2)
        assert predictor.predict(table).shape == (0,)


def test_a_long_table_is_scored_in_slices(
    predictor: Predictor, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = predictor.scores(frame)
    monkeypatch.setattr("fivefold.runtime.predictor._SLICE", 2)
    assert np.allclose(predictor.scores(frame), expected, rtol=0, atol=1e-12)


def test_what_is_no_table_is_refused(predictor: Predictor) -> None:
    with pytest.raises(InputError, match="put the row into a list"):
        predictor.scores({"age": 1})
    with pytest.raises(InputError, match="no table"):
        predictor.scores(7)


def test_a_table_that_breaks_the_contract_is_refused_by_column(predictor: Predictor, frame: Frame) -> None:
    with pytest.raises(InputError, match="'age'"):
        predictor.predict(frame.drop("age"))
    with pytest.warns(UnreadWarning, match="'price'"):
        predictor.predict(frame.with_columns(pl.lit("dear").alias("price")))
    with pytest.raises(UnreadWarning, match="'price'"):  # an error where somebody wants it to be one, as here
        predictor.predict(frame.with_columns(pl.lit("dear").alias("price")))
