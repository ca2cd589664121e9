"""The chapter about the deployment says what stands at a target, and offers only what can be done there."""

from __future__ import annotations

from dataclasses import replace

from tests.report.reader import read
from tests.report.stories import story

from fivefold.core.artefacts import Release, Resource
from fivefold.report.page import Story, render

ENDPOINT = "projects/shop/locations/europe-west4/endpoints/sales"


def released(**changes: object) -> Story:
    run = story("binary")
    assert run.release is not None
    body: Release = replace(run.release.body, **changes)  # type: ignore[arg-type]  # a test's own words
    return replace(run, release=replace(run.release, body=body))


def test_a_service_of_this_machine_can_be_asked_and_stopped() -> None:
    page = read(render(released())).text
    assert "Started the model as a service at http://127.0.0.1:41873" in page
    assert "curl http://127.0.0.1:41873/predict" in page
    assert "fivefold stop 3f9a2c1e" in page
    assert "What was made there" not in page


def test_what_was_made_on_a_platform_is_listed_with_its_price() -> None:
    resources = (Resource("model", "fivefold-1"), Resource("endpoint", ENDPOINT))
    address = f"https://europe-west4-aiplatform.googleapis.com/v1/{ENDPOINT}"
    page = read(
        render(released(target="vertex", address=address, pid=0, resources=resources, monthly=79.94))
    ).text
    assert "What was made there" in page
    assert "fivefold-1" in page
    assert "It costs 79.94 USD a month" in page
    assert "over HTTP" in page
    assert "fivefold undeploy 3f9a2c1e" in page
    assert "curl" not in page
    assert "fivefold stop" not in page


def test_an_image_is_not_a_bundle_that_was_only_loaded() -> None:
    image = (Resource("docker image", "fivefold-shown:9c1f"),)
    page = read(render(released(target="container", address="", pid=0, resources=image))).text
    assert "none was started" not in page
    assert "fivefold-shown:9c1f" in page
    assert "a month" not in page
    assert "verified, not started" not in page


def test_what_was_removed_is_said_to_be_so_at_the_head_of_the_page_too() -> None:
    page = read(render(released(removed="2026-03-02T09:14:07Z"))).text
    assert page.count("removed on 2026-03-02") == 2


def test_the_time_of_a_warehouse_is_that_of_one_query() -> None:
    model = (Resource("model", "clinic.ward.no_show"),)
    page = read(
        render(released(target="bigquery", address="bigquery://clinic/ward.no_show", pid=0, resources=model))
    ).text
    assert "The query that compared them took" in page
    assert "over HTTP" not in page


def test_a_bundle_that_was_only_loaded_is_served_by_hand() -> None:
    page = read(render(released(target="none", address="", pid=0))).text
    assert "none was started" in page
    assert "fivefold serve 3f9a2c1e" in page
