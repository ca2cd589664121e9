"""The member in ONNX: what the suite asks of every kind, for graphs of estimators that are really fitted."""

from __future__ import annotations

import functools
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from fivefold.core.clock import Deadline
from fivefold.core.errors import ArtefactError, MissingExtraError
from fivefold.core.estimators import read_estimators
from fivefold.runtime.members.onnx import OnnxMember
from fivefold.runtime.members.packed import pack, unpack
from fivefold.testing.families import problem, sample
from fivefold.testing.members import MemberKindSuite
from fivefold.training.families.estimators import Estimators

if TYPE_CHECKING:
    from fivefold.core.artefacts import Task
    from fivefold.core.protocols import Matrix, MemberKind


@functools.cache
def fitted(place: str, task: Task) -> bytes:
    """The payload of an estimator that was fitted on drawn rows."""
    asked = replace(problem(task), estimators=read_estimators({"mine": {"class": f"sklearn.{place}"}}))
    candidate = Estimators().candidates(asked)[0]
    return Estimators().fit(candidate, asked, sample(task), None, Deadline.after(60.0), 0).payload


class TestBoostedTrees(MemberKindSuite):
    kind: ClassVar[MemberKind] = OnnxMember
    outputs: ClassVar[int] = 3
    place: ClassVar[str] = "ensemble.HistGradientBoostingClassifier"
    task: ClassVar[Task] = "multiclass"

    def payload(self) -> bytes:
        return fitted(self.place, self.task)

    def values(self) -> Matrix:
        return sample(self.task, rows=40, seed=7).values


class TestForest(TestBoostedTrees):
    outputs: ClassVar[int] = 2
    place: ClassVar[str] = "ensemble.RandomForestClassifier"
    task: ClassVar[Task] = "binary"


class TestLine(TestBoostedTrees):
    outputs: ClassVar[int] = 1
    place: ClassVar[str] = "linear_model.Ridge"
    task: ClassVar[Task] = "regression"


class TestNeighbours(TestBoostedTrees):
    outputs: ClassVar[int] = 2
    place: ClassVar[str] = "neighbors.KNeighborsClassifier"
    task: ClassVar[Task] = "binary"


class TestVectors(TestBoostedTrees):
    outputs: ClassVar[int] = 1
    place: ClassVar[str] = "svm.SVR"
    task: ClassVar[Task] = "regression"
    same: ClassVar[float] = 1e-6  # onnxruntime has no kernel machines in double precision


@pytest.mark.parametrize(
    "change",
    [
        {"classes": [0, 7]},
        {"classes": []},
        {"classes": [0, 1, 2, 3]},
        {"features": 2},
        {"outputs": "many"},
    ],
)
def test_what_does_not_fit_the_graph_is_refused(change: dict[str, Any]) -> None:
    head, arrays = unpack(fitted("ensemble.RandomForestClassifier", "binary"))
    with pytest.raises(ArtefactError, match="member in ONNX"):
        OnnxMember.load(pack(head | change, arrays))


def test_a_graph_that_onnxruntime_cannot_read_is_refused() -> None:
    head, arrays = unpack(fitted("ensemble.RandomForestClassifier", "binary"))
    arrays["graph"] = arrays["graph"][: len(arrays["graph"]) // 2]
    with pytest.raises(ArtefactError, match="onnxruntime can read"):
        OnnxMember.load(pack(head, arrays))


def test_rows_of_another_width_are_refused() -> None:
    member = OnnxMember.load(fitted("ensemble.RandomForestClassifier", "binary"))
    with pytest.raises(ArtefactError, match="a matrix with 5"):
        member.predict(np.zeros((1, 4), np.float32))


def test_without_onnxruntime_the_install_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    payload = fitted("linear_model.Ridge", "regression")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match="pip install onnxruntime"):
        OnnxMember.load(payload)
