"""Mojibake: texts that were written in one encoding and read in another, such as ``cafÃ©`` for ``café``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import HIDDEN, example_rows
from fivefold.report.language import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

__all__ = ["Mojibake"]

_SUSPECT = "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|\ufffd"
_LOOKED_AT = 1_000


class Mojibake:
    """Finds texts that become readable when they are written back as Windows-1252 or Latin-1 and read as UTF-8."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column."""
        found = (_inspect(table, column) for column in table.contract.columns if column.kind == "string")
        return [finding for finding in found if finding is not None]


def _inspect(table: CheckedTable, column: Column) -> Finding | None:
    """Look at one column."""
    values = table.frame[column.name]
    suspect = values.str.contains(_SUSPECT).fill_null(value=False)
    if not suspect.any():
        return None
    texts = values.filter(suspect).unique(maintain_order=True).head(_LOOKED_AT).to_list()
    meant = {text: _repaired(text) for text in texts}
    broken = [text for text, repaired in meant.items() if repaired is not None]
    if not broken:
        return None
    rows = values.is_in(broken).fill_null(value=False)
    first = broken[0]
    shown = "" if column.personal or len(first) > 60 else f", such as '{first}' for '{meant[first]}'"
    shown = ", with signs that were lost" if "\ufffd" in first and shown else shown
    count = int(rows.sum())
    return Finding(
        check="mojibake",
        severity="warning",
        columns=(column.name,),
        what=f"{plural(count, 'value')} of '{column.name}' {'was' if count == 1 else 'were'} read in the wrong encoding{shown}",
        figures={"rows": count, "share": round(count / max(1, values.len()), 4), "different": len(broken)},
        done="nothing: they are other values to the model than the same words written right",
        question="Can the table be written again as UTF-8, or its encoding be said (encoding under [data])?",
        examples=tuple(
            row | ({column.name: HIDDEN} if column.personal else {})
            for row in example_rows(table, np.flatnonzero(rows.to_numpy()).tolist(), [column.name])
        ),
    )


def _repaired(text: str) -> str | None:
    """Return the text as it was meant; itself where a sign is lost for good; None when nothing is wrong with it."""
    if "\ufffd" in text:
        return text
    for encoding in ("cp1252", "latin-1"):
        try:
            repaired = text.encode(encoding).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        if repaired != text:
            return repaired
    return None
