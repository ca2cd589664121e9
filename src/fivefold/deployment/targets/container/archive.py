"""An image without an engine: the layers of a base, ours on top, and a configuration, in one file.

The file is both an OCI layout and what ``docker load`` reads. The same base and the same context give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import InputError
from fivefold.deployment.targets.container.recipe import HOME, LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fivefold.deployment.targets.container.recipe import Recipe

__all__ = ["Base", "assemble", "read_base"]

_CONFIG = "application/vnd.oci.image.config.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_KINDS = {b"\x1f\x8b": f"{_LAYER}+gzip", b"\x28\xb5": f"{_LAYER}+zstd"}
_LEVEL = 6
_META = ("requirements.txt", "sbom.cdx.json")


@dataclass(frozen=True, slots=True)
class Base:
    """What is read of an image's file.

    Attributes
    ----------
    config : dict
    layers : tuple of bytes
        As they lie in the file.
    """

    config: dict[str, Any]
    layers: tuple[bytes, ...]


def assemble(base: Path, context: Path, recipe: Recipe, reference: str, out: Path) -> str:
    """Put an image together, and return its digest.

    Parameters
    ----------
    base : Path
        File of an image, as ``docker save`` or ``skopeo copy ... oci-archive:`` writes it.
    context : Path
    recipe : Recipe
    reference : str
        Name and tag.
    out : Path
        The file; it appears when it is whole.

    Raises
    ------
    InputError
        When the base is no image.
    """
    below = read_base(base)
    layers, digests, history = list(below.layers), list(below.config["rootfs"]["diff_ids"]), []
    for name, members in _ours(context):
        plain = _tar(context, members)
        digests.append(_digest(plain))
        layers.append(gzip.compress(plain, _LEVEL, mtime=0))
        history.append({"created_by": f"fivefold: {name}"})
    config = below.config | {
        "config": recipe.configuration(below.config.get("config") or {}),
        "rootfs": {"type": "layers", "diff_ids": digests},
        "history": [*(below.config.get("history") or []), *history],
    }
    for word in ("container", "container_config", "id", "parent", "docker_version"):
        config.pop(word, None)
    return _write(out, _json(config), layers, reference)


def read_base(path: Path) -> Base:
    """Read the file of an image.

    Raises
    ------
    InputError
        When it is none.
    """
    try:
        with tarfile.open(path) as archive:
            names = archive.getnames()
            if "manifest.json" in names:
                entry = json.loads(_member(archive, "manifest.json"))[0]
                config, layers = entry["Config"], entry["Layers"]
            else:
                index = json.loads(_member(archive, "index.json"))
                manifest = json.loads(_member(archive, _place(index["manifests"][0]["digest"])))
                config = _place(manifest["config"]["digest"])
                layers = [_place(layer["digest"]) for layer in manifest["layers"]]
            document = json.loads(_member(archive, config))
            found = Base(document, tuple(_member(archive, name) for name in layers))
    except (OSError, tarfile.TarError, KeyError, IndexError, ValueError) as error:
        raise InputError(
            "The base is no image that can be read",
            seen=f"'{path.name}': {type(error).__name__}",
            expected="a file as 'docker save' or 'skopeo copy docker://IMAGE oci-archive:FILE' writes it",
            todo="name such a file with --set base=FILE.tar",
        ) from error
    return found


def _ours(context: Path) -> Iterator[tuple[str, Sequence[Path]]]:
    """Our layers: their names, and what is in each."""
    for name in LAYERS:
        yield name, sorted((context / name).rglob("*"))
    yield "about", [context / name for name in _META]


def _tar(context: Path, members: Sequence[Path]) -> bytes:
    """Write a layer: names in order, no owner, no time."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as layer:
        home = tarfile.TarInfo(HOME.strip("/"))
        home.type, home.mode = tarfile.DIRTYPE, 0o755
        layer.addfile(home)
        for path in members:
            entry = tarfile.TarInfo(f"{home.name}/{path.relative_to(context).as_posix()}")
            entry.mode = path.stat().st_mode & 0o777
            if path.is_dir():
                entry.type = tarfile.DIRTYPE
                layer.addfile(entry)
            else:
                data = path.read_bytes()
                entry.size = len(data)
                layer.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def _write(out: Path, config: bytes, layers: Sequence[bytes], reference: str) -> str:
    """Write the file with its blobs and both tables of contents."""
    blobs = {_place(_digest(data)): data for data in (config, *layers)}
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _descriptor(_CONFIG, config),
            "layers": [_descriptor(_KINDS.get(layer[:2], _LAYER), layer) for layer in layers],
        }
    )
    blobs[_place(_digest(manifest))] = manifest
    named = {"annotations": {"org.opencontainers.image.ref.name": reference}}
    index = {
        "schemaVersion": 2,
        "mediaType": _INDEX,
        "manifests": [_descriptor(_MANIFEST, manifest) | named],
    }
    docker = [
        {
            "Config": _place(_digest(config)),
            "RepoTags": [reference],
            "Layers": [_place(_digest(layer)) for layer in layers],
        }
    ]
    files = blobs | {
        "oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
        "index.json": _json(index),
        "manifest.json": _json(docker),
    }
    draft = out.with_name(f".{out.name}")
    with tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    draft.replace(out)
    return _digest(manifest)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    """Read one file of an archive; links, as old versions of Docker write them for layers that are there twice, are followed."""
    stream = archive.extractfile(name)
    if stream is None:
        raise KeyError(name)
    return stream.read()


def _descriptor(kind: str, data: bytes) -> dict[str, object]:
    """Describe a blob."""
    return {"mediaType": kind, "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    """``sha256:`` and 64 digits."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _place(digest: str) -> str:
    """Where a blob lies."""
    return f"blobs/{digest.replace(':', '/')}"


def _json(document: object) -> bytes:
    """Write JSON that is the same each time."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
