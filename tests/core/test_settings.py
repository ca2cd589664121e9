"""Settings: flags over environment over file; every slip is named where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.errors import SettingsError
from fivefold.core.settings import read_settings

FILE = """
seed = 3
[question]
source = "sales.csv"
target = "price"
[budget]
time = "60s"
cores = 1
[data]
exclude = ["id"]
[answers]
costs_known = true
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "fivefold.toml"
    path.write_text(FILE)
    return path


def test_the_file_is_read(config: Path) -> None:
    settings = read_settings({}, config=config, environ={})
    assert (settings.source, settings.question.target, settings.seed) == ("sales.csv", "price", 3)
    assert (settings.budget.time, settings.budget.cores) == (60, 1)
    assert (settings.data.exclude, settings.answers) == (("id",), {"costs_known": True})
    assert settings.means == {"time": "60s", "cores": "1"}


def test_environment_wins_over_file_and_flags_over_both(config: Path) -> None:
    environ = {"FIVEFOLD_BUDGET": "2min", "FIVEFOLD_SEED": "4", "FIVEFOLD_CORES": "2", "HOME": "/"}
    settings = read_settings({"seed": "5", "question.task": None}, config=config, environ=environ)
    assert (settings.budget.time, settings.budget.cores, settings.seed) == (120, 2, 5)


def test_variables_that_share_a_name_mean_the_question() -> None:
    settings = read_settings({}, environ={"FIVEFOLD_TARGET": "price", "FIVEFOLD_DEPLOY": "local"})
    assert (settings.question.target, settings.deploy) == ("price", "local")


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("seed = 0\n[question]\ntraget = 'x'\n", "line 3", "traget"),
        ("[qestion]\ntarget = 'x'\n", "line 1", "qestion"),
        ("speed = 0\n", "line 1", "speed"),
        ("[budget]\ntime = ['60s']\n", "line 2", "time"),
        ("[data]\nexclude = 'id'\n", "line 2", "exclude"),
        ("[question]\ntarget = 'x'\n[budget]\ntime = 'soon'\n", "line 4", "soon"),
        ("seed = 1\n[question]\ntask = 'ranking'\n", "line 3", "ranking"),
        ("[question]\ntarget = 'x'\n[deploy]\nport = 1\ntarget = ['x']\n", "line 5", "target"),
        ("[data]\nrows = 5\ndecimal = ';'\n", "line 3", "decimal"),
        ("[data]\nrows = 5\n[data.columns]\nzip = 'words'\n", "line 3", "zip"),
        ("[data]\nwhere = 3\n", "line 2", "one text into quotes"),
        ("[data]\nrows = 'many'\n", "line 2", "in digits"),
        ("[data]\ncolumns = 'zip'\n", "line 2", "one line for each name"),
        ("[data]\ntables = {visits = 'v.csv'}\n", "line 2", "KEY = VALUE"),
        ("[data]\ncolumns = {zip = {personal = 'no'}}\n", "line 2", "without quotes"),
        ("[data.tables.visits]\nsource = 'v.csv'\n", "line 1", "key"),
        ("[question]\ntarget = \n", "line 2", "target"),
        ("[question\ntarget = 'x'\n", "line 1", "question"),
    ],
)
def test_a_slip_in_the_file_is_named_with_its_line(tmp_path: Path, text: str, line: str, key: str) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_settings({}, config=path, environ={})
    assert line in str(caught.value)
    assert key in str(caught.value)
    assert caught.value.todo


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"budget.time": "0s"}, "'0s'"),
        ({"budget.time": "soon"}, "'soon'"),
        ({"question.task": "ranking"}, "binary, multiclass, regression"),
        ({"question.metric": "auc"}, "roc_auc"),
        ({"question.quantile": "1.5"}, "such as 0.9"),
        ({"question.quantile": "nan"}, "such as 0.9"),
        ({"question.quantile": "most"}, "'most'"),
        ({"question.quantile": "0.9", "question.metric": "rmse"}, "metric 'rmse'"),
        ({"seed": "-1"}, "seed"),
        ({"deploy.port": "99999"}, "port"),
    ],
)
def test_a_slip_in_a_flag_is_named(flags: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings(flags, environ={})


@pytest.mark.parametrize("said", ["0.9", ".9", "0.90"])
def test_a_quantile_brings_its_metric(tmp_path: Path, said: str) -> None:
    assert read_settings({"question.quantile": said}, environ={}).question.metric == "pinball_0.9"
    assert read_settings({"question.metric": "pinball_0.9"}, environ={}).question.metric == "pinball_0.9"
    path = tmp_path / "fivefold.toml"
    path.write_text("[question]\nquantile = 0.9\n")
    assert read_settings({}, config=path, environ={}).question.metric == "pinball_0.9"
    assert read_settings({}, environ={"FIVEFOLD_QUANTILE": said}).question.metric == "pinball_0.9"


def test_a_slip_in_a_variable_is_named() -> None:
    with pytest.raises(SettingsError, match="FIVEFOLD_BUGDET"):
        read_settings({}, environ={"FIVEFOLD_BUGDET": "60s"})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="fivefold init"):
        read_settings({}, config=tmp_path / "none.toml", environ={})


def test_a_target_is_told_what_its_own_table_says(tmp_path: Path) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text(
        '[deploy]\ntarget = "local"\nport = 81\nmoney = "50 EUR"\n'
        '[deploy.local]\nname = "shop"\n[deploy.none]\n[deploy.prices]\n"moon.small" = 0.1\n'
    )
    order = read_settings({"deploy.options.tag": "3"}, config=path, environ={}).order
    assert (order.port, order.options) == (81, {"name": "shop", "tag": 3})
    assert (order.money, order.currency, order.prices) == (50.0, "EUR", {"moon.small": 0.1})
    elsewhere = read_settings({"deploy.target": "none"}, config=path, environ={}).order
    assert elsewhere.options == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[deploy.moon]\ncrater = 1\n", "moon.*local, none"),
        ("[deploy.local]\nnames = [1]\n", "names"),
        ('[deploy.prices]\n"moon.small" = "much"\n', "a number"),
        ('[deploy.prices]\n"moon.small" = -0.1\n', "at least 0"),
        ("[deploy]\nprices = 3\n", "the key 'prices'"),
        ('[deploy]\nmoney = "much"\n', "money"),
    ],
)
def test_a_slip_in_the_tables_of_a_deployment_names_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=rf"line [12].*{words}"):
        read_settings({}, config=path, environ={})


def test_where_a_place_logs_stands_beside_its_own_options(tmp_path: Path) -> None:
    path = tmp_path / "fivefold.toml"
    path.write_text(
        '[deploy]\ntarget = "local"\nlog = "shop.sqlite"\nlog_mode = "durable"\nlog_keep = "30d"\n'
    )
    settings = read_settings(
        {}, config=path, environ={"FIVEFOLD_LOG": "other.sqlite", "FIVEFOLD_LOG_KEEP": "7d"}
    )
    assert settings.order.options == {"log": "shop.sqlite", "log_mode": "durable", "log_keep": "7d"}
    assert settings.log == "other.sqlite"  # what the monitor reads
    flags = {"deploy.options.log": "flag.sqlite"}
    environ = {"FIVEFOLD_DEPLOY_LOG": "variable.sqlite"}
    assert read_settings({}, config=path, environ=environ).order.options["log"] == "variable.sqlite"
    assert read_settings(flags, config=path, environ=environ).order.options["log"] == "flag.sqlite"
    assert read_settings({"deploy.target": "none"}, config=path, environ={}).order.options == {}


def test_secrets_of_a_service_are_no_settings() -> None:
    read_settings(
        {}, environ={"FIVEFOLD_TOKENS": "a-secret-of-the-shop-7", "FIVEFOLD_DATABASE_PASSWORD": "x"}
    )


def test_what_kubernetes_makes_of_services_is_passed_over() -> None:
    words = {
        "PORT": "tcp://10.0.0.11:80",
        "PORT_80_TCP": "tcp://10.0.0.11:80",
        "PORT_80_TCP_PROTO": "tcp",
        "PORT_80_TCP_PORT": "80",
        "PORT_80_TCP_ADDR": "10.0.0.11",
        "SERVICE_HOST": "10.0.0.11",
        "SERVICE_PORT": "80",
        "SERVICE_PORT_HTTP": "80",
        "SALES_SERVICE_HOST": "10.0.0.12",  # of a Service of the name fivefold-sales
        "SALES_PORT": "udp://10.0.0.12:80",
    }
    environ = {f"FIVEFOLD_{name}": value for name, value in words.items()}
    stated = {"budget.memory": "4GB"}  # measured otherwise, and another one each time
    assert read_settings(stated, environ=environ) == read_settings(stated, environ={})


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "10.0.0.11:80"), ("SALES_PORT", "80"), ("SERVICE", "x")]
)
def test_what_only_looks_like_it_is_not_passed_over(name: str, value: str) -> None:
    with pytest.raises(SettingsError):
        read_settings({}, environ={f"FIVEFOLD_{name}": value})
    assert read_settings({}, environ={"FIVEFOLD_PORT": "8080"}).order.port == 8080


def test_variables_of_services_and_databases_are_not_ours_to_judge() -> None:
    environ = {"FIVEFOLD_TOKENS": "x" * 20, "FIVEFOLD_SERVE_LOG": "stdout", "FIVEFOLD_BUNDLE": "here"}
    assert read_settings({}, environ=environ).deploy == "none"


@pytest.mark.parametrize("name", ["COLUMNS", "TABLES", "ESTIMATORS"])
def test_what_holds_tables_is_no_variable(name: str) -> None:
    with pytest.raises(SettingsError, match=f"FIVEFOLD_{name} means nothing") as caught:
        read_settings({}, environ={f"FIVEFOLD_{name}": "x"})
    assert f"FIVEFOLD_{name}" not in caught.value.expected.split(", ")
