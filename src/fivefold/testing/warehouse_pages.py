"""Pages of an answer, as BigQuery's REST carries them."""

from __future__ import annotations

import base64
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.testing.warehouse import Answer

__all__ = ["page_of"]

_PAGE = 1000


def page_of(answer: Answer, words: Mapping[str, str]) -> dict[str, Any]:
    """Rows from a page's token on, at most as many as are asked for."""
    begin = int(words.get("pageToken") or words.get("startIndex") or 0)
    most = min(int(words.get("maxResults") or _PAGE), _PAGE)
    whole = words.get("formatOptions.useInt64Timestamp", "").lower() == "true"
    end = begin + most
    # Without that option moments are seconds, with their fraction.
    moments = set() if whole else {at for at, one in enumerate(answer.schema) if one["type"] == "TIMESTAMP"}
    rows = [
        {"f": [{"v": _value(_seconds(cell) if at in moments else cell)} for at, cell in enumerate(row)]}
        for row in answer.rows[begin:end]
    ]
    page: dict[str, Any] = {"totalRows": str(len(answer.rows)), "rows": rows}
    if end < len(answer.rows):
        page["pageToken"] = str(end)
    return page


def _seconds(micros: Any) -> float | None:
    """Microseconds as seconds."""
    return None if micros is None else micros / 1e6


def _value(value: Any) -> Any:
    """A value as REST carries it: text for nearly everything."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list):
        return [{"v": _value(one)} for one in value]
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return repr(value) if isinstance(value, float) else str(value)
