"""What a search beyond the portfolio would bring: further settings of the best boosted family, at random or by TPE, at the same number of fits.

    python benchmarks/training/further.py TABLES RESULTS [--seeds 2] [--most-rows 5000] [--tables NAME] [--fits 20]

Needs optuna, which Fivefold does not. The candidates of the usual families are fitted on three folds, as ever; then ``--fits`` further settings of
LightGBM or CatBoost, whichever's best candidate has the lower out-of-fold loss, are drawn at random, and as many are chosen by TPE, which
begins with the first eight of those drawn. What is chosen on the folds (the best one, or a blend of five) is fitted again on all training rows and judged
on the harness's test rows. A line per table is ``RESULTS/TABLE-SEED.json``; what stands there is not done again.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import optuna
import polars as pl
from tables import Table, read_index, split

from fivefold.core.protocols import Candidate, Family, MemberKind
from fivefold.core.registry import Registry
from fivefold.core.settings import read_settings
from fivefold.core.tasks import EncodeTask, FitTask
from fivefold.measure.metrics import value
from fivefold.measure.objectives import loss, objective_of
from fivefold.runtime.frames import clean_frame
from fivefold.training.blend import select
from fivefold.training.encoded import load_encoder, load_features
from fivefold.training.rows import ALL, Terms
from fivefold.training.tasks import Workshop
from fivefold.workflow import start

Floats: TypeAlias = np.ndarray
Settings: TypeAlias = dict[str, float | int | str | bool | None]
FAMILIES, BOOSTED = ("linear", "lightgbm", "catboost", "mlp"), ("lightgbm", "catboost")
FOLDS, SHARED, MEMBERS, SECONDS = 3, 8, 5, 100.0


def lightgbm_settings(trial: optuna.Trial) -> Settings:
    """Draw settings of LightGBM."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.15, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 128, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 2, 60, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.3, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "bagging_freq": 1,
        "lambda_l2": trial.suggest_float("lambda_l2", 1e-3, 30.0, log=True),
        "cat_smooth": trial.suggest_float("cat_smooth", 1.0, 100.0, log=True),
        "extra_trees": trial.suggest_categorical("extra_trees", [False, True]),
    }


def catboost_settings(trial: optuna.Trial) -> Settings:
    """Draw settings of CatBoost."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
        "depth": trial.suggest_int("depth", 3, 8),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 0.5, 30.0, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "rsm": trial.suggest_float("rsm", 0.3, 1.0),
        "random_strength": trial.suggest_float("random_strength", 0.1, 10.0, log=True),
        "border_count": 128,
    }


DRAWN: dict[str, Callable[[optuna.Trial], Settings]] = {
    "lightgbm": lightgbm_settings,
    "catboost": catboost_settings,
}


class Study:
    """Candidates fitted on a table's folds, and what the chosen ones say on its test rows."""

    def __init__(self, table: Table, place: Path, folds: int = FOLDS) -> None:
        flags = {
            "question.target": table.target, "question.task": table.task, "question.metric": table.metric,
            "question.time_column": table.time_column, "question.group_column": table.group_column,
            "budget.time": "1h", "seed": str(table.seed), "out": str(place / "store"),
        }  # fmt: skip
        with start(read_settings(flags, environ={}), table.train) as journey:
            journey.research()
            data = journey.data()
        body, self.objective = data.body, objective_of(table.task, table.metric)
        snapshot = str(data.folder / "train.parquet")
        terms = Terms(snapshot, body.contract, body.split, True, False, SECONDS, table.seed, self.objective)
        self.table, self.workshop = table, Workshop.open(place / "workshop", terms)
        rows = self.workshop.rows
        self.folds = rows.order[:folds]
        for fold in (*self.folds, ALL):
            self.workshop.perform(EncodeTask(fold))
        self.truth = np.concatenate([rows.target[rows.judged(fold)] for fold in self.folds])
        self.problem = self.workshop.problem(load_features(self.workshop.folder / EncodeTask(ALL).place))
        whole = load_encoder(self.workshop.folder / EncodeTask(ALL).place, body.contract)
        self.asked = whole.encode_frame(clean_frame(pl.read_parquet(table.test), body.contract, strict=False))
        names = [float(name) for name in body.contract.classes]
        tested = table.truth().astype(float)
        self.tested = np.array([names.index(one) for one in tested], dtype=float) if names else tested
        self.candidates: list[Candidate] = []
        self.scores: list[Floats] = []
        self.losses: list[float] = []
        self.rounds: list[int] = []
        self.again: dict[int, Floats] = {}

    def fit_usual(self) -> list[int]:
        """Fit all candidates of the usual families; return their numbers."""
        for name in FAMILIES:
            for candidate in Registry[type[Family]]("fivefold.families").get(name)().candidates(self.problem):
                self.fit(candidate)
        return list(range(len(self.candidates)))

    def fit(self, candidate: Candidate) -> float:
        """Fit a candidate on the folds; return its out-of-fold loss."""
        number = len(self.candidates)
        tasks = [
            FitTask(candidate, number, fold, seconds=1e9, latest=time.monotonic() + 1e9)
            for fold in self.folds
        ]
        answers = [self.workshop.perform(task) for task in tasks]
        scores = np.concatenate([np.load(self.workshop.folder / task.place / "scores.npy") for task in tasks])
        self.candidates.append(candidate)
        self.scores.append(scores)
        self.rounds.append(round(float(np.mean([one.rounds for one in answers])) * self.workshop.rows.growth))
        self.losses.append(loss(self.objective, self.truth, scores))
        return self.losses[-1]

    def on_test(self, number: int) -> Floats:
        """Fit a candidate on all training rows, and answer the test rows."""
        if number not in self.again:
            task = FitTask(
                self.candidates[number], number, ALL, max(1, self.rounds[number]), 1e9, time.monotonic() + 1e9
            )
            kind = self.workshop.perform(task).kind
            payload = (self.workshop.folder / task.place / "payload").read_bytes()
            self.again[number] = (
                Registry[MemberKind]("fivefold.members").get(kind).load(payload).predict(self.asked)
            )
        return self.again[number]

    def judged(self, numbers: Sequence[int]) -> dict[str, float]:
        """Out-of-fold and test loss of the best one and of the blend among these."""
        best = min(numbers, key=lambda number: self.losses[number])
        own = {number: self.scores[number] for number in numbers}
        weights = select(self.objective, self.truth, own, most=MEMBERS, affordable=lambda _: True)
        blends = [
            sum(weight * each(number) for number, weight in weights.items())
            for each in (self.scores.__getitem__, self.on_test)
        ]
        answers = {"best": self.on_test(best), "blend": blends[1]}
        found = {"best.folds": self.losses[best], "blend.folds": loss(self.objective, self.truth, blends[0])}
        for name, said in answers.items():
            found[f"{name}.test"] = loss(self.objective, self.tested, said)
            metric = value(self.table.metric, self.table.task, self.tested, said)
            found[f"{name}.metric"] = 1 - metric if self.table.metric == "roc_auc" else metric
        return found


def searched(study: Study, family: str, fits: int, seed: int) -> dict[str, list[int]]:
    """Fit further settings, drawn at random and chosen by TPE; both begin with the same few."""

    def objective(trial: optuna.Trial) -> float:
        number = len(study.candidates)
        return study.fit(Candidate(f"{family}-{number}", family, DRAWN[family](trial), 9.0))

    first = len(study.candidates)
    drawn = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    drawn.optimize(objective, n_trials=SHARED)
    middle = len(study.candidates)
    tree = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=SHARED))
    tree.add_trials(drawn.trials)
    drawn.optimize(objective, n_trials=fits - SHARED)
    last = len(study.candidates)
    tree.optimize(objective, n_trials=fits - SHARED)
    shared = list(range(first, middle))
    return {"random": [*shared, *range(middle, last)], "tpe": [*shared, *range(last, len(study.candidates))]}


def judge(table: Table, fits: int) -> dict[str, object]:
    """Fit everything on one table, and say what it came to."""
    with tempfile.TemporaryDirectory() as place:
        study = Study(table, Path(place))
        for name in FAMILIES:
            for candidate in (
                Registry[type[Family]]("fivefold.families").get(name)().candidates(study.problem)
            ):
                study.fit(candidate)
        usual = list(range(len(study.candidates)))
        boosted = [number for number in usual if study.candidates[number].family in BOOSTED]
        family = study.candidates[min(boosted, key=lambda number: study.losses[number])].family
        found = searched(study, family, fits, table.seed)
        ways = {"portfolio": usual} | {way: usual + numbers for way, numbers in found.items()}
        return {
            "table": table.name, "seed": table.seed, "family": family, "fits": fits,
            **{way: study.judged(numbers) for way, numbers in ways.items()},
        }  # fmt: skip


def tell(results: Path) -> None:
    """Print how much larger or smaller each loss is than with the portfolio alone."""
    reports = [json.loads(file.read_text()) for file in sorted(results.glob("*.json"))]
    kinds = ("best.folds", "best.test", "best.metric", "blend.folds", "blend.test", "blend.metric")
    print(
        f"| table | seed | family | settings | {' | '.join(kinds)} |\n|---|---|---|---|{'---|' * len(kinds)}"
    )
    changes: dict[str, list[list[float]]] = {"random": [], "tpe": []}
    for report in reports:
        for way, all_of_them in changes.items():
            row = [report[way][kind] / report["portfolio"][kind] - 1 for kind in kinds]
            all_of_them.append(row)
            told = " | ".join(f"{one:+.2%}" for one in row)
            print(f"| {report['table']} | {report['seed']} | {report['family']} | {way} | {told} |")
    for way, rows in changes.items():
        print(
            f"| **mean of {len(rows)}** | | | {way} | {' | '.join(f'{one:+.2%}' for one in np.mean(rows, axis=0))} |"
        )


def main() -> None:
    """Judge the small tables of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--most-rows", type=int, default=5_000)
    parser.add_argument("--tables", nargs="+", default=[])
    parser.add_argument("--fits", type=int, default=20)
    asked = parser.parse_args()
    asked.results.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    for seed in range(asked.seeds):
        for entry in read_index(asked.folder):
            report = asked.results / f"{entry['name']}-{seed}.json"
            few = int(str(entry["rows"])) <= asked.most_rows
            if few and (not asked.tables or entry["name"] in asked.tables) and not report.exists():
                with tempfile.TemporaryDirectory() as place:
                    found = judge(split(entry, asked.folder, Path(place), seed), asked.fits)
                report.write_text(json.dumps(found))
    tell(asked.results)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
