"""Who asks: access tokens of Google's, renewed when they expire, or nobody, for a server of one's own."""

from __future__ import annotations

from typing import Any, Protocol

from fivefold.core.errors import InputError, MissingExtraError

__all__ = ["Anonymous", "GoogleTokens", "Tokens"]

_ALL = ("https://www.googleapis.com/auth/cloud-platform",)


class Tokens(Protocol):
    """Where access tokens come from."""

    def headers(self, *, renewed: bool = False) -> dict[str, str]:
        """Return what a request shows, with a new token if the last was not taken; nothing where none is needed."""


class Anonymous:
    """Shows nothing: for an emulator."""

    def headers(self, *, renewed: bool = False) -> dict[str, str]:  # noqa: ARG002 - the protocol's
        """Return nothing."""
        return {}


class GoogleTokens:
    """The credentials of this machine, as google-auth finds them (application default credentials).

    Parameters
    ----------
    project : str
        Pays for the requests.
    scopes : tuple of str
        What they are for.
    extra : str
        Of the package, which brings google-auth.

    Raises
    ------
    MissingExtraError
        When google-auth is not installed.
    InputError
        When this machine has no credentials.
    """

    def __init__(self, project: str, scopes: tuple[str, ...] = _ALL, extra: str = "vertex") -> None:
        try:
            import google.auth
            from google.auth.exceptions import DefaultCredentialsError
        except ImportError as error:
            raise MissingExtraError(
                "Google's services need a library that is not installed",
                seen=f"no module {error.name}",
                todo=f'pip install "fivefold[{extra}]"',
            ) from error
        try:
            found = google.auth.default(scopes=list(scopes), quota_project_id=project)
        except DefaultCredentialsError:
            raise _no_credentials("no credentials that can be used") from None
        self._credentials: Any = found[0]

    def headers(self, *, renewed: bool = False) -> dict[str, str]:
        """Return a token that is valid, as far as this machine can tell, and the project that pays.

        Without the latter Google refuses a person's own login (``gcloud auth application-default login``).
        """
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        if renewed or not self._credentials.valid:
            try:
                self._credentials.refresh(Request())
            except GoogleAuthError as error:
                raise _no_credentials(f"{type(error).__name__}: they cannot be renewed") from None
        shown: dict[str, str] = {}
        self._credentials.apply(shown)
        return shown


def _no_credentials(seen: str) -> InputError:
    """Say how to log in."""
    return InputError(
        "Google's services do not let you in",
        seen=seen,
        expected="credentials of Google's on this machine",
        todo="gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS",
    )
