"""A person with an account and no money yet: the plan says what a month costs, and the deployment is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.commands import Call


def planned_and_refused(fivefold: Call, finished: Path, folder: Path, settings: str, monthly: str) -> str:
    """Copy a run into a folder with these settings, plan its deployment and try it; return the run's name."""
    run = folder / "fivefold-runs" / finished.name
    shutil.copytree(finished, run)
    (folder / "fivefold.toml").write_text(settings)
    planned = fivefold("deploy", run.name, "--plan")
    assert planned.code == 0, planned.err
    assert f"{monthly} a month in all" in planned.out
    refused = fivefold("deploy", run.name)
    assert refused.code == 3
    assert monthly in refused.err
    return run.name
