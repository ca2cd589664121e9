"""Flags that more than one command takes, each defined once; and how they become settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.core.errors import SettingsError
from fivefold.core.settings import METRICS, Settings, read_settings

__all__ = [
    "AllowHost",
    "Budget",
    "Config",
    "Cores",
    "Deploy",
    "Deterministic",
    "DeployMoney",
    "DeployOptions",
    "DeployTarget",
    "Executor",
    "GroupColumn",
    "JsonFlag",
    "Labels",
    "Log",
    "LogKeep",
    "LogMode",
    "LogTo",
    "MaxConcurrency",
    "Memory",
    "Metric",
    "NoAuth",
    "Out",
    "Port",
    "Quantile",
    "RequestTimeout",
    "RunName",
    "Seed",
    "Source",
    "Target",
    "Task",
    "TimeColumn",
    "TokenFile",
    "set_options",
    "settings_of",
    "store_of",
]

PROJECT_FILE = Path("fivefold.toml")

RunName: TypeAlias = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's folder, its short id, or 'latest'.", show_default=False)
]
Source: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="[TABLE]",
        help="The table: a file, a folder, or an address such as postgresql://me@host/clinic#visits.",
        show_default=False,
    ),
]
Target: TypeAlias = Annotated[
    str | None, typer.Option("--target", help="The column to predict.", show_default=False)
]
Task: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--task", help="binary, multiclass or regression; found out if not given.", show_default=False
    ),
]
Metric: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--metric",
        help=f"The headline metric: {', '.join(METRICS)}.",
        show_default=False,
    ),
]
Quantile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--quantile",
        help="Predict what this share of the outcomes does not pass, such as 0.9, instead of a mean.",
        show_default=False,
    ),
]
TimeColumn: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--time-column", help="Rows are split by this date: the last part is the test.", show_default=False
    ),
]
GroupColumn: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--group-column", help="Rows of one group never stand on both sides of a split.", show_default=False
    ),
]
Budget: TypeAlias = Annotated[
    str | None,
    typer.Option("--budget", help="Time for the whole run, such as 60s or 10min.", show_default="5min"),
]
Memory: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--memory", help="Memory that may be used, such as 4GB.", show_default="80 % of what is free"
    ),
]
Cores: TypeAlias = Annotated[
    str | None,
    typer.Option("--cores", help="Worker processes at once.", show_default="what the machine allows"),
]
Seed: TypeAlias = Annotated[
    str | None, typer.Option("--seed", help="Same seed, same table, same time: same model.", show_default="0")
]
Deterministic: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--deterministic",
        help="Same seed, same table, same time: same bundle, byte for byte; rounds are counted and nothing is timed.",
    ),
]
Deploy: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--deploy",
        help="Where the model runs: none, local, or another target's name.",
        show_default="none",
    ),
]
DeployTarget: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--target",
        help="Where the model runs: none, local, or another target's name.",
        show_default="local",
    ),
]
DeployMoney: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--money", help="What the place may cost a month, such as 50USD.", show_default="the run's own budget"
    ),
]
DeployOptions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Option of the target; may be repeated.", show_default=False
    ),
]
LogTo: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--log",
        help="Prediction log: an SQLite file, a folder of Parquet segments, postgresql://user@host/database, stdout or none.",
        show_default="live/predictions.sqlite in the run's folder",
    ),
]
LogMode: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--log-mode",
        help="async, or durable: an answer is given when it is logged.",
        show_default="async",
    ),
]
LogKeep: TypeAlias = Annotated[
    str | None,
    typer.Option("--log-keep", help="How long the log is kept, such as 30d.", show_default="for ever"),
]
TokenFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        help=f"File with a token on each line; one of them is demanded. {TOKENS_VARIABLE} may hold some, too.",
        show_default=False,
    ),
]
NoAuth: TypeAlias = Annotated[
    bool, typer.Option("--no-auth", help="Demand no token, even of other machines.")
]
AllowHost: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        help="On loopback, without a token: a further name under which it may be asked for; may be repeated.",
        show_default="localhost and every loopback address",
    ),
]
MaxConcurrency: TypeAlias = Annotated[
    int,
    typer.Option("--max-concurrency", help="Requests for predictions at once; further ones get status 429."),
]
RequestTimeout: TypeAlias = Annotated[
    float,
    typer.Option(
        "--request-timeout", help="Seconds that a request for predictions may take; then status 504."
    ),
]
Executor: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--executor",
        help="Where training's tasks are done: local, or ray, also with an address such as ray://head:10001.",
        show_default="local",
    ),
]
Where: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--where",
        help="Where a model is trained besides, and held beside the run's own: bigquery-ml, or another route's name.",
        show_default="local: nowhere else",
    ),
]
RouteOptions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Option of the route; may be repeated.", show_default=False
    ),
]
RouteMoney: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--money",
        help="What the run may cost in all, training elsewhere included, such as 2USD.",
        show_default="the run's own budget",
    ),
]
RouteScan: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--scan",
        help="Bytes that warehouses may read for the run in all, such as 100MB.",
        show_default="the run's own budget",
    ),
]
CompareRoutes: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--compare-routes",
        help="Only say what training would take and cost here and elsewhere, and what stands in the way; nothing is made.",
    ),
]
Port: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--port",
        help="Port of a service on this machine or in Kubernetes; 0 leaves it to the target.",
        show_default="0",
    ),
]
Labels: TypeAlias = Annotated[
    str | None,
    typer.Option("--labels", help="A table of outcomes that are known by now.", show_default=False),
]
Log: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--log",
        help="The service's log: an SQLite file, a folder of Parquet segments, or postgresql://user@host/database.",
        show_default="every log that the run's model is known to answer into",
    ),
]
Out: TypeAlias = Annotated[
    str | None, typer.Option("--out", help="The folder that holds the runs.", show_default="fivefold-runs")
]
JsonFlag: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output and nothing else there.")
]
Config: TypeAlias = Annotated[
    Path | None,
    typer.Option("--config", help="The project file.", show_default="fivefold.toml, if there is one"),
]


def settings_of(flags: dict[str, str | None], config: Path | None) -> Settings:
    """Merge the flags of a command with the environment and the project file."""
    chosen = config or (PROJECT_FILE if PROJECT_FILE.is_file() else None)
    return read_settings(flags, config=chosen)


def set_options(section: str, given: list[str] | None) -> dict[str, str | None]:
    """Read what ``--set`` says, as flags of a section.

    Raises
    ------
    SettingsError
        When it is no key with a value.
    """
    flags: dict[str, str | None] = {}
    for text in given or []:
        key, mark, value = text.partition("=")
        if not mark or not key.strip():
            raise SettingsError(
                "--set cannot be used",
                seen=repr(text),
                expected="KEY=VALUE",
                todo="name the option and its value",
            )
        flags[f"{section}.options.{key.strip()}"] = value.strip()
    return flags


def store_of(out: str | None, config: Path | None) -> str:
    """Return the folder of the runs; a flag spares reading the project file, which may be in need of repair."""
    return out or settings_of({}, config).out
