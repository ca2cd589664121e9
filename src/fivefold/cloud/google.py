"""Google's services over REST: requests that show a token, of which what may pass by itself is tried again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.cloud.credentials import Tokens

__all__ = ["PATIENCE", "GoogleRest", "Patience", "ServiceError", "at"]

_AGAIN = {429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and after what pauses something is tried again.

    Attributes
    ----------
    tries : int
    pause : float
        Seconds before the second try; each further pause is twice as long.
    longest : float
        Seconds that a pause has at most.
    answer : float
        Seconds to wait for an answer.
    """

    tries: int = 5
    pause: float = 1.0
    longest: float = 20.0
    answer: float = 60.0

    def before(self, attempt: int) -> float:
        """Seconds before a try, counted from 1."""
        return min(self.pause * 2.0 ** (attempt - 1), self.longest)


PATIENCE = Patience(tries=4)
"""What a service is met with unless something else is said."""


class ServiceError(Exception):
    """What a service refuses.

    Attributes
    ----------
    status : int
        Of HTTP; 0 when no answer came.
    reason : str
        Such as ``notFound``, ``accessDenied`` or ``bytesBilledLimitExceeded``.
    word : str
        Such as ``NOT_FOUND`` or ``RESOURCE_EXHAUSTED``, where the service says so.
    sent : bool
        Whether it may have been done although no answer came.
    """

    def __init__(self, message: str, status: int, reason: str, *, word: str = "", sent: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.word = word
        self.sent = sent


class GoogleRest:
    """One host of Google's, or what stands for it on this machine.

    Parameters
    ----------
    host : str
        Such as ``https://bigquery.googleapis.com``.
    tokens : Tokens
    patience : Patience, optional
    extra : str
        Of the package, which brings what is needed.

    Raises
    ------
    MissingExtraError
        When the libraries are not installed.
    """

    def __init__(
        self, host: str, tokens: Tokens, patience: Patience | None = None, *, extra: str = "vertex"
    ) -> None:
        try:
            import requests
        except ImportError as error:
            raise MissingExtraError(
                "Google's services need a library that is not installed",
                seen=f"no module {error.name}",
                todo=f'pip install "fivefold[{extra}]"',
            ) from error
        self.host = host
        self._tokens, self._patience = tokens, patience or PATIENCE
        self._session: Any = requests.Session()

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        words: Mapping[str, object] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        again: bool = True,
        tries: int | None = None,
        seconds: float | None = None,
    ) -> dict[str, Any]:
        """Send one request for a document; what may pass by itself is tried again.

        Parameters
        ----------
        method, path : str
            The path is quoted already.
        words : mapping of str to object, optional
            What stands behind the question mark; empty texts are left out.
        body : mapping or bytes, optional
            Sent as JSON, or as it is.
        again : bool
            Whether it does no harm twice: otherwise it is not sent again when only the answer was lost.
        tries : int, optional
            How often it is tried; as the patience says, unless told.
        seconds : float, optional
            To wait for an answer; as the patience says, unless told.

        Raises
        ------
        ServiceError
            When the service refuses it, or no answer comes.
        """
        sent = _sent(words, body, seconds or self._patience.answer)
        return _document(self._reply(method, self.host + path, sent, again=again, tries=tries))

    def fetch(self, path: str, words: Mapping[str, object] | None = None) -> bytes:
        """Return what lies at a place, as it is.

        Raises
        ------
        ServiceError
            When the service refuses it, or no answer comes.
        """
        sent = _sent(words, None, self._patience.answer)
        content: bytes = self._reply("GET", self.host + path, sent, again=True).content
        return content

    def upload(self, path: str, body: Mapping[str, Any], data: bytes, seconds: float) -> dict[str, Any]:
        """Say what comes, and send it in one piece to the place that the service then names.

        Parameters
        ----------
        path : str
            Quoted already.
        body : mapping
            What is to be done with the data.
        data : bytes
        seconds : float
            That sending may take.

        Raises
        ------
        ServiceError
            When the service refuses it, or no answer comes.
        """
        opened = _sent({"uploadType": "resumable"}, body, self._patience.answer)
        opened["headers"] = {
            "X-Upload-Content-Type": "application/octet-stream",
            "X-Upload-Content-Length": str(len(data)),
        }
        reply = self._reply("POST", self.host + path, opened, again=True)
        place = str(reply.headers.get("Location", ""))
        return _document(self._reply("PUT", place, _sent(None, data, seconds), again=False))

    def _reply(
        self, method: str, address: str, sent: dict[str, Any], *, again: bool, tries: int | None = None
    ) -> Any:
        """Ask until there is an answer, or no more patience."""
        renew, was_renewed, attempt = False, False, 0
        while True:
            attempt += 1
            last = attempt >= (tries or self._patience.tries)
            reply = self._try(method, address, sent, renewed=renew, again=again and not last, last=last)
            status = 0 if reply is None else int(reply.status_code)
            renew = status == 401 and not was_renewed
            if renew:
                was_renewed = True  # it may have expired on the way; a new one is asked for once
                continue
            # Behind a gateway that gave up waiting, the work may have begun.
            if status and (last or status not in _AGAIN or (status == 504 and not again)):
                return _taken(reply)
            time.sleep(self._patience.before(attempt))

    def _try(
        self, method: str, address: str, sent: dict[str, Any], *, renewed: bool, again: bool, last: bool
    ) -> Any:
        """Ask once; None where nothing came back and it may be asked again."""
        import requests

        shown = self._tokens.headers(renewed=renewed) | sent.get("headers", {})
        try:
            return self._session.request(method, address, **(sent | {"headers": shown}))
        except requests.RequestException as error:
            # What was never sent may be sent again, whatever it is.
            unsent = isinstance(error, requests.ConnectTimeout) or "NewConnectionError" in repr(error)
            if again or (unsent and not last):
                return None
            message = f"{type(error).__name__}: the service cannot be reached"
            raise ServiceError(message, 0, "unreachable", sent=not unsent) from error


def at(address: str) -> str:
    """Return the address of an emulator, whether or not its scheme was told; empty for none."""
    named = address.rstrip("/")
    return named if "://" in named or not named else f"http://{named}"


def _sent(
    words: Mapping[str, object] | None, body: Mapping[str, Any] | bytes | None, seconds: float
) -> dict[str, Any]:
    """What a request is made of."""
    parameters = {name: str(value) for name, value in (words or {}).items() if value != ""}
    sent: dict[str, Any] = {"params": parameters, "timeout": seconds}
    if isinstance(body, bytes):
        return sent | {"data": body, "headers": {"Content-Type": "application/octet-stream"}}
    return sent | {"json": body}


def _taken(reply: Any) -> Any:
    """A reply, unless it is a refusal."""
    if reply.status_code < 400:
        return reply
    told = _document(reply).get("error") or {}
    told = told if isinstance(told, dict) else {}
    reasons = [one.get("reason", "") for one in told.get("errors", ())]
    message = str(told.get("message") or f"status {reply.status_code}")
    word = str(told.get("status", ""))
    raise ServiceError(message, int(reply.status_code), (reasons or [""])[0], word=word)


def _document(reply: Any) -> dict[str, Any]:
    """Read an answer; an empty one, or one that is no JSON object, says nothing."""
    try:
        answer = reply.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
