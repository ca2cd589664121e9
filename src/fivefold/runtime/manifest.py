"""The manifest of a bundle: what ``bundle.json`` says, and how it is checked before anything else is read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from fivefold.core import records
from fivefold.core.artefacts import Contract
from fivefold.core.errors import ArtefactError
from fivefold.runtime.archive import fits_a_bundle
from fivefold.runtime.encoding import EncoderSpec
from fivefold.runtime.judgement import Judgement

__all__ = [
    "FORMAT_VERSION",
    "MANIFEST",
    "Manifest",
    "MemberEntry",
    "as_json",
    "damaged",
    "manifest_bytes",
    "read_manifest",
]

FORMAT_VERSION = 2
"""Version of the layout that is written: since the second, members are squeezed."""
_KNOWN_VERSIONS = (1, FORMAT_VERSION)
"""Those that are read; a bundle of another version is refused."""
MANIFEST = "bundle.json"
"""Name of the file."""


@dataclass(frozen=True, slots=True)
class MemberEntry:
    """A member as the manifest lists it.

    Attributes
    ----------
    name, kind : str
    weight : float
    file : str
        Where its payload lies; one whose name ends in ``.gz`` is squeezed.
    """

    name: str
    kind: str
    weight: float
    file: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``bundle.json`` says, its own digest apart.

    Attributes
    ----------
    format : str
    format_version : int
    versions : dict of str to str
        Of Fivefold, Python, NumPy and the libraries that the members are named after, where the bundle was written.
    metric : str
        The headline metric.
    contract : Contract
    outputs : int
        Rates per category; see :class:`~fivefold.runtime.encoder.Encoder`.
    encoder : EncoderSpec
    members : tuple of MemberEntry
    files : dict of str to str
        The digest of every other file.
    judgement : Judgement
    seed : int or None
        That of the training.
    ranges : tuple of str
        Versions of the libraries that the members are named after with which the writer works, such as ``lightgbm>=4.5``.
    licences : dict of str to str
        What these libraries are under.
    """

    format: str
    format_version: int
    versions: dict[str, str]
    metric: str
    contract: Contract
    outputs: int
    encoder: EncoderSpec
    members: tuple[MemberEntry, ...]
    files: dict[str, str]
    judgement: Judgement = field(default_factory=Judgement)
    seed: int | None = None
    ranges: tuple[str, ...] = ()
    licences: dict[str, str] = field(default_factory=dict)


def read_manifest(data: bytes) -> Manifest:
    """Read ``bundle.json``, its version, its own digest and the names of the files checked.

    Raises
    ------
    ArtefactError
        When it is anything else, or says what cannot be.
    """
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise damaged(MANIFEST, str(error), "JSON") from error
    if not isinstance(plain, dict) or plain.get("format") != "fivefold.bundle":
        raise damaged(MANIFEST, "another kind of file", "a manifest of a bundle")
    if plain.get("format_version") not in _KNOWN_VERSIONS:
        raise ArtefactError(
            f"The bundle's file '{MANIFEST}' is of another version",
            seen=f"version {plain.get('format_version')}",
            expected=f"version {' or '.join(map(str, _KNOWN_VERSIONS))}",
            todo="use the version of Fivefold that wrote it, or train again",
        )
    stated = plain.pop("digest", None)
    try:
        found = records.digest(plain)
        text = json.dumps(plain)
    except (ValueError, RecursionError) as error:  # infinite numbers, half characters, thousands of brackets
        raise damaged(MANIFEST, f"{type(error).__name__}: {error}", "plain JSON") from error
    if stated != found:
        raise damaged(MANIFEST, f"digest {found}", f"digest {stated}")
    if data != manifest_bytes(plain):
        # The bundle's version is the digest of these bytes: the same words laid out anew would be another version.
        raise damaged(MANIFEST, f"{len(data)} bytes, laid out differently", "the bytes that were written")
    manifest = records.load(Manifest, text, label=f"The bundle's file '{MANIFEST}'")
    for name in manifest.files:
        if not fits_a_bundle(name):
            raise damaged(MANIFEST, f"a file named {name!r}", "files inside the bundle")
    return manifest


def manifest_bytes(plain: dict[str, Any]) -> bytes:
    """Return ``bundle.json`` with its own digest, of what a manifest says without it."""
    return as_json({"digest": records.digest(plain), **plain})


def as_json(value: object) -> bytes:
    """Return compact JSON and a line end."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def damaged(name: str, seen: str, expected: str) -> ArtefactError:
    """Say that a file is not what was written."""
    return ArtefactError(
        f"The bundle's file '{name}' is damaged or was changed",
        seen=seen,
        expected=expected,
        todo="copy the bundle again from where it was trained, or train again",
    )
