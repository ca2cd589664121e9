"""Personal data among the columns: said, so that the person can decide whether it belongs in a model at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding
from fivefold.data.examples import HIDDEN, example_rows
from fivefold.data.personal import find_personal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import CheckedTable

__all__ = ["PersonalData"]


class PersonalData:
    """Names the columns whose values tell who somebody is; none of the values is shown."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column."""
        roles = {column.name: column.role for column in table.contract.columns}
        findings = []
        for name, found in find_personal(table.frame, table.contract.columns).items():
            some = "" if found.share >= 0.5 else "some rows of "
            kept = "its values are kept out of the prediction log, of golden rows and of examples"
            shown = example_rows(table, found.rows, [name])
            findings.append(
                Finding(
                    check="personal",
                    severity="info" if roles[name] == "identifier" else "warning",
                    columns=(name,),
                    what=f"{some}'{name}' hold{'' if some else 's'} {found.what}",
                    figures={"share": round(found.share, 4)},
                    done=f"{kept}; its drift cannot be watched",
                    question=""
                    if roles[name] == "identifier"
                    else f"Does the model need '{name}'? If not, leave it out: exclude = [\"{name}\"] under [data]; if it tells about "
                    "nobody, say so under [data.columns]: personal = false.",
                    examples=tuple(row | {name: HIDDEN} for row in shown),
                )
            )
        return findings
