"""Where an MLflow server is and how one logs in, from the variables that MLflow's own client reads."""

from __future__ import annotations

import base64
import ssl
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from fivefold.core.credentials import scrub
from fivefold.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Address"]

_URI = "MLFLOW_TRACKING_URI"
_USER, _PASSWORD, _TOKEN = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"
_INSECURE, _CERTIFICATE = "MLFLOW_TRACKING_INSECURE_TLS", "MLFLOW_TRACKING_SERVER_CERT_PATH"
_CLIENT = "MLFLOW_TRACKING_CLIENT_CERT_PATH"
_NEAR = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Address:
    """A server and the key to it.

    Attributes
    ----------
    host : str
    port : int
    secure : bool
        Whether the connection is encrypted.
    path : str
        What stands before ``/api``; empty, or begins with a slash.
    authorization : str
        Value of the header; empty without credentials. No part of the text that this prints as.
    secrets : tuple of str
        What no text may show.
    """

    host: str
    port: int
    secure: bool
    path: str
    authorization: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Address:
        """Read the variables.

        Raises
        ------
        SettingsError
            When they name no server that can be spoken to over HTTP.
        """
        uri = environ.get(_URI, "").strip()
        try:
            parts, port = urlsplit(uri), urlsplit(uri).port
        except ValueError:
            parts, port = SplitResult("", "", "", "", ""), None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise _no_server(parts.scheme)
        secure = parts.scheme == "https"
        user = environ.get(_USER) or unquote(parts.username or "")
        password = environ.get(_PASSWORD) or unquote(parts.password or "")
        authorization, secrets = _login(user, password, environ.get(_TOKEN, "").strip())
        path = parts.path.rstrip("/")
        return cls(parts.hostname, port or (443 if secure else 80), secure, path, authorization, secrets)

    @property
    def shown(self) -> str:
        """The address as it may be told."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}{self.path}"

    def clean(self, text: str) -> str:
        """Return a text on one line, without any secret, and no longer than a person reads."""
        return scrub(" ".join(text.split()), *self.secrets)[:300]

    def connect(
        self, environ: Mapping[str, str], timeout: float
    ) -> tuple[HTTPConnection, str, dict[str, str]]:
        """Make a connection that opens itself; return it with what stands before each path, and what a proxy must be told.

        Proxies are those that the environment names; this machine itself is never reached through one.
        """
        near = self.host in _NEAR or proxy_bypass(self.host)
        proxy = urlsplit("" if near else getproxies().get("https" if self.secure else "http", ""))
        host, port = (proxy.hostname, proxy.port or 80) if proxy.hostname else (self.host, self.port)
        told = {}
        if proxy.username:
            told["Proxy-Authorization"] = _basic(unquote(proxy.username), unquote(proxy.password or ""))
        if not self.secure:
            line = HTTPConnection(host, port, timeout=timeout)
            return line, self.shown if proxy.hostname else self.path, told
        line = HTTPSConnection(host, port, timeout=timeout, context=_trust(environ))
        if proxy.hostname:
            line.set_tunnel(self.host, self.port, told)
        return line, self.path, {}


def _login(user: str, password: str, token: str) -> tuple[str, tuple[str, ...]]:
    """Value of the header, a password before a token as MLflow has it, and everything in it that is secret."""
    if user and password:
        value = _basic(user, password)
        return value, (password, value, value.removeprefix("Basic "))
    if not token:
        return "", ()
    if not (token.isascii() and token.isprintable()):
        raise SettingsError(
            f"{_TOKEN} holds characters that no token has",
            expected="letters, figures and signs on one line",
            todo="set it anew",
        )
    return f"Bearer {token}", (token,)


def _basic(user: str, password: str) -> str:
    """Name and password as HTTP wants them."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _trust(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Whose certificates are believed."""
    try:
        trust = ssl.create_default_context(cafile=environ.get(_CERTIFICATE) or None)
        if environ.get(_CLIENT):
            trust.load_cert_chain(environ[_CLIENT])
    except OSError as error:
        raise SettingsError(
            f"{_CERTIFICATE} or {_CLIENT} names no certificate that can be read",
            seen=error.strerror or type(error).__name__,
            expected="a file in PEM form",
            todo="set it to such a file, or take it away",
        ) from None
    if environ.get(_INSECURE, "").lower() in {"true", "1"}:
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
    return trust


def _no_server(scheme: str) -> SettingsError:
    """Make the error for an address that is none of a server."""
    store = scheme if scheme in {"sqlite", "postgresql", "mysql", "mssql"} else ""
    start = (
        "mlflow server --backend-store-uri with that address"
        if store
        else "mlflow server over the same store"
    )
    return SettingsError(
        f"{_URI} names a place that only the mlflow package itself can write to",
        seen=f"'{scheme}:'" if scheme else "no scheme, a folder perhaps",
        expected="the address of an MLflow server, such as http://127.0.0.1:5000",
        todo=f"start one ({start}) and name its address",
    )
