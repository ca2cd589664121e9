"""Fivefold beside its peers: same split, same cores, same minutes, one at a time, each in an environment of its own.

    python benchmarks/training/compare.py setup ENVIRONMENTS [PEER ...]     # install; once
    python benchmarks/training/compare.py run ENVIRONMENTS TABLES RESULTS   # TABLES holds index.json
    python benchmarks/training/compare.py tell RESULTS                      # what is known so far, as Markdown

``run`` takes ``--budget 60 --seeds 3 --cores 2 --peers fivefold lightgbm --tables titanic --until 02:15`` and goes on where it
stopped: what stands in ``RESULTS/results.jsonl`` is not run again. Run this with Fivefold's own development environment.
To install with another index or with pins (PyTorch for CPUs, say), set pip's own variables, such as ``PIP_CONSTRAINT``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import venv
from datetime import UTC, datetime
from pathlib import Path

from contest import PEERS, Contest, python_of
from standings import Result, tell
from tables import Table, read_index, split

__all__ = ["main"]

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Do what the command line says."""
    arguments = _arguments()
    {"setup": _setup, "run": _run, "tell": _tell}[arguments.command](arguments)


def _setup(arguments: argparse.Namespace) -> None:
    """Make the environments; one that does not install is told and leaves the others alone."""
    for name in sorted({PEERS[peer][0] for peer in arguments.peers or PEERS}):
        folder = arguments.environments / name
        print(f"{name}: installing", flush=True)
        venv.create(folder, with_pip=True)
        recipe = HERE / "peers" / f"{name}.txt"
        command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(recipe)]
        done = subprocess.run(command, cwd=HERE.parents[1], check=False)
        print(f"{name}: {'installed' if done.returncode == 0 else 'NOT installed'}", flush=True)


def _run(arguments: argparse.Namespace) -> None:
    """Run what has not been run, table by table, so that whatever stops it leaves whole contests."""
    arguments.results.mkdir(parents=True, exist_ok=True)
    cores = tuple(sorted(os.sched_getaffinity(0))[: arguments.cores])
    contest = Contest(arguments.environments.resolve(), arguments.results, arguments.budget, cores)
    peers = [peer for peer in arguments.peers if python_of(contest.environments, peer).exists()]
    print(f"cores {cores}, budget {arguments.budget:g} s, peers: {', '.join(peers)}", flush=True)
    log = arguments.results / "results.jsonl"
    done = {(r["peer"], r["table"], r["seed"], r["budget"]) for r in _read(log)}
    for seed in range(arguments.seeds):
        for entry in read_index(arguments.tables_folder):
            if arguments.tables and entry["name"] not in arguments.tables:
                continue
            table = split(entry, arguments.tables_folder, arguments.results / "tables", seed)
            for peer in peers:
                if (peer, table.name, seed, arguments.budget) in done:
                    continue
                if arguments.until and f"{datetime.now(UTC):%H:%M}" >= arguments.until:
                    return
                result = contest.run(peer, table)
                with log.open("a") as file:
                    file.write(json.dumps(result) + "\n")
                said = (
                    result["failure"]
                    or f"{result['metric']} {result['score']:.5g} in {result['fit_seconds']:.1f} s"
                )
                print(f"{table.name} {seed} {peer}: {said}", flush=True)


def _tell(arguments: argparse.Namespace) -> None:
    """Print the standings, and write them beside the results."""
    files = (arguments.results / "tables").glob("*/table.json")
    tables = [Table(**json.loads(file.read_text())) for file in files]
    known = {(table.name, table.seed): table for table in tables}
    text = "\n".join(tell(_read(arguments.results / "results.jsonl"), known, arguments.results)) + "\n"
    (arguments.results / "standings.md").write_text(text)
    print(text, end="")


def _read(log: Path) -> list[Result]:
    """Results so far."""
    return [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []


def _arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    setup = commands.add_parser("setup")
    setup.add_argument("environments", type=Path)
    setup.add_argument("peers", nargs="*", metavar="PEER", help=", ".join(PEERS))
    run = commands.add_parser("run")
    run.add_argument("environments", type=Path)
    run.add_argument("tables_folder", type=Path, metavar="TABLES")
    run.add_argument("results", type=Path)
    run.add_argument("--budget", type=float, default=60.0, metavar="SECONDS")
    run.add_argument("--seeds", type=int, default=3)
    run.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    run.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    run.add_argument("--tables", nargs="+", default=[], metavar="NAME")
    run.add_argument("--until", default="", metavar="HH:MM", help="start no run after this time of day, UTC")
    told = commands.add_parser("tell")
    told.add_argument("results", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
