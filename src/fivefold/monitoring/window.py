"""Window: what a release was asked and answered since it began, put together for the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.window import Window

if TYPE_CHECKING:
    from fivefold.core.artefacts import Model
    from fivefold.monitoring.logs import Logs
    from fivefold.runtime.predictor import Predictor

__all__ = ["window_of"]


def window_of(model: Model, bundle: Predictor, logs: Logs) -> Window:
    """Return what the checks may look at.

    Parameters
    ----------
    model : Model
        Gives the headline metric and its value on the sealed part, every row counted once: those of the log have no weights.
    bundle : Predictor
        Gives the contract and the reference.
    logs : Logs
        What was read of them.
    """
    evaluation = model.evaluation
    alike = {score.metric: score for score in evaluation.unweighted}
    sealed = alike.get(model.metric) or evaluation.score(model.metric)
    return Window(
        contract=bundle.contract,
        reference=bundle.reference,
        metric=model.metric,
        sealed=sealed.value,
        rows=logs.rows,
        scores=logs.scores,
        truth=None,
        requests=logs.requests,
        sealed_interval=(sealed.low, sealed.high),
    )
