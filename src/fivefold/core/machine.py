"""What this machine lets us use: cores and memory, as the scheduler and the control groups see them."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time
from pathlib import Path

__all__ = [
    "available_cores",
    "available_memory",
    "peak_memory",
    "peak_memory_of",
    "process_age",
    "reset_peak_memory",
]

_CGROUP = Path("/sys/fs/cgroup")


def available_cores(cgroup: Path = _CGROUP) -> int:
    """Count the cores that this process may use: affinity, then the control group's quota."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    quota = _cpu_quota(cgroup)
    return max(1, min(affinity, quota) if quota else affinity)


def available_memory(cgroup: Path = _CGROUP, meminfo: Path = Path("/proc/meminfo")) -> int:
    """Bytes of memory that this process may use: free memory of the machine, capped by the control group."""
    free = _meminfo_available(meminfo)
    limits = [_read_number(cgroup / "memory.max"), _read_number(cgroup / "memory/memory.limit_in_bytes")]
    return min([free, *(limit for limit in limits if limit)])


def peak_memory() -> int:
    """Largest resident size so far of this process, or of any worker that has ended, in bytes."""
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak if sys.platform == "darwin" else peak * 1024


def peak_memory_of(process: int) -> int:
    """Largest resident size in bytes of a process since it began, or since :func:`reset_peak_memory`; 0 if nobody tells."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def reset_peak_memory(process: int) -> None:
    """Let the peak of a process count from now on, where the system can."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{process}/clear_refs").write_text("5")


def process_age(stat: Path = Path("/proc/self/stat")) -> float:
    """Seconds since this process was started; 0 where the system does not tell.

    A deadline stated on the command line counts from here, so that the interpreter's own start is inside it.
    """
    try:
        ticks = int(stat.read_text().rpartition(")")[2].split()[19])
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, AttributeError, IndexError, ValueError):
        return 0.0


def _cpu_quota(cgroup: Path) -> int:
    """Whole cores allowed by the control group (version 2, then 1); 0 when there is no limit."""
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        quota = str(_read_number(cgroup / "cpu/cpu.cfs_quota_us") or "max")
        period = str(_read_number(cgroup / "cpu/cpu.cfs_period_us") or 100_000)
    if not quota.isdigit():
        return 0
    return max(1, int(quota) // max(1, int(period)))


def _meminfo_available(meminfo: Path) -> int:
    """MemAvailable in bytes; 4 GB where the file is missing."""
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return 4 * 10**9
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 4 * 10**9


def _read_number(path: Path) -> int:
    """The number in a control file; 0 when it is absent, negative or says there is no limit."""
    try:
        text = path.read_text().strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0
