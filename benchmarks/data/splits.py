"""How evenly classes are spread over folds of whole groups, beside scikit-learn's StratifiedGroupKFold on the same tables.

    python benchmarks/data/splits.py              # 20 tables
    python benchmarks/data/splits.py --tables 50

Tables of 500 to 20,000 rows are drawn: 15 to 3,000 groups of very different sizes, two to five classes, rates of its own for
every group. Each splitter deals them into five folds. The deviation of a class is how far its share in a fold is from a
fifth, as a mean over folds and classes; that of rows likewise. What counts is the ratio.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from fivefold.data.dealing import deal_groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

__all__ = ["main"]

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How even a split came out, and how long it took."""

    classes: float
    rows: float
    seconds: float


def table(seed: int) -> tuple[Codes, Codes]:
    """Draw the groups and the classes of a table's rows."""
    rng = np.random.default_rng(seed)
    groups, classes = int(np.exp(rng.uniform(np.log(15), np.log(3_000)))), int(rng.integers(2, 6))
    rows = max(500, int(np.exp(rng.uniform(np.log(500), np.log(20_000)))))
    weights = rng.pareto(1.5, groups) + 0.05
    units = rng.choice(groups, rows, p=weights / weights.sum())
    units = np.unique(units, return_inverse=True)[1].astype(np.int64)
    rates = rng.dirichlet(rng.uniform(0.3, 3.0, classes), int(units.max()) + 1).cumsum(axis=1)
    strata = (rng.random((rows, 1)) > rates[units]).sum(axis=1)
    return units, np.minimum(strata, classes - 1).astype(np.int64)


def ours(units: Codes, strata: Codes, seed: int) -> Codes:
    """Fivefold's folds."""
    return deal_groups(units, strata, [1 / _FOLDS] * _FOLDS, np.random.default_rng(seed)).astype(np.int64)


def theirs(units: Codes, strata: Codes, seed: int) -> Codes:
    """The folds of scikit-learn."""
    folds = np.empty(units.size, dtype=np.int64)
    splitter = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about classes of fewer rows than folds
        for number, (_, judged) in enumerate(splitter.split(units, strata, units)):
            folds[judged] = number
    return folds


def measure(split: Callable[[Codes, Codes, int], Codes], units: Codes, strata: Codes, seed: int) -> Outcome:
    """Split a table, check that no group is parted, and say how even the folds are."""
    began = time.perf_counter()
    folds = split(units, strata, seed)
    seconds = time.perf_counter() - began
    assert np.unique(np.column_stack([units, folds]), axis=0).shape[0] == int(units.max()) + 1
    counts = np.zeros((_FOLDS, int(strata.max()) + 1))
    np.add.at(counts, (folds, strata), 1)
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    rows = counts.sum(axis=1) / units.size
    return Outcome(
        float(np.abs(shares - 1 / _FOLDS).mean()), float(np.abs(rows - 1 / _FOLDS).mean()), seconds
    )


def main() -> None:
    """Print one line a table and the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", type=int, default=20)
    tables = parser.parse_args().tables
    print("| table | rows | groups | classes | ours: classes | theirs | ours: rows | theirs | time, ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    found: list[tuple[Outcome, Outcome]] = []
    for seed in range(tables):
        units, strata = table(seed)
        one, other = (measure(split, units, strata, seed) for split in (ours, theirs))
        found.append((one, other))
        sizes = f"{units.size:,} | {int(units.max()) + 1:,} | {int(strata.max()) + 1}"
        figures = f"{one.classes:.4f} | {other.classes:.4f} | {one.rows:.4f} | {other.rows:.4f}"
        print(f"| {seed} | {sizes} | {figures} | {one.seconds / other.seconds:.2f} |")
    for what in ("classes", "rows", "seconds"):
        pairs = [(getattr(one, what), getattr(other, what)) for one, other in found]
        total = sum(one for one, _ in pairs) / sum(other for _, other in pairs)
        better = sum(one < other for one, other in pairs)
        print(f"{what}: ratio of the sums {total:.2f}; ours smaller on {better} of {tables} tables")


if __name__ == "__main__":
    main()
