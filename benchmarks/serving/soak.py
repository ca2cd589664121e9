"""A soak: the service at four fifths of what it can do, for ten minutes; does memory grow, is anything refused, is all of it logged.

    python benchmarks/serving/soak.py WORK [--seconds 600 --share 0.8 --clients 16 --log-mode async]

First its capacity is measured for some seconds, then clients pause between requests so that they ask at the stated share of it. Memory is
read every few seconds; growth is that from the end of the first tenth on, since pools fill at the start. Afterwards the rows of the log are counted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import peers.fivefold
from load import put_load
from server import Server
from workload import COLUMNS, Workload

_SCRIPT = """
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
local file = io.open("{body}", "rb")
wrk.body = file:read("*all")
file:close()
function delay() return {pause} end
"""


def main() -> None:
    """Measure capacity, soak, and tell."""
    arguments = _arguments()
    folder = arguments.work.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "names.json").write_text(json.dumps(COLUMNS))
    workload = Workload.make(folder)
    os.environ["FIVEFOLD_SOAK_LOG_MODE"] = arguments.log_mode
    server_core, load_core = sorted(os.sched_getaffinity(0))[:2]
    with Server(peers.fivefold, sys.executable, workload, arguments.port, server_core) as server:
        body = peers.fivefold.body(workload.row)
        full = put_load(server.url, body, folder, clients=arguments.clients, seconds=5, core=load_core)
        wanted = arguments.share * full.per_second
        # At less than full load an answer hardly waits for others: a client takes the pause and one answer.
        pause = max(0, round(1000 * arguments.clients / wanted - 1000 / full.per_second))
        memory: list[tuple[float, int]] = []
        ended = threading.Event()
        watch = threading.Thread(target=_watch, args=(server, memory, ended))
        watch.start()
        done = _soak(server.url, folder, arguments, pause, load_core)
        ended.set()
        watch.join()
        asked = int(re.search(r"(\d+) requests in", done)[1])
        wrong = re.findall(r"(?:Non-2xx or 3xx responses|Socket errors): .*", done)
        began = memory[len(memory) // 10][1]
        print(
            f"capacity {full.per_second:.0f} a second; asked {asked / arguments.seconds:.0f} a second for {arguments.seconds} s"
        )
        print(f"answers: {asked:,}; wrong: {'; '.join(wrong) or 'none'}")
        print(
            f"memory: {began / 1e6:.1f} MB, then {memory[-1][1] / 1e6:.1f} MB: {memory[-1][1] / began - 1:+.1%}"
        )
    with closing(sqlite3.connect(folder / "predictions.sqlite")) as log:
        rows = log.execute("SELECT count(*), count(DISTINCT prediction_id) FROM predictions").fetchone()
        counted = dict(log.execute("SELECT name, value FROM requests").fetchall())
    print(f"log: {rows[0]:,} rows, {rows[1]:,} of them different; counted {json.dumps(counted)}")


def _soak(url: str, folder: Path, arguments: argparse.Namespace, pause: int, core: int) -> str:
    """Ask with pauses, and return what wrk says."""
    (folder / "soak.lua").write_text(_SCRIPT.format(body=folder / "body.json", pause=pause))
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{arguments.clients}", f"-d{arguments.seconds}s"]
    command += ["-s", str(folder / "soak.lua"), url]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _watch(server: Server, memory: list[tuple[float, int]], ended: threading.Event) -> None:
    """Read the service's memory every other second."""
    while not ended.wait(2.0):
        memory.append((time.monotonic(), server.memory()))


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--share", type=float, default=0.8)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--log-mode", choices=("async", "durable"), default="async")
    parser.add_argument("--port", type=int, default=8932)
    return parser.parse_args()


if __name__ == "__main__":
    main()
