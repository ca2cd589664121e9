"""MLflow: what a server holds after a training, the emulator and the real one alike."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fivefold as ff
from fivefold.core.clock import Deadline
from fivefold.core.errors import FivefoldError, SettingsError, StepError
from fivefold.core.protocols import Tracker
from fivefold.testing.mlflow import MLflowEmulator, RefusedError
from fivefold.testing.trackers import TrackerSuite, tiny_training
from fivefold.tracking.mlflow import MLflowTracker
from tests.commands import Call
from tests.tracking.servers import ask, file, program, real_server, runs, words

NAME = "visits.csv: shown"


class TestMLflowTracker(TrackerSuite):
    def make(self) -> Tracker:
        return MLflowTracker()

    def asks(self, address: str, secret: str) -> dict[str, str]:
        return {"MLFLOW_TRACKING_URI": address, "MLFLOW_TRACKING_TOKEN": secret}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URI", "USERNAME", "PASSWORD", "TOKEN"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_server(tmp_path_factory.mktemp("mlflow")) as uri:
        yield uri


@pytest.fixture(params=["emulator", pytest.param("real", marks=pytest.mark.slow)])
def uri(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that is asked for: our own, or MLflow's."""
    if request.param == "real":
        address = request.getfixturevalue("real")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        yield address
        return
    with MLflowEmulator() as emulator:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", emulator.uri)
        yield emulator.uri


@pytest.fixture
def experiment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A name of the test's own, as one real server serves several tests."""
    name = f"experiment of {request.node.name}"
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", name)
    return name


def tracked(folder: Path, *, candidates: int = 2) -> str:
    return MLflowTracker().track(tiny_training(folder, candidates=candidates), Deadline.after(60))


def test_a_training_is_a_run_with_its_settings_figures_and_files(
    uri: str, experiment: str, tmp_path: Path
) -> None:
    said = tracked(tmp_path)
    parent = runs(uri, experiment)[0]
    assert said.startswith("sent to MLflow with 2 of 2 candidates")
    assert parent["info"]["run_id"] in said
    assert parent["info"]["status"] == "FINISHED"
    assert int(parent["info"]["end_time"]) - int(parent["info"]["start_time"]) == 48_500
    params, metrics, tags = (words(parent, kind) for kind in ("params", "metrics", "tags"))
    assert params["model.candidates"] == "linear, lightgbm"
    assert (params["budget.time"], params["seed"], params["target"]) == ("60s", "0", "shown")
    ends = [metrics[f"sealed.roc_auc{end}"] for end in ("", ".low", ".high")]
    assert ends == [0.81, 0.75, 0.86]
    assert metrics["gain.roc_auc.low"] == 0.25
    training = tiny_training(tmp_path)
    assert tags["fivefold.model"] == training.model.header.digest
    assert tags["fivefold.dataset"] == training.dataset.header.digest
    assert (tags["fivefold.task"], tags["fivefold.target"]) == ("binary", "shown")
    assert tags["fivefold.version"] == ff.__version__
    assert file(uri, parent, "card.md") == b"# Model card: shown\n"
    assert file(uri, parent, "report.html").startswith(b"<!doctype html>")


def test_every_candidate_is_a_run_below_it(uri: str, experiment: str, tmp_path: Path) -> None:
    tracked(tmp_path)
    parent, *below = runs(uri, experiment)
    named = {run["info"]["run_name"]: run for run in below}
    assert set(named) == {"linear-0", "slow"}
    first, slow = named["linear-0"], named["slow"]
    assert words(first, "tags")["mlflow.parentRunId"] == parent["info"]["run_id"]
    assert words(first, "params") == {"penalty": "0.1", "solver": "lbfgs"}
    assert history(uri, first, "loss") == {1: 0.52, 2: 0.48}
    assert history(uri, first, "seconds") == {-1: 0.5, 1: 0.25, 2: 0.35}
    assert history(uri, first, "memory_bytes") == {-1: 1e8, 1: 1e8, 2: 2e8}
    assert words(first, "metrics")["seconds.total"] == pytest.approx(1.1)
    assert words(first, "tags")["fivefold.ended"] == "fold 2: its time was over"
    assert words(first, "tags")["fivefold.states"] == "done, stopped"
    assert (first["info"]["status"], slow["info"]["status"]) == ("FINISHED", "KILLED")
    assert "past its deadline" in words(slow, "tags")["fivefold.ended"]


def history(uri: str, run: dict[str, Any], key: str) -> dict[int, float]:
    """All values of a metric by step."""
    status, found = ask(uri, "metrics/get-history", run_id=run["info"]["run_id"], metric_key=key)
    assert status == 200, found
    return {int(one.get("step", 0)): one["value"] for one in found["metrics"]}


def test_what_stands_there_is_not_sent_twice(uri: str, experiment: str, tmp_path: Path) -> None:
    tracked(tmp_path)
    (tmp_path / "report.html").write_text("old")
    training = tiny_training(tmp_path)
    (tmp_path / "report.html").write_text("newer")
    said = MLflowTracker().track(training, Deadline.after(60))
    assert said.startswith("stands in MLflow already")
    assert len(runs(uri, experiment)) == 3
    assert file(uri, runs(uri, experiment)[0], "report.html") == b"newer"


def test_the_experiment_is_named_after_table_and_target(uri: str, tmp_path: Path) -> None:
    tracked(tmp_path)
    assert runs(uri, NAME)


@pytest.fixture
def own_run(uri: str, experiment: str) -> str:
    """The id of a run that a test may fill."""
    _, made = ask(uri, "experiments/create", {"name": experiment})
    status, made = ask(uri, "runs/create", {"experiment_id": made["experiment_id"], "start_time": 1})
    assert status == 200, made
    filled, _ = ask(
        uri,
        "runs/log-batch",
        {"run_id": made["run"]["info"]["run_id"], "params": [{"key": "kept", "value": "1"}]},
    )
    assert filled == 200
    return str(made["run"]["info"]["run_id"])


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "101 params": (
        {"params": [{"key": f"k{at}", "value": "1"} for at in range(101)]},
        400,
        "INVALID_PARAMETER_VALUE",
    ),
    "101 tags": (
        {"tags": [{"key": f"k{at}", "value": "1"} for at in range(101)]},
        400,
        "INVALID_PARAMETER_VALUE",
    ),
    "1001 metrics": (
        {"metrics": [{"key": f"k{at}", "value": 1, "timestamp": 1} for at in range(1001)]},
        400,
        "INVALID_PARAMETER_VALUE",
    ),
    "a name of strange signs": (
        {"metrics": [{"key": "a(b", "value": 1, "timestamp": 1}]},
        400,
        "INVALID_PARAMETER_VALUE",
    ),
    "a path as a name": ({"params": [{"key": "../up", "value": "1"}]}, 400, "INVALID_PARAMETER_VALUE"),
    "no timestamp": ({"metrics": [{"key": "a", "value": 1}]}, 400, "INVALID_PARAMETER_VALUE"),
    "a param that changes": ({"params": [{"key": "kept", "value": "2"}]}, 400, "INVALID_PARAMETER_VALUE"),
    "a run that is not there": (
        {"run_id": "nowhere", "params": [{"key": "a", "value": "1"}]},
        404,
        "RESOURCE_DOES_NOT_EXIST",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(uri: str, own_run: str, what: str) -> None:
    body, expected, code = REFUSED[what]
    status, told = ask(uri, "runs/log-batch", {"run_id": own_run} | body)
    assert (status, told.get("error_code")) == (expected, code)


def test_what_is_not_there_or_there_already(uri: str, experiment: str) -> None:
    status, told = ask(uri, "experiments/get-by-name", experiment_name=experiment)
    assert (status, told["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert ask(uri, "experiments/create", {"name": experiment})[0] == 200
    status, told = ask(uri, "experiments/create", {"name": experiment})
    assert (status, told["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")
    status, told = ask(uri, "runs/create", {"experiment_id": "12345"})
    assert (status, told["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_more_than_one_request_holds_is_sent_in_several(uri: str, experiment: str, tmp_path: Path) -> None:
    training = tiny_training(tmp_path)
    settings = {f"setting_{number}": number for number in range(250)}
    for trial in training.model.body.trials:
        trial.settings.update(settings)
    MLflowTracker().track(training, Deadline.after(60))
    linear = next(run for run in runs(uri, experiment) if run["info"]["run_name"] == "linear-0")
    assert len(words(linear, "params")) == 252


def test_a_whole_run_is_read_back(
    uri: str, experiment: str, fivefold: Call, visits_csv: Path, tmp_path: Path
) -> None:
    called = fivefold("run", "visits.csv", "--target", "shown", "--budget", "20s", "--json")
    assert called.code == 0, called.err
    assert "tracking: sent to MLflow" in called.err
    assert json.loads(called.out)["state"] == "done"
    result = ff.load()
    parent, *below = runs(uri, experiment)
    sealed = result.evaluation.score("roc_auc")
    metrics = words(parent, "metrics")
    assert metrics["sealed.roc_auc"] == pytest.approx(sealed.value)
    assert metrics["sealed.roc_auc.high"] == pytest.approx(sealed.high)
    assert words(parent, "tags")["fivefold.model"] == result.artefact("train").header.digest
    assert file(uri, parent, "report.html") == result.report.read_bytes()
    assert 0 < len(below) <= len({trial.candidate for trial in result.trained.trials})
    assert result.ledger.spent() < 22.6
    assert "stands in MLflow already" in fivefold("train").err


@pytest.mark.slow
def test_mlflows_own_client_reads_it(real: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", real)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "for the client")
    tracked(tmp_path, candidates=12)
    code = f"""
import json, mlflow
client = mlflow.MlflowClient({real!r})
number = client.get_experiment_by_name("for the client").experiment_id
parent = client.search_runs([number], "tags.`fivefold.run` = '0a1b2c3d'")[0]
below = client.search_runs([number], f"tags.mlflow.parentRunId = '{{parent.info.run_id}}'")
files = [one.path for one in client.list_artifacts(parent.info.run_id)]
card = mlflow.artifacts.load_text(parent.info.artifact_uri + "/card.md")
steps = [[one.step, one.value] for one in client.get_metric_history(below[-1].info.run_id, "seconds")]
print(json.dumps([parent.data.metrics, sorted(run.info.run_name for run in below), files, card]))
"""
    python = Path(program()).with_name("python")
    told = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, env={"MLFLOW_TRACKING_URI": real}
    )
    assert told.returncode == 0, told.stderr
    metrics, below, files, card = json.loads(told.stdout)
    assert metrics["sealed.roc_auc.low"] == 0.75
    assert below == sorted([f"linear-{number}" for number in range(11)] + ["slow"])
    assert files == ["card.md", "report.html"]
    assert card == "# Model card: shown\n"


def failure(monkeypatch: pytest.MonkeyPatch, folder: Path, **variables: str) -> FivefoldError:
    """The error of tracking with these variables, of which none may be shown."""
    for name, value in variables.items():
        monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
    with pytest.raises(FivefoldError) as caught:
        tracked(folder)
    return caught.value


def test_credentials_are_used_as_mlflow_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    basic = "Basic " + base64.b64encode(b"ann:s3cret").decode()
    with MLflowEmulator(basic) as emulator:
        refused = failure(monkeypatch, tmp_path, URI=emulator.uri, TOKEN="t0ken", USERNAME="ann")
        assert "MLFLOW_TRACKING_PASSWORD" in refused.todo
        assert "t0ken" not in str(refused)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret")
        assert "s3cret" not in tracked(tmp_path)
        assert len(emulator.runs) == 3
        monkeypatch.delenv("MLFLOW_TRACKING_PASSWORD")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", emulator.uri.replace("//", "//ann:s3cret@"))
        said = tracked(tmp_path / "other")
        assert "s3cret" not in said
        assert emulator.uri in said
    with MLflowEmulator("Bearer t0ken") as emulator:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", emulator.uri)
        tracked(tmp_path)
        assert len(emulator.runs) == 3


def test_a_secret_that_cannot_be_sent_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = failure(monkeypatch, tmp_path, URI="http://127.0.0.1:1", TOKEN="one\ntwo-secret")
    assert isinstance(error, SettingsError)
    assert "two-secret" not in str(error)


def test_a_server_that_repeats_a_secret_is_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MLflowEmulator() as emulator:
        monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "t0ken")
        emulator.experiments["1"] = {"experiment_id": "2", "name": "t0ken", "artifact_location": ""}
        error = failure(monkeypatch, tmp_path, URI=emulator.uri, TOKEN="2")
    assert "No Experiment with id=***" in error.seen


@pytest.mark.parametrize(
    "uri", ["sqlite:///runs.db", "file:mlruns", "mlruns", "databricks", "http://", "http://x:y"]
)
def test_a_place_that_is_no_server_is_told(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = failure(monkeypatch, tmp_path, URI=uri)
    assert "only the mlflow package" in error.what
    assert "http://127.0.0.1:5000" in error.expected


def test_an_experiment_that_was_deleted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MLflowEmulator() as emulator:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", emulator.uri)
        ask(emulator.uri, "experiments/create", {"name": NAME})
        emulator.experiments["1"]["lifecycle_stage"] = "deleted"
        error = failure(monkeypatch, tmp_path)
    assert "MLFLOW_EXPERIMENT_NAME" in error.todo


@pytest.mark.parametrize("root", ["s3://bucket", "mlflow-artifacts://elsewhere:99"])
def test_files_stay_here_where_the_server_does_not_take_them(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MLflowEmulator(root=root) as emulator:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", emulator.uri)
        assert "card and report stay here" in tracked(tmp_path)
        assert not emulator.files
        assert len(emulator.runs) == 3


def test_a_training_that_was_sent_in_part_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MLflowEmulator() as emulator:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", emulator.uri)
        training = tiny_training(tmp_path)

        def full(*_: object) -> bytes:
            raise RefusedError("no space left", "INTERNAL_ERROR", 500)

        monkeypatch.setattr(emulator, "_file", full)
        with pytest.raises(StepError, match="no space left"):
            MLflowTracker().track(training, Deadline.after(5))
        assert [run.info["status"] for run in emulator.runs.values()] == ["FAILED"]


def test_a_proxy_is_used_where_the_environment_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MLflowEmulator() as emulator:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example:8080")
        monkeypatch.setenv("http_proxy", emulator.uri.replace("//", "//ann:s3cret@"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert "http://mlflow.example:8080/#/experiments" in tracked(tmp_path)
        assert len(emulator.runs) == 3


def test_a_certificate_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = failure(
        monkeypatch, tmp_path, URI="https://127.0.0.1:1", SERVER_CERT_PATH=str(tmp_path / "no.pem")
    )
    assert isinstance(error, SettingsError)
    assert "MLFLOW_TRACKING_SERVER_CERT_PATH" in error.what
