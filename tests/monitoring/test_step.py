"""The step as a whole: a bundle, a log, outcomes, and the verdict."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fivefold.core.artefacts import (
    CheckResult,
    Evaluation,
    GoldenCheck,
    Health,
    Model,
    Release,
    Score,
    Verdict,
)
from fivefold.core.budget import Budget
from fivefold.core.clock import Deadline
from fivefold.core.errors import InputError
from fivefold.core.store import Header, Stored
from fivefold.core.workbench import Silence, Workbench
from fivefold.measure.sketch import sketch
from fivefold.monitoring.step import conclude, monitor
from fivefold.runtime.bundle import BundleMember, load_bundle, write_bundle
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import EncoderSpec, NumberPart
from fivefold.service.log import OWN_LOG, Entry, Labels, note_log, open_log
from fivefold.testing.checks import contract, table, window

HEADER = Header("Model", 1, "", "", {}, {}, "2026-01-01T00:00:00Z", 1.0)
GOLDEN = GoldenCheck(0, 0.0, 0.1, 0.2, {}, "")


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    for name in ("folder", "scratch", "live"):
        (tmp_path / name).mkdir()
    budget = Budget(time=60, memory=10**9, cores=1)
    places = (tmp_path / "folder", tmp_path / "scratch", tmp_path / "live")
    return Workbench(*places, Deadline.after(60), budget, 0, Silence())


@pytest.fixture
def model(tmp_path: Path) -> Stored[Model]:
    """A model that always says 0.3, with its bundle."""
    terms = contract("binary")
    encoder = Encoder(EncoderSpec((NumberPart("age"),)), {}, outputs=2)
    reference = sketch(table(2_000, seed=0), terms, np.tile([0.7, 0.3], (500, 1)))
    member = BundleMember("constant", "constant", 1.0, b'{"scores": [0.7, 0.3]}')
    write_bundle(
        tmp_path / "bundle",
        contract=terms,
        encoder=encoder,
        members=[member],
        metric="accuracy",
        reference=reference,
        golden=(),
    )
    accuracy = Score("accuracy", 0.7, 0.66, 0.74, greater_is_better=True)
    evaluation = Evaluation(500, "accuracy", (accuracy,), (accuracy,), better=False, gain=accuracy)
    body = Model(
        "binary", "outcome", terms.classes, "accuracy", (), (), evaluation, (), (), 2_000, 1, 0.1, "done"
    )
    return Stored(HEADER, body, tmp_path)


@pytest.fixture
def release(model: Stored[Model]) -> Stored[Release]:
    version = load_bundle(model.folder / "bundle").version
    body = Release("local", "http://127.0.0.1:8080", 1, 0.0, version, GOLDEN)
    return Stored(HEADER, body, model.folder)


def write_log(live: Path, rows: int, version: str, *, shift: float = 0.0) -> None:
    """Log answers of 0.3 as the service does, one row a request."""
    answer = {"label": "no", "score": 0.3, "probabilities": {"no": 0.7, "yes": 0.3}}
    log = open_log(live / OWN_LOG)
    assert log is not None
    for number, row in enumerate(table(rows, seed=5, shift=shift).iter_rows(named=True)):
        moment = 1_760_000_000.0 + 60 * number
        log.record(Entry(moment, f"r{number}", [f"id{number}"], version, [row], [answer], 0.4, [0], [0]))
    log.close()


def verdicts(health: Health) -> dict[str, Verdict]:
    return {result.check: result.verdict for result in health.checks}


def test_a_release_that_nobody_has_asked_yet_cannot_be_judged(
    release: Stored[Release], model: Stored[Model], bench: Workbench
) -> None:
    health = monitor(release, model, bench, labels=None)
    assert health.verdict == "unknown"
    checks = {"calibration", "contract", "drift", "estimate", "performance", "service"}
    assert set(verdicts(health)) == checks
    assert all("too little data" in reason for reason in health.reasons)
    assert (health.predictions, health.first, health.last) == (0, "", "")
    assert "# unknown" in (bench.folder / "health.md").read_text()


def test_an_ordinary_log_is_healthy_and_its_note_says_so(
    release: Stored[Release], model: Stored[Model], bench: Workbench
) -> None:
    write_log(bench.live, 150, release.body.bundle_digest)
    health = monitor(release, model, bench, labels=None)
    assert health.verdict == "healthy"
    assert verdicts(health)["performance"] == "unknown"
    assert verdicts(health)["estimate"] == verdicts(health)["calibration"] == "unknown"  # a bundle of before
    assert (health.predictions, health.labelled) == (150, 0)
    assert health.first == "2025-10-09T08:53:20Z"
    note = (bench.folder / "health.md").read_text()
    assert "# healthy" in note
    assert "## drift: healthy" in note


def test_a_shift_is_worth_a_watch_and_bad_outcomes_are_worth_an_act(
    release: Stored[Release], model: Stored[Model], bench: Workbench, tmp_path: Path
) -> None:
    write_log(bench.live, 200, release.body.bundle_digest, shift=2.0)
    assert monitor(release, model, bench, labels=None).verdict == "watch"
    outcomes = tmp_path / "outcomes.csv"
    lines = [f"id{number},{'yes' if number % 4 else 'no'}" for number in range(100)]
    outcomes.write_text("\n".join(["prediction_id,outcome", *lines]))
    health = monitor(release, model, bench, labels=outcomes)
    assert health.verdict == "act"
    assert health.labelled == 100
    assert health.reasons[0].startswith("Performance: clearly worse")
    assert health.reasons[1].startswith("Drift")


def tell(live: Path, labels: dict[str, str], *, time: float) -> None:
    """Tell labels to the log as the service does."""
    log = open_log(live / OWN_LOG)
    assert log is not None
    asyncio.run(log.commit(Labels(time, "r", list(labels), list(labels.values()))))
    log.close()


def test_without_a_table_the_outcomes_are_those_that_the_service_was_told(
    release: Stored[Release], model: Stored[Model], bench: Workbench, tmp_path: Path
) -> None:
    write_log(bench.live, 200, release.body.bundle_digest)
    told = {f"id{number}": "yes" if number % 4 else "no" for number in range(100)}
    tell(bench.live, told | {"of-another-release-0": "yes"}, time=1_770_000_000.0)
    health = monitor(release, model, bench, labels=None)
    assert (health.verdict, health.labelled) == ("act", 100)
    assert health.known_at == "2026-02-02T02:40:00Z"
    assert "known at 2026-02-02T02:40:00Z" in (bench.folder / "health.md").read_text()
    outcomes = tmp_path / "outcomes.csv"
    outcomes.write_text("prediction_id,outcome\n" + "".join(f"id{at},no\n" for at in range(40)))
    given = monitor(release, model, bench, labels=outcomes)
    assert (given.labelled, given.known_at) == (40, "")


def test_another_log_is_read_where_one_is_named(
    release: Stored[Release], model: Stored[Model], bench: Workbench, tmp_path: Path
) -> None:
    write_log(tmp_path, 60, release.body.bundle_digest)
    assert monitor(release, model, bench, labels=None).predictions == 0
    assert monitor(release, model, bench, labels=None, log=str(tmp_path / OWN_LOG)).predictions == 60
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"no database at all" * 100)
    for wrong, message in (
        ("nowhere.sqlite", "no log to look at"),
        (str(damaged), "cannot be read"),
        ("mysql://me:S3cret@host/db", "no such kind"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            monitor(release, model, bench, labels=None, log=wrong)
        assert "S3cret" not in str(caught.value)


def test_logs_of_other_runs_that_held_the_model_are_read_as_well(
    release: Stored[Release], model: Stored[Model], bench: Workbench, tmp_path: Path
) -> None:
    version = release.body.bundle_digest
    write_log(bench.live, 60, version)
    write_log(tmp_path, 70, version)
    write_log(tmp_path, 30, "sha256:champion", shift=4.0)
    note_log(bench.live, str(tmp_path / OWN_LOG))
    labels = open_log(tmp_path / OWN_LOG)
    assert labels is not None
    asyncio.run(labels.commit(Labels(1_760_009_000.0, "told", ["id69"], ["yes"])))
    labels.close()
    health = monitor(release, model, bench, labels=None)
    assert health.predictions == 130
    assert health.labelled == 1
    assert verdicts(health)["drift"] == "healthy"
    assert monitor(release, model, bench, labels=None, log=str(bench.live / OWN_LOG)).predictions == 60


def test_a_log_that_is_away_is_named_and_the_others_are_judged(
    release: Stored[Release], model: Stored[Model], bench: Workbench, tmp_path: Path
) -> None:
    write_log(bench.live, 150, release.body.bundle_digest)
    gone, broken = tmp_path / "gone.sqlite", tmp_path / "broken.sqlite"
    broken.write_text("no database, but long enough to be looked at " * 9)
    for place in (str(gone), str(broken), "postgresql://me:S3cret@127.0.0.1:1/shop"):
        note_log(bench.live, place)
    health = monitor(release, model, bench, labels=None)
    assert (health.verdict, health.predictions) == ("watch", 150)
    assert verdicts(health)["drift"] == "healthy"
    assert verdicts(health)["logs"] == "watch"
    (reason,) = health.reasons
    assert "3 of 4 were not read" in reason
    assert f"'{gone}' (nothing lies there)" in reason
    assert f"'{broken}' (file is not a database)" in reason
    assert "'postgresql://me@127.0.0.1:1/shop' (" in reason
    assert str(gone) in (bench.folder / "health.md").read_text()


def test_without_any_log_that_can_be_read_nothing_is_judged(
    release: Stored[Release], model: Stored[Model], bench: Workbench, tmp_path: Path
) -> None:
    note_log(bench.live, str(tmp_path / "gone.sqlite"))
    with pytest.raises(InputError, match=r"no log to look at: .*gone\.sqlite"):
        monitor(release, model, bench, labels=None)


def test_what_another_version_answered_is_left_out(
    release: Stored[Release], model: Stored[Model], bench: Workbench
) -> None:
    write_log(bench.live, 80, "sha256:older", shift=4.0)
    assert monitor(release, model, bench, labels=None).predictions == 0


def test_outcomes_of_another_release_are_an_error_and_nothing_is_written(
    release: Stored[Release], model: Stored[Model], bench: Workbench, tmp_path: Path
) -> None:
    write_log(bench.live, 60, release.body.bundle_digest)
    outcomes = tmp_path / "outcomes.csv"
    outcomes.write_text("prediction_id,outcome\nelsewhere,yes\n")
    with pytest.raises(InputError, match="None of 1 outcome"):
        monitor(release, model, bench, labels=outcomes)
    assert not list(bench.folder.iterdir())


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (("healthy", "act", "watch"), "act"),
        (("healthy", "unknown", "watch"), "watch"),
        (("unknown", "healthy"), "healthy"),
        (("unknown", "unknown"), "unknown"),
    ],
)
def test_the_worst_of_those_who_could_tell_decides(said: tuple[Verdict, ...], verdict: Verdict) -> None:
    results = [CheckResult(f"check {at}", one, f"Because of {one}.") for at, one in enumerate(said)]
    health = conclude(window("binary", rows=3), results)
    assert health.verdict == verdict
    assert f"Because of {verdict}." in health.reasons
    assert "Because of healthy." not in health.reasons or verdict == "healthy"


def test_labels_that_are_known_are_counted() -> None:
    given = window("regression", rows=40, truthful=1.0)
    assert conclude(given, []).labelled == 40
    assert conclude(replace(given, truth=None), []).labelled == 0


def test_the_figures_of_every_check_are_json(
    release: Stored[Release], model: Stored[Model], bench: Workbench
) -> None:
    write_log(bench.live, 60, release.body.bundle_digest)
    health = monitor(release, model, bench, labels=None)
    for result in health.checks:
        assert json.loads(json.dumps(result.figures)) == result.figures
