"""The target ``kubernetes`` by the seam's own rules: manifests alone, and handed to a cluster by the real kubectl."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from fivefold.core.artefacts import Resource
from fivefold.core.clock import Deadline
from fivefold.core.errors import MisuseError, SettingsError, StepError
from fivefold.core.journal import Journal
from fivefold.core.orders import Order
from fivefold.core.protocols import Target
from fivefold.deployment.targets.kubernetes.target import KubernetesTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.service.variables import told
from fivefold.testing.kubernetes import ClusterEmulator
from fivefold.testing.refusals import Refusal
from fivefold.testing.targets import TargetSuite, tiny_bundle, tiny_workbench
from tests.deployment.kubernetes.orders import IMAGE, ORDER, ordered
from tests.deployment.test_targets import interrupted

WHERE = "fivefold.deployment.targets.kubernetes.target"


class TestManifests(TargetSuite):
    standing = "built"
    order = ORDER

    def make(self) -> Target:
        return KubernetesTarget()

    def inventory(self, live: Path) -> Collection[str]:
        return [str(path.relative_to(live)) for path in live.rglob("*")]

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        return [interrupted(f"{WHERE}.{part}") for part in ("prove_here", "write_documents")]


@pytest.mark.slow
class TestApplied(TargetSuite):
    standing = "ready"
    order = ordered(apply=True)

    @pytest.fixture(autouse=True)
    def _running(self, cluster: ClusterEmulator) -> None:
        self.cluster = cluster

    def make(self) -> Target:
        return KubernetesTarget()

    def inventory(self, live: Path) -> Collection[str]:
        return [*(str(path.relative_to(live)) for path in live.rglob("*")), *self.cluster.inventory()]

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        return [
            self.refusing(Refusal("PATCH /apis/apps/v1", 403, "Forbidden", "deployments is forbidden")),
            self.refusing(Refusal("PATCH /apis/autoscaling", 0, times=99, done=True)),
            self.refusing(Refusal("/proxy/readyz", 503, "ServiceUnavailable", "no endpoints")),
        ]

    @contextlib.contextmanager
    def refusing(self, refusal: Refusal) -> Iterator[None]:
        self.cluster.refusals.planned = [refusal]
        try:
            yield
        finally:
            self.cluster.refusals.planned = []


def test_where_no_token_is_demanded_the_service_is_told_so_in_its_own_words(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    KubernetesTarget().push(bundle, bench, ordered(auth="none"))
    written = "".join(path.read_text() for path in bench.live.rglob("*.y*ml"))
    named = set(re.findall(r"\bFIVEFOLD_\w+", written))
    assert told(dict.fromkeys(named, "1")) == {"no_auth": True}


def test_the_objects_are_applied_watched_and_deleted(cluster: ClusterEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    release = KubernetesTarget().push(bundle, bench, ordered(apply=True))
    assert [one.kind for one in release.resources] == [
        "manifests",
        "Service",
        "PodDisruptionBudget",
        "Deployment",
        "HorizontalPodAutoscaler",
    ]
    assert {one.name for one in release.resources[1:]} == {"shop/sales"}
    assert release.address == "http://sales.shop:80"
    assert KubernetesTarget().status(release) == "ready"
    assert "replicas" not in cluster.document("deployments", "shop", "sales")["spec"], (
        "the autoscaler's to say"
    )
    again = KubernetesTarget().push(bundle, bench, ordered(apply=True))
    assert again.resources == release.resources
    plan = KubernetesTarget().plan
    assert plan(bundle, bench, ordered(apply=True)).makes == ()
    assert plan(bundle, bench, ordered(apply=True, replicas=3)).makes == release.resources
    assert KubernetesTarget().remove(release, bench.live)
    assert cluster.inventory() == []


def test_kserve_gets_one_object(cluster: ClusterEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    plain = KubernetesTarget().push(bundle, bench, ordered(apply=True))
    release = KubernetesTarget().push(bundle, bench, ordered(apply=True, kserve=True))
    assert cluster.inventory() == ["inferenceservices shop/sales", "pod of sales"]
    assert (KubernetesTarget().status(plain), KubernetesTarget().status(release)) == ("stopped", "ready")
    assert KubernetesTarget().remove(None, bench.live)
    assert cluster.inventory() == []


def test_pods_that_do_not_get_ready_are_no_release(cluster: ClusterEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    order = ordered(apply=True, image="registry.example/nobody/has:it", patience=0)
    with pytest.raises(StepError, match="do not get ready") as caught:
        KubernetesTarget().push(bundle, bench, order)
    assert "minimum availability" in caught.value.seen
    assert not Journal(bench.live, "kubernetes").whole
    assert KubernetesTarget().remove(None, bench.live)
    assert cluster.inventory() == []


@pytest.mark.slow
def test_a_whole_run_waits_no_longer_than_its_time(cluster: ClusterEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    in_run = replace(bench, in_run=True, deadline=Deadline.after(30.0))
    order = ordered(apply=True, image="registry.example/nobody/has:it", patience=1_000)
    began = time.monotonic()
    with pytest.raises(StepError, match="do not get ready"):
        KubernetesTarget().push(bundle, in_run, order)
    assert time.monotonic() - began < 300, "it waited by the run's time, not by its patience"
    assert not Journal(bench.live, "kubernetes").whole


def test_an_old_image_under_the_same_tag_is_no_release(cluster: ClusterEmulator, tmp_path: Path) -> None:
    """Its pods get ready, with another bundle."""
    other = tiny_bundle(tmp_path / "other" / "bundle", bias=0.75)
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cluster.push(IMAGE, other.folder)
    with pytest.raises(StepError, match="serve another bundle") as caught:
        KubernetesTarget().push(bundle, bench, ordered(apply=True))
    assert load_bundle(other.folder).version in caught.value.seen
    assert KubernetesTarget().remove(None, bench.live)
    assert cluster.inventory() == []


def test_without_the_secret_nothing_is_begun(cluster: ClusterEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    for verb in (KubernetesTarget().plan, KubernetesTarget().push):
        with pytest.raises(MisuseError, match="kubectl create secret generic other -n shop"):
            verb(bundle, bench, ordered(apply=True, secret="other"))
    assert cluster.inventory() == []
    assert list(bench.live.iterdir()) == []


@pytest.mark.slow
def test_what_another_run_made_over_stays_when_the_first_one_goes(
    cluster: ClusterEmulator, tmp_path: Path
) -> None:
    first, there = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path / "first")
    release = KubernetesTarget().push(first, there, ordered(apply=True))
    second, here = tiny_bundle(tmp_path / "other" / "bundle", bias=0.75), tiny_workbench(tmp_path / "second")
    cluster.push(IMAGE, second.folder)
    successor = KubernetesTarget().push(second, here, ordered(apply=True))
    standing = cluster.inventory()
    assert KubernetesTarget().status(release) == "stopped", (
        "or to deploy it again would be taken for needless"
    )
    assert KubernetesTarget().remove(release, there.live)  # its manifests
    assert cluster.inventory() == standing
    assert KubernetesTarget().status(successor) == "ready"
    assert KubernetesTarget().remove(successor, here.live)
    assert cluster.inventory() == []


def test_an_object_of_somebody_else_is_left_alone(cluster: ClusterEmulator, tmp_path: Path) -> None:
    theirs = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "sales", "labels": {}}, "spec": {}}
    cluster.create("services", "shop", theirs)
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with pytest.raises(MisuseError, match="that Fivefold did not make"):
        KubernetesTarget().push(bundle, bench, ordered(apply=True))
    assert cluster.inventory() == ["services shop/sales"]


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (Refusal("PATCH /apis/apps", 403, "Forbidden", "deployments.apps is forbidden"), "cluster_denied"),
        (Refusal("PATCH /apis/apps", 403, "Forbidden", "pods: exceeded quota: team"), "cluster_quota"),
        (Refusal("PATCH /apis/policy", 0, times=99), "cluster_lost"),
    ],
)
def test_one_clear_error_then_the_same_again_goes_on(
    cluster: ClusterEmulator, tmp_path: Path, refusal: Refusal, code: str
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cluster.refusals.planned = [refusal]
    with pytest.raises(StepError) as caught:
        KubernetesTarget().push(bundle, bench, ordered(apply=True))
    assert caught.value.code == code
    cluster.refusals.planned = []
    release = KubernetesTarget().push(bundle, bench, ordered(apply=True))
    assert KubernetesTarget().status(release) == "ready"
    assert KubernetesTarget().remove(release, bench.live)
    assert cluster.inventory() == []


def test_without_kubectl_only_the_manifests_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with pytest.raises(MisuseError, match="There is no kubectl"):
        KubernetesTarget().plan(bundle, bench, ordered(apply=True))
    assert KubernetesTarget().plan(bundle, bench, ORDER).makes[0].kind == "manifests"


def test_the_image_is_the_one_that_was_built_of_this_bundle(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with pytest.raises(SettingsError, match="--target container"):
        KubernetesTarget().plan(bundle, bench, Order())
    built, journal = Resource("docker image", "shop/sales:abc"), Journal(bench.live, "container")
    journal.note(built, load_bundle(bundle.folder).version)
    with pytest.raises(SettingsError, match="none was built"):
        KubernetesTarget().plan(bundle, bench, Order())
    journal.made(built)
    assert "image shop/sales:abc" in KubernetesTarget().plan(bundle, bench, Order()).checked


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("name", "Sales"),
        ("namespace", "a b"),
        ("replicas", 0),
        ("max_replicas", 1),
        ("cpu", "much"),
        ("cpu_percent", 0),
        ("memory", "1 GB"),
        ("auth", "maybe"),
        ("secret", "A"),
        ("pull_secret", "A"),
        ("patience", -1),
    ],
)
def test_an_option_that_a_server_would_refuse_is_refused_here(
    tmp_path: Path, option: str, value: object
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with pytest.raises(SettingsError, match=f"'{option}'"):
        KubernetesTarget().push(bundle, bench, ordered(**{option: cast("str", value)}))
