from __future__ import annotations

import re
from pathlib import Path

from fivefold.core.protocols import Bundle
from fivefold.runtime.bundle import load_bundle
from tests.service.serving import ROW, Service, serving


def sample(page: bytes, name: str) -> float:
    """The value of one line of the page."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", page.decode(), re.MULTILINE)
    assert found, name
    return float(found.group(1))


def test_requests_rows_and_oddities_are_counted(bundle: Bundle, tmp_path: Path) -> None:
    with serving(bundle.folder, tmp_path / "log.sqlite") as service:
        before = service.ask("GET", "/metrics").body
        service.predict([{**ROW, "city": "Graz", "shoes": 43, "hat": 1}, ROW])
        service.predict([{"age": "old"}])
        service.ask("GET", "/no/such/42")
        page = service.ask("GET", "/metrics").body
    assert sample(before, "fivefold_predictions_total") == 0
    assert sample(page, "fivefold_predictions_total") == 2
    assert sample(page, "fivefold_unseen_categories_total") == 1
    assert sample(page, "fivefold_extra_columns_total") == 2
    assert sample(page, "fivefold_log_rows_dropped_total") == 0
    assert sample(page, "fivefold_ready") == 1
    assert sample(page, 'fivefold_requests_total{code="200",route="predict"}') == 1
    assert sample(page, 'fivefold_requests_total{code="400",route="predict"}') == 1
    assert sample(page, 'fivefold_requests_total{code="404",route="other"}') == 1
    assert sample(page, 'fivefold_request_duration_seconds_count{route="predict"}') == 2
    version = load_bundle(bundle.folder).version
    assert sample(page, f'fivefold_model_info{{target="shown",task="binary",version="{version}"}}') == 1


def test_buckets_begin_below_a_millisecond(service: Service) -> None:
    service.predict([ROW])
    page = service.ask("GET", "/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    line = r'^fivefold_request_duration_seconds_bucket\{le="([^"]+)",route="predict"\} (\S+)$'
    found = re.findall(line, page.body.decode(), re.MULTILINE)
    edges, counts = [float(edge) for edge, _ in found], [float(count) for _, count in found]
    assert [edge for edge in edges if edge < 0.001] == [0.00025, 0.0005]
    assert (edges[-1], edges) == (float("inf"), sorted(edges))
    assert counts == sorted(counts)
    assert counts[-1] == sample(page.body, 'fivefold_request_duration_seconds_count{route="predict"}') >= 1
