"""What an image holds: all that the service needs, and nothing of training."""

from __future__ import annotations

import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from fivefold.core.errors import SettingsError, StepError
from fivefold.deployment.targets.container.packages import SERVICE, Package, packages_for, put

TRAINING = {"scipy", "scikit-learn", "polars", "duckdb", "catboost", "narwhals", "rich", "typer"}


def wheel(folder: Path, name: str, *, requires: str = "", license_: str = "MIT") -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    lines = [f"Name: {name}", "Version: 1.0", f"License: {license_}"]
    lines += [f"Requires-Dist: {requires}"] if requires else []
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", "\n".join(lines) + "\n\nText.\n")
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}/tests/test_it.py", "")
        archive.writestr(f"{name}-1.0.data/purelib/{name}_more.py", "")
        archive.writestr(f"{name}-1.0.data/scripts/run", "")
    return path


def test_the_service_needs_little_and_members_their_library_alone() -> None:
    plain = {package.name for package in packages_for(("catboost", "linear", "trees"), (), None)}
    assert set(SERVICE) <= plain
    assert plain.isdisjoint(TRAINING | {"lightgbm", "onnxruntime"})
    native = {package.name for package in packages_for(("lightgbm", "onnx"), (), None)}
    assert native - plain == {"lightgbm", "onnxruntime"}


def test_versions_are_those_that_are_installed() -> None:
    pins = {package.name: package.pin for package in packages_for((), (), None)}
    import numpy as np

    assert pins["numpy"] == f"numpy=={np.__version__}"


def test_off_linux_it_says_what_to_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(StepError, match="cannot run in a container") as caught:
        packages_for(("lightgbm", "linear"), ("psycopg",), None)
    assert caught.value.expected == f"packages for Linux: {', '.join((*SERVICE, 'lightgbm', 'psycopg'))}"


def test_only_the_shared_library_of_lightgbm_is_taken(tmp_path: Path) -> None:
    (found,) = [package for package in packages_for(("lightgbm",), (), None) if package.name == "lightgbm"]
    put(found, tmp_path)
    assert (tmp_path / "lightgbm" / "lib").is_dir()
    assert not (tmp_path / "lightgbm" / "__init__.py").exists()


def test_a_package_that_was_changed_is_refused(tmp_path: Path) -> None:
    about = tmp_path / "here" / "shop-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Name: shop\nVersion: 1.0\n")
    (about / "RECORD").write_text("shop.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n")
    module = tmp_path / "here" / "shop.py"
    module.write_text("")  # the digest above is that of nothing
    package = Package("shop", "1.0", "", PathDistribution(about))
    put(package, tmp_path / "there")
    module.write_text("import os\n")
    with pytest.raises(StepError, match=r"'shop' is not as it was installed.*shop\.py"):
        put(package, tmp_path / "there")


def test_wheels_are_unpacked_without_scripts_and_tests(tmp_path: Path) -> None:
    for name in SERVICE:
        wheel(tmp_path, name.replace("-", "_"))
    wheel(tmp_path, "shop", requires="till>=1")
    wheel(tmp_path, "till", requires='counter ; extra == "large"')
    found = packages_for((), ("shop",), tmp_path)
    assert {package.pin for package in found} >= {"shop==1.0", "till==1.0"}
    for package in found:
        put(package, tmp_path / "site")
    assert (tmp_path / "site" / "shop_more.py").is_file()
    assert not (tmp_path / "site" / "shop" / "tests").exists()
    assert not list((tmp_path / "site").rglob("run"))


def test_what_cannot_be_had_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"'numpy'.*0 wheels"):
        packages_for((), (), tmp_path)
    with pytest.raises(SettingsError, match=r"'no-such-thing'.*not installed"):
        packages_for((), ("no-such-thing",), None)
