"""The first Ctrl-C is noted, the second one is somebody else's."""

from __future__ import annotations

import os
import signal
import threading

import pytest

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
