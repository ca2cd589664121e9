"""A draft: what would be made in BigQuery of a bundle, worked out on this machine before anything is asked of anybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.cloud.names import input_names, is_plain
from fivefold.core.errors import InputError
from fivefold.core.store import write_atomically
from fivefold.deployment.targets.bigquery.limits import refusals, too_long
from fivefold.deployment.targets.bigquery.parity import sample_rows
from fivefold.deployment.targets.bigquery.statements import (
    Scoring,
    create_imported,
    create_remote,
    remote_fields,
)
from fivefold.export.forms import golden_frame
from fivefold.export.model import onnx_model
from fivefold.export.parity import compare
from fivefold.export.ports import describe, plainer
from fivefold.runtime.bundle import read_bundle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fivefold.cloud.names import Name
    from fivefold.core.artefacts import Contract
    from fivefold.deployment.targets.bigquery.limits import Limits
    from fivefold.deployment.targets.bigquery.settings import BigQuerySettings
    from fivefold.export.ports import GraphFacts
    from fivefold.runtime.predictor import Predictor
    from fivefold.runtime.values import Cleaned

__all__ = ["Draft", "draw_up", "label_of"]

_NO_CONNECTION, _NO_ENDPOINT = (
    "PROJECT.LOCATION.CONNECTION",
    "https://REGION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/REGION/endpoints/ENDPOINT",
)


def label_of(version: str) -> str:
    """Return a bundle's version as the label of a model and of jobs."""
    return version.removeprefix("sha256:")[:32]


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be made.

    Attributes
    ----------
    settings : BigQuerySettings
    predictor : Predictor
    model : Name
    graph : bytes
        In ONNX, with names that BigQuery takes; empty where there is none.
    facts : GraphFacts or None
        Of the graph.
    reasons : tuple of str
        Why it cannot be imported; empty when it can.
    scoring : Scoring
        How it will be asked, if BigQuery takes one value per column.
    rows : tuple of dict
        What it will be compared on.
    """

    settings: BigQuerySettings
    predictor: Predictor
    model: Name
    graph: bytes
    facts: GraphFacts | None
    reasons: tuple[str, ...]
    scoring: Scoring
    rows: tuple[Mapping[str, Cleaned], ...]

    @property
    def contract(self) -> Contract:
        """What the model takes and gives."""
        return self.predictor.contract

    @property
    def is_remote(self) -> bool:
        """Whether an endpoint will answer, since the model cannot be imported."""
        return bool(self.reasons)

    @property
    def label(self) -> str:
        """The bundle's digest, as far as a label holds it and in the signs that a label may have."""
        return label_of(self.predictor.version)

    @property
    def object_name(self) -> str:
        """Name of the object in the bucket: another bundle has another."""
        return f"{self.settings.folder.strip('/')}/{self.label[:16]}/model.onnx"

    @property
    def address(self) -> str:
        """Where the object lies."""
        return f"gs://{self.settings.bucket}/{self.object_name}"

    @property
    def trial(self) -> Name:
        """Where the model stands until its answers are proved: nobody asks for it by that name."""
        return _trial(self.model, self.predictor)

    def create(self, model: Name) -> str:
        """Return the statement that makes the model under a name."""
        return self.remote_statement(model) if self.is_remote else create_imported(model, self.address)

    def remote_statement(self, model: Name) -> str:
        """Return the statement that makes the model of an endpoint; with words in capitals for what was not told."""
        connection = self.settings.connection or _NO_CONNECTION
        return create_remote(model, self.contract, connection, self.settings.endpoint or _NO_ENDPOINT)

    def demand(self, live: Path) -> None:
        """Refuse what can neither be imported nor be asked through an endpoint, and write down what would help.

        Raises
        ------
        InputError
            Saying why it cannot be imported, and what to do instead.
        """
        strange = [column.name for column in self.contract.columns if not is_plain(column.name)]
        if self.reasons and self.settings.endpoint and strange:
            raise InputError(
                "BigQuery neither imports this model nor can it name the columns that an endpoint is sent",
                seen=f"{'; '.join(self.reasons)}; columns {', '.join(map(repr, strange))}",
                expected="columns named by letters, digits and underscores",
                todo="rename them in the table, train again, and deploy that",
            )
        if not self.reasons and not self.settings.bucket:
            raise InputError(
                "The model needs a bucket for BigQuery to read it from",
                seen="no option 'bucket'",
                expected="a bucket in the data set's own location",
                todo='gcloud storage buckets create gs://NAME --location=LOCATION; then bucket = "NAME" in [deploy.bigquery]',
            )
        if self.reasons and not (self.settings.endpoint and self.settings.connection):
            place = live / "bigquery-remote.sql"
            live.mkdir(parents=True, exist_ok=True)
            write_atomically(place, f"{self.remote_statement(self.model)};\n".encode())
            raise InputError(
                "BigQuery does not import this model",
                seen="; ".join(self.reasons),
                expected="a model in ONNX within BigQuery's limits, or an endpoint that answers in its place",
                todo="deploy it to a shared public endpoint (fivefold deploy RUN --target vertex), then name that: endpoint and connection in "
                f"[deploy.bigquery]; the statement for it stands in live/{place.name} of the run",
            )


def draw_up(folder: Path, settings: BigQuerySettings, limits: Limits) -> Draft:
    """Work out what would be made of a bundle.

    Parameters
    ----------
    folder : Path
        Of the bundle.
    settings : BigQuerySettings
        Checked.
    limits : Limits

    Raises
    ------
    ArtefactError
        When the bundle is damaged.
    MissingExtraError
        When the package onnx is not installed.
    StepError
        When the graph answers otherwise than the bundle.
    """
    contents = read_bundle(folder)
    predictor = contents.predictor()
    name = settings.name(predictor.contract)
    graph, inputs, reasons = b"", _own_names(predictor.contract), list[str]()
    outputs: tuple[str, ...] = ()
    try:
        whole = onnx_model(contents)
    except InputError as error:
        reasons.append(f"{error.what[0].lower()}{error.what[1:]} ({error.seen})")
        facts = None
    else:
        graph, inputs, outputs = _plain(whole, predictor)
        facts = describe(graph)
        reasons += refusals(facts, limits)
    scoring = Scoring(name, predictor.contract, inputs, outputs)
    if reasons:
        fields = tuple(field for field, _ in remote_fields(predictor.contract))
        scoring = replace(
            scoring, inputs=_own_names(predictor.contract), outputs=fields, over=settings.endpoint or "-"
        )
    rows, asked = (
        tuple(sample_rows(predictor, settings.rows)),
        replace(scoring, model=_trial(name, predictor)),
    )
    while len(rows) > 1 and too_long(asked.sample(rows), limits):
        rows = rows[: len(rows) // 2]
    reasons += [said for said in (too_long(asked.sample(rows), limits),) if said]
    return Draft(settings, predictor, name, graph, facts, tuple(reasons), scoring, rows)


def _plain(whole: bytes, predictor: Predictor) -> tuple[bytes, dict[str, str], tuple[str, ...]]:
    """A graph with names that BigQuery takes, if it answers as the bundle does; its inputs and outputs."""
    compare(whole, predictor, golden_frame(predictor)).demand()
    outputs = tuple(port.name for port in describe(whole).outputs)
    inputs = input_names(predictor.contract, outputs)
    return plainer(whole, inputs), inputs, outputs


def _trial(model: Name, predictor: Predictor) -> Name:
    """Name of what a bundle's answers are proved by."""
    return replace(model, part=f"{model.part[:900]}_trial_{label_of(predictor.version)[:16]}")


def _own_names(contract: Contract) -> dict[str, str]:
    """Each column by its own name."""
    return {column.name: column.name for column in contract.columns}
