"""One deterministic training without one part, in a process of its own. Started by ``ablation.py``.

    python ablated.py JOB.json

What a training with everything leaves in its workshop is used again by those whose folds look the same: a fit of the same candidate
on the same fold is the same fit, and it counts as if it had been done again.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from contest import score
from parts import EVERYTHING, switch_off
from tables import Table

from fivefold.core.clock import Deadline
from fivefold.core.settings import read_settings
from fivefold.core.workbench import Silence, Workbench
from fivefold.measure.reliability import calibration_error
from fivefold.runtime.bundle import load_bundle
from fivefold.training import step
from fivefold.training.insight import Insight
from fivefold.training.rivals import Rivals
from fivefold.workflow import start

if TYPE_CHECKING:
    from fivefold.core.artefacts import Dataset, Model
    from fivefold.core.settings import Settings
    from fivefold.core.store import Stored
    from fivefold.runtime.predictor import Predictor
    from fivefold.training.schedule import Schedule

_PATIENCE = 3 * 3600.0
"""Seconds by the clock after which a training is given up: the load of the machine must not end one."""
_SCHEDULES: list[Schedule] = []


def main() -> None:
    """Train, answer the test rows, and write what came of it beside the answers."""
    job = json.loads(Path(sys.argv[1]).read_text())
    table, part, folder = Table(**job["table"]), job["part"], Path(job["folder"])
    switch_off(part)
    _leave_out_what_follows()
    settings = _settings(table, job["seconds"], folder)
    with start(settings, table.train) as journey:
        journey.stages.deadline = Deadline.after(_PATIENCE)
        brief, dataset = journey.research(), journey.data()
        work = folder / "work"
        bundle = work / "bundle"
        shutil.rmtree(work, ignore_errors=True)
        for name in ("bundle", "scratch", "live"):
            (work / name).mkdir(parents=True)
        begun = folder / "begun" if part == EVERYTHING else work / "begun"
        if job["again"]:
            shutil.copytree(folder / "begun", begun)
        until, own = Deadline.after(_PATIENCE), (settings.budget, settings.seed, Silence(), begun)
        bench = Workbench(bundle, work / "scratch", work / "live", until, *own, settings.nominal)
        with bench.one_thread():
            model = step.train(dataset, brief, bench)
    predictor = load_bundle(bundle / "bundle")
    facts = _facts(model, predictor, dataset) | _judged(table, predictor, Path(job["answers"]))
    shutil.rmtree(work)
    Path(job["report"]).write_text(json.dumps(facts))


def _settings(table: Table, seconds: float, folder: Path) -> Settings:
    """What a person would have said."""
    flags = {
        "question.target": table.target,
        "question.task": table.task,
        "question.metric": table.metric,
        "question.time_column": table.time_column,
        "question.group_column": table.group_column,
        "budget.time": f"{seconds:g}s",
        "seed": str(table.seed),
        "train.deterministic": "true",
        "out": str(folder / "store"),
    }
    return read_settings(flags, environ={})


def _leave_out_what_follows() -> None:
    """Nothing that follows the bundle reaches it; keep the schedule, which knows what was spent."""
    empty: Any = classmethod(lambda cls, *_: cls((), None, (), None, None, ()))
    schedule_for = step.schedule_for

    def kept(*args: Any) -> Schedule:
        _SCHEDULES.append(schedule_for(*args))
        return _SCHEDULES[0]

    names: dict[str, tuple[Any, object]] = {
        "of": (Insight, empty),
        "judge": (Rivals, lambda *_: ()),
        "schedule_for": (step, kept),
    }
    for name, (owner, new) in names.items():
        setattr(owner, name, new)


def _facts(model: Model, predictor: Predictor, dataset: Stored[Dataset]) -> dict[str, object]:
    """What acted, and what it cost: seconds of one nominal core, and seconds of fits by the clock."""
    board, parts = model.leaderboard, predictor.encoder.spec.parts
    acted = {part.part for part in parts} | {row.name for row in board}
    judgement = predictor.blend.judgement
    signs = {
        "seeds": any(member.settings.get("seeds") for member in model.members),
        "last fit": model.measured_rows is not None,
        "recalibration": judgement.recalibration is not None,
        "rolling": dataset.body.split.rolling,
    }
    schedule = _SCHEDULES[0]
    return {
        "acted": sorted(acted | {name for name, seen in signs.items() if seen}),
        "members": {row.name: row.weight for row in board if row.weight and row.name != "blend"},
        "nominal_seconds": schedule.seconds - schedule.deadline.remaining(),
        "fit_seconds": sum(trial.seconds for trial in model.trials),
        "size_bytes": model.size_bytes,
        "ended": model.ended,
        "repeatable": model.repeatable,
        "failure": "",
    }


def _judged(table: Table, predictor: Predictor, place: Path) -> dict[str, object]:
    """Answer the harness's test rows."""
    rows = pl.read_parquet(table.test).drop(table.target)
    truth = table.truth()
    if table.task == "regression":
        answers = np.asarray(predictor.predict(rows), dtype=float)
        figures = {}
    else:
        names = predictor.contract.classes
        order = sorted(range(table.classes), key=lambda k: float(names[k]))
        answers = predictor.predict_proba(rows)[:, order]
        figures = {
            "log_loss": score("log_loss", truth, answers),
            "calibration_error": calibration_error(truth.astype(float), answers),
        }
    np.save(place, answers)
    return {"answers": place.name, "score": score(table.metric, truth, answers), **figures}


if __name__ == "__main__":
    main()
