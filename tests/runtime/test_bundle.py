"""The bundle: what is written is what is loaded, and nothing else is."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from fivefold.core import records
from fivefold.core.errors import ArtefactError, PartError, UnknownPartError
from fivefold.runtime.bundle import BundleMember, load_bundle, read_bundle, write_bundle
from fivefold.runtime.manifest import manifest_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fivefold.core.artefacts import Contract, Reference
    from fivefold.core.tables import Frame
    from fivefold.runtime.encoder import Encoder
    from fivefold.runtime.members.linear import LinearSpec

FILES = (
    "bundle.json", "encoder.npz", "reference.json", "golden.json", "members/linear-one.json.gz", "members/dummy.json.gz",
)  # fmt: skip


def rewrite(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change the manifest as someone would who also mends its digest."""
    path = folder / "bundle.json"
    plain = json.loads(path.read_bytes())
    del plain["digest"]
    change(plain)
    path.write_bytes(manifest_bytes(plain))


def test_a_bundle_has_these_files_and_no_others(bundle: Path) -> None:
    found = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert found == set(FILES)


def test_a_member_that_nobody_would_inflate_again_is_written_as_it_is(
    tmp_path: Path, contract: Contract, encoder: Encoder, reference: Reference
) -> None:
    huge = BundleMember("huge", "constant", 1.0, b'{"scores": [0.5, 0.5]}' + b" " * (17 << 20))
    write_bundle(
        tmp_path / "huge",
        contract=contract,
        encoder=encoder,
        members=[huge],
        metric="roc_auc",
        reference=reference,
        golden=(),
    )
    contents = read_bundle(tmp_path / "huge")
    (entry,) = contents.manifest.members
    assert entry.file == "members/huge.json"
    assert contents.payload(entry) == huge.payload


def test_what_is_loaded_is_what_was_written(
    bundle: Path, contract: Contract, encoder: Encoder, reference: Reference, frame: Frame
) -> None:
    predictor = load_bundle(bundle)
    assert predictor.contract == contract
    assert predictor.reference == reference
    assert predictor.metric == "roc_auc"
    assert predictor.encoder.spec == encoder.spec
    assert predictor.encoder.features == encoder.features
    assert np.array_equal(predictor.encoder.encode_frame(frame), encoder.encode_frame(frame), equal_nan=True)
    assert predictor.blend.weights == (0.75, 0.25)
    assert predictor.version == records.file_digest(bundle / "bundle.json")


def test_the_manifest_says_where_the_bundle_comes_from(
    bundle: Path, tmp_path: Path, contract: Contract, encoder: Encoder, reference: Reference
) -> None:
    assert read_bundle(bundle).manifest.seed is None
    text = b"tree"  # nobody loads it here
    write_bundle(
        tmp_path / "seeded",
        contract=contract,
        encoder=encoder,
        members=[BundleMember("one", "lightgbm", 1.0, text)],
        metric="roc_auc",
        reference=reference,
        golden=(),
        seed=7,
    )
    manifest = read_bundle(tmp_path / "seeded").manifest
    assert manifest.seed == 7
    assert [one.partition(">")[0] for one in manifest.ranges] == ["lightgbm", "numpy"]
    assert manifest.licences["fivefold"] == "Apache-2.0"
    assert {"fivefold", "python", "numpy", "lightgbm"} == set(manifest.versions)


def test_a_card_travels_in_the_bundle_and_in_its_archive_and_is_checked(
    tmp_path: Path, contract: Contract, encoder: Encoder, reference: Reference
) -> None:
    folder, member = tmp_path / "told", BundleMember("dummy", "constant", 1.0, b'{"scores": [0.25, 0.75]}')
    parts: dict[str, Any] = {"contract": contract, "encoder": encoder, "members": [member]}
    parts |= {"metric": "roc_auc", "reference": reference, "golden": ()}
    versions = []
    for card in ("", "# Model card: größer\n", "# Model card: another\n"):
        size = write_bundle(folder, **parts, card=card)
        contents = read_bundle(folder)
        versions.append(contents.version)
        assert contents.files.get("card.md", b"").decode() == card
        assert size == sum(map(len, contents.files.values()))
    assert len(set(versions)) == 3
    (tmp_path / "told.zip").write_bytes(read_bundle(folder).archive())
    assert read_bundle(tmp_path / "told.zip").files["card.md"] == b"# Model card: another\n"
    (folder / "card.md").write_text("# Model card: much better\n")
    with pytest.raises(ArtefactError, match=r"'card\.md' is damaged or was changed"):
        load_bundle(folder)


def test_golden_rows_are_answered_as_they_were(bundle: Path, frame: Frame) -> None:
    predictor = load_bundle(bundle)
    assert len(predictor.golden) == frame.height
    assert predictor.golden[0].row["when"] == "2016-04-29T18:38:08Z"
    for golden in predictor.golden:
        assert predictor.answer(predictor.read([golden.row]))[0] == golden.answer


def test_the_same_model_gives_the_same_bytes(
    bundle: Path,
    tmp_path: Path,
    contract: Contract,
    encoder: Encoder,
    linear: LinearSpec,
    reference: Reference,
) -> None:
    predictor = load_bundle(bundle)
    again = tmp_path / "again"
    written = write_bundle(
        again,
        contract=contract,
        encoder=encoder,
        members=[
            BundleMember("linear-one", "linear", 3.0, linear.payload()),
            BundleMember("dummy", "constant", 1.0, b'{"scores": [0.25, 0.75]}'),
        ],
        metric="roc_auc",
        reference=reference,
        golden=predictor.golden,
    )
    assert {name: (again / name).read_bytes() for name in FILES} == {
        name: (bundle / name).read_bytes() for name in FILES
    }
    assert written == sum((again / name).stat().st_size for name in FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    with pytest.raises(ArtefactError, match=f"'{name}' cannot be read"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_named(bundle: Path, name: str) -> None:
    path = bundle / name
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(ArtefactError, match=f"'{name}' is damaged or was changed"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_named(bundle: Path, name: str) -> None:
    path = bundle / name
    data = path.read_bytes()
    middle = next(place for place in range(len(data) // 2, len(data)) if data[place : place + 1].isalnum())
    path.write_bytes(
        data[:middle] + (b"7" if data[middle : middle + 1] != b"7" else b"8") + data[middle + 1 :]
    )
    with pytest.raises(ArtefactError, match=f"'{name}' is damaged or was changed"):
        load_bundle(bundle)


def test_a_weight_changed_in_the_manifest_is_noticed(bundle: Path) -> None:
    path = bundle / "bundle.json"
    path.write_text(path.read_text().replace('"weight":3.0', '"weight":9.0'))
    with pytest.raises(ArtefactError, match=r"'bundle\.json' is damaged or was changed"):
        load_bundle(bundle)


@pytest.mark.parametrize(
    "change", [bytes.rstrip, lambda data: data + b"\n", lambda data: data.replace(b",", b", ", 1)]
)
def test_the_same_words_laid_out_anew_are_a_change(bundle: Path, change: Callable[[bytes], bytes]) -> None:
    """The version of a bundle is the digest of these very bytes."""
    path = bundle / "bundle.json"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ArtefactError, match=r"'bundle\.json' is damaged or was changed"):
        load_bundle(bundle)


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"'bundle\.json' cannot be read"):
        load_bundle(tmp_path)
    for text in ("[]", "{}", '{"format": "other"}', "\xff"):
        (tmp_path / "bundle.json").write_bytes(text.encode("latin-1"))
        with pytest.raises(ArtefactError, match=r"'bundle\.json' is damaged"):
            load_bundle(tmp_path)


def test_another_version_is_refused_and_told(bundle: Path) -> None:
    rewrite(bundle, lambda plain: plain.update(format_version=99))
    with pytest.raises(ArtefactError, match="version 99"):
        load_bundle(bundle)


def test_a_manifest_that_lacks_a_field_is_refused(bundle: Path) -> None:
    rewrite(bundle, lambda plain: plain.pop("metric"))
    with pytest.raises(ArtefactError, match="metric"):
        load_bundle(bundle)


def test_a_file_without_a_digest_is_refused(bundle: Path) -> None:
    def forget(plain: dict[str, object]) -> None:
        files = plain["files"]
        assert isinstance(files, dict)
        del files["golden.json"]

    rewrite(bundle, forget)
    with pytest.raises(ArtefactError, match=r"no digest of 'golden\.json'"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "members/../../secret", "a/b/c", ""])
def test_a_file_outside_the_bundle_is_never_read(bundle: Path, name: str) -> None:
    (bundle.parent / "secret").write_text("secret")

    def reach_out(plain: dict[str, object]) -> None:
        files = plain["files"]
        assert isinstance(files, dict)
        files[name] = "sha256:0"

    rewrite(bundle, reach_out)
    with pytest.raises(ArtefactError, match="files inside the bundle"):
        load_bundle(bundle)


def test_an_unknown_kind_of_member_lists_the_known_ones(bundle: Path) -> None:
    def rename(plain: dict[str, object]) -> None:
        members = plain["members"]
        assert isinstance(members, list)
        members[0]["kind"] = "oracle"

    rewrite(bundle, rename)
    with pytest.raises(UnknownPartError, match=r"'oracle'.*linear"):
        load_bundle(bundle)


def objects() -> bytes:
    """An archive that would have to be unpickled."""
    stream = io.BytesIO()
    np.savez(stream, evil=np.array([{"a": 1}], dtype=object))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("encoder.npz", objects()), ("encoder.npz", b"no archive"), ("golden.json", b"[1]"),
        ("golden.json", b"{"), ("reference.json", b"{}"),
    ],
)  # fmt: skip
def test_a_file_of_the_wrong_kind_is_named_although_its_digest_fits(
    bundle: Path, name: str, content: bytes
) -> None:
    (bundle / name).write_bytes(content)

    def mend(plain: dict[str, object]) -> None:
        files = plain["files"]
        assert isinstance(files, dict)
        files[name] = records.file_digest(bundle / name)

    rewrite(bundle, mend)
    with pytest.raises(ArtefactError, match=f"'{name}'"):
        load_bundle(bundle)


@pytest.mark.parametrize("names", [("a", "a"), ("../a", "b"), ("", "b"), ("a/b", "c")])
def test_members_need_names_that_files_can_have(
    tmp_path: Path, contract: Contract, encoder: Encoder, reference: Reference, names: tuple[str, ...]
) -> None:
    with pytest.raises(PartError, match="cannot be written"):
        write_bundle(
            tmp_path / "new",
            contract=contract,
            encoder=encoder,
            members=[BundleMember(name, "constant", 1.0, b"{}") for name in names],
            metric="roc_auc",
            reference=reference,
            golden=(),
        )
    assert not (tmp_path / "new").exists()


def test_a_bundle_can_be_moved(bundle: Path, tmp_path: Path) -> None:
    before = load_bundle(bundle).version
    shutil.move(bundle, tmp_path / "elsewhere")
    assert load_bundle(tmp_path / "elsewhere").version == before
