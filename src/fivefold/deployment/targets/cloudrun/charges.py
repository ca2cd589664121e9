"""What a service of Cloud Run costs a month: the instances that are kept, and the requests that are expected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fivefold.core.prices import HOURS, Prices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.orders import Charge
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
    prices, kept, found = Prices(own), settings.min_instances, []
    if kept:
        words = f"{kept} x kept and idle"
        found += [
            prices.of("cloudrun.idle-cpu").charge(f"{words}, CPU", count=kept * settings.cpu),
            prices.of("cloudrun.idle-memory").charge(f"{words}, memory", count=kept * _gibibytes(settings)),
        ]
    if settings.requests:
        billed = math.ceil(round(settings.seconds / _STEP, 6)) * _STEP
        hours = settings.requests * billed / 3600
        words = f"{settings.requests:,} requests of {billed:.1f} s"
        found += [
            prices.of("cloudrun.requests").charge(f"{words}", count=settings.requests / _MILLION),
            prices.of("cloudrun.cpu").charge(f"{words}, CPU", count=hours * settings.cpu / HOURS),
            prices.of("cloudrun.memory").charge(
                f"{words}, memory", count=hours * _gibibytes(settings) / HOURS
            ),
        ]
    return tuple(found)


def most_of(settings: CloudRunSettings, own: Mapping[str, float]) -> float:
    """What a month costs at most: every instance that there may be, busy all the time; requests themselves left out."""
    prices = Prices(own)
    cpu = prices.of("cloudrun.cpu").charge("", count=settings.max_instances * settings.cpu)
    memory = prices.of("cloudrun.memory").charge("", count=settings.max_instances * _gibibytes(settings))
    return cpu.monthly + memory.monthly


def _gibibytes(settings: CloudRunSettings) -> float:
    """Memory of an instance."""
    return settings.mebibytes / 1024
