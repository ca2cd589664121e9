"""The table as AutoML takes it: comma-separated values under names that it allows, with a column that says what a row is for.

Sealed rows leave this machine without their target, and come back by their numbers: answers follow no order.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.core.artefacts import FOLD, SINCE
from fivefold.core.errors import InputError
from fivefold.core.objective import level_of
from fivefold.core.tables import read_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from fivefold.core.artefacts import Column
    from fivefold.core.routes import RouteWork
    from fivefold.core.tables import Frame

__all__ = ["NUMBER", "SPLIT", "Table"]

NUMBER, SPLIT, _WEIGHT = "fivefold_row", "fivefold_split", "fivefold_weight"
_OURS = {NUMBER, SPLIT, _WEIGHT}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_FEWEST_ROWS, _MOST_ROWS = 1_000, 100_000_000
_MOST_COLUMNS, _MOST_CLASSES = 1_000, 500
_PART = 250_000
_TRANSFORMATIONS = {"number": "numeric", "text": "text", "date": "timestamp"}
_OBJECTIVES = {
    "binary": {"roc_auc": "maximize-au-roc", "average_precision": "maximize-au-prc"},
    "multiclass": {},
    "regression": {"mae": "minimize-mae", "median_absolute_error": "minimize-mae", "mape": "minimize-mae"},
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table to learn from.

    Attributes
    ----------
    work : RouteWork
    names : dict of str to str
        What each column of the contract, and the target, is called there.
    """

    work: RouteWork
    names: dict[str, str]

    @classmethod
    def of(cls, work: RouteWork) -> Table:
        """Return the table of some work.

        Raises
        ------
        InputError
            When AutoML takes no such table.
        """
        contract = work.contract
        columns = [column.name for column in contract.columns]
        _check(work, len(columns))
        return cls(work, _names([*columns, contract.target]))

    @property
    def target(self) -> str:
        """What the target is called there."""
        return self.names[self.work.contract.target]

    @property
    def objective(self) -> str:
        """What the training makes small or large, by the headline metric."""
        task = self.work.contract.task
        usual = "minimize-rmse" if task == "regression" else "minimize-log-loss"
        return _OBJECTIVES[task].get(self.work.metric, usual)

    def inputs(self, hours: float) -> dict[str, Any]:
        """Return the inputs of a training of so many node hours."""
        contract = self.work.contract
        regression = contract.task == "regression"
        inputs: dict[str, Any] = {
            "targetColumn": self.target,
            "predictionType": "regression" if regression else "classification",
            "optimizationObjective": self.objective,
            "transformations": [self._transformation(column) for column in contract.columns],
            "trainBudgetMilliNodeHours": str(round(hours * 1000)),
            "disableEarlyStopping": False,
        }
        return inputs | ({"weightColumnName": _WEIGHT} if self.work.balanced and not regression else {})

    def parts(self) -> Iterator[bytes]:
        """Write the rows to learn from, some at a time."""
        import polars as pl

        marks, contract = self._marks(), self.work.contract
        kept = [contract.target, *(column.name for column in contract.columns)]
        rows = pl.scan_parquet(self.work.train, glob=False).select(kept)
        for begin in range(0, marks.height, _PART):
            part = self._told(rows.slice(begin, _PART).collect())
            part = part.hstack(marks.slice(begin, _PART)).filter(pl.col(SPLIT) != "")
            yield _csv(part)

    def sealed(self) -> bytes:
        """Write the sealed rows, numbered."""
        columns = [column.name for column in self.work.contract.columns]
        frame = read_parquet(self.work.sealed, columns=columns)
        return _csv(self._told(frame).with_row_index(NUMBER))

    def learned(self) -> int:
        """Rows that a model is fitted on, apart from those that it is checked by."""
        return int((self._marks()[SPLIT] == "TRAIN").sum())

    def _marks(self) -> Frame:
        """What each row is for, and how much it counts where classes are balanced."""
        import polars as pl

        work, target = self.work, self.work.contract.target
        wanted = {target, FOLD, SINCE} if work.split.rolling else {target, FOLD}
        names = [name for name in pl.read_parquet_schema(work.train) if name in wanted]
        frame = read_parquet(work.train, columns=names)
        marks = frame.select(target, _purposes(frame, rolling=work.split.rolling).alias(SPLIT))
        if work.balanced and work.contract.task != "regression":
            share = pl.len() / (pl.len().over(target) * len(work.contract.classes))
            marks = marks.with_columns(share.alias(_WEIGHT))
        return marks.drop(target)

    def _told(self, frame: Frame) -> Frame:
        """Columns under their names there, missing values empty, moments as RFC 3339 has them."""
        import polars as pl

        kinds = {column.name: column for column in self.work.contract.columns}

        def value(name: str) -> pl.Expr:
            told, column, dtype = pl.col(name), kinds.get(name), frame.schema[name]
            if dtype.is_float():
                told = told.fill_nan(None)
            if dtype.is_temporal():
                told = told.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
            elif column is not None and _transformed(column) == "categorical":
                told = told.cast(pl.String)
            return told.alias(self.names[name])

        return frame.select([value(name) for name in frame.columns])

    def _transformation(self, column: Column) -> dict[str, Any]:
        """How a column is to be read."""
        kind = _transformed(column)
        options: dict[str, Any] = {"columnName": self.names[column.name]}
        # Without it, a row that lacks the value would be thrown away.
        return {kind: options | ({"invalidValuesAllowed": True} if kind in {"numeric", "timestamp"} else {})}


def _transformed(column: Column) -> str:
    """What AutoML makes of a column."""
    return _TRANSFORMATIONS.get(column.role, "categorical")


def _purposes(frame: Frame, *, rolling: bool) -> pl.Series:
    """What each row is for: one fold checks, every second row of it for the platform's own figures; empty for rows in between.

    It is the fold that the local training looks at first: the latest of rolling ones.
    """
    import polars as pl

    folds = frame[FOLD]
    judged = int(folds.max() or 0) if rolling else int(folds.filter(folds > 0).min() or 0)  # type: ignore[arg-type]  # numbers
    is_judged = folds == judged
    if rolling:
        learned = frame[SINCE] <= judged if SINCE in frame.columns else folds < judged
    else:
        learned = ~is_judged
    second = is_judged.cast(pl.Int64).cum_sum() % 2 == 0
    marks = pl.DataFrame({"judged": is_judged, "second": second, "learned": learned})
    said = (
        pl.when(pl.col("judged"))
        .then(pl.when(pl.col("second")).then(pl.lit("TEST")).otherwise(pl.lit("VALIDATE")))
        .when(pl.col("learned"))
        .then(pl.lit("TRAIN"))
        .otherwise(pl.lit(""))
    )
    return marks.select(said.alias(SPLIT))[SPLIT]


def _csv(frame: Frame) -> bytes:
    """Comma-separated values; all texts in quotes, as the platform asks."""
    stream = io.BytesIO()
    frame.write_csv(stream, quote_style="non_numeric", null_value="")
    return stream.getvalue()


def _names(columns: Sequence[str]) -> dict[str, str]:
    """Names that AutoML allows, each once whatever its case; those that are allowed already stay."""
    taken = set(_OURS)
    names: dict[str, str] = {}
    for place, column in enumerate(columns):
        plain = column if _NAME.fullmatch(column) else f"c_{re.sub('[^A-Za-z0-9_]', '_', column)}"
        told = plain if plain.lower() not in taken else f"{plain}_{place}"
        taken.add(told.lower())
        names[column] = told
    return names


def _check(work: RouteWork, columns: int) -> None:
    """Refuse a table that the platform would refuse after hours, and a target that it cannot aim at."""
    contract, rows = work.contract, work.split.train_rows
    if level_of(work.metric) is not None:
        raise _unfit("a quantile", work.metric, "a mean, a median or classes")
    if not _FEWEST_ROWS <= rows <= _MOST_ROWS:
        raise _unfit("a table of this length", f"{rows:,} rows", f"{_FEWEST_ROWS:,} to {_MOST_ROWS:,} rows")
    if columns + 3 > _MOST_COLUMNS:
        raise _unfit("a table of this width", f"{columns:,} columns", f"at most {_MOST_COLUMNS - 3} features")
    if len(contract.classes) > _MOST_CLASSES:
        raise _unfit("so many classes", f"{len(contract.classes):,}", f"at most {_MOST_CLASSES}")


def _unfit(what: str, seen: str, expected: str) -> InputError:
    """Say what AutoML does not learn from."""
    return InputError(
        f"Vertex AI's AutoML does not learn {what}",
        seen=seen,
        expected=expected,
        todo='train here alone ([train] where = "local"), or by another route',
    )
