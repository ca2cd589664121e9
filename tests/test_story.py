"""The README is a test: its commands and its Python run, in order, in an empty folder."""

from __future__ import annotations

import json
import random
import re
import shlex
import subprocess
import time
import urllib.request
from pathlib import Path

import polars as pl
import pytest

import fivefold as ff
from fivefold.service.log import read_requests
from fivefold.service.port import bind
from fivefold.testing.tables import visits, write_csv
from tests.commands import Call

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def sales(rows: int, seed: int = 1) -> list[dict[str, object]]:
    chance = random.Random(seed)
    table: list[dict[str, object]] = []
    for _ in range(rows):
        area, rooms, place = (
            chance.randint(30, 200),
            chance.randint(1, 7),
            chance.choice(["old town", "harbour", "hill"]),
        )
        price = 2000 * area + 9000 * rooms + {"old town": 80_000, "harbour": 40_000, "hill": 0}[place]
        table.append(
            {"area": area, "rooms": rooms, "place": place, "price": round(price * chance.uniform(0.9, 1.1))}
        )
    return table


def test_the_commands_of_the_readme_run(fivefold: Call) -> None:
    sold = sales(200)
    write_csv(Path("sales.csv"), sold)
    write_csv(Path("outcomes.csv"), sold)
    pl.DataFrame(sales(20, seed=2)).drop("price").write_parquet("new.parquet")
    lines = [line.partition("#")[0].strip() for line in "\n".join(blocks("sh")[1:]).splitlines()]
    with bind("127.0.0.1", 0) as free:
        port = str(free.getsockname()[1])
    commands = [shlex.split(line.replace("8080", port)) for line in lines if line]
    assert [words[0 if words[0] == "curl" else 1] for words in commands] == [
        "init", "run", "predict", "deploy", "curl", "monitor", "show", "stop",
    ]  # fmt: skip
    try:
        for words in commands:
            if words[0] == "curl":
                check_curl(words)
                continue
            more = ["--budget", "20s"] if words[1] == "run" else []
            if words[1] == "monitor":
                ask_for(sold[:60])
            called = fivefold(*words[1:], *more)
            assert called.code == 0, called
    finally:
        fivefold("stop", "latest")
    assert pl.read_parquet("scored.parquet").height == 20
    health = json.loads(fivefold("show", "latest", "monitor", "--json").out)["body"]
    assert (health["predictions"], health["labelled"]) == (61, 60)


def check_curl(words: list[str]) -> None:
    """The service answers what the model of the run answers."""
    asked = subprocess.run(words, capture_output=True, timeout=10, check=True)
    (answer,) = json.loads(asked.stdout)["predictions"]
    rows = json.loads(words[words.index("-d") + 1])["instances"]
    assert answer["value"] == pytest.approx(ff.load("latest").model.predict(rows)[0])


def ask_for(rows: list[dict[str, object]]) -> None:
    """Have the deployed service answer these rows."""
    run = next(Path("fivefold-runs").glob("*/deploy/manifest.json"))
    address = json.loads(run.read_text())["body"]["address"]
    body = json.dumps(
        {"instances": [{k: v for k, v in row.items() if k != "price"} for row in rows]}
    ).encode()
    request = urllib.request.Request(f"{address}/predict", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert len(json.load(answer)["predictions"]) == len(rows)
    until = time.monotonic() + 10  # the log is written behind the answer's back, a moment later
    while read_requests(run.parent.parent / "live" / "predictions.sqlite")["predictions"] <= len(rows):
        assert time.monotonic() < until, "the predictions were not logged"
        time.sleep(0.01)


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_csv(Path("visits.csv"), visits(300))
    (code,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102 - running the page is the test
    assert Path("fivefold-runs").is_dir()


def test_every_link_of_the_docs_leads_somewhere() -> None:
    root = Path(__file__).parent.parent
    pages = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]
    dead = [
        f"{page.name}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert not dead
