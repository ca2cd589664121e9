"""Platforms, by what they do to a service: environment, routes, patience."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from fivefold.core.errors import SettingsError

__all__ = ["PLATFORMS", "Platform", "PlatformName", "platform_named"]

PlatformName: TypeAlias = Literal["native", "vertex", "sagemaker", "v2"]

_VERTEX = "/v1/endpoints/1234567890/deployedModels/987654321"


@dataclass(frozen=True, slots=True)
class Platform:
    """What a platform does.

    Attributes
    ----------
    name : str
    health, predict : str
        Where it asks.
    connect_seconds : float
        Until when the port must be there: it is knocked at so long before the container is started again.
    start_seconds : float
        Until when it must be healthy.
    health_seconds : float
        After which a health check has failed.
    answer_seconds : float
        After which a prediction has failed.
    failures : int
        Failed health checks in a row after which no traffic comes.
    body_limit : int
        Bytes of a request and of an answer that it lets through.
    drain_seconds : float
        Between the word that it should end, and its end by force.
    environ : tuple of (str, str)
        What the platform sets; ``PORT`` stands for the port's number.
    """

    name: PlatformName
    health: str
    predict: str
    connect_seconds: float
    start_seconds: float
    health_seconds: float
    answer_seconds: float
    failures: int = 4
    body_limit: int = 1_500_000
    drain_seconds: float = 30.0
    environ: tuple[tuple[str, str], ...] = ()

    @property
    def tells_routes(self) -> bool:
        """Whether it tells a service at its start where it will ask, which one that runs already cannot know."""
        return self.health in dict(self.environ).values()

    def environment(self, port: int) -> dict[str, str]:
        """Return what the platform sets in the environment."""
        return {name: value.replace("PORT", str(port)) for name, value in self.environ}


PLATFORMS: dict[str, Platform] = {
    "native": Platform("native", "/readyz", "/predict", 10.0, 60.0, 1.0, 60.0),
    # Custom container contract 1.0.0: four knocks ten seconds apart, health within ten seconds, 1.5 MB both ways.
    "vertex": Platform(
        "vertex",
        _VERTEX,
        f"{_VERTEX}:predict",
        40.0,
        300.0,
        10.0,
        60.0,
        environ=(
            ("AIP_HTTP_PORT", "PORT"),
            ("AIP_HEALTH_ROUTE", _VERTEX),
            ("AIP_PREDICT_ROUTE", f"{_VERTEX}:predict"),
            ("AIP_FRAMEWORK", "CUSTOM_CONTAINER"),
            ("AIP_MODE", "PREDICTION"),
            ("AIP_MODE_VERSION", "1.0.0"),
            ("AIP_STORAGE_URI", ""),
        ),
    ),
    # A ping has two seconds, and must have come back within four minutes of the start; an invocation has sixty seconds.
    "sagemaker": Platform(
        "sagemaker",
        "/ping",
        "/invocations",
        240.0,
        240.0,
        2.0,
        60.0,
        environ=(("SAGEMAKER_BIND_TO_PORT", "PORT"),),
    ),
    "v2": Platform("v2", "/v2/health/ready", "/v2/models/{model}/infer", 10.0, 60.0, 1.0, 60.0),
}


def platform_named(name: str) -> Platform:
    """Return a platform.

    Raises
    ------
    SettingsError
        When there is none of that name.
    """
    if name not in PLATFORMS:
        raise SettingsError(
            f"There is no platform '{name}' to play",
            expected=", ".join(PLATFORMS),
            todo="name one of these",
        )
    return PLATFORMS[name]
