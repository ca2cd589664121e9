"""Window: what a release was asked and answered since it began, read from its log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.credentials import NOT_REPEATED, may_hold_secret
from fivefold.core.errors import InputError
from fivefold.core.window import Window
from fivefold.service.log import read_log, read_requests

if TYPE_CHECKING:
    from fivefold.core.artefacts import Model
    from fivefold.runtime.predictor import Predictor

__all__ = ["LOG", "read_window"]

LOG = "predictions.sqlite"
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
        The run's live folder; a missing log is an empty one.
    log : str
        Address of another log than the one there; one that does not exist was surely meant to.

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
    address = log or live / LOG
    rows, scores = read_log(address, bundle.contract, version=bundle.version)
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
        requests=read_requests(address),
        sealed_interval=(sealed.low, sealed.high),
    )
