#!/usr/bin/env python
"""Write the command-line reference and the published schemas from the code; ``--check`` only compares.

python scripts/cli_reference.py [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from fivefold.cli.comparison import Experiments
from fivefold.cli.deployment import Checked, Undeployed
from fivefold.cli.look import Diagnosis
from fivefold.cli.main import app
from fivefold.cli.project import Project
from fivefold.cli.succession import Succession
from fivefold.cli.use import Scored, Stopped
from fivefold.core import records
from fivefold.core.orders import DeploymentPlan
from fivefold.core.store import Manifest
from fivefold.data.conformity import Conformity
from fivefold.deployment.batch import BatchAnswers, BatchPlan
from fivefold.export.forms import Exported
from fivefold.result import KINDS, Summary
from fivefold.training.route_plans import Routes

ROOT = Path(__file__).resolve().parent.parent
EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 misuse, 3 budget refused, 4 unhealthy, 130 interrupted."


def reference() -> str:
    """Return the reference as Markdown."""
    root = get_command(app)
    context = typer.Context(root, info_name="fivefold")
    lines = [
        "# Command-line reference",
        "",
        "Written by `scripts/cli_reference.py`; do not edit.",
        "",
        EXIT_CODES,
        "",
    ]
    lines += ["```", root.get_help(context).strip(), "```", ""]
    lines += [line for name in sorted(root.commands) for line in section(root.commands[name], name, context)]
    return "\n".join(line.rstrip() for line in "\n".join(lines).splitlines()) + "\n"


def section(command: Any, name: str, parent: typer.Context) -> list[str]:
    """Lines of one command, and of those below it."""
    context = typer.Context(command, info_name=name, parent=parent)
    title = context.command_path.removeprefix("fivefold ")
    lines = [f"## {title}", "", "```", command.get_help(context).strip(), "```", ""]
    for below, inner in getattr(command, "commands", {}).items():
        lines += section(inner, below, context)
    return lines


def schemas() -> dict[str, str]:
    """Return the JSON Schemas of everything that ``--json`` prints, by file name."""
    kinds = {kind.__name__.lower(): Manifest[kind] for kind in KINDS.values()}
    described = kinds | {
        "summary": Summary,
        "diagnosis": Diagnosis,
        "conformity": Conformity,
        "experiments": Experiments,
        "plan": DeploymentPlan,
        "rehearsals": Checked,
        "routes": Routes,
        "export": Exported,
        "project": Project,
        "scored": Scored,
        "batch": BatchAnswers,
        "batch-plan": BatchPlan,
        "stopped": Stopped,
        "succession": Succession,
        "undeployed": Undeployed,
    }
    return {
        f"{name}.schema.json": json.dumps(records.schema(kind), indent=2, ensure_ascii=False) + "\n"
        for name, kind in described.items()
    }


def main() -> int:
    """Write or compare; return 1 when something is out of date."""
    wanted = {ROOT / "docs" / "cli.md": reference()}
    wanted |= {ROOT / "docs" / "schemas" / name: text for name, text in schemas().items()}
    stale = [
        path
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date; run: python scripts/cli_reference.py")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
