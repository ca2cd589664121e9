"""The person's own query: one statement that reads, told from what a database would misunderstand once it stands in brackets."""

from __future__ import annotations

import re

from fivefold.core.errors import InputError
from fivefold.runtime.frames import near_names

__all__ = ["check_query"]

_EXPECTED = "one statement that only reads, beginning with SELECT or WITH"
_FIRST = ("SELECT", "WITH", "VALUES", "TABLE")
_FIRST_OF = {
    "DuckDB": ("FROM", "PIVOT", "UNPIVOT", "DESCRIBE", "SHOW", "SUMMARIZE"),
    "BigQuery": ("FROM",),
}
"""What a query may begin with besides, by the kind of database."""
_WRITING = {
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "REPLACE",
    "CREATE",
    "ALTER",
    "DROP",
    "TRUNCATE",
    "COPY",
    "GRANT",
    "REVOKE",
}
# What stands for itself, and comments; a quote that is not closed goes to the end.
_QUOTED = re.compile(
    r"(?P<quote>['\"`])(?:(?!(?P=quote)).|(?P=quote){2})*(?:(?P=quote)|$)|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|$)|"
    r"--[^\n]*|/\*.*?(?:\*/|$)",
    re.DOTALL,
)
_TEXT = " '' "
_OWN_WAYS = {"\\", "#"}
"""Signs of texts and comments that only some databases have: where one stands, the database must tell statements apart."""
_SHOWN = 60


def check_query(query: str, kind: str) -> None:
    """Refuse what cannot be a query, before a database says something odd about it.

    A database is asked for the rows of ``(query)``, and ``(SELEC x)`` is to it a table called ``SELEC``.

    Parameters
    ----------
    query : str
        Without the sign that ends it.
    kind : str
        Name of the kind of database.

    Raises
    ------
    InputError
        When it does not begin with a word that reads, or holds several statements.

    Examples
    --------
    >>> check_query("SELECT ';' AS mark -- all; of them", "SQLite")
    >>> check_query("SELEC x FROM visits", "SQLite")
    Traceback (most recent call last):
    ...
    fivefold.core.errors.InputError: The [data] query is not one: it begins with 'SELEC'. ...
    """
    said = _QUOTED.sub(lambda found: _TEXT if found["quote"] or found["tag"] is not None else " ", query)
    shown = " ".join(query.split())
    shown = repr(shown[:_SHOWN]) + ("..." if len(shown) > _SHOWN else "")
    if ";" in said and not _OWN_WAYS & set(query):
        raise InputError(
            "The [data] query holds several statements",
            seen=shown,
            expected=_EXPECTED,
            todo="keep the one whose rows are wanted",
        )
    first = _first_word(said)
    if first.upper() in {*_FIRST, *_FIRST_OF.get(kind, ())}:
        return
    begins = f"it begins with '{first}'" if first.strip("'") else "it begins with no word of SQL"
    near = near_names(first, _FIRST) if first.upper() not in _WRITING else []
    raise InputError(
        f"The [data] query is not one: {begins}",
        seen=shown,
        expected=_EXPECTED,
        todo=f"did you mean {near[0]}? Correct the query"
        if near
        else "write a SELECT; a whole table is read by [data] table, without a query",
    )


def _first_word(said: str) -> str:
    """The word with which a statement begins, brackets and MySQL's comments aside."""
    found = re.match(r"(?:\s|\(|#[^\n]*(?:\n|$))*([^\s(),*]{0,40})", said)
    return found[1] if found is not None else ""
