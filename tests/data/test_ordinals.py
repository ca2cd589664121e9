"""Words in an order: known scales, stages and bands; and words that are in none."""

from __future__ import annotations

import random

import pytest

from fivefold.data.ordinals import levels_of


@pytest.mark.parametrize(
    "levels",
    [
        ("low", "mid", "high"), ("Very Low", "Low", "Medium", "High", "Very High"), ("poor", "fair", "good", "excellent"),
        ("XS", "S", "M", "L", "XL", "XXL"), ("never", "rarely", "sometimes", "often", "always"),
        ("strongly_disagree", "disagree", "neutral", "agree", "strongly_agree"), ("1st", "2nd", "3rd", "21st"),
        ("Stage I", "Stage II", "Stage III"), ("<18", "18-24", "25-34", "35+"),
        ("<1 year", "1-4 years", "5-9 years", "10+ years"), ("0 to 9", "10 to 19", "20 to 29"),
        ("under $10,000", "$10,000-$19,999", "$20,000-$49,999", "$50,000+"), ("mild", "moderate", "severe"),
        ("HS-grad", "Some-college", "Bachelors", "Masters", "Doctorate"), ("bronze", "silver", "gold"), ("I", "II", "III"),
        ("T1", "T2", "T3", "T4"), ("P0", "P1", "P2", "P3"), ("level 1", "level 2", "level 12"), ("B-", "B", "B+", "A-", "A", "A+"), ("small", "medium", "large"), ("junior", "mid", "senior"),
    ],
)  # fmt: skip
def test_an_order_is_seen_however_the_words_come(levels: tuple[str, ...]) -> None:
    texts = list(levels)
    random.Random(0).shuffle(texts)
    found = levels_of(texts)
    assert found is not None
    assert found[:2] == (levels, ())


@pytest.mark.parametrize(
    "texts",
    [
        ["red", "green", "blue"], ["A", "B", "C"], ["S", "C", "Q"], ["low", "high"], ["555-1234", "444-2222", "333-9999"],
        ["2-1", "1-0", "0-3"], ["Q1", "Q2", "Q3"], ["Mon", "Tue", "Wed"], ["cat", "dog", "low"], ["10-20", "15-25", "18-30"],
        ["M", "F", "X"], ["yes", "no", "maybe"], ["Graz", "Lyon", "Porto", "low", "high", "mid"], ["I", "V", "C"],
        [f"S{at:02}" for at in range(40)], [f"P{at}" for at in range(1, 13)], [f"G{at:02}" for at in range(1, 30)],
    ],
)  # fmt: skip
def test_no_order_is_made_up(texts: list[str]) -> None:
    assert levels_of(texts) is None
