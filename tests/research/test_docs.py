"""The page about this step names what the code knows, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from fivefold.research.facts import FACTS
from fivefold.research.plan import KEYS

PAGE = Path(__file__).parents[2].joinpath("docs", "steps", "research.md").read_text(encoding="utf-8")


def first_column(heading: str) -> list[str]:
    """The names in the first column of the table below a heading."""
    section = re.split(r"^## ", PAGE.split(f"## {heading}\n", 1)[1], flags=re.MULTILINE)[0]
    return re.findall(r"^\| `([\w.]+)` \|", section, flags=re.MULTILINE)


def test_every_key_of_the_plan_is_explained_with_its_values() -> None:
    assert first_column("The plan") == list(KEYS)
    for key, spec in KEYS.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{key}` |"))
        if spec.kind == "word" or key in {"model.candidates", "checks"}:
            assert [word for word in spec.legal if f"`{word}`" not in row] == []


def test_every_question_is_explained() -> None:
    assert sorted(first_column("Answers")) == sorted(name for name, spec in FACTS.items() if spec.question)
