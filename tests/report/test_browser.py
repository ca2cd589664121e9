"""The page in a real browser: nothing sticks out on a phone or a desk, in light or dark."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.report.bites import biting
from tests.report.stories import story

from fivefold.core.artefacts import Task
from fivefold.report.page import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Written into a copy of the page: how wide its content is, and how many things lie beyond the right edge.
PROBE = """<script>addEventListener('load', () => {
  const width = document.documentElement.clientWidth;
  const out = [...document.querySelectorAll('main *')].filter((e) => !e.closest('.scroll, pre, details:not([open])') &&
    getComputedStyle(e).position !== 'absolute' && e.getBoundingClientRect().right > width + 1);
  document.title = `wide ${document.documentElement.scrollWidth - width} out ${out.map((e) => e.outerHTML.slice(0, 80))}`;
});</script>"""


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass", "bites"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_sticks_out(task: str, width: int, tmp_path: Path) -> None:
    run = biting("binary") if task == "bites" else story(task)  # type: ignore[arg-type]
    page = tmp_path / "page.html"
    # A frame is as narrow as it is told; a window of the browser has a least width.
    inner = tmp_path / "inner.html"
    inner.write_text(render(run).replace("</head>", PROBE + "</head>"), encoding="utf-8")
    page.write_text(
        f"<iframe id=f src=inner.html style='width:{width}px;height:900px;border:0'></iframe>"
        "<script>addEventListener('load', () => setTimeout(() => {"
        "document.title = document.getElementById('f').contentDocument.title }, 300))</script>"
    )
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--allow-file-access-from-files", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=3000",
        "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    seen = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    title = re.search(r"<title>(.*?)</title>", seen, re.DOTALL)
    assert title is not None
    assert title.group(1).strip() == "wide 0 out"


def test_there_is_a_story_of_every_task() -> None:
    tasks: tuple[Task, ...] = ("binary", "multiclass", "regression")
    assert all(render(story(task)).startswith("<!doctype html>") for task in tasks)
