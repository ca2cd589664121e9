"""Going back where a release took the place of another run's: whose it was, and when nobody's."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.artefacts import GoldenCheck, Release, Resource
from fivefold.core.errors import MisuseError
from fivefold.core.releases import note_release, releases
from fivefold.core.store import Run, Store
from fivefold.deployment.reversal import former_of, note_rolled_back, release_meant, reverse

MODEL = Resource("model", "clinic.ward.visits")


def released(store: Path, name: str, made: str, *resources: Resource, target: str = "bigquery") -> Run:
    """A run with one release."""
    run = Store(store).open(name)
    (run.folder / "run.json").write_text("{}")
    check = GoldenCheck(1, 0.0, 1.0, 1.0, {}, "{}")
    note_release(run.live, Release(target, "", 0, 0.0, name, check, resources=resources, made=made))
    return run


def former(run: Run) -> str:
    """Name of the run that would be deployed again."""
    found = former_of(run, releases(run.live, None)[0])
    return found.run.id if found else ""


@pytest.fixture
def runs(tmp_path: Path) -> list[Run]:
    """Three that took the same place one after the other, whatever their names; others have other places."""
    released(tmp_path, "elsewhere", "2026-11-29", Resource("model", "clinic.ward.others"))
    released(tmp_path, "image", "2026-11-29", MODEL, target="container")
    broken = released(tmp_path, "broken", "2026-11-29", MODEL)
    (broken.live / "bigquery.release.json").write_text("no release")
    return [
        released(tmp_path, name, f"2026-11-{day}", MODEL)
        for name, day in (("c", "01"), ("a", "02"), ("b", "03"))
    ]


def test_it_goes_back_step_by_step(runs: list[Run]) -> None:
    for at in (2, 1):
        assert release_meant(runs[at], None) is not None
        assert former(runs[at]) == runs[at - 1].id
        note_rolled_back(runs[at], releases(runs[at].live, None)[0])
    assert former(runs[0]) == ""


def test_one_that_is_released_anew_can_be_gone_back_to(runs: list[Run]) -> None:
    note_rolled_back(runs[2], releases(runs[2].live, None)[0])
    assert former(runs[1]) == "c"
    released(runs[2].folder.parent, "b", "2026-11-04", MODEL)
    assert former(runs[1]) == "b"


def test_the_same_model_is_none_to_go_back_to(tmp_path: Path) -> None:
    first = released(tmp_path, "a", "2026-11-01", MODEL)
    second = Store(tmp_path).open("b")
    (second.folder / "run.json").write_text("{}")
    note_release(second.live, releases(first.live, None)[0])
    assert former(second) == ""


def test_what_lies_in_the_runs_own_folder_is_nobody_elses_place(tmp_path: Path) -> None:
    inside = Resource("manifests", "./live/cloudrun")
    runs = [released(tmp_path, name, name, inside, target="cloudrun") for name in ("1", "2")]
    assert former(runs[1]) == ""
    with pytest.raises(MisuseError, match=r"no one to go back to.*fivefold deploy EARLIER --target cloudrun"):
        reverse(releases(runs[1].live, None)[0], runs[1].live)


def test_several_that_could_be_meant_are_named(runs: list[Run]) -> None:
    image = Resource("docker image", "visits:1")
    for name in ("a", "b"):
        released(runs[0].folder.parent, name, name, image, target="container")
    with pytest.raises(MisuseError, match=r"not clear.*bigquery, container"):
        release_meant(runs[2], None)
    meant = release_meant(runs[2], "container")
    assert meant is not None
    assert meant.target == "container"
    with pytest.raises(MisuseError, match="no release at 'vertex'"):
        release_meant(runs[2], "vertex")
