"""The page: the answer first, figures exactly those of the artefacts, safe, self-contained, and whole or in part."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import Literal

import pytest
from tests.report.bites import biting
from tests.report.reader import Page, read
from tests.report.stories import story

from fivefold.core.artefacts import Finding, Score, Task, Trial
from fivefold.core.ledger import Ledger
from fivefold.measure.metrics import metric_of
from fivefold.report.figures import figure, interval, percent
from fivefold.report.language import MEANINGS, metric_label
from fivefold.report.page import Story, render

TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")
PARTS = ("brief", "dataset", "model", "release", "health")


@pytest.fixture(params=TASKS)
def told(request: pytest.FixtureRequest) -> tuple[Story, Page]:
    """A run of each task, and its page read back."""
    run = story(request.param, moved=request.param == "binary")
    return run, read(render(run))


def test_the_answer_comes_first_in_plain_words_with_its_interval(told: tuple[Story, Page]) -> None:
    run, page = told
    assert run.model is not None
    model = run.model.body
    score = model.evaluation.score(model.metric)
    answer = next(element.text for element in page.named("p") if element.attributes.get("class") == "answer")
    assert answer.startswith(f"The model predicts {model.target}, ")
    assert "rows that it had never seen" in answer
    assert interval(score) in answer or f"{100 * score.low:.1f} % to {100 * score.high:.1f} %" in answer
    assert "The baseline, which gives the same answer to every row" in answer
    assert "clearly better" in answer
    assert page.text.index(answer[:40]) < page.text.index("What was done")


def test_every_score_stands_on_the_page_with_its_exact_value(told: tuple[Story, Page]) -> None:
    run, page = told
    assert run.model is not None
    evaluation = run.model.body.evaluation
    for score in (*evaluation.scores, *evaluation.baseline, evaluation.gain):
        assert score.value in page.values()
        assert figure(score.value) in page.text
        assert interval(score) in page.text


def test_leaderboard_importances_drift_and_ledger_stand_there_exactly(told: tuple[Story, Page]) -> None:
    run, page = told
    assert run.model is not None
    assert run.health is not None
    model = run.model.body
    figures = {row.metric for row in model.leaderboard} | {row.loss for row in model.leaderboard}
    figures |= {one.mean for one in model.importances} | {one.deviation for one in model.importances}
    assert model.dependence is not None
    figures |= {mean for one in model.dependence.curves for means in one.means for mean in means}
    figures |= {line.effect for check in run.health.body.checks for line in check.drift}
    figures |= {entry.spent_seconds for entry in run.ledger.entries}
    assert figures <= page.values()


def test_the_five_steps_each_say_what_was_done_found_and_why(told: tuple[Story, Page]) -> None:
    _, page = told
    assert [heading.text for heading in page.named("h2")] == [
        "Research", "Data", "Training", "Deployment", "Monitoring", "Budget",
    ]  # fmt: skip
    questions = [
        element.text
        for element in page.named("dt")
        if element.text in {"What was done", "What was found", "Why"}
    ]
    assert questions == ["What was done", "What was found", "Why"] * 6


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(told: tuple[Story, Page]) -> None:
    run, page = told
    html = render(run)
    assert not {"script", "link", "iframe", "img", "object", "embed", "form"} & {
        e.name for e in page.elements
    }
    assert not re.search(r"@import|url\(|\son[a-z]+=", html)
    outside = {e.name for e in page.elements if str(e.attributes.get("href", "#")).startswith("http")}
    assert outside <= {"a"}
    assert len(html.encode()) < 300_000


def test_the_page_can_be_read_without_seeing_it(told: tuple[Story, Page]) -> None:
    _, page = told
    assert page.elements[0].attributes["lang"] == "en"
    assert len(page.named("h1")) == 1
    assert all(
        svg.attributes.get("aria-label") and svg.attributes["role"] == "img" for svg in page.named("svg")
    )
    assert all(cell.attributes.get("scope") in {"col", "row"} for cell in page.named("th"))
    captions = [caption for caption in page.named("caption") if caption.path[-1:] == ("table",)]
    assert len(captions) == len(page.named("table")) > 0
    assert all(caption.text.strip() for caption in captions)
    levels = [int(e.name[1]) for e in page.elements if re.fullmatch(r"h[1-6]", e.name)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels) if before >= 2)


def test_links_inside_the_page_lead_somewhere_and_ids_are_unique(told: tuple[Story, Page]) -> None:
    _, page = told
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    inside = {
        str(e.attributes["href"])[1:]
        for e in page.named("a")
        if str(e.attributes.get("href")).startswith("#")
    }
    assert inside
    assert inside <= set(ids)


def test_the_same_story_gives_the_same_page() -> None:
    assert render(story("binary")) == render(story("binary"))


@pytest.mark.parametrize("there", list(itertools.product([True, False], repeat=5)))
def test_any_part_of_a_story_is_a_page(there: tuple[bool, ...]) -> None:
    whole = story("multiclass")
    gone = {part: None for part, keep in zip(PARTS, there, strict=True) if not keep}
    page = read(render(replace(whole, **gone)))  # type: ignore[arg-type]
    assert page.text.count("This step has not been done in this run.") == there.count(False)
    assert page.named("h1")[0].text


def test_a_run_that_has_only_begun_is_a_page() -> None:
    begun = Story("1a2b3c4d", None, None, None, None, None, Ledger(story("binary").ledger.budget))
    page = read(render(begun))
    assert page.named("h1")[0].text == "Run 1a2b3c4d"
    assert "No model has been trained" in page.text


def test_a_model_that_is_not_better_says_so_in_the_answer() -> None:
    run = story("binary")
    assert run.model is not None
    evaluation = replace(run.model.body.evaluation, better=False)
    worse = replace(run, model=replace(run.model, body=replace(run.model.body, evaluation=evaluation)))
    assert "The model is not clearly better (difference" in read(render(worse)).text


def test_after_a_last_fit_the_page_says_which_model_the_figures_are_of() -> None:
    run = story("binary")
    assert run.model is not None
    assert "Fitted once more" not in read(render(run)).text
    last = Trial("catboost-default", "catboost", -3, 4.9, 502, None, "done")
    body = replace(run.model.body, train_rows=8_789, measured_rows=7_031, trials=(last,))
    text = read(render(replace(run, model=replace(run.model, body=body)))).text
    assert (
        "Fitted once more on all 8,789 rows, the sealed ones included; the figures are of the fit before it"
        in text
    )
    assert "it had never seen (it has learned from them since), " in text
    assert "7,031 to learn from" in text
    assert re.search(r"catboost-default\s*all rows\s*done", text)


def test_a_fit_that_the_memory_did_not_bear_is_no_want_of_time() -> None:
    run = story("binary")
    assert run.model is not None
    why = "it would take about 6.25 GB of memory, and of the budget's 4 GB a fit may take 3.65 GB"
    refused = Trial("catboost-default", "catboost", 1, 0.0, 0, None, "refused", why)
    body = replace(run.model.body, ended="all candidates fitted", trials=(refused,))
    text = read(render(replace(run, model=replace(run.model, body=body)))).text
    assert "More time would have changed nothing here" in text
    assert "More memory: 1 fit would not have fitted into what there was." in text
    assert re.search(rf"catboost-default\s*1\s*refused\s*{why}", text)


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "log_loss", "f1"])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_each_metric_of_classes_has_a_sentence(task: Task, metric: str) -> None:
    run = story(task)
    assert run.model is not None
    body = run.model.body
    body = replace(body, metric=metric, evaluation=replace(body.evaluation, metric=metric))
    page = read(render(replace(run, model=replace(run.model, body=body))))
    answer = next(e.text for e in page.named("p") if e.attributes.get("class") == "answer")
    assert re.search(r"never seen, (it gave|given one|averaged over|its probabilities|its F1)", answer)


@pytest.mark.parametrize(
    "metric", ["balanced_accuracy", "average_precision", "brier", "precision", "recall", "matthews_corrcoef"]
)
def test_a_metric_that_was_asked_for_is_explained(metric: str) -> None:
    run = _asked(story("binary"), metric, 0.4321)
    answer = next(e.text for e in read(render(run)).named("p") if e.attributes.get("class") == "answer")
    label, meaning = re.escape(metric_label(metric)), re.escape(MEANINGS[metric])
    assert re.search(
        rf"never seen, it reached {re.escape(figure(0.4321))} in {label} \([^)]*; {meaning}\)", answer
    )


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (
            "pinball_0.9",
            f"it said what {percent(0.9)} of the outcomes should not pass, with a pinball loss of",
        ),
        ("median_absolute_error", f"it was off by {figure(0.4321)} or less in half"),
        ("mape", f"it was off by {percent(0.4321)} of the truth"),
    ],
)
def test_so_is_one_of_numbers(metric: str, words: str) -> None:
    assert f"never seen, {words}" in read(render(_asked(story("regression"), metric, 0.4321))).text


def _asked(run: Story, metric: str, value: float) -> Story:
    """The run, with this headline."""
    assert run.model is not None
    body = run.model.body
    score = Score(
        metric, value, value - 0.1, value + 0.1, greater_is_better=metric_of(metric).greater_is_better
    )
    evaluation = body.evaluation
    evaluation = replace(
        evaluation,
        metric=metric,
        scores=(*evaluation.scores, score),
        baseline=(*evaluation.baseline, replace(score, value=0.2)),
    )
    return replace(run, model=replace(run.model, body=replace(body, metric=metric, evaluation=evaluation)))


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_each_metric_of_numbers_has_a_sentence(metric: str) -> None:
    run = story("regression")
    assert run.model is not None
    body = run.model.body
    body = replace(body, metric=metric, evaluation=replace(body.evaluation, metric=metric))
    page = read(render(replace(run, model=replace(run.model, body=body))))
    assert re.search(r"never seen, it (had a typical|was off by|explains)", page.text)


@pytest.mark.parametrize("task", TASKS)
def test_names_that_bite_stay_names(task: Task) -> None:
    html = render(biting(task))
    page = read(html)
    assert "<script" not in html.lower()
    assert not page.named("img")
    assert not [(e.name, name) for e in page.elements for name in e.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.text
    assert not [a for a in page.named("a") if str(a.attributes["href"]).startswith("javascript")]
    assert len(html.encode()) < 300_000


def test_the_drift_that_was_found_is_named_beside_what_chance_gives() -> None:
    text = read(render(story("binary", moved=True))).text
    assert "0.2718" in text
    assert "what chance gives in 19 of 20 windows" in text
    assert "watch" in text


def test_nothing_is_said_of_the_monitor_that_it_did_not_say() -> None:
    run = story("regression")
    assert run.health is not None
    empty = replace(
        run.health.body,
        verdict="unknown",
        reasons=("Nobody has asked yet.",),
        checks=(),
        predictions=0,
        labelled=0,
        first="",
        last="",
    )
    text = read(render(replace(run, health=replace(run.health, body=empty)))).text
    assert "Read 0 logged predictions, 0 of them" in text
    assert "Nobody has asked yet." in text


@pytest.mark.parametrize(("done", "said"), [("", True), ("nothing: [data.columns] gives it a role", False)])
def test_a_suspected_leak_that_nobody_has_answered_stands_at_the_head(done: str, *, said: bool) -> None:
    run = story("binary")
    assert run.dataset is not None
    name = run.dataset.body.contract.columns[0].name
    question = f"Is '{name}' known in time?"
    finding = Finding("leaks", "warning", (name,), f"'{name}' nearly gives it", {}, done, question)
    gone = replace(finding, columns=("no feature",), what="a column that went for another reason")
    body = replace(run.dataset.body, findings=(finding, gone))
    page = read(render(replace(run, dataset=replace(run.dataset, body=body))))
    head = page.text[page.text.index("Before you rely on it") : page.text.index("What was done")]
    assert (f"'{name}' nearly gives it. It stays among the features. {question}" in head) is said
    assert "went for another reason" not in head


@pytest.mark.parametrize("check", ["groups", "answers"])
@pytest.mark.parametrize(("severity", "said"), [("warning", True), ("info", False)])
def test_what_the_figures_hang_on_stands_at_the_head(
    severity: Literal["warning", "info"], check: str, *, said: bool
) -> None:
    run = story("binary")
    assert run.dataset is not None
    question = "Will the model meet new values of 'who'?"
    finding = Finding(check, severity, ("who",), "'who' comes back", {}, question=question)
    body = replace(run.dataset.body, findings=(finding,))
    page = read(render(replace(run, dataset=replace(run.dataset, body=body))))
    head = page.text[page.text.index("Before you rely on it") : page.text.index("What was done")]
    assert (f"'who' comes back. {question}" in head) is said


@pytest.mark.parametrize("said", [True, False])
def test_a_table_recorded_twice_stands_at_the_head(*, said: bool) -> None:
    run = story("binary")
    assert run.dataset is not None
    figures: dict[str, float | int | str | bool | None] = {"rows": 400, "share": 1.0}
    what = "400 of 400 training rows equal another row in every feature"
    copied = Finding("duplicates", "warning", (), what, figures | ({"copies": 200} if said else {}))
    body = replace(run.dataset.body, findings=(copied,))
    page = read(render(replace(run, dataset=replace(run.dataset, body=body))))
    head = page.text[page.text.index("Before you rely on it") : page.text.index("What was done")]
    assert (what in head) == said
