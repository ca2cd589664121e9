"""The ``[train]`` section."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.errors import SettingsError
from fivefold.core.settings import read_settings


def test_the_section_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text(
        '[train]\nfamilies = ["linear", "mlp"]\nlearn_from = "training_rows"\nincreasing = ["age"]\n'
        'class_weight = "balanced"\n'
    )
    train = read_settings({}, config=path, environ={}).train
    assert train.families == ("linear", "mlp")
    assert train.learn_from == "training_rows"
    assert (train.increasing, train.decreasing) == (("age",), ())
    assert train.class_weight == "balanced"


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text('[train]\nfamilies = ["linear"]\n')
    train = read_settings({}, config=path, environ={"FIVEFOLD_FAMILIES": "lightgbm, linear"}).train
    assert train.families == ("lightgbm", "linear")


@pytest.mark.parametrize(
    "line",
    [
        'learn_from = "everything"',
        'final_form = "tiny"',
        'class_weight = "heavy"',
        "families = [1]",
        "decreasing = 3",
        'family = "linear"',
    ],
)
def test_what_means_nothing_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text(f"[train]\n{line}\n")
    with pytest.raises(SettingsError, match="line 2"):
        read_settings({}, config=path, environ={})


def test_a_score_cannot_rise_and_fall_with_one_column(tmp_path: Path) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text('[train]\nincreasing = ["age", "size"]\ndecreasing = ["size"]\n')
    with pytest.raises(SettingsError, match="'size'"):
        read_settings({}, config=path, environ={})


def test_where_to_start_from_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text('[train]\nstart_from = " latest "\n')
    assert read_settings({}, config=path, environ={}).train.start_from == "latest"
    path.write_text("[train]\nstart_from = 3\n")
    with pytest.raises(SettingsError, match="in quotes"):
        read_settings({}, config=path, environ={})


def test_deterministic_is_true_or_false_wherever_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text("[train]\ndeterministic = true\n")
    assert not read_settings({}, environ={}).train.deterministic
    assert read_settings({}, config=path, environ={}).train.deterministic
    said = {"FIVEFOLD_DETERMINISTIC": "false"}
    assert not read_settings({}, config=path, environ=said).train.deterministic
    flags = {"train.deterministic": "true"}
    assert read_settings(flags, config=path, environ=said).train.deterministic
    with pytest.raises(SettingsError, match="true or false"):
        read_settings({}, environ={"FIVEFOLD_DETERMINISTIC": "perhaps"})


def test_decisions_of_a_deterministic_run_know_nothing_of_the_machine() -> None:
    flags = {"train.deterministic": "true", "budget.time": "60s"}
    nominal = [read_settings(flags | {"budget.cores": cores}, environ={}).nominal for cores in ("1", "16")]
    assert nominal[0] == nominal[1] is not None
    stated = read_settings(flags | {"budget.memory": "2GB"}, environ={}).nominal
    assert stated is not None
    assert stated.memory == 2 * 10**9
    assert read_settings({}, environ={}).nominal is None


def test_where_fits_are_done_decides_nothing_about_them(tmp_path: Path) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text('[train]\nexecutor = "ray"\n')
    settings = read_settings({}, config=path, environ={})
    assert settings.executor == "ray"
    assert settings.train == read_settings({}, environ={}).train
    assert read_settings({}, environ={}).executor == "local"
    variable = {"FIVEFOLD_EXECUTOR": "ray:auto"}
    assert read_settings({}, config=path, environ=variable).executor == "ray:auto"
    flag = {"train.executor": "ray://head:10001"}
    assert read_settings(flag, config=path, environ=variable).executor == "ray://head:10001"


@pytest.mark.parametrize("line", ["executor = 3", 'executor = " "'])
def test_an_executor_is_a_name(tmp_path: Path, line: str) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text(f"[train]\n{line}\n")
    with pytest.raises(SettingsError, match=r"line 2.*executor"):
        read_settings({}, config=path, environ={})
