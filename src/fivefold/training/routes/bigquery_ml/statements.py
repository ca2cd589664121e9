"""The statements that are spoken with BigQuery ML: exact text, so that a person can read and repeat each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.cloud.literals import literal, quoted
from fivefold.training.routes.bigquery_ml.rows import EVAL, ROW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fivefold.cloud.names import Name
    from fivefold.core.artefacts import Task
    from fivefold.core.orders import Option

__all__ = ["create_model", "evaluate", "options_for", "predict"]

_LINEAR: dict[str, Option] = {
    "L2_REG": 0.1,
    "MAX_ITERATIONS": 50,
    "EARLY_STOP": True,
    "MIN_REL_PROGRESS": 0.001,
}
_TREES: dict[str, Option] = {
    "BOOSTER_TYPE": "GBTREE",
    "TREE_METHOD": "HIST",
    "MAX_TREE_DEPTH": 6,
    "SUBSAMPLE": 0.8,
    "LEARN_RATE": 0.1,
    "MAX_ITERATIONS": 200,
    "EARLY_STOP": True,
    # The service stops once a round gains less than this share; its default of 1 % ends small steps far too early.
    "MIN_REL_PROGRESS": 0.0005,
}


def options_for(model: str, task: Task, *, balanced: bool) -> dict[str, Option]:
    """Return the options of a model besides its label and its split.

    Parameters
    ----------
    model : {"boosted_trees", "linear"}
    task : Task
    balanced : bool

    Examples
    --------
    >>> options_for("linear", "regression", balanced=False)["MODEL_TYPE"]
    'LINEAR_REG'
    """
    regression = task == "regression"
    if model == "linear":
        kind, options = "LINEAR_REG" if regression else "LOGISTIC_REG", _LINEAR
    else:
        kind, options = f"BOOSTED_TREE_{'REGRESSOR' if regression else 'CLASSIFIER'}", _TREES
    weights: dict[str, Option] = {"AUTO_CLASS_WEIGHTS": True} if balanced and not regression else {}
    return {"MODEL_TYPE": kind, **options, **weights}


def create_model(
    model: Name, table: Name, columns: Sequence[str], label: str, options: Mapping[str, Option]
) -> str:
    """Return the statement that trains a model, in place of one that is there.

    Parameters
    ----------
    model, table : Name
    columns : sequence of str
        The features there.
    label : str
    options : mapping of str to (str | int | float | bool)

    Examples
    --------
    >>> from fivefold.cloud.names import Name
    >>> model, table = Name("clinic", "ward", "shown"), Name("clinic", "ward", "visits")
    >>> print(create_model(model, table, ["age"], "shown", {"MODEL_TYPE": "LOGISTIC_REG"}))
    CREATE OR REPLACE MODEL `clinic.ward.shown`
    OPTIONS (
      MODEL_TYPE = 'LOGISTIC_REG',
      INPUT_LABEL_COLS = ['shown'],
      DATA_SPLIT_METHOD = 'CUSTOM',
      DATA_SPLIT_COL = 'fivefold_eval'
    ) AS
    SELECT `age`, `shown`, `fivefold_eval`
    FROM `clinic.ward.visits`
    """
    kind, *others = [f"{name} = {literal(value)}" for name, value in options.items()]
    split = [
        f"INPUT_LABEL_COLS = [{literal(label)}]",
        "DATA_SPLIT_METHOD = 'CUSTOM'",
        f"DATA_SPLIT_COL = {literal(EVAL)}",
    ]
    told = ",\n  ".join((kind, *split, *others))
    shown = ", ".join(quoted(name) for name in (*columns, label, EVAL))
    return (
        f"CREATE OR REPLACE MODEL {model.quoted}\nOPTIONS (\n  {told}\n) AS\n"
        f"SELECT {shown}\nFROM {table.quoted}"
    )


def evaluate(model: Name) -> str:
    """Return the statement that asks for the service's own figures, on the rows that it kept aside.

    Examples
    --------
    >>> from fivefold.cloud.names import Name
    >>> evaluate(Name("clinic", "ward", "shown"))
    'SELECT * FROM ML.EVALUATE(MODEL `clinic.ward.shown`)'
    """
    return f"SELECT * FROM ML.EVALUATE(MODEL {model.quoted})"  # noqa: S608 - as above


def predict(model: Name, table: Name, columns: Sequence[str], label: str, *, classes: bool) -> str:
    """Return the statement that asks for answers, each with its row; of classes all probabilities, by their labels, as JSON.

    Parameters
    ----------
    model, table : Name
    columns : sequence of str
        The features there.
    label : str
    classes : bool
    """
    answer = quoted(f"predicted_{label}")
    if classes:
        answer = f"TO_JSON_STRING({quoted(f'predicted_{label}_probs')}) AS probabilities"
    asked = ", ".join(quoted(name) for name in (*columns, ROW))
    return (
        f"SELECT {ROW}, {answer}\n"  # noqa: S608 - as above
        f"FROM ML.PREDICT(MODEL {model.quoted}, (\n"
        f"  SELECT {asked}\n"
        f"  FROM {table.quoted}\n"
        "))\n"
        f"ORDER BY {ROW}"
    )
