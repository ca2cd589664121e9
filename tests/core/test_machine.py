"""Cores and memory as the control groups and the scheduler see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.machine import available_cores, available_memory, peak_memory, process_age


@pytest.mark.parametrize(("text", "cores"), [("100000 100000", 1), ("max 100000", None), ("50000 100000", 1)])
def test_a_quota_of_the_control_group_caps_the_cores(tmp_path: Path, text: str, cores: int | None) -> None:
    free = available_cores(tmp_path)
    (tmp_path / "cpu.max").write_text(text)
    assert available_cores(tmp_path) == (cores or free)


def test_the_older_control_group_is_understood(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("100000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert available_cores(tmp_path) == 1


def test_memory_is_the_smaller_of_free_and_allowed(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable: 2000 kB\n")
    assert available_memory(tmp_path, meminfo) == 2_048_000
    (tmp_path / "memory.max").write_text("1000000\n")
    assert available_memory(tmp_path, meminfo) == 1_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert available_memory(tmp_path, meminfo) == 2_048_000
    assert available_memory(tmp_path, tmp_path / "none") == 4 * 10**9


def test_the_process_knows_its_size_and_age(tmp_path: Path) -> None:
    assert peak_memory() > 10**7
    assert 0 < process_age() < 10**5
    assert process_age(tmp_path / "none") == 0
