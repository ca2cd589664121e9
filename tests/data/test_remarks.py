"""Remarks: a phrase that comes back among numbers is a missing one, in training as in requests, and a finding asks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.data.journey import glance, make
from tests.draws import draws

from fivefold.core.extract import ColumnWish
from fivefold.runtime.values import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.data.journey import Made

    from fivefold.core.artefacts import ColumnProfile

ROWS = 600


def table(make_one: Callable[[random.Random], str], name: str = "it", seed: int = 0) -> pl.DataFrame:
    chance = random.Random(seed)
    return pl.DataFrame(
        {
            name: [make_one(chance) for _ in range(ROWS)],
            "other": [chance.random() for _ in range(ROWS)],
            "y": [chance.choice(("no", "yes")) for _ in range(ROWS)],
        }
    )


def seen(make_one: Callable[[random.Random], str], name: str = "it", seed: int = 0) -> ColumnProfile:
    return glance(table(make_one, name, seed), "y").column(name)


def asked(made: Made) -> list[str]:
    return [one.question for one in made.dataset.findings if one.check == "values"]


def mostly(
    figure: Callable[[random.Random], str], *phrases: str, share: float = 0.1
) -> Callable[[random.Random], str]:
    return lambda chance: chance.choice(phrases) if chance.random() < share else figure(chance)


def measured(chance: random.Random) -> str:
    return f"{chance.gauss(5, 1):.2f}"


def aged(chance: random.Random) -> str:
    return str(chance.randint(18, 90))


@pytest.mark.parametrize("seed", draws(3))
@pytest.mark.parametrize("share", [0.03, 0.1, 0.4])
@pytest.mark.parametrize("figure", [measured, aged, lambda chance: f"{chance.gauss(50, 9):.1f} kg"])
@pytest.mark.parametrize(
    "phrases", [("keine Angabe",), ("not measured", "Not measured"), ("n.d.", "inconnu")]
)
def test_what_is_said_of_an_unknown_number_is_a_missing_one(
    phrases: tuple[str, ...], figure: Callable[[random.Random], str], share: float, seed: int
) -> None:
    make_one = mostly(figure, *phrases, share=share)
    found, texts = seen(make_one, seed=seed), table(make_one, seed=seed)["it"].to_list()
    assert found.role == "number"
    assert set(found.missing_values) == set(phrases)
    assert found.missing == sum(text in phrases for text in texts)
    assert found.distinct == len({*texts} - {*phrases})


@pytest.mark.parametrize("seed", draws(3))
@pytest.mark.parametrize("share", [0.1, 0.4])
@pytest.mark.parametrize(
    "figure", [measured, aged, lambda chance: f"{chance.gauss(50, 9):,.2f}".replace(".", ",")]
)
@pytest.mark.parametrize("phrase", ["trace", "see the paper file", "instrument broken"])
def test_any_phrase_that_comes_back_among_many_numbers_is_a_missing_one(
    phrase: str, figure: Callable[[random.Random], str], share: float, seed: int
) -> None:
    found = seen(mostly(figure, phrase, share=share), seed=seed)
    assert (found.role, found.missing_values) == ("number", (phrase,))


def test_it_is_asked_about_and_a_request_reads_it_as_training_did() -> None:
    frame = table(mostly(measured, "trace"))
    made = make(frame, "y", "binary")
    (finding,) = [one for one in made.dataset.findings if one.check == "values"]
    assert finding.severity == "warning"
    assert finding.question == "Does 'trace' in 'it' mean that nobody knows the number?"
    assert finding.figures["rows"] == frame["it"].to_list().count("trace")
    column = next(one for one in made.dataset.contract.columns if one.name == "it")
    assert [clean(text, column) for text in ("trace", "Trace", " trace ", "4.5", 4.5)] == [None] * 3 + [
        4.5
    ] * 2
    for wish in (ColumnWish(missing_values=("trace",)), ColumnWish(role="category")):
        assert not asked(make(frame, "y", "binary", wishes={"it": wish}))
    kept = make(frame, "y", "binary", wishes={"it": ColumnWish(role="category")})
    assert "trace" in kept.train["it"].to_list()


def test_nobody_is_asked_about_what_can_only_be_said_of_an_unknown_number() -> None:
    assert not asked(make(table(mostly(measured, "keine Angabe")), "y", "binary"))


def test_answers_that_are_such_a_phrase_are_set_aside_and_counted() -> None:
    frame = table(mostly(lambda chance: f"{chance.gauss(50, 9):.2f}", "trace"), "price").drop("y")
    made = make(frame, "price", "regression")
    assert made.dataset.removed == (
        ("'price' cannot be read as a number", frame["price"].to_list().count("trace")),
    )


HONEST: list[tuple[str, Callable[[random.Random], str]]] = [
    # house numbers with words
    ("number", mostly(lambda chance: str(chance.randint(1, 150)), "Lindenhof", "Schloss")),
    ("it", mostly(lambda chance: f"{chance.randint(1, 150)}{chance.choice('abc')}", "Lindenhof")),
    ("it", mostly(lambda chance: str(chance.randint(1, 150)), *(f"Villa {name}" for name in "ABCDEFG"))),
    ("bus_line", mostly(lambda chance: str(chance.randint(1, 99)), "Ring", "Express")),
    ("floor", mostly(lambda chance: str(chance.randint(1, 80)), "ground", "basement")),
    ("it", mostly(lambda chance: str(chance.randint(1, 30)), "ground", "basement")),
    ("it", mostly(lambda chance: str(chance.randint(34, 48)), "one size")),
    ("it", mostly(lambda chance: str(chance.randint(1, 4)), "keine Angabe")),
    ("it", mostly(lambda chance: chance.choice(["1.5", "2.0", "2.5", "3.0"]), "large")),
    ("it", mostly(measured, "red", "green", "blue", "grey", "black", share=0.4)),
    ("it", mostly(measured, "trace", share=0.7)),
    ("it", mostly(lambda chance: f"{chance.randint(0, 300):05d}", "unlisted")),
    ("it", mostly(lambda chance: f"A{chance.randint(1, 300)}", "trace")),
    ("customer_id", mostly(lambda chance: str(chance.randint(1, 300)), "guest")),
]  # fmt: skip


@pytest.mark.parametrize("seed", draws(3))
@pytest.mark.parametrize(("name", "make_one"), HONEST)
def test_names_and_few_numbers_stay_words(
    name: str, make_one: Callable[[random.Random], str], seed: int
) -> None:
    found = seen(make_one, name, seed)
    assert found.kind == "string"
    assert not found.missing_values
