"""The person's own modules: found beside the project file, and told apart when they change."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from fivefold.core.own_code import importable, source_digest
from fivefold.core.settings import read_settings

MODULE = "import json\nfrom own_parts import depth\n\ndef make():\n    return depth\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own_models.py").write_text(MODULE)
    (tmp_path / "own_parts.py").write_text("depth = 3\n")
    (tmp_path / "own_others.py").write_text("nothing = 0\n")
    (tmp_path / "own_package").mkdir()
    (tmp_path / "own_package" / "__init__.py").write_text("")
    (tmp_path / "own_package" / "models.py").write_text("import own_parts\n")
    return tmp_path


@pytest.mark.parametrize("changed", ["own_models.py", "own_parts.py"])
def test_a_change_of_the_module_or_of_what_it_imports_shows(folder: Path, changed: str) -> None:
    before = source_digest("own_models", folder)
    (folder / changed).write_text((folder / changed).read_text() + "# another word\n")
    assert source_digest("own_models", folder) != before


@pytest.mark.parametrize("changed", ["own_package/models.py", "own_parts.py"])
def test_a_package_counts_with_all_that_is_in_it(folder: Path, changed: str) -> None:
    before = source_digest("own_package.models", folder)
    (folder / changed).write_text("depth = 4\n")
    assert source_digest("own_package.models", folder) != before


def test_what_it_does_not_import_does_not_count(folder: Path) -> None:
    before = source_digest("own_models", folder)
    (folder / "own_others.py").write_text("nothing = 1\n")
    assert source_digest("own_models", folder) == before


def test_what_is_installed_has_no_digest(folder: Path) -> None:
    assert source_digest("sklearn.ensemble", folder) == ""


def test_a_module_that_cannot_be_read_has_a_digest_all_the_same(folder: Path) -> None:
    (folder / "own_models.py").write_text("def (:\n")
    assert source_digest("own_models", folder).startswith("sha256:")


def test_modules_can_be_imported_for_a_while(folder: Path) -> None:
    path = list(sys.path)
    with importable(str(folder)):
        assert importlib.import_module("own_models").make() == 3
    assert sys.path == path
    assert "own_models" not in sys.modules
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("own_models")


def test_without_a_folder_nothing_is_done() -> None:
    path = list(sys.path)
    with importable(""):
        assert sys.path == path


def test_settings_hold_the_digest_and_the_folder(folder: Path) -> None:
    (folder / "fivefold.toml").write_text('[train.estimators.own]\nfunction = "own_models:make"\n')
    settings = read_settings({}, config=folder / "fivefold.toml", environ={})
    assert settings.folder == str(folder.resolve())
    assert settings.train.estimators[0].source == source_digest("own_models", folder)
