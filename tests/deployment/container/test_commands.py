"""Going back by one word with real images: the run whose image had the name before has it again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fivefold.runtime.bundle import load_bundle
from tests.cli.test_succession import trained
from tests.commands import Call

IMAGE = "shop/sales:1"


@pytest.mark.slow
@pytest.mark.usefixtures("docker_engine")
def test_a_rollback_gives_the_name_back_to_the_image_of_the_run_before(
    fivefold: Call, finished_run: Path
) -> None:
    runs = ("first", "second")
    for at, name in enumerate(runs):
        trained(finished_run, name, 0.25 + at)
        words = ("--set", "engine=docker", "--set", "name=shop/sales", "--set", "tag=1")
        deployed = fivefold("deploy", name, "--target", "container", *words)
        assert deployed.code == 0, deployed.err
        assert bundle_of(IMAGE) == load_bundle(Path(f"fivefold-runs/{name}/train/bundle")).version

    back = fivefold("rollback", "second")
    assert back.code == 0, back.err
    assert "the model of run first was deployed to 'container' again" in back.out
    assert bundle_of(IMAGE) == load_bundle(Path("fivefold-runs/first/train/bundle")).version
    for name in runs:
        assert fivefold("undeploy", name).code == 0
    assert bundle_of(IMAGE) == ""


def bundle_of(image: str) -> str:
    """The bundle that the image's label names, or nothing where there is no such image."""
    words = ["docker", "image", "inspect", "--format", '{{index .Config.Labels "io.fivefold.bundle"}}', image]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
