"""An MLflow server over its REST protocol (2.0), with the standard library; each thread has a connection of its own."""

from __future__ import annotations

import json
import os
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fivefold.core.errors import StepError
from fivefold.core.version import __version__

if TYPE_CHECKING:
    from fivefold.core.clock import Deadline
    from fivefold.tracking.address import Address

__all__ = ["ABSENT", "EXISTS", "MLflowServer"]

ABSENT, EXISTS = "RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS"
"""Codes of errors by which the server says what is there."""

_PATIENCE = 4.0
"""Seconds in which a server must answer for the first time; one that has answered is waited for until the deadline."""
_IDLE = 2.0
"""Seconds after which a connection that lay still is not used again: servers hang up after a few."""
_LONGEST = 8 * 2**20


class MLflowServer:
    """A server that is asked until a deadline.

    Parameters
    ----------
    address : Address
    until : Deadline
    """

    def __init__(self, address: Address, until: Deadline) -> None:
        self.address = address
        self.until = until
        self._own = threading.local()
        self._answered = False

    def get(self, verb: str, **words: str) -> dict[str, Any]:
        """Ask for something, such as ``experiments/get-by-name``."""
        return self._json("GET", f"/api/2.0/mlflow/{verb}?{urlencode(words)}", b"")

    def post(self, verb: str, body: dict[str, object]) -> dict[str, Any]:
        """Do something, such as ``runs/create``."""
        return self._json("POST", f"/api/2.0/mlflow/{verb}", json.dumps(body, allow_nan=False).encode())

    def put(self, place: str, data: bytes, kind: str) -> None:
        """Lay a file into the artefacts that the server keeps for its clients."""
        self._ask("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{quote(place)}", data, kind)

    def close(self) -> None:
        """Let go of this thread's connection."""
        made = getattr(self._own, "made", None)
        if made is not None:
            made[0].close()

    def _json(self, method: str, path: str, data: bytes) -> dict[str, Any]:
        """One request, its answer read as an object."""
        try:
            answer = json.loads(self._ask(method, path, data, "application/json") or b"{}")
        except ValueError:
            raise self._stranger() from None
        if not isinstance(answer, dict):
            raise self._stranger()
        return answer

    def _ask(self, method: str, path: str, data: bytes, kind: str) -> bytes:
        """One request; everything that goes wrong is told without a secret."""
        headers = {"Content-Type": kind, "User-Agent": f"fivefold/{__version__}"}
        if self.address.authorization:
            headers["Authorization"] = self.address.authorization
        left = self.until.remaining()
        if left <= 0:
            raise self._late()
        try:
            line, before, told = self._line(left if self._answered else min(_PATIENCE, left))
            line.request(method, before + path, data, headers | told)
            reply = line.getresponse()
            status, raw = reply.status, reply.read(_LONGEST)
            self._own.used, self._answered = time.monotonic(), True
        except (OSError, HTTPException) as error:
            self.close()
            raise self._silent(error) from None
        if status >= 300:
            self.close()
            raise self._refusal(status, raw)
        return raw

    def _line(self, timeout: float) -> tuple[HTTPConnection, str, dict[str, str]]:
        """Connection of the calling thread, what stands before each path, and what a proxy must be told."""
        if getattr(self._own, "made", None) is None:
            self._own.made = self.address.connect(os.environ, timeout)
        made: tuple[HTTPConnection, str, dict[str, str]] = self._own.made
        if time.monotonic() - getattr(self._own, "used", 0.0) > _IDLE:
            made[0].close()  # it opens itself again
        made[0].timeout = timeout
        if made[0].sock is not None:
            made[0].sock.settimeout(timeout)
        return made

    def _late(self) -> StepError:
        """Make the error for time that is over."""
        return StepError(
            "The MLflow server took longer than the time that was left",
            seen=self.address.shown,
            todo="send it again with fivefold train RUN",
        )

    def _silent(self, error: OSError | HTTPException) -> StepError:
        """Make the error for a server that is not there, or does not answer."""
        why = "no answer in time" if isinstance(error, TimeoutError) else self.address.clean(str(error))
        return StepError(
            "The MLflow server does not answer",
            seen=f"{why or type(error).__name__}, at {self.address.shown}",
            expected="an answer within a few seconds",
            todo="start it, or correct MLFLOW_TRACKING_URI; then fivefold train RUN sends it again",
        )

    def _stranger(self) -> StepError:
        """Make the error for a server that speaks something else."""
        return StepError(
            "What answers is no MLflow server",
            seen=f"something other than an object of JSON, at {self.address.shown}",
            expected="MLflow's REST protocol",
            todo="correct MLFLOW_TRACKING_URI",
        )

    def _refusal(self, status: int, raw: bytes) -> StepError:
        """Make the error for an answer that is a refusal; its code is the server's own."""
        if status in {401, 403}:
            return StepError(
                "The MLflow server does not let you in",
                seen=f"HTTP status {status}, at {self.address.shown}",
                expected="credentials that it knows",
                todo="set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
                code="PERMISSION_DENIED",
            )
        try:
            told = json.loads(raw)
        except ValueError:
            told = {}
        told = told if isinstance(told, dict) else {}
        message = self.address.clean(str(told.get("message", "")))
        return StepError(
            "The MLflow server refuses a request",
            seen=f"HTTP status {status}{f', {message}' if message else ''}, at {self.address.shown}",
            todo="correct MLFLOW_TRACKING_URI" if status < 500 else "look into the server's log",
            code=str(told.get("error_code", "")),
        )
