"""The first Ctrl-C is noted, the second one is somebody else's."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from tests.data.journey import Ear

from fivefold.core.errors import StepError
from fivefold.training.interruption import Interruption


def test_the_first_is_noted_and_the_second_gets_through() -> None:
    with Interruption() as interruption:
        before = interruption.asked
        os.kill(os.getpid(), signal.SIGINT)
        assert (before, interruption.asked) == (False, True)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_whoever_handled_it_before_gets_it_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_outside_the_main_thread_it_does_nothing() -> None:
    asked: list[bool] = []

    def work() -> None:
        with Interruption() as interruption:
            asked.append(interruption.asked)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert asked == [False]


def test_the_loss_of_all_workers_ends_the_step_unless_there_is_something_to_keep() -> None:
    interruption = Interruption()
    interruption.end_unless(kept=False)
    interruption.ask("the cluster was lost")
    interruption.end_unless(kept=True)
    assert interruption.told == "Training ended early, since the cluster was lost"
    with pytest.raises(StepError, match=r"Seen: the cluster was lost. Next: .*--executor local"):
        interruption.end_unless(kept=False)


def test_ctrl_c_before_anything_was_fitted_stays_ctrl_c() -> None:
    ear = Ear()
    interruption = Interruption(ear)
    interruption.end_unless(kept=True)
    interruption.asked = True
    interruption.end_unless(kept=True)
    assert interruption.told == "Training was interrupted"
    assert ear.heard == [
        "Training was interrupted; the best so far is judged and kept. The same command trains on"
    ]
    with pytest.raises(KeyboardInterrupt):
        interruption.end_unless(kept=False)
