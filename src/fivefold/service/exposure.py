"""Exposure: a service that others can reach demands a token, unless somebody has said that it need not."""

from __future__ import annotations

import secrets
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.service.settings import ServiceSettings

__all__ = ["check_exposure", "is_loopback", "made_token"]

# The platform authenticates whoever asks, before the container sees it, and has no way to send a token of ours.
_GUARDED = {"AIP_HTTP_PORT": "Vertex AI", "SAGEMAKER_BIND_TO_PORT": "SageMaker"}
_TOKEN_BYTES = 16


def check_exposure(host: str, settings: ServiceSettings, environ: Mapping[str, str]) -> str:
    """Refuse to be reached from elsewhere with nothing demanded; return who may ask, in words.

    Parameters
    ----------
    host : str
        Address of the interface that is listened on.
    settings : ServiceSettings
    environ : mapping of str to str
        A platform's variable says that the platform stands before the service.

    Raises
    ------
    SettingsError
        When nothing is said, or both that tokens are demanded and that none are.
    """
    if settings.tokens and settings.no_auth:
        raise SettingsError(
            "Tokens are given, and --no-auth says that none are demanded",
            expected="one of the two",
            todo=f"leave out --no-auth, or --token-file and the variable {TOKENS_VARIABLE}",
        )
    if settings.tokens:
        return "whoever has a token may ask"
    if is_loopback(host):
        return "whoever is on this machine may ask"
    if settings.no_auth:
        return "ANYBODY who reaches this address may ask (--no-auth)"
    if settings.on_platform:
        return "the platform decides who may ask (started with the word 'serve', as SageMaker does)"
    variable = _guarded_by(environ)
    if variable:
        return f"{_GUARDED[variable]} decides who may ask ({variable} is set)"
    raise SettingsError(
        "The service could be reached from other machines, and would answer anybody",
        seen=f"it is to listen on {host}, without a token",
        expected=f"--token-file FILE, tokens in the variable {TOKENS_VARIABLE}, or --no-auth",
        todo="give a token, listen on 127.0.0.1, or say --no-auth where something else keeps others out",
        code="not_guarded",
    )


def made_token(host: str, settings: ServiceSettings, environ: Mapping[str, str]) -> str:
    """Return a new token where the service was told to make one, and nothing else says who may ask; else an empty text.

    Parameters
    ----------
    host : str
        Address of the interface that is listened on.
    settings : ServiceSettings
    environ : mapping of str to str
    """
    said = settings.tokens or settings.no_auth or settings.on_platform or _guarded_by(environ)
    if said or is_loopback(host) or not settings.make_token:
        return ""
    return secrets.token_hex(_TOKEN_BYTES)


def _guarded_by(environ: Mapping[str, str]) -> str:
    """Return the variable by which a platform says that it stands before the service; empty where none does."""
    return next((variable for variable in _GUARDED if environ.get(variable)), "")


def is_loopback(host: str) -> bool:
    """Whether an address can only be reached from this machine.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "10.0.0.7")]
    [True, True, True, False, False, False]
    """
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback
