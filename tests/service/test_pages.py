"""The pages for people, read strictly: whole, escaped, with a label on each field, and loading nothing from elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from fivefold.core.protocols import Bundle
from fivefold.testing.targets import tiny_bundle
from tests.report.reader import Page, read
from tests.service.hostile import IMAGE, PROTO, QUOTE, ROW, SCRIPT, hostile_bundle
from tests.service.serving import Answer, Service, serving

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(hostile_bundle(tmp_path_factory.mktemp("hostile") / "bundle"), None) as found:
        yield found


def page_of(answer: Answer) -> Page:
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return read(answer.body.decode().removeprefix("<!doctype html>\n"))


def test_a_browser_gets_the_form_and_others_the_routes(service: Service) -> None:
    assert service.ask("GET", "/").json["service"] == "fivefold"
    assert service.ask("GET", "/", headers={"accept": "*/*"}).json["service"] == "fivefold"
    answer = service.ask("GET", "/", headers=HTML)
    assert "Predict shown" in page_of(answer).text
    assert answer.headers["vary"] == "accept"


def test_each_column_has_the_field_that_fits_it(service: Service) -> None:
    page = page_of(service.ask("GET", "/", headers=HTML))
    fields = {
        each.attributes["name"]: (each.name, each.attributes.get("type"), each.attributes.get("placeholder"))
        for each in page.elements
        if "data-kind" in each.attributes
    }
    assert fields == {
        "age": ("input", "number", "e.g. 31"),
        "price": ("input", "number", "e.g. 9.5"),
        "member": ("select", None, None),
        "city": ("select", None, None),
        "joined": ("input", "datetime-local", None),
    }
    assert "18 to 90 in training" in page.text
    labels = {each.attributes["for"] for each in page.named("label")}
    ids = {each.attributes["id"] for each in page.elements if "data-kind" in each.attributes}
    assert labels == ids
    described = {
        word for each in page.elements for word in (each.attributes.get("aria-describedby") or "").split()
    }
    assert described <= {each.attributes.get("id") for each in page.elements}
    required = {each.attributes["name"] for each in page.elements if each.attributes.get("aria-required")}
    assert required == {"age"}


def test_the_documentation_names_every_route_of_the_document(service: Service) -> None:
    page = page_of(service.ask("GET", "/docs", headers=HTML))
    paths = service.ask("GET", "/openapi.json").json["paths"]
    assert {"/predict", "/explain", "/livez", "/readyz", "/schema", "/metrics", "/", "/docs"} <= paths.keys()
    headings = {each.text for each in page.named("h2")}
    for path, item in paths.items():
        for method in item:
            assert f"{method.upper()} {path}" in headings
            assert f"curl http://localhost:8080{path}" in page.text


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_names_and_words_of_the_table_stay_text(path: str, hostile: Service) -> None:
    page = page_of(hostile.ask("GET", path, headers=HTML))  # read strictly: what is opened is closed
    assert len(page.named("script")) == 1
    assert not page.named("img")
    assert not [each for each in page.elements if any(key.startswith("on") for key in each.attributes)]
    assert all(word in page.text for word in (SCRIPT, QUOTE, IMAGE, PROTO))
    if path == "/":
        examples = {
            each.attributes["name"]: each.attributes.get("data-example")
            for each in page.elements
            if "data-kind" in each.attributes
        }
        assert examples == {name: str(value) for name, value in ROW.items()}


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_policy_lets_the_page_run_its_own_script_and_load_nothing(path: str, service: Service) -> None:
    answer = service.ask("GET", path, headers=HTML)
    policy = answer.headers["content-security-policy"]
    text = answer.body.decode()
    for name in ("script", "style"):
        (inside,) = re.findall(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
        digest = b64encode(sha256(inside.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert "connect-src 'self'" in policy
    page = page_of(answer)
    addresses = [
        each.attributes[key] or ""
        for each in page.elements
        for key in ("href", "src", "action")
        if key in each.attributes
    ]
    assert all(address.startswith(("/", "#", "data:,")) for address in addresses)
    assert not [each for each in page.elements if "style" in each.attributes]


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_every_task_has_its_pages(task: str, tmp_path: Path) -> None:
    bundle: Bundle = tiny_bundle(tmp_path / "bundle", task=task)  # type: ignore[arg-type]
    with serving(bundle.folder, None) as service:
        for path in ("/", "/docs"):
            assert bundle.contract.target in page_of(service.ask("GET", path, headers=HTML)).text
