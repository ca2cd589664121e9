"""``run`` and its steps, each with the step's own name; ``data`` has a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.cli import summary
from fivefold.cli.console import Bar, say
from fivefold.cli.options import (
    Budget,
    CompareRoutes,
    Config,
    Cores,
    Deploy,
    Deterministic,
    Executor,
    GroupColumn,
    JsonFlag,
    Labels,
    Log,
    Memory,
    Metric,
    Out,
    Port,
    Quantile,
    RouteMoney,
    RouteOptions,
    RouteScan,
    RunName,
    Seed,
    Source,
    Target,
    Task,
    TimeColumn,
    Where,
    set_options,
    settings_of,
)
from fivefold.core import records
from fivefold.core.credentials import may_hold_secret
from fivefold.core.elsewhere import read_elsewhere
from fivefold.core.errors import SettingsError
from fivefold.core.machine import process_age
from fivefold.report.sections.elsewhere import elsewhere_lines
from fivefold.result import Result
from fivefold.training.route_plans import Routes, route_words
from fivefold.workflow import resume, start

if TYPE_CHECKING:
    import typer

    from fivefold.core.settings import Settings
    from fivefold.training.route_plans import RouteLine

__all__ = ["monitor", "register", "research", "run", "train"]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (run, research, train, monitor):
        app.command()(command)


def run(
    table: Source = None,
    target: Target = None,
    task: Task = None,
    metric: Metric = None,
    quantile: Quantile = None,
    time_column: TimeColumn = None,
    group_column: GroupColumn = None,
    budget: Budget = None,
    memory: Memory = None,
    cores: Cores = None,
    seed: Seed = None,
    deterministic: Deterministic = False,
    executor: Executor = None,
    deploy: Deploy = None,
    port: Port = None,
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Carry a table and a question through all five steps; the same command again resumes."""
    flags = _question(table, target, task, metric, time_column, group_column)
    flags |= {
        "question.quantile": quantile,
        "budget.time": budget,
        "budget.memory": memory,
        "budget.cores": cores,
        "seed": seed,
        **_told(deterministic=deterministic),
    }
    flags |= {"train.executor": executor, "deploy.target": deploy, "deploy.port": port}
    settings = settings_of(flags | {"out": out}, config)
    with Bar() as bar, start(settings, _address(settings), progress=bar, spent=process_age()) as journey:
        result = journey.all()
    summary.show(result, as_json=as_json)


def research(
    table: Source = None,
    target: Target = None,
    task: Task = None,
    metric: Metric = None,
    quantile: Quantile = None,
    time_column: TimeColumn = None,
    group_column: GroupColumn = None,
    budget: Budget = None,
    memory: Memory = None,
    cores: Cores = None,
    seed: Seed = None,
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Step 1: collect evidence for this question and make the plan."""
    flags = _question(table, target, task, metric, time_column, group_column)
    flags |= {
        "question.quantile": quantile,
        "budget.time": budget,
        "budget.memory": memory,
        "budget.cores": cores,
        "seed": seed,
    }
    settings = settings_of(flags | {"out": out}, config)
    with Bar() as bar, start(settings, _address(settings), progress=bar, spent=process_age()) as journey:
        journey.research()
        result = Result(journey.run)
    summary.show_step(result, "research", as_json=as_json)


def train(
    run: RunName = "latest",
    deterministic: Deterministic = False,
    executor: Executor = None,
    where: Where = None,
    options: RouteOptions = None,
    money: RouteMoney = None,
    scan: RouteScan = None,
    compare: CompareRoutes = False,
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Step 3: fit, blend and evaluate on the sealed test part; with --where also elsewhere, held beside it."""
    flags = {"train.executor": executor, "train.where": where, "out": out}
    flags |= {"budget.money": money, "budget.scan": scan}
    flags |= {**_told(deterministic=deterministic), **set_options("train", options)}
    settings = settings_of(flags, config)
    with Bar() as bar, resume(run, settings, progress=bar) as journey:
        lines = journey.compare_routes() if compare else ()
        if not compare:
            journey.train()
            journey.track()
        result, beside = Result(journey.run), read_elsewhere(journey.run)
    if compare:
        _say_routes(lines, as_json=as_json)
        return
    summary.show_step(result, "train", as_json=as_json)
    if not as_json:
        for words in elsewhere_lines(beside):
            say(f"  {words}.")


def monitor(
    run: RunName = "latest",
    labels: Labels = None,
    log: Log = None,
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Look at what the release was asked and answered, and give a verdict with reasons."""
    settings = settings_of({"monitor.labels": labels, "monitor.log": log, "out": out}, config)
    with Bar() as bar, resume(run, settings, progress=bar) as journey:
        journey.monitor()
        result = Result(journey.run)
    summary.show_step(result, "monitor", as_json=as_json)
    summary.exit_by_verdict(result)


def _told(*, deterministic: bool) -> dict[str, str | None]:
    """What a flag without a value says; where it is not given, the environment and the file decide."""
    return {"train.deterministic": "true" if deterministic else None}


def _say_routes(lines: tuple[RouteLine, ...], *, as_json: bool) -> None:
    """Print every way to train."""
    if as_json:
        say(records.dump(Routes(lines)).decode().rstrip())
        return
    for line in lines:
        for words in route_words(line):
            say(words)


def _question(
    table: str | None,
    target: str | None,
    task: str | None,
    metric: str | None,
    time_column: str | None,
    group_column: str | None,
) -> dict[str, str | None]:
    """Flags that make up the question."""
    return {
        "question.source": table,
        "question.target": target,
        "question.task": task,
        "question.metric": metric,
        "question.time_column": time_column,
        "question.group_column": group_column,
    }


def _address(settings: Settings) -> str:
    """Return the table's address, which must be known by now."""
    if not settings.source:
        raise SettingsError(
            "No table is named",
            expected="a table on the command line, or 'source' under [question] in fivefold.toml",
            todo="fivefold run TABLE --target COLUMN",
        )
    if not settings.question.target:
        raise SettingsError(
            "No target is named",
            expected="--target COLUMN, or 'target' under [question] in fivefold.toml",
            todo=f"fivefold run {'TABLE' if may_hold_secret(settings.source) else settings.source} --target COLUMN",
        )
    return settings.source
