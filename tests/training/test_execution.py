"""An executor is found by its name, and refused before any work is done."""

from __future__ import annotations

from pathlib import Path

import pytest

import fivefold as ff
from fivefold.core.errors import SettingsError, UnknownPartError
from fivefold.training.execution import check_executor


def test_a_name_that_nobody_carries_lists_the_known_ones() -> None:
    with pytest.raises(UnknownPartError, match=r"no executor 'dask'.*local, ray"):
        check_executor("dask:host:8786")


def test_a_run_is_refused_before_it_begins(visits_csv: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has no address"):
        ff.run(str(visits_csv), target="shown", executor="local:host:1", out=str(tmp_path / "runs"))
    assert not (tmp_path / "runs").exists()
