"""Story: everything that a page about a run is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Brief, Dataset, Health, Model, Release
from fivefold.core.elsewhere import read_elsewhere
from fivefold.core.releases import releases

if TYPE_CHECKING:
    from fivefold.core.artefacts import Elsewhere
    from fivefold.core.ledger import Ledger
    from fivefold.core.store import Header, Run, Stored

__all__ = ["Story"]


@dataclass(frozen=True, slots=True)
class Story:
    """A run, whole or as far as it came; a step that is not there is None.

    Attributes
    ----------
    run_id : str
    brief, dataset, model, release, health : Stored or None
    ledger : Ledger
    elsewhere : tuple of Elsewhere
        What was trained elsewhere and held beside the model.
    beside : tuple of Release
        Those at other targets than the last one's.
    """

    run_id: str
    brief: Stored[Brief] | None
    dataset: Stored[Dataset] | None
    model: Stored[Model] | None
    release: Stored[Release] | None
    health: Stored[Health] | None
    ledger: Ledger
    elsewhere: tuple[Elsewhere, ...] = ()
    beside: tuple[Release, ...] = ()

    @classmethod
    def of(cls, run: Run, ledger: Ledger) -> Story:
        """Return the story of a run as it lies in the store."""
        release = run.get("deploy", Release)
        target = release.body.target if release is not None else ""
        known = releases(run.live, release.body if release is not None else None)
        return cls(
            run.id,
            run.get("research", Brief),
            run.get("data", Dataset),
            run.get("train", Model),
            release,
            run.get("monitor", Health),
            ledger,
            read_elsewhere(run),
            tuple(each for each in known if each.target not in (target, "none")),
        )

    def headers(self) -> dict[str, Header]:
        """Headers of the artefacts that are there, by their step."""
        steps = {
            "research": self.brief,
            "data": self.dataset,
            "train": self.model,
            "deploy": self.release,
            "monitor": self.health,
        }
        return {step: stored.header for step, stored in steps.items() if stored is not None}

    @property
    def source(self) -> str:
        """What the tables that the dataset was made of are called."""
        return ", ".join(table.source for table in self.dataset.header.lineage) if self.dataset else ""

    @property
    def target(self) -> str:
        """The column that is predicted, from the first artefact that names it."""
        if self.model is not None:
            return self.model.body.target
        if self.dataset is not None:
            return self.dataset.body.contract.target
        return self.brief.body.question.target if self.brief is not None else ""
