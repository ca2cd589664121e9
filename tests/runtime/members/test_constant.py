"""The constant member."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from fivefold.core.errors import ArtefactError
from fivefold.runtime.members.constant import ConstantMember
from fivefold.testing.members import MemberKindSuite

if TYPE_CHECKING:
    from fivefold.core.protocols import Matrix


class TestConstant(MemberKindSuite):
    kind = ConstantMember
    outputs = 3

    def payload(self) -> bytes:
        return b'{"scores": [0.5, 0.25, 0.25]}'

    def values(self) -> Matrix:
        return np.full((20, 2), np.nan, dtype=np.float32)


@pytest.mark.parametrize(
    "payload", [b"[]", b'{"scores": []}', b'{"scores": [NaN]}', b'{"scores": [[1]]}', b'{"scores": ["a"]}']
)
def test_anything_but_finite_scores_is_refused(payload: bytes) -> None:
    with pytest.raises(ArtefactError, match="constant member"):
        ConstantMember.load(payload)
