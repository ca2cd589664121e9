"""Runs made by hand, as real ones look: a number, two classes, several classes, and one with names that bite."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from tests.report import insights, tables

from fivefold.core.artefacts import (
    Brief,
    CheckResult,
    ColumnDrift,
    Coverage,
    Dataset,
    Dependence,
    DependenceCurve,
    Evaluation,
    GoldenCheck,
    Health,
    Importance,
    LeaderboardRow,
    LearningCurve,
    LearningPoint,
    Lineage,
    MemberRecord,
    Model,
    Rehearsal,
    Release,
    Reliability,
    Rival,
    Scene,
    Score,
    Slice,
    Task,
    Trial,
    Verdict,
)
from fivefold.core.budget import Budget
from fivefold.core.ledger import Entry, Ledger
from fivefold.core.store import Header, Stored
from fivefold.report.story import Story

Body = TypeVar("Body")

SECONDS = {"research": 0.41, "data": 2.83, "train": 48.6, "deploy": 2.2, "monitor": 0.38}
HEADLINE: dict[Task, str] = {"regression": "rmse", "binary": "roc_auc", "multiclass": "accuracy"}
FIGURES: dict[Task, dict[str, tuple[float, float, float, float]]] = {
    "regression": {
        "rmse": (43.2187, 39.8741, 47.0312, 168.9042),
        "mae": (24.9471, 23.2610, 26.7834, 135.1187),
        "r2": (0.934523, 0.921874, 0.944219, -0.000412),
    },
    "binary": {
        "accuracy": (0.731284, 0.718842, 0.743901, 0.691205),
        "roc_auc": (0.751234, 0.736512, 0.765401, 0.5),
        "log_loss": (0.541872, 0.527641, 0.556318, 0.618342),
        "f1": (0.823117, 0.813902, 0.832519, 0.817410),
    },
    "multiclass": {
        "accuracy": (0.912743, 0.897512, 0.926884, 0.238901),
        "roc_auc": (0.989321, 0.985874, 0.992318, 0.5),
        "log_loss": (0.271238, 0.231871, 0.314109, 1.742113),
        "f1": (0.894512, 0.874319, 0.912206, 0.064278),
    },
}
"""Value, ends of its interval, and the baseline's."""


def stored(body: Body, step: str) -> Stored[Body]:
    """An artefact as the store hands it out."""
    digest = "sha256:" + f"{step}0123456789abcdef".encode().hex()[:64]
    lineage: tuple[Lineage, ...] = ()
    if isinstance(body, Dataset):
        source = tables.SOURCE[body.contract.task]
        lineage = (Lineage(source, "CSV", "sha256:0", body.rows),)
    header = Header(
        type(body).__name__, 1, "key", digest, {}, {}, "2026-03-02T09:14:07Z", SECONDS[step], lineage
    )
    return Stored(header, body, Path())


def scores(task: Task) -> tuple[tuple[Score, ...], tuple[Score, ...]]:
    """The model's and the baseline's."""
    lower = {"rmse", "mae", "log_loss"}
    ours, base = [], []
    for metric, (value, low, high, dummy) in FIGURES[task].items():
        better = metric not in lower
        ours.append(Score(metric, value, low, high, greater_is_better=better))
        width = (high - low) / 2
        wide = 0.0 if metric == "roc_auc" else width
        base.append(Score(metric, dummy, dummy - wide, dummy + wide, greater_is_better=better))
    return tuple(ours), tuple(base)


def evaluation(task: Task) -> Evaluation:
    """What the sealed part said."""
    generator = np.random.default_rng(7)
    ours, base = scores(task)
    metric = HEADLINE[task]
    value, low, high, dummy = FIGURES[task][metric]
    gain = Score(
        metric,
        abs(value - dummy),
        abs(value - dummy) - (high - low) / 2,
        abs(value - dummy) + (high - low) / 2,
        greater_is_better=True,
    )
    common = Evaluation(1_758, metric, ours, base, better=True, gain=gain, rivals=rivals(task))
    if task == "regression":
        true = generator.gamma(1.7, 130, 400).clip(0, 902)
        said = (true * 0.97 + 6 + generator.standard_t(3, 400) * 26).clip(0, 905)
        pairs = tuple((float(a), float(b)) for a, b in zip(true, said, strict=True))
        bands = tuple((said, max(0.0, said * 0.85 - 20), said * 1.2 + 25) for said in range(0, 900, 20))
        worst = (
            Slice("group", "Fast Foods", 84, 41.2, 33.0, 49.4),
            Slice("water", "missing", 61, 30.1, 24.0, 36.2),
        )
        held = Coverage(0.9, 0.906, 0.892, 0.92, 121.4, 496.0, bands)
        return replace(common, residuals=pairs, coverage=held, slices=worst, error=17.3)
    if task == "binary":
        bins = tuple(
            (float(x), float(np.clip(x + generator.normal(0, 0.025), 0, 1)), int(rows))
            for x, rows in zip(
                np.arange(0.15, 1, 0.1), [31, 88, 190, 402, 711, 1_012, 982, 514, 108], strict=True
            )
        )
        return replace(
            common, rows=4_038, calibration=bins, confusion=((441, 806), (279, 2_512)), **_probable()
        )
    names = tables.CLASSES["multiclass"]
    matrix = generator.integers(0, 14, (len(names), len(names))) + np.diag(
        generator.integers(150, 330, len(names))
    )
    return replace(common, confusion=tuple(tuple(int(cell) for cell in row) for row in matrix))


def rivals(task: Task) -> tuple[Rival, ...]:
    """A linear model far behind, and a single LightGBM that is as good as far as one can tell."""
    metric = HEADLINE[task]
    value, low, high, dummy = FIGURES[task][metric]
    better, wide = metric not in {"rmse", "mae", "log_loss"}, (high - low) / 2

    def rival(name: str, family: str, share: float) -> Rival:
        lost = abs(value - dummy) * share
        own = value + share * (dummy - value)
        score = Score(metric, own, own - wide, own + wide, greater_is_better=better)
        gain = Score(metric, lost, lost - wide / 4, lost + wide / 4, greater_is_better=True)
        return Rival(name, family, score, gain)

    return rival("linear", "linear", 0.18), rival("lightgbm-extra", "lightgbm", 0.0004)


def _probable() -> dict[str, Any]:
    """What is said of two classes' probabilities."""
    steps = np.linspace(0, 1, 30)
    curve = tuple((float(1 - x), float(x**0.45), float(x), float(0.95 - 0.25 * x)) for x in steps)
    return {
        "coverage": Coverage(0.9, 0.911, 0.9, 0.92, 1.42, 2.0),
        "reliability": Reliability(0.0121, 0.1391, 0.0004, 0.0707, 0.2094, "beta"),
        "threshold": 0.43,
        "curve": curve,
        "slices": (Slice("age", "0 to 18", 640, 0.31, 0.27, 0.35),),
        "error": 0.19,
        "fairness": (insights.fairness(),),
    }


CANDIDATES = (
    ("blend", "blend", 0.0, 1.0),
    ("catboost-default", "catboost", 0.012, 0.52),
    ("lightgbm-extra", "lightgbm", 0.019, 0.31),
    ("lightgbm-deep", "lightgbm", 0.024, 0.0),
    ("catboost-light", "catboost", 0.027, 0.17),
    ("lightgbm-default", "lightgbm", 0.031, 0.0),
    ("linear", "linear", 0.18, 0.0),
    ("dummy", "dummy", 1.0, 0.0),
)


def leaderboard(task: Task) -> tuple[LeaderboardRow, ...]:
    """Candidates between the blend and the baseline."""
    best, _, _, worst = FIGURES[task][HEADLINE[task]]
    loss_best, loss_worst = (43.6, 169.0) if task == "regression" else (0.543, 0.619)
    return tuple(
        LeaderboardRow(
            name,
            family,
            loss_best + share * (loss_worst - loss_best),
            best + share * (worst - best),
            fit_seconds=0.0 if family == "blend" else 11.3 * (1 + place) / 3,
            predict_ms=0.081 if family == "blend" else 0.027,
            size_bytes=2_840_000 if family == "blend" else 960_000,
            weight=0.0 if family == "blend" else weight,
        )
        for place, (name, family, share, weight) in enumerate(CANDIDATES)
    )


def trials() -> tuple[Trial, ...]:
    """Five folds of each candidate, one of them cut short, one failed."""
    rows = [
        Trial(
            name,
            family,
            fold,
            1.7 + fold / 7,
            312 + 11 * fold,
            0.54 + place / 100,
            "done",
            settings={"learning_rate": 0.01 * (place + 1)},
            memory_bytes=291_000_000,
        )
        for place, (name, family, _, _) in enumerate(CANDIDATES[1:])
        for fold in range(1, 6)
    ]
    rows[12] = replace(rows[12], state="stopped", reason="deadline of the fold")
    rows[18] = replace(rows[18], state="failed", score=None, reason="no split improves the loss")
    return (*rows, Trial("catboost-default", "catboost", -1, 4.1, 402, None, "done"))


def model(task: Task) -> Model:
    """A blend of three."""
    settings: dict[str, float | int | str | bool | None] = {
        "learning_rate": 0.05,
        "num_leaves": 31,
        "extra_trees": True,
    }
    members = tuple(
        MemberRecord(name, family, family, weight, 402, settings)
        for name, family, _, weight in CANDIDATES[1:]
        if weight
    )
    names = [column for column, _, _ in tables.COLUMNS[task]]
    scale = 31.0 if task == "regression" else 0.052
    importances = tuple(
        Importance(column, scale * 0.68**place - scale * 0.004, scale * 0.03 * 0.8**place)
        for place, column in enumerate(names)
    )
    return Model(
        task, tables.TARGET[task], tables.CLASSES[task], HEADLINE[task], members, leaderboard(task), evaluation(task),
        importances, trials(), 7_031, 2_840_000, 0.081, "all candidates fitted", dependence=dependence(task), learning=learning(task),
        contributions=insights.contributions(task),
    )  # fmt: skip


def learning(task: Task) -> LearningCurve:
    """More rows helped, less each time."""
    metric = HEADLINE[task]
    value, low, high, dummy = FIGURES[task][metric]
    better = metric not in {"rmse", "mae", "log_loss"}

    def point(rows: int, part: float) -> LearningPoint:
        first, second, third = (end + part * (dummy - value) for end in (value, low, high))
        return LearningPoint(rows, Score(metric, first, second, third, greater_is_better=better))

    points = (point(1_406, 0.25), point(2_812, 0.1), point(5_624, 0.0))
    reach = 0.1 * abs(dummy - value)
    gain = Score(metric, reach, 0.5 * reach, 1.5 * reach, greater_is_better=True)
    return LearningCurve("linear", 1_407, points, gain, "helps")


def dependence(task: Task) -> Dependence:
    """Eight columns along which the mean answer moves, less and less."""
    outputs = {"regression": (), "binary": ("yes",), "multiclass": tables.CLASSES["multiclass"][:3]}[task]
    middle, reach = (205.31, 160.0) if task == "regression" else (0.3127, 0.25)
    number = [column for column, role, _ in tables.COLUMNS[task] if role == "number"][:6]
    category = [column for column, role, _ in tables.COLUMNS[task] if role == "category"][:2]
    turns = range(max(1, len(outputs)))
    curves = []
    for at, column in enumerate([*number, *category]):
        count = 20 if column in number else 5
        rise = np.tanh(np.linspace(-2, 2, count)) * reach * 0.7**at
        curves.append(
            DependenceCurve(
                column=column,
                role="number" if column in number else "category",
                places=tuple((np.linspace(0, 9, count) ** 2).tolist()) if column in number else (),
                levels=() if column in number else ("Beef Products", "Vegetables", "Sweets", "1", "a & b"),
                shares=(0.9 / count,) * count,
                means=tuple(tuple((middle + rise * (1 - turn)).tolist()) for turn in turns),
                missing=(middle + 0.01,) * len(turns) if at % 2 else (),
                missing_share=0.1 if at % 2 else 0.0,
            )
        )
    left_out = (("description", "free text"), ("opened", "no time was left"))
    return Dependence(300, outputs, (middle,) * len(turns), tuple(curves), left_out)


def release(task: Task) -> Release:
    """A service that answers."""
    answers = {
        "regression": '{"value": 352.8}',
        "binary": '{"label": "yes", "score": 0.8127, "probabilities": {"no": 0.1873, "yes": 0.8127}}',
        "multiclass": '{"label": "grey soil", "score": 0.94, "probabilities": {"grey soil": 0.94, "cotton crop": 0.06}}',
    }
    golden = GoldenCheck(24, 0.0, 0.412, 0.731, tables.EXAMPLE[task], answers[task])
    scenes = (
        Scene("start", "passed", "health 503 then 200 after 0.62 s", "503, then 200 within 60 s"),
        Scene("known answers", "passed", "24 rows, at most 0 off", "the known answers, at most 1e-06 off"),
        Scene("largest batch", "skipped", "9,120 rows, and there was time for about 4,000", "9,120 answers"),
    )
    rehearsal = Rehearsal("native", 1.84, scenes)
    return Release(
        "local", "http://127.0.0.1:41873", 4711, 1.0, "sha256:9c1f0e7a54bb20e1", golden, rehearsal=rehearsal
    )


def drift(task: Task, *, moved: bool) -> tuple[ColumnDrift, ...]:
    """How far each column went."""
    names = ["(score)", *(column for column, _, _ in tables.COLUMNS[task])]
    lines = [
        ColumnDrift(column, 240, 0.071 * 0.93**place, 0.098, 0.31 + place / 100, 0.83, drifted=False)
        for place, column in enumerate(names)
    ]
    if moved:
        lines[0] = ColumnDrift(names[2], 240, 0.2718, 0.098, 0.001, 0.012, drifted=True)
        lines[1] = ColumnDrift("(score)", 240, 0.1547, 0.102, 0.001, 0.012, drifted=True)
    return tuple(lines)


def health(task: Task, *, moved: bool) -> Health:
    """A look at the release."""
    ours, _ = scores(task)
    name = tables.COLUMNS[task][1][0]
    drifted = CheckResult(
        "drift",
        "watch" if moved else "healthy",
        f"Drift: of 19 columns and the score, 2 moved further from training than chance explains: '{name}' by 0.2718."
        if moved
        else "Drift: none of 19 columns, nor the score, has moved further from training than chance explains.",
        {"rows": 240, "compared": 20, "drifted": 2 if moved else 0},
        drift(task, moved=moved),
        advice="Find out what changed where these values come from." if moved else "",
    )
    checks = (
        CheckResult("contract", "healthy", "Contract: 240 rows, nothing that training did not see.", {"rows": 240}),
        drifted,
        CheckResult("performance", "healthy", "Performance: no worse than when tested as far as 120 outcomes can tell.", {"labelled": 120}, scores=ours),
        CheckResult("service", "unknown", "Service: too little data, 12 requests of the 50 needed.", {"requests": 12}),
    )  # fmt: skip
    worst: Verdict = "watch" if moved else "healthy"
    reasons = tuple(check.reason for check in checks if check.verdict == worst)
    return Health(worst, reasons, checks, 240, 120, "2026-03-02T09:15:02Z", "2026-03-02T11:40:31Z")


def ledger() -> Ledger:
    """What it took."""
    budget = Budget(time=60.0, memory=6_400_000_000, cores=2, latency=0.005)
    planned = budget.plan()
    entries = tuple(
        Entry(step, planned[step], taken, memory_bytes=410_000_000 + 9_000_000 * place, disk_bytes=3_100_000)
        for place, (step, taken) in enumerate(SECONDS.items())
    )
    return Ledger(budget, entries)


def story(task: Task, *, moved: bool = False) -> Story:
    """A whole run."""
    parts: tuple[Brief, Dataset] = (tables.brief(task), tables.dataset(task))
    return Story(
        run_id="3f9a2c1e",
        brief=stored(parts[0], "research"),
        dataset=stored(parts[1], "data"),
        model=stored(model(task), "train"),
        release=stored(release(task), "deploy"),
        health=stored(health(task, moved=moved), "monitor"),
        ledger=ledger(),
    )
