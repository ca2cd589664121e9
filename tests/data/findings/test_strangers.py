"""Checks that another package brings: they are found by their names, planned last, and made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.data.journey import glance, make
from tests.data.test_step import found, table
from tests.research.profiles import decided, value

from fivefold.research.plan import CHECKS

if TYPE_CHECKING:
    from pathlib import Path

_MODULE = '''
from fivefold.core.artefacts import Finding


class Postcodes:
    """Says how many rows it was shown."""

    def inspect(self, table):
        what = f"{table.frame.height} rows without a postcode"
        return [Finding("a_postcode", "info", (), what, {"rows": table.frame.height}, done="nothing")]
'''


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package with a check, and one that cannot be loaded."""
    facts = tmp_path / "postcodes-1.0.dist-info"
    facts.mkdir()
    (tmp_path / "postcodes.py").write_text(_MODULE)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: postcodes\nVersion: 1.0\n")
    points = "a_postcode = postcodes:Postcodes\nbroken = postcodes_of_old:Gone\n"
    (facts / "entry_points.txt").write_text(f"[fivefold.findings]\n{points}")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("strangers")
def test_a_check_of_another_package_is_planned_after_our_own_and_made() -> None:
    with pytest.warns(RuntimeWarning, match="finding check 'broken' cannot be loaded"):
        decision = decided(glance(table(), "y"))
    planned = (*CHECKS, "a_postcode")
    assert value(decision, "checks") == planned
    assert found(make(table(), "y", "binary", checks=planned), "a_postcode")
