"""Files elsewhere: ``https://``, ``s3://`` and ``gs://`` addresses, brought onto this disk by fsspec and then read like others."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from fivefold.core.errors import InputError, MissingExtraError
from fivefold.data.sources.file import Place, fetch_place
from fivefold.data.sources.folder import is_table, members
from fivefold.data.sources.packed import pour
from fivefold.data.sources.sparse import fetch_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.core.extract import Extract
    from fivefold.core.protocols import Fetched

__all__ = ["RemoteSource"]

_WEB = ("http", "https")
_SCHEMES = (*_WEB, "s3", "gs", "gcs")
_CONNECT_SECONDS = 20
_READ_SECONDS = 60


class RemoteSource:
    """A file by its address, or, in a bucket, a folder or a pattern of files.

    Credentials are found where the cloud's own tools keep them; those in an address are used and never repeated.
    """

    def accepts(self, address: object) -> bool:
        """Whether this is an address of the web or of a bucket."""
        return (
            isinstance(address, str) and address.partition("://")[0].lower() in _SCHEMES and "://" in address
        )

    def fetch(self, extract: Extract, folder: Path) -> Fetched:
        """Bring the files here, and read them.

        Raises
        ------
        InputError
            When nothing is there, it may not be read, or it does not fit on the disk.
        MissingExtraError
            When the libraries for addresses are not installed.
        """
        address, part = _parted(str(extract.address))
        shown = _shown(address)
        system, path = _file_system(address)
        place = folder / "remote"
        place.mkdir()
        with _in_our_words(shown):
            paths = [path] if address.startswith(_WEB) else _listed(system, path)
        if not paths:
            raise InputError(
                f"Nothing matches '{shown}'",
                seen="no tables",
                expected="the address of a file, or of a folder that holds tables",
                todo="check the address",
            )
        root = _root(path) if len(paths) > 1 or paths[0] != path else str(PurePosixPath(path).parent)
        files = []
        for number, there in enumerate(paths):
            name = _below(there, root) if len(paths) > 1 else _name(there)
            here = place / name
            here.parent.mkdir(parents=True, exist_ok=True)
            with _in_our_words(_name(there) if number else shown):
                _bring(system, there, here, _name(there), extract)
            files.append(here)
        label = shown if len(files) == 1 else f"{shown} ({len(files)} files)"
        found = members(files, place)
        if len(found) == 1:
            found = [replace(found[0], name=shown)]
        return fetch_place(extract, Place(tuple(found), label, part or extract.settings.table), folder)


def _parted(address: str) -> tuple[str, str]:
    """The address, and the sheet or the file of an archive that stands after a ``#``."""
    before, _, behind = address.partition("#")
    return before, unquote(behind)


def _shown(address: str) -> str:
    """An address as it may be written down: without user, password, query and fragment."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{unquote(parts.path)}"


def _name(path: str) -> str:
    """Name of a remote file."""
    return unquote(PurePosixPath(urlsplit(path).path).name) or "table"


def _root(path: str) -> str:
    """The folder of a bucket that stands before the first sign of a pattern."""
    parts = path.rstrip("/").split("/")
    kept = next((parts[:at] for at, part in enumerate(parts) if any(sign in part for sign in "*?[")), parts)
    return "/".join(kept)


def _below(path: str, root: str) -> str:
    """Place of a file below the common folder."""
    return path.removeprefix(root).lstrip("/")


def _file_system(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    scheme = address.partition("://")[0].lower()
    try:
        import fsspec

        options = _web_options() if scheme in _WEB else {}
        kind = fsspec.get_filesystem_class(scheme)
        return kind(**options), address if scheme in _WEB else kind._strip_protocol(address)
    except ImportError as error:
        raise MissingExtraError(
            f"Addresses of {scheme}:// need libraries that are not installed",
            seen=f"no {error.name}" if error.name else "",
            expected="the extra 'remote'",
            todo='pip install "fivefold[remote]"',
        ) from error


def _web_options() -> dict[str, Any]:
    """No limit on the whole, but on every wait."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
    return {"client_kwargs": {"timeout": timeout, "trust_env": True}}


def _listed(system: Any, path: str) -> list[str]:
    """Files of a bucket that an address stands for, in the order of their names."""
    if any(sign in path for sign in "*?["):
        return sorted(str(found) for found in system.glob(path))
    if not path.endswith("/") and system.isfile(path):
        return [path]
    return sorted(str(found) for found in system.find(path) if is_table(_below(str(found), path)))


def _bring(system: Any, there: str, here: Path, name: str, extract: Extract) -> None:
    """Fetch what is needed of one file."""
    if here.suffix.lower() in {".parquet", ".pq"} and fetch_columns(system, there, here, extract):
        return
    with system.open(there, "rb", block_size=0 if there.startswith(_WEB) else None) as stream:
        pour(stream, here, name, packed=0, disk=extract.disk)


@contextlib.contextmanager
def _in_our_words(shown: str) -> Iterator[None]:
    """Turn what the libraries say into one clear error; their own words may repeat the address with its secrets."""
    import aiohttp

    try:
        yield
    except aiohttp.ClientResponseError as error:
        raise _refused(shown, f"the server answered {error.status}") from None
    except FileNotFoundError:
        raise _refused(shown, "nothing at that place") from None
    except PermissionError:
        raise _refused(shown, "the server does not allow it") from None
    except (aiohttp.ClientError, OSError) as error:
        raise _refused(shown, f"no connection ({type(error).__name__})") from None
    except ValueError as error:
        raise _refused(shown, f"an answer that cannot be used ({type(error).__name__})") from None
    except _cloud_errors() as error:
        seen = f"{type(error).__name__}: no credentials, or none that may read it"
        raise _refused(shown, seen) from None


def _cloud_errors() -> tuple[type[Exception], ...]:
    """What the clouds' own libraries raise, where they are at work."""
    places = (
        ("botocore.exceptions", "BotoCoreError"),
        ("botocore.exceptions", "ClientError"),
        ("google.auth.exceptions", "GoogleAuthError"),
        ("gcsfs.retry", "HttpError"),
    )
    return tuple(getattr(sys.modules[module], name) for module, name in places if module in sys.modules)


def _refused(shown: str, seen: str) -> InputError:
    """The error about an address that cannot be read."""
    return InputError(
        f"'{shown}' cannot be fetched",
        seen=seen,
        expected="an address that can be read from here",
        todo="check the address, and that you are logged in where it asks for it",
    )
