"""``predict``, ``serve`` and ``stop``: using a model that was made."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from fivefold.cli.batch import check_here, predict_elsewhere
from fivefold.cli.console import Bar, note, say
from fivefold.cli.options import (
    AllowHost,
    Config,
    DeployOptions,
    JsonFlag,
    LogKeep,
    LogMode,
    LogTo,
    MaxConcurrency,
    NoAuth,
    Out,
    RequestTimeout,
    RunName,
    TokenFile,
    set_options,
    settings_of,
    store_of,
)
from fivefold.core import records
from fivefold.core.artefacts import Model, Release
from fivefold.core.errors import MisuseError
from fivefold.core.journal import journals
from fivefold.core.releases import older_release, releases
from fivefold.core.store import Store
from fivefold.deployment.batch import Batch
from fivefold.deployment.step import is_running
from fivefold.deployment.step import stop as end_service
from fivefold.report.language import plural
from fivefold.runtime.unread import unread_words
from fivefold.scoring import score_file
from fivefold.service.log import OWN_LOG, mode_of
from fivefold.service.port import listen_on
from fivefold.service.server import serve as serve_bundle
from fivefold.service.settings import MAX_CONCURRENCY, REQUEST_TIMEOUT, ServiceSettings
from fivefold.service.tokens import Tokens, tokens_in
from fivefold.workflow import load

__all__ = ["Scored", "Stopped", "predict", "register", "serve", "stop"]


_ScoredTo: TypeAlias = Annotated[
    str,
    typer.Option(
        "--out",
        help="Where to write: .parquet, .csv or .jsonl; with --on an address such as bq://project.dataset or gs://bucket/folder.",
    ),
]
_Coverage: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--coverage",
        help="Also say how sure each prediction is, for this share of rows: 0.5, 0.8, 0.9, 0.95.",
    ),
]
_Columns: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        help="Column of the input to keep, such as a key; may be repeated.",
        show_default="all",
    ),
]
_On: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="TARGET",
        help="Have a platform's own machines answer, such as vertex; TABLE and --out are addresses that it reads and writes.",
        show_default="this machine",
    ),
]
_JobMoney: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--money",
        help="What that may cost, such as 0.50USD.",
        show_default="[deploy] money, or the run's own budget",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (predict, serve, stop):
        app.command()(command)


def predict(
    run: RunName,
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="Rows to score: a file, a folder, or an address.")
    ],
    out: _ScoredTo = "predictions.csv",
    coverage: _Coverage = None,
    columns: _Columns = None,
    on: _On = None,
    money: _JobMoney = None,
    options: DeployOptions = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only say what that would make and what it costs at most.")
    ] = False,
    store: Annotated[
        str | None,
        typer.Option("--store", help="The folder that holds the runs.", show_default="fivefold-runs"),
    ] = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Score a file: the rows as they came, with the predictions beside them.

    It is read and written in parts, so that it may have any size; what was ended is taken up again by the same command. A cell that cannot be
    read counts as missing, and is said.
    """
    if on is not None:
        check_here(coverage=coverage, columns=columns)
        flags = {"deploy.target": on, "deploy.money": money, "out": store} | set_options("deploy", options)
        settings = settings_of(flags, config)
        predict_elsewhere(run, Batch(table, out), settings, only_plan=plan, as_json=as_json)
        return
    check_here(money=money, set=options, plan=plan)
    predictor = load(run, out=store_of(store, config)).model
    with Bar() as bar:
        tally = score_file(predictor, table, Path(out), coverage=coverage, columns=columns, progress=bar)
    if tally.unread:
        note(unread_words(tally.unread))
    say(
        records.dump(Scored(tally.rows, out, tally.unread)).decode().rstrip()
        if as_json
        else f"{plural(tally.rows, 'row')} scored: {out}"
    )


def serve(
    run: RunName = "latest",
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            help="Port to listen on.",
            min=0,
            max=65535,
            show_default="AIP_HTTP_PORT or SAGEMAKER_BIND_TO_PORT, else 8080",
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host", help="Address to listen on.", show_default="127.0.0.1; 0.0.0.0 where a platform asks"
        ),
    ] = None,
    log: LogTo = None,
    log_mode: LogMode = None,
    log_keep: LogKeep = None,
    token_file: TokenFile = None,
    no_auth: NoAuth = False,
    allow_host: AllowHost = None,
    max_concurrency: MaxConcurrency = MAX_CONCURRENCY,
    request_timeout: RequestTimeout = REQUEST_TIMEOUT,
    out: Out = None,
    config: Config = None,
) -> None:
    """Serve a model in the foreground until Ctrl-C; predictions are logged for the monitor."""
    settings = ServiceSettings(
        tokens=Tokens(tokens_in(token_file, os.environ)),
        no_auth=no_auth,
        hosts=tuple(allow_host or ()),
        max_concurrency=max_concurrency,
        request_timeout=request_timeout,
        log_mode=mode_of(log_mode or "async"),
        log_keep=log_keep or "",
    )
    found = Store(Path(store_of(out, config))).find(run)
    bundle = found.need("train", Model).folder / "bundle"
    host, port = listen_on(host, port, os.environ)
    older = older_release(found)
    if older is not None and (older.target != "local" or is_running(older, found.live)):
        place = older.address or older.target
        note(
            f"run {found.id} was trained again since its release: {place} has the older bundle until fivefold deploy {found.id}"
        )
    note(f"serving run {found.id} on http://{host}:{port or '(a free port)'}")
    serve_bundle(bundle, host=host, port=port, log=log or found.live / OWN_LOG, settings=settings)


def stop(run: RunName = "latest", out: Out = None, as_json: JsonFlag = False, config: Config = None) -> None:
    """Stop the service that a run started on this machine; 'undeploy' removes what stands anywhere else."""
    found = Store(Path(store_of(out, config))).find(run)
    stored = found.get("deploy", Release)
    release = stored.body if stored else None
    known = {each.target for each in releases(found.live, release)} - {"none"}
    stopped = end_service(release, found.live)
    if not stopped and release is None:
        found.need("deploy", Release)  # says what is missing
    if not stopped and known and "local" not in known:
        raise MisuseError(
            f"Run '{found.id}' has no service on this machine to stop",
            seen=f"a release at {', '.join(sorted(known))}",
            expected="a service on this machine",
            todo=f"remove it there with: fivefold undeploy {found.id}",
        )
    elsewhere = tuple(sorted({*known, *(journal.target for journal in journals(found.live))} - {"local"}))
    if as_json:
        say(records.dump(Stopped(found.id, stopped, elsewhere)).decode().rstrip())
        return
    say(f"run {found.id}: " + ("the service was stopped" if stopped else "no service was running"))
    if elsewhere:
        say(f"what was made at {', '.join(elsewhere)} stays; it is removed by: fivefold undeploy {found.id}")


@dataclass(frozen=True, slots=True)
class Stopped:
    """What ``stop`` did.

    Attributes
    ----------
    run : str
    stopped : bool
        Whether a service was running; none is any more.
    elsewhere : tuple of str
        Names of the targets where the run's deployments have made something that stays; ``undeploy`` removes it.
    """

    run: str
    stopped: bool
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """What ``predict`` did.

    Attributes
    ----------
    rows : int
        Rows that have a prediction.
    path : str
        The file that was written.
    unread : dict of str to int
        By column, cells that could not be read and counted as missing.
    """

    rows: int
    path: str
    unread: dict[str, int]
