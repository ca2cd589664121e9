"""The documentation of the API: the OpenAPI document as a page, with a command to copy for each path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from fivefold.core.html import Markup, h, join
from fivefold.service.pages.shell import cover

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fivefold.core.html import Child

__all__ = ["docs_main"]

_BODY_LENGTH = 20_000
_CATEGORIES = 12
_PUNCTUATION = str.maketrans(dict.fromkeys("/{}_:", "-"))


def docs_main(document: Mapping[str, Any]) -> Markup:
    """Return the ``main`` element of the page.

    Parameters
    ----------
    document : mapping
        As :func:`fivefold.service.openapi.openapi_document` makes it.
    """
    secured = "security" in document
    operations = [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    lead = join(
        "The same as a document for tools: ",
        h("a", "/openapi.json", attributes={"href": "/openapi.json"}),
        " (OpenAPI 3.1). ",
        document["info"]["description"],
    )
    contents = h(
        "ul",
        *(
            h("li", h("a", _route(method, path), attributes={"href": f"#{_anchor(method, path)}"}))
            for method, path, _ in operations
        ),
        h("li", h("a", "an instance", attributes={"href": "#instance"})),
        css="contents",
    )
    return h(
        "main",
        cover(join(document["info"]["title"], h("small", "the API")), lead, here="/docs"),
        h("nav", contents, attributes={"aria-label": "Routes"}),
        _token() if secured else None,
        *(_operation(method, path, each, secured=secured) for method, path, each in operations),
        _instance(document["components"]["schemas"]["Instance"]),
        css="reading",
    )


def _token() -> Markup:
    """How a token is sent."""
    return h(
        "section",
        h("h2", "The token"),
        h(
            "p",
            "Every route that is not marked as open demands a token of this service, in the header ",
            h("code", "Authorization: Bearer TOKEN"),
            ". The commands below take it from the variable ",
            h("code", "TOKEN"),
            ".",
        ),
    )


def _operation(method: str, path: str, operation: Mapping[str, Any], *, secured: bool) -> Markup:
    """One route: what it is for, how it is asked, and what comes back."""
    open_ = secured and operation.get("security") == []
    media = operation.get("requestBody", {}).get("content", {})
    rows = (
        h("div", h("dt", status), h("dd", response["description"]))
        for status, response in operation["responses"].items()
    )
    return h(
        "section",
        h("h2", _route(method, path), h("small", "open") if open_ else None),
        h("p", f"{operation['summary'].rstrip('.')}."),
        h("pre", h("code", _curl(method, path, media, token=secured and not open_))),
        _answer(operation["responses"]["200"].get("content", {})),
        h("dl", *rows, css="statuses"),
        attributes={"id": _anchor(method, path)},
    )


def _answer(media: Mapping[str, Any]) -> Markup | None:
    """An answer to look at, where there is one."""
    for described in media.values():
        if "example" in described:
            text = _indented(described["example"])
            return h("details", h("summary", "An answer"), h("pre", h("code", text[:_BODY_LENGTH])))
    return None


def _curl(method: str, path: str, media: Mapping[str, Any], *, token: bool) -> str:
    """A command that asks; its address is put right by the page's script."""
    words = [f"curl http://localhost:8080{path}"]
    words += [] if method in {"GET", "POST"} else [f"-X {method}"]
    words += ['-H "Authorization: Bearer $TOKEN"'] if token else []
    for kind, described in media.items():
        example = described.get("example")
        text = example if isinstance(example, str) else _indented(example)
        words += [f"-H 'Content-Type: {kind}'", f"-d {_quoted(text[:_BODY_LENGTH])}"]
        break
    return " \\\n  ".join(words)


def _indented(document: object) -> str:
    """JSON that is laid out for people."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _instance(schema: Mapping[str, Any]) -> Markup:
    """The columns of an instance."""
    needed = set(schema.get("required", ()))
    rows = (
        h("div", h("dt", name), h("dd", join(*_column(described, needed=name in needed))))
        for name, described in schema["properties"].items()
    )
    words = h("p", "An instance is an object of these columns, or a list of their values in this order.")
    return h(
        "section", h("h2", "An instance"), words, h("dl", *rows, css="columns"), attributes={"id": "instance"}
    )


def _column(described: Mapping[str, Any], *, needed: bool) -> Iterator[Child]:
    """What a column takes."""
    yield described["description"]
    yield None if needed else " May be left out, or null."
    if "x-minimum" in described:
        yield f" From {described['x-minimum']} to {described['x-maximum']} in training."
    words = [str(word) for word in described.get("enum", ()) if word is not None]
    for place, word in enumerate(words[:_CATEGORIES]):
        yield ", " if place else " One of "
        yield h("code", word)
    if len(words) > _CATEGORIES:
        yield f" and {len(words) - _CATEGORIES:,} more"
    if words:
        yield "."


def _route(method: str, path: str) -> Markup:
    """A method and a path."""
    return h("code", h("b", method), " ", path, css="route")


def _anchor(method: str, path: str) -> str:
    """A name to jump to."""
    return f"{method.lower()}{path.translate(_PUNCTUATION)}"


def _quoted(text: str) -> str:
    """Quote for a shell."""
    return "'" + text.replace("'", "'\\''") + "'"
