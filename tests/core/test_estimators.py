"""``[train.estimators]``: what may be written, and what is refused with the name of the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.errors import SettingsError
from fivefold.core.estimators import estimators_of, read_estimators, write_estimators
from fivefold.core.settings import read_settings

FILE = """
[train.estimators.forest]
class = "sklearn.ensemble.RandomForestClassifier"
n_estimators = 20
max_features = 0.5

[train.estimators."my own"]
function = "my_models:make"
inputs = "encoded"
sizes = [8, 4]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "fivefold.toml"
    path.write_text(FILE)
    return path


def test_each_table_is_an_estimator(config: Path) -> None:
    forest, own = read_settings({}, config=config, environ={}).train.estimators
    assert (forest.name, forest.origin, forest.module, forest.attribute) == (
        "forest", "class", "sklearn.ensemble", "RandomForestClassifier",
    )  # fmt: skip
    assert forest.settings == {"n_estimators": 20, "max_features": 0.5}
    assert (own.name, own.origin, own.module, own.attribute) == ("my own", "function", "my_models", "make")
    assert (own.inputs, own.settings) == ("encoded", {"sizes": [8, 4]})


def test_a_plan_holds_what_was_read(config: Path) -> None:
    told = read_settings({}, config=config, environ={}).train.estimators
    assert estimators_of(write_estimators(told)) == told
    assert estimators_of("") == ()


def test_no_variable_names_code_to_run(config: Path) -> None:
    with pytest.raises(SettingsError, match="FIVEFOLD_ESTIMATORS means nothing"):
        read_settings({}, config=config, environ={"FIVEFOLD_ESTIMATORS": "sklearn.svm.SVC"})


@pytest.mark.parametrize(
    ("table", "seen"),
    [
        ("[train.estimators.x]\nC = 1.0\n", "either class or function"),
        ('[train.estimators.x]\nclass = "a.B"\nfunction = "a:b"\n', "class and function"),
        ('[train.estimators.x]\nclass = "RandomForestClassifier"\n', "sklearn.ensemble"),
        ('[train.estimators.x]\nclass = "my_models:Mine"\n', "class = 'my_models:Mine'"),
        ('[train.estimators.x]\nfunction = "my_models.make"\n', "my_models:make_pipeline"),
        ('[train.estimators.x]\nfunction = "a:b"\ninputs = "raw"\n', "prepared"),
        ('[train.estimators.x]\nfunction = "a:b"\nsince = 2020-01-01\n', "since"),
        ('[train.estimators.x]\nfunction = "a:b"\nC = inf\n', "C = inf"),
        ('[train.estimators."../x"]\nfunction = "a:b"\n', "a name of letters"),
        ('[train]\nestimators = ["sklearn.svm.SVC"]\n', "train.estimators.forest"),
    ],
)
def test_what_means_nothing_is_refused_with_its_line(tmp_path: Path, table: str, seen: str) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text(f"seed = 1\n{table}")
    with pytest.raises(SettingsError, match=r"line [23]") as caught:
        read_settings({}, config=path, environ={})
    assert seen in str(caught.value)


def test_a_plan_that_was_tampered_with_is_refused() -> None:
    with pytest.raises(SettingsError, match="plan's estimators"):
        estimators_of("not JSON")


def test_a_table_is_needed() -> None:
    with pytest.raises(SettingsError, match=r"train\.estimators\.forest"):
        read_estimators({"forest": "sklearn.ensemble.RandomForestClassifier"})
