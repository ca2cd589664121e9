"""Who asks: access tokens of Google's, renewed when they expire, or nobody, for a server of one's own."""

from __future__ import annotations

from typing import Any, Protocol

from fivefold.core.errors import MissingExtraError, SettingsError

__all__ = ["Anonymous", "GoogleTokens", "Tokens"]

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


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

    Raises
    ------
    MissingExtraError
        When google-auth is not installed.
    SettingsError
        When this machine has no credentials.
    """

    def __init__(self, project: str) -> None:
        try:
            import google.auth
            from google.auth.exceptions import DefaultCredentialsError
        except ImportError as error:
            raise MissingExtraError(
                "Vertex AI needs a library that is not installed",
                seen=f"no module {error.name}",
                todo='pip install "fivefold[vertex]"',
            ) from error
        try:
            self._credentials: Any = google.auth.default(scopes=_SCOPES, quota_project_id=project)[0]
        except DefaultCredentialsError:
            raise _no_credentials("none that can be used") from None

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


def _no_credentials(seen: str) -> SettingsError:
    """Say how to log in."""
    return SettingsError(
        "Vertex AI does not let you in",
        seen=seen,
        expected="credentials of Google's on this machine",
        todo="gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS",
    )
