"""The one rule by which figures are written, here and in every sentence that a step prints.

A figure has four digits: at most four of them decimals, and whole digits are never rounded away; what four decimals would
make zero is written as a power of ten. Shares are percent with one decimal. In the page every figure also carries its exact value, as ``<data value="...">``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fivefold.core.quantities import format_bytes, format_seconds
from fivefold.report.html import Markup, h

if TYPE_CHECKING:
    from fivefold.core.artefacts import Score

__all__ = [
    "MINUS",
    "NONE",
    "TIMES",
    "decimals",
    "exact",
    "figure",
    "interval",
    "percent",
    "place",
    "seconds",
    "size",
    "whole",
]

NONE = "\u2013"
MINUS = "\u2212"
TIMES = "\u00d7"
_DIGITS = 4
_ZERO = 0.5e-4
_QUICK = 0.01
_YEARS = 10_000
"""Below it a whole number may be a year, which has no comma."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure(value: float | None, *, like: float | None = None) -> str:
    """Write a figure.

    Parameters
    ----------
    value : float or None
    like : float, optional
        Use as many decimals as this figure gets; the ends of an interval follow its middle.

    Examples
    --------
    >>> figure(0.75123), figure(43.2149), figure(15312.4), figure(1234), figure(0.00043)
    ('0.7512', '43.21', '15,312', '1,234', '0.0004')
    """
    if value is None or not math.isfinite(value):
        return NONE
    if isinstance(value, int):
        return whole(value)
    if like is None and 0 < abs(value) < _ZERO:
        return _power(value)
    places = decimals(value if like is None else like)
    return _signed(f"{value:,.{places}f}")


def decimals(value: float) -> int:
    """Decimals that a figure of this size gets."""
    size = abs(value)
    before = math.floor(math.log10(size)) + 1 if size >= 1 else 0
    return max(0, min(_DIGITS, _DIGITS - before))


def interval(score: Score) -> str:
    """Write the ends of an interval, as precisely as its middle.

    Examples
    --------
    >>> from fivefold.core.artefacts import Score
    >>> interval(Score("roc_auc", 0.75, 0.7312, 0.7788, greater_is_better=True))
    '0.7312 to 0.7788'
    """
    return f"{figure(score.low, like=score.value)} to {figure(score.high, like=score.value)}"


def place(value: float) -> str:
    """Write a value of a column: a figure without zeros that say nothing; what may be a year has no comma.

    Examples
    --------
    >>> place(1987.0), place(12500.0), place(0.25)
    ('1987', '12,500', '0.25')
    """
    if value.is_integer():
        return _signed(f"{value:.0f}") if abs(value) < _YEARS else whole(int(value))
    text = figure(value)
    return text.rstrip("0").rstrip(".") if "." in text and TIMES not in text else text


def percent(share: float | None, *, places: int = 1) -> str:
    """Write a share.

    Examples
    --------
    >>> percent(0.0421), percent(1), percent(0.9, places=0)
    ('4.2 %', '100.0 %', '90 %')
    """
    return NONE if share is None or not math.isfinite(share) else _signed(f"{100 * share:.{places}f} %")


def whole(count: int) -> str:
    """Write a count.

    Examples
    --------
    >>> whole(20190)
    '20,190'
    """
    return _signed(f"{count:,}")


def seconds(value: float) -> str:
    """Write a stretch of time.

    Examples
    --------
    >>> seconds(0.000081), seconds(0.0412), seconds(75)
    ('0.081 ms', '41 ms', '1 min 15 s')
    """
    if 0 < value < _QUICK:
        return f"{value * 1000:.2g} ms"
    return format_seconds(value) if value else "0 s"


def size(value: float) -> str:
    """Write a number of bytes."""
    return format_bytes(value)


def exact(value: float | None, text: str) -> Markup:
    """A written figure that carries its exact value.

    Examples
    --------
    >>> exact(0.751234, figure(0.751234))
    '<data value="0.751234">0.7512</data>'
    """
    if value is None or not math.isfinite(value):
        return h("span", text)
    return h("data", text, attributes={"value": repr(value)})


def _power(value: float) -> str:
    """Write what four decimals would make zero."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return _signed(f"{mantissa} {TIMES} 10") + str(int(exponent)).translate(_SUPERSCRIPT)


def _signed(text: str) -> str:
    """Use a real minus sign, and none before a zero."""
    if not text.startswith("-"):
        return text
    return text.replace("-", MINUS, 1) if any(digit in text for digit in "123456789") else text[1:]
