"""The journal: what may stand at a target is on disk before it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.artefacts import Resource
from fivefold.core.errors import ArtefactError
from fivefold.core.journal import Journal, journals
from fivefold.core.orders import Order

IMAGE, ENDPOINT = Resource("image", "shop:1"), Resource("endpoint", "shop")


def test_what_was_noted_is_found_by_another_process(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "live", "moon")
    journal.begin(Order(8080, {"region": "europe-west4", "replicas": 2}))
    journal.note(IMAGE, "sha256:1")
    journal.made(IMAGE, id="17")
    journal.note(ENDPOINT, "sha256:1")
    (again,) = journals(tmp_path / "live")
    assert (again.target, again.whole) == ("moon", False)
    assert (again.order.port, dict(again.order.options)) == (8080, {"region": "europe-west4", "replicas": 2})
    assert [(entry.resource, entry.made, entry.facts) for entry in again.entries] == [
        (IMAGE, True, {"id": "17"}),
        (ENDPOINT, False, {}),
    ]
    again.end()
    assert Journal(tmp_path / "live", "moon").whole


def test_noting_twice_for_the_same_bundle_keeps_the_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "moon")
    journal.note(IMAGE, "sha256:1", where="here")
    journal.made(IMAGE)
    assert journal.note(IMAGE, "sha256:1", where="there").facts == {"where": "here"}
    assert [entry.made for entry in journal.entries] == [True]


def test_noting_for_another_bundle_is_about_another_thing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "moon")
    journal.note(IMAGE, "sha256:1", where="here")
    journal.note(ENDPOINT, "sha256:1")
    journal.made(IMAGE)
    journal.note(IMAGE, "sha256:2", where="there")
    second, first = Journal(tmp_path, "moon").entries  # it is made last now
    assert (first.resource, first.version, first.made, first.facts) == (
        IMAGE,
        "sha256:2",
        False,
        {"where": "there"},
    )
    assert second.version == "sha256:1"
    assert first.versions == ("sha256:2", "sha256:1")
    journal.made(IMAGE)
    assert journal.entries[-1].versions == ("sha256:2",)


def test_what_was_there_before_is_somebody_elses_until_it_is_asked_for(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "moon")
    journal.note(IMAGE, "sha256:1", there=True)
    journal.made(IMAGE)
    journal.note(IMAGE, "sha256:1", there=True)
    assert not Journal(tmp_path, "moon").entries[0].ours
    assert journal.note(IMAGE, "sha256:1").ours
    assert journal.note(IMAGE, "sha256:1", there=True).ours


def test_a_password_is_not_written_down(tmp_path: Path) -> None:
    order = Order(8080, {"log": "postgresql://me:secret@db/shop", "replicas": 2})
    journal = Journal(tmp_path, "moon")
    journal.begin(order)
    assert "secret" not in journal.path.read_text()
    assert dict(journal.order.options) == {"log": "postgresql://me@db/shop", "replicas": 2}
    assert journal.same_options(order)
    assert not journal.same_options(Order(8080, {"log": "postgresql://me@other/shop", "replicas": 2}))


def test_facts_are_amended_without_a_word_about_standing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "moon")
    journal.note(IMAGE, "sha256:1", where="here")
    journal.amend(IMAGE, where="there")
    (entry,) = Journal(tmp_path, "moon").entries
    assert (entry.made, entry.facts) == (False, {"where": "there"})
    journal.made(IMAGE)
    journal.amend(IMAGE, asked="twice")
    (entry,) = Journal(tmp_path, "moon").entries
    assert (entry.made, entry.facts) == (True, {"where": "there", "asked": "twice"})


def test_the_file_goes_with_the_last_entry(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "moon")
    for resource in (IMAGE, ENDPOINT):
        journal.note(resource, "sha256:1")
    journal.drop(ENDPOINT)
    assert [entry.resource for entry in Journal(tmp_path, "moon").entries] == [IMAGE]
    journal.drop(IMAGE)
    assert (journals(tmp_path), journal.entries) == ((), ())


def test_a_damaged_journal_is_no_reason_to_forget(tmp_path: Path) -> None:
    (tmp_path / "moon.journal.json").write_text("{")
    with pytest.raises(ArtefactError, match="by hand"):
        journals(tmp_path)
