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
from fivefold.core.artefacts.contributions import ColumnContribution, Contributions
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
from fivefold.core.artefacts.elsewhere import Elsewhere, Elsewheres
from fivefold.core.artefacts.evaluation import (
    CostRival,
    Costs,
    Coverage,
    Evaluation,
    Reliability,
    Rival,
    Score,
    Slice,
)
from fivefold.core.artefacts.fairness import Disparity, Fairness, FairnessGroup, GroupFigure
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
from fivefold.core.artefacts.reference import ColumnReference, OutOfFold, Reference
from fivefold.core.artefacts.rehearsal import Rehearsal, Scene
from fivefold.core.artefacts.release import GoldenCheck, Release, Resource

__all__ = [
    "FOLD",
    "ROW",
    "SINCE",
    "Brief",
    "CheckResult",
    "Citation",
    "Column",
    "ColumnCard",
    "ColumnContribution",
    "ColumnDrift",
    "ColumnProfile",
    "ColumnReference",
    "Contract",
    "CostRival",
    "Costs",
    "Contributions",
    "Coverage",
    "Dataset",
    "DecidedBy",
    "Decision",
    "Dependence",
    "DependenceCurve",
    "Disparity",
    "Elsewhere",
    "Elsewheres",
    "Evaluation",
    "Fairness",
    "FairnessGroup",
    "Figure",
    "Finding",
    "GoldenCheck",
    "GroupFigure",
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
    "OutOfFold",
    "Overruled",
    "PlanItem",
    "PlanValue",
    "Profile",
    "Question",
    "Reading",
    "Reference",
    "Rehearsal",
    "Release",
    "Resource",
    "Reliability",
    "Rival",
    "Role",
    "Scene",
    "Score",
    "Severity",
    "Slice",
    "Split",
    "SplitKind",
    "Task",
    "Trial",
    "Verdict",
]
