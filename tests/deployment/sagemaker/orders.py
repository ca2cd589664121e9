"""What the tests order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fivefold.core.orders import Option, Order

REGION = "eu-west-1"
IMAGE = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/sales:1"
ORDER = Order(
    options={
        "region": REGION,
        "image": IMAGE,
        "role": "arn:aws:iam::123456789012:role/sagemaker",
        "pause": 0.01,
        "patience": 60,
    }
)


def ordered(**options: Option) -> Order:
    """The order with these options."""
    told: Mapping[str, Option] = {**ORDER.options, **options}
    return replace(ORDER, options=told)
