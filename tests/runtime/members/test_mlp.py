"""The member of neural nets: what the suite asks of every kind, and an answer worked out by hand."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from fivefold.core.errors import ArtefactError
from fivefold.runtime.members.mlp import MLPMember
from fivefold.runtime.members.packed import pack, unpack
from fivefold.testing.members import MemberKindSuite

if TYPE_CHECKING:
    from fivefold.core.protocols import Matrix, MemberKind


@functools.cache
def drawn(link: str, scores: int) -> bytes:
    """Two nets with random weights over a number, a number with gaps, and a code of three levels."""
    rng = np.random.default_rng(5)
    shapes = {
        "w1": (6, 8),
        "b1": (8,),
        "w2": (2, 4, 4),
        "b2": (2, 1, 4),
        "w3": (2, 4, scores),
        "b3": (2, 1, scores),
    }
    arrays: dict[str, Any] = {
        name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()
    }
    columns = {"numbers": [0, 1], "gaps": [1], "codes": [2], "levels": [3]}
    arrays |= {name: np.array(places, dtype=np.int32) for name, places in columns.items()}
    arrays |= {"centre": np.array([1, 2], np.float32), "scale": np.array([2, 0.5], np.float32)}
    return pack({"link": link, "features": 3, "shift": 10.0, "unit": 2.0}, arrays)


class TestMLPMemberForTwoClasses(MemberKindSuite):
    kind: ClassVar[MemberKind] = MLPMember
    outputs: ClassVar[int] = 2

    def payload(self) -> bytes:
        return drawn("logistic", 1)

    def values(self) -> Matrix:
        rng = np.random.default_rng(1)
        values = np.column_stack([rng.normal(size=(30, 2)), rng.integers(0, 3, 30)]).astype(np.float32)
        values[rng.random(values.shape) < 0.2] = np.nan
        return values


class TestMLPMemberForManyClasses(TestMLPMemberForTwoClasses):
    outputs: ClassVar[int] = 4

    def payload(self) -> bytes:
        return drawn("softmax", 4)


class TestMLPMemberForANumber(TestMLPMemberForTwoClasses):
    outputs: ClassVar[int] = 1

    def payload(self) -> bytes:
        return drawn("identity", 1)


def test_it_answers_what_the_nets_say() -> None:
    _, arrays = unpack(drawn("identity", 1))
    far = 3.0 / np.sqrt(1 + (3.0 / 3.0) ** 2)  # (7 - 1) / 2, pulled in
    inputs = np.array([far, 0.0, 1.0, 0.0, 1.0, 0.0])  # the number, the gap and its mark, the second level
    said = []
    for net in range(2):
        own = slice(4 * net, 4 * net + 4)
        first = np.maximum(inputs @ arrays["w1"][:, own] + arrays["b1"][own], 0)
        second = np.maximum(first @ arrays["w2"][net] + arrays["b2"][net, 0], 0)
        said.append(second @ arrays["w3"][net] + arrays["b3"][net, 0])
    row = np.array([[7.0, np.nan, 1.0]], dtype=np.float32)
    answer = MLPMember.load(drawn("identity", 1)).predict(row)
    np.testing.assert_allclose(answer, [10 + 2 * np.mean(said, axis=0)], rtol=1e-6)


def stepped(low: tuple[float, float] = (0.0, 2.0), length: tuple[float, float] = (2.0, 6.0)) -> bytes:
    """The same nets, which see two steps of the second number besides; only these count."""
    head, arrays = unpack(drawn("identity", 1))
    arrays["w1"] = np.concatenate([np.zeros((6, 8)), np.eye(2, 8)]).astype(np.float32)
    arrays |= {"steps": np.array([1, 1], np.int32), "low": np.array(low, np.float32)}
    return pack(head, arrays | {"length": np.array(length, np.float32)})


def test_steps_say_how_far_a_number_has_come() -> None:
    _, arrays = unpack(stepped())
    for number, passed in (
        (-5.0, (0, 0)),
        (1.0, (0.5, 0)),
        (5.0, (1, 0.5)),
        (3e38, (1, 1)),
        (np.nan, (0, 0)),
    ):
        said = []
        for net in range(2):
            own = slice(4 * net, 4 * net + 4)
            first = np.maximum(np.array(passed) @ arrays["w1"][6:, own] + arrays["b1"][own], 0)
            second = np.maximum(first @ arrays["w2"][net] + arrays["b2"][net, 0], 0)
            said.append(second @ arrays["w3"][net] + arrays["b3"][net, 0])
        answer = MLPMember.load(stepped()).predict(np.array([[7.0, number, 1.0]], dtype=np.float32))
        np.testing.assert_allclose(answer, [10 + 2 * np.mean(said, axis=0)], rtol=1e-6)


@pytest.mark.parametrize("length", [(2.0, 0.0), (np.nan, 1.0)])
def test_steps_without_length_are_refused(length: tuple[float, float]) -> None:
    with pytest.raises(ArtefactError):
        MLPMember.load(stepped(length=length))


@pytest.mark.parametrize("name", ["w1", "b2", "w3", "centre", "levels", "low"])
def test_layers_that_do_not_fit_are_refused(name: str) -> None:
    head, arrays = unpack(drawn("logistic", 1) if name != "low" else stepped())
    arrays[name] = arrays[name][..., :0]
    with pytest.raises(ArtefactError):
        MLPMember.load(pack(head, arrays))


def test_a_number_beyond_all_bounds_is_pulled_in_like_any_other() -> None:
    member = MLPMember.load(drawn("identity", 1))
    huge, far = (member.predict(np.array([[x, 0.0, 1.0]], dtype=np.float32)) for x in (3.4e38, 1e5))
    np.testing.assert_allclose(huge, far, rtol=1e-4)
