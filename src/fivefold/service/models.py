"""The models that a service holds: one that answers, perhaps one beside it, and who of both takes which row."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from fivefold.core.errors import MisuseError
from fivefold.runtime.bundle import load_bundle
from fivefold.service.golden import prove

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.runtime.predictor import Predictor
    from fivefold.service.lineup import LineUp

__all__ = ["Models", "check_challenger"]

_PARTS = 1 << 32


@dataclass(frozen=True, slots=True)
class Models:
    """A line-up, loaded and proved.

    Attributes
    ----------
    line_up : LineUp
    champion : Predictor
    challenger : Predictor or None
    """

    line_up: LineUp
    champion: Predictor
    challenger: Predictor | None = None

    @classmethod
    def load(cls, line_up: LineUp, before: Models | None = None) -> Models:
        """Load what a line-up names; what is loaded already is kept.

        Raises
        ------
        ArtefactError
            When a bundle is damaged or answers differently here.
        MisuseError
            When the challenger cannot stand beside the champion.
        """
        champion = _loaded(line_up.champion, before)
        if not line_up.challenger:
            return cls(line_up, champion)
        challenger = _loaded(line_up.challenger, before)
        check_challenger(champion, challenger, line_up.key)
        return cls(line_up, champion, challenger)

    @property
    def shadowed(self) -> bool:
        """Whether a challenger answers along in the shadow."""
        return self.challenger is not None and self.line_up.share == 0.0

    def as_named(self, predictor: Predictor, instances: Sequence[object]) -> Sequence[object]:
        """Return instances as the challenger may read them: lists stand in the champion's order, which need not be its own."""
        return instances if predictor is self.champion else self.named(instances)

    def named(self, instances: Sequence[object]) -> Sequence[object]:
        """Return instances by the names of the champion's columns, where they are lists of one value for each."""
        names = [column.name for column in self.champion.contract.columns]
        return [
            dict(zip(names, each, strict=True)) if _is_row(each, len(names)) else each for each in instances
        ]

    def alone(self, instances: Sequence[object]) -> list[tuple[Predictor, Sequence[int]]]:
        """Give all instances to the champion."""
        return [(self.champion, range(len(instances)))]

    def parted(
        self, instances: Sequence[object], ids: Sequence[str]
    ) -> list[tuple[Predictor, Sequence[int]]]:
        """Tell who answers which instances.

        Parameters
        ----------
        instances : sequence of JSON values
        ids : sequence of str
            One for each; lots are drawn by them where no column decides.

        Returns
        -------
        list of (Predictor, sequence of int)
            Positions in the request; nobody without any.
        """
        if self.challenger is None or self.line_up.share == 0.0 or not instances:
            return self.alone(instances)
        border = int(self.line_up.share * _PARTS)
        positions: tuple[list[int], list[int]] = ([], [])
        for position, instance in enumerate(instances):
            # Who sends too few values, or too many, is told so by the champion.
            odd = isinstance(instance, list | tuple) and not _is_row(
                instance, len(self.champion.contract.columns)
            )
            drawn = not odd and _lot(self._word(instance, ids[position])) < border
            positions[drawn].append(position)
        pairs = zip((self.champion, self.challenger), positions, strict=True)
        return [(predictor, places) for predictor, places in pairs if places]

    def _word(self, instance: object, own: str) -> str:
        """What decides about an instance."""
        key = self.line_up.key
        if not key:
            return own
        if isinstance(instance, Mapping):
            value = instance.get(key)
        else:
            names = [column.name for column in self.champion.contract.columns]
            place = names.index(key)
            value = instance[place] if isinstance(instance, list) and len(instance) > place else None
        # A platform turns whole numbers into floats; they still mean the same customer.
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _is_row(instance: object, width: int) -> TypeGuard[Sequence[object]]:
    """Whether this is a list of as many values as there are columns."""
    return isinstance(instance, list | tuple) and len(instance) == width


def _lot(word: str) -> int:
    """A number below ``_PARTS`` that the same word always draws."""
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def _loaded(bundle: str, before: Models | None) -> Predictor:
    """Return a bundle's predictor, proved."""
    if before is not None:
        held = {before.line_up.champion: before.champion}
        if before.challenger is not None:
            held[before.line_up.challenger] = before.challenger
        if bundle in held:
            return held[bundle]
    predictor = load_bundle(Path(bundle))
    prove(predictor)
    return predictor


def check_challenger(champion: Predictor, challenger: Predictor, key: str) -> None:
    """Refuse a challenger that could not answer the champion's requests, and a key that is no column.

    Parameters
    ----------
    champion, challenger : Predictor
    key : str
        Column by whose value rows go to one or the other; empty for none.

    Raises
    ------
    MisuseError
        With code ``wrong_challenger`` or ``wrong_key``.
    """
    ours, theirs = champion.contract, challenger.contract
    names = {column.name for column in ours.columns}
    lacking = [each.name for each in theirs.columns if not each.nullable and each.name not in names]
    asked, answers = ((each.task, each.target, each.classes, each.target_kind) for each in (ours, theirs))
    alike = asked == answers
    if not alike or lacking:
        raise MisuseError(
            "The challenger answers another question",
            seen=f"it needs the columns {', '.join(lacking[:5])}"
            if lacking
            else f"{theirs.task} of '{theirs.target}'",
            expected=f"{ours.task} of '{ours.target}' by columns that its requests carry",
            todo="hold a model of the same question beside this one",
            code="wrong_challenger",
        )
    if champion.version == challenger.version:
        raise MisuseError(
            "The challenger is the champion",
            seen=champion.version,
            expected="another model",
            todo="name the run of another model",
            code="wrong_challenger",
        )
    if set(champion.levels) - set(challenger.levels):
        raise MisuseError(
            "The challenger cannot say how sure it is where the champion can",
            seen=", ".join(f"{level:g}" for level in challenger.levels) or "no coverage",
            expected=", ".join(f"{level:g}" for level in champion.levels),
            todo="train it again with this version",
            code="wrong_challenger",
        )
    if key and key not in names:
        raise MisuseError(
            f"Rows cannot be parted by '{key}'",
            seen=", ".join(sorted(names)[:8]),
            expected="a column of the model",
            todo="name one of its columns, or none",
            code="wrong_key",
        )
