"""The registry is strict: duplicates are errors, broken parts are loud, unknown names list the known ones."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from fivefold.core import registry
from fivefold.core.errors import PartError, UnknownPartError
from fivefold.core.registry import Registry

GROUP = "fivefold.families"


def offer(monkeypatch: pytest.MonkeyPatch, **parts: str) -> None:
    points = [EntryPoint(name.rstrip("_"), value, GROUP) for name, value in parts.items()]
    monkeypatch.setattr(
        registry, "entry_points", lambda group: [point for point in points if point.group == group]
    )


def test_a_part_is_loaded_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, pair="fractions:Fraction")
    assert Registry[type](GROUP).get("pair").__name__ == "Fraction"


def test_an_unknown_name_lists_the_known(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, pair="fractions:Fraction")
    with pytest.raises(UnknownPartError, match=r"no family 'pear'.*pair"):
        Registry[type](GROUP).get("pear")


def test_one_name_from_two_packages_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, pair="fractions:Fraction", pair_="decimal:Decimal")
    with pytest.raises(PartError, match="Two packages offer a family named 'pair'"):
        Registry[type](GROUP).names()


def test_a_part_that_cannot_be_loaded_is_loud_and_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, broken="fractions:Nothing", pair="fractions:Fraction")
    with pytest.warns(RuntimeWarning, match="'broken' cannot be loaded"):
        assert set(Registry[type](GROUP).all()) == {"pair"}
    with pytest.raises(PartError, match="AttributeError"):
        Registry[type](GROUP).get("broken")
