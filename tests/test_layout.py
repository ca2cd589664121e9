"""The rules of the layout, as programs: layers, sizes, a light import, and public names that are named."""

from __future__ import annotations

import ast
import importlib
import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

import fivefold

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "fivefold"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
IMPORT_SECONDS = 0.150
# What a plain `import fivefold` must leave alone: the models, the tables, the web and the terminal.
HEAVY = (
    "lightgbm", "catboost", "sklearn", "scipy", "duckdb", "polars", "pandas", "pyarrow", "numpy",
    "pydantic", "starlette", "uvicorn", "typer", "rich",
)  # fmt: skip
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))


def fresh_python(code: str, *flags: str) -> str:
    """Run code in an interpreter of its own, without this one's coverage, and return what it printed."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTHON"))
    }
    command = [sys.executable, *flags, "-c", code]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment, cwd=ROOT
    ).stdout


def run_tool(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=ROOT)


def rooms() -> set[str]:
    """The folders and modules that stand directly in the package."""
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    files = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    return folders | files


def declared_layers() -> set[str]:
    """The rooms that the layers contract names."""
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {room.strip(" ()") for layer in layers for room in layer.split("|")}


def test_imports_respect_the_layers_and_the_owners_of_heavy_libraries() -> None:
    result = run_tool("-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache")
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_file_and_no_function_is_too_long() -> None:
    result = run_tool("scripts/sizes.py")
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_room_has_a_layer_and_every_layer_a_room() -> None:
    assert rooms() == declared_layers()


def test_the_import_is_quick() -> None:
    code = "import time; t = time.perf_counter(); import fivefold; print(time.perf_counter() - t)"
    fresh_python(code)  # the first one may have to compile
    best = min(float(fresh_python(code)) for _ in range(5))
    assert best < IMPORT_SECONDS


def test_the_import_loads_no_heavy_library() -> None:
    code = "import json, sys, fivefold; print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    loaded = set(json.loads(fresh_python(code)))
    assert "fivefold" in loaded
    assert loaded.isdisjoint(HEAVY), f"import fivefold also loads {sorted(loaded & set(HEAVY))}"


def test_the_package_shows_its_public_names_and_no_others() -> None:
    assert dir(fivefold) == sorted(fivefold.__all__)


@pytest.mark.parametrize("name", fivefold.__all__)
def test_each_public_name_can_be_had(name: str) -> None:
    assert getattr(fivefold, name) is not None


def test_an_unknown_name_is_an_attribute_error_that_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'fit'.*run"):
        _ = fivefold.fit


def public_definitions(tree: ast.Module) -> set[str]:
    """The classes and functions of a module whose names do not start with an underscore."""
    definitions = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.name for node in tree.body if isinstance(node, definitions) and not node.name.startswith("_")
    }


def named_public(tree: ast.Module) -> set[str] | None:
    """The names in a module's ``__all__``; None when it has none."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            assert isinstance(node, ast.Assign)
            return set(ast.literal_eval(node.value))
    return None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_names_what_it_makes_public(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    made, named = public_definitions(tree), named_public(tree)
    if made:
        assert named is not None, f"{path.name} defines {sorted(made)} and has no __all__"
        assert made <= named, (
            f"not in __all__: {sorted(made - named)}; rename them with an underscore or name them"
        )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_says_why_it_exists(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body


def declared_parts() -> list[EntryPoint]:
    """Every built-in part, from the groups in pyproject.toml."""
    groups: dict[str, dict[str, str]] = PROJECT["project"]["entry-points"]
    return [
        EntryPoint(name, value, group) for group, parts in groups.items() for name, value in parts.items()
    ]


@pytest.mark.parametrize("part", declared_parts(), ids=lambda part: f"{part.group}:{part.name}")
def test_each_built_in_part_enters_by_its_entry_point(part: EntryPoint) -> None:
    assert part in set(entry_points(group=part.group)), "run make setup: the installed entry points are stale"
    importlib.import_module(part.module)
    assert callable(part.load())


@pytest.mark.parametrize("part", entry_points(group="fivefold.families"), ids=lambda part: part.name)
def test_a_family_is_one_file_of_less_than_150_lines(part: EntryPoint) -> None:
    if part.value.startswith("fivefold."):
        path = PACKAGE.parent / Path(*part.module.split(".")).with_suffix(".py")
        assert len(path.read_text(encoding="utf-8").splitlines()) < 150


def test_the_lock_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index-url" not in lock
