"""What a person may say about a deployment to Kubernetes: ``[deploy.kubernetes]``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fivefold.core.options import check_options

__all__ = ["KubernetesSettings"]

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,48}[a-z0-9])?")
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_CPU = re.compile(r"[1-9][0-9]*m?|0\.[0-9]*[1-9][0-9]*")
_MEMORY = re.compile(r"[1-9][0-9]*(Mi|Gi)")


@dataclass(frozen=True, slots=True)
class KubernetesSettings:
    """Options of the target ``kubernetes``.

    Attributes
    ----------
    image : str
        With the bundle inside; empty for what the target ``container`` built.
    name : str
        Of all objects; ``fivefold-`` and the target column if empty.
    namespace : str
    replicas, max_replicas : int
        Pods at least, and at most under load.
    cpu : str
        What a pod asks for, such as ``250m``.
    cpu_percent : int
        Of that, at which further pods are started.
    memory : str
        What a pod asks for, such as ``192Mi``; measured if empty. Its limit is twice that.
    auth : str
        ``tokens``: the service demands one of those in the Secret; ``none``: it answers everybody who reaches it.
    secret : str
        Name of the Secret, with the key ``tokens``; the name and ``-tokens`` if empty.
    pull_secret : str
        Name of the Secret with which the image is fetched; empty for none.
    kserve : bool
        An InferenceService instead of plain objects.
    apply : bool
        Hand them to the cluster with ``kubectl``.
    context : str
        Of kubectl's configuration; empty for the current one.
    patience : int
        Seconds to wait for the pods.
    """

    image: str = ""
    name: str = ""
    namespace: str = "default"
    replicas: int = 2
    max_replicas: int = 6
    cpu: str = "250m"
    cpu_percent: int = 70
    memory: str = ""
    auth: str = "tokens"
    secret: str = ""
    pull_secret: str = ""
    kserve: bool = False
    apply: bool = False
    context: str = ""
    patience: int = 300

    def __post_init__(self) -> None:
        """Refuse what an API server would refuse later."""
        words = "small letters, digits and hyphens"
        rules = (
            ("name", not self.name or _NAME.fullmatch(self.name), f"{words}, a letter first, 50 at most"),
            ("namespace", _NAMESPACE.fullmatch(self.namespace), words),
            ("replicas", self.replicas >= 1, "at least 1"),
            ("max_replicas", self.max_replicas >= self.replicas, "at least replicas"),
            ("cpu", _CPU.fullmatch(self.cpu), "cores, or thousandths of them such as 250m"),
            ("cpu_percent", 1 <= self.cpu_percent <= 100, "from 1 to 100"),
            ("memory", not self.memory or _MEMORY.fullmatch(self.memory), "such as 192Mi or 1Gi"),
            ("auth", self.auth in ("tokens", "none"), "tokens or none"),
            ("secret", not self.secret or _NAMESPACE.fullmatch(self.secret), words),
            ("pull_secret", not self.pull_secret or _NAMESPACE.fullmatch(self.pull_secret), words),
            ("patience", self.patience >= 0, "seconds"),
        )
        check_options("kubernetes", self, rules)
