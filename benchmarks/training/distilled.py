"""What distillation would bring: one LightGBM that learns the blend's out-of-fold answers, beside the same one that learns the truth.

    python benchmarks/training/distilled.py TABLES RESULTS [--seeds 2] [--most-rows 5000] [--tables NAME]

Needs optuna for nothing, and imports it all the same, since the candidates are fitted by ``further.py``. The student has the settings and
rounds of the best LightGBM candidate, and learns from the training rows on which the blend was judged out of fold; its target is the blend's answer, or
the mean of that and of the truth. All are judged on the harness's test rows. Splits at random and by group, two classes and numbers.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import lightgbm as lgb
import numpy as np
from further import MEMBERS, Floats, Study
from tables import Table, read_index, split

from fivefold.core.tasks import EncodeTask
from fivefold.measure.objectives import loss
from fivefold.training.blend import select
from fivefold.training.rows import ALL

FIXED = {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_col_wise": True}
SHARES = {"truth": 0.0, "half": 0.5, "blend's answers": 1.0}
"""How much of the student's target is the blend's answer."""


def judge(table: Table) -> dict[str, object]:
    """Fit the candidates on all folds, choose the blend, teach the students; return test losses."""
    with tempfile.TemporaryDirectory() as place:
        study = Study(table, Path(place), folds=99)
        usual, rows = study.fit_usual(), study.workshop.rows
        weights = select(
            study.objective,
            study.truth,
            dict(enumerate(study.scores)),
            most=MEMBERS,
            affordable=lambda _: True,
        )
        said = sum(weight * study.scores[number] for number, weight in weights.items())
        blended = sum(weight * study.on_test(number) for number, weight in weights.items())
        judged = np.concatenate([rows.judged(fold) for fold in study.folds])
        trees = [number for number in usual if study.candidates[number].family == "lightgbm"]
        best = min(trees, key=lambda number: study.losses[number])
        values = np.load(study.workshop.folder / EncodeTask(ALL).place / "train.npy")[judged]
        found = {"blend": loss(study.objective, study.tested, np.asarray(blended))}
        found["best single"] = loss(
            study.objective, study.tested, study.on_test(int(np.argmin(study.losses)))
        )
        for name, share in SHARES.items():
            target = share * np.asarray(said)[:, -1] + (1 - share) * study.truth
            answers = taught(study, best, values, target)
            found[name] = loss(study.objective, study.tested, answers)
    return {"table": table.name, "seed": table.seed, "student": study.candidates[best].name, **found}


def taught(study: Study, number: int, values: Floats, target: Floats) -> Floats:
    """Fit the student, and answer the test rows."""
    classes = study.table.task == "binary"
    settings = {**study.candidates[number].settings, **FIXED, "seed": study.table.seed}
    settings["objective"] = "cross_entropy" if classes else "regression"
    codes = [place for place, feature in enumerate(study.problem.features) if feature.kind == "code"]
    data = lgb.Dataset(values, target, categorical_feature=codes, params=dict(settings))
    answers = np.asarray(lgb.train(settings, data, max(1, study.rounds[number])).predict(study.asked))
    return np.stack([1 - answers, answers], axis=1) if classes else answers[:, None]


def tell(results: Path) -> None:
    """Print test losses beside that of the student that learned the truth."""
    reports = [json.loads(file.read_text()) for file in sorted(results.glob("*.json"))]
    kinds = ("half", "blend's answers", "best single", "blend")
    print(f"| table | seed | student | {' | '.join(kinds)} |\n|---|---|---|{'---|' * len(kinds)}")
    changes = [[report[kind] / report["truth"] - 1 for kind in kinds] for report in reports]
    for report, row in zip(reports, changes, strict=True):
        told = " | ".join(f"{one:+.2%}" for one in row)
        print(f"| {report['table']} | {report['seed']} | {report['student']} | {told} |")
    if changes:
        print(f"| **mean** | | | {' | '.join(f'{one:+.2%}' for one in np.mean(changes, axis=0))} |")


def main() -> None:
    """Judge the small tables of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--most-rows", type=int, default=5_000)
    parser.add_argument("--tables", nargs="+", default=[])
    asked = parser.parse_args()
    asked.results.mkdir(parents=True, exist_ok=True)
    for seed in range(asked.seeds):
        for entry in read_index(asked.folder):
            report = asked.results / f"{entry['name']}-{seed}.json"
            fits = int(str(entry["rows"])) <= asked.most_rows and entry["split"] != "time"
            fits = (
                fits and entry["task"] != "multiclass" and (not asked.tables or entry["name"] in asked.tables)
            )
            if fits and not report.exists():
                with tempfile.TemporaryDirectory() as place:
                    found = judge(split(entry, asked.folder, Path(place), seed))
                report.write_text(json.dumps(found))
    tell(asked.results)


if __name__ == "__main__":
    main()
