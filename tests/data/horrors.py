"""The table of horrors: one column per trap, each with what a person would say it is. The same rows every time."""

from __future__ import annotations

import csv
import random
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

ROWS = 3_000
TARGET = "outcome"


@dataclass(frozen=True)
class Horror:
    """A column: how its values are made, and what it should be taken for."""

    name: str
    make: Callable[[random.Random, int], str]
    role: str
    kind: str
    form: str | None = None
    reading: str | None = None
    missing_values: tuple[str, ...] | None = None
    levels: tuple[str, ...] | None = None
    also: tuple[str, ...] = ()


WORDS = ("amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "heron", "indigo", "jasper", "kelp", "lotus", "maple", "noble", "ochre", "pearl")  # fmt: skip
FIRST = ("Ann", "Bo", "Cy", "Dina", "Ed", "Flo", "Gus", "Hal", "Ines", "Jo", "Kai", "Lea", "Max", "Nia", "Otto", "Pia")  # fmt: skip
LAST = ("Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Lind", "Oak", "Pine", "Rowan", "Spruce", "Willow", "Yew", "Alder", "Beech", "Holly")  # fmt: skip


def pick(*values: str) -> Callable[[random.Random, int], str]:
    """One of a few."""
    return lambda chance, row: chance.choice(values)


def day(chance: random.Random) -> date:
    return date(2012, 1, 1) + timedelta(days=chance.randrange(3_000))


def moment(chance: random.Random) -> datetime:
    return datetime(2012, 1, 1) + timedelta(seconds=chance.randrange(250_000_000))  # noqa: DTZ001


def ranked(one: date) -> str:
    """A day of the month as a person counts it."""
    number = one.day
    return f"{number}{'th' if number in {11, 12, 13} else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def dated(form: str) -> Callable[[random.Random, int], str]:
    return lambda chance, row: moment(chance).strftime(form)


def some(
    value: str, share: float, other: Callable[[random.Random, int], str]
) -> Callable[[random.Random, int], str]:
    """A value in a share of the rows, and another in the rest."""
    return lambda chance, row: value if chance.random() < share else other(chance, row)


def euros(chance: random.Random, row: int) -> str:
    return f"{chance.lognormvariate(6, 2):,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


def zoned(chance: random.Random, row: int) -> str:
    return moment(chance).isoformat() + chance.choice(("Z", "+02:00", "-05:30", "+00:00", "+09:00"))


MIXED = ("%Y-%m-%d", "%d.%m.%Y", "%d %b %Y", "%B %d, %Y", "%Y%m%d", "%Y/%m/%d", "%d-%b-%Y", "%Y-%m-%dT%H:%M:%S", "%b %d, %Y",
         "%A, %d %B %Y", "%Y-%m-%d %I:%M %p")  # fmt: skip


def mixed(chance: random.Random, row: int) -> str:
    return moment(chance).strftime(MIXED[row % len(MIXED)])


def phrase(chance: random.Random, row: int) -> str:
    return " ".join(chance.choice(WORDS + FIRST) for _ in range(chance.randint(6, 25)))


def worded_time(chance: random.Random, row: int) -> str:
    return chance.choice(
        (f"{row % 9 + 1}h {row % 60}min", f"{row % 90 + 5} min", f"{chance.randint(1, 500)} s")
    )


BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
AGREE = ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")

HORRORS: tuple[Horror, ...] = (
    # Numbers as text
    Horror("price_usd", lambda c, r: f"${c.lognormvariate(6, 1.5):,.2f}", "number", "number", "money", "words"),
    Horror("price_eur", euros, "number", "number", None, "decimal_comma"),
    Horror("share", lambda c, r: f"{c.randint(0, 100)} %", "number", "number", "percent", "words"),
    Horror("followers", lambda c, r: c.choice((f"{c.uniform(1, 99):.1f}k", f"{c.randint(1, 19)}M", str(c.randint(1, 999)))), "number", "number", None, "words"),
    Horror("scientific", lambda c, r: f"{c.lognormvariate(0, 9):.3e}", "number", "number", None, "plain"),
    Horror("ledger", lambda c, r: c.choice((f"({c.randint(1000, 9999):,})", f"{c.randint(1000, 9999):,}")), "number", "number", None, "words"),
    Horror("weight", lambda c, r: f"{c.uniform(1, 90):.1f} kg", "number", "number", "amount in kg", "words"),
    Horror("height", lambda c, r: f"{c.uniform(1.4, 2.1):.2f} m", "number", "number", "amount in m", "words"),
    Horror("half_comma", lambda c, r: f"{c.uniform(0, 99):.2f}".replace(".", ","), "number", "number", None, "decimal_comma"),
    Horror("thousands", lambda c, r: f"{c.randint(1_000, 9_000_000):,}", "number", "number", None, "words"),
    Horror("swiss", lambda c, r: f"CHF {c.randint(1_000, 900_000):,}.50".replace(",", "'"), "number", "number", "money", "words"),
    Horror("minus", lambda c, r: f"\u2212{c.randint(1, 99)}" if c.random() < 0.5 else f"{c.randint(1, 99)}", "number", "number", None, "words"),
    Horror("padded", lambda c, r: f"\u00a0{c.randint(1, 9999)}\u2003", "number", "integer"),
    Horror("mostly_numbers", some("n.a.", 0.2, lambda c, r: str(c.randint(1, 500))), "number", "integer", None, None, ("n.a.",)),
    Horror("dosage", lambda c, r: c.choice((f"{c.randint(1, 20)} mg", f"{c.randint(1, 20)} ml")), "category", "string"),
    Horror("assay", some("<0.1", 0.3, lambda c, r: f"{c.lognormvariate(0, 1):.2f}"), "number", "number", "", "bounds"),
    Horror("crp", lambda c, r: c.choice(("<5", "< 3", str(x := c.randint(3, 300)), str(x), str(x), str(x), ">=300")), "number", "number", "", "bounds"),
    Horror("years_old", lambda c, r: "90+" if (x := c.randint(18, 95)) >= 90 else ">85" if x > 85 else str(x), "number", "number", "", "bounds"),
    Horror("titre", some("<0,5", 0.1, lambda c, r: f"{c.uniform(0.5, 90):.1f}".replace(".", ",")), "number", "number", "", "comma_bounds"),
    Horror("load", some("> 100 kg", 0.05, lambda c, r: f"{c.uniform(1, 100):.1f} kg"), "number", "number", "amount in kg", "bounds"),
    Horror("spend", some("<$10", 0.04, some("unknown", 0.1, lambda c, r: f"${c.lognormvariate(7, 1):,.2f}")), "number", "number", "money", "bounds", ("unknown",)),
    Horror("tenure", pick("<1 year", "1-4 years", "5-9 years", "10+ years"), "ordinal", "string", levels=("<1 year", "1-4 years", "5-9 years", "10+ years")),
    Horror("steps", pick("<1", "1", "2", "3+"), "category", "string"),
    Horror("grade_sign", pick("A+", "A", "B+", "B", "C"), "ordinal", "string", also=("category",)),
    # Codes and names that look like numbers
    Horror("zip", lambda c, r: f"{c.randint(501, 99950):05d}", "category", "string", "postal code"),
    Horror("plz", lambda c, r: str(10_000 + 37 * c.randint(1, 900)), "category", "string", "postal code"),
    Horror("fips", lambda c, r: f"{c.randint(1001, 56045):05d}", "category", "string", "code"),
    Horror("naics_code", lambda c, r: str(c.choice((5411, 5412, 2361, 7225, 4441))), "category", "string", "code"),
    Horror("phone", lambda c, r: str(2_015_550_100 + 7 * r), "identifier", "string", "phone"),
    Horror("icd", lambda c, r: f"{c.choice('ABCDE')}{c.randint(10, 40)}.{c.randint(0, 9)}", "category", "string"),
    Horror("account", lambda c, r: str(10**16 + 3 * c.randint(1, 300)), "category", "string"),
    Horror("card", lambda c, r: str(4_000_000_000_000_000 + 7 * c.randint(1, 10**14)), "identifier", "string"),
    Horror("beyond_64_bits", lambda c, r: str(2**64 + 7 * r), "identifier", "string"),
    Horror("version", lambda c, r: f"{c.randint(1, 3)}.{c.randint(0, 12)}.{c.randint(0, 9)}", "category", "string"),
    Horror("row_number", lambda c, r: str(r + 1), "identifier", "integer"),
    Horror("customer_id", lambda c, r: str(c.randint(1, 700)), "category", "string"),
    Horror("session_uuid", lambda c, r: str(uuid.UUID(int=c.getrandbits(128))), "identifier", "string", "uuid"),
    Horror("md5", lambda c, r: f"{c.getrandbits(128):032x}", "identifier", "string", "hash"),
    Horror("email", lambda c, r: f"{c.choice(FIRST)}.{c.choice(LAST)}{r}@mail.example".lower(), "identifier", "string", "email"),
    # Dates
    Horror("iso_day", dated("%Y-%m-%d"), "date", "datetime"),
    Horror("zoned", zoned, "date", "datetime"),
    Horror("german_day", dated("%d.%m.%Y"), "date", "datetime"),
    Horror("short_german", dated("%d.%m.%y"), "date", "datetime", None, "day_first"),
    Horror("american_day", dated("%m/%d/%Y"), "date", "datetime", None, "month_first"),
    Horror("british_looks", lambda c, r: f"{c.randint(1, 12):02d}/{c.randint(1, 12):02d}/{c.randint(2010, 2020)}", "date", "datetime", None, "month_first"),
    Horror("named_day", dated("%d %b %Y"), "date", "datetime"),
    Horror("long_day", dated("%B %d, %Y"), "date", "datetime"),
    Horror("oracle_day", dated("%d-%b-%y"), "date", "datetime"),
    Horror("compact", dated("%Y%m%d"), "date", "datetime", "yyyymmdd"),
    Horror("twelve_hours", dated("%m/%d/%Y %I:%M %p"), "date", "datetime", None, "month_first"),
    Horror("created_at", lambda c, r: str(1_300_000_000 + c.randrange(10**8)), "date", "datetime", "epoch seconds"),
    Horror("event_ts", lambda c, r: str(1_300_000_000_000 + c.randrange(10**11)), "date", "datetime", "epoch milliseconds"),
    Horror("year_month", dated("%Y-%m"), "date", "datetime"),
    Horror("fiscal", lambda c, r: f"{c.randint(2010, 2019)}-Q{c.randint(1, 4)}", "date", "datetime"),
    Horror("iso_week", lambda c, r: f"{c.randint(2010, 2019)}-W{c.randint(1, 52):02d}", "date", "datetime"),
    Horror("server_log", lambda c, r: moment(c).strftime("%d/%b/%Y:%H:%M:%S +0200"), "date", "datetime"),
    Horror("mixed_days", mixed, "date", "datetime"),
    Horror("born", some("1900-01-01", 0.04, dated("%Y-%m-%d")), "date", "datetime", None, None, ("1900-01-01",)),
    Horror("closed", some("0000-00-00", 0.2, dated("%Y-%m-%d")), "date", "datetime", None, None, ("0000-00-00",)),
    Horror("ordinal_word", lambda c, r: f"{ranked(d := day(c))} of {d:%B %Y}", "date", "datetime", "", "plain"),
    Horror("american_rank", lambda c, r: f"{(d := day(c)):%B} {ranked(d)}, {d.year}", "date", "datetime", "", "plain"),
    Horror("dotted_month", lambda c, r: f"{(d := day(c)).day} {d:%b}. {d.year}", "date", "datetime", "", "plain"),
    Horror("week_day", lambda c, r: "{}-W{:02}-{}".format(*day(c).isocalendar()), "date", "datetime", "", "plain"),
    Horror("sown_day", dated("%Y-%j"), "date", "datetime", "yyyy-ddd", "plain"),
    Horror("measured", dated("%Y-%j"), "date", "datetime", "yyyy-ddd", "plain"),
    Horror("invoice", lambda c, r: f"{c.randint(2012, 2019)}-{c.randint(1, 365):03d}", "category", "string"),
    Horror("day_mark", lambda c, r: f"{c.randint(2012, 2019)}-{c.randint(1, 400):03d}", "category", "string"),
    Horror("season_years", pick("2010-11", "2011-12", "2012-13", "2013-14", "2014-15", "2015-16"), "category", "string", also=("ordinal",)),
    # Lengths of time
    Horror("clock", lambda c, r: f"{c.randint(0, 40)}:{c.randint(0, 59):02d}:{c.randint(0, 59):02d}", "number", "number", "duration", "duration"),
    Horror("spelled_time", worded_time, "number", "number", "duration", "duration"),
    Horror("iso_time", lambda c, r: f"PT{c.randint(1, 9)}H{c.randint(1, 59)}M", "number", "number", "duration", "duration"),
    Horror("opening", lambda c, r: f"{c.randint(6, 22):02d}:{c.choice(('00', '15', '30', '45'))}", "number", "number", "time of day", "duration"),
    Horror("race", lambda c, r: f"{c.randint(16, 55)}:{c.randint(0, 59):02d}", "number", "number", "duration", "minutes_first"),
    Horror("half_marathon", lambda c, r: f"{t // 3600}:{t // 60 % 60:02d}:{t % 60:02d}" if (t := c.randint(3_000, 9_000)) >= 3_600 else f"{t // 60}:{t % 60:02d}", "number", "number", "duration", "minutes_first"),
    Horror("lap", lambda c, r: f"{c.randint(1, 3)}:{c.uniform(0, 59.94):04.1f}", "number", "number", "duration", "minutes_first"),
    Horror("week_plan", lambda c, r: f"{c.randint(20, 45)}:{c.choice(('00', '15', '30', '45'))}", "number", "number", "duration", "duration"),
    Horror("hours_worked", lambda c, r: f"{c.randint(20, 45)}:{c.randint(0, 59):02d}", "number", "number", "duration", "duration"),
    Horror("uptime", lambda c, r: f"{c.randint(0, 90)}:{c.randint(0, 59):02d}", "number", "number", "duration", "duration"),
    # Truth values
    Horror("on_off", pick("on", "off"), "boolean", "boolean"),
    Horror("german_truth", some("", 0.1, pick("ja", "nein")), "boolean", "boolean"),
    Horror("shouted", pick("YES", "NO", "Yes", "no"), "boolean", "boolean"),
    Horror("zero_one", pick("0", "1"), "boolean", "boolean"),
    Horror("active", pick("active", "inactive"), "category", "string"),
    # Words in an order
    Horror("risk", pick("low", "mid", "high"), "ordinal", "string", levels=("low", "mid", "high")),
    Horror("rating", some("unknown", 0.1, pick("poor", "fair", "good", "excellent")), "ordinal", "string", None, None, ("unknown",), ("poor", "fair", "good", "excellent")),
    Horror("size", pick("S", "M", "L", "XL"), "ordinal", "string", levels=("S", "M", "L", "XL")),
    Horror("how_often", pick("Never", "Sometimes", "Often", "Always"), "ordinal", "string", levels=("Never", "Sometimes", "Often", "Always")),
    Horror("agrees", pick(*AGREE), "ordinal", "string", levels=AGREE),
    Horror("placed", pick("1st", "2nd", "3rd", "10th"), "ordinal", "string", levels=("1st", "2nd", "3rd", "10th")),
    Horror("age_band", pick(*BANDS), "ordinal", "string", levels=BANDS),
    Horror("schooling", pick("primary", "secondary", "bachelor", "master", "PhD"), "ordinal", "string", levels=("primary", "secondary", "bachelor", "master", "PhD")),
    Horror("stage", pick("Stage I", "Stage II", "Stage III", "Stage IV"), "ordinal", "string"),
    Horror("quarter", pick("Q1", "Q2", "Q3", "Q4"), "category", "string"),
    Horror("weekday", pick("Mon", "Tue", "Wed", "Thu", "Fri"), "category", "string"),
    # Missing in disguise, and what only looks like it
    Horror("age", some("999", 0.03, lambda c, r: str(c.randint(18, 90))), "number", "integer", None, None, ("999",)),
    Horror("catalogue_price", lambda c, r: str(c.choice((49, 99, 199, 299, 499, 999, 1299, 1999))), "number", "integer", None, None, ()),
    Horror("days_since_call", some("-1", 0.5, lambda c, r: str(c.randint(1, 400))), "number", "integer", None, None, ("-1",)),
    Horror("change", lambda c, r: str(c.randint(-1, 30)), "number", "integer", None, None, ()),
    Horror("rainfall", some("-999.0", 0.02, lambda c, r: f"{c.uniform(0, 80):.1f}"), "number", "number", None, None, ("-999",)),
    Horror("top_coded", lambda c, r: str(min(99_999, int(c.lognormvariate(9, 1.2)))), "number", "integer", None, None, ()),
    Horror("workclass", some("?", 0.06, pick("private", "state", "self-employed")), "category", "string", None, None, ("?",)),
    Horror("country", pick("DE", "FR", "NA", "IT", "AT"), "category", "string", None, None, ()),
    Horror("alley", pick("gravel", "paved", "none"), "category", "string", None, None, ()),
    # Categories, text, and what is neither
    Horror("colour", pick("red", "green", "blue"), "category", "string"),
    Horror("product", lambda c, r: f"{c.choice(WORDS)}-{c.randint(1, 60)}", "category", "string"),
    Horror("review", phrase, "text", "string"),
    Horror("full_name", lambda c, r: f"{c.choice(FIRST)} {c.choice(LAST)}-{c.choice(LAST)}", "category", "string", "name", also=("text",)),
    Horror("tags", lambda c, r: ";".join(c.sample(WORDS, c.randint(1, 4))), "text", "string", "list"),
    Horror("json_list", lambda c, r: "[" + ",".join(f'"{w}"' for w in c.sample(WORDS, c.randint(1, 3))) + "]", "text", "string", "list"),
    Horror("braces", lambda c, r: "{" + ",".join(c.sample(WORDS, c.randint(2, 4))) + "}", "text", "string", "list"),
    Horror("place", lambda c, r: f"{c.uniform(46, 49):.4f}, {c.uniform(10, 17):.4f}", "text", "string", "coordinates"),
    Horror("lat", lambda c, r: f"{c.uniform(46, 49):.5f}", "number", "number", "latitude"),
    Horror("lon", lambda c, r: f"{c.uniform(10, 17):.5f}", "number", "number", "longitude"),
    Horror("link", lambda c, r: f"https://shop.example/{c.choice(WORDS)}/{c.choice(LAST)}?n={r}", "text", "string", "url", also=("identifier",)),
    Horror("built_year", lambda c, r: str(c.randint(1890, 2020)), "number", "integer", "year"),
    Horror("same", pick("x"), "constant", "string"),
    Horror("nothing", pick(""), "constant", "string"),
)  # fmt: skip


def columns(seed: int = 7) -> dict[str, list[str]]:
    """All columns, copies and the target among them."""
    made: dict[str, list[str]] = {}
    for horror in HORRORS:
        chance = random.Random(f"{seed} {horror.name}")
        made[horror.name] = [horror.make(chance, row) for row in range(ROWS)]
    chance = random.Random(seed)
    made["weight_lb"] = [f"{float(text.split()[0]) * 2.20462:.3f}" for text in made["weight"]]
    made["COLOUR_AGAIN"] = [text.upper() if chance.random() < 0.99 else "" for text in made["colour"]]
    made[TARGET] = [chance.choice(("yes", "no")) for _ in range(ROWS)]
    return made


COPIES = {"weight_lb": "weight", "COLOUR_AGAIN": "colour"}


def write(place: Path, rows: Sequence[int] = range(ROWS)) -> Path:
    """Write the table as CSV."""
    made = columns()
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(made)
        writer.writerows([column[row] for column in made.values()] for row in rows)
    return place
