"""Planted faults of words: personal data, mixed units, wrong encodings and spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.data.findings.planted import Planted

if TYPE_CHECKING:
    from fivefold.testing.faults import Bed

__all__ = ["PLANTED"]

FORENAMES = (
    "Anna",
    "Peter",
    "Maria",
    "John",
    "Fatima",
    "Luis",
    "Sophie",
    "Hans",
    "Elena",
    "David",
    "Susan",
    "Ahmed",
)
SURNAMES = (
    "Gruber",
    "Miller",
    "Rossi",
    "Novak",
    "Okafor",
    "Silva",
    "Dubois",
    "Larsen",
    "Kowalski",
    "Tanaka",
    "Byrne",
)
STREETS = ("Main Street", "Lindengasse", "Rue de Lyon", "Via Roma", "Elm Road")
CITIES = ("Vienna", "Salzburg", "Innsbruck", "Klagenfurt", "Bregenz")


# Personal data.


def names_of(bed: Bed) -> list[str]:
    """Draw a full name for every row."""
    return [f"{bed.chance.choice(FORENAMES)} {bed.chance.choice(SURNAMES)}" for _ in range(bed.rows)]


def addresses_of_mail(bed: Bed) -> None:
    bed.add(
        "contact",
        [f"{name.replace(' ', '.').lower()}{row}@mail.example" for row, name in enumerate(names_of(bed))],
    )


def telephones(bed: Bed) -> None:
    numbers = bed.chance.integers(10**8, 10**9, bed.rows)
    bed.add("reached_by", [f"+43 {str(one)[:3]} {str(one)[3:]}" for one in numbers])


def names_of_people(bed: Bed) -> None:
    bed.add("clerk", names_of(bed))


def homes(bed: Bed) -> None:
    bed.add(
        "address",
        [f"{bed.chance.choice(STREETS)} {number}" for number in bed.chance.integers(1, 200, bed.rows)],
    )


def payment_cards(bed: Bed) -> None:
    def card(number: int) -> int:
        digits = [int(sign) for sign in f"4{number:014}"]
        doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[::-2]]
        return int(f"4{number:014}{-(sum(doubled) + sum(digits[-2::-2])) % 10}")

    bed.add("paid_with", [card(int(one)) for one in bed.chance.integers(0, 10**14, bed.rows)])


def accounts(bed: Bed) -> None:
    def account(number: int) -> str:
        check = 98 - int(f"{number:016}102900") % 97
        return f"AT{check:02}{number:016}"

    bed.add("iban", [account(int(one)) for one in bed.chance.integers(0, 10**16, bed.rows)])


def machines(bed: Bed) -> None:
    parts = bed.chance.integers(0, 256, (bed.rows, 4))
    bed.add("seen_from", [".".join(map(str, part)) for part in parts.tolist()])


def mail_within_notes(bed: Bed) -> None:
    notes = np.where(
        bed.chance.random(bed.rows) < 0.06,
        "please write to anna.{}@mail.example soon",
        "came on time for visit {}",
    )
    bed.add("note", [str(note).format(row) for row, note in enumerate(notes)], "text")


def things_and_codes(bed: Bed) -> None:
    bed.add("sku", bed.chance.integers(10**11, 10**12, bed.rows))
    bed.add(
        "brand_name", bed.chance.choice(["Blue Mountain", "Red River", "Green Valley"], bed.rows).tolist()
    )
    bed.add(
        "version", [f"{one}.{other}" for one, other in bed.chance.integers(0, 20, (bed.rows, 2)).tolist()]
    )
    bed.add("reference", [f"{one:06}-{one % 7}" for one in bed.chance.integers(0, 10**6, bed.rows).tolist()])
    bed.add("note", [f"came on time for visit {row} of {row % 9}" for row in range(bed.rows)], "text")


# Words.


def two_weights(bed: Bed) -> None:
    units = bed.chance.choice(["kg", "lb"], bed.rows, p=[0.8, 0.2])
    bed.add(
        "weight",
        [f"{one:.1f} {unit}" for one, unit in zip(bed.chance.normal(70, 9, bed.rows), units, strict=True)],
    )


def two_currencies(bed: Bed) -> None:
    units = bed.chance.choice(["$", "€"], bed.rows, p=[0.7, 0.3])
    bed.add(
        "price",
        [f"{unit}{one:.2f}" for one, unit in zip(bed.chance.lognormal(3, 1, bed.rows), units, strict=True)],
    )


def one_unit(bed: Bed) -> None:
    bed.add("weight", [f"{one:.1f} kg" for one in bed.chance.normal(70, 9, bed.rows)])
    bed.add("pack", [f"{one} x {other}" for one, other in bed.chance.integers(1, 9, (bed.rows, 2)).tolist()])
    bed.add(
        "grade",
        [
            f"{one}{sign}"
            for one, sign in zip(
                bed.chance.integers(1, 5, bed.rows), bed.chance.choice(list("abgm"), bed.rows), strict=True
            )
        ],
    )


def read_wrongly(bed: Bed) -> None:
    words = np.array(["cafÃ©", "Ã¼ber", "plain", "words"])
    bed.add("place", words[bed.chance.choice(4, bed.rows, p=[0.03, 0.02, 0.5, 0.45])].tolist())


def foreign_letters(bed: Bed) -> None:
    bed.add(
        "place",
        bed.chance.choice(
            ["São Paulo", "Ça va", "ÉCOLE", "Göteborg", "Łódź", "東京", "naïve — “quoted”"], bed.rows
        ).tolist(),
    )


def spelt(bed: Bed, wrong: dict[str, str], share: float) -> None:
    """Add a column of towns, some of them in another spelling."""
    towns = bed.chance.choice(CITIES, bed.rows, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    slips = bed.chance.random(bed.rows) < share
    slips[np.flatnonzero(~bed.sealed & (towns == CITIES[0]))[:1]] = True
    bed.add(
        "town",
        [
            wrong.get(town, town) if slip else town
            for town, slip in zip(towns.tolist(), slips.tolist(), strict=True)
        ],
    )


def case_and_blanks(bed: Bed) -> None:
    spelt(bed, {"Vienna": "vienna", "Salzburg": "SALZBURG"}, 0.05)


def a_letter_missing(bed: Bed) -> None:
    spelt(bed, {"Vienna": "Viena"}, 0.01)


def sexes_in_two_cases(bed: Bed) -> None:
    letters = bed.chance.choice(["m", "f", "u"], bed.rows, p=[0.5, 0.4, 0.1])
    bed.add("sex", [one.upper() if row % 20 == 0 else one for row, one in enumerate(letters.tolist())])


def words_that_are_alike(bed: Bed) -> None:
    bed.add(
        "kind",
        bed.chance.choice(["paper", "papers", "model A", "model B", "winter", "painter"], bed.rows).tolist(),
    )
    bed.add("code", [f"AB{number:03}" for number in np.minimum(bed.chance.zipf(1.5, bed.rows), 400)])
    bed.add("letter", bed.chance.choice(["a", "A", "b", "B"], bed.rows).tolist())


PLANTED = (
    Planted(
        "personal",
        (
            addresses_of_mail,
            telephones,
            names_of_people,
            homes,
            payment_cards,
            accounts,
            machines,
            mail_within_notes,
        ),
        (things_and_codes,),
    ),
    Planted("units", (two_weights, two_currencies), (one_unit,)),
    Planted("mojibake", (read_wrongly,), (foreign_letters,)),
    Planted("spelling", (case_and_blanks, a_letter_missing, sexes_in_two_cases), (words_that_are_alike,)),
)
