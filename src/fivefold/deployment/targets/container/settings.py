"""What a person may say about an image: ``[deploy.container]``."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from fivefold.core.credentials import NOT_REPEATED, PASSWORD_VARIABLE, is_torn, without_password
from fivefold.core.errors import SettingsError
from fivefold.core.options import check_options
from fivefold.deployment.engine import ENGINES
from fivefold.service.log import MODES
from fivefold.service.variables import PREFIX

__all__ = ["ARCHIVE", "PYTHON", "ContainerSettings"]

PYTHON = f"docker.io/library/python:{sys.version_info[0]}.{sys.version_info[1]}-slim"
"""The official image of this Python."""
ARCHIVE = "archive"
"""In place of an engine: the image is put together here, and is a file."""
_NAME = re.compile(r"[a-z0-9]+(?:[._/:-]+[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True, slots=True)
class ContainerSettings:
    """Options of the target ``container``.

    Attributes
    ----------
    name : str
        Of the image, with a registry in front if it is to be sent there; ``fivefold-`` and the target column if empty.
    tag : str
        Twelve digits of the bundle's version if empty.
    base : str
        Image that it is built on, with this Python in it; for an archive the file of such an image. If empty, the official slim one,
        of which only what a service runs on is taken.
    engine : str
        ``docker``, ``podman``, ``buildah``, ``archive``, or empty for the first that answers, else ``archive``.
    auth : str
        ``tokens``: outside of a platform it demands a token, and makes one where it is given none; ``none``: it answers everybody who reaches it.
    log : str
        Where predictions are logged, as ``--log`` says.
    log_mode, log_keep : str
        As ``--log-mode`` and ``--log-keep``.
    packages : str
        Further installed packages to be taken along, set apart by commas; such as ``psycopg`` for a log in PostgreSQL.
    wheels : str
        Folder of wheels to take the packages from instead of this environment.
    """

    name: str = ""
    tag: str = ""
    base: str = ""
    engine: str = ""
    auth: str = "tokens"
    log: str = "stdout"
    log_mode: str = "async"
    log_keep: str = ""
    packages: str = ""
    wheels: str = ""

    def __post_init__(self) -> None:
        """Refuse words that cannot be meant, and a password: whoever has the image could read it."""
        if "://" in self.log and (without_password(self.log) != self.log or is_torn(self.log)):
            raise SettingsError(
                "The target 'container' would write a password into the image",
                seen=f"a log whose address is {NOT_REPEATED}",
                expected="an address without one, such as postgresql://user@host/database",
                todo=f"leave it out, and hand it to the container in the variable {PASSWORD_VARIABLE} where that is run",
            )
        rules = (
            ("engine", self.engine in ("", ARCHIVE, *ENGINES), ", ".join((*ENGINES, ARCHIVE))),
            ("log_mode", self.log_mode in MODES, " or ".join(MODES)),
            ("auth", self.auth in ("tokens", "none"), "tokens or none"),
            ("name", not self.name or _NAME.fullmatch(self.name), "lower case, such as shop/prices"),
            ("tag", not self.tag or _TAG.fullmatch(self.tag), "letters, digits and _.-"),
        )
        check_options("container", self, rules)

    @property
    def image(self) -> str:
        """The image that it is built on."""
        return self.base or PYTHON

    @property
    def whole(self) -> bool:
        """Whether all of that image is in it: one that a person names is taken as it is."""
        return bool(self.base)

    @property
    def told(self) -> dict[str, str]:
        """What the service in the image is told, by variable."""
        words = {"LOG": self.log, "LOG_MODE": self.log_mode, "LOG_KEEP": self.log_keep}
        words["NO_AUTH" if self.auth == "none" else "MAKE_TOKEN"] = "1"
        return {PREFIX + name: value for name, value in words.items() if value}

    def reference(self, target: str, version: str) -> str:
        """Return name and tag of the image.

        Parameters
        ----------
        target : str
            The column that is predicted.
        version : str
            Of the bundle.

        Examples
        --------
        >>> ContainerSettings().reference("Sale price", "sha256:5251cb146870980397befa15")
        'fivefold-sale-price:5251cb146870'
        """
        word = re.sub(r"[^a-z0-9]+", "-", target.lower()).strip("-")[:40].strip("-") or "model"
        return f"{self.name or f'fivefold-{word}'}:{self.tag or version.rpartition(':')[2][:12]}"
