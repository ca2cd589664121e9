"""The bundle: a model on disk in native formats and JSON, every file checked against its digest when it is loaded.

bundle.json          format, versions, contract, encoder, members with their weights, metric, and the digest of every other file
encoder.npz          the encoder's large arrays
members/NAME.EXT.gz  one payload each, as gzip
reference.json       the sketch of the training rows and scores, and of answers to rows that had not taught
golden.json          rows and the answers that any deployment must give
card.md              the model card, where whoever wrote the bundle had one

It is a folder with these files, or one zip archive of them. ``bundle.json`` is written last and carries a digest of itself.
Nothing in a bundle is a pickle.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core import records
from fivefold.core.artefacts import Reference
from fivefold.core.errors import ArtefactError, FivefoldError, PartError
from fivefold.core.protocols import MemberKind
from fivefold.core.registry import Registry
from fivefold.runtime.archive import (
    BROKEN,
    ZipFiles,
    fits_a_bundle,
    inflated,
    most_inflated,
    open_files,
    squeezed,
    zipped,
)
from fivefold.runtime.blend import Blend
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.judgement import Judgement
from fivefold.runtime.manifest import (
    FORMAT_VERSION,
    MANIFEST,
    Manifest,
    MemberEntry,
    as_json,
    damaged,
    manifest_bytes,
    read_manifest,
)
from fivefold.runtime.origin import licences, ranges, versions
from fivefold.runtime.predictor import Golden, Predictor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Contract
    from fivefold.core.tables import Frame
    from fivefold.runtime.archive import Files

__all__ = [
    "FORMAT_VERSION",
    "HIDDEN",
    "BundleContents",
    "BundleMember",
    "Golden",
    "golden_rows",
    "load_bundle",
    "read_bundle",
    "read_files",
    "write_bundle",
]

HIDDEN = "(hidden)"
"""What stands in a golden row for a text that tells who somebody is."""

_ARRAYS = "encoder.npz"
_REFERENCE = "reference.json"
_GOLDEN_ROWS = "golden.json"
_CARD = "card.md"
_NONSENSE = (*BROKEN, RecursionError, MemoryError, KeyError, TypeError, AttributeError, ArithmeticError)
"""What readers stumble over in a file whose digest is right and whose content is not."""
_SQUEEZED = ".gz"
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
class BundleContents:
    """The files of a bundle, each checked against its digest, and nothing loaded yet.

    Attributes
    ----------
    manifest : Manifest
    files : dict of str to bytes
        All files, the manifest among them.
    """

    manifest: Manifest
    files: Mapping[str, bytes]

    @property
    def version(self) -> str:
        """Digest of the manifest, and so of everything."""
        return _digest(self.files[MANIFEST])

    def encoder(self) -> Encoder:
        """Return the encoder."""
        with _understood(_ARRAYS):
            return Encoder(self.manifest.encoder, _unpack(self.files[_ARRAYS]), self.manifest.outputs)

    def payload(self, entry: MemberEntry) -> bytes:
        """Return what a member is loaded from."""
        data = self.files[entry.file]
        return inflated(data, entry.file) if entry.file.endswith(_SQUEEZED) else data

    def archive(self) -> bytes:
        """Return the bundle as one zip archive: the same bundle, the same bytes."""
        return zipped(self.files)

    def predictor(self) -> Predictor:
        """Load the members, and return what answers; see :func:`load_bundle`."""
        entries = self.manifest.members
        kinds = Registry[MemberKind]("fivefold.members")
        members = []
        for entry in entries:
            kind = kinds.get(entry.kind)
            with _understood(entry.file):
                members.append(kind.load(self.payload(entry)))
        label = f"The bundle's file '{_REFERENCE}'"
        return Predictor(
            contract=self.manifest.contract,
            encoder=self.encoder(),
            blend=Blend(members, [entry.weight for entry in entries], self.manifest.judgement),
            metric=self.manifest.metric,
            reference=records.load(Reference, self.files[_REFERENCE], label=label),
            golden=_golden(self.files[_GOLDEN_ROWS]),
            version=self.version,
        )


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
    seed: int | None = None,
    card: str = "",
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
    seed : int, optional
        That of the training.
    card : str
        What the model is, for whoever opens the bundle: Markdown without anything that a clock told.

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
    placed = [*map(_placed, members)]
    entries = tuple(entry for entry, _ in placed)
    if len(set(names)) < len(names) or not all(map(_has_a_name, entries)):
        raise PartError(
            "The members of a blend cannot be written",
            seen=", ".join(map(repr, names)),
            expected="a different name for each, of letters, digits, '.', '_' and '-'",
            todo="rename the candidates of the family that was added last",
        )
    files = {entry.file: data for entry, data in placed}
    files[_ARRAYS] = _pack(encoder)
    files[_REFERENCE] = as_json(records.plain(reference))
    files[_GOLDEN_ROWS] = as_json([{"row": one.row, "answer": one.answer} for one in golden])
    files |= {_CARD: card.encode()} if card else {}
    kinds = {member.kind for member in members}
    manifest = Manifest(
        format="fivefold.bundle",
        format_version=FORMAT_VERSION,
        versions=versions(kinds),
        metric=metric,
        contract=contract,
        outputs=encoder.outputs,
        encoder=encoder.spec,
        members=entries,
        files={name: _digest(data) for name, data in sorted(files.items())},
        judgement=judgement or Judgement(),
        seed=seed,
        ranges=ranges(kinds),
        licences=licences(kinds),
    )
    files[MANIFEST] = manifest_bytes(records.plain(manifest))  # last, see above
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sum(map(len, files.values()))


def load_bundle(path: Path) -> Predictor:
    """Load a bundle and check every file of it.

    Parameters
    ----------
    path : Path
        A folder, or a zip archive, which is read where it lies.

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
    return read_bundle(path).predictor()


def read_bundle(path: Path) -> BundleContents:
    """Read the files of a bundle and check each, without loading a member; see :func:`load_bundle`."""
    return read_files(open_files(path))


def read_files(files: Files) -> BundleContents:
    """Read the files of a bundle wherever they lie; see :func:`read_bundle`."""
    data = files.read(MANIFEST)
    manifest = read_manifest(data)
    contents = {name: _checked(files, name, digest) for name, digest in manifest.files.items()}
    for needed in (_ARRAYS, _REFERENCE, _GOLDEN_ROWS, *(entry.file for entry in manifest.members)):
        if needed not in contents:
            raise damaged(MANIFEST, f"no digest of '{needed}'", "the digest of every file")
    return BundleContents(manifest, {**contents, MANIFEST: data})


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


def _placed(member: BundleMember) -> tuple[MemberEntry, bytes]:
    """List a member, with the file that it is written to and what stands there: squeezed, if that can be inflated again."""
    file = f"members/{member.name}.{_SUFFIXES.get(member.kind, 'bin')}"
    small = squeezed(member.payload)
    sound = len(member.payload) <= most_inflated(len(small))
    entry = MemberEntry(
        member.name, member.kind, float(member.weight), f"{file}{_SQUEEZED}" if sound else file
    )
    return entry, small if sound else member.payload


def _has_a_name(entry: MemberEntry) -> bool:
    """Whether a member can be called so, and its file."""
    return "/" not in entry.name and fits_a_bundle(entry.name) and fits_a_bundle(entry.file)


def _checked(files: Files, name: str, digest: str) -> bytes:
    """Return a file's bytes if they are what the manifest says."""
    data = files.read(name)
    found = _digest(data)
    if found != digest:
        raise damaged(name, f"digest {found} ({len(data)} bytes)", f"digest {digest}")
    return data


def _pack(encoder: Encoder) -> bytes:
    """Return the encoder's arrays as an ``.npz`` archive; as float32 none of them can hold an object."""
    stream = io.BytesIO()
    arrays = {name: np.asarray(array, dtype=np.float32) for name, array in sorted(encoder.arrays.items())}
    np.savez(stream, **arrays)  # type: ignore[arg-type]  # to NumPy's stubs a name might be allow_pickle
    return stream.getvalue()


def _unpack(data: bytes) -> dict[str, NDArray[np.float32]]:
    """Read the encoder's arrays; objects are refused, and so is an archive that is no archive of arrays."""
    try:
        ZipFiles(data, _ARRAYS)
    except ArtefactError as error:
        raise damaged(_ARRAYS, error.seen, "an archive of arrays of numbers") from error
    with _understood(_ARRAYS), np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _golden(data: bytes) -> tuple[Golden, ...]:
    """Read the golden rows."""
    with _understood(_GOLDEN_ROWS):
        return tuple(Golden(dict(one["row"]), dict(one["answer"])) for one in json.loads(data))


@contextlib.contextmanager
def _understood(name: str) -> Iterator[None]:
    """Say by the file's name that nobody understands it, whatever a reader stumbled over."""
    try:
        yield
    except FivefoldError:
        raise  # it says so itself
    except _NONSENSE as error:
        seen = f"{type(error).__name__}: {error}"[:200]
        raise damaged(name, seen, "what Fivefold writes") from error


def _digest(data: bytes) -> str:
    """Return the digest of some bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
