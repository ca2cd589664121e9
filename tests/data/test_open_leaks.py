"""A suspected leak that stays among the features is an open question until the person says what the column is."""

from __future__ import annotations

import numpy as np
import polars as pl
from tests.data.journey import make

from fivefold.core.extract import ColumnWish

ROWS = 200
"""So few that what is told apart may be luck: the column stays."""


def test_a_leak_that_is_only_asked_about_is_answered_by_a_role() -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(size=ROWS)
    came = x + chance.normal(size=ROWS) > 0
    verdict = np.where(came, "came", "absent").tolist()
    frame = pl.DataFrame({"x": x, "verdict": verdict, "y": np.where(came, "yes", "no").tolist()})
    made = make(frame, "y", "binary")
    assert "verdict" in made.names
    (asked,) = (one for one in made.dataset.findings if one.asks_for_leak)
    assert (asked.columns, asked.severity) == (("verdict",), "warning")
    answered = make(frame, "y", "binary", wishes={"verdict": ColumnWish(role="category")})
    assert answered.names == made.names
    assert not any(one.asks_for_leak for one in answered.dataset.findings)
    (told,) = (one for one in answered.dataset.findings if one.check == "leaks")
    assert "[data.columns]" in told.done
