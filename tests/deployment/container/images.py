"""Bases for tests: the smallest file that is an image."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path


def tiny_base(path: Path) -> Path:
    """An image with one file and one variable, as ``docker save`` writes it."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as files:
        files.addfile(tarfile.TarInfo("etc/hostname"), io.BytesIO(b""))
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Env": ["PATH=/usr/bin", "PYTHONPATH=/elsewhere"], "Labels": {"base": "tiny"}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"]},
        "history": [{"created_by": "tiny"}],
    }
    manifest = [{"Config": "config.json", "RepoTags": ["tiny:1"], "Layers": ["1/layer.tar"]}]
    contents = {
        "config.json": json.dumps(config).encode(),
        "manifest.json": json.dumps(manifest).encode(),
        "1/layer.tar": layer.getvalue(),
    }
    with tarfile.open(path, "w") as archive:
        for name, data in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def members(path: Path) -> dict[str, bytes]:
    """Every file of an archive."""
    with tarfile.open(path) as archive:
        found = {entry.name: archive.extractfile(entry) for entry in archive if entry.isfile()}
        return {name: stream.read() for name, stream in found.items() if stream is not None}
