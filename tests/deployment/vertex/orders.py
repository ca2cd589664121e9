"""What the tests order, and where they find what was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fivefold.core.artefacts import Release
from fivefold.core.options import read_options
from fivefold.core.orders import Bundle, Option, Order
from fivefold.deployment.targets.vertex.settings import Names, VertexSettings
from fivefold.runtime.bundle import load_bundle

IMAGE = "europe-west4-docker.pkg.dev/shop/models/fivefold:1"
_OPTIONS: Mapping[str, Option] = {
    "project": "shop",
    "location": "europe-west4",
    "image": IMAGE,
    "bucket": "shop-models",
    "requests": 10,
    "retry_pause": 0.01,
    "max_slowdown": 1000.0,  # a machine that is busy is no slow model
}
ORDER = Order(options=_OPTIONS)


def ordered(**options: Option) -> Order:
    return replace(ORDER, options={**_OPTIONS, **options})


def model_of(bundle: Bundle, order: Order) -> str:
    """Id that the model of a bundle will have."""
    settings = read_options(VertexSettings, "vertex", order)
    return Names.of(settings, load_bundle(bundle.folder).version).model.rpartition("/")[2]


def resource(release: Release, kind: str) -> str:
    return next(one.name for one in release.resources if one.kind == kind)


def deployed(release: Release) -> str:
    return resource(release, "deployed model").rpartition("/")[2]
