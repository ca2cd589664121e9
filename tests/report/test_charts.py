"""Charts: drawn for whatever figures come, named for those who cannot see them."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.artefacts import ColumnContribution, DependenceCurve
from fivefold.report.charts.band import band
from fivefold.report.charts.bars import Bar, bars
from fivefold.report.charts.calibration import calibration
from fivefold.report.charts.canvas import Scale, shorten, span
from fivefold.report.charts.confusion import confusion
from fivefold.report.charts.curve import curve
from fivefold.report.charts.effect import effect
from fivefold.report.charts.histogram import histogram
from fivefold.report.charts.marks import Mark, marks
from fivefold.report.charts.scatter import scatter
from fivefold.report.charts.stack import stack
from fivefold.report.charts.swarm import swarm
from fivefold.report.html import Markup

values = st.floats(-1e9, 1e9, allow_nan=False)
pairs = st.lists(st.tuples(values, values), min_size=1, max_size=20)


def checked(chart: Markup) -> ET.Element:
    """A chart as XML; every place on it is a number and lies on the sheet."""
    root = ET.fromstring(chart)
    drawing = root if root.tag == "svg" else root.find("svg")
    assert drawing is not None
    assert drawing.get("role") == "img"
    assert drawing.get("aria-label")
    _, _, width, height = map(float, (drawing.get("viewBox") or "").split())
    for shape in drawing.iter():
        for key, limit in (
            ("x", width),
            ("x1", width),
            ("x2", width),
            ("cx", width),
            ("y", height),
            ("cy", height),
        ):
            text = shape.get(key)
            if text is not None:
                assert re.fullmatch(r"-?\d+(\.\d+)?", text), (key, text)
                assert -1 <= float(text) <= limit + 1, (shape.tag, key, text)
    return root


@given(st.lists(st.tuples(values, values, values), min_size=1, max_size=8))
def test_marks_are_drawn_for_any_figures(rows: list[tuple[float, float, float]]) -> None:
    checked(marks("m", [Mark("a", sorted(row)[1], min(row), max(row)) for row in rows]))


@given(st.lists(values, min_size=1, max_size=8), st.floats(0, 1))
def test_bars_are_drawn_for_any_figures(rows: list[float], limit: float) -> None:
    drawn = [Bar("a", value, "1", track=abs(value), tick=value / 2) for value in rows]
    checked(bars("b", drawn, limit=limit, limit_text="here"))


@given(st.lists(st.tuples(values, st.none() | st.floats(0, 1)), min_size=1, max_size=40))
def test_a_swarm_has_a_dot_for_every_row_inside_its_line(points: list[tuple[float, float | None]]) -> None:
    drawing = checked(swarm("w", [ColumnContribution("a", 1.0, tuple(points))]))
    steps = [shape.get("d") or "" for shape in drawing.iter() if "swarm" in (shape.get("class") or "")]
    dots = [tuple(map(float, dot.split())) for step in steps for dot in re.findall(r"M([-\d. ]+)h0", step)]
    assert len(dots) == len(points)
    assert len(set(dots)) == len(dots)
    assert all(0 <= x <= 440 and 4 <= y <= 38 for x, y in dots)


@pytest.mark.parametrize("size", [1.0, 400_000.0, 3e9])
def test_figures_of_an_axis_stand_clear_of_its_name_and_of_each_other(size: float) -> None:
    dots = [(0.1 * size, 0.2 * size), (0.9 * size, size)]
    bands = [(0.1 * size, 0.0, 0.3 * size), (0.9 * size, 0.8 * size, 1.1 * size)]
    for chart in (scatter("s", dots), band("b", bands, dots), histogram("h", [-size, size], "x")):
        ticks = [shape for shape in checked(chart).iter() if shape.get("class") == "tick"]
        upright = [shape for shape in ticks if shape.get("text-anchor") == "end"]
        along = [shape for shape in ticks if shape.get("text-anchor") == "middle"]
        # Letters of 11.5 pixels: a digit takes 7 units, and the upright axis's name ends at 16.
        assert all(float(one.get("x") or 0) - 7 * len(one.text or "") >= 16 for one in upright)
        places = [float(one.get("x") or 0) for one in along]
        assert all(
            after - before >= 7 * len(one.text or "")
            for one, before, after in zip(along, places, places[1:], strict=False)
        )


@given(pairs)
def test_scatter_and_histogram_are_drawn_for_any_pairs(dots: list[tuple[float, float]]) -> None:
    drawing = checked(scatter("s", dots))
    assert sum(shape.get("class") == "point" for shape in drawing.iter()) == len(dots)
    checked(histogram("h", [said - true for true, said in dots], "error"))


def test_a_histogram_of_errors_that_are_all_zero_is_drawn() -> None:
    checked(histogram("h", [0.0] * 10, "error"))


@pytest.mark.parametrize("count", [2, 6, 7, 20])
def test_a_confusion_has_a_cell_for_every_pair_of_classes(count: int) -> None:
    names = [f"a class with a long name {position}" for position in range(count)]
    matrix = [[row * column for column in range(count)] for row in range(count)]
    drawing = checked(confusion("c", matrix, names))
    assert sum(shape.get("class") == "cell" for shape in drawing.iter()) == count**2


def test_a_confusion_of_a_class_that_never_occurred_is_drawn() -> None:
    checked(confusion("c", [[0, 0], [0, 0]], ["no", "yes"]))


@pytest.mark.parametrize("bins", [(), ((0.5, 0.5, 0),), ((0.0, 1.0, 3), (1.0, 0.0, 500))])
def test_calibration_is_drawn_for_any_bins(bins: tuple[tuple[float, float, int], ...]) -> None:
    checked(calibration("c", bins, "yes"))


@pytest.mark.parametrize("sizes", [(1.0,), (0.0, 0.0), (1e-9, 1.0), tuple([1.0] * 30)])
def test_a_stack_names_every_part(sizes: tuple[float, ...]) -> None:
    drawing = checked(stack("s", [(f"part {at}", size, "1") for at, size in enumerate(sizes)]))
    assert len(drawing.findall(".//li")) == len(sizes)


def test_names_are_escaped_and_long_ones_told_in_full() -> None:
    name = "<script>alert('a very long name of a column')</script>"
    drawing = checked(bars(name, [Bar(name, 1.0, "1")]))
    assert drawing.get("aria-label") == name
    assert [title.text for title in drawing.findall(".//title")] == [name]


@given(values, values)
def test_ticks_are_few_and_inside(first: float, second: float) -> None:
    low, high = sorted((first, second))
    ticks = Scale(low, high, 0, 100).ticks(5)
    assert len(ticks) <= 6
    air = 1e-6 * max(abs(low), abs(high), 1)
    assert all(low - air <= tick <= high + air for tick in ticks)


def test_a_span_has_air_even_around_one_value_and_survives_what_is_no_number() -> None:
    assert span([5.0])[0] < 5 < span([5.0])[1]
    assert span([math.nan, 1.0, 3.0])[0] < 1
    assert span([])[0] < span([])[1]


def test_shortened_texts_keep_their_beginning() -> None:
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"


@given(st.lists(st.tuples(values, values, values), min_size=1, max_size=8), pairs)
def test_bands_are_drawn_for_any_figures(
    rows: list[tuple[float, float, float]], dots: list[tuple[float, float]]
) -> None:
    bands = sorted((sorted(row)[1], min(row), max(row)) for row in rows)
    checked(band("b", bands, dots))


def test_a_band_tells_dots_inside_from_dots_outside() -> None:
    chart = checked(band("b", [(0.0, -1.0, 1.0), (10.0, 8.0, 14.0)], [(6.0, 5.0), (9.0, 5.0)]))
    assert [dot.get("class") for dot in chart.iter("circle")] == ["point", "point out"]


shares = st.floats(0, 1)


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=20), st.tuples(shares, shares))
def test_curves_are_drawn_for_any_shares(
    points: list[tuple[float, float]], chosen: tuple[float, float]
) -> None:
    checked(curve("c", points, ("across", "up"), ((0.0, 0.0), (1.0, 1.0)), chosen))


answers = st.lists(values, min_size=3, max_size=3)


@given(st.lists(values, min_size=2, max_size=20, unique=True), answers, st.booleans())
def test_a_curve_of_effects_lies_on_its_sheet(places: list[float], means: list[float], missing: bool) -> None:
    places, shares = sorted(places), (1 / len(places),) * len(places)
    lines = tuple((mean,) * len(places) for mean in means)
    gone = (tuple(means), 0.2) if missing else ((), 0.0)
    curve = DependenceCurve("x", "number", tuple(places), (), shares, lines, *gone)
    root = checked(effect("words", curve, means, span(means)))
    assert sum((one.get("class") or "").startswith("curve") for one in root.iter("path")) == 3
    assert sum(one.get("class") == "rug" for one in root.iter("line")) == len(places) + missing
    assert sum(one.tag == "circle" for one in root.iter()) == 3 * missing


@given(st.lists(values, min_size=2, max_size=12), st.booleans())
def test_levels_are_named_with_their_share_of_the_rows(means: list[float], missing: bool) -> None:
    levels = tuple(f"level {at}" for at in range(len(means)))
    gone = ((means[0],), 0.125) if missing else ((), 0.0)
    curve = DependenceCurve("x", "category", (), levels, (0.05,) * len(means), (tuple(means),), *gone)
    root = checked(effect("words", curve, means[:1], span(means)))
    texts = [text.text for text in root.iter("text")]
    assert set(levels) <= set(texts)
    assert texts.count("5.0 %") == len(means)
    assert ("missing" in texts, "12.5 %" in texts) == (missing, missing)
    assert sum(one.tag == "circle" for one in root.iter()) == len(means) + missing
