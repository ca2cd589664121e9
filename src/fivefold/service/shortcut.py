"""The shortcut: the route that nearly every request asks for is gone to without asking the router."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import TypeAlias

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from fivefold.service.replies import Handler

    Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

__all__ = ["Shortcut"]


class Shortcut:
    """ASGI middleware around the router: routing and its layers cost a request as much as a small model takes to answer.

    Parameters
    ----------
    app : ASGIApp
        Answers everything else.
    endpoints : mapping of str to endpoint
        By path, what answers ``POST`` there.
    handlers : mapping of exception to handler
        As for Starlette, which takes care of them on all other routes; that of ``Exception`` is for what nobody expected.
    """

    def __init__(
        self,
        app: ASGIApp,
        endpoints: Mapping[str, Endpoint],
        handlers: Mapping[type[Exception], Handler],
    ) -> None:
        from starlette.requests import Request

        self._app = app
        self._endpoints = endpoints
        self._handlers = dict(handlers)
        self._known = tuple(kind for kind in handlers if kind is not Exception)
        self._request = Request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        endpoint = self._endpoints.get(scope.get("path", "")) if scope["type"] == "http" else None
        if endpoint is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = self._request(scope, receive, send)
        try:
            try:
                response = await endpoint(request)
            except self._known as error:
                kind = next(kind for kind in type(error).__mro__ if kind in self._handlers)
                response = await self._handlers[kind](request, error)
            await response(scope, receive, send)
        except Exception as error:
            # The edge to the server, where Starlette's ServerErrorMiddleware stands on all other routes: whoever asked is answered, whatever
            # nobody expected, and it is raised again.
            if "status" not in scope:
                response = await self._handlers[Exception](request, error)
                await response(scope, receive, send)
            raise  # the server tells of it, too
