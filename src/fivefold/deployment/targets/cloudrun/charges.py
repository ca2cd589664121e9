"""What a service of Cloud Run costs a month: the instances that are kept, and the requests that are expected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fivefold.core.orders import Charge
from fivefold.core.prices import HOURS, Prices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.deployment.targets.cloudrun.settings import CloudRunSettings

__all__ = ["charges_of", "most_of"]

_STEP = 0.1
"""Seconds in which a request is billed."""
_MILLION = 1_000_000


def charges_of(settings: CloudRunSettings, own: Mapping[str, float]) -> tuple[Charge, ...]:
    """What is expected; the free part of each month is not taken off, since others of the account may have used it.

    Parameters
    ----------
    settings : CloudRunSettings
    own : mapping of str to float
        The person's own prices.
    """
    prices, kept, found, region = Prices(own), settings.min_instances, [], settings.region
    if kept:
        words = f"{kept} x kept and idle"
        found += [
            prices.of("cloudrun.idle-cpu", region=region).charge(f"{words}, CPU", count=kept * settings.cpu),
            prices.of("cloudrun.idle-memory", region=region).charge(
                f"{words}, memory", count=kept * _gibibytes(settings)
            ),
        ]
    if settings.requests:
        billed = math.ceil(round(settings.seconds / _STEP, 6)) * _STEP
        hours = settings.requests * billed / 3600
        words = f"{settings.requests:,} requests of {billed:.1f} s"
        found += [
            prices.of("cloudrun.requests", region=region).charge(
                f"{words}", count=settings.requests / _MILLION
            ),
            prices.of("cloudrun.cpu", region=region).charge(
                f"{words}, CPU", count=hours * settings.cpu / HOURS
            ),
            prices.of("cloudrun.memory", region=region).charge(
                f"{words}, memory", count=hours * _gibibytes(settings) / HOURS
            ),
        ]
    return tuple(found)


def most_of(settings: CloudRunSettings, own: Mapping[str, float]) -> Charge:
    """What a month costs at most: every instance that there may be, busy all the time; requests themselves left out."""
    prices, region, count = Prices(own), settings.region, settings.max_instances
    cpu, memory = (prices.of(f"cloudrun.{name}", region=region) for name in ("cpu", "memory"))
    monthly = cpu.charge("", count=count * settings.cpu).monthly
    monthly += memory.charge("", count=count * _gibibytes(settings)).monthly
    return Charge(f"{count} instances, busy day and night", monthly, cpu.source)


def _gibibytes(settings: CloudRunSettings) -> float:
    """Memory of an instance."""
    return settings.mebibytes / 1024
