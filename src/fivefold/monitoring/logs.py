"""Logs: what was logged of a bundle's answers, in as many places as there are; one that is away does not keep the others from being read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.artefacts import CheckResult
from fivefold.core.credentials import NOT_REPEATED, may_hold_secret, without_password
from fivefold.core.errors import ArtefactError, FivefoldError, InputError
from fivefold.service.log import logs_of, path_of, read_labels, read_log, read_requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.tables import Frame
    from fivefold.runtime.predictor import Predictor

__all__ = ["Logs", "read_logs"]


@dataclass(frozen=True, slots=True)
class Logs:
    """What was read.

    Attributes
    ----------
    rows, scores : Frame
        As :func:`fivefold.service.log.read_log` gives them, from all logs, oldest first.
    told : Frame
        As :func:`fivefold.service.log.read_labels` gives them, in the order in which they were told.
    requests : dict of str to float
        The counters of all logs together.
    count : int
        Logs that there are to read.
    unread : tuple of str
        Those that could not be read, each with the reason.
    """

    rows: Frame
    scores: Frame
    told: Frame
    requests: dict[str, float]
    count: int
    unread: tuple[str, ...] = ()

    def gaps(self) -> tuple[CheckResult, ...]:
        """Say what is missing of the window, as a check of its own; none where everything was read."""
        if not self.unread:
            return ()
        few = "was" if len(self.unread) == 1 else "were"
        reason = (
            f"{len(self.unread)} of {self.count} {few} not read, and what was answered there is not judged"
        )
        return (
            CheckResult(
                "logs",
                "watch",
                f"Logs: {reason}: {'; '.join(self.unread)}.",
                {"logs": self.count, "not_read": len(self.unread)},
                advice="Bring it back and look again; one that is gone for good is struck out of live/logs.json in the run's folder.",
            ),
        )


@dataclass(frozen=True, slots=True)
class _One:
    """What was read of one log."""

    rows: Frame
    scores: Frame
    told: Frame
    requests: dict[str, float]


def read_logs(bundle: Predictor, live: Path, *, log: str = "") -> Logs:
    """Read everything that this bundle answered; what another version answered before it is left out.

    Parameters
    ----------
    bundle : Predictor
        Gives the contract and the version.
    live : Path
        The run's live folder: its log, a missing one being an empty one, and the note of others that this model is logged in.
    log : str
        Address of a log that alone is read; one that does not exist was surely meant to.

    Raises
    ------
    FivefoldError
        When none of them can be read: why the first one cannot; an InputError where it was named.
    """
    places = [log] if log else logs_of(live)
    if len(places) > 1 and not Path(places[0]).exists():
        places = places[1:]  # the run's own service was told another log
    found: list[_One] = []
    failed: list[FivefoldError] = []
    unread: list[str] = []
    for place in places:
        try:
            found.append(_read(place, bundle))
        except FivefoldError as error:
            failed.append(error)
            named = (
                "a path" if path_of(place) and may_hold_secret(str(place)) else without_password(str(place))
            )
            unread.append(f"'{named}' ({' '.join((error.seen or error.what).split())})")
    if not found:
        raise InputError.of(failed[0]) if log and isinstance(failed[0], ArtefactError) else failed[0]
    return Logs(*_joined(found), _added([one.requests for one in found]), len(places), tuple(unread))


def _read(place: str | Path, bundle: Predictor) -> _One:
    """Read one log. The run's own may be missing as long as nothing was served; every other one was told of."""
    path = path_of(place) if isinstance(place, str) else None
    try:
        if path is not None and not path.exists():
            raise _away(str(place), "nothing lies there")
        rows, scores = read_log(place, bundle.contract, version=bundle.version)
        return _One(rows, scores, read_labels(place, bundle.contract), read_requests(place))
    except OSError as error:
        raise _away(str(place), error.strerror or str(error)) from error


def _joined(found: Sequence[_One]) -> tuple[Frame, Frame, Frame]:
    """Put the frames of all logs together, each in the order of its moments."""
    if len(found) == 1:
        return found[0].rows, found[0].scores, found[0].told
    import polars as pl

    scores = pl.concat([one.scores for one in found])
    order = scores["time"].arg_sort()
    told = pl.concat([one.told for one in found]).sort("known_at", maintain_order=True)
    return pl.concat([one.rows for one in found])[order], scores[order], told


def _added(found: Sequence[dict[str, float]]) -> dict[str, float]:
    """Add up the counters of all logs; times are those of the one that was asked most."""
    most = max(found, key=lambda counters: counters["requests"])
    return {name: most[name] if name.endswith("_ms") else sum(each[name] for each in found) for name in most}


def _away(place: str, why: str) -> InputError:
    """Say that there is no log in a place."""
    secret = may_hold_secret(place)
    return InputError(
        "There is no log to look at" + ("" if secret else f": '{place}'"),
        seen=f"nothing at a path {NOT_REPEATED}" if secret else why,
        expected="what the service was given as --log: a file, a folder or postgresql://user@host/database",
        todo="bring it back, or name after --log where the log lies now",
    )
