"""``init``: a commented project file, written after a look at the table."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fivefold.cli.console import say
from fivefold.cli.options import JsonFlag
from fivefold.core import records
from fivefold.core.artefacts import Question
from fivefold.core.credentials import without_password
from fivefold.core.errors import InputError
from fivefold.core.extract import Extract
from fivefold.core.store import write_atomically
from fivefold.data.gather import gather
from fivefold.data.look import look
from fivefold.report.language import plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import ColumnProfile, Profile

__all__ = ["Project", "init", "register"]

_DATA = """[data]
# include = ["column"]        # columns that the model may use; all of them if not given
# exclude = ["column"]        # columns that will not be known when a prediction is needed
# table = "visits"            # table of a database, or sheet of a workbook
# query = "SELECT ..."        # what a database is asked instead of a table
# where = "year >= 2020"      # condition that rows must meet, put to the source
# rows = 1000000              # rows to draw at most; all if not given
# delimiter = ";"             # of delimited text; like decimal, encoding and comment it is found out if not given
# split = "group"             # how rows are kept apart, whatever the plan would choose
# gap = "7d"                  # time left between learning and judging where rows are split by time

# [data.columns]              # what columns are, where the look took them for something else
# code = "category"           # the role, or more: { role = "number", reading = "decimal_comma", missing_values = ["999"] }

# [data.tables.orders]        # another table; its columns are joined as orders.column, as of the main row's time
# source = "orders.csv"
# key = "customer"            # columns of this name in both tables
# time = "ordered"            # only rows before the main row's time count; main_time is the question's time_column
# aggregate = ["count", "mean", "last", "days_since_last"]   # the latest row before if not given
"""
_TRAIN = """[train]
# families = ["lightgbm", "catboost", "linear"]   # what is tried; mlp, extra_trees and xgboost are there too
# final_form = "smallest"                         # serve the smallest model within one standard error of the best one
# learn_from = "training_rows"                    # serve the very model that was judged; otherwise the sealed rows teach it
#                                                 # as well, once they have been read
# increasing = ["income"]                         # the score never falls as these rise, all else being equal
# decreasing = ["debts"]                          # nor does it rise with these
# class_weight = "balanced"                       # all classes count the same, however rare; bends the probabilities
# costs = { "yes" = { "no" = 10 } }               # what it costs to answer "no" where "yes" is true; other wrong answers cost 1
# fairness = ["sex", "age"]                        # how the groups of these fare on the sealed rows, features or not
# start_from = "latest"                           # begin with what won in an earlier run of this question
# deterministic = true                             # the same seed gives the same bundle, byte for byte; nothing is timed
# executor = "ray"                                # do the fits on a Ray cluster (pip install 'fivefold[ray]')

# [train.estimators.forest]                       # estimators of your own, fitted beside the families; needs fivefold[onnx]
# class = "sklearn.ensemble.RandomForestClassifier"   # or function = "my_models:make", of a module beside this file
# n_estimators = 200                              # any of its parameters
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(init)


def init(
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE",
            help="The table: a file, a folder, or an address such as postgresql://me@host/clinic#visits.",
        ),
    ],
    target: Annotated[str, typer.Option("--target", help="The column to predict.")],
    force: Annotated[bool, typer.Option("--force", help="Write over a fivefold.toml that is there.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Look at a table and write a commented fivefold.toml beside you."""
    path = Path("fivefold.toml")
    if path.exists() and not force:
        raise InputError(
            "There is a fivefold.toml here already",
            expected="a folder without one",
            todo="edit it, or write over it with --force",
        )
    with tempfile.TemporaryDirectory() as folder:
        profile = look(gather(Extract(table), Path(folder)), Question(target))
    write_atomically(path, _text(table, target, profile).encode())
    written = Project(str(path), profile.rows, len(profile.columns))
    if as_json:
        say(records.dump(written).decode().rstrip())
        return
    say(
        f"{path} written after a look at {plural(written.rows, 'row')} and {plural(written.columns, 'column')}; now: fivefold run"
    )


@dataclass(frozen=True, slots=True)
class Project:
    """What ``init`` did.

    Attributes
    ----------
    path : str
        The file that was written.
    rows, columns : int
        What was seen of the table.
    """

    path: str
    rows: int
    columns: int


def _text(table: str, target: str, profile: Profile) -> str:
    """Compose the project file."""
    columns = "\n".join(f"#   {_column(column)}" for column in profile.columns)
    return f"""# What Fivefold is asked to do in this folder. Flags and FIVEFOLD_ variables win over this file.

seed = 0                      # of every draw; [train] deterministic makes the same seed give the same model

[question]
source = {_quoted(without_password(table))}
target = {_quoted(target)}
# description = "who asks, and what the answer is for"
# task = "binary"             # binary, multiclass or regression; found out from the target if not given
# metric = "roc_auc"          # or accuracy, log_loss, f1, ...; rmse, mae, r2, ...: docs/steps/train.md has all
# quantile = 0.9              # predict what this share of the outcomes does not pass, instead of a mean
# time_column = ""            # rows are split by this date: the last part is the test
# group_column = ""           # rows of one group never stand on both sides of a split
# weight_column = ""          # how much each row counts: 2 is as good as two rows; no feature

# Seen in the table ({plural(profile.rows, "row")}):
{columns}

{_DATA}
[budget]
time = "5min"                 # a hard deadline for the whole run
# memory = "4GB"              # otherwise most of what is free
# cores = "2"                 # otherwise what the machine allows
# latency = "5ms"             # what one row may take
# size = "20MB"               # what the model may weigh
# money = "0 USD"             # what cloud services may cost

{_TRAIN}
[deploy]
target = "none"               # none: a verified bundle; local: a service on this machine; container: an image
# port = 8080                 # otherwise a free one
# log = "predictions.sqlite"  # where predictions are logged, also a folder or a database; otherwise in the run's folder
# log_mode = "durable"        # an answer is given when it is logged
# log_keep = "30d"            # otherwise for ever
# money = "0 USD"             # what the place may cost a month
# A place's own options stand in [deploy.NAME], prices of your own in [deploy.prices]: docs/targets

[monitor]
# labels = "outcomes.csv"     # what became of the predictions; otherwise what the service was told
# log = "predictions.sqlite"  # the service's log, also a folder or a database; otherwise the run's own

[answers]
# answers to the open questions of the brief: name = value
"""


def _quoted(text: str) -> str:
    """A text as TOML writes it: as JSON does, but for the one control character that JSON lets through."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _column(column: ColumnProfile) -> str:
    """Sum up one column on one line."""
    missing = f", {column.missing:,} missing" if column.missing else ""
    # A comment ends with its line, and no sign may stand in it that nobody can see.
    name = "".join(sign if sign.isprintable() else " " for sign in column.name)
    return f"{name}: {column.role} ({column.distinct:,} different{missing})"
