"""The shell of every page: its look, its script, and a policy by which a browser runs that script and no other."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from fivefold.core.html import Markup, h, join
from fivefold.core.palette import PALETTE
from fivefold.service.replies import reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope

    from fivefold.core.html import Child

__all__ = ["cover", "page", "token_page"]

_LINKS = (("/", "Try it"), ("/docs", "Documentation"))


def page(
    request: Request,
    title: str,
    main: Markup,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the reply that shows a page.

    Parameters
    ----------
    request : Request
    title : str
    main : Markup
        The ``main`` element.
    status : int
    headers : mapping of str to str, optional
    """
    style, script, policy = _looks()
    head = h(
        "head",
        h("meta", attributes={"charset": "utf-8"}),
        h("meta", attributes={"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        h("meta", attributes={"name": "color-scheme", "content": "light dark"}),
        h("link", attributes={"rel": "icon", "href": "data:,"}),  # none is asked for
        h("title", title),
        h("style", style),
    )
    body = h("body", main, h("script", script))
    text = "<!doctype html>\n" + h("html", join(head, body), attributes={"lang": "en"}) + "\n"
    request.scope["policy"] = (b"content-security-policy", policy)
    more = {"vary": "accept", "cross-origin-opener-policy": "same-origin", **(headers or {})}
    return reply(request, text.encode(), "text/html; charset=utf-8", status=status, headers=more)


def cover(title: Child, lead: Child, *, here: str) -> Markup:
    """Head of a page: where else to go, what this is, and a sentence.

    Parameters
    ----------
    title, lead : Markup or str
    here : str
        Path of the page itself.
    """
    links = (
        h("a", text, attributes={"href": path} | ({"aria-current": "page"} if path == here else {}))
        for path, text in _LINKS
    )
    nav = h("nav", *links, attributes={"aria-label": "Pages"})
    return h("header", nav, h("h1", title), h("p", lead, css="lead"))


def token_page(scope: Scope, headers: Mapping[str, str]) -> Response:
    """Make the page that asks for a token: it says nothing about the model, and the token stays in the page's memory."""
    from starlette.requests import Request

    field = (
        h("label", "Token", attributes={"for": "token"}),
        h(
            "input",
            attributes={
                "id": "token",
                "type": "password",
                "autocomplete": "off",
                "spellcheck": "false",
                "required": "",
                "aria-describedby": "token-error",
            },
        ),
        h("p", css="error", attributes={"id": "token-error", "role": "alert", "hidden": ""}),
    )
    actions = h("div", h("button", "Open", css="first", attributes={"type": "submit"}), css="actions")
    form = h("form", h("div", *field, css="field"), actions, attributes={"id": "unlock", "novalidate": ""})
    lead = "This service answers those who have a token. It is kept in this page alone, until you close or reload it."
    head = h("header", h("h1", "A token, please"), h("p", lead, css="lead"))
    main = h("main", head, _without_script(), form, css="narrow")
    return page(Request(scope), "A token, please", main, status=401, headers=headers)


def _without_script() -> Markup:
    """What those read whose browser runs no script."""
    return h(
        "noscript", h("p", "This page needs JavaScript. The service can be asked without it, with curl.")
    )


@cache
def _looks() -> tuple[Markup, Markup, bytes]:
    """Style, script, and the policy that allows these two by their digests."""
    ours = files("fivefold.service.pages")
    style = PALETTE + ours.joinpath("page.css").read_text(encoding="utf-8")
    script = ours.joinpath("page.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Markup(style), Markup(script), policy.encode()


def _source(text: str) -> str:
    """Name a text by its digest, as a policy does."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
