"""The objects as the API server's own models know them: nothing is lost on the way through, so nothing was misspelt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from fivefold.deployment.manifests.documents import to_yaml
from fivefold.deployment.targets.kubernetes.objects import objects_of
from fivefold.deployment.targets.kubernetes.pod import Pod, mebibytes
from fivefold.deployment.targets.kubernetes.settings import KubernetesSettings
from fivefold.service.server import DRAIN_SECONDS
from tests.deployment.kubernetes.models import through

MEASURED = 100_000_000
MODELS = {
    "deployment.yaml": "V1Deployment",
    "service.yaml": "V1Service",
    "pod-disruption-budget.yaml": "V1PodDisruptionBudget",
    "horizontal-pod-autoscaler.yaml": "V2HorizontalPodAutoscaler",
}
SCHEMA = Path(__file__).with_name("inference-service.schema.json")


def pod(**options: Any) -> Pod:
    """A pod with these options."""
    return Pod(KubernetesSettings(**options), "Sale price", "sha256:5251cb146870980397", "shop/sales:1", MEASURED)  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"auth": "none", "replicas": 1, "max_replicas": 1, "memory": "1Gi"},
        {"pull_secret": "registry", "namespace": "shop", "name": "sales", "secret": "keys"},
    ],
    ids=["as it is", "open and single", "with names"],
)
@pytest.mark.parametrize("file", MODELS)
def test_each_object_is_one_that_the_api_server_knows(file: str, options: dict[str, Any]) -> None:
    document = yaml.safe_load(to_yaml(objects_of(pod(**options), 80)[file]))
    assert through(document, MODELS[file]) == document


def test_a_misspelt_field_would_be_seen() -> None:
    document = objects_of(pod())["deployment.yaml"]
    document["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    assert through(document, "V1Deployment") != document


@pytest.mark.parametrize("options", [{}, {"auth": "none", "pull_secret": "registry"}])
def test_the_inference_service_is_one_that_kserve_knows(options: dict[str, Any]) -> None:
    """The schema holds the fields of the component by hand, from KServe's reference; the pod is Kubernetes' own."""
    document = yaml.safe_load(to_yaml(objects_of(pod(kserve=True, **options))["inference-service.yaml"]))
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    component = schema["$defs"]["component"]["properties"]
    spec = {name: one for name, one in document["spec"]["predictor"].items() if name not in component}
    assert through(spec, "V1PodSpec") == spec
    assert spec["containers"][0]["name"] == "kserve-container"
    document["spec"]["predictor"]["scaleTargets"] = 3
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(document)


def test_a_pod_has_no_right_that_it_does_not_need() -> None:
    template = objects_of(pod())["deployment.yaml"]["spec"]["template"]
    spec, container = template["spec"], template["spec"]["containers"][0]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_probes_ask_the_services_own_routes_and_it_has_time_to_finish() -> None:
    spec = objects_of(pod())["deployment.yaml"]["spec"]["template"]["spec"]
    container = spec["containers"][0]
    asked = {name: one["httpGet"]["path"] for name, one in container.items() if name.endswith("Probe")}
    assert asked == {"startupProbe": "/readyz", "readinessProbe": "/readyz", "livenessProbe": "/livez"}
    leaves = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert spec["terminationGracePeriodSeconds"] == 30
    assert leaves + DRAIN_SECONDS < spec["terminationGracePeriodSeconds"]


def test_memory_is_what_was_measured_and_tokens_come_from_the_secret() -> None:
    objects = objects_of(pod())
    container = objects["deployment.yaml"]["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {
        "requests": {"cpu": "250m", "memory": "128Mi"},
        "limits": {"memory": "256Mi"},
    }
    assert mebibytes(1) == 96
    assert container["env"] == [
        {
            "name": "FIVEFOLD_TOKENS",
            "valueFrom": {"secretKeyRef": {"name": "fivefold-sale-price-tokens", "key": "tokens"}},
        }
    ]
    annotations = objects["deployment.yaml"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/path"] == "/metrics"
    assert annotations["prometheus.io/port"] == "8080"


def test_all_of_them_mean_the_same_pods() -> None:
    objects = objects_of(pod(), 8000)
    labels = objects["deployment.yaml"]["spec"]["template"]["metadata"]["labels"]
    for chosen in (
        objects["service.yaml"]["spec"]["selector"],
        objects["deployment.yaml"]["spec"]["selector"]["matchLabels"],
        objects["pod-disruption-budget.yaml"]["spec"]["selector"]["matchLabels"],
    ):
        assert chosen.items() <= labels.items()
    assert all(len(value) <= 63 for value in labels.values())
    assert objects["service.yaml"]["spec"]["ports"][0]["port"] == 8000
    target = objects["horizontal-pod-autoscaler.yaml"]["spec"]["scaleTargetRef"]
    assert target["name"] == objects["deployment.yaml"]["metadata"]["name"]
