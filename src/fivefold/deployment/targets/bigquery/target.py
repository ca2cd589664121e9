"""The target ``bigquery``: a model inside BigQuery, proved by ``ML.PREDICT``, with the SQL that scores a table."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from fivefold.cloud.bigquery import BigQueryService
from fivefold.cloud.jobs import Jobs
from fivefold.cloud.names import Name
from fivefold.cloud.noted_jobs import settle
from fivefold.cloud.price import Purse
from fivefold.cloud.refused import refusals_as
from fivefold.cloud.storage import STORAGE_SCOPE, StorageService
from fivefold.core.artefacts import Release
from fivefold.core.journal import Entry, Journal
from fivefold.core.options import read_options
from fivefold.core.orders import DeploymentPlan
from fivefold.core.prices import Prices
from fivefold.deployment.targets.bigquery.draft import Draft, draw_up, label_of
from fivefold.deployment.targets.bigquery.limits import IMPORT_LIMITS
from fivefold.deployment.targets.bigquery.looking import bundle_of, looked_at
from fivefold.deployment.targets.bigquery.making import TRIAL, Making
from fivefold.deployment.targets.bigquery.settings import BigQuerySettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fivefold.core.budget import Budget
    from fivefold.core.orders import Bundle, Charge, Order
    from fivefold.core.workbench import Workbench
    from fivefold.deployment.targets.bigquery.looking import Looked

__all__ = ["BigQueryTarget"]

_TARGET = "bigquery"


class BigQueryTarget:
    """Imports a model into BigQuery, or makes one there of an endpoint where it cannot be imported.

    Attributes
    ----------
    platform : str
        Empty: the warehouse answers, not a service of ours.
    """

    platform: ClassVar[str] = ""

    @staticmethod
    def check(order: Order) -> None:
        """Refuse options that cannot be used, before anything is at hand to be deployed."""
        read_options(BigQuerySettings, _TARGET, order).check()

    def plan(self, bundle: Bundle, bench: Workbench, order: Order) -> DeploymentPlan:
        """Look at the limits, the data set, the bucket and the table to be scored; make nothing.

        Raises
        ------
        MisuseError
            When an option is wrong, something is not there or not permitted, or the model cannot be imported and no endpoint is named.
        StepError
            When the graph in ONNX answers otherwise than the bundle.
        """
        draft = _draft(bundle, bench, order)
        with (
            _cloud(draft.settings.payer) as (service, storage),
            refusals_as("The deployment cannot be planned"),
        ):
            looked = looked_at(draft, service, storage, Journal(bench.live, _TARGET))
        return DeploymentPlan(_TARGET, looked.makes, _charges(draft, order, looked), checked=looked.checked)

    def push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Upload, import, compare and write the SQL down; what stands there already for this bundle is kept and compared again.

        Raises
        ------
        BudgetError
            When a query would read or cost more than the budget says.
        MisuseError
            As for :meth:`plan`.
        StepError
            When BigQuery's answers differ from the bundle's, which removes what was made and leaves what stood there, or the service
            fails, which does not: the same command goes on.
        """
        draft = _draft(bundle, bench, order)
        journal = Journal(bench.live, _TARGET)
        with _cloud(draft.settings.payer) as (service, storage):
            with refusals_as("The deployment cannot be planned"):
                looked = looked_at(draft, service, storage, journal)
            rate = Prices(order.prices).of("bigquery.query", region=looked.home).amount
            month = sum(charge.monthly for charge in _charges(draft, order, looked))
            purse = Purse(_means(bench.budget, order), month)
            jobs = Jobs(service, purse, bench.deadline, {"bundle": draft.label}, rate)
            making = Making(draft, service, storage, journal, bench, jobs, looked.home)
            journal.begin(order)
            check, notes = making.make()
        model = draft.model
        return Release(
            target=_TARGET,
            address=f"bigquery://{model.project}/{model.dataset}.{model.part}",
            pid=0,
            started=0.0,
            bundle_digest=draft.predictor.version,
            golden=check,
            notes=notes,
            resources=making.resources,
        )

    def status(self, release: Release) -> str:
        """Return ``ready`` as long as the model is there and of this bundle, else ``stopped``."""
        model = Name.read(next(each.name for each in release.resources if each.kind == "model"))
        with _cloud(model.project) as (service, _), refusals_as("The model cannot be looked at"):
            found = service.model(model.project, model.dataset, model.part)
        return "ready" if found and bundle_of(found) == label_of(release.bundle_digest) else "stopped"

    def remove(self, release: Release | None, live: Path) -> bool:
        """Delete the model and the object that it was read from; what is gone already counts as removed.

        A model that another run made stays, be it of this bundle or of another one meanwhile.
        """
        journal = Journal(live, _TARGET)
        payers = [entry.facts["project"] for entry in journal.entries if "project" in entry.facts]
        entries = list(journal.entries)
        if release is not None:
            known = [entry.resource for entry in entries]
            made = (Entry(each, release.bundle_digest, made=True) for each in release.resources)
            entries += [each for each in made if each.resource not in known]
        payers += [
            Name.read(each.resource.name).project for each in entries if each.resource.kind != "object"
        ]
        if not entries:
            return False
        with _cloud(payers[0]) as (service, storage), refusals_as("It cannot be removed"):
            found = [_removed(each, service, storage) for each in reversed(entries) if each.ours]
        for entry in entries:
            if entry.ours:  # what another run made stays, and stays noted as that
                journal.drop(entry.resource)
        return any(found)


def _draft(bundle: Bundle, bench: Workbench, order: Order) -> Draft:
    """Work out what would be made; refuse what cannot be."""
    settings = read_options(BigQuerySettings, _TARGET, order)
    settings.check()
    draft = draw_up(bundle.folder, settings, IMPORT_LIMITS)
    draft.demand(bench.live)
    return draft


def _removed(entry: Entry, service: BigQueryService, storage: StorageService) -> bool:
    """Remove one thing if it is ours; return whether it was there."""
    if entry.resource.kind == "object":
        bucket, _, name = entry.resource.name.removeprefix("gs://").partition("/")
        return storage.delete(bucket, name)
    settle(entry, service)
    model = Name.read(entry.resource.name)
    bundle = bundle_of(service.model(model.project, model.dataset, model.part) or {})
    # One that broke off before it had its label has none, and a trial has no label at all.
    ours = bundle in map(label_of, entry.versions) if bundle else not entry.made
    return (ours or entry.resource.kind == TRIAL) and service.delete_model(
        model.project, model.dataset, model.part
    )


def _charges(draft: Draft, order: Order, looked: Looked) -> tuple[Charge, ...]:
    """What keeping the model costs a month, in whole cents as bills have them; an endpoint has its own bill."""
    if draft.is_remote:
        return ()
    prices, size = Prices(order.prices), len(draft.graph) / 1e9
    kept = prices.of("bigquery.storage", region=looked.home).charge("the model in BigQuery", count=size)
    held = prices.of("storage.standard", region=looked.bucket).charge("its file in Cloud Storage", count=size)
    return tuple(replace(each, monthly=max(0.01, round(each.monthly, 2))) for each in (held, kept))


def _means(budget: Budget, order: Order) -> Budget:
    """What queries may read and cost."""
    return budget if order.money is None else replace(budget, money=order.money, currency=order.currency)


@contextlib.contextmanager
def _cloud(payer: str) -> Iterator[tuple[BigQueryService, StorageService]]:
    """Both services, for as long as they are needed."""
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(contextlib.closing(BigQueryService(payer, (STORAGE_SCOPE,))))
        yield service, stack.enter_context(contextlib.closing(StorageService.to(payer, "bigquery")))
