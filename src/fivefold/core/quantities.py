"""Human words for means: ``90s``, ``10min``, ``4GB``, ``2.50 USD``. Parsing and printing, nothing else."""

from __future__ import annotations

import math
import re

from fivefold.core.errors import SettingsError

__all__ = [
    "format_bytes",
    "format_seconds",
    "parse_bytes",
    "parse_count",
    "parse_money",
    "parse_seconds",
    "parse_whole",
]

_TIME = {"ms": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "m": 60.0, "min": 60.0}
_TIME |= {"mins": 60.0, "minute": 60.0, "minutes": 60.0, "h": 3600.0, "hour": 3600.0, "hours": 3600.0}
_TIME |= {"d": 86400.0, "day": 86400.0, "days": 86400.0}
_SIZE = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_SIZE |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_TERM = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]+)")
_MONEY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Z]{3})?", re.ASCII)
_NEXT_UNIT = 999.5
"""From here on three digits would be written as a power of ten, or as a thousand of the unit."""
_TIMES_SUCH_AS = {"latency": "5ms or 20ms", "people": "15min"}
_SIZES_SUCH_AS = {"size": "20MB", "scan": "10GB", "disk": "5GB"}


def parse_seconds(text: str, *, name: str = "time") -> float:
    """Seconds in a stretch of time such as ``90s``, ``10min`` or ``1h 30min``.

    Raises
    ------
    SettingsError
        When the text is no positive stretch of time.

    Examples
    --------
    >>> parse_seconds("1h 30min")
    5400.0
    """
    seconds = _sum_terms(text, _TIME)
    if seconds is None or seconds <= 0 or not math.isfinite(seconds):
        raise SettingsError(
            f"The stated {name} cannot be used",
            seen=repr(text),
            expected=f"a positive stretch of time such as {_TIMES_SUCH_AS.get(name, '90s, 10min or 1h')}",
            todo=f"give {name} as a number and a unit (ms, s, min, h, d)",
        )
    return seconds


def parse_bytes(text: str, *, name: str = "memory") -> int:
    """Bytes in a size such as ``4GB`` or ``512MiB``.

    Examples
    --------
    >>> parse_bytes("1.5 GB")
    1500000000
    """
    size = _sum_terms(text, _SIZE)
    if size is None or size <= 0 or not math.isfinite(size):
        raise SettingsError(
            f"The stated {name} cannot be used",
            seen=repr(text),
            expected=f"a positive size such as {_SIZES_SUCH_AS.get(name, '512MB or 4GB')}",
            todo=f"give {name} as a number and a unit (B, kB, MB, GB, TB, KiB, MiB, GiB)",
        )
    return int(size)


def parse_money(text: str) -> tuple[float, str]:
    """Amount and currency in ``2.50 USD``; a bare number is US dollars.

    Examples
    --------
    >>> parse_money("2.50 USD")
    (2.5, 'USD')
    """
    match = _MONEY.fullmatch(text.strip())
    if match is None:
        raise SettingsError(
            "The stated money cannot be used",
            seen=repr(text),
            expected="an amount and a currency such as 2.50 USD",
            todo="give money as a number and a currency of three capital letters",
        )
    return float(match.group(1)), match.group(2) or "USD"


def parse_count(text: str) -> int:
    """Read a number of cores: at least one.

    Examples
    --------
    >>> parse_count("2")
    2
    """
    stripped = text.strip()
    if not (stripped.isascii() and stripped.isdigit() and int(stripped) > 0):
        raise SettingsError(
            "The stated cores cannot be used",
            seen=repr(text),
            expected="a whole number of at least 1",
            todo="give cores as a number such as 2",
        )
    return int(stripped)


def parse_whole(name: str, text: str, low: int, high: int) -> int:
    """Read a whole number within bounds.

    Examples
    --------
    >>> parse_whole("port", "8080", 0, 65535)
    8080
    """
    if not text.strip().isdecimal() or not low <= int(text) <= high:
        raise SettingsError(
            f"The {name} cannot be used",
            seen=repr(text),
            expected=f"a whole number from {low} to {high}",
            todo=f"give --{name} another value",
        )
    return int(text)


def format_seconds(seconds: float) -> str:
    """Print seconds the way a person would say them.

    Examples
    --------
    >>> format_seconds(0.0312), format_seconds(75), format_seconds(5400)
    ('31 ms', '1 min 15 s', '1 h 30 min')
    """
    if seconds * 1000 < _NEXT_UNIT:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    minutes = round(seconds / 60)
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def format_bytes(size: float) -> str:
    """Print a number of bytes with a decimal unit.

    Examples
    --------
    >>> format_bytes(20_400_000)
    '20.4 MB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size < _NEXT_UNIT:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def _sum_terms(text: str, units: dict[str, float] | dict[str, int]) -> float | None:
    """Add up the terms of ``1h 30min``; None when any part of the text is no term."""
    total, position = 0.0, 0
    stripped = text.strip()
    while position < len(stripped):
        match = _TERM.match(stripped, position)
        if match is None or match.group(2).lower() not in units:
            return None
        total += float(match.group(1)) * units[match.group(2).lower()]
        position = match.end()
    return total if stripped else None
