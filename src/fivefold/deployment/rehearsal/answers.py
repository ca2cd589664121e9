"""Answers: the known ones, in every form that the platform may send a row, and to what cannot be answered."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import orjson

from fivefold.core.artefacts import Scene
from fivefold.core.errors import StepError
from fivefold.deployment.rehearsal.speech import Instances, document_of
from fivefold.service.golden import REHEARSAL, TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.deployment.rehearsal.speech import Speech
    from fivefold.deployment.rehearsal.stage import Stage

__all__ = ["answers"]


def answers(stage: Stage) -> Iterator[Scene]:
    """Ask for rows whose answers are known, and for nonsense."""
    yield _known(stage, "known answers", None)
    path = stage.platform.predict
    if stage.platform.name != "v2":
        yield _known(stage, "whole numbers as floats", Instances(path, as_floats=True))
        with stage.client(stage.platform.answer_seconds) as client:
            columns = tuple(column["name"] for column in document_of(client.get("/schema"))["columns"])
        yield _known(stage, "rows as lists", Instances(path, as_lists=columns))
    yield _nonsense(stage)


def _known(stage: Stage, name: str, speech: Speech | None) -> Scene:
    """Ask for each known row alone, and for all at once."""
    expected = f"the known answers, at most {TOLERANCE:g} off"
    rows = [example.row for example in stage.examples]
    figures = [example.figure for example in stage.examples]
    try:
        found = [figure for row in rows for figure in stage.predict([row], speech)]
        together = stage.predict(rows, speech)
    except StepError as error:
        return Scene(name, "failed", f"{error.what}: {error.seen}", expected)
    if not len(found) == len(together) == len(figures):
        return Scene(name, "failed", f"{len(together)} answers to {len(rows)} rows", "one for each")
    worst = max(
        abs(right - given) / max(1.0, abs(right))
        for right, *both in zip(figures, found, together, strict=True)
        for given in both
    )
    good = worst <= TOLERANCE and not math.isnan(worst)
    return Scene.judged(
        name, passed=good, seen=f"{len(rows)} rows, at most {worst:.1g} off", expected=expected
    )


def _nonsense(stage: Stage) -> Scene:
    """Send what nobody can answer: it must be refused, with a word and without a stack trace."""
    asking = stage.speech.ask([stage.examples[0].row])
    expected = "a status from 400 to 499, a code, and nothing of the program or the data"
    seen: list[str] = []
    good = True
    for body in (b"{", b"[]", orjson.dumps({"instances": [{"rehearsal": "x"}], "inputs": 1})):
        with stage.client(stage.platform.answer_seconds) as client:
            reply = client.send(asking.path, body, REHEARSAL)
        seen.append(str(reply.status))
        good &= 400 <= reply.status < 500 and isinstance(reply.json(), dict)
        good &= b"Traceback" not in reply.body and b'File "' not in reply.body
    return Scene.judged("nonsense", passed=good, seen=f"status {', '.join(seen)}", expected=expected)
