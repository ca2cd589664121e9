"""A bundle that MLflow loads and serves: its files as they are, and beside them what MLflow asks for.

Nothing of MLflow is needed to write it. YAML is written as JSON, which it includes.
"""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

from fivefold.core.version import __version__
from fivefold.export.pyfunc import METHODS

if TYPE_CHECKING:
    from fivefold.core.artefacts import Column, Contract, Kind
    from fivefold.runtime.bundle import BundleContents

__all__ = ["MODEL_FILE", "mlflow_files", "signature"]

MODEL_FILE = "MLmodel"
"""Name of the file that MLflow looks for."""
_LOADER = "fivefold.export.pyfunc"
_TYPES: dict[Kind, str] = {
    "number": "double",
    "integer": "long",
    "boolean": "boolean",
    "string": "string",
    "datetime": "datetime",
}
_ANY = "any"
"""Whatever a person sends; the bundle's own reader says what is wrong with it."""


def mlflow_files(contents: BundleContents) -> dict[str, bytes]:
    """Return the files of a folder that both MLflow and Fivefold load.

    Parameters
    ----------
    contents : BundleContents

    Returns
    -------
    dict of str to bytes
    """
    needed = [f"fivefold=={__version__}"]
    if any(entry.kind == "onnx" for entry in contents.manifest.members):
        needed.append("onnxruntime")
    model = {
        "flavors": {
            "python_function": {
                "loader_module": _LOADER,
                "python_version": platform.python_version(),
                "env": {"virtualenv": "python_env.yaml", "conda": "conda.yaml"},
            },
            "fivefold": {"version": __version__, "bundle": contents.version},
        },
        "model_uuid": contents.version.removeprefix("sha256:")[:32],
        "signature": {name: json.dumps(said) for name, said in signature(contents.manifest.contract).items()},
    }
    environment = {
        "python": platform.python_version(),
        "build_dependencies": ["pip"],
        "dependencies": ["-r requirements.txt"],
    }
    conda = {
        "name": "fivefold",
        "channels": ["conda-forge"],
        "dependencies": [f"python={platform.python_version()}", "pip", {"pip": needed}],
    }
    return {
        **contents.files,
        MODEL_FILE: _yaml(model),
        "python_env.yaml": _yaml(environment),
        "conda.yaml": _yaml(conda),
        "requirements.txt": "".join(f"{one}\n" for one in needed).encode(),
    }


def signature(contract: Contract) -> dict[str, list[dict[str, Any]]]:
    """Return MLflow's signature of a contract: inputs, outputs and the parameter ``method``.

    A column has a type where MLflow checks nothing that the bundle would take; others are of any type.
    """
    kind = _TYPES[contract.target_kind] if contract.classes else "double"
    method = {"name": "method", "type": "string", "default": METHODS[0], "shape": None}
    return {
        "inputs": [
            {"type": _type(column), "name": column.name, "required": not column.nullable}
            for column in contract.columns
        ],
        "outputs": [{"type": "string" if kind == "datetime" else kind, "required": True}],
        "params": [method],
    }


def _type(column: Column) -> str:
    """MLflow's type of a column; it has no whole numbers, booleans or dates that may be missing or be written otherwise."""
    awkward = column.kind in {"integer", "boolean"} and column.nullable
    return _ANY if awkward or column.kind == "datetime" or column.reading != "plain" else _TYPES[column.kind]


def _yaml(value: object) -> bytes:
    """Return JSON, which YAML includes."""
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"
