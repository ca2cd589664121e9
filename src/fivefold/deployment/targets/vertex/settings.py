"""What a person says of a deployment to Vertex AI: the table ``[deploy.vertex]``."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from fivefold.cloud.vertex.connection import LOCATION, PROJECT, emulator_address
from fivefold.core.options import check_options

__all__ = ["Names", "VertexSettings"]

_ENDPOINT = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?|[1-9][0-9]{0,18}")
_TABLE = re.compile(r"[\w:.-]+\.\w+\.\w+")


@dataclass(frozen=True, slots=True)
class VertexSettings:
    """The options.

    Attributes
    ----------
    project, location : str
        For example ``my-project`` and ``europe-west4``.
    image : str
        The service's image in Artifact Registry, in the same region, with the bundle inside.
    local_image : str
        The image by which an engine of this machine knows it, to be pushed as ``image``; empty where it is there already.
    bucket : str
        A bucket of Cloud Storage that is there, for the bundle and the schemata.
    endpoint : str
        Id of the endpoint, which is made if it is not there; empty for one of the bundle's own.
    machine_type : str
    min_replicas, max_replicas : int
    share : int
        Percent of the requests that the model gets in the end.
    log_table : str
        Table of BigQuery for requests and answers, ``project.dataset.table``; empty for none. Said when the endpoint is made.
    log_rate : float
        Share of the requests that are logged.
    service_account : str
        Whom the container runs as; empty for the platform's own.
    requests : int
        Answers of the new model that each stage of the traffic is judged by.
    max_error_rate : float
        Share of requests that may fail at a stage.
    max_slowdown : float
        How many times as slow as the model before it may be, at the 95th percentile.
    max_shift : float
        How far its scores may be distributed from those of the model before, from 0 to 1 (Kolmogorov-Smirnov).
    batch_hours : float
        Hours of one machine that a batch prediction may take; one that is not over by then is given up.
    patience : int
        Seconds to wait for an operation of the platform.
    retry_pause : float
        Seconds before a request that was refused for now (429, 503) is sent again; each further pause is twice as long.
    """

    project: str
    location: str
    image: str
    bucket: str
    local_image: str = ""
    endpoint: str = ""
    machine_type: str = "n1-standard-2"
    min_replicas: int = 1
    max_replicas: int = 1
    share: int = 100
    log_table: str = ""
    log_rate: float = 1.0
    service_account: str = ""
    requests: int = 60
    max_error_rate: float = 0.02
    max_slowdown: float = 2.0
    max_shift: float = 0.25
    batch_hours: float = 1.0
    patience: int = 1800
    retry_pause: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what the platform would refuse later, or what would judge nothing."""
        host = f"{self.location}-docker.pkg.dev/"
        rules = (
            ("location", LOCATION.fullmatch(self.location), "a region, such as europe-west4"),
            ("project", PROJECT.fullmatch(self.project), "the project's id or number"),
            ("endpoint", not self.endpoint or _ENDPOINT.fullmatch(self.endpoint), "letters, digits and '-'"),
            ("image", self.image.startswith((host, *_emulated())), f"a path in the same region, {host}PROJECT/REPOSITORY/NAME:TAG"),
            ("bucket", self.bucket and "/" not in self.bucket, "the bucket's name alone"),
            ("min_replicas", self.min_replicas >= 1, "at least 1: an endpoint never scales to none"),
            ("max_replicas", self.max_replicas >= self.min_replicas, "at least min_replicas"),
            ("share", 1 <= self.share <= 100, "percent, from 1 to 100"),
            ("log_table", not self.log_table or _TABLE.fullmatch(self.log_table), "project.dataset.table"),
            ("log_rate", 0 < self.log_rate <= 1, "above 0, at most 1"),
            ("requests", self.requests >= 10, "at least 10"),
            ("max_error_rate", 0 <= self.max_error_rate <= 1, "a share from 0 to 1"),
            ("max_slowdown", self.max_slowdown >= 1, "at least 1"),
            ("max_shift", 0 <= self.max_shift <= 1, "from 0 to 1"),
            ("batch_hours", self.batch_hours > 0, "hours, above 0"),
            ("patience", self.patience >= 0, "seconds"),
            ("retry_pause", self.retry_pause >= 0, "seconds"),
        )  # fmt: skip
        check_options("vertex", self, rules)


@dataclass(frozen=True, slots=True)
class Names:
    """Names of all that a deployment makes, known before anything is asked for: the same bundle and order give the same.

    Attributes
    ----------
    folder : str
        Address in Cloud Storage.
    model, endpoint : str
    deployed : str
        Id of the deployed model, which is a number.
    """

    folder: str
    model: str
    endpoint: str
    deployed: str

    @classmethod
    def of(cls, settings: VertexSettings, version: str) -> Names:
        """Return the names for a version of a bundle."""
        parent = f"projects/{settings.project}/locations/{settings.location}"
        model = f"fivefold-{_hashed(version, settings.image)[:12]}"
        endpoint = settings.endpoint or f"fivefold-{version.removeprefix('sha256:')[:12]}"
        scale = (settings.machine_type, str(settings.min_replicas), str(settings.max_replicas))
        number = int(_hashed(version, settings.image, *scale)[:12], 16) % 9_000_000_000 + 1_000_000_000
        return cls(
            f"gs://{settings.bucket}/fivefold/{model}",
            f"{parent}/models/{model}",
            f"{parent}/endpoints/{endpoint}",
            str(number),
        )

    @property
    def deployment(self) -> str:
        """Name of the deployed model, with the endpoint's."""
        return f"{self.endpoint}/deployedModels/{self.deployed}"

    def job(self, source: str, destination: str) -> str:
        """Display name of the batch prediction for these addresses."""
        return f"fivefold-{_hashed(self.model, source, destination)[:12]}"


def _emulated() -> tuple[str, ...]:
    """The registry of the emulator, where the environment names one."""
    host = emulator_address().partition("://")[2]
    return (f"{host}/",) if host else ()


def _hashed(*words: str) -> str:
    """Hex digits that stand for these words."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()
