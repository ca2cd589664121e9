"""The bill of materials of an image's own layers, as CycloneDX 1.6 in JSON; what the base holds is the base's to say."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from fivefold.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.deployment.targets.container.packages import Package

__all__ = ["bill"]


def bill(reference: str, version: str, packages: Sequence[Package], libraries: Sequence[str]) -> bytes:
    """Write the bill.

    Parameters
    ----------
    reference : str
        Name and tag of the image.
    version : str
        Of the bundle: ``sha256:`` and 64 digits.
    packages : sequence of Package
    libraries : sequence of str
        Shared libraries that are taken along by themselves.
    """
    name, _, tag = reference.rpartition(":")
    model: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"model@{version}",
        "name": name,
        "version": version,
        "hashes": [{"alg": "SHA-256", "content": version.rpartition(":")[2]}],
    }
    own = _component("fivefold", __version__, "Apache-2.0")
    files = [{"type": "library", "bom-ref": library, "name": library} for library in libraries]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same image has the same bill.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{reference}@{version}')}",
        "version": 1,
        "metadata": {"component": {"type": "container", "bom-ref": reference, "name": name, "version": tag}},
        "components": [
            model,
            own,
            *(_component(each.name, each.version, each.licence) for each in packages),
            *files,
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _component(name: str, version: str, licence: str) -> dict[str, Any]:
    """Name one package."""
    address = f"pkg:pypi/{name}@{version}"
    named = {"licenses": [{"license": {"name": licence}}]} if licence else {}
    return {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address} | named
