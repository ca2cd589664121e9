"""Errors carry what was wrong, seen, expected and next, and survive a process boundary."""

from __future__ import annotations

import copy

import pytest

from fivefold.core import errors
from fivefold.core.errors import (
    BudgetError,
    FivefoldError,
    InputError,
    MisuseError,
    RequestError,
    UnhealthyError,
)


def test_a_message_has_its_four_parts_in_order() -> None:
    error = InputError("The target is missing", seen="'x'", expected="'y'", todo="rename it")
    assert str(error) == "The target is missing. Seen: 'x'. Expected: 'y'. Next: rename it."


def test_what_ends_like_a_sentence_is_not_ended_twice() -> None:
    error = FivefoldError("It ended", seen=str(InputError("No log", todo="name one")), todo="put that right?")
    assert str(error) == "It ended. Seen: No log. Next: name one. Next: put that right?"


def test_a_bare_message_stays_as_it_is() -> None:
    assert str(FivefoldError("Nothing came of it")) == "Nothing came of it"


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [(FivefoldError, 1), (MisuseError, 2), (InputError, 2), (BudgetError, 3), (UnhealthyError, 4)],
)
def test_exit_codes_follow_the_tree(kind: type[FivefoldError], exit_code: int) -> None:
    assert kind("what").exit_code == exit_code


def test_errors_cross_process_boundaries() -> None:
    error = InputError("what", seen="seen", todo="todo", code="special")
    again = copy.copy(error)  # goes the way that a process boundary uses
    assert (type(again), str(again), again.code) == (InputError, str(error), "special")


def test_a_request_error_names_its_column_and_row() -> None:
    error = RequestError("A column is missing", column="age", row=3, code="missing_column")
    assert (error.column, error.row, error.code) == ("age", 3, "missing_column")


def test_every_error_of_the_page_is_public_and_drawn_in_the_tree() -> None:
    kinds = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, FivefoldError)
    }
    assert kinds == set(errors.__all__)
    assert all(name in (errors.__doc__ or "") for name in kinds)
