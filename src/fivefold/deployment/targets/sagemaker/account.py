"""An account at SageMaker: what is asked of it, through boto3, and its answers as plain records."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import MissingExtraError, SettingsError
from fivefold.deployment.targets.sagemaker.refusals import failed, lost, refused, stalled

if TYPE_CHECKING:
    from fivefold.core.clock import Deadline

__all__ = ["Account", "EndpointState", "Variant"]

_TAG = ("made_by", "fivefold")
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 70.0
_TRIES = 3
_MISSING = ("could not find", "cannot find", "does not exist", "not found")
_THERE = ("already exist",)
_MOVING = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
_BROKEN = ("Failed", "OutOfService", "UpdateRollbackFailed")
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Variant:
    """A model behind an endpoint.

    Attributes
    ----------
    name, model : str
    weight : float
        Its part of the requests is its weight over the sum of all.
    described : dict
        As a configuration holds it; those of others are handed on as they are.
    """

    name: str
    model: str
    weight: float
    described: Mapping[str, Any]

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Variant:
        """Read one of a configuration."""
        weight = float(found.get("InitialVariantWeight", 1.0))
        return cls(str(found["VariantName"]), str(found["ModelName"]), weight, dict(found))

    @classmethod
    def of(cls, model: str, machine: str, count: int, weight: float) -> Variant:
        """Describe a new one."""
        found = {
            "VariantName": model,
            "ModelName": model,
            "InstanceType": machine,
            "InitialInstanceCount": count,
        }
        return cls(model, model, weight, found)

    @property
    def machines(self) -> tuple[str, str, str, int]:
        """What it is, whatever its weight."""
        machine, count = self.described.get("InstanceType", ""), self.described.get("InitialInstanceCount", 0)
        return self.name, self.model, str(machine), int(count)

    def document(self) -> dict[str, Any]:
        """As a configuration is to hold it."""
        return {**self.described, "InitialVariantWeight": self.weight}


@dataclass(frozen=True, slots=True)
class EndpointState:
    """What an endpoint is doing.

    Attributes
    ----------
    status : str
        In SageMaker's words.
    reason : str
        Why it failed.
    configuration : str
        Name of the current one.
    variants : tuple of Variant
        With their current weights.
    ours : bool
        Whether Fivefold made it.
    """

    status: str
    reason: str
    configuration: str
    variants: tuple[Variant, ...]
    ours: bool

    @property
    def moving(self) -> bool:
        """Whether it is about to change."""
        return self.status in _MOVING

    @property
    def broken(self) -> bool:
        """Whether it will never come into service by itself."""
        return self.status in _BROKEN


@dataclass(slots=True)
class Account:
    """SageMaker in one region.

    Attributes
    ----------
    region : str
    patience : float
        Seconds to wait for an endpoint.
    pause : float
        Seconds between two looks at it.
    until : Deadline or None
        When to stop waiting, whatever the patience; None for that alone.
    """

    region: str
    patience: float = 1800.0
    pause: float = 5.0
    until: Deadline | None = None
    _clients: dict[str, Any] = field(default_factory=dict)

    def has_model(self, name: str) -> bool:
        """Whether there is a model of this name."""
        asked = f"look for the model '{name}'"
        return self._find(asked, lambda: self._client.describe_model(ModelName=name)) is not None

    def create_model(self, name: str, image: str, role: str, version: str) -> None:
        """Make a model of an image."""
        self._create(
            f"create the model '{name}'",
            lambda: self._client.create_model(
                ModelName=name,
                PrimaryContainer={"Image": image, "Mode": "SingleModel"},
                ExecutionRoleArn=role,
                Tags=_tags(bundle=version),
            ),
        )

    def variants(self, configuration: str) -> tuple[Variant, ...] | None:
        """Return the models of a configuration; None when it is not there."""
        found = self._configuration(configuration)
        return None if found is None else tuple(Variant.read(one) for one in found["ProductionVariants"])

    def owns_configuration(self, name: str) -> bool:
        """Whether a configuration is there, and Fivefold made it."""
        found = self._configuration(name)
        return found is not None and self._is_ours(str(found["EndpointConfigArn"]), f"look at '{name}'")

    def create_configuration(self, name: str, variants: Sequence[Variant]) -> None:
        """Make a configuration."""
        self._create(
            f"create the endpoint configuration '{name}'",
            lambda: self._client.create_endpoint_config(
                EndpointConfigName=name,
                ProductionVariants=[variant.document() for variant in variants],
                Tags=_tags(),
            ),
        )

    def endpoint(self, name: str) -> EndpointState | None:
        """Return what an endpoint is doing; None when it is not there."""
        asked = f"look for the endpoint '{name}'"
        found = self._find(asked, lambda: self._client.describe_endpoint(EndpointName=name))
        if found is None:
            return None
        now = {one["VariantName"]: one.get("CurrentWeight") for one in found.get("ProductionVariants") or ()}
        configuration = str(found.get("EndpointConfigName", ""))
        held = self.variants(configuration) or ()
        weights = [one.weight if now.get(one.name) is None else float(now[one.name]) for one in held]
        variants = tuple(replace(one, weight=weight) for one, weight in zip(held, weights, strict=True))
        return EndpointState(
            str(found["EndpointStatus"]),
            str(found.get("FailureReason", "")),
            configuration,
            variants,
            self._is_ours(str(found["EndpointArn"]), asked),
        )

    def create_endpoint(self, name: str, configuration: str) -> None:
        """Make an endpoint."""
        self._create(
            f"create the endpoint '{name}'",
            lambda: self._client.create_endpoint(
                EndpointName=name, EndpointConfigName=configuration, Tags=_tags()
            ),
        )

    def update_endpoint(self, name: str, configuration: str) -> None:
        """Give an endpoint another configuration; the old machines answer until the new ones do."""
        self._ask(
            f"update the endpoint '{name}'",
            lambda: self._client.update_endpoint(EndpointName=name, EndpointConfigName=configuration),
        )

    def weigh(self, name: str, variants: Sequence[Variant]) -> None:
        """Give each model of an endpoint its part of the requests."""
        wanted = [
            {"VariantName": one.name, "DesiredWeight": one.weight}
            | ({"DesiredInstanceCount": one.machines[3]} if one.machines[3] else {})
            for one in variants
        ]
        self._ask(
            f"part the requests of the endpoint '{name}'",
            lambda: self._client.update_endpoint_weights_and_capacities(
                EndpointName=name, DesiredWeightsAndCapacities=wanted
            ),
        )

    def settle(self, name: str) -> EndpointState | None:
        """Wait until an endpoint stands still, whatever it has become; None when it is gone.

        Raises
        ------
        SageMakerError
            When that takes too long.
        """
        began = time.monotonic()
        while True:
            state = self.endpoint(name)
            if state is None or not state.moving:
                return state
            waited = time.monotonic() - began
            if waited >= self.patience or (self.until is not None and self.until.passed()):
                raise stalled(name, state.status, waited)
            time.sleep(self.pause)

    def wait(self, name: str) -> EndpointState:
        """Wait until an endpoint is in service.

        Raises
        ------
        SageMakerError
            When it fails, or takes too long.
        """
        state = self.settle(name)
        if state is None or state.broken:
            raise failed(name, (state.reason or state.status) if state else "it is gone")
        return state

    def delete(self, kind: str, name: str) -> bool:
        """Delete a model, an endpoint configuration or an endpoint; return whether it was there."""
        verbs: Mapping[str, Callable[[], Any]] = {
            "model": lambda: self._client.delete_model(ModelName=name),
            "endpoint configuration": lambda: self._client.delete_endpoint_config(EndpointConfigName=name),
            "endpoint": lambda: self._client.delete_endpoint(EndpointName=name),
        }
        return self._find(f"delete the {kind} '{name}'", verbs[kind]) is not None

    def invoke(self, endpoint: str, variant: str, rows: Sequence[Mapping[str, object]]) -> dict[str, Any]:
        """Ask one model of an endpoint for rows.

        Raises
        ------
        SageMakerError
            When it does not answer with JSON.
        """
        asked = f"answer at the endpoint '{endpoint}'"
        reply = self._ask(
            asked,
            lambda: self._runtime.invoke_endpoint(
                EndpointName=endpoint,
                TargetVariant=variant,
                ContentType=_JSON,
                Accept=_JSON,
                Body=json.dumps({"instances": list(rows)}).encode(),
            ),
        )
        body = reply["Body"].read()
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if not isinstance(found, dict) or "predictions" not in found:
            answer = {"Error": {"Code": "NoAnswer", "Message": body[:200].decode(errors="replace")}}
            raise refused(asked, answer)
        return found

    def _configuration(self, name: str) -> dict[str, Any] | None:
        """Return what a configuration holds; None when it is not there."""
        asked = f"look for the endpoint configuration '{name}'"
        return self._find(asked, lambda: self._client.describe_endpoint_config(EndpointConfigName=name))

    def _is_ours(self, arn: str, asked: str) -> bool:
        """Whether something carries our tag."""
        found = self._ask(asked, lambda: self._client.list_tags(ResourceArn=arn))
        return any((one["Key"], one["Value"]) == _TAG for one in found.get("Tags", ()))

    @property
    def _client(self) -> Any:
        """Who is told what to make."""
        return self._connected("sagemaker")

    @property
    def _runtime(self) -> Any:
        """Who is asked for answers."""
        return self._connected("sagemaker-runtime")

    def _connected(self, service: str) -> Any:
        """A client of boto3's, made once."""
        if service not in self._clients:
            try:
                import boto3
                from botocore.config import Config
            except ImportError as error:
                raise MissingExtraError(
                    "The target 'sagemaker' needs boto3, which is not installed",
                    todo='pip install "fivefold[sagemaker]"',
                ) from error
            config = Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": _TRIES},
            )
            # A session of its own: the one that boto3 shares keeps the credentials that it found first.
            session = boto3.session.Session(region_name=self.region)
            self._clients[service] = session.client(service, config=config)
        return self._clients[service]

    def _create(self, asked: str, work: Callable[[], Any]) -> None:
        """Make something; what is there already was made by a request whose reply was lost."""
        from botocore.exceptions import ClientError

        try:
            with _telling(asked):
                work()
        except ClientError as error:
            if not _says(error.response, _THERE):
                raise refused(asked, error.response) from error

    def _find(self, asked: str, work: Callable[[], Any]) -> dict[str, Any] | None:
        """Ask for something; None when it is not there."""
        from botocore.exceptions import ClientError

        try:
            with _telling(asked):
                found: dict[str, Any] = work()
        except ClientError as error:
            if _says(error.response, _MISSING):
                return None
            raise refused(asked, error.response) from error
        return found

    def _ask(self, asked: str, work: Callable[[], Any]) -> dict[str, Any]:
        """Ask for something that must be there."""
        from botocore.exceptions import ClientError

        try:
            with _telling(asked):
                found: dict[str, Any] = work()
        except ClientError as error:
            raise refused(asked, error.response) from error
        return found


@contextlib.contextmanager
def _telling(asked: str) -> Iterator[None]:
    """Put what goes wrong before there is an answer into words."""
    from botocore.exceptions import BotoCoreError, NoCredentialsError, PartialCredentialsError

    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise SettingsError(
            "This machine has no credentials for AWS",
            seen=str(error),
            expected="variables, a profile, or a role of this machine",
            todo="aws configure, or aws sso login",
        ) from error
    except BotoCoreError as error:
        raise lost(asked, str(error)) from error


def _says(answer: Mapping[str, Any], words: Sequence[str]) -> bool:
    """Whether a refusal says one of these."""
    said = str((answer.get("Error") or {}).get("Message", "")).lower()
    return any(word in said for word in words)


def _tags(**further: str) -> list[dict[str, str]]:
    """By which things of ours are known."""
    tags = dict([_TAG]) | further
    return [{"Key": key, "Value": value} for key, value in tags.items()]
