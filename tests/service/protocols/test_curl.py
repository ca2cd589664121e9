"""The lines with curl in docs/steps/deploy.md run, and every one of them gets the answer of the same house."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.service.houses import HOUSE
from tests.service.serving import SECONDS, Service

PAGE = (Path(__file__).parents[3] / "docs" / "steps" / "deploy.md").read_text(encoding="utf-8")
BLOCKS = [block for _, block in re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]
LINES = [line for block in BLOCKS for line in block.splitlines() if line.startswith("curl -s localhost:")]

pytestmark = pytest.mark.skipif(
    not shutil.which("curl") or not shutil.which("bash"), reason="needs curl and bash"
)


def test_the_page_has_lines_for_every_protocol() -> None:
    for path in ("/predict", "/explain", "/labels", "/v2/models/model/infer", "/invocations", "/ping"):
        assert any(f"localhost:8080{path} " in f"{line} " for line in LINES), path


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_page_is_answered(line: str, houses: Service) -> None:
    command = line.replace("localhost:8080", f"127.0.0.1:{houses.port}").replace(
        "curl -s ", "curl -sS --fail-with-body "
    )
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done
    if "/explain" in line:
        (told,) = json.loads(done.stdout)["explanations"]
        value = houses.predict([HOUSE]).json["predictions"][0]["value"]
        assert told["base"] + sum(told["contributions"].values()) == pytest.approx(value)
    elif "hill" in line:
        value = str(houses.predict([HOUSE]).json["predictions"][0]["value"])
        assert value.removesuffix(".0") in done.stdout
