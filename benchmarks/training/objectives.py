"""What other objectives would bring on tables of numbers: each on Fivefold's own folds and encodings, alone and in the blend.

    python benchmarks/training/objectives.py FOLDER [--seeds 2] [--rows 5000] [--only NAME] [--objectives squared,log]

FOLDER holds an ``index.json`` as for ``compare.py``. Every setting is fitted once per objective, three folds at most. Blends are
chosen on all folds but one and judged on that one, by squared and by absolute error. A line is ``table  seed  model  objective
RMSE  MAE``, printed as soon as it is known. Squared and absolute error, and ``log``, are fitted by Fivefold's own families; Poisson and
Tweedie, which these do not have, by LightGBM and CatBoost themselves with the same settings. Objectives with a logarithm are tried where no
target is negative.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import catboost
import lightgbm as lgb
import numpy as np
import polars as pl
from tables import read_index

from fivefold.core.clock import Deadline
from fivefold.core.objective import Objective
from fivefold.core.protocols import MemberKind, Problem, Sample
from fivefold.core.registry import Registry
from fivefold.core.settings import read_settings
from fivefold.core.tasks import EncodeTask
from fivefold.measure.metrics import value
from fivefold.training.blend import select
from fivefold.training.encoded import EncodedFold
from fivefold.training.families.catboost import CatBoost
from fivefold.training.families.lightgbm import LightGBM
from fivefold.training.families.lightgbm_settings import portfolio
from fivefold.training.families.linear import Linear
from fivefold.training.rows import Terms
from fivefold.training.tasks import Workshop
from fivefold.workflow import start

Floats: TypeAlias = np.ndarray
OBJECTIVES = ("squared", "absolute", "log", "poisson", "tweedie")
"""``log``: squared error of log(1 + target), scaled back so that the mean is right."""
MODELS = ("linear", "lightgbm-extra", "lightgbm", "catboost")
FAMILIES = {"linear": Linear, "lightgbm-extra": LightGBM, "lightgbm": LightGBM, "catboost": CatBoost}
NATIVE = {"poisson": ("poisson", "Poisson"), "tweedie": ("tweedie", "Tweedie:variance_power=1.5")}
"""The name in LightGBM and in CatBoost."""
LIGHTGBM = {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_col_wise": True}
CATBOOST = {
    "learning_rate": 0.08, "depth": 6, "subsample": 0.9, "border_count": 128, "boosting_type": "Plain",
    "bootstrap_type": "Bernoulli", "thread_count": 1, "allow_writing_files": False, "logging_level": "Silent",
}  # fmt: skip
FOLDS, ROUNDS, PATIENCE = 3, 1_000, 150


def prepared(entry: dict[str, object], source: Path, place: Path, seed: int, rows: int) -> Workshop:
    """Research and data as ever, then a workshop over the training part; every fold is encoded."""
    file = source / str(entry["file"])
    frame = (
        pl.read_csv(file, try_parse_dates=True) if file.suffix == ".csv" else pl.read_parquet(file)
    ).drop_nulls(str(entry["target"]))
    if frame.height > rows:
        frame = frame[np.sort(np.random.default_rng(seed).choice(frame.height, rows, replace=False))]
    flags = {
        "question.target": str(entry["target"]),
        "question.task": "regression",
        "question.time_column": str(entry["time_column"]) if entry.get("time_column") else None,
        "budget.time": "10min",
        "seed": str(seed),
        "out": str(place / "runs"),
    }
    with start(read_settings(flags, environ={}), frame) as journey:
        journey.research()
        data = journey.data()
    body = data.body
    terms = Terms(
        snapshot=str(data.folder / "train.parquet"),
        contract=body.contract,
        split=body.split,
        rates=True,
        balanced=False,
        seconds=600.0,
        seed=seed,
        objective=Objective("squared_error"),
    )
    workshop = Workshop.open(place / "workshop", terms)
    for fold in workshop.rows.order[:FOLDS]:
        workshop.perform(EncodeTask(fold))
    return workshop


def fitted(model: str, objective: str, problem: Problem, train: Sample, valid: Sample) -> Floats:
    """Fit as Fivefold does, and answer the rows that were judged."""
    if objective in NATIVE:
        return native(model, objective, problem, train, valid)
    aim = Objective("absolute_error" if objective == "absolute" else "squared_error")
    family, asked = FAMILIES[model](), replace(problem, objective=aim)
    candidate = next(one for one in family.candidates(asked) if one.name == model)
    samples = [train, valid]
    if objective == "log":
        samples = [replace(one, target=np.log1p(one.target)) for one in samples]
    found = family.fit(candidate, asked, samples[0], samples[1], Deadline.after(600.0), 0)
    member = Registry[MemberKind]("fivefold.members").get(found.kind).load(found.payload)
    own, unseen = (member.predict(np.asarray(one.values))[:, 0] for one in (train, valid))
    if objective != "log":
        return unseen
    return np.asarray(np.expm1(unseen) * train.target.mean() / np.expm1(own).mean())


def native(model: str, objective: str, problem: Problem, train: Sample, valid: Sample) -> Floats:
    """Fit by the library itself, and answer the rows that were judged."""
    if model == "catboost":
        settings = {**CATBOOST, "loss_function": NATIVE[objective][1], "iterations": ROUNDS}
        booster = catboost.CatBoost({**settings, "random_seed": problem.seed})
        # CatBoost starts such objectives at 1 by itself, however far the mean is from there.
        level = float(np.log(train.target.mean()))
        pools = [
            catboost.Pool(np.asarray(one.values), one.target, baseline=np.full(one.target.size, level))
            for one in (train, valid)
        ]
        booster.fit(pools[0], eval_set=pools[1], use_best_model=True, early_stopping_rounds=PATIENCE)
        return np.asarray(booster.predict(pools[1], prediction_type="Exponent"))
    settings = next(dict(one.settings) for one in portfolio(problem) if one.name == model)
    settings |= {**LIGHTGBM, "objective": NATIVE[objective][0], "seed": problem.seed}
    codes = [place for place, feature in enumerate(train.features) if feature.kind == "code"]
    data = lgb.Dataset(train.values, train.target, categorical_feature=codes, params=dict(settings))
    judged = lgb.Dataset(valid.values, valid.target, reference=data, params=dict(settings))
    stop = lgb.early_stopping(PATIENCE, verbose=False)
    trees = lgb.train(settings, data, ROUNDS, valid_sets=[judged], callbacks=[stop])
    return np.asarray(trees.predict(valid.values, num_iteration=trees.best_iteration))


def blended(aim: Objective, truth: list[Floats], scores: dict[str, list[Floats]]) -> Floats:
    """Answers of blends, each chosen on the other folds."""
    names, answers = list(scores), []
    for fold in range(len(truth)):
        rest = [other for other in range(len(truth)) if other != fold]
        seen = np.concatenate([truth[other] for other in rest])
        own = {
            n: np.concatenate([scores[name][other] for other in rest])[:, None]
            for n, name in enumerate(names)
        }
        found = select(aim, seen, own, most=5, affordable=lambda _: True)
        answers.append(sum(share * scores[names[n]][fold] for n, share in found.items()))
    return np.concatenate(answers)


def judge(entry: dict[str, object], source: Path, seed: int, rows: int, objectives: tuple[str, ...]) -> None:
    """Fit everything on one table, and print what it came to."""

    def tell(model: str, objective: str, truth: Floats, said: Floats) -> None:
        figures = [value(metric, "regression", truth, said[:, None]) for metric in ("rmse", "mae")]
        print(
            f"{entry['name']}\t{seed}\t{model}\t{objective}\t{figures[0]:.6g}\t{figures[1]:.6g}", flush=True
        )

    with tempfile.TemporaryDirectory() as place:
        workshop = prepared(entry, source, Path(place), seed, rows)
        lowest = float(workshop.rows.target.min())
        allowed = [name for name in objectives if name in {"squared", "absolute"} or lowest >= 0]
        folds = [
            EncodedFold.load(workshop.folder / EncodeTask(fold).place, balanced=False)
            for fold in workshop.rows.order[:FOLDS]
        ]
        pairs = [(fold.train, fold.valid) for fold in folds if fold.valid is not None]
        truth = [valid.target for _, valid in pairs]
        problem = workshop.problem(folds[0].train.features)
        scores: dict[str, list[Floats]] = {}
        for model in MODELS:
            for objective in allowed:
                if model != "linear" or objective not in NATIVE:
                    own = [fitted(model, objective, problem, train, valid) for train, valid in pairs]
                    scores[f"{model} {objective}"] = own
                    tell(model, objective, np.concatenate(truth), np.concatenate(own))
        sets = [{name} for name in allowed] + [{"squared", name} for name in allowed if name != "squared"]
        for aim in (Objective("squared_error"), Objective("absolute_error")):
            for members in sets:
                some = {name: own for name, own in scores.items() if name.split()[1] in members}
                words = " and ".join(name for name in allowed if name in members)
                tell(f"blend by {aim.name}", words, np.concatenate(truth), blended(aim, truth, some))
            if {"squared", "absolute"} <= set(allowed):
                some = {name: own for name, own in scores.items() if name.endswith(" absolute")}
                some["catboost squared"] = scores["catboost squared"]
                words = "absolute, and catboost squared"
                tell(f"blend by {aim.name}", words, np.concatenate(truth), blended(aim, truth, some))


def main() -> None:
    """Judge every table of numbers of the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--objectives", default=",".join(OBJECTIVES))
    asked = parser.parse_args()
    wanted = tuple(asked.objectives.split(","))
    for entry in read_index(asked.folder):
        if entry["task"] == "regression" and asked.only in {"", entry["name"]}:
            for seed in range(asked.seeds):
                judge(entry, asked.folder, seed, asked.rows, wanted)


if __name__ == "__main__":
    main()
