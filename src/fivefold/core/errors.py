"""The one error tree. Every error says what was wrong, what was seen, what was expected and what to do next.

FivefoldError                     exit code 1
├── MisuseError                   exit code 2: the person can put it right
│   ├── InputError                a table, a column or a file
│   ├── SettingsError             a flag, a variable, a key of fivefold.toml
│   ├── UnknownPartError          a name that no registered part carries
│   ├── MissingExtraError         an optional library is not installed
│   └── RequestError              a prediction request; also carries the column
├── BudgetError                   exit code 3: the stated means would be passed
├── UnhealthyError                exit code 4: the monitor or a contract says no
├── ArtefactError                 a manifest or payload is damaged or of an unknown version
├── PartError                     a plug-in breaks the rules of its seam
└── StepError                     a step could not do its work
"""

from __future__ import annotations

import re
from typing import ClassVar

__all__ = [
    "ArtefactError",
    "BudgetError",
    "FivefoldError",
    "InputError",
    "MisuseError",
    "MissingExtraError",
    "PartError",
    "RequestError",
    "SettingsError",
    "StepError",
    "UnhealthyError",
    "UnknownPartError",
]


_ENDS = (".", "?", "!")
_COMMAND = re.compile(r"\b(fivefold [a-z][a-z ]*)RUN\b")
"""A command for a run that whoever gives the advice cannot name."""


class FivefoldError(Exception):
    """Base of every error that Fivefold raises on purpose.

    Parameters
    ----------
    what : str
        What was wrong, as a sentence without its full stop.
    seen : str
        What was found instead of the expected thing.
    expected : str
        What would have been right.
    todo : str
        The next thing for the person to do.
    code : str
        Stable machine-readable code; the class has a default.

    Examples
    --------
    >>> print(InputError("The target is not in the table", seen="'prise'", todo="did you mean 'price'?"))
    The target is not in the table. Seen: 'prise'. Next: did you mean 'price'?
    """

    exit_code: ClassVar[int] = 1
    default_code: ClassVar[str] = "error"

    def __init__(
        self, what: str, *, seen: str = "", expected: str = "", todo: str = "", code: str = ""
    ) -> None:
        self.what = what
        self.seen = seen
        self.expected = expected
        self.todo = todo
        self.code = code or self.default_code
        super().__init__(what, seen, expected, todo, self.code)

    def name_run(self, name: str) -> None:
        """Put a run's name into the commands of the advice, where ``RUN`` stands for it.

        Examples
        --------
        >>> error = StepError("It broke off", todo="fivefold deploy RUN --resume")
        >>> error.name_run("3f9a2c1e")
        >>> print(error)
        It broke off. Next: fivefold deploy 3f9a2c1e --resume.
        """
        self.todo = _COMMAND.sub(lambda found: found[1] + name, self.todo)
        self.args = (self.what, self.seen, self.expected, self.todo, self.code)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep keyword arguments when an error crosses a process boundary."""
        return _rebuild, (type(self), self.what, self.seen, self.expected, self.todo, self.code)

    def __str__(self) -> str:
        parts = [self.what]
        for label, text in (("Seen", self.seen), ("Expected", self.expected), ("Next", self.todo)):
            if text:
                parts.append(f"{label}: {text}")
        if len(parts) == 1:
            return self.what
        return " ".join(part if part.endswith(_ENDS) else f"{part}." for part in parts)


def _rebuild(
    kind: type[FivefoldError], what: str, seen: str, expected: str, todo: str, code: str
) -> FivefoldError:
    """Make the error again in another process."""
    return kind(what, seen=seen, expected=expected, todo=todo, code=code)


class MisuseError(FivefoldError):
    """The person can put it right: a wrong flag, file, column or name."""

    exit_code = 2
    default_code = "misuse"


class InputError(MisuseError, ValueError):
    """A table, a column or a file is not what the work needs; also a ``ValueError``, as scikit-learn's users expect."""

    default_code = "bad_input"

    @classmethod
    def of(cls, error: FivefoldError) -> InputError:
        """What is wrong with a file that the person named: another one can be named."""
        return cls(error.what, seen=error.seen, expected=error.expected, todo=error.todo, code=error.code)


class SettingsError(MisuseError):
    """A flag, an environment variable or a key of ``fivefold.toml`` cannot be used."""

    default_code = "bad_setting"


class UnknownPartError(MisuseError):
    """No registered part carries the asked name."""

    default_code = "unknown_part"


class MissingExtraError(MisuseError):
    """An optional library is not installed; the message prints the install command."""

    default_code = "missing_extra"


class RequestError(MisuseError):
    """A prediction request cannot be answered.

    Attributes
    ----------
    column : str
        The column at fault, or an empty string.
    row : int
        Position of the instance in the request, or -1.
    """

    default_code = "bad_request"

    def __init__(
        self,
        what: str,
        *,
        seen: str = "",
        expected: str = "",
        todo: str = "",
        code: str = "",
        column: str = "",
        row: int = -1,
    ) -> None:
        super().__init__(what, seen=seen, expected=expected, todo=todo, code=code)
        self.column = column
        self.row = row


class BudgetError(FivefoldError):
    """Going on would pass the stated means."""

    exit_code = 3
    default_code = "budget_refused"


class UnhealthyError(FivefoldError):
    """The monitor's verdict is ``act``, or data breaks its contract."""

    exit_code = 4
    default_code = "unhealthy"


class ArtefactError(FivefoldError):
    """A manifest or a payload is damaged, incomplete or of an unknown version."""

    default_code = "bad_artefact"


class PartError(FivefoldError):
    """A registered part breaks the rules of its seam."""

    default_code = "bad_part"


class StepError(FivefoldError):
    """A step could not do its work."""

    default_code = "step_failed"
