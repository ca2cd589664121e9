"""Parts of training that cost complexity, and how each is switched off.

The one function that is the part is replaced, in the process of the benchmark and in its workers; the product has no switches for it.

As a program it is a worker that has the replacement as well::

    python parts.py DESCRIPTOR FOLDER PARENT PART
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fivefold.training import choice, judgement, search, step, worker
from fivefold.training.encoding import fit
from fivefold.training.encoding.rates import Outcomes
from fivefold.training.executors import local
from fivefold.training.families import mlp

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Candidate

__all__ = ["EVERYTHING", "PARTS", "Part", "switch_off"]

EVERYTHING = "everything"
"""The name of a training that has all parts."""


@dataclass(frozen=True)
class Part:
    """A part of training.

    Attributes
    ----------
    off : str
        What is done instead, in the words of the table of results.
    switch : callable
        Replaces the part in this process.
    needs : str
        What a table must show, in a training with everything, for the part to act there at all.
    encodes : bool
        Whether folds look otherwise without it, so that no fit of the training with everything can be used again.
    """

    off: str
    switch: Callable[[], None]
    needs: str = ""
    encodes: bool = False


def _instead(owner: Any, name: str, new: object) -> None:
    """Replace a function."""
    setattr(owner, name, new)


def _around(owner: Any, name: str, change: Callable[[Any], object]) -> None:
    """Pass on what a function returns, changed."""
    old = getattr(owner, name)
    setattr(owner, name, lambda *args, **words: change(old(*args, **words)))


def _without(wanted: Callable[[Candidate], bool]) -> None:
    """Let families propose fewer candidates."""

    def thinned(found: Any) -> object:
        opening, later = ([one for one in each if wanted(one)] for each in (found.opening, found.later))
        return replace(found, opening=opening, later=later)

    _around(search, "propose", thinned)


def _single() -> None:
    """A blend of one member is the best single candidate."""
    old = choice.select
    _instead(choice, "select", lambda *args, **words: old(*args, **{**words, "most": 1}))


def _uncounted() -> None:
    """Rates of categories without how often each was seen."""
    old = Outcomes.fit
    _instead(Outcomes, "fit", lambda self, *args, **words: old(self, *args, **{**words, "counted": False}))


def _unscored() -> None:
    """Directions of texts without what their words say about the target."""
    old = fit.fit_text
    _instead(fit, "fit_text", lambda name, values, _, *, seed: old(name, values, None, seed=seed))


PARTS: dict[str, Part] = {
    "racing": Part("no later candidates", lambda: _instead(search, "race", lambda _: None)),
    "nets": Part("no nets", lambda: _without(lambda one: one.family != "mlp"), "mlp"),
    "steps of nets": Part("nets see plain numbers", lambda: _instead(mlp, "_STEPS", 0), "mlp"),
    "second LightGBM": Part("`lightgbm` is not raced", lambda: _without(lambda one: one.name != "lightgbm")),
    "blend": Part("the best single candidate", _single, "blend"),
    "repeats": Part("one seed a member", lambda: _instead(step, "repeat", lambda *_: None), "seeds"),
    "last fit": Part(
        "sealed rows teach nothing", lambda: _instead(step, "_last_fit", lambda *_: False), "last fit"
    ),
    "recalibration": Part(
        "the blend's own probabilities",
        lambda: _instead(judgement, "recalibrate", lambda *_: None),
        "recalibration",
    ),
    "later folds choose": Part(
        "all rolling folds choose", lambda: _instead(choice, "_compared", lambda _, weight: weight), "rolling"
    ),
    "target encoding": Part(
        "codes alone",
        lambda: _around(step, "_terms", lambda terms: replace(terms, rates=False)),
        "rate",
        encodes=True,
    ),
    "counts of categories": Part("rates without them", _uncounted, "rate", encodes=True),
    "ordered codes": Part(
        "codes by how often they are seen",
        lambda: _instead(Outcomes, "ordered", lambda _, __, names: names),
        "code",
        encodes=True,
    ),
    "scores of texts": Part("directions alone", _unscored, "text", encodes=True),
    "pieces of dates": Part(
        "days since the first date alone",
        lambda: _instead(fit, "_PIECES", ("elapsed_days",)),
        "date",
        encodes=True,
    ),
}


def switch_off(part: str) -> None:
    """Switch a part off here and in all workers that are started from now on."""
    if part == EVERYTHING:
        return
    PARTS[part].switch()
    spawn = local.spawn
    _instead(
        local,
        "spawn",
        lambda _, folder, *words, threads=1: spawn("parts", folder, *words, part, threads=threads),
    )


if __name__ == "__main__":
    PARTS[sys.argv[4]].switch()
    worker.main()
