"""The form in a real browser: filled in by keyboard, answered, and nothing of the page sticks out on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.service.settings import ServiceSettings
from fivefold.service.tokens import Tokens
from fivefold.testing.targets import tiny_bundle
from tests.service.browser import CHROMIUM, Browser, browsing
from tests.service.hostile import IMAGE, hostile_bundle
from tests.service.serving import Service, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
TOKEN = "a-secret-of-the-shop-7"
FILLED = {"age": "31", "price": "9.5", "member": "true", "city": "Oslo", "joined": "2016-04-29T18:38:08"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(autouse=True)
def no_complaints(browser: Browser) -> Iterator[None]:
    """The page raises no error, and asks for nothing that its own policy forbids."""
    browser.complaints.clear()
    browser.look(1280)
    yield
    refused = "the server responded with a status of 4"  # what a test provokes
    assert [words for words in browser.complaints if refused not in words] == []


def address(service: Service, path: str = "/") -> str:
    return f"http://127.0.0.1:{service.port}{path}"


def held(browser: Browser) -> dict[str, str]:
    found: dict[str, str] = browser.see(
        "Object.fromEntries([...document.querySelectorAll('[data-kind]')].map((e) => [e.name, e.value]))"
    )
    return found


def test_what_is_typed_is_answered(browser: Browser, service: Service) -> None:
    browser.visit(address(service))
    browser.type("[name=age]", "31")
    browser.type("[name=price]", "9.5")
    browser.see("document.querySelector('[name=member]').value = 'true'")
    browser.see("document.querySelector('[name=city]').value = 'Oslo'")
    browser.see("document.querySelector('[name=joined]').value = '2016-04-29T18:38:08'")
    browser.type("[name=age]", "")
    browser.press("Enter")
    browser.until("document.querySelector('.verdict')")
    row = {"age": 31, "price": 9.5, "member": True, "city": "Oslo", "joined": "2016-04-29T18:38:08Z"}
    expected = service.predict([row]).json["predictions"][0]
    assert browser.see("document.querySelector('.verdict').textContent") == expected["label"]
    shares = browser.see("[...document.querySelectorAll('.bars .share')].map((e) => e.textContent)")
    assert shares == [
        f"{share * 100:.0f} %" for share in sorted(expected["probabilities"].values(), reverse=True)
    ]
    widths = browser.see(
        "[...document.querySelectorAll('.bar > span')].map((e) => parseFloat(e.style.width))"
    )
    assert widths == pytest.approx(
        sorted((100 * share for share in expected["probabilities"].values()), reverse=True)
    )
    assert "In 90 of 100 rows" in browser.see("document.getElementById('answer').innerText")


def test_the_example_is_filled_in_by_a_click_and_taken_away_by_another(
    browser: Browser, service: Service
) -> None:
    browser.visit(address(service))
    browser.see("document.getElementById('example').click()")
    assert held(browser) == FILLED
    browser.see("document.querySelector('.first').click()")
    browser.until("document.querySelector('.verdict')")
    browser.see("document.querySelector('[type=reset]').click()")
    browser.until("document.querySelector('[name=age]').value === ''")
    assert not browser.see("Boolean(document.querySelector('.verdict'))")


@pytest.mark.parametrize(("age", "said"), [("", "A value of 'age' is needed"), ("40.5", "whole number")])
def test_an_error_stands_at_the_field_at_fault(
    age: str, said: str, browser: Browser, service: Service
) -> None:
    browser.visit(address(service))
    browser.see("document.getElementById('example').click()")
    browser.see("document.querySelector('[name=age]').value = ''")
    if age:
        browser.type("[name=age]", age)
    browser.see("document.querySelector('.first').click()")
    browser.until("document.querySelector('[name=age]').getAttribute('aria-invalid') === 'true'")
    assert "age" in browser.see("document.getElementById('error-0').textContent")
    complaint = browser.see("document.getElementById('error-0').textContent")
    assert said in complaint
    assert "leave it empty" not in complaint
    assert "One field" in browser.see("document.getElementById('answer').textContent")
    browser.until("document.activeElement.name === 'age'")
    assert browser.see("[...document.querySelectorAll('.error:not([hidden])')].length") == 1
    browser.type("[name=age]", "1")
    assert browser.see("document.getElementById('error-0').hidden")


def test_a_number_comes_with_its_interval(browser: Browser, tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle", task="regression")
    with serving(bundle.folder, None) as service:
        browser.visit(address(service))
        browser.see("document.getElementById('example').click()")
        browser.see("document.querySelector('.first').click()")
        browser.until("document.querySelector('.ends')")
        shown = browser.see("document.querySelector('.verdict').textContent")
        row = {**FILLED, "age": 31, "price": 9.5, "member": True}
        assert float(shown) == pytest.approx(service.predict([row]).json["predictions"][0]["value"], abs=0.01)
        ends = browser.see("[...document.querySelectorAll('.ends span')].map((e) => Number(e.textContent))")
    assert ends[0] < float(shown) < ends[1]


def test_a_token_is_asked_for_and_goes_with_every_request(browser: Browser, tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    with serving(bundle.folder, None, ServiceSettings(tokens=Tokens([TOKEN]))) as service:
        browser.visit(address(service))
        assert not browser.see("Boolean(document.getElementById('try'))")
        browser.type("#token", "not-the-right-one-at-all")
        browser.press("Enter")
        browser.until("!document.getElementById('token-error').hidden")
        browser.see("document.getElementById('token').value = ''")
        browser.type("#token", TOKEN)
        browser.press("Enter")
        browser.until("document.getElementById('try')")
        browser.see("document.getElementById('example').click()")
        browser.see("document.querySelector('.first').click()")
        browser.until("document.querySelector('.verdict')")
        assert TOKEN not in browser.see("document.documentElement.outerHTML")
        assert (
            browser.see("document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
            == "{}{}"
        )
        browser.see("document.querySelector('nav a[href=\"/docs\"]').click()")
        browser.until("document.querySelector('.statuses')")
        assert browser.see("location.pathname") == "/docs"
        browser.visit(address(service))  # anew: the token is gone
        assert not browser.see("Boolean(document.getElementById('try'))")


def test_names_and_words_of_the_table_do_nothing(browser: Browser, tmp_path: Path) -> None:
    with serving(hostile_bundle(tmp_path / "bundle"), None) as service:
        for path in ("/docs", "/"):
            browser.visit(address(service, path))
            assert "broken" not in browser.see("document.title").split()
        browser.see("document.getElementById('example').click()")
        browser.see("document.querySelector('.first').click()")
        browser.until("document.querySelector('.verdict')")
        assert browser.see("document.querySelector('.verdict').textContent") == IMAGE
        assert not browser.see("document.querySelectorAll('img').length")
        assert browser.see("document.querySelectorAll('script').length") == 1


@pytest.mark.parametrize("path", ["/", "/docs"])
@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_nothing_sticks_out(
    width: int, path: str, browser: Browser, service: Service, tmp_path: Path
) -> None:
    browser.look(width, dark=width == 390)
    browser.visit(address(service, path))
    if path == "/":
        browser.see("document.getElementById('example').click()")
        browser.see("document.querySelector('.first').click()")
        browser.until("document.querySelector('.verdict')")
    sticking = browser.see(
        "[...document.querySelectorAll('main *')].filter((e) => !e.closest('pre, details:not([open])') && "
        f"e.getBoundingClientRect().right > {width} + 1).map((e) => e.outerHTML.slice(0, 80))"
    )
    assert sticking == []
    assert browser.see("document.documentElement.scrollWidth") == width
    browser.shoot(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 10_000
