"""Chapter 4: where the model answers, and the proof that it answers as it did here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fivefold.report.chapter import Chapter, block, gone, render_chapter
from fivefold.report.figures import NONE, exact, figure, seconds
from fivefold.report.html import Markup, bullets, fold, h, join, link, name, table
from fivefold.report.language import plural, sentence
from fivefold.report.rehearsed import rehearsal_words

if TYPE_CHECKING:
    from fivefold.core.artefacts import Release
    from fivefold.report.html import Child
    from fivefold.report.story import Story

__all__ = ["deployment", "monthly_words", "place_words"]

_DIGEST = 12
_SHOWN = 8


def deployment(story: Story) -> Markup:
    """The chapter."""
    if story.release is None:
        return gone("deployment", "4", "Deployment")
    release = story.release.body
    chapter = Chapter(
        anchor="deployment",
        mark="4",
        title="Deployment",
        aside=seconds(story.release.header.seconds),
        done=_done(release),
        found=_found(release),
        why="A model that answers differently once it runs is worth nothing; so nothing is called a release before it was compared.",
    )
    blocks = (_example(release), _rehearsal(release), _made(release), _beside(story), _use(story, release))
    return render_chapter(
        chapter, _removed(release), *blocks, bullets([sentence(note) for note in release.notes])
    )


def monthly_words(release: Release) -> str:
    """Say what a release costs, or cost until it was removed; empty where nothing is known of it."""
    if release.monthly is None:
        return ""
    price = f"{release.monthly:.2f} {release.currency} a month"
    return f"cost {price} until it was removed" if release.removed else f"costs {price}"


def place_words(release: Release) -> str:
    """Say where a release is."""
    return release.address or (release.resources[-1].name if release.resources else "not started")


def _done(release: Release) -> Markup:
    """What the step did."""
    played = f"{plural(release.golden.rows, 'known row')} were played against it and compared with the answers of training"
    if release.pid:
        return join(
            "Started the model as a service at ", link(release.address, release.address), f"; {played}."
        )
    if release.resources:
        where = place_words(release)
        where = (
            where.rpartition("/")[2] if where.startswith(("/", "./")) else where
        )  # a file: the table has its place
        return join(
            "Carried the model to the target ", name(release.target), ", as ", name(where), f"; {played}."
        )
    return join(f"The bundle was loaded as a service would load it, but none was started; {played}.")


def _found(release: Release) -> Markup:
    """What the comparison said."""
    golden = release.golden
    same = "The answers are the same to the last digit" if golden.max_difference == 0 else None
    off = join("The largest difference was ", exact(golden.max_difference, figure(golden.max_difference)))
    return join(h("span", same) if same else off, *_timed(release))


def _timed(release: Release) -> tuple[Child, ...]:
    """How long an answer took; a warehouse is asked for all known rows in one query."""
    median, late = release.golden.p50_ms, seconds(release.golden.p95_ms / 1000)
    shown = h("strong", exact(median, seconds(median / 1000)))
    if release.address and not release.address.startswith("http"):
        return ". The query that compared them took ", shown, "."
    over = ", over HTTP." if release.address else "."
    return ". One row takes ", shown, f" at the median and {late} at the 95th percentile{over}"


def _example(release: Release) -> Markup | None:
    """One known row and its answer."""
    golden = release.golden
    if not golden.example:
        return None
    rows: list[tuple[Child, ...]] = [
        (name(column), _written(value)) for column, value in golden.example.items()
    ]
    head = ("Column", "Value")
    given = join(
        table("A row as the service takes it", head, rows[:_SHOWN]),
        fold(
            f"{plural(len(rows) - _SHOWN, 'more column')}", table("The rest of the row", head, rows[_SHOWN:])
        )
        if len(rows) > _SHOWN
        else None,
    )
    answer = h(
        "pre", h("code", _pretty(golden.prediction)), attributes={"tabindex": "0", "aria-label": "the answer"}
    )
    return block(
        "A question and its answer",
        h("div", h("div", given), h("div", h("p", "The answer"), answer), css="asked"),
    )


def _rehearsal(release: Release) -> Markup | None:
    """What was played before anything was started."""
    rehearsal = release.rehearsal
    if rehearsal is None:
        return None
    rows: list[tuple[Child, ...]] = [
        (scene.name, scene.state, scene.seen, scene.expected) for scene in rehearsal.scenes
    ]
    head = ("Scene", "State", "Seen", "Expected")
    scenes = fold("Scene by scene", table("The scenes of the rehearsal", head, rows))
    return block("The rehearsal before", h("p", sentence(rehearsal_words(rehearsal))), scenes)


def _made(release: Release) -> Markup | None:
    """What stands at the target, and what it costs; a service of this machine is told of above."""
    if release.pid or not release.resources:
        return None
    rows: list[tuple[Child, ...]] = [(one.kind, name(one.name)) for one in release.resources]
    costs = monthly_words(release)
    return block(
        "What was made there",
        table("What stands at the target", ("Kind", "Name"), rows),
        h("p", f"It {costs}, by the prices of the plan.") if costs else None,
    )


def _removed(release: Release) -> Markup | None:
    """That it stands no longer."""
    if not release.removed:
        return None
    return h("p", h("strong", f"It was removed on {release.removed}"), "; nothing of it stands any more.")


def _beside(story: Story) -> Markup | None:
    """The releases at other targets."""
    if not story.beside:
        return None
    rows: list[tuple[Child, ...]] = [
        (name(each.target), name(place_words(each)), sentence(monthly_words(each)) or NONE)
        for each in story.beside
    ]
    return block("Where else it was released", table("Other releases", ("Target", "Place", "Price"), rows))


def _written(value: object) -> str:
    """A value of a row as a person would write it."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return str(value).lower()  # as JSON has it
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _pretty(text: str) -> str:
    """JSON on several lines; anything else as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except json.JSONDecodeError:
        return text


def _use(story: Story, release: Release) -> Markup:
    """How to ask the model oneself."""
    lines = [f"fivefold predict {story.run_id} new.csv --out scored.parquet"]
    if release.removed:
        lines.append(f"fivefold deploy {story.run_id} --target {release.target}")
    elif release.pid:
        lines += [
            f"curl {release.address}/predict -H 'content-type: application/json' -d '{{\"instances\": [ROW]}}'",
            f"fivefold monitor {story.run_id} --labels outcomes.csv",
            f"fivefold stop {story.run_id}",
        ]
    elif release.resources:
        lines += [f"fivefold show {story.run_id} deploy", f"fivefold undeploy {story.run_id}"]
    else:
        lines.append(f"fivefold serve {story.run_id} --port 8080")
    code = h("pre", h("code", "\n".join(lines)), attributes={"tabindex": "0", "aria-label": "commands"})
    logged = ": the log has it beside every answer." if release.pid else "."
    digest = release.bundle_digest.removeprefix("sha256:")[:_DIGEST]
    version = h("p", "Model version ", h("code", digest), logged, css="quiet") if digest else None
    return block("Ask it yourself", code, version)
