"""An image without an engine: one file, the same each time, which both kinds of reader understand."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from fivefold.core.errors import InputError
from fivefold.deployment.targets.container.archive import assemble, read_base
from fivefold.deployment.targets.container.recipe import LAYERS, Recipe
from tests.deployment.container.images import members, tiny_base

RECIPE = Recipe("tiny:1", True, {"shop": "open"}, {"FIVEFOLD_SERVE_LOG": "stdout"})


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    for name in LAYERS:
        (folder / name).mkdir(parents=True)
        (folder / name / "what").write_text(name)
    for name in ("requirements.txt", "sbom.cdx.json"):
        (folder / name).write_text("{}")
    return folder


def test_both_tables_of_contents_name_the_same_image(context: Path, tmp_path: Path) -> None:
    digest = assemble(tiny_base(tmp_path / "base.tar"), context, RECIPE, "shop:1", tmp_path / "shop.tar")
    found = members(tmp_path / "shop.tar")
    (docker,) = json.loads(found["manifest.json"])
    (entry,) = json.loads(found["index.json"])["manifests"]
    manifest = json.loads(found[f"blobs/{entry['digest'].replace(':', '/')}"])
    assert entry["digest"] == digest
    assert docker["RepoTags"] == ["shop:1"]
    assert docker["Layers"] == [f"blobs/{layer['digest'].replace(':', '/')}" for layer in manifest["layers"]]
    for name, data in found.items():
        if name.startswith("blobs/sha256/"):
            assert hashlib.sha256(data).hexdigest() == name.rpartition("/")[2]
    config = json.loads(found[docker["Config"]])
    plain = [gzip.decompress(found[name]) for name in docker["Layers"][1:]]
    assert config["rootfs"]["diff_ids"][1:] == [
        f"sha256:{hashlib.sha256(data).hexdigest()}" for data in plain
    ]
    assert {"PATH=/usr/bin", "PYTHONPATH=/app/own:/app/site"} <= set(config["config"]["Env"])
    assert config["config"]["Labels"] == {"base": "tiny", "shop": "open"}
    assert len(config["history"]) == len(config["rootfs"]["diff_ids"])


def test_the_same_again_gives_the_same_bytes_and_can_be_a_base(context: Path, tmp_path: Path) -> None:
    base = tiny_base(tmp_path / "base.tar")
    digests = {assemble(base, context, RECIPE, "shop:1", tmp_path / f"{place}.tar") for place in range(2)}
    assert len(digests) == 1
    assert (tmp_path / "0.tar").read_bytes() == (tmp_path / "1.tar").read_bytes()
    assert len(read_base(tmp_path / "0.tar").layers) == 1 + len(LAYERS) + 1


@pytest.mark.parametrize("data", [b"", b"no archive", b"\0" * 10240])
def test_what_is_no_image_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "base.tar").write_bytes(data)
    with pytest.raises(InputError, match=r"docker save"):
        read_base(tmp_path / "base.tar")
