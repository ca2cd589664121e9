"""The build context: whole, the same each time, readable by everybody, and proved without this machine's packages."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from fivefold.core.errors import SettingsError
from fivefold.deployment.targets.container.context import Draft, write_context
from fivefold.deployment.targets.container.proof import prove_tree
from fivefold.deployment.targets.container.recipe import ROOT
from fivefold.deployment.targets.container.settings import PYTHON, ContainerSettings
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.targets import tiny_bundle, tiny_workbench


def drafted(folder: Path, settings: ContainerSettings | None = None) -> Draft:
    bundle = tiny_bundle(folder / "bundle")
    return Draft.of(bundle, load_bundle(bundle.folder).version, settings or ContainerSettings())


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes()) for path in files}


def test_it_answers_by_itself_and_is_the_same_each_time(tmp_path: Path) -> None:
    draft = drafted(tmp_path)
    for name in ("one", "two"):
        write_context(draft, tmp_path / name)
    once, twice = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert once == twice
    check = prove_tree(tmp_path / "one", load_bundle(draft.bundle.folder), tiny_workbench(tmp_path))
    assert (check.rows, check.max_difference) == (3, 0.0)
    assert contents(tmp_path / "one") == once

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "one").rglob("*")]
    assert all(mode & 0o444 == 0o444 and mode & 0o022 == 0 for mode in modes)
    names = set(once)
    assert {"own/fivefold/service/server.py", ROOT} <= names
    assert not any(
        name.startswith(("own/fivefold/training", "own/fivefold/data", "own/fivefold/cli")) for name in names
    )
    assert "linear = " in once["own/fivefold-0.1.0.dist-info/entry_points.txt"][1].decode()
    pins = {line for line in once["requirements.txt"][1].decode().splitlines() if "==" in line}
    bill = json.loads(once["sbom.cdx.json"][1])
    known = {f"{each['name']}=={each.get('version', '')}" for each in bill["components"]}
    assert pins <= known
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "fivefold-shown")


def test_the_dockerfile_is_one_that_every_builder_reads(tmp_path: Path) -> None:
    lines = drafted(tmp_path).recipe.dockerfile().splitlines()
    assert all(line.startswith('RUN ["python3", ') for line in lines if line.startswith("RUN")), "no shell"
    assert not any("syntax=" in line or "<<" in line for line in lines)
    assert [line for line in lines if line.startswith(("FROM", "USER", "ENTRYPOINT", "CMD"))] == [
        f"FROM {PYTHON} AS base",
        "FROM scratch",
        "USER 65532:65532",
        'ENTRYPOINT ["python3", "-m", "fivefold.service"]',
        'CMD ["/app/bundle"]',
    ]
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert not any("NO_AUTH" in line for line in lines)
    anybody = drafted(tmp_path, ContainerSettings(auth="none")).recipe
    assert anybody.environment["FIVEFOLD_SERVE_NO_AUTH"] == "1"


def test_a_base_that_a_person_names_is_taken_as_it_is(tmp_path: Path) -> None:
    draft = drafted(tmp_path, ContainerSettings(base="shop/python:3"))
    write_context(draft, tmp_path / "context")
    lines = (tmp_path / "context" / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith(("FROM", "COPY --from"))] == ["FROM shop/python:3"]
    assert not (tmp_path / "context" / ROOT).exists()


@pytest.mark.parametrize(
    "place", ["me:s3cret@host/shop", "me@host/shop?password=s3cret", "me:s3cret/9@host/shop"]
)
def test_a_password_never_gets_into_an_image(place: str) -> None:
    with pytest.raises(SettingsError, match="FIVEFOLD_DATABASE_PASSWORD") as refused:
        ContainerSettings(log=f"postgresql://{place}")
    assert "s3cret" not in str(refused.value)
    assert "postgresql://me@host/shop" in ContainerSettings(log="postgresql://me@host/shop").told.values()


def test_a_member_that_another_package_brought_must_be_named(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    manifest = json.loads((bundle.folder / "bundle.json").read_text())
    assert manifest["members"][0]["kind"] == "linear"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fivefold.deployment.targets.container.context.entry_points", lambda group: ())
        with pytest.raises(SettingsError, match=r"kind 'linear'.*another package"):
            Draft.of(bundle, "sha256:0", ContainerSettings())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"auth": "perhaps"}, "'auth'"),
        ({"engine": "steam"}, "'engine'.*docker, podman"),
        ({"name": "Shop"}, "'name'"),
    ],
)
def test_settings_that_cannot_be_meant(words: dict[str, str], expected: str) -> None:
    with pytest.raises(SettingsError, match=expected):
        ContainerSettings(**words)
