"""Planted leaks: the answer in one column, in two, or in what was written down only afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tests.data.findings.planted import Planted

if TYPE_CHECKING:
    from fivefold.core.artefacts import Finding
    from fivefold.testing.faults import Bed

__all__ = ["PLANTED"]

DAY = np.timedelta64(1, "D")
SECOND = np.timedelta64(1, "s")


def left_out(finding: Finding) -> bool:
    """Whether the column does not stay among the features."""
    return finding.leave_out


def spread(bed: Bed) -> float:
    """How far the target's numbers lie apart."""
    return float(bed.signal.std())


def a_copy_with_noise(bed: Bed) -> None:
    bed.add("copy", bed.signal + bed.chance.normal(0, 0.01 * spread(bed), bed.rows))


def a_bent_copy(bed: Bed) -> None:
    bed.add("bent", np.exp(-bed.signal / spread(bed)) * 50)


def a_code_of_the_answer(bed: Bed) -> None:
    if bed.task == "regression":
        bed.add("code", np.round(bed.signal * 20 / spread(bed)).astype(int))
    else:
        bed.add("code", [f"{'XKQ'[int(one)]}{bed.chance.integers(9)}" for one in bed.signal])


def some_rows(bed: Bed, share: float) -> Any:
    """Rows drawn by chance, this share of all, at least one."""
    return bed.chance.choice(bed.rows, max(1, round(share * bed.rows)), replace=False)


def miswritten(bed: Bed, most: float = 0.012) -> Any:
    """The answer with 0.2 to 1.2 % of its cells wrong: they hold another row's, or another class."""
    wrong = some_rows(bed, bed.chance.uniform(0.002, most))
    copy = bed.signal.copy()
    if bed.task == "regression":
        copy[wrong] = bed.chance.permutation(copy)[: wrong.size]
        return copy
    classes = int(copy.max()) + 1
    copy[wrong] = (copy[wrong] + bed.chance.integers(1, classes, wrong.size)) % classes
    return copy


def a_copy_with_wrong_cells(bed: Bed) -> None:
    copy = miswritten(bed)
    bed.add("copy", copy * 1.1 if bed.task == "regression" else np.array(["x", "k", "q"])[copy.astype(int)])


def a_copy_with_more_noise(bed: Bed) -> None:
    share = bed.chance.uniform(0.03, 0.13) if bed.task == "regression" else 0.15
    bed.add("copy", bed.signal + bed.chance.normal(0, share * spread(bed), bed.rows))


def a_code_with_wrong_cells(bed: Bed) -> None:
    """A letter for the class, and a number of its own for a few rows: hundreds of values."""
    if bed.task == "regression":
        a_copy_with_wrong_cells(bed)
        return
    letters = np.array(["X", "K", "Q"])[miswritten(bed).astype(int)]
    numbers = bed.chance.integers(0, max(20, bed.rows // 6), bed.rows)
    bed.add("code", [f"{letter}{number}" for letter, number in zip(letters, numbers, strict=True)])


def a_flag_with_wrong_cells(bed: Bed) -> None:
    copy = miswritten(bed)
    if bed.task == "binary":
        bed.add("flag", (copy == 1).tolist())
    else:
        bed.add("flag", np.round(copy, 3) if bed.task == "regression" else copy.astype(int))


def two_copies_with_wrong_cells(bed: Bed) -> None:
    bed.add("copy", miswritten(bed, 0.006) * 10)
    bed.add("other", miswritten(bed, 0.006) + 3)


def a_better_feature(bed: Bed) -> None:
    share = 0.35 if bed.task == "regression" else 0.8
    bed.add("better", bed.signal + bed.chance.normal(0, share * spread(bed), bed.rows))


def an_easy_question(bed: Bed) -> None:
    """Six columns that each say nearly all: the answer shows in many places."""
    share = 0.13 if bed.task == "regression" else 0.65
    for number in range(6):
        bed.add(f"n{number}", bed.signal + bed.chance.normal(0, share * spread(bed), bed.rows))


def an_easy_question_of_two(bed: Bed) -> None:
    """One column says nearly all, and two others say together, by their product, what it says."""
    sides = bed.chance.lognormal(2, 0.5, bed.rows), bed.chance.lognormal(1, 0.5, bed.rows)
    area = np.log(sides[0] * sides[1])
    bed.set_target(area + bed.chance.normal(0, 0.02, bed.rows))
    bed.add("side", sides[0])
    bed.add("other_side", sides[1])
    bed.add("area", area + bed.chance.normal(0, 0.06, bed.rows))


def a_last_reading(bed: Bed) -> None:
    """What the column says is what the row before said, and the split is by time."""
    steps = bed.chance.normal(0, 1, bed.rows)
    level = np.zeros(bed.rows)
    for row in range(1, bed.rows):
        level[row] = 0.995 * level[row - 1] + steps[row]
    bed.set_target(level)
    bed.add("day", np.datetime64("2020-01-01", "us") + np.arange(bed.rows) * DAY)
    bed.add("reading", np.concatenate([[0.0], level[:-1]]) if bed.task == "regression" else shifted(bed))
    bed.split_by("day", "time")


def shifted(bed: Bed) -> Any:
    """The class of the row before."""
    return np.concatenate([[0.0], bed.signal[:-1]]).astype(int)


def a_town(bed: Bed) -> None:
    """Towns whose name says nothing: each lies in one country, which is the class but for a few moves."""
    if bed.task == "regression":
        a_better_feature(bed)
        return
    names = ["".join(chr(97 + one) for one in bed.chance.integers(0, 26, 6)) for _ in range(90)]
    towns = miswritten(bed).astype(int) * 30 + bed.chance.integers(0, 30, bed.rows)
    bed.add("town", [names[one] for one in towns])


def a_good_feature(bed: Bed) -> None:
    bed.add("good", bed.signal + bed.chance.normal(0, 0.9 * spread(bed), bed.rows))


def a_good_category(bed: Bed) -> None:
    levels = np.round(bed.signal * 3 / spread(bed) + bed.chance.normal(0, 2.5, bed.rows)).astype(int)
    bed.add("level", [f"l{one}" for one in levels])


def part_of_a_difference(bed: Bed) -> None:
    base = bed.chance.normal(0, 3 * spread(bed), bed.rows) + 40
    bed.add("before", base)
    bed.add("after", base + bed.signal + bed.chance.normal(0, 0.005 * spread(bed), bed.rows))


def part_of_a_ratio(bed: Bed) -> None:
    base = bed.chance.lognormal(3, 0.8, bed.rows)
    bed.add("quantity", base)
    bed.add("total", base * (bed.signal - bed.signal.min() + spread(bed)))


def part_of_a_sum(bed: Bed) -> None:
    one = bed.chance.normal(0, 3 * spread(bed), bed.rows)
    bed.add("one", one)
    bed.add("other", bed.signal - one)


def part_of_a_difference_with_wrong_cells(bed: Bed) -> None:
    """The later figure less the earlier one is the answer, but for up to 0.7 % of wrong cells."""
    if bed.task == "regression":
        before = bed.chance.normal(0, 3 * spread(bed), bed.rows) + 40
    else:
        before = bed.chance.integers(0, 30, bed.rows).astype(float)
    bed.add("before", before)
    bed.add("after", before + miswritten(bed, 0.007))


def two_words_that_are_equal(bed: Bed) -> None:
    """Of two classes, whether what was expected was seen; of others the difference."""
    if bed.task != "binary":
        part_of_a_difference_with_wrong_cells(bed)
        return
    first = bed.chance.integers(0, 4, bed.rows)
    same = miswritten(bed, 0.007) == 1
    second = np.where(same, first, (first + bed.chance.integers(1, 4, bed.rows)) % 4)
    bed.add("expected", np.array(list("abcd"))[first].tolist())
    bed.add("seen", np.array(list("abcd"))[second].tolist())


def part_of_a_difference_with_noise(bed: Bed, share: float = 0.06) -> None:
    base = bed.chance.normal(0, 3 * spread(bed), bed.rows) + 40
    bed.add("before", base)
    bed.add("after", base + bed.signal + bed.chance.normal(0, share * spread(bed), bed.rows))


def a_law_of_nature(bed: Bed) -> None:
    """Two honest measures whose ratio decides nearly alone, as weight and height do for a body mass index."""
    height = bed.chance.lognormal(5, 0.1, bed.rows)
    weight = bed.chance.lognormal(4, 0.25, bed.rows)
    bed.set_target(weight / height + bed.chance.normal(0, 0.006, bed.rows))
    bed.add("height", height)
    bed.add("weight", weight)


def a_difference_that_others_say(bed: Bed) -> None:
    """An easy question: many columns give the difference as well as the pair does."""
    part_of_a_difference_with_noise(bed, 0.06 if bed.task == "regression" else 0.55)
    share = 0.3 if bed.task == "regression" else 1.1
    for number in range(8):
        bed.add(f"n{number}", bed.signal + bed.chance.normal(0, share * spread(bed), bed.rows))


def a_copy_beside_a_pair(bed: Bed) -> None:
    """Two leaks of different kinds: neither may be what the other is held against."""
    copy = miswritten(bed)
    bed.add("copy", copy * 1.1 if bed.task == "regression" else np.array(["x", "k", "q"])[copy.astype(int)])
    two_dates(bed)
    part_of_a_difference(bed)


def two_dates(bed: Bed) -> None:
    opened = np.datetime64("2020-03-01", "us") + bed.chance.integers(0, 700 * 86_400, bed.rows) * SECOND
    hours = ((bed.signal - bed.signal.min()) / spread(bed) * 240 + 1).astype("timedelta64[h]")
    bed.add("opened", opened)
    bed.add("closed", opened + hours)


def two_categories(bed: Bed) -> None:
    if bed.task == "regression":
        part_of_a_difference(bed)
        return
    first = bed.chance.integers(0, 3, bed.rows)
    second = (first + bed.signal.astype(int)) % 3
    bed.add("first", np.array(["a", "b", "c"])[first].tolist())
    bed.add("second", np.array(["a", "b", "c"])[second].tolist())


def honest_difference(bed: Bed) -> None:
    base = bed.chance.normal(0, 3 * spread(bed), bed.rows) + 40
    bed.add("before", base)
    bed.add("after", base + bed.signal + bed.chance.normal(0, 0.6 * spread(bed), bed.rows))


def honest_categories(bed: Bed) -> None:
    first = bed.chance.integers(0, 3, bed.rows)
    code = np.round(bed.signal / spread(bed)).astype(int)
    second = (
        np.where(bed.chance.random(bed.rows) < 0.7, first + code, first + bed.chance.integers(0, 3, bed.rows))
        % 3
    )
    bed.add("first", np.array(["a", "b", "c"])[first].tolist())
    bed.add("second", np.array(["a", "b", "c"])[second].tolist())


def honest_dates(bed: Bed) -> None:
    opened = np.datetime64("2020-03-01", "us") + bed.chance.integers(0, 700, bed.rows) * DAY
    bed.add("opened", opened)
    bed.add("due", opened + bed.chance.integers(5, 60, bed.rows) * DAY)


def many_numbers(bed: Bed) -> None:
    for number in range(25):
        bed.add(f"n{number}", bed.signal * 0.2 + bed.chance.normal(0, spread(bed), bed.rows))


WORDS = (
    "asked",
    "for",
    "refund",
    "no",
    "contact",
    "ticket",
    "moved",
    "house",
    "late",
    "bill",
    "new",
    "phone",
    "call",
)


def remarks(bed: Bed, least: int = 6) -> list[list[str]]:
    """Texts of words that say nothing, and of numbers that make each text another."""
    sizes = bed.chance.integers(least, 14, bed.rows)
    return [[*bed.chance.choice(WORDS, size), str(bed.chance.integers(10_000))] for size in sizes]


def with_words(bed: Bed, texts: list[list[str]], rows: Any, words: str) -> None:
    """Add a column of texts, into the midst of which words were written in some rows."""
    for row in np.flatnonzero(rows):
        place = int(bed.chance.integers(1, len(texts[row]) - 1))
        texts[row] = [*texts[row][:place], words, *texts[row][place:]]
    bed.add("remark", [" ".join(text) for text in texts], "text")


def words_in_the_midst_of_a_text(bed: Bed) -> None:
    """Of one class, or of each but the first, the texts say what came of it; an amount cannot be told by a word."""
    if bed.task == "regression":
        a_copy_with_noise(bed)
        return
    texts = remarks(bed)
    for row in np.flatnonzero(bed.signal > 0):
        said = ("", "- account terminated,", "(Stays with us)")[int(bed.signal[row])]
        place = int(bed.chance.integers(1, len(texts[row]) - 1))
        texts[row] = [*texts[row][:place], said, *texts[row][place:]]
    bed.add("remark", [" ".join(text) for text in texts], "text")


def a_band_of_the_amount(bed: Bed) -> None:
    """The amount in eight steps with a few wrong cells; of classes a code."""
    if bed.task != "regression":
        a_code_of_the_answer(bed)
        return
    edges = np.quantile(bed.signal, np.arange(1, 8) / 8)
    steps = np.searchsorted(edges, bed.signal)
    wrong = bed.chance.random(bed.rows) < 0.004
    steps[wrong] = bed.chance.integers(0, 8, int(wrong.sum()))
    names = bed.chance.permutation(list("abcdefgh"))
    bed.add("segment", [f"s{names[one]}" for one in steps])


def honest_texts(bed: Bed) -> None:
    """A complaint is twice as frequent where the answer is high."""
    share = np.where(bed.signal > np.median(bed.signal), 0.6, 0.3)
    with_words(bed, remarks(bed), bed.chance.random(bed.rows) < share, "complained loudly")


def telling_texts(bed: Bed) -> None:
    """Nine in ten of the high answers say so, and one in ten of the others."""
    share = np.where(bed.signal > np.median(bed.signal), 0.9, 0.1)
    with_words(bed, remarks(bed), bed.chance.random(bed.rows) < share, "wants to leave")


def short_texts(bed: Bed) -> None:
    texts = remarks(bed, 1)
    bed.add("title", [" ".join(text[:3]) for text in texts], "category")
    bed.add("notes", [None if number % 5 else " ".join(text) for number, text in enumerate(texts)], "text")


def bands_that_overlap(bed: Bed) -> None:
    """A class of size that goes with the amount, as rooms do with a price."""
    noisy = bed.signal + bed.chance.normal(0, 0.15 * spread(bed), bed.rows)
    bed.add("size", [f"s{one}" for one in np.searchsorted(np.quantile(noisy, np.arange(1, 6) / 6), noisy)])


PLANTED = (
    Planted(
        "leaks",
        (
            a_copy_with_noise,
            a_bent_copy,
            a_code_of_the_answer,
            words_in_the_midst_of_a_text,
            a_band_of_the_amount,
        ),
        (
            a_good_feature,
            a_good_category,
            many_numbers,
            honest_texts,
            telling_texts,
            short_texts,
            bands_that_overlap,
        ),
    ),
    Planted(
        "leaks",
        (
            a_copy_with_wrong_cells,
            a_code_with_wrong_cells,
            a_flag_with_wrong_cells,
            a_copy_with_more_noise,
            two_copies_with_wrong_cells,
            a_copy_beside_a_pair,
        ),
        (a_good_feature, a_better_feature, an_easy_question, an_easy_question_of_two, a_last_reading, a_town),
        left_out,
        ", left out",
    ),
    Planted(
        "pair_leaks",
        (part_of_a_difference, part_of_a_ratio, part_of_a_sum, two_dates, two_categories),
        (honest_difference, honest_categories, honest_dates, many_numbers),
    ),
    Planted(
        "pair_leaks",
        (
            part_of_a_difference_with_wrong_cells,
            part_of_a_difference_with_noise,
            two_words_that_are_equal,
        ),
        (honest_difference, honest_categories, honest_dates, a_law_of_nature, a_difference_that_others_say),
        left_out,
        ", left out",
    ),
)
