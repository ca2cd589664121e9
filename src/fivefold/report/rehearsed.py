"""What a rehearsal said, in one sentence: the same words in the report and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.language import plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import Rehearsal

__all__ = ["rehearsal_words"]


def rehearsal_words(rehearsal: Rehearsal) -> str:
    """Say what was played, and what was not."""
    passed, skipped = rehearsal.in_state("passed"), rehearsal.in_state("skipped")
    words = f"rehearsed as {rehearsal.platform} in {rehearsal.seconds:.1f} s: {plural(len(passed), 'scene')} passed"
    if skipped:
        words += f", {len(skipped)} skipped ({', '.join(scene.name for scene in skipped)})"
    return words
