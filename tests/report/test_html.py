"""The builder: whatever goes in as text comes out as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.reader import read

from fivefold.report.html import Markup, bullets, fold, h, join, link, name, table

printable = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn")), max_size=60)


@given(printable, printable)
def test_text_and_attributes_come_back_as_they_went_in(text: str, value: str) -> None:
    page = read(h("p", text, attributes={"title": value}))
    assert [element.name for element in page.elements] == ["p"]
    assert page.text == text
    assert page.elements[0].attributes == {"title": value}


@given(st.text(max_size=60))
def test_no_text_opens_an_element(text: str) -> None:
    assert len(read(join(name(text), h("b", text))).elements) == 2


def test_characters_that_cannot_be_shown_or_turn_the_text_around_are_replaced() -> None:
    assert h("p", "a\x00b\u202ec") == "<p>a\ufffdb\ufffdc</p>"


def test_markup_is_kept_and_nothing_is_left_out() -> None:
    assert h("p", Markup("<b>x</b>"), None, "", "&") == "<p><b>x</b>&amp;</p>"


def test_an_element_without_content_is_not_closed() -> None:
    assert h("meta", attributes={"charset": "utf-8"}) == '<meta charset="utf-8">'


@pytest.mark.parametrize("bad", ["p onload=x", "", "a>b", "1p"])
def test_names_cannot_break_out(bad: str) -> None:
    with pytest.raises(ValueError, match="named"):
        h(bad)
    with pytest.raises(ValueError, match="named"):
        h("p", attributes={bad: "x"})


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "https://a b", 'https://a"b', "//a.b", "", "file:///etc"],
)
def test_only_plain_web_addresses_become_links(address: str) -> None:
    assert link(address, "a paper") == "<span>a paper</span>"


def test_a_web_address_becomes_a_link() -> None:
    page = read(link("https://doi.org/10.1000/a?b=1&c=2", "a paper"))
    assert page.elements[0].attributes["href"] == "https://doi.org/10.1000/a?b=1&c=2"


def test_a_table_names_its_columns_and_rows() -> None:
    page = read(table("What it shows", ("City", "Rows"), [("Åre", "3"), ("<Rome>", None)], numbers=(1,)))
    assert [(cell.text, cell.attributes["scope"]) for cell in page.named("th")] == [
        ("City", "col"),
        ("Rows", "col"),
        ("Åre", "row"),
        ("<Rome>", "row"),
    ]
    assert page.named("caption")[0].text == "What it shows"
    assert all(cell.attributes["class"] == "figure" for cell in page.named("td"))


def test_an_empty_list_is_nothing() -> None:
    assert bullets([]) is None
    assert fold("More", bullets(["a"])) == (
        '<details><summary>More</summary><div class="folded"><ul><li>a</li></ul></div></details>'
    )
