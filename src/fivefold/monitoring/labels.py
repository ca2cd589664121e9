"""Labels: outcomes joined to the predictions that they belong to.

A table of outcomes that carries ``prediction_id`` is joined by it. One that does not is joined by equality of all columns
that it shares with the contract; rows that are alike in all of them are paired in order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Column, Contract
from fivefold.core.errors import InputError, RequestError
from fivefold.report.language import plural
from fivefold.runtime.frames import clean_frame, clean_series, near_names
from fivefold.runtime.values import clean, level

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from fivefold.core.tables import Frame
    from fivefold.core.window import Window

__all__ = ["ID", "KNOWN_AT", "Labelled", "label", "label_as_told"]

ID = "prediction_id"
KNOWN_AT = "known_at"
_ORDER = "__order__"
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Labelled:
    """A window with what is known about the truth.

    Attributes
    ----------
    window : Window
        With ``truth``.
    joined_by : str
        ``prediction_id``, or the columns that were compared.
    matched : int
        Predictions whose truth is now known.
    unusable : int
        Outcomes without a value, or with a class that training never saw.
    alike : int
        Predictions that other predictions equal in all compared columns, so that only the order tells them apart.
    known : tuple of datetime
        When the first and the last of the matched ones were told; empty for a table, which does not say.
    """

    window: Window
    joined_by: str
    matched: int
    unusable: int
    alike: int
    known: tuple[datetime, ...] = ()

    def __str__(self) -> str:
        text = (
            f"{plural(self.matched, 'prediction')} of {self.window.rows.height:,} matched with an outcome, "
            f"by {self.joined_by}"
        )
        if self.known:
            text += f"; known at {' to '.join(f'{moment:%Y-%m-%d %H:%M:%S}' for moment in self.known)} UTC"
        if self.unusable:
            text += f"; {plural(self.unusable, 'outcome')} could not be used (empty, or a class that training never saw)"
        if self.alike:
            text += f"; {plural(self.alike, 'prediction')} with a twin, paired in order"
        return text


def label(window: Window, outcomes: Frame) -> Labelled:
    """Join outcomes to a window.

    Parameters
    ----------
    window : Window
    outcomes : Frame
        One row per outcome: the target, and ``prediction_id`` or some of the contract's columns.

    Raises
    ------
    InputError
        When the target is not among the columns, none of its values can be used, there is nothing to join by, or nothing matched.
    """
    contract = window.contract
    _need_target(contract, outcomes)
    truth = _truth(contract, outcomes[contract.target])
    usable = int(truth.is_not_null().sum())
    if not usable:
        raise _none_usable(contract, outcomes[contract.target])
    if ID in outcomes.columns:
        known, joined_by, alike = _by_id(window, outcomes, truth), f"'{ID}'", 0
    else:
        shared = _shared(contract, outcomes)
        known, alike = _by_columns(window, shared, outcomes, truth)
        names = [f"'{column.name}'" for column in shared]
        joined_by = f"{len(names)} shared columns" if len(names) > _NEAR else " and ".join(names)
    matched = int(known.is_not_null().sum())
    if window.rows.height and not matched:
        raise _nothing_matched(window, outcomes, joined_by)
    labelled = replace(window, truth=known.rename("truth").to_frame())
    return Labelled(labelled, joined_by, matched, outcomes.height - usable, alike)


def label_as_told(window: Window, told: Frame) -> Labelled | None:
    """Join the labels that the service was told; of several for one prediction the last counts.

    Parameters
    ----------
    window : Window
    told : Frame
        As :func:`fivefold.service.log.read_labels` gives them. Those of other predictions than the window's are passed over:
        services of several versions may share a log, and a label may come to another service than the prediction.

    Returns
    -------
    Labelled or None
        Its ``truth`` also has ``known_at``: when the label arrived. None when nothing was told of these predictions.
    """
    here = told.join(window.scores.select(ID).unique(), on=ID, how="semi", maintain_order="left")
    latest = here.unique(subset=ID, keep="last", maintain_order=True)
    if not latest.height:
        return None
    truth = _truth(window.contract, latest["label"]).rename("truth")
    usable = truth.is_not_null()
    known = latest.select(ID, KNOWN_AT).with_columns(truth).filter(usable)
    joined = window.scores.select(ID).join(known, on=ID, how="left", maintain_order="left")
    matched, times = int(joined["truth"].is_not_null().sum()), known[KNOWN_AT]
    span = tuple(moment for moment in (times.min(), times.max()) if isinstance(moment, datetime))
    labelled = replace(window, truth=joined.select("truth", KNOWN_AT))
    return Labelled(labelled, f"'{ID}'", matched, latest.height - known.height, 0, span)


def _need_target(contract: Contract, outcomes: Frame) -> None:
    """Refuse a table without the target, naming what comes near."""
    if contract.target in outcomes.columns:
        return
    near = near_names(contract.target, outcomes.columns)
    raise InputError(
        f"The table of outcomes has no column '{contract.target}'",
        seen=", ".join(outcomes.columns),
        expected=f"a column named '{contract.target}' with what really happened",
        todo=f"rename {' or '.join(repr(name) for name in near)}" if near else "add that column",
    )


def _truth(contract: Contract, values: pl.Series) -> pl.Series:
    """The target as numbers, or as the contract's class labels; null where it cannot be used."""
    import polars as pl

    if contract.task == "regression":
        column = Column(contract.target, "number", "number", nullable=True, reading="words")
        return clean_series(values, column, strict=False)
    labels = {_class_key(name, contract): name for name in contract.classes}
    keys = {value: _class_key(value, contract) for value in values.unique().to_list()}
    truth = [labels.get(keys[value] or "") for value in values.to_list()]
    return pl.Series(contract.target, truth, dtype=pl.String)


def _class_key(value: object, contract: Contract) -> str | None:
    """What two spellings of one class have in common: ``1``, ``1.0`` and ``"1"``; ``yes`` and ``True`` of a boolean."""
    try:
        return level(clean(value, Column(contract.target, "category", contract.target_kind, nullable=True)))
    except RequestError:
        return None


def _by_id(window: Window, outcomes: Frame, truth: pl.Series) -> pl.Series:
    """Join by the prediction's id; of two outcomes for one id the later row counts, if it can be used."""
    import polars as pl

    table = pl.DataFrame({ID: outcomes[ID].cast(pl.String), "truth": truth}).drop_nulls("truth")
    latest = table.unique(subset=ID, keep="last", maintain_order=True)
    return window.scores.select(ID).join(latest, on=ID, how="left", maintain_order="left")["truth"]


def _shared(contract: Contract, outcomes: Frame) -> tuple[Column, ...]:
    """The contract's columns that the log holds and the outcomes carry too."""
    logged = [column for column in contract.columns if not column.personal]
    shared = tuple(replace(column, nullable=True) for column in logged if column.name in outcomes.columns)
    if not shared:
        raise InputError(
            "The outcomes cannot be joined to the logged predictions",
            seen=f"columns {', '.join(outcomes.columns)}",
            expected=f"'{ID}' (each answer of the service carries one), or columns that were sent and are no personal data",
            todo=f"add '{ID}', or some of: {', '.join(column.name for column in logged[:8])}",
        )
    return shared


def _by_columns(
    window: Window, shared: tuple[Column, ...], outcomes: Frame, truth: pl.Series
) -> tuple[pl.Series, int]:
    """Join by equality of cleaned values; the k-th of several equal rows takes the k-th of the equal outcomes, be it of use or not."""
    names = [column.name for column in shared]
    cleaned = clean_frame(outcomes.select(names), _only(window.contract, shared), strict=False)
    right = _numbered(cleaned, names).with_columns(truth.rename("truth"))
    left = _numbered(window.rows.select(names), names)
    joined = left.join(right, on=[*names, _ORDER], how="left", nulls_equal=True, maintain_order="left")
    alike = int(window.rows.select(names).is_duplicated().sum()) if window.rows.height else 0
    return joined["truth"], alike


def _numbered(table: Frame, names: Iterable[str]) -> Frame:
    """Number equal rows in their order."""
    import polars as pl

    return table.with_columns(pl.int_range(pl.len()).over(list(names)).alias(_ORDER))


def _only(contract: Contract, columns: tuple[Column, ...]) -> Contract:
    """A contract of these columns alone."""
    return replace(contract, columns=columns)


def _none_usable(contract: Contract, values: pl.Series) -> InputError:
    """Show what stands where outcomes should."""
    said = values.drop_nulls().unique(maintain_order=True).head(_NEAR).to_list()
    return InputError(
        f"None of {plural(values.len(), 'outcome')} in '{contract.target}' can be used",
        seen=", ".join(map(repr, said)) or "no value",
        expected=f"one of the classes {', '.join(contract.classes)}" if contract.classes else "a number",
        todo="write outcomes as the training table does, or run the monitor without --labels until there are some",
    )


def _nothing_matched(window: Window, outcomes: Frame, joined_by: str) -> InputError:
    """Show one row of either side, so that the difference can be seen."""
    names = [ID] if ID in outcomes.columns else [column.name for column in _shared(window.contract, outcomes)]
    logged = window.scores if ID in outcomes.columns else window.rows
    ours, theirs = logged.select(names).row(0, named=True), outcomes.select(names).row(0, named=True)
    return InputError(
        f"None of {plural(outcomes.height, 'outcome')} belongs to a logged prediction (compared by {joined_by})",
        seen=f"first outcome {_brief(theirs)}; first prediction {_brief(ours)}",
        expected="equal values on both sides",
        todo=f"check that the outcomes are of this release, or give '{ID}' as the service answered it",
    )


def _brief(row: dict[str, object]) -> str:
    """A row in few words."""
    return ", ".join(f"{name}={value!r}" for name, value in list(row.items())[:_NEAR])
