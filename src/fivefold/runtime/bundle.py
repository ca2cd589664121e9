"""The bundle: a model on disk in native formats and JSON, every file checked against its digest when it is loaded.

bundle.json      format, versions, contract, encoder, members with their weights, metric, and the digest of every other file
encoder.npz      the encoder's large arrays
members/NAME.EXT one native payload each
reference.json   the sketch of the training rows
golden.json      rows and the answers that any deployment must give

``bundle.json`` is written last and carries a digest of itself. Nothing in a bundle is a pickle.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core import records
from fivefold.core.artefacts import Contract, Reference
from fivefold.core.errors import ArtefactError, PartError
from fivefold.core.protocols import MemberKind
from fivefold.core.registry import Registry
from fivefold.runtime.blend import Blend
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import EncoderSpec
from fivefold.runtime.judgement import Judgement
from fivefold.runtime.predictor import Golden, Predictor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from fivefold.core.tables import Frame

__all__ = ["FORMAT_VERSION", "HIDDEN", "BundleMember", "Golden", "golden_rows", "load_bundle", "write_bundle"]

HIDDEN = "(hidden)"
"""What stands in a golden row for a text that tells who somebody is."""
FORMAT_VERSION = 1
"""Version of the layout; a bundle of another version is refused."""

_MANIFEST = "bundle.json"
_ARRAYS = "encoder.npz"
_REFERENCE = "reference.json"
_GOLDEN_ROWS = "golden.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")
_LIBRARIES = {"onnx": "onnxruntime"}
"""The library that a kind of member is answered by, where it has another name."""
_SUFFIXES = {"lightgbm": "txt", "catboost": "json", "linear": "json", "constant": "json"}


@dataclass(frozen=True, slots=True)
class BundleMember:
    """A member of the blend as it is written.

    Attributes
    ----------
    name : str
        Unique in the blend; letters, digits, ``.``, ``_`` and ``-``.
    kind : str
        Name of the member kind that loads the payload.
    weight : float
    payload : bytes
    """

    name: str
    kind: str
    weight: float
    payload: bytes


@dataclass(frozen=True, slots=True)
class _MemberEntry:
    """A member as the manifest lists it."""

    name: str
    kind: str
    weight: float
    file: str


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What ``bundle.json`` says, its own digest apart."""

    format: str
    format_version: int
    versions: dict[str, str]
    metric: str
    contract: Contract
    outputs: int
    encoder: EncoderSpec
    members: tuple[_MemberEntry, ...]
    files: dict[str, str]
    judgement: Judgement = field(default_factory=Judgement)


def write_bundle(  # noqa: PLR0913 - a bundle has so many parts
    folder: Path,
    *,
    contract: Contract,
    encoder: Encoder,
    members: Sequence[BundleMember],
    metric: str,
    reference: Reference,
    golden: Sequence[Golden],
    judgement: Judgement | None = None,
) -> int:
    """Write a bundle; the same model gives the same bytes.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    contract : Contract
    encoder : Encoder
    members : sequence of BundleMember
    metric : str
        The headline metric.
    reference : Reference
    golden : sequence of Golden
        See :func:`golden_rows`.
    judgement : Judgement, optional
        What becomes of blended scores.

    Returns
    -------
    int
        Bytes written.

    Raises
    ------
    PartError
        When two members share a name, or a name cannot be a file's.
    """
    names = [member.name for member in members]
    if len(set(names)) < len(names) or not all(_NAME.fullmatch(name) for name in names):
        raise PartError(
            "The members of a blend cannot be written",
            seen=", ".join(map(repr, names)),
            expected="a different name for each, of letters, digits, '.', '_' and '-'",
            todo="rename the candidates of the family that was added last",
        )
    entries = tuple(map(_entry, members))
    files = {entry.file: member.payload for entry, member in zip(entries, members, strict=True)}
    files[_ARRAYS] = _pack(encoder)
    files[_REFERENCE] = records.dump(reference)
    files[_GOLDEN_ROWS] = _json([{"row": one.row, "answer": one.answer} for one in golden])
    manifest = _Manifest(
        format="fivefold.bundle",
        format_version=FORMAT_VERSION,
        versions=_versions(members),
        metric=metric,
        contract=contract,
        outputs=encoder.outputs,
        encoder=encoder.spec,
        members=entries,
        files={name: _digest(data) for name, data in sorted(files.items())},
        judgement=judgement or Judgement(),
    )
    plain = records.plain(manifest)
    files[_MANIFEST] = _json({"digest": records.digest(plain), **plain})  # last, see above
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sum(map(len, files.values()))


def load_bundle(folder: Path) -> Predictor:
    """Load a bundle and check every file of it.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Predictor

    Raises
    ------
    ArtefactError
        When a file is missing, was changed, or is of an unknown version; the error names the file.
    UnknownPartError
        When no installed part loads a member's kind.
    MissingExtraError
        When a member needs a library that is not installed.
    """
    data = _read(folder, _MANIFEST)
    manifest = _manifest(data)
    contents = {name: _checked(folder, name, digest) for name, digest in manifest.files.items()}
    for needed in (_ARRAYS, _REFERENCE, _GOLDEN_ROWS, *(entry.file for entry in manifest.members)):
        if needed not in contents:
            raise _damaged(_MANIFEST, f"no digest of '{needed}'", "the digest of every file")
    kinds = Registry[MemberKind]("fivefold.members")
    members = [kinds.get(entry.kind).load(contents[entry.file]) for entry in manifest.members]
    return Predictor(
        contract=manifest.contract,
        encoder=Encoder(manifest.encoder, _unpack(contents[_ARRAYS]), manifest.outputs),
        blend=Blend(members, [entry.weight for entry in manifest.members], manifest.judgement),
        metric=manifest.metric,
        reference=records.load(Reference, contents[_REFERENCE], label=f"The bundle's file '{_REFERENCE}'"),
        golden=_golden(contents[_GOLDEN_ROWS]),
        version=_digest(data),
    )


def golden_rows(predictor: Predictor, frame: Frame) -> tuple[Golden, ...]:
    """Answer the rows of a cleaned frame and keep them with their answers, dates as ISO texts.

    Personal texts are replaced by a word, and other personal values left out, before the answers are made.
    """
    hidden = {
        column.name: HIDDEN if column.kind == "string" else None
        for column in predictor.contract.columns
        if column.personal
    }
    instances = [
        {
            name: f"{value.isoformat()}Z" if isinstance(value, datetime) else value
            for name, value in (row | hidden).items()
        }
        for row in frame.select([column.name for column in predictor.contract.columns]).to_dicts()
    ]
    return tuple(Golden(instance, predictor.answer(predictor.read([instance]))[0]) for instance in instances)


def _entry(member: BundleMember) -> _MemberEntry:
    """List a member, with the file that it is written to."""
    file = f"members/{member.name}.{_SUFFIXES.get(member.kind, 'bin')}"
    return _MemberEntry(member.name, member.kind, float(member.weight), file)


def _manifest(data: bytes) -> _Manifest:
    """Read ``bundle.json``, its version and its own digest checked."""
    try:
        plain = json.loads(data)
    except ValueError as error:
        raise _damaged(_MANIFEST, str(error), "JSON") from error
    if not isinstance(plain, dict) or plain.get("format") != "fivefold.bundle":
        raise _damaged(_MANIFEST, "another kind of file", "a manifest of a bundle")
    if plain.get("format_version") != FORMAT_VERSION:
        raise ArtefactError(
            f"The bundle's file '{_MANIFEST}' is of another version",
            seen=f"version {plain.get('format_version')}",
            expected=f"version {FORMAT_VERSION}",
            todo="use the version of Fivefold that wrote it, or train again",
        )
    stated = plain.pop("digest", None)
    found = records.digest(plain)
    if stated != found:
        raise _damaged(_MANIFEST, f"digest {found}", f"digest {stated}")
    return records.load(_Manifest, json.dumps(plain), label=f"The bundle's file '{_MANIFEST}'")


def _checked(folder: Path, name: str, digest: str) -> bytes:
    """Return a file's bytes if they are what the manifest says."""
    parts = name.split("/")
    if len(parts) > 2 or any(not _NAME.fullmatch(part) for part in parts):
        raise _damaged(_MANIFEST, f"a file named {name!r}", "files inside the bundle")
    data = _read(folder, name)
    found = _digest(data)
    if found != digest:
        raise _damaged(name, f"digest {found} ({len(data)} bytes)", f"digest {digest}")
    return data


def _read(folder: Path, name: str) -> bytes:
    """Return a file's bytes."""
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise ArtefactError(
            f"The bundle's file '{name}' cannot be read",
            seen=f"{error.strerror or error} in '{folder.name}'",
            expected="every file that the bundle was written with",
            todo="copy the whole bundle again, or train again",
        ) from error


def _damaged(name: str, seen: str, expected: str) -> ArtefactError:
    """Say that a file is not what was written."""
    return ArtefactError(
        f"The bundle's file '{name}' is damaged or was changed",
        seen=seen,
        expected=expected,
        todo="copy the bundle again from where it was trained, or train again",
    )


def _pack(encoder: Encoder) -> bytes:
    """Return the encoder's arrays as an ``.npz`` archive; as float32 none of them can hold an object."""
    stream = io.BytesIO()
    arrays = {name: np.asarray(array, dtype=np.float32) for name, array in sorted(encoder.arrays.items())}
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def _unpack(data: bytes) -> dict[str, NDArray[np.float32]]:
    """Read the encoder's arrays; objects are refused."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise _damaged(_ARRAYS, str(error), "an archive of arrays of numbers") from error


def _golden(data: bytes) -> tuple[Golden, ...]:
    """Read the golden rows."""
    try:
        return tuple(Golden(dict(one["row"]), dict(one["answer"])) for one in json.loads(data))
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(_GOLDEN_ROWS, f"{type(error).__name__}: {error}", "rows and answers") from error


def _versions(members: Sequence[BundleMember]) -> dict[str, str]:
    """Return what wrote the bundle: Fivefold, Python, NumPy and the libraries that the members are named after."""
    found = {"python": platform.python_version()}
    kinds = {_LIBRARIES.get(member.kind, member.kind) for member in members}
    for name in ("fivefold", "numpy", *sorted(kinds)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _json(value: object) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _digest(data: bytes) -> str:
    """Return the digest of some bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
