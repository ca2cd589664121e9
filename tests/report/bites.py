"""A run whose names try to break the page: markup, quotes, turned writing, and very long ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.report.stories import story

from fivefold.core.artefacts import Task
from fivefold.report.page import Story

BITES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title><script>alert(1)</script>",
    "a\u202eb\x00c",
    "x" * 400,
    "' onmouseover='alert(1)",
)


def biting(task: Task) -> Story:
    """Every text of every artefact is one that bites; figures and the words of fixed lists stay."""
    run = story(task)
    fixed = {task, "roc_auc", "rmse", "accuracy", "mae", "r2", "log_loss", "f1"}
    return Story(
        run_id="3f9a2c1e",
        brief=_bitten(run.brief, fixed),
        dataset=_bitten(run.dataset, fixed),
        model=_bitten(run.model, fixed),
        release=_bitten(run.release, fixed),
        health=_bitten(run.health, fixed),
        ledger=run.ledger,
    )


FIXED = {
    "kind", "role", "severity", "state", "verdict", "decided_by", "task", "metric", "key", "check", "fold", "created",
    "digest", "family", "url",
}  # fmt: skip
"""Fields whose words come from lists of our own."""


def _bitten(record: Any, fixed: set[str], field: str = "") -> Any:
    """Replace the texts of a record, deep down; one of them at a time, in turn."""
    if isinstance(record, str):
        if field == "url":
            return "javascript:alert(1)"
        return record if field in FIXED or record in fixed or not record else BITES[len(record) % len(BITES)]
    if isinstance(record, tuple):
        return tuple(_bitten(one, fixed, field) for one in record)
    if isinstance(record, dict):
        return {
            BITES[at % len(BITES)] + str(at): _bitten(value, fixed)
            for at, value in enumerate(record.values())
        }
    if hasattr(record, "__dataclass_fields__"):
        changed = {
            name: _bitten(getattr(record, name), fixed, name)
            for name in record.__dataclass_fields__
            if name not in {"folder", "header"}
        }
        return replace(record, **changed)
    return record
