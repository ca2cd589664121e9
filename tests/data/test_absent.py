"""Missing values in disguise: believed with evidence, and left alone without."""

from __future__ import annotations

import numpy as np
import pytest

from fivefold.data.absent import absent_dates, absent_numbers, absent_words, stand_ins

DAY = 86_400.0


@pytest.mark.parametrize("stand_in", [999.0, 9999.0, -99.0, -999.0, -9999.0, 99_999.0, 999.9, -999.25])
@pytest.mark.parametrize("seed", range(5))
def test_a_stand_in_far_outside_is_found(stand_in: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    figures = np.append(generator.integers(1, 40, 1_000).astype(float), [stand_in] * 20)
    assert [float(one.value) for one in absent_numbers("wait", figures)] == [stand_in]


@pytest.mark.parametrize("seed", range(10))
def test_honest_numbers_are_left_alone(seed: int) -> None:
    generator = np.random.default_rng(seed)
    prices = generator.choice([9.0, 49.0, 99.0, 149.0, 199.0, 249.0, 299.0, 349.0, 999.0], 1_000)
    wide = np.append(generator.integers(1, 3_000, 1_000).astype(float), [999.0] * 50)
    capped = np.minimum(generator.lognormal(9, 1.2, 2_000).round(), 99_999)
    below = np.append(generator.integers(0, 30, 1_000).astype(float), [-1.0] * 30)
    once = np.append(generator.integers(1, 90, 1_000).astype(float), [999.0])
    degrees = generator.integers(-1, 25, 1_000).astype(float)
    for name, figures in (
        ("price", prices),
        ("price", generator.choice([9.99, 19.99, 49.99, 99.99, 299.99, 999.99, 9999.0], 1_000)),
        ("price", generator.choice([99.0, 199.0, 299.0, 399.0, 999.0, 9999.0], 1_000)),
        ("cost", wide),
        ("income", capped),
        ("lag", below),
        ("age", once),
    ):
        assert not absent_numbers(name, figures), name
    assert not absent_numbers("temperature", degrees)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [0.01, 0.08, 0.4])
@pytest.mark.parametrize("stand_in", [-999.0, -9999.0, -99_999.0])
def test_nines_below_amounts_of_a_wide_range_are_found(stand_in: float, share: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    hidden = [stand_in] * int(2_000 * share)
    income = generator.lognormal(10.3, 0.5, 2_000).round()
    debt = np.where(generator.random(2_000) < 0.4, 0, generator.lognormal(9, 1, 2_000)).round(2)
    stock = generator.integers(0, 200_000, 2_000).astype(float)
    for name, figures in (("income", income), ("debt", debt), ("stock", stock), ("balance", income)):
        assert [float(one.value) for one in absent_numbers(name, np.append(figures, hidden))] == [stand_in]
    owed = np.concatenate([income, hidden, [-12_345.0, -800.0]])
    assert not absent_numbers("income", owed), "other amounts lie below zero too"
    two = np.concatenate([income, [-999.0] * 40, [-9999.0] * 40])
    assert {one.value for one in absent_numbers("income", two)} == {"-999", "-9999"}


@pytest.mark.parametrize("seed", range(6))
def test_true_amounts_below_zero_are_left_alone(seed: int) -> None:
    generator = np.random.default_rng(seed)
    income = generator.lognormal(10.3, 0.5, 2_000).round()
    prices = generator.choice(
        [99.0, 499.0, 999.0, 4_999.0, 19_999.0, 12.0, 24.0, 36.0, 48.0, 60.0, 72.0], 2_000
    )
    signed = np.append(generator.normal(500, 4_000, 2_000).round(), [-999.0] * 12)
    for name, figures in (
        ("income", np.append(income, [-999.0])),
        ("income", np.append(income, [-999.0] * 4)),
        ("income", np.append(income, [-1_000.0] * 200)),
        ("income", np.append(income, [-999.99] * 200)),
        ("paid", np.append(prices, [-999.0] * 60)),
        ("gain", signed),
        ("loss", np.append(income, [-999.0, -999.0, -999.0, -999.0, -999.0, -120.0, -75.0])),
    ):
        assert not absent_numbers(name, figures), (name, figures[-1])


def test_minus_one_is_believed_where_it_stands_out() -> None:
    days = np.append(np.arange(1.0, 400.0), [-1.0] * 300)
    assert [one.value for one in absent_numbers("pdays", days)] == ["-1"]
    assert not absent_numbers("balance", days)


def test_two_stand_ins_hide_each_other_not() -> None:
    figures = np.concatenate([np.arange(0.0, 50.0), [-99.0] * 9, [9999.0] * 9])
    assert {one.value for one in absent_numbers("score_a", figures)} == {"-99", "9999"}


def test_a_day_long_before_all_others_is_found() -> None:
    days = np.arange(16_000.0, 17_000.0) * DAY
    nineteen_hundred = -25_567 * DAY
    assert [one.value for one in absent_dates(np.append(days, [nineteen_hundred] * 20))] == ["1900-01-01"]
    births = np.arange(-20_000.0, 10_000.0) * DAY
    assert not absent_dates(np.append(births, [nineteen_hundred] * 2))
    assert not absent_dates(days)


def test_words_of_a_category_need_a_reason() -> None:
    assert [one.value for one in absent_words([("red", 9), ("NA", 3), ("blue", 4)])] == ["NA"]
    assert not absent_words([("none", 9), ("gravel", 3), ("unknown", 4)])
    assert not absent_words([("+", 9), ("-", 3)])


def test_words_among_numbers_stand_for_missing_ones() -> None:
    assert [one.value for one in stand_ins([("1", 5), ("Not available", 2), ("x", 1)])] == [
        "Not available",
        "x",
    ]
    assert not stand_ins([("1", 5), ("twelve", 2)])


NINETEEN_HUNDRED, LAST_DAY = -25_567 * DAY, 2_932_896 * DAY


@pytest.mark.parametrize("seed", range(10))
def test_several_stand_ins_of_one_column_are_all_found(seed: int) -> None:
    generator = np.random.default_rng(seed)
    ages = generator.integers(18, 89, 1_000).astype(float)
    both = np.concatenate([ages, [-99.0] * 43, [999.0] * 60])
    assert {one.value for one in absent_numbers("age", both)} == {"-99", "999"}
    coded = np.concatenate([ages, [777.0] * 30, [888.0] * 30, [999.0] * 30])
    assert {one.value for one in absent_numbers("age", coded)} == {"777", "888", "999"}
    assert not absent_numbers("cost", np.append(coded, generator.integers(100, 760, 100)))
    assert {one.value for one in absent_numbers("age", np.append(ages, [888.0] * 30))} == set()
    visits = generator.integers(16_500, 18_000, 1_000) * DAY
    dates = np.concatenate([visits, [NINETEEN_HUNDRED] * 31, [LAST_DAY] * 38])
    assert {one.value for one in absent_dates(dates)} == {"1900-01-01", "9999-12-31"}
    births = generator.integers(-11_000, 5_000, 2_000) * DAY
    mixed = np.concatenate([births, [NINETEEN_HUNDRED] * 80, [LAST_DAY] * 80])
    assert {one.value for one in absent_dates(mixed)} == {"1900-01-01", "9999-12-31"}
    early = np.concatenate([generator.integers(-30_000, 5_000, 2_000) * DAY, [NINETEEN_HUNDRED] * 9])
    assert not absent_dates(early)


def test_a_number_below_zero_that_may_be_one_stays() -> None:
    wide = np.concatenate([np.arange(0.0, 200.0), [-99.0] * 9])
    assert not absent_numbers("balance", wide)
    assert not absent_numbers("stock", np.append(np.repeat(np.arange(0.0, 200.0), 9), [-99.0] * 9))
    assert not absent_numbers("level", np.concatenate([np.arange(-3.0, 60.0), [-99.0] * 9]))


def test_a_spelled_out_word_for_a_missing_value_is_one_unless_it_answers() -> None:
    colours = [("red", 90), ("blue", 80), ("Not available", 9), ("UNKNOWN", 7)]
    assert [one.value for one in absent_words(colours)] == ["Not available"]
    assert not absent_words([("available", 90), ("not available", 80), ("sold", 9)])
