"""Costs as they stand in the project file."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.costs import read_costs, write_costs
from fivefold.core.errors import SettingsError
from fivefold.core.settings import read_settings


def told(
    folder: Path, text: str, environ: dict[str, str] | None = None
) -> tuple[tuple[str, str, float], ...]:
    path = folder / "fivefold.toml"
    path.write_text(text)
    return read_settings({}, config=path, environ=environ or {}).train.costs


@pytest.mark.parametrize(
    "text",
    [
        '[train]\ncosts = { "yes" = { "no" = 10 }, "no" = { "yes" = 0.5 } }\n',
        "[train.costs]\nyes = { no = 10.0 }\nno = { yes = 0.5 }\n",
        "[train.costs.yes]\nno = 10\n[train.costs.no]\nyes = 0.5\n",
    ],
)
def test_all_ways_to_write_a_table_say_the_same(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == (("yes", "no", 10.0), ("no", "yes", 0.5))


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    environ = {"FIVEFOLD_COSTS": '{"no": {"yes": 3}}'}
    assert told(tmp_path, "[train.costs]\nyes = { no = 10.0 }\n", environ) == (("no", "yes", 3.0),)


def test_a_plan_gives_back_what_was_told() -> None:
    costs = (("a b", 'q"', 0.1), ("ä", "a b", 1e12), ("ä", 'q"', 0.0))
    assert read_costs(write_costs(costs)) == costs
    assert read_costs(write_costs(())) == ()


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("{ yes = { no = -1 } }", "-1 for the answer 'no' where 'yes' is true"),
        ("{ yes = { no = inf } }", "inf for the answer"),
        ("{ yes = { no = nan } }", "nan for the answer"),
        ("{ yes = { no = 1e13 } }", "for the answer"),
        ("{ yes = { no = true } }", "True for the answer"),
        ('{ yes = { no = "10" } }', "'10' for the answer"),
        ("{ yes = 10 }", "'yes' = 10"),
        ("10", "10"),
        ('"ten"', "'ten'"),
    ],
)
def test_what_cannot_be_a_cost_is_refused_with_its_line(tmp_path: Path, value: str, seen: str) -> None:
    with pytest.raises(SettingsError) as caught:
        told(tmp_path, f"[train]\ncosts = {value}\n")
    assert "line 2" in str(caught.value)
    assert seen in str(caught.value)
