"""The recipe of an image: the same facts as a Dockerfile for engines and as a configuration for an archive that is made here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = ["HOME", "LAYERS", "PORT", "ROOT", "Recipe"]

HOME = "/app"
PORT = 8080
LAYERS = ("site", "lib", "own", "bundle")
"""Folders of the image below its home, from the one that changes least to the one that changes most."""
ROOT = "root.py"
"""Of the context, what gathers the root of an image out of a base that is not to be in it as a whole."""
_GATHERED = "/gathered"
_LIBRARIES = ("site", "lib")
_USER = "65532:65532"
_CHECK_SECONDS = {"interval": 30, "timeout": 5, "start-period": 10}
_NANO = 1_000_000_000
_RETRIES = 3


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an image is.

    Attributes
    ----------
    base : str
        Image that it is built on.
    whole : bool
        Whether all of the base is in it, or only what a service runs on.
    labels : dict of str to str
    told : dict of str to str
        What the service is told, by variable.
    """

    base: str
    whole: bool
    labels: dict[str, str]
    told: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """Variables of the image; those of a person and of a platform win."""
        return {
            "PYTHONUNBUFFERED": "1",
            "PYTHONSAFEPATH": "1",
            "PYTHONPATH": f"{HOME}/own:{HOME}/site",
            "LD_LIBRARY_PATH": f"{HOME}/lib",
            # Models answer in one thread; pools of idle ones would only cost memory.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "FIVEFOLD_BUNDLE": f"{HOME}/bundle",
            "FIVEFOLD_SERVE_HOST": "0.0.0.0",
            **self.told,
        }

    @property
    def entrypoint(self) -> list[str]:
        """What is always run; in exec form, so that SIGTERM reaches it."""
        return ["python3", "-m", "fivefold.service"]

    @property
    def command(self) -> list[str]:
        """Its arguments, which SageMaker replaces by the one word ``serve``."""
        return [f"{HOME}/bundle"]

    @property
    def proof(self) -> list[str]:
        """What is run once while it is built."""
        return ["python3", "-m", "fivefold.service.proof", f"{HOME}/bundle"]

    @property
    def check(self) -> list[str]:
        """What an engine runs to learn whether it is ready."""
        return ["python3", "-m", "fivefold.service.healthcheck"]

    def dockerfile(self) -> str:
        """Write it as a Dockerfile that every engine and builder reads: no syntax line, no heredoc, no shell, nothing fetched."""
        lines = [
            "# Written by Fivefold. Build it with: docker build -t NAME .",
            *self._below(),
            _together("LABEL", self.labels),
            _together("ENV", self.environment),
            *(f"COPY {folder} {HOME}/{folder}" for folder in LAYERS),
            f"COPY requirements.txt sbom.cdx.json {HOME}/",
            f"WORKDIR {HOME}",
            "# Proves that the base fits, and leaves the bytecode of what is imported: a read-only container could not.",
            f"RUN {json.dumps(self.proof)}",
            "ENV PYTHONDONTWRITEBYTECODE=1",
            "# Any other uid will do as well.",
            f"USER {_USER}",
            f"EXPOSE {PORT}",
            "HEALTHCHECK "
            + " ".join(f"--{name}={seconds}s" for name, seconds in _CHECK_SECONDS.items())
            + f" --retries={_RETRIES} CMD {json.dumps(self.check)}",
            f"ENTRYPOINT {json.dumps(self.entrypoint)}",
            f"CMD {json.dumps(self.command)}",
        ]
        return "\n".join(lines) + "\n"

    def _below(self) -> list[str]:
        """Begin it: with the base, or with a root that is gathered out of the base."""
        if self.whole:
            return [f"FROM {self.base}"]
        libraries = [f"{HOME}/{folder}" for folder in _LIBRARIES]
        return [
            "# Of the base, only what a service runs on: no package manager, no shell, no pip.",
            f"FROM {self.base} AS base",
            *(f"COPY {folder} {HOME}/{folder}" for folder in _LIBRARIES),
            f"COPY {ROOT} {HOME}/",
            f"ENV LD_LIBRARY_PATH={HOME}/lib",
            f"RUN {json.dumps(['python3', f'{HOME}/{ROOT}', _GATHERED, *libraries])}",
            "FROM scratch",
            f"COPY --from=base {_GATHERED} /",
            _together("ENV", {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}),
        ]

    def configuration(self, base: dict[str, Any]) -> dict[str, Any]:
        """Write it as the ``config`` of an image, over that of its base."""
        before = {name: value for name, _, value in (line.partition("=") for line in base.get("Env") or [])}
        return base | {
            "Env": [
                f"{name}={value}"
                for name, value in (before | self.environment | {"PYTHONDONTWRITEBYTECODE": "1"}).items()
            ],
            "Labels": (base.get("Labels") or {}) | self.labels,
            "Entrypoint": self.entrypoint,
            "Cmd": self.command,
            "User": _USER,
            "WorkingDir": HOME,
            "ExposedPorts": {f"{PORT}/tcp": {}},
            "Healthcheck": {
                "Test": ["CMD", *self.check],
                "Interval": _CHECK_SECONDS["interval"] * _NANO,
                "Timeout": _CHECK_SECONDS["timeout"] * _NANO,
                "StartPeriod": _CHECK_SECONDS["start-period"] * _NANO,
                "Retries": _RETRIES,
            },
        }


def _together(word: str, pairs: dict[str, str]) -> str:
    """Write one instruction for all pairs: older builders commit an image for each instruction, for a third of a second."""
    return f"{word} " + " \\\n    ".join(f"{name}={json.dumps(value)}" for name, value in pairs.items())
