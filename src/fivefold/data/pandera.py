"""The contract as the YAML that pandera reads; written by hand, so that neither pandera nor a YAML library is needed."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fivefold.core.artefacts import Column, Contract, Kind

__all__ = ["pandera_yaml"]

_DTYPES: dict[Kind, str] = {
    "number": "float64",
    "integer": "Int64",
    "boolean": "boolean",
    "string": "str",
    "datetime": "datetime64[ns]",
}
_NANOSECONDS = (-9_223_372_036.0, 9_223_372_036.0)
"""Seconds since 1970 that a nanosecond clock can tell: 1677 to 2262."""
_SIMPLE_KEY = 1_000
"""Letters of a key beyond which YAML wants it marked as one."""
# What JSON leaves as it is and YAML does not take, or not as a character of the text.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def pandera_yaml(contract: Contract) -> str:
    """Return a schema for ``pandera.DataFrameSchema.from_yaml``.

    It describes cleaned values: types are coerced, a missing column, a null where training had none and another type are
    errors; a value outside of the range, and a category that training did not see, are warnings. Further columns are
    allowed.

    Parameters
    ----------
    contract : Contract
    """
    lines = ["schema_type: dataframe", "columns:" if contract.columns else "columns: {}"]
    for column in contract.columns:
        lines += _column(column)
    lines += [
        "checks: null",
        "index: null",
        "coerce: false",
        "strict: false",
        "ordered: false",
        "unique: null",
    ]
    return "\n".join(lines) + "\n"


def _column(column: Column) -> Iterator[str]:
    """Lines that describe one column."""
    name = _text(column.name)
    yield from (f"  {name}:",) if len(name) <= _SIMPLE_KEY else (f"  ? {name}", "  :")
    yield f"    description: {_text(', '.join(word for word in (column.role, column.form) if word))}"
    yield f"    dtype: {_DTYPES[column.kind]}"
    yield f"    nullable: {_word(column.nullable)}"
    checks = [*_range_check(column), *_category_check(column)]
    yield "    checks:" if checks else "    checks: null"
    yield from (f"      {line}" for line in checks)
    yield from ("    unique: false", "    coerce: true", "    required: true", "    regex: false")


def _range_check(column: Column) -> Sequence[str]:
    """The range that training saw; beyond it is worth a warning."""
    low, high = column.minimum, column.maximum
    if low is None or high is None or column.kind == "boolean":
        return ()
    if column.kind == "datetime":
        if low < _NANOSECONDS[0] or high > _NANOSECONDS[1]:
            return ()
        ends = [_text(_moment(math.floor(low))), _text(_moment(math.ceil(high)))]
    elif column.kind == "integer":
        ends = [str(int(low)), str(int(high))]
    else:
        ends = [_number(low), _number(high)]
    return "in_range:", f"  min_value: {ends[0]}", f"  max_value: {ends[1]}", *_MERELY_WARN


def _category_check(column: Column) -> Sequence[str]:
    """The categories that training saw, where all are known."""
    if column.kind != "string" or not column.categories or not column.complete:
        return ()
    return "isin:", f"  value: [{', '.join(map(_text, column.categories))}]", *_MERELY_WARN


_MERELY_WARN = ("  options:", "    raise_warning: true")


def _moment(seconds: int) -> str:
    """A moment as pandera reads it: UTC without zone, whole seconds only."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(sep=" ")


def _number(value: float) -> str:
    """A number that YAML takes for one: ``1e+22`` needs a point before its exponent."""
    written = repr(value)
    return written if "e" not in written or "." in written else written.replace("e", ".0e")


def _text(text: str) -> str:
    """A text between double quotes, every character told without doubt."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _word(value: object) -> str:
    """YAML's words for yes and no."""
    return "true" if value else "false"
