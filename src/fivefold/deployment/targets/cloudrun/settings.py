"""What a person may say about a service of Cloud Run: ``[deploy.cloudrun]``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fivefold.core.errors import SettingsError
from fivefold.core.options import check_options

__all__ = ["CloudRunSettings"]

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,47}[a-z0-9])?")
_PROJECT = re.compile(r"[a-z][a-z0-9:.-]{4,61}[a-z0-9]")
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,255}")
_INGRESS = ("all", "internal", "internal-and-cloud-load-balancing")
_AUTH = ("iam", "tokens", "none")
_MEBIBYTES = {"Mi": 1, "Gi": 1024}
_SPARE = 1.5
_MEMORY = re.compile(r"([1-9][0-9]*)(Mi|Gi)")


@dataclass(frozen=True, slots=True)
class CloudRunSettings:
    """Options of the target ``cloudrun``.

    Attributes
    ----------
    project, region : str
        For example ``my-project`` and ``europe-west4``.
    image : str
        With the bundle inside; empty for what the target ``container`` built.
    name : str
        Of the service; ``fivefold-`` and the target column if empty.
    cpu : int
        Whole processors of an instance.
    memory : str
        Of an instance, such as ``512Mi``.
    concurrency : int
        Requests that an instance works on at once.
    min_instances, max_instances : int
        Kept whether anybody asks or not, and at most.
    ingress : str
        ``all``, ``internal`` or ``internal-and-cloud-load-balancing``.
    auth : str
        ``iam``: Google lets in who has the role ``run.invoker``; ``tokens``: the service demands one of those in the secret;
        ``none``: everybody is answered.
    secret : str
        In Secret Manager, with the tokens; the name and ``-tokens`` if empty.
    service_account : str
        Whom it runs as; empty for the project's default.
    timeout : int
        Seconds that a request may take.
    requests : int
        A month, for the price.
    seconds : float
        That a request takes, for the price; billed in steps of 0.1.
    """

    project: str
    region: str
    image: str = ""
    name: str = ""
    cpu: int = 1
    memory: str = "512Mi"
    concurrency: int = 40
    min_instances: int = 0
    max_instances: int = 4
    ingress: str = "all"
    auth: str = "iam"
    secret: str = ""
    service_account: str = ""
    timeout: int = 60
    requests: int = 0
    seconds: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what Cloud Run would refuse later."""
        rules = (
            ("project", _PROJECT.fullmatch(self.project), "the project's id"),
            ("region", _REGION.fullmatch(self.region), "such as europe-west4"),
            ("name", not self.name or _NAME.fullmatch(self.name), "small letters, digits and hyphens, 49 at most"),
            ("cpu", self.cpu in (1, 2, 4, 6, 8), "1, 2, 4, 6 or 8"),
            ("memory", _MEMORY.fullmatch(self.memory) and self.mebibytes >= 128, "such as 512Mi or 1Gi, 128Mi at least"),
            ("concurrency", 1 <= self.concurrency <= 1000, "from 1 to 1000"),
            ("min_instances", self.min_instances >= 0, "0 or more"),
            ("max_instances", self.max_instances >= max(1, self.min_instances), "at least min_instances, and 1"),
            ("ingress", self.ingress in _INGRESS, ", ".join(_INGRESS)),
            ("auth", self.auth in _AUTH, ", ".join(_AUTH)),
            ("secret", not self.secret or _SECRET.fullmatch(self.secret), "letters, digits, _ and -"),
            ("timeout", 1 <= self.timeout <= 3600, "seconds, from 1 to 3600"),
            ("requests", self.requests >= 0, "0 or more"),
            ("seconds", self.seconds > 0, "above 0"),
        )  # fmt: skip
        check_options("cloudrun", self, rules)

    @property
    def mebibytes(self) -> int:
        """Memory of an instance."""
        return int(self.memory[:-2]) * _MEBIBYTES[self.memory[-2:]]

    def check_memory(self, measured: int) -> None:
        """Refuse an instance in which the service would be ended for the memory that it takes.

        Parameters
        ----------
        measured : int
            Bytes.

        Raises
        ------
        SettingsError
            When it has less than half as much again.
        """
        needed = int(-(-measured * _SPARE // 2**20))
        if needed > self.mebibytes:
            raise SettingsError(
                "The target 'cloudrun' cannot use its option 'memory'",
                seen=f"{self.memory}, while {measured / 1e6:.0f} MB resident were measured",
                expected=f"half as much again: {needed}Mi at least",
                todo=f"say --set memory={-(-needed // 128) * 128}Mi",
            )
