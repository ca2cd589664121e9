"""Training: one that is over, as those are told who list trainings elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Brief, Dataset, Model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fivefold.core.settings import Settings
    from fivefold.core.store import Run, Stored

__all__ = ["Training"]


@dataclass(frozen=True, slots=True)
class Training:
    """What a :class:`~fivefold.core.protocols.Tracker` may tell.

    Attributes
    ----------
    run : str
        The run's short id.
    source : str
        Label of the table: never an absolute path or a password.
    means : Mapping of str to str
        The stated budget, in the person's words.
    seed : int
    brief : Stored of Brief
    dataset : Stored of Dataset
    model : Stored of Model
        Its folder holds ``card.md``.
    report : Path or None
        The run's page; None where it is not written yet.
    """

    run: str
    source: str
    means: Mapping[str, str]
    seed: int
    brief: Stored[Brief]
    dataset: Stored[Dataset]
    model: Stored[Model]
    report: Path | None

    @classmethod
    def of(cls, run: Run, source: str, settings: Settings) -> Training:
        """Read what a run has of its training, which must be over."""
        report = run.folder / "report.html"
        return cls(
            run=run.id,
            source=source,
            means=settings.means,
            seed=settings.seed,
            brief=run.need("research", Brief),
            dataset=run.need("data", Dataset),
            model=run.need("train", Model),
            report=report if report.is_file() else None,
        )
