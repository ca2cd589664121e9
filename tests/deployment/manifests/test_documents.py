"""What is written as YAML is read as it was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import given

from fivefold.deployment.manifests.documents import remove_documents, to_yaml, write_documents
from fivefold.deployment.manifests.image import slug

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from(" \n\t"), max_size=12)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | TEXT
PARTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, PARTS, max_size=4))
def test_a_document_is_read_as_it_was_meant(document: dict[str, Any]) -> None:
    assert (yaml.safe_load(to_yaml(document)) or {}) == document


@pytest.mark.parametrize(
    "word", ["no", "On", "null", "1e3", "0x10", "80", "1.5", "", "a: b", "# c", "~", "2026-11-28"]
)
def test_what_looks_like_something_else_stays_a_text(word: str) -> None:
    assert yaml.safe_load(to_yaml({word: word, "list": [word, [word], {word: [word]}]})) == {
        word: word,
        "list": [word, [word], {word: [word]}],
    }


def test_files_of_an_earlier_time_go(tmp_path: Path) -> None:
    write_documents(tmp_path / "manifests", {"a.yaml": {"a": 1}, "b.yaml": {"b": 2}})
    write_documents(tmp_path / "manifests", {"b.yaml": {"b": 3}})
    assert [path.name for path in (tmp_path / "manifests").iterdir()] == ["b.yaml"]
    assert (tmp_path / "manifests" / "b.yaml").read_text() == "# Written by Fivefold.\nb: 3\n"


def test_a_folder_of_another_run_stays(tmp_path: Path) -> None:
    original, copy = tmp_path / "run" / "live", tmp_path / "copy" / "live"
    write_documents(original / "kubernetes", {"service.yaml": {"kind": "Service"}})
    copy.mkdir(parents=True)
    assert not remove_documents(original / "kubernetes", copy)
    assert (original / "kubernetes" / "service.yaml").is_file()
    assert remove_documents(original / "kubernetes", original)
    assert not remove_documents(original / "kubernetes", original)


def test_a_column_of_any_name_becomes_one_that_platforms_take() -> None:
    assert slug("Größe (cm²)") == "gr-e-cm"
    assert slug("価格") == "model"
    assert len(slug("x" * 100)) == 40
