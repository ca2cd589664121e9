"""``fivefold init``: every key of ``[data]`` stands in the file, and what it says can be used as it is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import polars as pl
from tests.commands import Call

from fivefold.core.data_settings import DATA_KEYS
from fivefold.core.extract import ColumnWish, JoinedTable
from fivefold.core.settings import read_settings

COMMENTED = re.compile(r"# (?=\[|[a-z_]+ = )")


def test_every_key_of_data_is_explained_and_can_be_used(fivefold: Call, visits_csv: Path) -> None:
    assert fivefold("init", "visits.csv", "--target", "shown").code == 0
    path = Path("fivefold.toml")
    lines = path.read_text(encoding="utf-8").splitlines()
    # A quantile has a metric of its own.
    used = [COMMENTED.sub("", line) for line in lines if not line.startswith("# quantile")]
    path.write_text("\n".join(used), encoding="utf-8")
    given = tomllib.loads(path.read_text(encoding="utf-8"))["data"]
    told = path.read_text(encoding="utf-8")
    assert [key for key in DATA_KEYS if key not in given and key not in told] == []
    # The time column is a date that the small table does not have, and a metric is told for one task only.
    data = read_settings({}, config=path, environ={}).data
    assert data.include == ("column",)
    assert data.columns == {"code": ColumnWish(role="category")}
    assert data.tables == (
        JoinedTable(
            "orders",
            "orders.csv",
            ("customer",),
            "ordered",
            "",
            ("count", "mean", "last", "days_since_last"),
        ),
    )


def test_names_with_signs_that_nobody_sees_leave_a_file_that_can_be_read(
    fivefold: Call, tmp_path: Path
) -> None:
    names: dict[str, list[object]] = {
        "line\r\nend": [1, 2, 3],
        "bell\x07": [1.5, 2, 3],
        "out\x7f": ["no", "yes", "yes"],
    }
    pl.DataFrame({name: values * 20 for name, values in names.items()}).write_parquet(tmp_path / "t.parquet")
    assert fivefold("init", "t.parquet", "--target", "out\x7f").code == 0
    assert read_settings({}, config=Path("fivefold.toml"), environ={}).question.target == "out\x7f"
