from __future__ import annotations

from pathlib import Path

from fivefold.core.clock import Deadline
from fivefold.core.settings import read_settings
from fivefold.core.store import Store
from fivefold.core.workbench import Silence
from fivefold.stages import Stages


def test_what_was_charged_adds_up_and_takes_none_of_the_time(tmp_path: Path) -> None:
    run = Store(tmp_path).open("r")
    settings, deadline = read_settings({}, environ={}), Deadline.after(60.0)
    for money in (0.25, 0.5):
        Stages(run, settings, deadline, Silence()).charge("predict", money)
    (entry,) = Stages(run, settings, deadline, Silence()).ledger.entries
    assert (entry.step, entry.money, entry.spent_seconds) == ("predict", 0.75, 0.0)
