"""Dots between thousands: read as such where a column says so, left alone where three decimals may be meant."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.data.journey import glance, make
from tests.draws import draws

from fivefold.core.extract import ColumnWish
from fivefold.data.thousands import grouped_by_dots
from fivefold.runtime.values import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.artefacts import ColumnProfile, Finding, Reading

ROWS = 400
MARKS = ["{}", "{} €", "EUR {}", "-{} €", "{} kg"]


def german(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def column(make_one: Callable[[random.Random], str], seed: int = 0, mark: str = "{}") -> pl.DataFrame:
    chance = random.Random(seed)
    return pl.DataFrame(
        {
            "price": [mark.format(make_one(chance)) for _ in range(ROWS)],
            "y": [str(row % 2) for row in range(ROWS)],
        }
    )


def profile(frame: pl.DataFrame, target: str = "y") -> ColumnProfile:
    return glance(frame, target).column("price")


def sure(chance: random.Random) -> str:
    return german(round(chance.lognormvariate(12.5, 1.0)) + 1_000)


def likely(chance: random.Random) -> str:
    return german(chance.randint(300, 9_000))


def asked(findings: tuple[Finding, ...]) -> list[Finding]:
    return [one for one in findings if "thousands" in one.what]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("seed", draws(4))
@pytest.mark.parametrize("make_one", [sure, likely])
def test_dots_between_thousands_are_read(
    make_one: Callable[[random.Random], str], seed: int, mark: str
) -> None:
    frame = column(make_one, seed, mark)
    digits = ["".join(sign for sign in text if sign.isdigit()) for text in frame["price"]]
    found = profile(frame)
    assert (found.role, found.reading) == ("number", "decimal_comma")
    lows = (found.minimum, found.maximum)
    figures = [-float(one) if "-" in mark else float(one) for one in digits]
    assert lows == (min(figures), max(figures))


MEASURED: list[Callable[[random.Random], str]] = [
    lambda chance: f"{chance.uniform(0.2, 9):.3f}",  # 0.635 is among them
    lambda chance: f"{chance.uniform(12, 300):.3f}",  # no number is without a dot
    lambda chance: f"{chance.uniform(1.1, 900):.3f}" if chance.random() < 0.8 else str(chance.randint(1, 3_000)),
    lambda chance: f"{chance.uniform(20, 45):.3f}" if chance.random() < 0.8 else str(chance.randint(20, 45)),
    lambda chance: f"{chance.uniform(2, 300):.3f}" if chance.random() < 0.8 else str(chance.randint(2, 300)),
    lambda chance: f"{chance.uniform(1.1, 9.9):.3f}" if chance.random() < 0.8 else str(chance.randint(1, 9)),
    lambda chance: f"{chance.uniform(1, 9):.3f}" if chance.random() < 0.9 else "999",  # stands for a missing one
    lambda chance: f"{round(chance.uniform(1, 900), 3)}",  # zeros at the end are left out
]  # fmt: skip


@pytest.mark.parametrize("mark", ["{}", "{} €", "{} kg"])
@pytest.mark.parametrize("seed", draws(4))
@pytest.mark.parametrize("make_one", MEASURED)
def test_three_decimals_stay_decimals(make_one: Callable[[random.Random], str], seed: int, mark: str) -> None:
    found = profile(column(make_one, seed, mark))
    assert found.role == "number"
    assert found.reading in {"plain", "words"}
    assert found.maximum is not None
    assert found.maximum <= 3_000


@pytest.mark.parametrize(
    "figures",
    [
        ["1.234.567", "0.500"],
        ["1.234.567", "1.5"],
        ["1.234.567", "1,234"],
        ["1.234.567", None],
        ["749", "813"],
        [],
    ],
)
def test_one_figure_that_is_none_of_thousands_is_enough(figures: list[str | None]) -> None:
    assert grouped_by_dots(figures) is None


def test_fewer_than_twenty_dots_are_not_believed() -> None:
    few = [f"{lead}.{lead * 110:03d}" for lead in range(1, 9)]
    assert grouped_by_dots([*few, "749", "813", "453"]) is None
    many = [f"{lead}.{end:03d}" for lead in range(1, 9) for end in (110, 253, 999)]
    assert grouped_by_dots([*many, "749", "813", "453"]) is not None


def test_doubted_dots_are_asked_about_and_the_answer_holds() -> None:
    frame = column(likely, 3)
    made = make(frame, "y", "binary")
    (question,) = asked(made.dataset.findings)
    assert question.severity == "warning"
    assert "three decimals" in question.question
    price = next(one for one in made.dataset.contract.columns if one.name == "price")
    assert (clean("3.526", price), clean("749", price), clean(812.5, price)) == (3_526.0, 749.0, 812.5)
    words = make(frame, "y", "binary", wishes={"price": ColumnWish(reading="words")})
    price = next(one for one in words.dataset.contract.columns if one.name == "price")
    assert clean("3.526", price) == 3.526
    told = make(frame, "y", "binary", wishes={"price": ColumnWish(reading="decimal_comma")})
    assert not asked(words.dataset.findings)
    assert not asked(told.dataset.findings)
    assert not asked(make(column(sure, 3), "y", "binary").dataset.findings)


def test_the_target_is_read_so_too() -> None:
    for make_one, questions in ((sure, 0), (likely, 1)):
        frame = column(make_one, 1, "{} €").rename({"y": "x"})
        largest = max(int("".join(filter(str.isdigit, text))) for text in frame["price"])
        assert profile(frame, "price").maximum == largest
        made = make(frame.with_columns(z=pl.Series(range(ROWS))), "price", "regression")
        assert len(asked(made.dataset.findings)) == questions
        assert min(made.train["price"].to_list()) > 299


def european(make_one: Callable[[random.Random], str], seed: int = 0, **others: list[str]) -> pl.DataFrame:
    """A column beside one with decimal commas, and whatever a test adds."""
    chance = random.Random(seed)
    area = [f"{chance.uniform(1, 200):.2f}".replace(".", ",") for _ in range(ROWS)]
    return column(make_one, seed).with_columns(
        area=pl.Series(area), **{k: pl.Series(v) for k, v in others.items()}
    )


def above_a_thousand(chance: random.Random) -> str:
    return german(min(999_999, 1_000 + round(chance.lognormvariate(9, 1))))


def pointed() -> list[str]:
    chance = random.Random(9)
    return [f"{chance.uniform(1, 9):.2f}" for _ in range(ROWS)]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("seed", draws(3))
def test_dots_alone_are_thousands_beside_decimal_commas_and_a_finding_asks(seed: int, mark: str) -> None:
    frame = european(lambda chance: mark.format(above_a_thousand(chance)), seed)
    amounts = ["".join(filter(str.isdigit, text)) for text in frame["price"]]
    found = profile(frame)
    assert (found.role, found.reading) == ("number", "decimal_comma")
    assert {abs(found.minimum or 0), abs(found.maximum or 0)} == {
        *map(float, (min(amounts, key=int), max(amounts, key=int)))
    }
    assert next(made for made in found.decisions if "thousands" in made.what).confidence == 0.85
    made = make(frame, "y", "binary")
    (question,) = asked(made.dataset.findings)
    assert question.severity == "warning"
    assert "'area' has decimal commas" in question.what
    price = next(one for one in made.dataset.contract.columns if one.name == "price")
    assert clean(mark.format("29.120"), price) == (-29_120.0 if "-" in mark else 29_120.0)


def test_millions_of_another_column_prove_it_too() -> None:
    chance = random.Random(1)
    millions = [german(chance.randint(1_000_000, 90_000_000)) for _ in range(ROWS)]
    frame = column(above_a_thousand).with_columns(turnover=pl.Series(millions))
    assert profile(frame).reading == "decimal_comma"
    assert profile(column(above_a_thousand)).reading == "plain"


def test_a_target_of_dots_alone_is_read_so_too() -> None:
    frame = european(above_a_thousand).rename({"y": "x"})
    made = make(frame, "price", "regression")
    assert min(made.train["price"].to_list()) >= 1_000
    assert len(asked(made.dataset.findings)) == 1
    doubted = make(frame.with_columns(ratio=pl.Series(pointed())), "price", "regression")
    assert max(doubted.train["price"].to_list()) < 1_000
    assert len(asked(doubted.dataset.findings)) == 1


@pytest.mark.parametrize("answer", ["words", "decimal_comma"])
@pytest.mark.parametrize("others", [{}, {"ratio": pointed()}])
def test_the_answer_about_dots_alone_holds(others: dict[str, list[str]], answer: Reading) -> None:
    made = make(
        european(above_a_thousand, 0, **others), "y", "binary", wishes={"price": ColumnWish(reading=answer)}
    )
    assert not asked(made.dataset.findings)
    assert (max(made.train["price"].to_list()) >= 1_000) is (answer == "decimal_comma")


@pytest.mark.parametrize(
    ("make_one", "others"),
    [
        (above_a_thousand, {"ratio": pointed()}),
        (
            lambda chance: (
                above_a_thousand(chance) if chance.random() < 0.9 else str(chance.randint(1_000, 1_500))
            ),
            {},
        ),
    ],
)
def test_where_a_table_says_both_dots_stay_points_and_a_finding_asks(
    make_one: Callable[[random.Random], str], others: dict[str, list[str]]
) -> None:
    frame = european(make_one, 0, **others)
    assert profile(frame).reading == "plain"
    made = make(frame, "y", "binary")
    (question,) = asked(made.dataset.findings)
    assert (question.severity, question.done[:7]) == ("warning", "nothing")


@pytest.mark.parametrize("seed", draws(4))
@pytest.mark.parametrize(
    "make_one",
    [
        lambda chance: f"{chance.uniform(0.2, 9):.3f}",  # 0.635 is among them
        lambda chance: f"{round(chance.uniform(1, 900), 3)}",  # zeros at the end are left out
        lambda chance: f"{chance.uniform(1, 900):.2f}",
        lambda chance: str(chance.randint(1, 3_000)),
    ],
)
def test_honest_columns_beside_decimal_commas_are_not_asked_about(
    make_one: Callable[[random.Random], str], seed: int
) -> None:
    frame = european(make_one, seed)
    figures = [float(text) for text in frame["price"]]
    found = profile(frame)
    assert (found.minimum, found.maximum) == (min(figures), max(figures))
    assert not asked(make(frame, "y", "binary").dataset.findings)


def test_places_and_files_without_commas_are_not_asked_about() -> None:
    places = european(lambda chance: f"{chance.uniform(47, 54):.3f}").rename({"price": "latitude"})
    assert glance(places, "y").column("latitude").form == "latitude"
    assert not asked(make(places, "y", "binary").dataset.findings)
    for seed in range(3):
        dotted = column(above_a_thousand, seed).with_columns(ratio=pl.Series(pointed()))
        assert profile(dotted).reading == "plain"
        assert not asked(make(dotted, "y", "binary").dataset.findings)


def test_words_for_a_missing_amount_stay_missing() -> None:
    frame = european(lambda chance: "unknown" if chance.random() < 0.1 else above_a_thousand(chance))
    found = profile(frame)
    assert (found.reading, found.missing_values) == ("decimal_comma", ("unknown",))
    assert found.missing == frame["price"].to_list().count("unknown")
