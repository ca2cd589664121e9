"""What the tests order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fivefold.core.orders import Option, Order

IMAGE = "registry.example/shop/sales:1"
ORDER = Order(options={"image": IMAGE, "name": "sales", "namespace": "shop"})


def ordered(**options: Option) -> Order:
    """The order with these options."""
    told: Mapping[str, Option] = {**ORDER.options, **options}
    return replace(ORDER, options=told)
