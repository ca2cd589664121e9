"""The definition of a service, as ``gcloud run services replace`` takes it: Knative Serving v1, with Cloud Run's own annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.deployment.manifests.image import slug
from fivefold.deployment.targets.container.recipe import PORT
from fivefold.service.variables import PREFIX

if TYPE_CHECKING:
    from fivefold.deployment.manifests.documents import Document
    from fivefold.deployment.targets.cloudrun.settings import CloudRunSettings

__all__ = ["Service"]


@dataclass(frozen=True, slots=True)
class Service:
    """One service.

    Attributes
    ----------
    settings : CloudRunSettings
    column : str
        That is predicted.
    version : str
        Of the bundle.
    image : str
    """

    settings: CloudRunSettings
    column: str
    version: str
    image: str

    @property
    def name(self) -> str:
        """Of the service."""
        return self.settings.name or f"fivefold-{slug(self.column)}"

    @property
    def secret(self) -> str:
        """Of the tokens, in Secret Manager."""
        return self.settings.secret or f"{self.name}-tokens"

    def document(self) -> Document:
        """Describe it."""
        labels = {"made_by": "fivefold", "bundle": self.version.rpartition(":")[2][:12]}
        return {
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "metadata": {
                "name": self.name,
                "namespace": self.settings.project,
                "labels": labels,
                "annotations": {"run.googleapis.com/ingress": self.settings.ingress},
            },
            "spec": {
                "template": {"metadata": self._revision(labels), "spec": self._spec()},
                "traffic": [{"latestRevision": True, "percent": 100}],
            },
        }

    def commands(self, file: str) -> dict[str, str]:
        """What the person says to Google, by what it does.

        Parameters
        ----------
        file : str
            With the document.
        """
        where = f"--region {self.settings.region} --project {self.settings.project}"
        found = {"make": f"gcloud run services replace {file} {where}"}
        if self.settings.auth != "iam":  # whoever is let in then is the service's own business
            member = "--member allUsers --role roles/run.invoker"
            found["open"] = f"gcloud run services add-iam-policy-binding {self.name} {member} {where}"
        found["go back to an earlier revision of"] = (
            f"gcloud run services update-traffic {self.name} --to-revisions REVISION=100 {where}"
        )
        found["delete"] = f"gcloud run services delete {self.name} {where}"
        return found

    def _revision(self, labels: dict[str, str]) -> Document:
        """Describe a revision to the autoscaler."""
        settings = self.settings
        return {
            "labels": labels,
            "annotations": {
                "autoscaling.knative.dev/minScale": str(settings.min_instances),
                "autoscaling.knative.dev/maxScale": str(settings.max_instances),
                # Billed by the request, with more processor while it starts.
                "run.googleapis.com/cpu-throttling": "true",
                "run.googleapis.com/startup-cpu-boost": "true",
            },
        }

    def _spec(self) -> Document:
        """Describe its container."""
        settings = self.settings
        container: Document = {
            "image": self.image,
            "ports": [{"name": "http1", "containerPort": PORT}],
            "env": self._environment(),
            "resources": {"limits": {"cpu": str(settings.cpu), "memory": settings.memory}},
            "startupProbe": _probe("/readyz", period=1, failures=120),
            "livenessProbe": _probe("/livez", period=10, failures=3),
        }
        account = settings.service_account
        return {
            "containerConcurrency": settings.concurrency,
            "timeoutSeconds": settings.timeout,
            **({"serviceAccountName": account} if account else {}),
            "containers": [container],
        }

    def _environment(self) -> list[Document]:
        """Its variables: who may ask, and for how long; tokens come from Secret Manager, and stand nowhere else."""
        # Otherwise the service would give up by its own clock, however long the platform waits.
        seconds = {"name": f"{PREFIX}REQUEST_TIMEOUT", "value": str(self.settings.timeout)}
        if self.settings.auth != "tokens":
            return [{"name": f"{PREFIX}NO_AUTH", "value": "1"}, seconds]
        kept = {"secretKeyRef": {"name": self.secret, "key": "latest"}}
        return [{"name": TOKENS_VARIABLE, "valueFrom": kept}, seconds]


def _probe(path: str, *, period: int, failures: int) -> Document:
    """Ask a route over and over."""
    return {
        "httpGet": {"path": path, "port": PORT},
        "periodSeconds": period,
        "timeoutSeconds": 1,
        "failureThreshold": failures,
    }
