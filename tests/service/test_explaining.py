"""What the service says about why it answers as it does."""

from __future__ import annotations

import math
from pathlib import Path

import orjson
import pytest

from fivefold.core.artefacts import Task
from fivefold.core.protocols import Bundle
from fivefold.runtime.bundle import load_bundle
from fivefold.service.explaining import MOST_ROWS
from fivefold.testing.targets import tiny_bundle
from tests.service.serving import ROW, Service, serving

KEPT = Path(__file__).parents[1] / "runtime" / "bundles" / "v1-binary.zip"


def explain(service: Service, instances: object) -> bytes:
    answer = service.ask("POST", "/explain", orjson.dumps({"instances": instances}))
    assert answer.status == 200, answer.body
    return answer.body


def test_base_and_contributions_add_up_to_the_answer(service: Service, bundle: Bundle) -> None:
    rows = [ROW, {**ROW, "age": 77, "city": None}]
    found = orjson.loads(explain(service, rows))
    assert found["scale"] == "log odds of the positive class"
    assert found["share"] == 1.0
    for row, explained in zip(rows, found["explanations"], strict=True):
        score = service.predict([row]).json["predictions"][0]["score"]
        total = explained["base"] + sum(explained["contributions"].values())
        assert total == pytest.approx(math.log(score / (1 - score)), abs=1e-9)
        assert explained["off"] == pytest.approx(0.0, abs=1e-9)
        # 'joined' is in the contract, and no part of this model reads it
        assert set(explained["contributions"]) == {"age", "price", "member", "city"}


def test_a_column_that_changes_moves_its_own_contribution_alone(service: Service) -> None:
    first, second = orjson.loads(explain(service, [ROW, {**ROW, "age": 90}]))["explanations"]
    moved = {
        name
        for name, part in first["contributions"].items()
        if part != pytest.approx(second["contributions"][name])
    }
    assert moved == {"age"}


def test_the_same_row_is_explained_alike_twice(service: Service) -> None:
    first, second = (orjson.loads(explain(service, [ROW])) for _ in range(2))
    assert first["explanations"] == second["explanations"]


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_classes_and_numbers_are_explained_in_their_own_way(tmp_path: Path, task: Task) -> None:
    bundle = tiny_bundle(tmp_path / "bundle", task=task)
    with serving(bundle.folder, None) as service:
        explained = orjson.loads(explain(service, [ROW]))["explanations"][0]
        answer = service.predict([ROW]).json["predictions"][0]
    if task == "regression":
        total = explained["base"] + sum(explained["contributions"].values())
        assert total == pytest.approx(answer["value"])
    else:
        assert set(explained["base"]) == {"high", "low", "middle"}
        odds = {
            name: explained["base"][name] + sum(part[name] for part in explained["contributions"].values())
            for name in explained["base"]
        }
        shares = {name: math.exp(value) for name, value in odds.items()}
        total = sum(shares.values())
        for name, share in answer["probabilities"].items():
            assert shares[name] / total == pytest.approx(share)


def test_what_has_no_exact_contributions_is_estimated_and_that_is_said() -> None:
    """A blend of all kinds of members, nets and a forest as a graph among them."""
    with serving(KEPT, None) as service:
        row = load_bundle(KEPT).golden[0].row
        found, again = (orjson.loads(explain(service, [row])) for _ in range(2))
    assert found["share"] == 1.0
    # The sketch of this bundle is made up: no row can be drawn from it.
    assert found["background"] == "the 8 golden rows of the bundle"
    assert 0.0 < found["sampled"] < 1.0
    (explained,) = found["explanations"]
    assert 0.0 < explained["error"] < 1.0
    assert again["explanations"] == [explained]


def test_what_is_exact_has_no_error(service: Service) -> None:
    found = orjson.loads(explain(service, [ROW]))
    assert (found["sampled"], found["explanations"][0]["error"]) == (0.0, 0.0)


def test_what_cannot_be_explained_is_refused_by_name(service: Service) -> None:
    def refused(instances: object) -> tuple[int, str]:
        answer = service.ask("POST", "/explain", orjson.dumps({"instances": instances}))
        return answer.status, answer.code

    assert refused([{"age": "old"}]) == (400, "wrong_type")
    assert refused([ROW] * (MOST_ROWS + 1)) == (400, "too_many")
    assert refused([]) == (400, "empty")
