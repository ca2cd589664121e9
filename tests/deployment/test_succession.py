"""Another model in a service that runs: no request is dropped, and what goes wrong changes nothing."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fivefold.core.artefacts import Release
from fivefold.core.errors import ArtefactError, FivefoldError, MisuseError, SettingsError
from fivefold.core.orders import Bundle, Option, Order
from fivefold.deployment.client import Client
from fivefold.deployment.standing import LINE_UP, read_standing
from fivefold.deployment.succession import challenge, end_challenge, promote, roll_back
from fivefold.deployment.targets.local import LocalTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.service.lineup import read_line_up
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from tests.service.serving import ROW


@dataclass(frozen=True)
class Stand:
    """A service that runs, and a second model."""

    release: Release
    live: Path
    first: Bundle
    second: Bundle

    def score(self) -> float:
        with Client(self.release.address, timeout=20) as client:
            return float(client.post("/predict", {"instances": [ROW]}).json()["predictions"][0]["score"])


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    first = tiny_bundle(tmp_path / "first")
    second = tiny_bundle(tmp_path / "second", bias=1.5)
    release = LocalTarget().push(first, tiny_workbench(tmp_path / "bench"), Order())
    yield Stand(release, tmp_path / "bench" / "live", first, second)
    LocalTarget().remove(release, tmp_path / "bench" / "live")


def answer_of(bundle: Bundle) -> float:
    predictor = load_bundle(bundle.folder)
    return float(str(predictor.answer(predictor.read([ROW]))[0]["score"]))


@dataclass
class Load:
    """Clients that ask without a pause."""

    address: str
    scores: set[float] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    asked: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            with Client(self.address, timeout=20) as client:
                while not self.ended.is_set():
                    reply = client.post("/predict", {"instances": [ROW]})
                    self.asked += 1
                    if reply.status == 200:
                        self.scores.add(reply.json()["predictions"][0]["score"])
                    else:
                        self.wrong.append(f"status {reply.status}")
        except FivefoldError as error:
            self.wrong.append(str(error))


def test_ten_swaps_under_load_drop_no_request(stand: Stand) -> None:
    loads = [Load(stand.release.address) for _ in range(3)]
    threads = [threading.Thread(target=load.run) for load in loads]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            challenge(stand.live, stand.second.folder)
            promote(stand.live)
            assert stand.score() == answer_of(stand.second)
            roll_back(stand.live)
            assert stand.score() == answer_of(stand.first)
    finally:
        for load in loads:
            load.ended.set()
        for thread in threads:
            thread.join()
    assert [wrong for load in loads for wrong in load.wrong] == []
    assert set().union(*(load.scores for load in loads)) == {answer_of(stand.first), answer_of(stand.second)}
    assert all(load.asked > 10 for load in loads)


def test_of_several_changes_at_once_none_is_lost(stand: Stand) -> None:
    shares = (0.1, 0.2, 0.3)
    together = threading.Barrier(len(shares))

    def change(share: float) -> None:
        together.wait()
        challenge(stand.live, stand.second.folder, share=share)

    with ThreadPoolExecutor(len(shares)) as pool:
        list(pool.map(change, shares))
    now = read_line_up(stand.live / LINE_UP)
    assert now.change == len(shares)
    assert now.share in shares


def test_who_answers_is_noted_for_the_next_deployment(stand: Stand) -> None:
    challenge(stand.live, stand.second.folder)
    promote(stand.live)
    standing = read_standing(stand.live)
    assert standing is not None
    assert standing.version == load_bundle(stand.second.folder).version
    assert standing.process.pid == stand.release.pid


@pytest.mark.parametrize("options", [{}, {"log_mode": "durable"}])
def test_a_deployment_moves_no_address_and_takes_back_no_promotion(
    stand: Stand, tmp_path: Path, options: dict[str, Option]
) -> None:
    challenge(stand.live, stand.second.folder)
    promote(stand.live)
    again = LocalTarget().push(stand.first, tiny_workbench(tmp_path / "bench"), Order(options=options))
    try:
        assert again.address == stand.release.address
        assert (again.pid == stand.release.pid) is (not options)
        assert again.bundle_digest == load_bundle(stand.second.folder).version
        assert "back with: fivefold rollback bench" in again.notes[-1]
        assert stand.score() == answer_of(stand.second)
        roll_back(stand.live)
        assert stand.score() == answer_of(stand.first)
    finally:
        LocalTarget().remove(again, stand.live)


@pytest.mark.slow
def test_a_promotion_outlives_the_service_but_not_a_new_model(stand: Stand, tmp_path: Path) -> None:
    challenge(stand.live, stand.second.folder)
    promote(stand.live)
    LocalTarget().remove(stand.release, stand.live)
    again = LocalTarget().push(stand.first, tiny_workbench(tmp_path / "bench"), Order())
    try:
        assert again.address == stand.release.address
        assert stand.score() == answer_of(stand.second)
        trained = tiny_bundle(stand.first.folder, bias=2.5)
        again = LocalTarget().push(trained, tiny_workbench(tmp_path / "bench"), Order())
        assert again.address == stand.release.address
        assert stand.score() == answer_of(trained)
    finally:
        LocalTarget().remove(again, stand.live)


def test_a_promoted_model_that_is_gone_gives_way_to_the_own(stand: Stand, tmp_path: Path) -> None:
    challenge(stand.live, stand.second.folder)
    promote(stand.live)
    LocalTarget().remove(stand.release, stand.live)
    shutil.rmtree(stand.second.folder)
    again = LocalTarget().push(stand.first, tiny_workbench(tmp_path / "bench"), Order())
    try:
        assert stand.score() == answer_of(stand.first)
        assert "the run's own model answers alone" in again.notes[-1]
    finally:
        LocalTarget().remove(again, stand.live)


def test_a_share_of_the_rows_goes_to_the_challenger_and_the_same_customer_stays(stand: Stand) -> None:
    challenge(stand.live, stand.second.folder, share=0.5, key="age")
    rows = [{**ROW, "age": 18 + place % 60} for place in range(240)]
    first, second = load_bundle(stand.first.folder), load_bundle(stand.second.folder)
    with Client(stand.release.address, timeout=20) as client:
        reply = client.post("/predict", {"instances": rows}).json()
    answers = reply["predictions"]
    assert len(set(reply["prediction_ids"])) == len(rows)
    by_second: dict[object, set[bool]] = {}
    for row, answer in zip(rows, answers, strict=True):
        ours, theirs = (each.answer(each.read([row]))[0]["score"] for each in (first, second))
        assert min(abs(answer["score"] - score) for score in (ours, theirs)) < 1e-9
        by_second.setdefault(row["age"], set()).add(abs(answer["score"] - theirs) < 1e-9)
    assert all(len(met) == 1 for met in by_second.values())
    share = sum(met == {True} for met in by_second.values()) / len(by_second)
    assert 0.2 < share < 0.8
    end_challenge(stand.live)
    assert stand.score() == answer_of(stand.first)


def test_a_challenger_of_another_question_is_refused_and_the_champion_answers_on(
    stand: Stand, tmp_path: Path
) -> None:
    other = tiny_bundle(tmp_path / "other", task="regression")
    with pytest.raises(MisuseError, match="answers another question"):
        challenge(stand.live, other.folder)
    assert stand.score() == answer_of(stand.first)
    challenge(stand.live, stand.second.folder)  # the next one is taken as ever
    with pytest.raises(MisuseError, match="'shoes'"):
        challenge(stand.live, stand.second.folder, share=0.1, key="shoes")


def test_a_damaged_challenger_is_refused_by_its_file(stand: Stand) -> None:
    with (stand.second.folder / "golden.json").open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(ArtefactError, match=r"golden\.json"):
        challenge(stand.live, stand.second.folder)
    assert stand.score() == answer_of(stand.first)


def test_what_cannot_be_is_said(stand: Stand) -> None:
    with pytest.raises(MisuseError, match="no challenger"):
        promote(stand.live)
    with pytest.raises(MisuseError, match="go back to"):
        roll_back(stand.live)
    with pytest.raises(SettingsError, match="share"):
        challenge(stand.live, stand.second.folder, share=1.0)
    LocalTarget().remove(stand.release, stand.live)
    with pytest.raises(MisuseError, match="no service"):
        promote(stand.live)


def test_a_deployment_that_fails_leaves_the_line_up_of_the_service_that_runs(
    stand: Stand, tmp_path: Path
) -> None:
    challenge(stand.live, stand.second.folder)
    promote(stand.live)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(MisuseError, match="in use"):
            LocalTarget().push(
                stand.first, tiny_workbench(tmp_path / "bench"), Order(port=taken.getsockname()[1])
            )
    roll_back(stand.live)
    assert stand.score() == answer_of(stand.first)


def test_models_are_changed_where_a_token_is_demanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIVEFOLD_TOKENS", "a-token-of-sixteen-letters,another-one-of-sixteen")
    first, second = tiny_bundle(tmp_path / "first"), tiny_bundle(tmp_path / "second", bias=1.5)
    release = LocalTarget().push(first, tiny_workbench(tmp_path / "bench"), Order())
    try:
        challenge(tmp_path / "bench" / "live", second.folder)
        standing = promote(tmp_path / "bench" / "live")
        assert standing.version == load_bundle(second.folder).version
    finally:
        LocalTarget().remove(release, tmp_path / "bench" / "live")
