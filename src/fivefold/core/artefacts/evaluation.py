"""Evaluation: what the sealed test part said of the model, as part of the Model artefact."""

from __future__ import annotations

from dataclasses import dataclass

from fivefold.core.artefacts.fairness import Fairness

__all__ = ["CostRival", "Costs", "Coverage", "Evaluation", "Reliability", "Rival", "Score", "Slice"]


@dataclass(frozen=True, slots=True)
class Score:
    """A figure with its 95 % interval.

    Attributes
    ----------
    metric : str
        One of :data:`fivefold.core.settings.METRICS`, such as ``roc_auc`` or ``rmse``; ``cost`` for a mean cost.
    value : float
    low, high : float
        Ends of the 95 % bootstrap interval.
    greater_is_better : bool
    """

    metric: str
    value: float
    low: float
    high: float
    greater_is_better: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the model says of its own certainty, and whether the sealed part bears it out.

    Attributes
    ----------
    level : float
        Share of rows that an interval, or a set of classes, is meant to hold.
    share : float
        Share of the sealed rows that it held.
    low, high : float
        Ends of that share's 95 % bootstrap interval.
    width : float
        Mean width of the intervals, in units of the target; or mean number of classes in a set.
    widest : float
        The same of an interval, or a set, that knows nothing of the row.
    bands : tuple of (float, float, float)
        Prediction, lower and upper end, along the predictions; regression only.
    """

    level: float
    share: float
    low: float
    high: float
    width: float
    widest: float
    bands: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Reliability:
    """What probabilities are worth on the sealed part.

    Attributes
    ----------
    error : float
        Mean distance between what was said and what happened; of several classes that of the most probable one.
    brier : float
        Brier score: about ``off - resolution + uncertainty``.
    off : float
        Its part that comes from saying too much or too little; 0 is perfect.
    resolution, uncertainty : float
        How well rows are told apart, and what is left when nothing is known of them.
    method : str
        How probabilities were put right after blending: ``temperature``, ``beta``, or empty for not at all.
    """

    error: float
    brier: float
    off: float
    resolution: float
    uncertainty: float
    method: str = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """Sealed rows of one value, or one stretch of values, on which the model is off more than on the rest.

    Attributes
    ----------
    column, value : str
    rows : int
    error : float
        Share of wrong labels, or mean absolute error.
    low, high : float
        Ends of its 95 % interval.
    """

    column: str
    value: str
    rows: int
    error: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rival:
    """A plain model on the same sealed rows: what the blend is worth beside one that anybody would have tried.

    Attributes
    ----------
    name, family : str
    score : Score
        The headline metric on the sealed rows.
    gain : Score or None
        Paired difference of the model to it in the headline metric, positive means that the model is better; None where the
        model is this very candidate.
    """

    name: str
    family: str
    score: Score
    gain: Score | None


@dataclass(frozen=True, slots=True)
class CostRival:
    """What other labels would have cost on the same sealed rows.

    Attributes
    ----------
    name : str
        ``most probable class`` for the model's own scores, cut where they usually are; ``most frequent class``; or
        ``cheapest single answer``, left out where that is the most frequent class.
    answer : str
        The label where it is the same for all rows, else empty.
    mean : Score
        Mean cost per row.
    saved : Score
        What the model's labels cost less, as a paired difference; positive means that they are cheaper.
    """

    name: str
    answer: str
    mean: Score
    saved: Score


@dataclass(frozen=True, slots=True)
class Costs:
    """What labels cost on the sealed part, by the costs that the person named.

    Attributes
    ----------
    matrix : tuple of tuple of float
        True classes down, answers across, in the order of ``classes``.
    mean : Score
        Mean cost per row of the model's labels.
    rivals : tuple of CostRival
    """

    matrix: tuple[tuple[float, ...], ...]
    mean: Score
    rivals: tuple[CostRival, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the sealed test part said, once, after selection was over.

    Attributes
    ----------
    rows : int
        Rows of the sealed part.
    metric : str
        The headline metric.
    scores, baseline : tuple of Score
        All metrics of the blend, and of the dummy baseline on the same rows.
    better : bool
        Whether the blend beats the baseline outside the interval of their paired difference.
    gain : Score
        Paired difference to the baseline in the headline metric, positive means better; its ``metric`` is the headline's.
    confusion : tuple of tuple of int
        Rows are true classes, columns predicted ones, in the order of ``classes``; empty for regression or > 20 classes.
    calibration : tuple of (float, float, int)
        Mean score, share that was positive and rows of each bin; binary only.
    residuals : tuple of (float, float)
        Up to 400 pairs of truth and prediction; regression only.
    coverage : Coverage or None
        None where there were too few rows to say how sure an answer is.
    reliability : Reliability or None
        Classification only.
    threshold : float or None
        Probability of the positive class above which it is the label; None for the most probable class.
    curve : tuple of (float, float, float, float)
        Threshold, share of positives found, share of negatives taken for positive, and share of the found that are
        positive; binary only.
    slices : tuple of Slice
        Where the model is worse than elsewhere beyond chance, the worst first.
    error : float
        Share of wrong labels, or mean absolute error, of all rows: what slices are compared with.
    rivals : tuple of Rival
        The best linear candidate and the best single LightGBM by the folds, each fitted on the same rows as the model; one that
        was not is left out.
    costs : Costs or None
        None where nobody said what answers cost.
    unweighted : tuple of Score
        All metrics of the blend with every row counted once, where rows have weights; empty where they have none. Monitoring
        compares with these: what a release is asked has no weights.
    fairness : tuple of Fairness
        The groups of each column that the person named for it.
    """

    rows: int
    metric: str
    scores: tuple[Score, ...]
    baseline: tuple[Score, ...]
    better: bool
    gain: Score
    confusion: tuple[tuple[int, ...], ...] = ()
    calibration: tuple[tuple[float, float, int], ...] = ()
    residuals: tuple[tuple[float, float], ...] = ()
    coverage: Coverage | None = None
    reliability: Reliability | None = None
    threshold: float | None = None
    curve: tuple[tuple[float, float, float, float], ...] = ()
    slices: tuple[Slice, ...] = ()
    error: float = 0.0
    rivals: tuple[Rival, ...] = ()
    costs: Costs | None = None
    unweighted: tuple[Score, ...] = ()
    fairness: tuple[Fairness, ...] = ()

    def score(self, metric: str) -> Score:
        """Return the blend's score by the metric's name."""
        return next(score for score in self.scores if score.metric == metric)
