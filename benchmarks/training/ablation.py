"""What each part of training is worth: every table is trained with everything, and once more without each part.

    python benchmarks/training/ablation.py run TABLES RESULTS      # TABLES holds index.json
    python benchmarks/training/ablation.py tell RESULTS            # what is known so far, as Markdown

``run`` takes ``--seconds 120 --seeds 3 --most-rows 10000 --tables titanic --parts nets --until 02:15`` and goes on where it stopped: what
stands in RESULTS is not run again, so that a change of the product needs a new folder. Trainings are deterministic (``docs/steps/train.md``): the seconds
are nominal, those of one core of a slow machine, and the load of this one changes nothing but the time that it all takes. ``parts.py`` has the
parts, and says how each is switched off.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parts import EVERYTHING, PARTS
from tables import Table, read_index, split
from worth import tell

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["main"]

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Do what the command line says."""
    arguments = _arguments()
    {"run": _run, "tell": _tell}[arguments.command](arguments)


def _run(arguments: argparse.Namespace) -> None:
    """Train what was not trained, table by table, so that whatever stops it leaves whole comparisons."""
    results = arguments.results.resolve()
    for name in ("reports", "answers", "work"):
        (results / name).mkdir(parents=True, exist_ok=True)
    for table in _tables(arguments, results):
        # The fits of a training with everything are kept as long as others may use them again.
        folder = results / "work" / f"{table.name}-{table.seed}"
        for part in (EVERYTHING, *arguments.parts):
            if arguments.until and f"{datetime.now(UTC):%H:%M}" >= arguments.until:
                return
            told = _train(table, part, arguments.seconds, results, folder)
            if told:
                print(f"{table.name} {table.seed} without {part}: {told}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)


def _tables(arguments: argparse.Namespace, results: Path) -> Iterator[Table]:
    """Every table with every seed, small tables first."""
    entries = [
        one for one in read_index(arguments.tables_folder) if int(str(one["rows"])) <= arguments.most_rows
    ]
    for seed in range(arguments.seeds):
        for entry in entries:
            if not arguments.tables or entry["name"] in arguments.tables:
                yield split(entry, arguments.tables_folder, results / "tables", seed)


def _train(table: Table, part: str, seconds: float, results: Path, folder: Path) -> str:
    """Train without a part in a process of its own, and return what to say; nothing where there is nothing to do."""
    name = f"{table.name}-{table.seed}-{part.replace(' ', '_')}"
    report, whole = (
        results / "reports" / f"{name}.json",
        results / "reports" / f"{table.name}-{table.seed}-{EVERYTHING}.json",
    )
    if report.exists():
        return ""
    if part != EVERYTHING and not (whole.exists() and _acts(part, json.loads(whole.read_text()))):
        return ""
    folder.mkdir(exist_ok=True)
    again = part != EVERYTHING and not PARTS[part].encodes and (folder / "begun").exists()
    found = folder / "report.json"
    job = {"table": asdict(table), "part": part, "seconds": seconds, "folder": str(folder), "again": again}
    job |= {"answers": str(results / "answers" / f"{name}.npy"), "report": str(found)}
    (folder / "job.json").write_text(json.dumps(job))
    began = time.monotonic()
    with (folder / "log.txt").open("wb") as log:
        done = subprocess.run(
            [sys.executable, str(HERE / "ablated.py"), str(folder / "job.json")],
            stdout=log,
            stderr=log,
            env=os.environ | {"OMP_WAIT_POLICY": "passive"},
            check=False,
        )
    head = {"table": table.name, "seed": table.seed, "part": part, "metric": table.metric, "seconds": seconds}
    head |= {"date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()), "wall_seconds": time.monotonic() - began}
    if done.returncode:
        last = (folder / "log.txt").read_text(errors="replace").strip().splitlines()[-1:]
        return f"FAILED, and will be tried again: {''.join(last)}"
    facts: dict[str, Any] = head | json.loads(found.read_text())
    found.unlink()
    report.write_text(json.dumps(facts))
    return f"{facts['metric']} {facts['score']:.5g}, {facts['nominal_seconds']:.0f} nominal s, {facts['wall_seconds']:.0f} s"


def _acts(part: str, whole: dict[str, Any]) -> bool:
    """Whether a part did anything on a table; where it did not, its absence would change nothing."""
    return not PARTS[part].needs or PARTS[part].needs in whole["acted"]


def _tell(arguments: argparse.Namespace) -> None:
    """Print what each part is worth, and write it beside the results."""
    place = arguments.results
    tables = [Table(**json.loads(file.read_text())) for file in (place / "tables").glob("*/table.json")]
    reports = [json.loads(file.read_text()) for file in sorted((place / "reports").glob("*.json"))]
    text = "\n".join(tell(reports, {(table.name, table.seed): table for table in tables}, place)) + "\n"
    (place / "worth.md").write_text(text)
    print(text, end="")


def _arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("tables_folder", type=Path, metavar="TABLES")
    run.add_argument("results", type=Path)
    run.add_argument("--seconds", type=float, default=120.0, help="nominal, of the whole run")
    run.add_argument("--seeds", type=int, default=3)
    run.add_argument("--most-rows", type=int, default=10_000)
    run.add_argument("--tables", nargs="+", default=[], metavar="NAME")
    run.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    run.add_argument(
        "--until", default="", metavar="HH:MM", help="start no training after this time of day, UTC"
    )
    told = commands.add_parser("tell")
    told.add_argument("results", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
