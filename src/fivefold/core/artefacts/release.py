"""Release: a verified, running service, or a bundle that was verified and not started."""

from __future__ import annotations

from dataclasses import dataclass

from fivefold.core.artefacts.rehearsal import Rehearsal

__all__ = ["GoldenCheck", "Release", "Resource"]


@dataclass(frozen=True, slots=True)
class GoldenCheck:
    """Known rows played against the release and compared with the in-process answer.

    Attributes
    ----------
    rows : int
    max_difference : float
        Largest absolute difference of a score (relative for regression).
    p50_ms, p95_ms : float
        Time of one-row requests.
    example : dict of str to (str | float | int | bool | None)
        The first golden row.
    prediction : str
        Its answer, as JSON text.
    """

    rows: int
    max_difference: float
    p50_ms: float
    p95_ms: float
    example: dict[str, str | float | int | bool | None]
    prediction: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that a deployment makes at its target.

    Attributes
    ----------
    kind : str
        What the target calls it, such as ``process``, ``image`` or ``endpoint``.
    name : str
        By which it can be found again, and removed; of a file in the run's folder ``./live/`` and its place there.
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Release:
    """The fourth artefact.

    Attributes
    ----------
    target : str
        Name of the deployment target, such as ``local`` or ``none``.
    address : str
        Where the service answers; empty when nothing was started.
    pid : int
        Process id of a local service; 0 otherwise.
    started : float
        Start time of that process in seconds since 1970, so that a recycled id is never stopped; 0 otherwise.
    bundle_digest : str
        The digest that the service reports as its model version.
    golden : GoldenCheck
    notes : tuple of str
    resources : tuple of Resource
        What was made there, in the order of making.
    monthly : float or None
        What it costs a month in ``currency``; None where nothing is known of it.
    currency : str
    rehearsal : Rehearsal or None
        The platform that was played before; None where the target has no service to play with, or the release is an older one.
    removed : str
        When it was removed, as ISO time in UTC; empty as long as nobody did.
    made : str
        When it was verified, likewise; empty in releases of earlier versions.
    """

    target: str
    address: str
    pid: int
    started: float
    bundle_digest: str
    golden: GoldenCheck
    notes: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()
    monthly: float | None = None
    currency: str = "USD"
    rehearsal: Rehearsal | None = None
    removed: str = ""
    made: str = ""
