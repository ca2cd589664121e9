"""The dashboard asks for figures that the service gives."""

from __future__ import annotations

import re
from pathlib import Path

import orjson

from tests.service.serving import ROW, Service

DASHBOARD = Path(__file__).parents[2] / "examples" / "grafana" / "fivefold-service.json"


def test_every_figure_and_label_of_the_dashboard_is_on_the_page(service: Service) -> None:
    service.predict([ROW])
    page = service.ask("GET", "/metrics").body.decode()
    given = set(re.findall(r"^([a-z_]+)(?:\{| )", page, re.MULTILINE))
    document = orjson.loads(DASHBOARD.read_bytes())
    asked = [target["expr"] for panel in document["panels"] for target in panel["targets"]]
    names = {
        name for expression in asked for name in re.findall(r"\b(?:fivefold|process)_[a-z_]+", expression)
    }
    assert len(asked) > 10
    assert names <= given
    labels = {
        label
        for expression in asked
        for label in re.findall(r"\b(route|code|version)\b(?=[=,}~)])", expression)
    }
    assert all(f'{label}="' in page for label in labels)


def test_panels_do_not_cover_each_other() -> None:
    places = [panel["gridPos"] for panel in orjson.loads(DASHBOARD.read_bytes())["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
