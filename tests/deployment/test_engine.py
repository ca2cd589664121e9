"""An engine through its command, which a script stands for here: what it is asked, and what it is told when it refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fivefold.core.errors import StepError
from fivefold.deployment.engine import Engine

REMOTE = "europe-west4-docker.pkg.dev/shop/models/sales:1"


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What an engine was asked, which knows the image ``sales:1`` alone."""
    command, said = tmp_path / "docker", tmp_path / "said"
    command.write_text(
        f'#!/bin/sh\necho "$*" >> {said}\n[ "$1 $2" != "tag other:1" ] || {{ echo "no such image" >&2; exit 1; }}\n'
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return said


def test_an_image_is_sent_under_the_name_that_it_is_to_have(said: Path) -> None:
    Engine("docker").push("sales:1", REMOTE, 30.0, "log in")
    assert said.read_text().splitlines() == [f"tag sales:1 {REMOTE}", f"push {REMOTE}"]


def test_what_cannot_be_sent_is_told_with_what_to_do(said: Path) -> None:
    with pytest.raises(StepError, match=r"The image cannot be pushed.*no such image.*'docker tag'.*log in"):
        Engine("docker").push("other:1", REMOTE, 30.0, "log in")
    assert said.read_text().splitlines() == [f"tag other:1 {REMOTE}"]
