"""Which columns the person lets the model use."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.data.journey import make

from fivefold.core.artefacts import Question
from fivefold.core.errors import InputError

ROWS = 200
REASON = "not among the columns that were asked for"


def table(**columns: object) -> pl.DataFrame:
    """Two features, a target that they hint at, and whatever a test adds."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=ROWS)
    y = np.where(x + generator.normal(size=ROWS) > 0, "yes", "no")
    honest = {"x": x, "city": generator.choice(["Graz", "Lyon", "Porto"], ROWS), "y": y}
    return pl.DataFrame(honest | columns, strict=False)


def test_only_columns_that_are_asked_for_are_used() -> None:
    made = make(table(), "y", "binary", include=("x",))
    assert made.names == ["x"]
    assert dict(made.dataset.dropped) == {"city": REASON}


def test_the_target_may_be_among_them() -> None:
    assert make(table(), "y", "binary", include=("y", "city")).names == ["city"]


def test_a_split_goes_by_a_time_that_the_model_does_not_use() -> None:
    days = pl.Series(np.random.default_rng(0).permutation(ROWS)).cast(pl.Int32).cast(pl.Date)
    question = Question("y", time_column="when")
    made = make(table(when=days), question, "binary", include=("x",), split__kind="time", split__by="when")
    assert made.dataset.split.kind == "time"
    assert made.names == ["x"]
    assert dict(made.dataset.dropped) == {"city": REASON, "when": REASON}


def test_a_wrong_name_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"column to use is not in the table.*'ctiy'.*'city'"):
        make(table(), "y", "binary", include=("ctiy",))


def test_a_column_cannot_be_used_and_left_out() -> None:
    with pytest.raises(InputError, match="to be used and to be left out"):
        make(table(), "y", "binary", include=("x", "city"), exclude=("city",))
