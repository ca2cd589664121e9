"""What ``[train]`` says about routes: each has a table of its own, and flags are for the one that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fivefold.core.errors import SettingsError
from fivefold.core.settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

FILE = """
[train]
where = "bigquery-ml"

[train.bigquery-ml]
dataset = "clinic.ward"
keep = true

[train.prices]
"bigquery.train-linear" = 300
"""


def test_a_route_has_a_table_and_flags_win_over_it(tmp_path: Path) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text(FILE)
    settings = read_settings(
        {"train.options.model": "linear", "train.options.keep": "false"}, config=path, environ={}
    )
    assert settings.where == "bigquery-ml"
    order = settings.routes["bigquery-ml"]
    assert order.options == {"dataset": "clinic.ward", "keep": False, "model": "linear"}
    assert order.prices == {"bigquery.train-linear": 300}


def test_nowhere_else_unless_something_says_so(tmp_path: Path) -> None:
    assert read_settings({}, environ={}).where == "local"
    variable = {"FIVEFOLD_WHERE": "bigquery-ml"}
    assert read_settings({}, environ=variable).where == "bigquery-ml"
    path = tmp_path / "fivefold.toml"
    path.write_text(FILE)
    assert read_settings({"train.where": "local"}, config=path, environ=variable).where == "local"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('where = "the-moon"', "where"),
        ("where = 3", "where"),
        ("bigquery-ml = { dataset = [1] }", "dataset"),
        ("prices = { x = -1 }", "x"),
        ('prices = { x = "dear" }', "x"),
        ("the-moon = { dataset = 1 }", "the key 'the-moon'"),
    ],
)
def test_a_slip_is_named_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text(f"[train]\n{line}\n")
    with pytest.raises(SettingsError, match=rf"line 2.*{said}"):
        read_settings({}, config=path, environ={})
