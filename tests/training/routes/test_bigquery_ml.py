"""The route ``bigquery-ml`` over the real protocol: what is sent and made, by which statements, at which price, and what is left."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fivefold.core.errors import BudgetError, InputError, MisuseError, SettingsError, StepError
from fivefold.core.orders import Order
from fivefold.core.routes import route_journals
from fivefold.testing.refusals import Refusal
from fivefold.testing.routes import RouteSuite, route_bench, route_work
from fivefold.training.route_plans import check_plan
from fivefold.training.routes.bigquery_ml.route import BigQueryMLRoute

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fivefold.core.protocols import Route
    from fivefold.testing.bigquery import BigQueryEmulator

ORDER = Order(options={"dataset": "clinic.ward", "seconds": 60})
LINEAR = replace(ORDER, options={**ORDER.options, "model": "linear"})


def inventory(warehouse: BigQueryEmulator) -> list[str]:
    """All that stands there."""
    return [
        f"clinic.{dataset}.{name}"
        for dataset, name in (*warehouse.warehouse.tables, *warehouse.models.models)
    ]


class TestBigQueryMLRoute(RouteSuite):
    order = LINEAR

    @pytest.fixture(autouse=True)
    def services(self, warehouse: BigQueryEmulator) -> None:
        self.warehouse = warehouse

    def make(self) -> Route:
        return BigQueryMLRoute()

    def inventory(self) -> Collection[str]:
        return inventory(self.warehouse)

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        lost = [
            ("POST /upload", True),
            ("PUT /upload", False),
            ('"dryRun": true', True),
            ('"maximumBytesBilled"', False),
            ("ML.EVALUATE", True),
            ("ML.PREDICT", True),
        ]
        return [self.refusing(*place, done=done) for place in lost for done in (False, True)]

    @contextlib.contextmanager
    def refusing(self, word: str, harmless: bool, *, done: bool) -> Iterator[None]:
        """Lose the connection before or after the service has done its work; what is harmless is asked for twice.

        What is not is looked for by its name instead, and the connection is lost then, too.
        """
        refusal = Refusal(word, 0, done=done, times=1 + harmless)
        looked = [] if harmless else [Refusal("/jobs/fivefold_", 0, times=2)]
        self.warehouse.refusals.planned = [refusal, *looked]
        try:
            yield
        finally:
            self.warehouse.refusals.planned = []
        assert not refusal.times, "the fault was never met"


def test_boosted_trees_answer_numbers_too(warehouse: BigQueryEmulator, tmp_path: Path) -> None:
    work = route_work(tmp_path / "work", "regression")
    outcome = BigQueryMLRoute().train(work, route_bench(tmp_path), ORDER)
    assert outcome.name == "BOOSTED_TREE_REGRESSOR"
    assert outcome.scores.shape == (60, 1)
    assert outcome.own["r2_score"] > 0.5
    assert inventory(warehouse) == []


def test_what_cannot_be_removed_costs_nobody_the_answers(warehouse: BigQueryEmulator, tmp_path: Path) -> None:
    bench = route_bench(tmp_path)
    warehouse.refusals.planned = [Refusal("DELETE", 403, "accessDenied", "no bigquery.models.delete")]
    outcome = BigQueryMLRoute().train(route_work(tmp_path / "work"), bench, LINEAR)
    assert any("no bigquery.models.delete" in note for note in outcome.notes)
    assert sorted(inventory(warehouse)) == sorted(each.name for each in outcome.kept)
    assert BigQueryMLRoute().remove(bench.live)
    assert inventory(warehouse) == []


def test_what_was_removed_by_hand_meanwhile_is_made_again(
    warehouse: BigQueryEmulator, tmp_path: Path
) -> None:
    work, bench = route_work(tmp_path / "work"), route_bench(tmp_path)
    warehouse.refusals.planned = [Refusal("ML.PREDICT", 0, times=2)]
    with pytest.raises(StepError):
        BigQueryMLRoute().train(work, bench, LINEAR)
    warehouse.models.models.clear()
    for dataset, name in list(warehouse.warehouse.tables):
        warehouse.warehouse.drop(dataset, name)
    assert BigQueryMLRoute().train(work, bench, LINEAR).scores.shape == (60, 2)


def statements(train: str, sealed: str, model: str) -> tuple[str, str, str]:
    """What is asked of BigQuery, to the letter."""
    return (
        (
            f"CREATE OR REPLACE MODEL `{model}`\n"
            "OPTIONS (\n"
            "  MODEL_TYPE = 'BOOSTED_TREE_CLASSIFIER',\n"
            "  INPUT_LABEL_COLS = ['outcome'],\n"
            "  DATA_SPLIT_METHOD = 'CUSTOM',\n"
            "  DATA_SPLIT_COL = 'fivefold_eval',\n"
            "  BOOSTER_TYPE = 'GBTREE',\n"
            "  TREE_METHOD = 'HIST',\n"
            "  MAX_TREE_DEPTH = 6,\n"
            "  SUBSAMPLE = 0.8,\n"
            "  LEARN_RATE = 0.1,\n"
            "  MAX_ITERATIONS = 200,\n"
            "  EARLY_STOP = TRUE,\n"
            "  MIN_REL_PROGRESS = 0.0005\n"
            ") AS\n"
            "SELECT `age`, `c_price_EUR`, `city`, `member`, `joined`, `outcome`, `fivefold_eval`\n"
            f"FROM `{train}`"
        ),
        f"SELECT * FROM ML.EVALUATE(MODEL `{model}`)",
        (
            "SELECT fivefold_row, TO_JSON_STRING(`predicted_outcome_probs`) AS probabilities\n"
            f"FROM ML.PREDICT(MODEL `{model}`, (\n"
            "  SELECT `age`, `c_price_EUR`, `city`, `member`, `joined`, `fivefold_row`\n"
            f"  FROM `{sealed}`\n"
            "))\n"
            "ORDER BY fivefold_row"
        ),
    )


def test_every_statement_is_tried_out_first_capped_labelled_and_timed(
    warehouse: BigQueryEmulator, tmp_path: Path
) -> None:
    outcome = BigQueryMLRoute().train(route_work(tmp_path / "work"), route_bench(tmp_path), ORDER)
    first, second, *jobs = warehouse.jobs
    version = first.labels["version"]
    train, sealed, model = (
        f"clinic.ward.fivefold_{part}_{version}" for part in ("train", "sealed", "outcome")
    )
    assert [f"LOAD {name.removeprefix('clinic.')}" for name in (train, sealed)] == [
        first.statement,
        second.statement,
    ]
    assert [job.dry for job in jobs] == [True, False, True, True, False, True, False]
    create, created, shape, figures, figured, ask, asked = jobs
    assert create.statement == created.statement
    assert shape.statement == figures.statement == figured.statement
    assert ask.statement == asked.statement
    said = (created.statement, figured.statement, asked.statement)
    assert said == statements(train, sealed, model)
    for job in (first, second, created, figured, asked):
        assert job.labels == {"made_by": "fivefold", "route": "bigquery-ml", "version": version}
    # What is billed at least for a table, and a tenth more; the figures read nothing.
    assert [job.most for job in (created, figured, asked)] == [11 * 2**20, 1, 11 * 2**20]
    assert all(1000 <= job.patience <= 60_000 for job in (created, figured, asked))
    assert set(outcome.own) == {"precision", "recall", "accuracy", "f1_score", "log_loss", "roc_auc"}
    assert outcome.name == "BOOSTED_TREE_CLASSIFIER"
    tib = 2**40
    assert outcome.money == pytest.approx(10 * 2**20 / tib * (312.5 + 6.25) + 60 / 3600 * 0.438)


@pytest.mark.parametrize(("task", "kind"), [("regression", "LINEAR_REG"), ("multiclass", "LOGISTIC_REG")])
def test_a_linear_model_is_called_by_its_task(
    warehouse: BigQueryEmulator, tmp_path: Path, task: str, kind: str
) -> None:
    work = route_work(tmp_path / "work", task)  # type: ignore[arg-type]  # one of the tasks
    outcome = BigQueryMLRoute().train(
        replace(work, balanced=task != "regression"), route_bench(tmp_path), LINEAR
    )
    assert outcome.name == kind
    created = next(job for job in warehouse.jobs if job.statement.startswith("CREATE"))
    assert ("AUTO_CLASS_WEIGHTS = TRUE" in created.statement) is (task != "regression")
    answer = "`predicted_outcome`\n" if task == "regression" else "TO_JSON_STRING"
    assert answer in warehouse.jobs[-1].statement


def test_the_plan_decides_which_rows_are_kept_aside(warehouse: BigQueryEmulator, tmp_path: Path) -> None:
    order = replace(ORDER, options={**ORDER.options, "keep": True})
    outcome = BigQueryMLRoute().train(route_work(tmp_path / "work"), route_bench(tmp_path), order)
    (made,) = warehouse.models.models.values()
    assert made.rows == (160, 80), "fold 1 of three is kept aside"
    assert outcome.rows == 160
    assert "It learned from 160 training rows; 80 more told it when to stop." in outcome.notes
    assert "Free texts were left out: 'note'." in outcome.notes


def test_the_targets_of_sealed_rows_are_never_sent(warehouse: BigQueryEmulator, tmp_path: Path) -> None:
    warehouse.refusals.planned = [Refusal("CREATE OR REPLACE", 403, "accessDenied", "no")]
    with pytest.raises(MisuseError):
        BigQueryMLRoute().train(route_work(tmp_path / "work"), route_bench(tmp_path), ORDER)
    (sealed,) = (table for table in warehouse.warehouse.tables.values() if "sealed" in table.name)
    names = [one["name"] for one in warehouse.warehouse.schema(sealed)]
    assert names == ["age", "c_price_EUR", "city", "member", "joined", "fivefold_row"]


def test_a_model_that_is_kept_is_removed_on_demand_alone(warehouse: BigQueryEmulator, tmp_path: Path) -> None:
    order, bench = replace(ORDER, options={**ORDER.options, "keep": True}), route_bench(tmp_path)
    outcome = BigQueryMLRoute().train(route_work(tmp_path / "work"), bench, order)
    assert inventory(warehouse) == [each.name for each in outcome.kept]
    assert [each.kind for each in outcome.kept] == ["model"]
    assert BigQueryMLRoute().remove(bench.live)
    assert inventory(warehouse) == []
    assert not BigQueryMLRoute().remove(bench.live)


def test_a_model_that_was_paid_for_is_not_paid_for_again(warehouse: BigQueryEmulator, tmp_path: Path) -> None:
    work, bench = route_work(tmp_path / "work"), route_bench(tmp_path)
    warehouse.refusals.planned = [Refusal("ML.PREDICT", 403, "quotaExceeded", "too many jobs")]
    with pytest.raises(StepError, match="quota") as caught:
        BigQueryMLRoute().train(work, bench, ORDER)
    assert "the same command goes on" in str(caught.value)
    BigQueryMLRoute().train(work, bench, ORDER)
    trained = [job for job in warehouse.jobs if job.statement.startswith("CREATE") and not job.dry]
    assert len(trained) == 1
    assert len([job for job in warehouse.jobs if job.statement.startswith("LOAD")]) == 2


@pytest.mark.parametrize(
    ("refusal", "kind", "said"),
    [
        (
            Refusal("POST /upload", 403, "accessDenied", "no bigquery.tables.create"),
            MisuseError,
            "not permitted",
        ),
        (Refusal("CREATE OR REPLACE", 403, "quotaExceeded", "too many jobs"), StepError, "quota"),
        (Refusal("ML.EVALUATE", 401, "authError", "token expired", times=2), InputError, "let you in"),
        (Refusal("CREATE OR REPLACE", 400, "invalidQuery", "no such thing"), StepError, "cannot go on"),
    ],
)
def test_a_refusal_is_one_clear_error(
    warehouse: BigQueryEmulator, tmp_path: Path, refusal: Refusal, kind: type[Exception], said: str
) -> None:
    bench = route_bench(tmp_path)
    warehouse.refusals.planned = [refusal]
    with pytest.raises(kind, match=said) as caught:
        BigQueryMLRoute().train(route_work(tmp_path / "work"), bench, ORDER)
    assert refusal.message in str(caught.value)
    BigQueryMLRoute().remove(bench.live)
    assert inventory(warehouse) == []


def test_what_the_means_do_not_bear_is_refused(warehouse: BigQueryEmulator, tmp_path: Path) -> None:
    work, bench = route_work(tmp_path / "work"), route_bench(tmp_path)
    plan = BigQueryMLRoute().plan(work, bench, ORDER)
    assert [expense.name for expense in plan.expenses] == [
        "CREATE MODEL",
        "the machine that trains trees, at most",
        "ML.PREDICT of the sealed rows",
    ]
    assert plan.scan == 20 * 2**20
    assert plan.checked == ("the data set clinic.ward is there, in EU",)
    for means, said in (
        (replace(bench.budget, money=0.0), r"cost more than the stated money.*CREATE MODEL"),
        (replace(bench.budget, currency="EUR"), "cost more than the stated money"),
        (replace(bench.budget, scan=10**7), "read more of the warehouse"),
    ):
        with pytest.raises(BudgetError, match=said) as caught:
            check_plan(plan, means, 60.0)
        assert caught.value.exit_code == 3
    with pytest.raises(BudgetError, match=r"take longer.*\[train.bigquery-ml\] seconds"):
        check_plan(plan, bench.budget, 59.0)
    check_plan(plan, bench.budget, 60.0)
    # What the run has taken already is gone, whatever took it.
    for taken, said in (
        ((99.995, 0), r"at most 100 USD, of which 99.9950 are taken.*money = \"100\.\d\d USD\""),
        ((0.0, 10**10 - 1), r"at most 10 GB, of which 10 GB are taken.*scan = \"11\d\d\dMB\""),
    ):
        with pytest.raises(BudgetError, match=said):
            check_plan(plan, bench.budget, 60.0, taken)
    # Whoever goes on without asking first is stopped before the training is paid for.
    with pytest.raises(BudgetError, match="more of the warehouse than the budget allows"):
        BigQueryMLRoute().train(work, route_bench(tmp_path / "poor", money=0.001), LINEAR)
    assert not [job for job in warehouse.jobs if job.statement.startswith("CREATE") and not job.dry]


def test_all_queries_share_one_purse(warehouse: BigQueryEmulator, tmp_path: Path) -> None:
    work = route_work(tmp_path / "work")
    trained, answered = (10 * 2**20 / 2**40 * rate for rate in (312.5, 6.25))
    machine = 60 / 3600 * 0.438
    poor = route_bench(tmp_path / "poor", money=machine + trained + 0.9 * answered)
    with pytest.raises(BudgetError, match="more of the warehouse than the budget allows") as caught:
        BigQueryMLRoute().train(work, poor, ORDER)
    assert caught.value.exit_code == 3
    assert "USD are taken" in caught.value.expected
    assert not [job for job in warehouse.jobs if "ML.PREDICT" in job.statement and not job.dry]
    enough = replace(poor, budget=replace(poor.budget, money=machine + trained + answered))
    outcome = BigQueryMLRoute().train(work, enough, ORDER)
    assert outcome.money == pytest.approx(machine + trained + answered), "what the first try paid is counted"
    assert len([job for job in warehouse.jobs if job.statement.startswith("CREATE") and not job.dry]) == 1


def test_a_training_that_goes_on_there_is_waited_for_and_not_begun_again(
    warehouse: BigQueryEmulator, tmp_path: Path
) -> None:
    work, bench = route_work(tmp_path / "work"), route_bench(tmp_path)
    warehouse.endless = True
    warehouse.refusals.planned = [Refusal("/queries/fivefold_", 0, times=2)]
    with pytest.raises(StepError, match="no answer came in time"):
        BigQueryMLRoute().train(work, bench, ORDER)
    assert inventory(warehouse)[-1].startswith("clinic.ward.fivefold_sealed"), "there is no model yet"
    warehouse.endless = False
    outcome = BigQueryMLRoute().train(work, bench, ORDER)
    assert len([job for job in warehouse.jobs if job.statement.startswith("CREATE") and not job.dry]) == 1
    assert outcome.money == pytest.approx(10 * 2**20 / 2**40 * (312.5 + 6.25) + 60 / 3600 * 0.438)


def test_a_training_that_goes_on_there_is_given_up_before_it_is_removed(
    warehouse: BigQueryEmulator, tmp_path: Path
) -> None:
    bench = route_bench(tmp_path)
    warehouse.endless = True
    warehouse.refusals.planned = [Refusal("/queries/fivefold_", 0, times=2)]
    with pytest.raises(StepError):
        BigQueryMLRoute().train(route_work(tmp_path / "work"), bench, ORDER)
    assert BigQueryMLRoute().remove(bench.live)
    warehouse.endless = False
    (begun,) = (job for job in warehouse.jobs if job.statement.startswith("CREATE") and not job.dry)
    assert warehouse.cancelled == [begun.id]
    assert inventory(warehouse) == []


def test_a_price_of_ones_own_wins(warehouse: BigQueryEmulator, tmp_path: Path) -> None:
    del warehouse
    own = replace(LINEAR, prices={"bigquery.train-linear": 2**20})
    plan = BigQueryMLRoute().plan(route_work(tmp_path / "work"), route_bench(tmp_path), own)
    assert plan.expenses[0].money == pytest.approx(10.0)
    assert "[train.prices]" in plan.expenses[0].why


def test_a_training_that_never_ends_is_cancelled_in_time(warehouse: BigQueryEmulator, tmp_path: Path) -> None:
    warehouse.endless = True
    bench = route_bench(tmp_path, seconds=0.1)
    with pytest.raises(StepError, match="no answer came in time"):
        BigQueryMLRoute().train(route_work(tmp_path / "work"), bench, ORDER)
    assert len(warehouse.cancelled) == 1
    assert len(route_journals(bench.live)) == 1
    assert BigQueryMLRoute().remove(bench.live)
    assert inventory(warehouse) == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"dataset": "ward"}, "project"),
        ({"dataset": "clinic.w-ard"}, "dataset"),
        ({"model": "nets"}, "model"),
        ({"seconds": 0}, "seconds"),
        ({"bucket": "mine"}, "bucket"),
        ({"keep": "yes"}, "keep"),
    ],
)
def test_options_that_cannot_be_used_are_named(
    tmp_path: Path, options: dict[str, str | int], named: str
) -> None:
    order = replace(ORDER, options={**ORDER.options, **options})
    with pytest.raises(SettingsError, match=rf"route 'bigquery-ml'.*'{named}'.*\[train.bigquery-ml\]"):
        BigQueryMLRoute().plan(route_work(tmp_path / "work"), route_bench(tmp_path), order)


def test_a_data_set_that_is_not_there_is_named_before_anything_is_made(
    warehouse: BigQueryEmulator, tmp_path: Path
) -> None:
    order = replace(ORDER, options={"dataset": "clinic.nowhere"})
    with pytest.raises(InputError, match=r"something is not there.*\[train.bigquery-ml\]"):
        BigQueryMLRoute().plan(route_work(tmp_path / "work"), route_bench(tmp_path), order)
    assert inventory(warehouse) == []
