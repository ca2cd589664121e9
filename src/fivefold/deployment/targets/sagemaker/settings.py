"""What a person says of a deployment to SageMaker: the table ``[deploy.sagemaker]``."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from fivefold.core.options import check_options

__all__ = ["Names", "SageMakerSettings"]

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_IMAGE = re.compile(
    r"[0-9]{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+[:@][\w.:-]+"
)
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+")
_NAME = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}")
_MACHINE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class SageMakerSettings:
    """The options.

    Attributes
    ----------
    region : str
        For example ``eu-west-1``.
    image : str
        The service's image in the registry (ECR) of the same region, with the bundle inside.
    role : str
        ARN of the role that SageMaker takes on to fetch the image and write logs.
    endpoint : str
        Its name, made if it is not there; empty for one of the bundle's own.
    instance_type : str
    instances : int
    share : int
        Percent of the requests that the model gets; the others of the endpoint keep the rest, 100 takes their place.
    verify : str
        ``endpoint``: the golden rows are sent to the endpoint; ``here``: they are played against the service on this machine alone,
        for a server that has no container behind its endpoints.
    patience : int
        Seconds to wait for an endpoint.
    pause : float
        Seconds between two looks at it.
    """

    region: str
    image: str
    role: str
    endpoint: str = ""
    instance_type: str = "ml.m5.large"
    instances: int = 1
    share: int = 100
    verify: str = "endpoint"
    patience: int = 1800
    pause: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what SageMaker would refuse later."""
        found = _IMAGE.fullmatch(self.image)
        image = f"one in the same region, ACCOUNT.dkr.ecr.{self.region}.amazonaws.com/NAME:TAG"
        rules = (
            ("region", _REGION.fullmatch(self.region), "such as eu-west-1"),
            ("image", found and found["region"] == self.region, image),
            ("role", _ROLE.fullmatch(self.role), "arn:aws:iam::ACCOUNT:role/NAME"),
            ("endpoint", not self.endpoint or _NAME.fullmatch(self.endpoint), "letters, digits and hyphens, 63 at most"),
            ("instance_type", _MACHINE.fullmatch(self.instance_type), "such as ml.m5.large"),
            ("instances", self.instances >= 1, "at least 1"),
            ("share", 1 <= self.share <= 100, "percent, from 1 to 100"),
            ("verify", self.verify in ("endpoint", "here"), "endpoint or here"),
            ("patience", self.patience >= 0, "seconds"),
            ("pause", self.pause > 0, "seconds"),
        )  # fmt: skip
        check_options("sagemaker", self, rules)


@dataclass(frozen=True, slots=True)
class Names:
    """Names of what a deployment makes, known before anything is asked for.

    Attributes
    ----------
    model : str
        Also that of its variant.
    endpoint : str
    """

    model: str
    endpoint: str

    @classmethod
    def of(cls, settings: SageMakerSettings, version: str) -> Names:
        """Name what a bundle of this version makes."""
        model = _digest(version, settings.image, settings.role)
        return cls(f"fivefold-{model}", settings.endpoint or f"fivefold-{_digest(version)}")

    def configuration(self, described: str) -> str:
        """Name of the configuration with these variants, described in any fixed way."""
        return f"{self.model}-{_digest(self.endpoint, described)}"


def _digest(*words: str) -> str:
    """Digits of what makes a name the same again."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:_DIGITS]
