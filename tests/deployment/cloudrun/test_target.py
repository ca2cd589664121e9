"""The target ``cloudrun``: the definition of a service, its price, and the seam's own rules."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import cast

import jsonschema
import pytest
import yaml

from fivefold.core.errors import BudgetError, SettingsError
from fivefold.core.orders import Option, Order
from fivefold.core.protocols import Target
from fivefold.deployment.prices import check_money
from fivefold.deployment.targets.cloudrun.settings import CloudRunSettings
from fivefold.deployment.targets.cloudrun.target import CloudRunTarget
from fivefold.service import variables
from fivefold.testing.targets import TargetSuite, tiny_bundle, tiny_workbench
from tests.deployment.kubernetes.models import through
from tests.deployment.test_targets import interrupted

WHERE = "fivefold.deployment.targets.cloudrun.target"
ORDER = Order(
    options={
        "project": "my-project",
        "region": "europe-west4",
        "image": "europe-west4-docker.pkg.dev/my-project/m/s:1",
    }
)
SCHEMA = json.loads(Path(__file__).with_name("service.schema.json").read_text())


def ordered(**options: Option) -> Order:
    """The order with these options."""
    told: Mapping[str, Option] = {**ORDER.options, **options}
    return replace(ORDER, options=told)


class TestCloudRun(TargetSuite):
    standing = "built"
    order = ORDER

    def make(self) -> Target:
        return CloudRunTarget()

    def inventory(self, live: Path) -> Collection[str]:
        return [str(path.relative_to(live)) for path in live.rglob("*")]

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        return [interrupted(f"{WHERE}.{part}") for part in ("prove_here", "write_documents")]


@pytest.mark.parametrize(
    ("options", "env"),
    [
        (
            {},
            [
                {"name": "FIVEFOLD_SERVE_NO_AUTH", "value": "1"},
                {"name": "FIVEFOLD_SERVE_REQUEST_TIMEOUT", "value": "60"},
            ],
        ),
        (
            {
                "auth": "tokens",
                "name": "sales",
                "service_account": "s@p.iam.gserviceaccount.com",
                "timeout": 900,
            },
            [
                {
                    "name": "FIVEFOLD_TOKENS",
                    "valueFrom": {"secretKeyRef": {"name": "sales-tokens", "key": "latest"}},
                },
                {"name": "FIVEFOLD_SERVE_REQUEST_TIMEOUT", "value": "900"},
            ],
        ),
    ],
    ids=["iam", "tokens"],
)
def test_the_definition_is_one_that_cloud_run_knows(
    tmp_path: Path, options: dict[str, Option], env: list[object]
) -> None:
    """The schema holds the fields of Knative's Service by hand, from Cloud Run's reference; the container is Kubernetes' own."""
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    release = CloudRunTarget().push(bundle, bench, ordered(**options))
    document = yaml.safe_load((bench.live / "cloudrun" / "service.yaml").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    (container,) = document["spec"]["template"]["spec"]["containers"]
    named = container | {"name": "service"}
    assert through({"containers": [named]}, "V1PodSpec") == {"containers": [named]}
    assert container["env"] == env
    seconds = document["spec"]["template"]["spec"]["timeoutSeconds"]
    words = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    assert variables.told(words)["request_timeout"] == str(seconds)
    assert container["startupProbe"]["httpGet"] == {"path": "/readyz", "port": 8080}
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    name = document["metadata"]["name"]
    where = "--region europe-west4 --project my-project"
    assert f"to make it: gcloud run services replace live/cloudrun/service.yaml {where}" in release.notes
    back = f"gcloud run services update-traffic {name} --to-revisions REVISION=100 {where}"
    assert f"to go back to an earlier revision of it: {back}" in release.notes
    assert f"to delete it: gcloud run services delete {name} {where}" in release.notes
    assert any("allUsers" in note for note in release.notes) is (options.get("auth") == "tokens")


def test_what_cloud_run_does_not_know_would_be_seen(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    CloudRunTarget().push(bundle, bench, ORDER)
    document = yaml.safe_load((bench.live / "cloudrun" / "service.yaml").read_text())
    document["spec"]["template"]["spec"]["concurrency"] = 3
    with pytest.raises(jsonschema.ValidationError, match="concurrency"):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_what_is_kept_costs_and_what_is_not_asked_does_not(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    plan = CloudRunTarget().plan(bundle, bench, ORDER)
    assert plan.monthly == 0.0
    assert any("busy day and night, would be 265.43 USD" in line for line in plan.checked)
    kept = CloudRunTarget().plan(bundle, bench, ordered(min_instances=2))
    assert kept.monthly == pytest.approx(2 * 730 * (0.009 + 0.5 * 0.009))
    with pytest.raises(BudgetError, match="a month"):
        check_money(kept, ORDER, bench.budget)


def test_requests_are_billed_in_steps_of_a_tenth_of_a_second(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    plan = CloudRunTarget().plan(bundle, bench, ordered(requests=10_000_000, seconds=0.01))
    seconds = 10_000_000 * 0.1
    expected = 10 * 0.40 + seconds * 0.000024 + seconds * 0.5 * 0.0000025
    assert plan.monthly == pytest.approx(expected)
    own = CloudRunTarget().plan(
        bundle, bench, replace(ordered(requests=10_000_000), prices={"cloudrun.requests": 0.0})
    )
    assert own.monthly == pytest.approx(expected - 4.0)


def test_a_region_whose_price_is_not_known_is_said_and_may_be_told(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    unknown = "the dearest figure: that of europe-west3 is not known here"
    tier_one = CloudRunTarget().plan(bundle, bench, ordered(min_instances=1))
    assert unknown.replace("west3", "west4") not in " ".join((*tier_one.checked, tier_one.charges[0].why))
    frankfurt = ordered(min_instances=1, region="europe-west3")
    plan = CloudRunTarget().plan(bundle, bench, frankfurt)
    assert all(unknown in charge.why for charge in plan.charges)
    assert unknown in plan.checked[1]
    told = {f"cloudrun.{name}.europe-west3": price for name, price in (("idle-cpu", 0.02), ("cpu", 0.1))}
    own = CloudRunTarget().plan(bundle, bench, replace(frankfurt, prices=told))
    assert own.monthly - plan.monthly == pytest.approx(730 * (0.02 - 0.009))
    assert "would be 305.14 USD" in own.checked[1]


def test_a_plan_says_what_another_order_would_write_anew(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    CloudRunTarget().push(bundle, bench, ORDER)
    assert CloudRunTarget().plan(bundle, bench, ORDER).makes == ()
    assert [one.kind for one in CloudRunTarget().plan(bundle, bench, ordered(cpu=2)).makes] == ["manifests"]


def test_an_instance_that_is_too_small_is_refused(tmp_path: Path) -> None:
    settings = CloudRunSettings("my-project", "europe-west4")
    settings.check_memory(350_000_000)
    with pytest.raises(SettingsError, match="--set memory=640Mi") as caught:
        settings.check_memory(400_000_000)
    assert "400 MB resident were measured" in caught.value.seen


def test_the_memory_that_was_measured_is_said(tmp_path: Path) -> None:
    release = CloudRunTarget().push(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), ORDER)
    assert 20 < int(release.notes[0].partition(" MB resident")[0]) < 300


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("project", "P"),
        ("region", "europe"),
        ("image", "Not An Image"),
        ("name", "Sales"),
        ("cpu", 3),
        ("memory", "64Mi"),
        ("concurrency", 0),
        ("min_instances", -1),
        ("max_instances", 0),
        ("ingress", "none"),
        ("auth", "maybe"),
        ("secret", "a b"),
        ("timeout", 0),
        ("requests", -1),
        ("seconds", 0),
    ],
)
def test_an_option_that_cloud_run_would_refuse_is_refused_here(
    tmp_path: Path, option: str, value: object
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with pytest.raises(SettingsError, match=option):
        CloudRunTarget().push(bundle, bench, ordered(**{option: cast("str", value)}))


def test_memory_is_read_in_either_unit() -> None:
    assert CloudRunSettings("my-project", "europe-west4", memory="2Gi").mebibytes == 2048
