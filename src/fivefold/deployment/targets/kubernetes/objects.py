"""The objects of a release: Deployment, Service, HorizontalPodAutoscaler and PodDisruptionBudget, or one InferenceService."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivefold.deployment.manifests.documents import Document
    from fivefold.deployment.targets.kubernetes.pod import Pod

__all__ = ["PORT", "inference_service", "objects_of", "plain_objects"]

PORT = 80
"""Of the Service."""
_CONTAINER = "service"
_KSERVE_CONTAINER = "kserve-container"
"""KServe knows the container that answers by this name alone."""
_CALM_SECONDS = 300


def objects_of(pod: Pod, port: int = 0) -> dict[str, Document]:
    """All objects, by the names of their files, in the order in which they are applied.

    Parameters
    ----------
    pod : Pod
    port : int
        Of the Service; 80 if 0.
    """
    if pod.settings.kserve:
        return {"inference-service.yaml": inference_service(pod)}
    return plain_objects(pod, port or PORT)


def plain_objects(pod: Pod, port: int) -> dict[str, Document]:
    """What every cluster understands."""
    return {
        "service.yaml": _service(pod, port),
        "pod-disruption-budget.yaml": _disruption_budget(pod),
        "deployment.yaml": _deployment(pod),
        "horizontal-pod-autoscaler.yaml": _autoscaler(pod),
    }


def inference_service(pod: Pod) -> Document:
    """What a cluster with KServe understands: the same pod as its predictor, without Knative."""
    settings = pod.settings
    metadata = pod.metadata
    metadata["annotations"] |= {
        "serving.kserve.io/deploymentMode": "RawDeployment",
        "serving.kserve.io/autoscalerClass": "hpa",
    }
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": metadata,
        "spec": {
            "predictor": {
                "minReplicas": settings.replicas,
                "maxReplicas": settings.max_replicas,
                "scaleMetric": "cpu",
                "scaleTarget": settings.cpu_percent,
                "annotations": pod.scraped,
                "labels": pod.labels,
                **pod.spec(_KSERVE_CONTAINER),
            }
        },
    }


def _service(pod: Pod, port: int) -> Document:
    """Where it is reached inside the cluster."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": pod.metadata,
        "spec": {
            "type": "ClusterIP",
            "selector": pod.chosen,
            "ports": [{"name": "http", "port": port, "targetPort": "http", "protocol": "TCP"}],
        },
    }


def _disruption_budget(pod: Pod) -> Document:
    """How many pods may be taken away at once by whoever works on the cluster."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": pod.metadata,
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": pod.chosen}},
    }


def _deployment(pod: Pod) -> Document:
    """What runs; how many is the autoscaler's to say, so that applying it again changes nothing there."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": pod.chosen},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": pod.metadata,
        "spec": {
            "revisionHistoryLimit": 3,
            "progressDeadlineSeconds": 300,
            "selector": {"matchLabels": pod.chosen},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                "metadata": {"labels": pod.labels, "annotations": pod.scraped},
                "spec": pod.spec(_CONTAINER) | {"topologySpreadConstraints": [spread]},
            },
        },
    }


def _autoscaler(pod: Pod) -> Document:
    """How many pods run."""
    settings = pod.settings
    used = {"type": "Utilization", "averageUtilization": settings.cpu_percent}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": pod.metadata,
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": pod.name},
            "minReplicas": settings.replicas,
            "maxReplicas": settings.max_replicas,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": used}}],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": _CALM_SECONDS}},
        },
    }
