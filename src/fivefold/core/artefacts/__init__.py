"""The five artefacts and the question they answer: frozen records of names, numbers and digests."""

from fivefold.core.artefacts.brief import (
    Brief,
    Citation,
    DecidedBy,
    OpenQuestion,
    Overruled,
    PlanItem,
    PlanValue,
)
from fivefold.core.artefacts.card import ColumnCard
from fivefold.core.artefacts.dataset import (
    FOLD,
    ROW,
    SINCE,
    Column,
    Contract,
    Dataset,
    Figure,
    Finding,
    Severity,
    Split,
    SplitKind,
)
from fivefold.core.artefacts.dependence import Dependence, DependenceCurve
from fivefold.core.artefacts.evaluation import Coverage, Evaluation, Reliability, Rival, Score, Slice
from fivefold.core.artefacts.health import CheckResult, ColumnDrift, Health, Verdict
from fivefold.core.artefacts.learning import LearningCurve, LearningPoint
from fivefold.core.artefacts.lineage import Lineage
from fivefold.core.artefacts.model import (
    Importance,
    LabelIssues,
    LeaderboardRow,
    MemberRecord,
    Model,
    NaiveFigure,
    Trial,
)
from fivefold.core.artefacts.question import (
    ColumnProfile,
    Decision,
    Kind,
    Profile,
    Question,
    Reading,
    Role,
    Task,
)
from fivefold.core.artefacts.reference import ColumnReference, Reference
from fivefold.core.artefacts.release import GoldenCheck, Release

__all__ = [
    "FOLD",
    "ROW",
    "SINCE",
    "Brief",
    "CheckResult",
    "Citation",
    "Column",
    "ColumnCard",
    "ColumnDrift",
    "ColumnProfile",
    "ColumnReference",
    "Contract",
    "Coverage",
    "Dataset",
    "DecidedBy",
    "Decision",
    "Dependence",
    "DependenceCurve",
    "Evaluation",
    "Figure",
    "Finding",
    "GoldenCheck",
    "Health",
    "Importance",
    "Kind",
    "LabelIssues",
    "LeaderboardRow",
    "LearningCurve",
    "LearningPoint",
    "Lineage",
    "MemberRecord",
    "Model",
    "NaiveFigure",
    "OpenQuestion",
    "Overruled",
    "PlanItem",
    "PlanValue",
    "Profile",
    "Question",
    "Reading",
    "Reference",
    "Release",
    "Reliability",
    "Rival",
    "Role",
    "Score",
    "Severity",
    "Slice",
    "Split",
    "SplitKind",
    "Task",
    "Trial",
    "Verdict",
]
