"""NVIDIA's own client for Triton gets right answers, binary and in JSON, compressed or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.service.serving import ROW, Service

triton = pytest.importorskip(
    "tritonclient.http", reason="needs tritonclient[http], which is in the extra 'dev'"
)

ROWS = [ROW, {**ROW, "age": 77, "city": "Oslo", "price": None}]


@pytest.fixture
def client(service: Service) -> Iterator[Any]:
    found = triton.InferenceServerClient(f"127.0.0.1:{service.port}")
    yield found
    found.close()


def inputs(*, binary: bool) -> list[Any]:
    columns = {
        "age": np.array([40, 77], np.int64),
        "price": np.array([12.5, np.nan], np.float64),
        "member": np.array([True, True]),
        "city": np.array(["Rome", "Oslo"], np.object_),
        "joined": np.array(["2020-05-01", "2020-05-01"], np.object_),
    }
    found = []
    for name, values in columns.items():
        datatype = "BYTES" if values.dtype == np.object_ else triton_datatype(values.dtype)
        found.append(triton.InferInput(name, [2], datatype))
        found[-1].set_data_from_numpy(values, binary_data=binary)
    return found


def triton_datatype(kind: np.dtype[Any]) -> str:
    from tritonclient.utils import np_to_triton_dtype

    return str(np_to_triton_dtype(kind))


def test_it_finds_the_server_and_the_model(client: Any) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("model")
    assert not client.is_model_ready("other")
    version = client.get_model_metadata("model")["versions"][0]
    assert client.is_model_ready("model", version)
    assert client.get_server_metadata()["name"] == "fivefold"


@pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
@pytest.mark.parametrize("binary", [True, False])
def test_its_answers_are_right(binary: bool, compression: str | None, client: Any, service: Service) -> None:
    expected = service.predict(ROWS).json["predictions"]
    answer = client.infer(
        "model", inputs(binary=binary), request_id="seven", request_compression_algorithm=compression
    )
    assert answer.get_response()["id"] == "seven"
    assert answer.as_numpy("score").tolist() == [each["score"] for each in expected]
    assert answer.as_numpy("probabilities").shape == (2, 2)
    assert [label.decode() for label in answer.as_numpy("label")] == [each["label"] for each in expected]


def test_it_chooses_outputs_and_how_they_come(client: Any, service: Service) -> None:
    expected = service.predict(ROWS).json["predictions"]
    wanted = [
        triton.InferRequestedOutput("score", binary_data=True),
        triton.InferRequestedOutput("label", binary_data=False),
    ]
    answer = client.infer("model", inputs(binary=True), outputs=wanted)
    assert answer.as_numpy("score").tolist() == [each["score"] for each in expected]
    assert answer.as_numpy("label").tolist() == [each["label"] for each in expected]
    assert answer.as_numpy("probabilities") is None


def test_what_is_wrong_reaches_the_caller(client: Any) -> None:
    from tritonclient.utils import InferenceServerException

    age = triton.InferInput("age", [1], "BYTES")
    age.set_data_from_numpy(np.array(["old"], np.object_))
    with pytest.raises(InferenceServerException, match="wrong_type") as caught:
        client.infer("model", [age])
    assert caught.value.status() == "400"
