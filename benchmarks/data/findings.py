"""Recall and false alarms of every check of a table: ``python -m benchmarks.data.findings [SEEDS]`` from the repository.

Each fault, and each honest near miss, is planted in one healthy table a seed, over all shapes; 42 seeds if not given.
Prints a Markdown table, as docs/steps/data.md has it.
"""

from __future__ import annotations

import sys
import time

from tests.data.findings.everything import PLANTED

from fivefold.core.protocols import FindingCheck
from fivefold.core.registry import Registry
from fivefold.testing.faults import nothing_wrong, share_found

__all__ = ["main"]


def main() -> None:
    """Plant, check, count."""
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 42)
    registry: Registry[type[FindingCheck]] = Registry("fivefold.findings")
    print(
        "| check | faults | tables | recall (worst fault) | honest | tables | false alarms (worst) | ms a table |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for planted in PLANTED:
        check, began = registry.get(planted.check)(), time.perf_counter()
        honest = (nothing_wrong, *planted.honest)
        recalls = [share_found(check, fault, seeds, counts=planted.counts) for fault in planted.faults]
        alarms = [share_found(check, plain, seeds, counts=planted.counts) for plain in honest]
        tables = len(seeds) * (len(recalls) + len(alarms))
        spent = 1000 * (time.perf_counter() - began) / tables
        print(
            f"| `{planted.check}`{planted.says} | {len(recalls)} | {len(seeds) * len(recalls)} | {sum(recalls) / len(recalls):.3f} "
            f"({min(recalls):.3f}) | {len(alarms)} | {len(seeds) * len(alarms)} | {sum(alarms) / len(alarms):.3f} "
            f"({max(alarms):.3f}) | {spent:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
