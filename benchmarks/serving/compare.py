"""Fivefold's service beside other servers: one machine, one LightGBM model, one row, a core for the server and one for the load.

    python benchmarks/serving/compare.py setup ENVIRONMENTS [--peers ...]    # install the others; once
    python benchmarks/serving/compare.py run ENVIRONMENTS WORK [--rounds 3 --seconds 5]

``run`` takes the servers in turn, round after round, and prints medians over the rounds. It needs ``wrk`` (a package of Debian) and
``taskset``, two cores with nothing else on them, and Fivefold's own development environment, which also serves Fivefold and the
echo. One server at a time runs; all have one worker and one thread for the model.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
import venv
from pathlib import Path
from statistics import median

from load import put_load
from server import Server
from workload import COLUMNS, Workload

HERE = Path(__file__).resolve().parent
OTHERS = ("mlflow", "bentoml", "mlserver", "fastapi")
OWN = ("fivefold", "unlogged")
PEERS = ("echo", *OWN, *OTHERS)
CLIENTS = (1, 16)


def main() -> None:
    """Do what the command line says."""
    arguments = _arguments()
    {"setup": _setup, "run": _run}[arguments.command](arguments)


def _setup(arguments: argparse.Namespace) -> None:
    """Make an environment for each of the others."""
    for name in arguments.peers or OTHERS:
        folder = arguments.environments / name
        venv.create(folder, with_pip=True)
        command = [
            folder / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "-r",
            HERE / "peers" / f"{name}.txt",
        ]
        done = subprocess.run(command, check=False)
        print(f"{name}: {'installed' if done.returncode == 0 else 'NOT installed'}", flush=True)


def _run(arguments: argparse.Namespace) -> None:
    """Measure the servers in turn."""
    folder = arguments.work.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "names.json").write_text(json.dumps(COLUMNS))
    workload = Workload.make(folder)
    facts: dict[str, list[dict[str, float]]] = {}
    for turn in range(arguments.rounds):
        for name in arguments.peers or PEERS:
            try:
                found = _measure(name, arguments, workload, prepare=turn == 0)
            except (RuntimeError, subprocess.CalledProcessError) as error:
                print(f"{name}: {error}", flush=True)
                continue
            facts.setdefault(name, []).append(found)
            print(f"{turn + 1} {name}: {json.dumps(found)}", flush=True)
    _tell(facts)


def _measure(
    name: str, arguments: argparse.Namespace, workload: Workload, *, prepare: bool
) -> dict[str, float]:
    """Start a server, put load on it, and end it."""
    peer = importlib.import_module(f"peers.{name}")
    own = name not in OTHERS
    python = sys.executable if own else str(arguments.environments.resolve() / name / "bin" / "python")
    if prepare and hasattr(peer, "prepare"):
        subprocess.run(peer.prepare(python, workload.folder), check=True, capture_output=True)
    server_core, load_core = sorted(os.sched_getaffinity(0))[:2]
    facts: dict[str, float] = {"load_before": os.getloadavg()[0]}
    with Server(peer, python, workload, arguments.port, server_core) as server:
        facts["start_s"] = server.start_seconds
        body = peer.body(workload.row)
        put_load(server.url, body, workload.folder, clients=4, seconds=1, core=load_core)
        for clients in CLIENTS:
            load = put_load(
                server.url, body, workload.folder, clients=clients, seconds=arguments.seconds, core=load_core
            )
            facts |= {
                f"p50_ms_{clients}": load.p50_ms,
                f"p99_ms_{clients}": load.p99_ms,
                f"per_second_{clients}": load.per_second,
                f"errors_{clients}": load.errors,
            }
        facts["memory_mb"] = server.memory() / 1e6
    return facts


def _tell(facts: dict[str, list[dict[str, float]]]) -> None:
    """Print medians as Markdown, and what others are in times of Fivefold."""
    middle = {
        name: {key: median(each[key] for each in found) for key in found[0]} for name, found in facts.items()
    }
    print(
        f"\n{time.strftime('%Y-%m-%d %H:%M', time.gmtime())}, medians of {max(map(len, facts.values()))} rounds\n"
    )
    print(
        "| server | p50 ms, 1 client | p99 ms | per second | p50 ms, 16 clients | p99 ms | per second | errors | memory MB | start s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, found in middle.items():
        cells = [
            f"{found[f'{what}_{clients}']:.4g}"
            for clients in CLIENTS
            for what in ("p50_ms", "p99_ms", "per_second")
        ]
        errors = sum(found[f"errors_{clients}"] for clients in CLIENTS)
        print(
            f"| {name} | {' | '.join(cells)} | {errors:g} | {found['memory_mb']:.0f} | {found['start_s']:.2f} |"
        )
    for form in OWN:
        for name, found in middle.items():
            own = middle.get(form)
            if own is not None and name not in OWN:
                p50 = own["p50_ms_1"] / found["p50_ms_1"]
                more = [own[f"per_second_{clients}"] / found[f"per_second_{clients}"] for clients in CLIENTS]
                print(
                    f"- {form} against {name}: p50 {p50:.2f} times, answers per second {more[0]:.2f} and {more[1]:.2f} times as many"
                )


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("setup", "run"):
        command = commands.add_parser(name)
        command.add_argument("environments", type=Path)
        command.add_argument("--peers", nargs="*", choices=PEERS)
    command.add_argument("work", type=Path)
    command.add_argument("--rounds", type=int, default=3)
    command.add_argument("--seconds", type=float, default=5.0)
    command.add_argument("--port", type=int, default=8931)
    return parser.parse_args()


if __name__ == "__main__":
    main()
