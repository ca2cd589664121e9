"""Bundles that earlier versions wrote open for ever and answer as they did; nobody can open one that was tampered with."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.core.artefacts import OutOfFold
from fivefold.core.errors import ArtefactError, MissingExtraError, PartError, UnknownPartError
from fivefold.runtime.archive import ZipFiles, inflated, squeezed
from fivefold.runtime.bundle import BundleContents, load_bundle, read_bundle, read_files
from fivefold.runtime.manifest import MANIFEST, manifest_bytes

Change = tuple[str, tuple[float, int, int, bytes]]
KEPT = sorted((Path(__file__).parent / "bundles").glob("*.zip"))
KINDS = {"linear", "lightgbm", "catboost", "trees", "mlp", "onnx", "constant"}
TASKS = {"binary", "multiclass", "regression"}
SCARE = [
    b"", b"[]", b"{}", b"null", b"NaN", b"-1", b"1e999", b"1" * 400, b"1" * 5_000, b"[" * 100_000, b'{"a":' * 100_000,
    b'"\\ud800"', b"\xff\xfe", b"-9223372036854775809", b"true", b'""', b"1e308",
]  # fmt: skip
TOKENS = re.compile(rb'-?\d+(\.\d+)?(e-?\d+)?|"[^"]*"|true|false|null')


class InMemory:
    """The files of a bundle, as they are given."""

    label = "given"

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def read(self, name: str) -> bytes:
        if name not in self._files:
            raise ArtefactError(f"The bundle's file '{name}' cannot be read")
        return self._files[name]


def same(found: Any, expected: Any) -> bool:
    """Whether two answers are the same, figures to the last digits."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[key], expected[key]) for key in expected)
    return (
        bool(np.isclose(found, expected, rtol=1e-9))
        if isinstance(expected, float)
        else bool(found == expected)
    )


def test_every_task_and_every_kind_of_member_is_kept() -> None:
    kept = [read_bundle(path).manifest for path in KEPT]
    assert {manifest.contract.task for manifest in kept} == TASKS
    for task in TASKS:
        kinds = {entry.kind for one in kept if one.contract.task == task for entry in one.members}
        assert kinds == KINDS


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_kept_bundle_answers_as_it_did(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "bundle")
    for place in (path, tmp_path / "bundle"):
        predictor = load_bundle(place)
        assert len(predictor.golden) == 8
        for golden in predictor.golden:
            assert same(predictor.answer(predictor.read([golden.row]))[0], golden.answer)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_answers_out_of_fold_and_a_card_are_there_or_empty(path: Path) -> None:
    told = not path.stem.startswith("v1-")
    contents = read_bundle(path)
    found = contents.predictor().reference.out_of_fold
    assert ("card.md" in contents.files) == told
    assert (found == OutOfFold()) == (not told)
    assert found.rows == len(found.truth) == len(found.scores)
    assert not contents.manifest.contract.personal


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One way to change the bytes of a file."""
    how = draw(st.sampled_from(["flip", "cut", "insert", "delete", "replace", "token"]))
    place, length = draw(st.floats(0, 1)), draw(st.integers(1, 50))
    return how, (place, length, draw(st.integers(1, 255)), draw(st.sampled_from(SCARE)))


def changed(data: bytes, change: Change) -> bytes:
    """Apply it."""
    how, (place, length, byte, scare) = change
    start = int(place * max(0, len(data) - 1))
    if how == "flip":
        return data[:start] + bytes([data[start] ^ byte]) + data[start + 1 :] if data else data
    if how == "cut":
        return data[:start]
    if how == "insert":
        return data[:start] + scare + data[start:]
    if how == "delete":
        return data[:start] + data[start + length :]
    found = list(TOKENS.finditer(data)) if how == "token" else []
    if not found:
        return scare
    one = found[int(place * (len(found) - 1))]
    return data[: one.start()] + scare + data[one.end() :]


def mended(files: dict[str, bytes]) -> dict[str, bytes]:
    """Put all digests right, as somebody would who wants a changed bundle to be opened."""
    try:
        plain = json.loads(files[MANIFEST])
        plain.pop("digest", None)
        for name in plain["files"]:
            plain["files"][name] = "sha256:" + hashlib.sha256(files.get(name, b"")).hexdigest()
        manifest = manifest_bytes(plain)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return files
    return {**files, MANIFEST: manifest}


CONTENTS = {path.stem: dict(read_bundle(path).files) for path in KEPT}
PLACES = [(kept, name) for kept, files in sorted(CONTENTS.items()) for name in sorted(files)]


def tampered(where: tuple[str, str], change: Change) -> None:
    """A file is changed: the bundle is refused."""
    kept, name = where
    files = CONTENTS[kept]
    data = changed(files[name], change)
    if data == files[name]:
        return
    with pytest.raises(ArtefactError, match=re.escape(name)):
        read_files(InMemory({**files, name: data}))


def forged(where: tuple[str, str], change: Change, inside: bool) -> None:
    """A file, or what is squeezed in it, is changed and all digests are put right: a named error, or the bundle has come out whole."""
    kept, name = where
    data = CONTENTS[kept][name]
    if inside and name.endswith(".gz"):
        data = squeezed(changed(inflated(data, name), change))
    else:
        data = changed(data, change)
    files = mended({**CONTENTS[kept], name: data})
    try:
        contents: BundleContents = read_files(InMemory(files))
        contents.predictor()
    except (ArtefactError, PartError, UnknownPartError, MissingExtraError):
        pass


def recut(kept: str, place: float, byte: int, cut: bool) -> None:
    """The archive itself is changed: it is refused, or its files are what they were."""
    data = next(path for path in KEPT if path.stem == kept).read_bytes()
    start = int(place * (len(data) - 1))
    data = data[:start] if cut else data[:start] + bytes([data[start] ^ byte]) + data[start + 1 :]
    try:
        contents = read_files(ZipFiles(data, "model.zip"))
    except ArtefactError:
        return
    assert dict(contents.files) == CONTENTS[kept]


def example(quick: int, slow: int) -> list[Any]:
    """How many examples: a few each time, many in the slow tests."""
    return [pytest.param(quick, id="quick"), pytest.param(slow, id="long", marks=pytest.mark.slow)]


@pytest.mark.parametrize("count", example(60, 3_000))
def test_a_changed_byte_is_noticed(count: int) -> None:
    check = given(st.sampled_from(PLACES), changes())(tampered)
    settings(max_examples=count, deadline=None)(check)()


@pytest.mark.parametrize("count", example(40, 3_000))
def test_nonsense_with_right_digests_is_refused_by_a_named_error(count: int) -> None:
    check = given(st.sampled_from(PLACES), changes(), st.booleans())(forged)
    settings(max_examples=count, deadline=None)(check)()


@pytest.mark.parametrize("count", example(80, 5_000))
def test_an_archive_that_is_cut_or_changed_is_refused(count: int) -> None:
    check = given(st.sampled_from(sorted(CONTENTS)), st.floats(0, 1), st.integers(1, 255), st.booleans())(
        recut
    )
    settings(max_examples=count, deadline=None)(check)()


@pytest.mark.parametrize("where", [place for place in PLACES if "-regression" in place[0]], ids="/".join)
def test_every_scare_in_every_file_is_refused_by_a_named_error(where: tuple[str, str]) -> None:
    for scare in SCARE:
        change: Change = ("replace", (0.0, 1, 1, scare))
        for inside in (False, True):
            forged(where, change, inside)
        tampered(where, change)


def test_files_that_changed_places_are_refused() -> None:
    files = CONTENTS["v1-binary"]
    for one, other in (("golden.json", "reference.json"), ("members/linear.json", "members/catboost.json")):
        swapped = {**files, one: files[other], other: files[one]}
        with pytest.raises(ArtefactError, match="damaged or was changed"):
            read_files(InMemory(swapped))
        with pytest.raises(ArtefactError):
            read_files(InMemory(mended(swapped))).predictor()


def test_arrays_that_unpack_to_far_more_than_they_are_do_not_get_far() -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, huge=np.zeros(30_000_000, np.float32))
    files = mended({**CONTENTS["v1-binary"], "encoder.npz": stream.getvalue()})
    with pytest.raises(ArtefactError, match=r"'encoder\.npz'"):
        read_files(InMemory(files)).predictor()
