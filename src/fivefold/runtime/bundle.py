"""The bundle on disk: written once, checked file by file whenever it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.runtime.predictor import Golden, Predictor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fivefold.core.artefacts import Contract, Reference
    from fivefold.runtime.encoder import Encoder

__all__ = ["BundleMember", "Golden", "load_bundle", "write_bundle"]


@dataclass(frozen=True, slots=True)
class BundleMember:
    """A member of the blend as it is written: its name, member kind, weight and native payload."""

    name: str
    kind: str
    weight: float
    payload: bytes


def write_bundle(
    folder: Path,
    *,
    contract: Contract,
    encoder: Encoder,
    members: Sequence[BundleMember],
    metric: str,
    reference: Reference,
    golden: Sequence[Golden],
) -> None:
    """Write a bundle into a folder (made if absent)."""
    raise NotImplementedError


def load_bundle(folder: Path) -> Predictor:
    """Load and check a bundle."""
    raise NotImplementedError
