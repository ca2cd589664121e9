"""A SageMaker on loopback; moto's server is started once for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.testing.sagemaker import SageMakerEmulator
from tests.deployment.sagemaker.orders import IMAGE


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skip where there is no server to be asked, or nobody to ask it."""
    for name in ("boto3", "moto", "flask", "flask_cors"):
        pytest.importorskip(name)


@pytest.fixture(scope="session")
def running_cloud() -> Iterator[SageMakerEmulator]:
    with SageMakerEmulator() as emulator:
        yield emulator


@pytest.fixture
def cloud(
    running_cloud: SageMakerEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[SageMakerEmulator]:
    """With the image and nothing else."""
    for name, value in credentials(running_cloud.address).items():
        monkeypatch.setenv(name, value)
    running_cloud.push(IMAGE, tmp_path)
    yield running_cloud
    running_cloud.reset()


def credentials(address: str) -> dict[str, str]:
    """What boto3 looks at, so that it finds this machine alone."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
