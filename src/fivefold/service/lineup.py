"""The line-up: which bundle answers, which one is held beside it, and which ones answered before; a small file of JSON.

A service that was started with such a file reads it again at SIGHUP, and goes over to what it says without dropping a request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from fivefold.core import records
from fivefold.core.errors import ArtefactError, MisuseError, SettingsError
from fivefold.core.store import write_atomically

__all__ = ["LINE_UP_SUFFIX", "LineUp", "read_line_up", "run_of", "write_line_up"]

LINE_UP_SUFFIX = ".json"
"""By which the file of a line-up is told from a bundle."""


@dataclass(frozen=True, slots=True)
class LineUp:
    """Who answers.

    Attributes
    ----------
    champion : str
        The bundle whose answers are returned.
    challenger : str
        The bundle that is held beside it; empty if there is none.
    share : float
        Share of the rows that the challenger answers. At 0 it runs in the shadow: it answers every row as well, and only the log
        sees it.
    key : str
        Column by whose value rows go to one or the other, so that the same customer always meets the same model; empty to
        draw lots for each row.
    former : tuple of str
        Champions before, the latest last; none of them was deleted.
    change : int
        Counts the changes, so that a service can say which one it has gone over to.
    """

    champion: str
    challenger: str = ""
    share: float = 0.0
    key: str = ""
    former: tuple[str, ...] = ()
    change: int = 0

    def challenged(self, bundle: str, *, share: float = 0.0, key: str = "") -> LineUp:
        """Hold another bundle beside the champion.

        Raises
        ------
        SettingsError
            When the share is none.
        """
        if not 0.0 <= share < 1.0:
            raise SettingsError(
                "The challenger cannot have this share",
                seen=f"{share:g}",
                expected="0 (in the shadow), or a share below 1 such as 0.1",
                todo="promote it to give it all",
            )
        return replace(self, challenger=bundle, share=share, key=key, change=self.change + 1)

    def unchallenged(self) -> LineUp:
        """Hold nothing beside the champion."""
        return replace(self, challenger="", share=0.0, key="", change=self.change + 1)

    def promoted(self) -> LineUp:
        """Let the challenger take the champion's place.

        Raises
        ------
        MisuseError
            When there is no challenger.
        """
        if not self.challenger:
            raise MisuseError(
                "Nothing can be promoted",
                seen="no challenger",
                expected="a model that is held beside the one that answers",
                todo="name one with: fivefold challenge RUN CHALLENGER",
                code="no_challenger",
            )
        return LineUp(self.challenger, former=(*self.former, self.champion), change=self.change + 1)

    def rolled_back(self) -> LineUp:
        """Let the champion before answer again.

        Raises
        ------
        MisuseError
            When there was none.
        """
        if not self.former:
            raise MisuseError(
                "There is nothing to go back to",
                seen="the first model that this service ever had",
                expected="a model that answered before",
                todo="roll back after a promotion only",
                code="no_former",
            )
        return LineUp(self.former[-1], former=self.former[:-1], change=self.change + 1)


def read_line_up(place: Path) -> LineUp:
    """Read a line-up; a bundle is one of itself alone.

    Raises
    ------
    ArtefactError
        When the file is none.
    """
    if place.suffix != LINE_UP_SUFFIX:
        return LineUp(str(place))
    try:
        data = place.read_bytes()
    except OSError as error:
        raise ArtefactError(
            f"The line-up '{place}' cannot be read",
            seen=error.strerror or str(error),
            expected="a file that a deployment wrote",
            todo="deploy again",
        ) from error
    return records.load(LineUp, data, label=f"The line-up '{place}'")


def run_of(bundle: str) -> str:
    """Name the run that a bundle of a line-up lies in.

    Examples
    --------
    >>> run_of("fivefold-runs/3f9a2c1e/train/bundle")
    '3f9a2c1e'
    """
    return Path(bundle).parent.parent.name


def write_line_up(place: Path, line_up: LineUp) -> None:
    """Write a line-up, whole or not at all."""
    write_atomically(place, records.dump(line_up))
