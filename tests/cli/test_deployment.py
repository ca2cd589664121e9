"""``deploy``, ``stop``, ``undeploy`` and ``show RUN deploy``, as a person uses and misuses them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.commands import Call, valid

from fivefold.core.artefacts import Release, Resource
from fivefold.core.journal import Journal
from fivefold.core.orders import Order
from fivefold.core.store import Run
from fivefold.deployment.standing import LINE_UP
from fivefold.result import RunRecord
from fivefold.service.lineup import read_line_up, write_line_up
from fivefold.testing.targets import tiny_bundle


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    """A run of one's own, with a model and a release that was not started."""
    return Path(shutil.copytree(finished_run, tmp_path / "fivefold-runs" / finished_run.name))


def test_a_check_prints_one_document(fivefold: Call, tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    called = fivefold("deploy", "check", str(bundle.folder), "--as", "v2", "--as", "native", "--json")
    assert called.code == 0, called
    found = valid(called.out, "rehearsals")
    assert found["passed"] is True
    played = found["rehearsals"]
    assert isinstance(played, list)
    assert [each["platform"] for each in played] == ["v2", "native"]
    assert {scene["state"] for each in played for scene in each["scenes"]} == {"passed"}


def test_a_run_is_checked_against_what_its_budget_states(fivefold: Call, run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(
        json.dumps(record | {"means": {"time": "40s", "latency": "0.001ms", "size": "1kB"}})
    )
    called = fivefold("deploy", "check", run.name, "--as", "native", "--json")
    assert called.code == 4, called
    valid(called.out, "rehearsals")
    scenes = json.loads(called.out)["rehearsals"][0]["scenes"]
    failed = {scene["name"]: scene["expected"] for scene in scenes if scene["state"] == "failed"}
    assert failed == {"size": "at most 0.001 MB", "times": "p95 of at most 0.001 ms"}


def test_limits_that_are_said_win_over_those_of_the_budget(fivefold: Call, tmp_path: Path) -> None:
    bundle = str(tiny_bundle(tmp_path / "bundle").folder)
    limits = ("--latency", "1h", "--size", "1GB")
    assert fivefold("deploy", "check", bundle, "--as", "native", *limits).code == 0
    called = fivefold("deploy", "check", "http://127.0.0.1:1", "--size", "1GB")
    assert (called.code, "leave --size out" in called.err) == (2, True)


def test_a_check_takes_an_archive_of_a_bundle(fivefold: Call, tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    assert fivefold("export", str(bundle.folder), "--to", "bundle", "--output", "model.zip").code == 0
    called = fivefold("deploy", "check", "model.zip", "--as", "sagemaker", "--json")
    assert called.code == 0, called
    assert valid(called.out, "rehearsals")["passed"] is True


def test_a_check_of_a_file_that_is_no_archive_says_so(fivefold: Call, visits_csv: Path) -> None:
    called = fivefold("deploy", "check", visits_csv.name, "--as", "native")
    assert called.code == 2
    assert "visits.csv" in called.err
    assert "zip" in called.err


def test_a_check_of_what_does_not_answer_says_so(fivefold: Call) -> None:
    called = fivefold("deploy", "check", "http://127.0.0.1:1", "--as", "native")
    assert (called.code, "nothing answers at http://127.0.0.1:1" in called.out) == (4, True)
    called = fivefold("deploy", "check", "http://127.0.0.1:1", "--as", "native", "--json")
    assert called.code == 4
    assert valid(called.out, "rehearsals")["passed"] is False


def test_a_service_that_runs_is_not_asked_at_routes_that_it_was_not_told(fivefold: Call) -> None:
    called = fivefold("deploy", "check", "http://127.0.0.1:1", "--json")
    played = valid(called.out, "rehearsals")["rehearsals"]
    assert isinstance(played, list)
    assert [each["platform"] for each in played] == ["native", "sagemaker", "v2"]


@pytest.mark.parametrize("address", ["http://[bad", "http://127.0.0.1:99999", "http://:8080", "https://"])
def test_a_check_of_an_address_that_is_none_is_misuse(fivefold: Call, address: str) -> None:
    called = fivefold("deploy", "check", address, "--as", "native")
    assert (called.code, called.out) == (2, "")
    assert f"'{address}'" in called.err
    assert "http://127.0.0.1:8080" in called.err


def test_a_check_of_nothing_known_says_what_can_be_checked(fivefold: Call) -> None:
    called = fivefold("deploy", "check", "127.0.0.1:8080")
    assert called.code == 2
    assert "begins with http://" in called.err
    assert "--container" in called.err


def test_there_is_nothing_to_go_on_with(fivefold: Call, run: Path) -> None:
    called = fivefold("deploy", run.name, "--resume")
    assert called.code == 2
    assert f"No deployment of run '{run.name}' broke off" in called.err
    assert f"fivefold deploy {run.name} --target TARGET" in called.err


def test_two_that_broke_off_are_named(fivefold: Call, run: Path) -> None:
    for target in ("container", "vertex"):
        Journal(run / "live", target).begin(Order())
    called = fivefold("deploy", run.name, "--resume")
    assert (called.code, "Seen: container, vertex" in called.err) == (2, True)
    shown = fivefold("show", run.name, "deploy").out
    assert f"a deployment to vertex broke off: 'fivefold deploy {run.name} --resume' goes on with it" in shown
    called = fivefold("deploy", run.name, "--resume", "--target", "vertex")
    assert (called.code, "needs the options 'project'" in called.err) == (2, True)
    called = fivefold("deploy", run.name, "--resume", "--target", "bigquery")
    assert (called.code, "to 'bigquery' broke off" in called.err) == (2, True)


def test_what_is_gone_on_with_is_not_ordered_anew(fivefold: Call, run: Path) -> None:
    Journal(run / "live", "container").begin(Order())
    called = fivefold("deploy", run.name, "--resume", "--set", "tag=3")
    assert (called.code, "another order for tag" in called.err) == (2, True)


def test_a_plan_is_one_document(fivefold: Call, run: Path) -> None:
    called = fivefold("deploy", run.name, "--target", "local", "--plan", "--json")
    assert called.code == 0, called
    assert valid(called.out, "plan")["target"] == "local"


def test_how_a_release_stands_is_shown(fivefold: Call, run: Path) -> None:
    context = run / "live" / "container"
    context.mkdir()
    journal = Journal(run / "live", "container")
    journal.note(Resource("context", str(context)), "sha256:0")
    journal.end()
    elsewhere = "at container stands what was made there before"
    deployed = fivefold("deploy", run.name, "--target", "local")
    assert deployed.code == 0, deployed
    try:
        assert elsewhere in deployed.out
        shown = fivefold("show", run.name, "deploy").out
        assert str(run.parent) not in (run / "deploy" / "manifest.json").read_text()
        assert "  now: ready" in shown
        assert elsewhere in shown
        held = read_line_up(run / "live" / LINE_UP)
        both = replace(
            held, champion=str(run.parent / "b1c2/train/bundle"), challenger=held.champion, share=0.1
        )
        write_line_up(run / "live" / LINE_UP, both)
        shown = fivefold("show", run.name, "deploy").out
        assert (
            f"the model of run b1c2 answers, since it was promoted; back with: fivefold rollback {run.name}"
            in shown
        )
        assert f"beside it the model of run {run.name} answers 10 % of the rows" in shown
        assert fivefold("show", run.name).out.count("service: http://127.0.0.1:") == 1
        assert "Started the model as a service" in (run / "report.html").read_text()
    finally:
        stopped = fivefold("stop", run.name).out
    assert "the service was stopped" in stopped
    again = valid(fivefold("stop", run.name, "--json").out, "stopped")
    assert again == {"run": run.name, "stopped": False, "elsewhere": ["container"]}
    assert f"what was made at container stays; it is removed by: fivefold undeploy {run.name}" in stopped
    assert "  now: stopped" in fivefold("show", run.name, "deploy").out
    assert context.is_dir()
    removed = valid(fivefold("undeploy", run.name, "--json").out, "undeployed")
    assert removed == {"run": run.name, "removed_from": ["container"]}
    assert not context.exists()
    assert "nothing stood anywhere" in fivefold("undeploy", run.name).out


def test_a_platform_that_cannot_be_asked_is_no_reason_to_show_nothing(fivefold: Call, run: Path) -> None:
    place = Run(run)
    release = replace(
        place.need("deploy", Release).body,
        target="moon",
        address="https://moon.example/models/1",
        monthly=80.0,
    )
    with place.workplace("deploy") as (payload, _):
        place.commit("deploy", release, payload, key="sha256:0", parents={}, seconds=1.0)
    shown = fivefold("show", run.name, "deploy")
    assert shown.code == 0, shown
    assert "now: not known: There is no target 'moon'" in shown.out
    assert "costs 80.00 USD a month" in shown.out
    whole = fivefold("show", run.name, "--json")
    assert whole.code == 0, whole
    assert valid(whole.out, "summary")["address"] == "https://moon.example/models/1"


@pytest.mark.slow
def test_a_release_elsewhere_leaves_the_service_of_this_machine(fivefold: Call, run: Path) -> None:
    deployed = fivefold("deploy", run.name, "--target", "local")
    assert deployed.code == 0, deployed
    try:
        address = Run(run).need("deploy", Release).body.address
        elsewhere = fivefold("deploy", run.name, "--target", "none")
        assert elsewhere.code == 0, elsewhere
        assert (
            f"at local stands another release: {address}; 'fivefold undeploy {run.name} --target local'"
            in elsewhere.out
        )
        assert (
            f"at local stands another release: {address} (ready);" in fivefold("show", run.name, "deploy").out
        )
        assert f"service: {address}" in fivefold("show", run.name).out
        assert "Where else it was released" in (run / "report.html").read_text()
        looked = fivefold("monitor", run.name)
        assert "whichever release gave them: none, local" in looked.err
        assert f"Release: {address}" in (run / "monitor" / "health.md").read_text()
        again = fivefold("deploy", run.name, "--target", "local")
        assert (again.code, f"local: {address}" in again.out) == (0, True)
    finally:
        gone = fivefold("undeploy", run.name, "--target", "local")
    assert "removed from local" in gone.out
    assert "  now: removed 2" in fivefold("show", run.name, "deploy").out
    assert "service:" not in fivefold("show", run.name).out


def test_a_run_that_failed_to_be_deployed_is_done_once_it_is(fivefold: Call, run: Path) -> None:
    place = Run(run)
    record = replace(RunRecord.read(place), state="failed", message="The port is in use")
    place.write("run.json", record)
    assert fivefold("deploy", run.name, "--target", "none").code == 0
    shown = fivefold("show", run.name).out
    assert f"run {run.name}: done" in shown
    assert "The port is in use" not in shown


def test_what_was_removed_costs_nothing_any_more_and_is_made_anew(fivefold: Call, run: Path) -> None:
    place, context = Run(run), run / "live" / "container"
    context.mkdir()
    stored = place.need("deploy", Release)
    release = replace(
        stored.body,
        target="container",
        resources=(Resource("context", "./live/container"),),
        monthly=80.0,
    )
    stored = place.amend("deploy", stored, release)
    assert "costs 80.00 USD a month" in fivefold("show", run.name, "deploy").out
    assert "removed from container" in fivefold("undeploy", run.name).out
    assert not context.exists()
    shown = fivefold("show", run.name, "deploy").out
    assert "cost 80.00 USD a month until it was removed" in shown
    assert "  now: removed 2" in shown
    report = (run / "report.html").read_text()
    assert "It was removed on 2" in report
    assert "costs 80.00 USD" not in report
    assert valid(fivefold("show", run.name, "deploy", "--json").out, "release")["header"]["key"] == ""  # type: ignore[index]  # of what was read


def test_a_run_is_rolled_back_where_it_was_released(fivefold: Call, run: Path) -> None:
    called = fivefold("rollback", run.name, "--target", "moon")
    assert (called.code, "has no release at 'moon'. Seen: no release" in called.err) == (2, True)
    called = fivefold("rollback", run.name)
    assert (called.code, "There is no service to change" in called.err) == (2, True), called.err


def test_an_option_is_missed_before_anything_is_trained(fivefold: Call, visits_csv: Path) -> None:
    called = fivefold("run", "visits.csv", "--target", "shown", "--budget", "20s", "--deploy", "vertex")
    assert (called.code, "needs the options 'project'" in called.err) == (2, True)
    assert not list(Path().glob("fivefold-runs/*/run.json"))
