"""The guard: without a token, where one is demanded, nothing is answered but health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.service.gate import LIVE_ROUTE, READY_ROUTE, header
from fivefold.service.pages.shell import token_page
from fivefold.service.replies import error_reply, wants_page

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from fivefold.service.hosts import Hosts
    from fivefold.service.tokens import Tokens

__all__ = ["OPEN_ROUTES", "Guard"]

OPEN_ROUTES = frozenset({LIVE_ROUTE, READY_ROUTE})
"""Names of the routes that need no token: platforms ask them, and they say nothing about the model or the data."""

_WRONG_HOST = (
    "This service does not go by the name in the header 'Host'. "
    "Next: ask for 127.0.0.1 or localhost, or start it with --allow-host NAME"
)
_SHOW_ONE = (
    "send the header 'Authorization: Bearer TOKEN' with a token that this service was given, "
    "or with the one that it made when it began, which its log says how to read"
)


class Guard:
    """ASGI middleware inside of the gate.

    Parameters
    ----------
    app : ASGIApp
    tokens : Tokens
    hosts : Hosts, optional
        Without tokens, the names under which it may be asked for; none stands for any.
    """

    def __init__(self, app: ASGIApp, tokens: Tokens, hosts: Hosts | None = None) -> None:
        self._app = app
        self._tokens = tokens
        self._hosts = hosts

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass a request on, or refuse it; returns what is awaited for that, without a coroutine of its own."""
        if scope["type"] == "http" and scope["route_name"] not in OPEN_ROUTES:
            refusal = self._judge(scope)
            if refusal is not None:
                return refusal(scope, receive, send)
        return self._app(scope, receive, send)

    def _judge(self, scope: Scope) -> Response | None:
        """Return the refusal, if it is one."""
        if self._tokens:
            given = header(scope, b"authorization")
            return None if self._tokens.admit(given) else _unauthorized(scope, given=bool(given))
        if self._hosts is not None and not self._hosts.admit(header(scope, b"host")):
            return error_reply(scope, 421, "wrong_host", _WRONG_HOST)
        # Any page on the web can have the browser of somebody on this machine send a request here. It would not see the
        # answer, but its rows would be in the log that the monitor reads.
        if scope["method"] == "POST" and header(scope, b"sec-fetch-site") == b"cross-site":
            message = "A page of another site sent this request. Next: ask from the service's own page or from a program"
            return error_reply(scope, 403, "cross_site", message)
        return None


def _unauthorized(scope: Scope, *, given: bool) -> Response:
    """Ask for a token: a browser by a page with a field for it, others by the one form of an error."""
    challenge = {"www-authenticate": 'Bearer error="invalid_token"' if given else "Bearer"}
    if not given and wants_page(scope):
        return token_page(scope, challenge)
    what = "This token is not known" if given else "A token is demanded"
    message = f"{what}. Next: {_SHOW_ONE}"
    return error_reply(scope, 401, "unauthorized", message, headers=challenge)
