from __future__ import annotations

import pytest

from fivefold.core.errors import SettingsError
from fivefold.service.doors import Doors


def test_without_a_platform_only_our_own_paths_are_open() -> None:
    assert Doors.from_environment({}) == Doors(("/predict",), ("/readyz",))


def test_a_platforms_paths_are_added_to_ours() -> None:
    doors = Doors.from_environment(
        {
            "AIP_PREDICT_ROUTE": "/v1/endpoints/1/deployedModels/2:predict",
            "AIP_HEALTH_ROUTE": "/v1/endpoints/1",
        }
    )
    assert doors.predict == ("/predict", "/v1/endpoints/1/deployedModels/2:predict")
    assert doors.ready == ("/readyz", "/v1/endpoints/1")


def test_our_own_paths_are_not_opened_twice() -> None:
    doors = Doors.from_environment({"AIP_PREDICT_ROUTE": "/predict", "AIP_HEALTH_ROUTE": "/readyz"})
    assert doors == Doors(vertex="/predict")


@pytest.mark.parametrize("path", ["predict", "/a/{b}", "/a?b", "http://x/predict"])
def test_what_is_no_path_is_refused_by_the_variables_name(path: str) -> None:
    with pytest.raises(SettingsError, match="AIP_PREDICT_ROUTE"):
        Doors.from_environment({"AIP_PREDICT_ROUTE": path})


def test_one_path_cannot_be_two_routes() -> None:
    with pytest.raises(SettingsError, match="one path"):
        Doors.from_environment({"AIP_PREDICT_ROUTE": "/x", "AIP_HEALTH_ROUTE": "/x"})
