"""Model: the fitted blend with its honest evaluation; its payload is the bundle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from fivefold.core.artefacts.contributions import Contributions
from fivefold.core.artefacts.dataset import Figure
from fivefold.core.artefacts.dependence import Dependence
from fivefold.core.artefacts.evaluation import Evaluation, Score
from fivefold.core.artefacts.learning import LearningCurve
from fivefold.core.artefacts.question import Task

__all__ = [
    "Importance",
    "LabelIssues",
    "LeaderboardRow",
    "MemberRecord",
    "Model",
    "NaiveFigure",
    "Trial",
    "where",
]

Setting = float | int | str | bool | None


_WHERE = {
    -1: "all training rows",
    -2: "rows at random",
    -3: "all rows, the sealed ones too",
    -4: "a quarter of a fold's rows",
    -5: "half of a fold's rows",
}


def where(fold: int) -> str:
    """Say in words which rows a fit learned from, by the number of a :class:`Trial`'s fold."""
    return _WHERE.get(fold, f"fold {fold}")


@dataclass(frozen=True, slots=True)
class Trial:
    """One fit: a candidate on a fold, its refit on all training rows, or its last fit on all rows.

    Attributes
    ----------
    candidate : str
    family : str
    fold : int
        Number of the validation fold; -1 for the refit, -2 for the rows that :class:`NaiveFigure` draws at random, -3 for the last
        fit, which learns from the sealed rows as well; -4 and -5 for a quarter and half of the first fold's rows, which
        :class:`LearningCurve` compares.
    seconds : float
    rounds : int
    score : float or None
        What training makes small (log loss, RMSE, MAE where that is the headline metric, or pinball loss), on the judged rows; lower is better; None for refits and failures.
    state : {"done", "stopped", "failed", "killed", "skipped", "refused"}
        ``stopped``: ended itself at its deadline and was kept; ``killed``: ended by the watchdog and discarded; ``skipped``: not
        begun, for want of time; ``refused``: not begun, since the memory of the budget would not bear it.
    reason : str
        Why it ended, or never began; empty for one that did what there was to do.
    settings : dict of str to (float | int | str | bool | None)
        Those of the candidate.
    memory_bytes : int
        Peak of the fitting process's resident memory, its libraries included; 0 where it is not known.
    """

    candidate: str
    family: str
    fold: int
    seconds: float
    rounds: int
    score: float | None
    state: Literal["done", "stopped", "failed", "killed", "skipped", "refused"]
    reason: str = ""
    settings: dict[str, Setting] = field(default_factory=dict)
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One candidate, or the blend, on the validation folds.

    Attributes
    ----------
    name, family : str
    loss : float
        Log loss, RMSE, MAE where that is the headline metric, or pinball loss, over the out-of-fold predictions, lower is better.
    metric : float
        The headline metric over the same predictions.
    fit_seconds : float
    predict_ms : float
        Time for one row, in process, median.
    size_bytes : int
    weight : float
        Share in the blend.
    near : bool
        Whether it is, over the same rows, within one standard error of what is served.
    efficient : bool
        Whether nobody is at least as good in loss, time for one row and size, and better in one of them (the Pareto front).
    """

    name: str
    family: str
    loss: float
    metric: float
    fit_seconds: float
    predict_ms: float
    size_bytes: int
    weight: float
    near: bool = False
    efficient: bool = False


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A member of the blend: its kind in the runtime, its weight and the settings that made it."""

    name: str
    family: str
    kind: str
    weight: float
    rounds: int
    settings: dict[str, Setting]


@dataclass(frozen=True, slots=True)
class Importance:
    """How much worse the headline metric gets when a column is shuffled: mean and standard deviation over repeats."""

    column: str
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class NaiveFigure:
    """What a split at random would have promised, where rows were kept apart by time or group.

    One candidate, with the same columns and as many rows to learn from and to be judged on: once on rows drawn at random
    from the training part, once on the first of its honest folds. The sealed part takes no part in it.

    Attributes
    ----------
    candidate : str
    by : tuple of str
        The columns that keep rows apart.
    naive, honest : Score
        The headline metric on the rows drawn at random, and on the honest fold.
    differs : bool
        Whether they differ by more than their intervals allow.
    """

    candidate: str
    by: tuple[str, ...]
    naive: Score
    honest: Score
    differs: bool


@dataclass(frozen=True, slots=True)
class LabelIssues:
    """Training rows whose target is probably wrong, by the out-of-fold predictions.

    Attributes
    ----------
    rows : int
        Rows that were judged.
    doubted : int
        Rows whose target the predictions contradict with confidence.
    share : float
        Estimated share of wrong targets; for regression that of the doubted rows.
    low, high : float
        Ends of its 95 % interval.
    examples : tuple of dict of str to Figure
        The most doubtful rows: ``__row__``, ``given``, ``predicted`` and, for classes, the ``score`` of what is predicted.
    """

    rows: int
    doubted: int
    share: float
    low: float
    high: float
    examples: tuple[dict[str, Figure], ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """The third artefact.

    Payloads: ``bundle/`` (what the runtime loads), ``card.md`` (the model card) and ``answers.parquet`` (``__row__``, ``__fold__``,
    which is 0 for sealed rows, and a score per output: what was answered of rows that had not taught).

    Attributes
    ----------
    task : Task
    target : str
    classes : tuple of str
    metric : str
        The headline metric.
    members : tuple of MemberRecord
    leaderboard : tuple of LeaderboardRow
        Best first; the blend is named ``blend``.
    evaluation : Evaluation
    importances : tuple of Importance
        Most important first.
    trials : tuple of Trial
    train_rows : int
        Rows that the served model learned from.
    size_bytes : int
        The whole bundle.
    predict_ms : float
        One row, in process, median.
    ended : str
        Why training ended: ``all candidates fitted``, ``deadline``, ``interrupted``.
    notes : tuple of str
        What a reader must know: rows sampled, candidates skipped, not better than the baseline.
    naive : NaiveFigure or None
        None after a split at random, and where no time was left to measure it.
    label_issues : LabelIssues or None
        None when nothing speaks for wrong targets.
    measured_rows : int or None
        Rows that the model behind the evaluation and the importances learned from, where the served one was fitted once more,
        on the sealed rows as well; None where it is the served one.
    dependence : Dependence or None
        None where no column matters.
    learning : LearningCurve or None
        What more rows would buy; None where rows are few, or no time was left to measure it.
    contributions : Contributions or None
        None where no member can tell them exactly, or no time was left.
    repeatable : bool or None
        Of a deterministic run, whether the same seed gives the same bundle again: not when the deadline or Ctrl-C cut it. None where
        it was not asked for.
    """

    task: Task
    target: str
    classes: tuple[str, ...]
    metric: str
    members: tuple[MemberRecord, ...]
    leaderboard: tuple[LeaderboardRow, ...]
    evaluation: Evaluation
    importances: tuple[Importance, ...]
    trials: tuple[Trial, ...]
    train_rows: int
    size_bytes: int
    predict_ms: float
    ended: str
    notes: tuple[str, ...] = ()
    naive: NaiveFigure | None = None
    label_issues: LabelIssues | None = None
    measured_rows: int | None = None
    dependence: Dependence | None = None
    learning: LearningCurve | None = None
    contributions: Contributions | None = None
    repeatable: bool | None = None

    @property
    def cut(self) -> bool:
        """Whether the same command should go on from what was fitted: after Ctrl-C, and where a deterministic run was cut."""
        return self.ended == "interrupted" or self.repeatable is False
