"""Who of two models takes which row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fivefold.core.errors import ArtefactError, MisuseError
from fivefold.runtime.bundle import load_bundle
from fivefold.runtime.judgement import Judgement
from fivefold.service.lineup import LineUp, read_line_up, write_line_up
from fivefold.service.models import Models, check_challenger
from fivefold.testing.targets import tiny_bundle
from tests.service.serving import ROW


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    place = tmp_path_factory.mktemp("models")
    pair = (tiny_bundle(place / "first"), tiny_bundle(place / "second", bias=1.5))
    return str(pair[0].folder), str(pair[1].folder)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_rows_are_parted_in_the_stated_shares(folders: tuple[str, str], share: float) -> None:
    models = Models.load(LineUp(folders[0], folders[1], share))
    instances: list[object] = [ROW] * 5000
    parts = models.parted(instances, [f"r-{place}" for place in range(5000)])
    assert [predictor for predictor, _ in parts] == [models.champion, models.challenger]
    assert sorted(place for _, places in parts for place in places) == list(range(5000))
    assert len(parts[1][1]) / 5000 == pytest.approx(share, abs=0.03)
    assert not models.shadowed


def test_a_key_decides_whatever_form_a_row_has(folders: tuple[str, str]) -> None:
    models = Models.load(LineUp(folders[0], folders[1], 0.5, "age"))
    for age in range(18, 60):
        row = {**ROW, "age": age}
        forms: list[object] = [row, {**row, "age": float(age)}, list(row.values())]
        parts = models.parted(forms, ["a", "b", "c"])
        assert [places for _, places in parts] == [[0, 1, 2]]


def test_in_the_shadow_all_rows_are_the_champions(folders: tuple[str, str]) -> None:
    models = Models.load(LineUp(folders[0], folders[1]))
    assert models.shadowed
    assert [(who, list(places)) for who, places in models.parted([ROW, ROW], ["a", "b"])] == [
        (models.champion, [0, 1])
    ]


def test_what_is_loaded_already_is_kept(folders: tuple[str, str]) -> None:
    before = Models.load(LineUp(folders[0], folders[1]))
    after = Models.load(before.line_up.promoted(), before)
    assert after.champion is before.challenger
    assert after.challenger is None
    assert Models.load(after.line_up.rolled_back(), after).champion.version == before.champion.version


def test_a_line_up_is_read_as_it_was_written(tmp_path: Path) -> None:
    line_up = LineUp("a", "b", 0.25, "customer", ("x", "y"))
    write_line_up(tmp_path / "line-up.json", line_up)
    assert read_line_up(tmp_path / "line-up.json") == line_up
    assert read_line_up(tmp_path / "bundle") == LineUp(str(tmp_path / "bundle"))
    (tmp_path / "line-up.json").write_text('{"champion": 3}')
    with pytest.raises(ArtefactError, match=r"line-up\.json"):
        read_line_up(tmp_path / "line-up.json")
    with pytest.raises(ArtefactError, match="cannot be read"):
        read_line_up(tmp_path / "none.json")


def test_lists_are_read_in_the_order_that_the_champions_callers_know(folders: tuple[str, str]) -> None:
    models = Models.load(LineUp(folders[0], folders[1], 0.5))
    assert models.challenger is not None
    rows: list[object] = [list(ROW.values()), ROW, [1, 2], "no row"]
    named = models.as_named(models.challenger, rows)
    assert named == [ROW, ROW, [1, 2], "no row"]
    assert models.as_named(models.champion, rows) is rows
    # Who sends too few values is told so by the champion, whatever the lot.
    parts = models.parted([[1, 2]] * 200, [f"r-{place}" for place in range(200)])
    assert [predictor for predictor, _ in parts] == [models.champion]


def test_a_challenger_must_be_another_model_and_as_sure(folders: tuple[str, str]) -> None:
    with pytest.raises(MisuseError, match="is the champion"):
        Models.load(LineUp(folders[0], folders[0]))
    before = Models.load(LineUp(folders[0], folders[1]))
    assert before.challenger is not None
    before.challenger.blend.judgement = Judgement()
    with pytest.raises(MisuseError, match="how sure"):
        Models.load(LineUp(folders[0], folders[1], 0.1), before)


def test_a_challenger_needs_no_column_that_the_champions_callers_do_not_send(
    folders: tuple[str, str],
) -> None:
    champion, challenger = (load_bundle(Path(folder)) for folder in folders)
    ours = champion.contract.columns
    champion.contract = replace(champion.contract, columns=ours[1:])
    with pytest.raises(MisuseError, match=f"needs the columns {ours[0].name}"):
        check_challenger(champion, challenger, "")
