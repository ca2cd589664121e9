"""The form: a field for each column, made of the contract, with which a person tries a prediction."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from fivefold.core.html import Markup, h, join
from fivefold.service.pages.shell import cover

if TYPE_CHECKING:
    from fivefold.core.artefacts import Column, ColumnReference
    from fivefold.runtime.predictor import Json, Predictor

__all__ = ["form_main"]

_DAY = 86_400
_COVERAGE = 0.9
_CHOICES = 100
"""Words that a list to choose from may have; more are proposed while one types."""
_PLAIN = {"spellcheck": "false", "autocomplete": "off"}


def form_main(predictor: Predictor) -> Markup:
    """Return the ``main`` element of the page.

    Parameters
    ----------
    predictor : Predictor
    """
    contract = predictor.contract
    example = predictor.golden[0].row if predictor.golden else {}
    sketches = {each.name: each for each in predictor.reference.columns}
    fields = (
        _field(place, column, sketches.get(column.name), example.get(column.name))
        for place, column in enumerate(contract.columns)
    )
    lead = "Fill in one row and see what the model answers. A prediction made here counts like any other."
    coverage = max((level for level in predictor.levels if level <= _COVERAGE), default=0.0)
    attributes = {"id": "try", "novalidate": "", "data-target": contract.target}
    form = h(
        "form",
        h("div", *fields, css="fields"),
        _actions(),
        attributes=attributes | ({"data-coverage": repr(coverage)} if coverage else {}),
    )
    said = {"id": "answer", "aria-live": "polite", "aria-label": "Answer"}
    empty = h("p", "The answer will stand here.", css="quiet")
    return h(
        "main",
        cover(join("Predict ", h("em", contract.target)), lead, here="/"),
        h("noscript", h("p", "This form needs JavaScript. The service can be asked without it: see /docs.")),
        h("div", form, h("section", empty, attributes=said), css="desk"),
    )


def _actions() -> Markup:
    """The buttons."""
    return h(
        "div",
        h("button", "Predict", css="first", attributes={"type": "submit"}),
        h("button", "Fill in an example", attributes={"type": "button", "id": "example"}),
        h("button", "Clear", attributes={"type": "reset"}),
        css="actions",
    )


def _field(place: int, column: Column, sketch: ColumnReference | None, example: Json) -> Markup:
    """Label, hint, control and room for an error."""
    own = {
        "id": f"field-{place}",
        "name": column.name,
        "aria-describedby": f"hint-{place} error-{place}",
        "data-kind": column.kind,
    }
    own |= {"data-nullable": ""} if column.nullable else {"aria-required": "true"}
    if example is not None:
        own["data-example"] = _written(column, example)
    optional = h("span", "optional", css="optional") if column.nullable else None
    name = h("span", column.name, css="column")
    return h(
        "div",
        h("label", name, optional, attributes={"for": own["id"]}),
        _control(column, own, sketch),
        h("p", _hint(column), css="hint", attributes={"id": f"hint-{place}"}),
        h("p", css="error", attributes={"id": f"error-{place}", "role": "alert", "hidden": ""}),
        css="field wide" if _needs_room(column) else "field",
    )


def _needs_room(column: Column) -> bool:
    """Whether half the width of a phone is too little for its values."""
    return column.kind == "datetime" or (column.kind == "string" and not _is_choice(column))


def _is_choice(column: Column) -> bool:
    """Whether all words are known, and few enough to choose from."""
    return column.complete and 0 < len(column.categories) <= _CHOICES


def _control(column: Column, own: dict[str, str], sketch: ColumnReference | None) -> Markup:
    """The control that fits a column."""
    if column.kind == "boolean":
        return _select(own, ("true", "false"))
    if column.kind == "string":
        return _words(column, own)
    if column.kind == "datetime":
        return h("input", attributes=own | {"type": _moment(column), "step": "any"})
    middle = _median(sketch)
    shown = own if middle is None else own | {"placeholder": f"e.g. {_number(middle, column.kind)}"}
    if column.reading != "plain":
        return h("input", attributes=shown | _PLAIN | {"type": "text", "inputmode": "decimal"})
    whole = column.kind == "integer"
    step = {"step": "1" if whole else "any", "inputmode": "numeric" if whole else "decimal"}
    return h("input", attributes=shown | step | {"type": "number", "autocomplete": "off"})


def _words(column: Column, own: dict[str, str]) -> Markup:
    """A list where all words are known, proposals where some are, and room for a text."""
    if _is_choice(column):
        return _select(own, column.categories)
    if column.role == "text":
        return h("textarea", attributes=own | {"rows": "2"})
    if not column.categories:
        return h("input", attributes=own | _PLAIN | {"type": "text"})
    proposals = f"list-{own['id']}"
    options = (h("option", attributes={"value": word}) for word in column.categories)
    return join(
        h("input", attributes=own | _PLAIN | {"type": "text", "list": proposals}),
        h("datalist", *options, attributes={"id": proposals}),
    )


def _select(own: dict[str, str], words: tuple[str, ...]) -> Markup:
    """A list to choose from; its first line stands for no value."""
    nothing = h("option", "choose" if "data-nullable" not in own else "not known", attributes={"value": ""})
    return h(
        "select", nothing, *(h("option", word, attributes={"value": word}) for word in words), attributes=own
    )


def _hint(column: Column) -> str:
    """What a person should know of the values: above all the range that training saw."""
    said = [column.form] if column.form else []
    if column.kind in {"number", "integer"} and column.minimum is not None and column.maximum is not None:
        low, high = (_number(end, column.kind) for end in (column.minimum, column.maximum))
        said.append(f"{low} to {high} in training")
    elif column.kind == "datetime" and _moment(column) == "datetime-local":
        said.append("UTC")
    return ", ".join(said)


def _median(sketch: ColumnReference | None) -> float | None:
    """The edge below which half of the training rows lie."""
    if sketch is None or not sketch.edges:
        return None
    half = sum(sketch.counts) / 2
    below = accumulate(sketch.counts)
    return next(
        (edge for edge, count in zip(sketch.edges, below, strict=False) if count >= half), sketch.edges[-1]
    )


def _number(value: float, kind: str) -> str:
    """A number as a person would type it."""
    return str(round(value)) if kind == "integer" else f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def _moment(column: Column) -> str:
    """Whether a column holds days or moments."""
    ends = (column.minimum, column.maximum)
    return "date" if all(end is not None and end % _DAY == 0 for end in ends) else "datetime-local"


def _written(column: Column, value: Json) -> str:
    """An example's value as its control takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if column.kind == "datetime":
        return str(value)[: 10 if _moment(column) == "date" else 19]
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)
