"""The pod of a release, which plain Deployments and KServe's predictors have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.deployment.manifests.image import slug
from fivefold.deployment.targets.container.recipe import PORT
from fivefold.service.variables import PREFIX

if TYPE_CHECKING:
    from fivefold.deployment.manifests.documents import Document
    from fivefold.deployment.targets.kubernetes.settings import KubernetesSettings

__all__ = ["BUNDLE", "KEY", "OWNER", "VERSION", "Pod", "mebibytes", "version_label"]

OWNER = ("app.kubernetes.io/managed-by", "fivefold")
"""Label by which objects of ours are known."""
VERSION = "app.kubernetes.io/version"
"""Label with the first digits of the bundle's version."""
BUNDLE = "fivefold.io/bundle"
"""Annotation with the bundle's version, which is too long for a label."""
KEY = "tokens"
"""Of the Secret."""
_USER = 65532
_DRAIN_SECONDS = 30
_LEAVE_SECONDS = 5
"""Until the cluster has taken a pod that ends out of its lists; the service's own 20 seconds to finish come after."""
_STEP = 32
_SPARE = 1.25
_LEAST = 96


@dataclass(frozen=True, slots=True)
class Pod:
    """What runs.

    Attributes
    ----------
    settings : KubernetesSettings
    column : str
        That is predicted.
    version : str
        Of the bundle.
    image : str
    memory : int
        Bytes that were measured.
    """

    settings: KubernetesSettings
    column: str
    version: str
    image: str
    memory: int

    @property
    def name(self) -> str:
        """Of all objects."""
        return self.settings.name or f"fivefold-{slug(self.column)}"

    @property
    def secret(self) -> str:
        """Name of the Secret with the tokens."""
        return self.settings.secret or f"{self.name}-tokens"

    @property
    def chosen(self) -> dict[str, str]:
        """Labels by which its pods are found; they never change."""
        return {"app.kubernetes.io/name": "fivefold", "app.kubernetes.io/instance": self.name}

    @property
    def labels(self) -> dict[str, str]:
        """Labels of every object."""
        return self.chosen | {VERSION: version_label(self.version), OWNER[0]: OWNER[1]}

    @property
    def metadata(self) -> Document:
        """Of every object."""
        return {
            "name": self.name,
            "namespace": self.settings.namespace,
            "labels": self.labels,
            "annotations": {BUNDLE: self.version},
        }

    @property
    def scraped(self) -> dict[str, str]:
        """Annotations of the pod: where Prometheus finds its figures, and what it runs."""
        return {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": str(PORT),
            "prometheus.io/path": "/metrics",
            BUNDLE: self.version,
        }

    def spec(self, container: str) -> Document:
        """Of the pod, whose container has this name."""
        spec: Document = {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": _DRAIN_SECONDS,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER,
                "runAsGroup": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [self._container(container)],
        }
        pull = self.settings.pull_secret
        return spec | ({"imagePullSecrets": [{"name": pull}]} if pull else {})

    def _container(self, name: str) -> Document:
        """What runs in it: read-only, without any right, and with no more memory than it needs."""
        memory = self.settings.memory or f"{mebibytes(self.memory)}Mi"
        number, unit = int(memory[:-2]), memory[-2:]
        return {
            "name": name,
            "image": self.image,
            "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
            "env": self._environment(),
            "resources": {
                "requests": {"cpu": self.settings.cpu, "memory": memory},
                "limits": {"memory": f"{2 * number}{unit}"},
            },
            "startupProbe": _probe("/readyz", period=1, failures=120),
            "readinessProbe": _probe("/readyz", period=5, failures=3),
            "livenessProbe": _probe("/livez", period=10, failures=3),
            "lifecycle": {"preStop": {"sleep": {"seconds": _LEAVE_SECONDS}}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        }

    def _environment(self) -> list[Document]:
        """Its variables: the tokens come from the Secret, and stand nowhere else."""
        if self.settings.auth == "none":
            return [{"name": f"{PREFIX}NO_AUTH", "value": "1"}]
        kept = {"secretKeyRef": {"name": self.secret, "key": KEY}}
        return [{"name": TOKENS_VARIABLE, "valueFrom": kept}]


def mebibytes(measured: int) -> int:
    """What to ask for: a quarter more than was measured, in steps of 32 MiB.

    Examples
    --------
    >>> mebibytes(100_000_000)
    128
    """
    needed = max(_LEAST, measured * _SPARE / 2**20)
    return int(-(-needed // _STEP) * _STEP)


def _probe(path: str, *, period: int, failures: int) -> Document:
    """Ask a route over and over."""
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": period,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }


def version_label(version: str) -> str:
    """Return what an object's label says of a bundle's version.

    Examples
    --------
    >>> version_label("sha256:0123456789abcdef")
    '0123456789ab'
    """
    return version.rpartition(":")[2][:12]
