"""The target ``bigquery`` over the real protocols: what is made, by which statements, at which price, and what is left."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fivefold.core.artefacts import Resource
from fivefold.core.budget import Budget
from fivefold.core.errors import BudgetError, InputError, MisuseError, SettingsError, StepError
from fivefold.core.journal import Journal
from fivefold.deployment.prices import check_money
from fivefold.deployment.targets.bigquery.target import BigQueryTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.refusals import Refusal
from fivefold.testing.targets import TargetSuite, tiny_bundle, tiny_workbench
from fivefold.testing.warehouse import Table
from tests.deployment.bigquery.conftest import ORDER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fivefold.core.protocols import Target
    from tests.deployment.bigquery.conftest import Cloud

MODEL = "clinic.ward.fivefold_shown"


class TestBigQueryTarget(TargetSuite):
    standing = "ready"
    order = ORDER

    @pytest.fixture(autouse=True)
    def services(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def make(self) -> Target:
        return BigQueryTarget()

    def inventory(self, live: Path) -> Collection[str]:
        del live
        return self.cloud.inventory()

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        begun = '"maximumBytesBilled"'
        lost = [
            ("POST /upload", 0, True),
            ('"dryRun": true, "query": {"query": "CREATE', 0, True),
            (begun, 0, False),
            ("ML.PREDICT", 0, True),
            (begun, 2, False),
            ("PATCH", 0, True),
        ]
        faults = [self.refusing(*place, done=done) for place in lost for done in (False, True)]
        return [*faults, self.refusing("DELETE", 0, True, done=False)]

    @contextlib.contextmanager
    def refusing(self, word: str, after: int, harmless: bool, *, done: bool) -> Iterator[None]:
        """Lose the connection before or after the service has done its work; what is harmless is asked for twice.

        What is not is looked for by its name instead, and the connection is lost then, too.
        """
        refusal = Refusal(word, 0, after=after, done=done, times=1 + harmless)
        looked = [] if harmless else [Refusal("/jobs/fivefold_", 0, times=2)]
        for service in (self.cloud.storage, self.cloud.warehouse):
            service.refusals.planned = [refusal, *looked]
        try:
            yield
        finally:
            for service in (self.cloud.storage, self.cloud.warehouse):
                service.refusals.planned = []
        assert not refusal.times, "the fault was never met"


def test_every_statement_is_tried_out_first_and_capped_labelled_and_timed(
    cloud: Cloud, tmp_path: Path
) -> None:
    release = BigQueryTarget().push(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), ORDER)
    version = release.bundle_digest.removeprefix("sha256:")
    address = f"gs://models/fivefold/{version[:16]}/model.onnx"
    trial = f"{MODEL}_trial_{version[:16]}"
    assert [job.dry for job in cloud.warehouse.jobs] == [True, False, True, True, False, True, False]
    create, created, shape, ask, asked, place, placed = cloud.warehouse.jobs
    assert (create.statement, place.statement) == (created.statement, placed.statement)
    for made, name in ((created, trial), (placed, MODEL)):
        assert made.statement == (
            f"CREATE OR REPLACE MODEL `{name}`\nOPTIONS (MODEL_TYPE = 'ONNX', MODEL_PATH = '{address}')"
        )
    assert shape.statement == ask.statement == asked.statement
    assert asked.statement.startswith(
        "SELECT `fivefold_row`, `label`, `probabilities`[OFFSET(1)] AS score, `probabilities`\n"
        f"FROM ML.PREDICT(MODEL `{trial}`, (\n"
        "  SELECT\n"
        "    `fivefold_row`,\n"
        "    IFNULL(CAST(`age` AS FLOAT64), CAST('NaN' AS FLOAT64)) AS `age`,\n"
        "    IFNULL(`price`, CAST('NaN' AS FLOAT64)) AS `price`,\n"
        "    IFNULL(CAST(CAST(`member` AS INT64) AS FLOAT64), CAST('NaN' AS FLOAT64)) AS `member`,\n"
        "    IFNULL(TRIM(`city`), '') AS `city`,\n"
        "    IFNULL(UNIX_MICROS(`joined`) / 1e6, CAST('NaN' AS FLOAT64)) AS `joined`\n"
        "  FROM UNNEST(ARRAY<STRUCT<fivefold_row INT64, `age` INT64, `price` FLOAT64, `member` BOOL, `city` STRING, "
        "`joined` TIMESTAMP>>[\n"
        "    (0, 31, 9.5, TRUE, 'Oslo', TIMESTAMP '2016-04-29 18:38:08.000000+00'),\n"
        "    (1, 54, NULL, FALSE, 'Paris', NULL),\n"
    )
    assert asked.statement.endswith("\n  ])\n))\nORDER BY fivefold_row")
    for job in (created, asked, placed):
        assert job.most == 1, "nothing is read, so nothing may be billed"
        assert job.labels == {"made_by": "fivefold", "bundle": version[:32]}
        assert 1000 <= job.patience <= 30_000
    assert release.address == "bigquery://clinic/ward.fivefold_shown"
    assert release.resources == (Resource("object", address), Resource("model", MODEL))
    assert cloud.inventory() == [each.name for each in release.resources]
    assert any(re.search(r"43 rows compared: largest difference [\d.]+e-\d+", note) for note in release.notes)
    assert cloud.warehouse.models.models["ward", "fivefold_shown"].labels["bundle"] == version[:32]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("lists", [False, True])
def test_either_form_of_a_single_value_is_understood(
    cloud: Cloud, tmp_path: Path, task: str, lists: bool
) -> None:
    cloud.warehouse.models.lists = lists
    bundle = tiny_bundle(tmp_path / "bundle", task=task)  # type: ignore[arg-type]  # one of the three
    bench = tiny_workbench(tmp_path)
    release = BigQueryTarget().push(bundle, bench, ORDER)
    assert release.golden.max_difference < 1e-12
    (asked,) = (
        job.statement for job in cloud.warehouse.jobs if "ML.PREDICT" in job.statement and not job.dry
    )
    assert ("[OFFSET(0)]" in asked) is lists
    assert ("[OFFSET(0)]" in (bench.folder / "score.sql").read_text()) is lists


def test_a_table_is_scored_by_the_statement_that_is_written_down(cloud: Cloud, tmp_path: Path) -> None:
    cloud.warehouse.warehouse.run(
        "CREATE SCHEMA ward; CREATE TABLE ward.visits AS SELECT * FROM (VALUES "
        "(7, 31::DOUBLE, 9.5::DECIMAL(9, 2), 1, ' Oslo ', TIMESTAMP '2016-04-29 18:38:08'), "
        "(8, 54::DOUBLE, NULL, 0, 'Paris', NULL), "
        "(9, 18::DOUBLE, 77.25::DECIMAL(9, 2), NULL, NULL, TIMESTAMP '1999-12-31 00:00:00')) "
        "AS t(id, Age, price, member, city, joined)"
    )
    cloud.warehouse.warehouse.adopt(Table("ward", "visits"))
    order = replace(ORDER, options={**ORDER.options, "table": "ward.visits", "keep": "id, Age"})
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    plan = BigQueryTarget().plan(bundle, bench, order)
    assert "the columns of clinic.ward.visits can be read as the model takes them" in plan.checked
    release = BigQueryTarget().push(bundle, bench, order)
    written = (bench.folder / "score.sql").read_text()
    assert written == (
        f"-- Scores a table with the model {MODEL}.\n"
        "-- probabilities stand in this order: 'no', 'yes'\n"
        "SELECT `id`, `kept_Age`, `label`, `probabilities`[OFFSET(1)] AS score, `probabilities`\n"
        f"FROM ML.PREDICT(MODEL `{MODEL}`, (\n"
        "  SELECT\n"
        "    `id`,\n"
        "    `Age` AS `kept_Age`,\n"
        "    IFNULL(`Age`, CAST('NaN' AS FLOAT64)) AS `age`,\n"
        "    IFNULL(CAST(`price` AS FLOAT64), CAST('NaN' AS FLOAT64)) AS `price`,\n"
        "    IFNULL(CASE `member` WHEN 1 THEN 1.0 WHEN 0 THEN 0.0 "
        "ELSE IF(`member` IS NULL, NULL, ERROR('member is neither 0 nor 1')) END, CAST('NaN' AS FLOAT64)) AS `member`,\n"
        "    IFNULL(TRIM(`city`), '') AS `city`,\n"
        "    IFNULL(UNIX_MICROS(TIMESTAMP(`joined`)) / 1e6, CAST('NaN' AS FLOAT64)) AS `joined`\n"
        "  FROM `clinic.ward.visits`\n"
        "));\n"
    )
    assert any("for clinic.ward.visits; scoring all of it reads 10" in note for note in release.notes)
    answer = cloud.warehouse.models.query(written, dry=False)
    golden = load_bundle(bundle.folder).golden
    assert [row[:3] for row in answer.rows] == [
        (position, row.row["age"], row.answer["label"])
        for position, row in zip((7, 8, 9), golden, strict=True)
    ]
    assert [row[3] for row in answer.rows] == pytest.approx(
        [row.answer["score"] for row in golden], abs=1e-12
    )


def test_the_price_of_a_month_is_known_before_and_refused_over_the_money(
    cloud: Cloud, tmp_path: Path
) -> None:
    plan = BigQueryTarget().plan(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), ORDER)
    assert [charge.name for charge in plan.charges] == ["its file in Cloud Storage", "the model in BigQuery"]
    assert plan.monthly == pytest.approx(0.02)
    assert [made.kind for made in plan.makes] == ["object", "model"]
    with pytest.raises(BudgetError):
        check_money(plan, ORDER, Budget(time=1, memory=1, cores=1))
    assert cloud.inventory() == []


def test_another_bundle_takes_the_place_and_leaves_no_file_behind(cloud: Cloud, tmp_path: Path) -> None:
    bench = tiny_workbench(tmp_path)
    first = BigQueryTarget().push(tiny_bundle(tmp_path / "first"), bench, ORDER)
    second = BigQueryTarget().push(tiny_bundle(tmp_path / "second", bias=0.5), bench, ORDER)
    assert "took the place of an older model of that name" in second.notes
    assert cloud.inventory() == [each.name for each in second.resources]
    assert first.resources[0] != second.resources[0]


def test_a_model_of_somebody_else_is_left_alone(cloud: Cloud, tmp_path: Path) -> None:
    BigQueryTarget().push(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), ORDER)
    cloud.warehouse.models.models["ward", "fivefold_shown"].labels.clear()
    with pytest.raises(MisuseError, match="that Fivefold did not make"):
        BigQueryTarget().push(tiny_bundle(tmp_path / "other"), tiny_workbench(tmp_path / "other-run"), ORDER)


def test_a_model_that_another_run_put_in_its_place_is_not_removed_with_it(
    cloud: Cloud, tmp_path: Path
) -> None:
    first, second = tiny_workbench(tmp_path / "first-run"), tiny_workbench(tmp_path / "second-run")
    older = BigQueryTarget().push(tiny_bundle(tmp_path / "first"), first, ORDER)
    newer_bundle = tiny_bundle(tmp_path / "second", bias=0.5)
    plan = BigQueryTarget().plan(newer_bundle, second, ORDER)
    assert f"the model {MODEL} of another bundle is there, and is replaced" in plan.checked
    newer = BigQueryTarget().push(newer_bundle, second, ORDER)
    target = BigQueryTarget()
    assert (target.status(older), target.status(newer)) == ("stopped", "ready")
    assert target.remove(older, first.live), "its file was there"
    assert cloud.inventory() == [each.name for each in newer.resources]
    assert target.remove(newer, second.live)
    assert cloud.inventory() == []


@pytest.mark.slow
def test_an_earlier_run_that_is_deployed_again_takes_its_place_back(cloud: Cloud, tmp_path: Path) -> None:
    target = BigQueryTarget()
    runs = [
        (tiny_bundle(tmp_path / str(at), bias=at / 4), tiny_workbench(tmp_path / f"run-{at}"))
        for at in (1, 2)
    ]
    earlier, later = (target.push(bundle, bench, ORDER) for bundle, bench in runs)
    assert (target.status(earlier), target.status(later)) == ("stopped", "ready")
    target.push(*runs[0], ORDER)
    assert (target.status(earlier), target.status(later)) == ("ready", "stopped")
    for release, (_, bench) in zip((later, earlier), runs[::-1], strict=True):
        assert target.remove(release, bench.live)
    assert cloud.inventory() == []


def test_what_another_run_made_of_the_same_bundle_stays_when_this_one_goes(
    cloud: Cloud, tmp_path: Path
) -> None:
    bundle, target = tiny_bundle(tmp_path / "bundle"), BigQueryTarget()
    theirs, ours = tiny_workbench(tmp_path / "theirs"), tiny_workbench(tmp_path / "ours")
    release = target.push(bundle, theirs, ORDER)
    same = target.push(bundle, ours, ORDER)
    assert same.resources == release.resources
    for _ in range(2):
        assert not target.remove(same, ours.live)
        assert cloud.inventory() == [each.name for each in release.resources]
    assert target.remove(release, theirs.live)
    assert cloud.inventory() == []


def test_an_earlier_model_of_the_same_run_goes_with_it(cloud: Cloud, tmp_path: Path) -> None:
    bench = tiny_workbench(tmp_path)
    BigQueryTarget().push(tiny_bundle(tmp_path / "first"), bench, ORDER)
    cloud.warehouse.refusals.planned = [Refusal("CREATE OR REPLACE", 403, "accessDenied", "no")]
    with pytest.raises(MisuseError):
        BigQueryTarget().push(tiny_bundle(tmp_path / "second", bias=0.5), bench, ORDER)
    assert BigQueryTarget().remove(None, bench.live)
    assert cloud.inventory() == []


def test_classes_cannot_leave_the_comment_that_names_them(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    classes = ("no", "yes\nDROP TABLE ward.visits; --")
    monkeypatch.setattr(
        "fivefold.deployment.targets.bigquery.draft.Draft.contract",
        property(lambda draft: replace(draft.predictor.contract, classes=classes)),
    )
    BigQueryTarget().push(bundle, bench, ORDER)
    lines = (bench.folder / "score.sql").read_text().splitlines()
    assert lines[1].endswith("'no', 'yes\\nDROP TABLE ward.visits; --'")
    assert lines[2].startswith("SELECT")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"dataset": "ward"}, "project"),
        ({"project": "clinic/../other"}, "project"),
        ({"table": "ward.visits`, `other.t"}, "table"),
        ({"bucket": "gs://models"}, "bucket"),
        ({"model": "no show"}, "model"),
        ({"rows": 0}, "rows"),
        ({"table": "visits"}, "table"),
        ({"connection": "mine"}, "connection"),
        ({"endpoint": "ftp://here"}, "endpoint"),
        ({"folder": "a b"}, "folder"),
    ],
)
def test_options_that_cannot_be_used_are_named(
    tmp_path: Path, options: dict[str, str | int], named: str
) -> None:
    order = replace(ORDER, options={**ORDER.options, **options})
    with pytest.raises(SettingsError, match=f"'{named}'"):
        BigQueryTarget().plan(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), order)


def test_a_bucket_must_be_named(tmp_path: Path) -> None:
    order = replace(ORDER, options={"dataset": "clinic.ward"})
    with pytest.raises(InputError, match="needs a bucket"):
        BigQueryTarget().plan(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), order)


@pytest.mark.parametrize(
    ("refusal", "kind", "said"),
    [
        (
            Refusal("POST /upload", 403, "forbidden", "no storage.objects.create"),
            MisuseError,
            "not permitted",
        ),
        (
            Refusal("CREATE OR REPLACE", 403, "accessDenied", "no bigquery.models.create"),
            MisuseError,
            "not permitted",
        ),
        (Refusal("ML.PREDICT", 403, "quotaExceeded", "too many jobs"), StepError, "quota"),
        (Refusal("PATCH", 401, "authError", "token expired", times=2), InputError, "let you in"),
        (
            Refusal("CREATE OR REPLACE", 400, "invalidQuery", "no such thing"),
            StepError,
            "cannot make the model",
        ),
    ],
)
def test_a_fault_is_one_clear_error_and_the_same_command_goes_on(
    cloud: Cloud, tmp_path: Path, refusal: Refusal, kind: type[Exception], said: str
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    for service in (cloud.storage, cloud.warehouse):
        service.refusals.planned = [refusal]
    with pytest.raises(kind, match=said) as caught:
        BigQueryTarget().push(bundle, bench, ORDER)
    assert refusal.message in str(caught.value)
    assert "the same command goes on" in str(caught.value)
    journal = Journal(bench.live, "bigquery")
    assert not journal.whole
    assert set(cloud.inventory()) <= {entry.resource.name for entry in journal.entries}
    release = BigQueryTarget().push(bundle, bench, ORDER)
    assert cloud.inventory() == [each.name for each in release.resources]
    assert Journal(bench.live, "bigquery").whole


def test_a_data_set_or_a_bucket_that_is_not_there_is_named_before_anything_is_made(
    cloud: Cloud, tmp_path: Path
) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    for wrong in ({"dataset": "clinic.nowhere"}, {"bucket": "nowhere"}):
        with pytest.raises(InputError, match="something is not there") as caught:
            BigQueryTarget().push(
                bundle, tiny_workbench(tmp_path), replace(ORDER, options={**ORDER.options, **wrong})
            )
        assert "nowhere" in caught.value.seen
    assert cloud.inventory() == []


def test_a_table_that_lacks_a_column_is_named_before_anything_is_made(cloud: Cloud, tmp_path: Path) -> None:
    cloud.warehouse.warehouse.run(
        "CREATE SCHEMA ward; CREATE TABLE ward.visits AS SELECT 1 AS id, 'a' AS joined"
    )
    cloud.warehouse.warehouse.adopt(Table("ward", "visits"))
    order = replace(ORDER, options={**ORDER.options, "table": "ward.visits"})
    with pytest.raises(InputError, match="lacks a column") as caught:
        BigQueryTarget().push(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), order)
    assert caught.value.expected == "'age'"
    assert cloud.inventory() == []
