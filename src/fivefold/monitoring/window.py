"""Window: what a release was asked and answered since it began, read from its log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.credentials import NOT_REPEATED, may_hold_secret
from fivefold.core.errors import InputError
from fivefold.core.window import Window
from fivefold.service.log import OWN_LOG, logs_of, read_labels, read_log, read_requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Model
    from fivefold.core.tables import Frame
    from fivefold.runtime.predictor import Predictor

__all__ = ["LOG", "read_told", "read_window"]

LOG = OWN_LOG
"""Name of the log in a run's live folder."""


def read_window(model: Model, bundle: Predictor, live: Path, *, log: str = "") -> Window:
    """Read everything that this bundle answered; what another version answered before it is left out.

    Parameters
    ----------
    model : Model
        Gives the headline metric and its value on the sealed part, every row counted once: those of the log have no weights.
    bundle : Predictor
        Gives the contract, the reference and the version.
    live : Path
        The run's live folder: its log, a missing one being an empty one, and the note of others that this model is logged in.
    log : str
        Address of a log that alone is read; one that does not exist was surely meant to.

    Raises
    ------
    InputError
        When nothing lies at that address.
    """
    if log and "://" not in log and not Path(log).exists():
        raise InputError(
            "There is no log to look at",
            seen=f"a path {NOT_REPEATED}" if may_hold_secret(log) else f"nothing at '{log}'",
            expected="what the service was given as --log: a file, a folder or postgresql://user@host/database",
            todo="check the path after --log, or leave it out for the log of the run's own service",
        )
    places = [log] if log else logs_of(live)
    rows, scores = _read_all(places, bundle)
    evaluation = model.evaluation
    alike = {score.metric: score for score in evaluation.unweighted}
    sealed = alike.get(model.metric) or evaluation.score(model.metric)
    return Window(
        contract=bundle.contract,
        reference=bundle.reference,
        metric=model.metric,
        sealed=sealed.value,
        rows=rows,
        scores=scores,
        truth=None,
        requests=_requests(places),
        sealed_interval=(sealed.low, sealed.high),
    )


def read_told(bundle: Predictor, live: Path, *, log: str = "") -> Frame:
    """Read the labels of all logs that :func:`read_window` reads, in the order in which they were told."""
    import polars as pl

    found = [read_labels(place, bundle.contract) for place in ([log] if log else logs_of(live))]
    return pl.concat(found).sort("known_at", maintain_order=True) if len(found) > 1 else found[0]


def _read_all(places: Sequence[str | Path], bundle: Predictor) -> tuple[Frame, Frame]:
    """Read what this bundle answered from all logs, oldest first."""
    import polars as pl

    found = [read_log(place, bundle.contract, version=bundle.version) for place in places]
    if len(found) == 1:
        return found[0]
    scores = pl.concat([each for _, each in found])
    order = scores["time"].arg_sort()
    return pl.concat([rows for rows, _ in found])[order], scores[order]


def _requests(places: Sequence[str | Path]) -> dict[str, float]:
    """Add up the counters of all logs; times are those of the one that was asked most."""
    found = [read_requests(place) for place in places]
    most = max(found, key=lambda counters: counters["requests"])
    return {name: most[name] if name.endswith("_ms") else sum(each[name] for each in found) for name in most}
