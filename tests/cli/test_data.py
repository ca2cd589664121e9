"""``fivefold data``: the step by its short name, and a new table held against the contract of a run."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from tests.commands import Call

import fivefold as ff
from fivefold.core import records
from fivefold.data.conformity import Conformity
from fivefold.testing.tables import visits, write_csv

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "conformity.schema.json"


@pytest.fixture
def run(fivefold: Call, visits_csv: Path) -> str:
    """The short id of a run that went as far as the data step."""
    assert fivefold("research", "visits.csv", "--target", "shown").code == 0
    called = fivefold("data", "latest", "--json")
    assert called.code == 0, called.err
    assert json.loads(called.out)["header"]["kind"] == "Dataset"
    return ff.load("latest").id


def test_the_step_goes_by_its_short_name_and_its_long_one(fivefold: Call, run: str) -> None:
    for words in (("data",), ("data", run), ("data", "make", run), ("data", "--out", "fivefold-runs", run)):
        called = fivefold(*words)
        assert called.code == 0, called.err
        assert called.out.startswith("Dataset")


def test_help_names_both(fivefold: Call) -> None:
    called = fivefold("data", "--help")
    assert called.code == 0
    assert "make" in called.out
    assert "check" in called.out
    assert "--against" in fivefold("data", "check", "--help").out


def test_a_table_like_the_first_holds(fivefold: Call, run: str) -> None:
    write_csv(Path("new.csv"), visits(50))
    called = fivefold("data", "check", "new.csv", "--against", run)
    assert called.code == 0, called
    assert called.out.startswith(f"new.csv against the contract of run {run}: 50 rows")
    assert "the contract holds" in called.out


def test_a_broken_table_ends_with_exit_code_4(fivefold: Call, run: str) -> None:
    rows = [{**row, "age": "old"} if k < 2 else row for k, row in enumerate(visits(50))]
    write_csv(Path("new.csv"), rows)
    called = fivefold("data", "check", "new.csv", "--against", run)
    assert called.code == 4
    assert "  broken   'age' is not a" in called.out
    assert "2 of 50 rows (4.0 %): row 0 has 'old'" in called.out
    assert "the contract is BROKEN: 2 of 50 rows" in called.out


def test_json_is_one_object_of_the_published_schema(fivefold: Call, run: str) -> None:
    write_csv(Path("new.csv"), [{**row, "age": "old", "more": 1} for row in visits(50)])
    called = fivefold("data", "check", "new.csv", "--json")
    assert called.code == 4
    jsonschema.validate(json.loads(called.out), json.loads(SCHEMA.read_text(encoding="utf-8")))
    found = records.load(Conformity, called.out, label="the answer")
    assert not found.holds
    assert found.broken_rows == 50


def test_python_says_the_same(fivefold: Call, run: str) -> None:
    rows = [{**row, "age": None} for row in visits(50)]
    found = ff.load(run).check(write_csv(Path("new.csv"), rows))
    assert not found.holds
    assert found.shares == {"age": 1.0}
    assert not list(Path("fivefold-runs").glob(".work/*"))


def test_a_table_that_is_not_there_is_misuse(fivefold: Call, run: str) -> None:
    called = fivefold("data", "check", "nwe.csv", "--against", run)
    assert called.code == 2
    assert "There is no file 'nwe.csv'" in called.err


def test_a_run_without_a_contract_says_so(fivefold: Call, visits_csv: Path) -> None:
    assert fivefold("research", "visits.csv", "--target", "shown").code == 0
    called = fivefold("data", "check", "visits.csv")
    assert called.code != 0
    assert "data" in called.err


def test_the_contract_is_published_in_three_forms(fivefold: Call, run: str) -> None:
    stored = ff.load(run).artefact("data")
    assert {"contract.json", "contract.schema.json", "contract.pandera.yaml"} <= set(stored.header.payloads)
    schema = json.loads((stored.folder / "contract.schema.json").read_text(encoding="utf-8"))
    names = [column.name for column in stored.body.contract.columns]
    assert list(schema["properties"]) == names
    yaml = (stored.folder / "contract.pandera.yaml").read_text(encoding="utf-8")
    assert all(f"  {json.dumps(name)}:\n" in yaml for name in names)


def test_other_tables_are_joined_and_every_table_is_named(fivefold: Call) -> None:
    rows = [{**row, "who": k % 40, "on": f"2020-03-{k % 27 + 1:02}"} for k, row in enumerate(visits(200))]
    write_csv(Path("visits.csv"), rows)
    calls = [{"who": k % 50, "when": f"2020-03-{k % 25 + 1:02}", "minutes": k % 7} for k in range(300)]
    write_csv(Path("calls.csv"), calls)
    Path("fivefold.toml").write_text(
        '[question]\nsource = "visits.csv"\ntarget = "shown"\ntime_column = "on"\n[data]\nexclude = ["who"]\n'
        '[data.tables.calls]\nsource = "calls.csv"\nkey = "who"\ntime = "when"\naggregate = ["count", "mean"]\n'
    )
    assert fivefold("research").code == 0
    called = fivefold("data")
    assert called.code == 0, called.err
    assert "  from visits.csv (" in called.out
    assert "  from calls.csv (" in called.out
    names = [column.name for column in ff.load("latest").dataset.contract.columns]
    assert {"calls.count", "calls.minutes.mean"} <= set(names)
    missing = fivefold("data", "check", "visits.csv")
    assert missing.code == 4
    assert "'calls.count' is not in the table" in missing.out
