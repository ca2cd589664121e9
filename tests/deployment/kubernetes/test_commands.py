"""Going back by one word: the run whose objects stood there before is deployed again, as it was ordered."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.runtime.bundle import load_bundle
from fivefold.testing.kubernetes import ClusterEmulator
from tests.cli.test_succession import trained
from tests.commands import Call


@pytest.mark.slow
def test_a_rollback_deploys_the_run_before_with_its_image(
    cluster: ClusterEmulator, fivefold: Call, finished_run: Path
) -> None:
    runs = ("first", "second")
    for at, name in enumerate(runs):
        bundle = trained(finished_run, name, 0.25 + at) / "train" / "bundle"
        image = f"registry.example/shop/sales:{name}"
        cluster.push(image, bundle)
        options = ("name=sales", "namespace=shop", "apply=true", f"image={image}")
        words = [word for option in options for word in ("--set", option)]
        deployed = fivefold("deploy", name, "--target", "kubernetes", *words)
        assert deployed.code == 0, deployed.err

    def image_now() -> str:
        document = cluster.document("deployments", "shop", "sales")
        found: str = document["spec"]["template"]["spec"]["containers"][0]["image"]
        return found

    assert image_now().endswith(":second")
    back = fivefold("rollback", "second")
    assert back.code == 0, back.err
    assert "the model of run first was deployed to 'kubernetes' again" in back.out
    assert image_now().endswith(":first")
    version = load_bundle(Path("fivefold-runs/first/train/bundle")).version
    assert version in fivefold("show", "first", "deploy", "--json").out
    for name in runs:
        assert fivefold("undeploy", name).code == 0
    assert cluster.inventory() == []
