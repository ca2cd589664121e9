"""Compiles the bundled library of evidence from a bibliography in YAML: python scripts/compile_library.py BIBLIOGRAPHY.

Keeps the entries that are marked ``verified: true``, word for word, and translates their draft patches into the typed
effects that `fivefold.research.effects` reads. A patch without a translation is an error; a patch that no step follows
yet becomes advice. PyYAML is needed for this script alone: uv run --with pyyaml python scripts/compile_library.py ...
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "src/fivefold/research/evidence/library.json"
AS_OF = "2026-11"

# Structure decides, not the card: which of the two applies is asked of the table.
BY_STRUCTURE = ["split.kind = time if time_ordered == true", "split.kind = group if group_key == true"]

# Draft patch -> what the plan understands. What is not here is advice.
EFFECTS = {
    "model.candidates += gbdt": ["model.candidates += lightgbm, catboost"],
    "model.candidates += linear": ["model.candidates += linear"],
    "model.prior.gbdt += 1": ["model.candidates first lightgbm, catboost"],
    "model.prior.gbdt += 2": ["model.candidates first lightgbm, catboost"],
    "model.prior.linear += 2": ["model.candidates first linear"],
    "model.min_families = 2": ["model.candidates += lightgbm, linear"],
    "model.class_weight = none": ["model.class_weight = none"],
    "tune.first = gbdt_light": ["model.candidates first lightgbm"],
    "tune.strategy = tuned_defaults": ["backs tune.strategy"],
    "tune.strategy = portfolio": ["tune.strategy = portfolio"],
    "ensemble.blend = true": ["ensemble.method = greedy_selection"],
    "ensemble.posthoc = true": ["ensemble.method = greedy_selection"],
    "ensemble.method = greedy_selection": ["ensemble.method = greedy_selection"],
    "ensemble.max_members = 5": ["ensemble.max_members <= 5"],
    "split.inner = cv": ["split.folds >= 3"],
    "split.inner = by_budget": ["backs split.folds"],
    "split.folds >= 3": ["split.folds >= 3"],
    "split.kind = by_structure": BY_STRUCTURE,
    "split.kind = time_and_person": BY_STRUCTURE,
    "split.kind = time": ["split.kind = time"],
    "split.kind = rolling": ["split.kind = time"],
    "split.kind = group": ["split.kind = group"],
    "split.outer = holdout_or_nested": ["backs split.test_share"],
    "split.outer = nested_cv": ["backs split.test_share", "advice: split.outer = nested_cv"],
    "model.candidates = [gbdt, mlp_plain, linear]": [
        "model.candidates += lightgbm, catboost, linear",
        "model.candidates first lightgbm, catboost",
        "advice: model.candidates += mlp_plain",
    ],
    "checks += selection_inside_folds": ["preprocess.fit = inside_folds"],
    "checks += leakage_taxonomy": ["checks += leaks, duplicates, identifiers"],
    "preprocess.missing.gbdt = native": ["preprocess.missing.gbdt = native"],
    "preprocess.missing.other = simple_plus_indicator": ["preprocess.missing.other = simple_plus_indicator"],
    "preprocess.imputation = constant": [
        "preprocess.missing.gbdt = native",
        "backs preprocess.missing.other",
    ],
    "preprocess.fit = inside_folds": ["preprocess.fit = inside_folds"],
    "preprocess.high_cardinality = crossfit_target": ["preprocess.high_cardinality = crossfit_target"],
    "preprocess.text = minhash_or_tfidf_svd": ["advice: preprocess.text = minhash"],
    "preprocess.resampling = none": ["preprocess.resampling = none"],
    "metric.primary = log_loss_or_cost": ["metric.primary = log_loss"],
    "metric.primary = log_loss": ["metric.primary = log_loss"],
    "monitor.first = predictions": ["monitor.first = predictions"],
}

# Patches that no step follows yet; a new one must be put here or above, on purpose.
ADVICE = frozenset(
    (
        "model.mlp.kind = plain", "preprocess.mlp.numeric = quantile", "model.prior.foundation -= 1",
        "model.candidates += foundation", "model.candidates += tabicl", "model.candidates += additive",
        "model.exclude += noncommercial_weights", "budget.features >= 0.3", "checks += suspicious_gap_over_linear",
        "preprocess.feature_budget = tight", "checks += sample_size", "ensemble.stack = true",
        "report.require = latency", "tune.first = data_dependent_default", "tune.pruning = successive_halving",
        "report.compare = probability_of_improvement", "split.repeats >= 3", "report.aggregate = ranks",
        "preprocess.feature_gate = cv_gain", "checks += label_errors", "metric.report += average_precision",
        "metric.ap = stepwise", "metric.threshold = tuned", "calibrate.method = by_rows", "monitor.labels = required", "metric.threshold = from_costs", "report.require = calibration",
        "calibrate.mlp = temperature", "checks += label_proxy", "report.by_group = true",
        "report.checklist = tripod_ai", "deploy.checklist = ml_test_score", "monitor.alarms = [input, outcome]",
        "monitor.review_after = estimated_from_backtest", "data.features += [lead_time, past_no_shows]",
    )
)  # fmt: skip

# Conditions that the finding has and the draft leaves out.
ALSO = {"vanderploeg2014": ["task == binary"]}


def effects_of(entry: dict[str, Any]) -> list[str]:
    """The typed effects of one entry, without repetitions."""
    found: list[str] = []
    for patch in entry["plan"]:
        if patch in EFFECTS:
            found.extend(EFFECTS[patch])
        elif patch in ADVICE or entry["audience"] == "tool":
            found.append(f"advice: {patch}")
        else:
            sys.exit(f"{entry['id']}: the patch '{patch}' has no translation; put it into EFFECTS or ADVICE")
    return list(dict.fromkeys(found))


def card(entry: dict[str, Any]) -> dict[str, Any]:
    """One card of the library."""
    conditions = [one for one in entry["applies_when"] if one != "always"]
    texts = ("id", "title", "authors", "year", "url", "finding", "consequence", "step")
    return {name: entry[name] for name in texts} | {
        "grade": entry["kind"],
        "conditions": conditions + ALSO.get(entry["id"], []),
        "effects": effects_of(entry),
        "audience": entry["audience"],
        "checked": AS_OF,
    }


def main() -> int:
    """Compile the bibliography that the command line names."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    import yaml

    entries = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))
    cards = [card(entry) for entry in entries if entry["verified"] is True]
    text = json.dumps({"as_of": AS_OF, "cards": cards}, ensure_ascii=False, indent=1)
    TARGET.write_text(text + "\n", encoding="utf-8")
    print(f"{len(cards)} of {len(entries)} entries -> {TARGET.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
