"""Files elsewhere: ``https://``, ``s3://`` and ``gs://`` addresses, brought onto this disk by fsspec and then read like others."""

from __future__ import annotations

import contextlib
import shutil
import sys
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from fivefold.core.credentials import NOT_REPEATED, is_torn
from fivefold.core.errors import FivefoldError, InputError, MissingExtraError
from fivefold.data.sources.file import Place, fetch_place
from fivefold.data.sources.folder import is_table, members
from fivefold.data.sources.packed import pour
from fivefold.data.sources.sparse import fetch_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
        _refuse_torn(str(extract.address))
        address, part = _parted(str(extract.address))
        shown = _shown(address)
        place = folder / "remote"
        place.mkdir()
        try:
            files, label = _bring_all(address, shown, place, extract)
            found = members(files, place)
            if len(found) == 1:
                found = [replace(found[0], name=shown)]
            return fetch_place(extract, Place(tuple(found), label, part or extract.settings.table), folder)
        finally:
            shutil.rmtree(place)


def _bring_all(address: str, shown: str, place: Path, extract: Extract) -> tuple[list[Path], str]:
    """Bring the files of an address here; return where they lie, and what to call them."""
    system, path = _file_system(address)
    with _in_our_words(shown):
        paths = [path] if address.startswith(_WEB) else _listed(system, path)
    if not paths:
        raise InputError(
            f"Nothing matches '{shown}'",
            seen="no tables",
            expected="the address of a file, or of a folder that holds tables",
            todo="check the address",
        )
    root, files = _root(path), []
    for there in paths:
        here = place / (_name(there) if paths == [path] else _below(there, root))
        here.parent.mkdir(parents=True, exist_ok=True)
        called = shown if len(paths) == 1 else _name(there)
        with _in_our_words(called):
            _bring(system, there, here, called, extract)
        files.append(here)
    return files, shown if len(files) == 1 else f"{shown} ({len(files)} files)"


def _refuse_torn(address: str) -> None:
    """Refuse an address in which signs of a password stand where the host or the path should."""
    try:
        torn = is_torn(address) or urlsplit(address) is None
    except ValueError:
        torn = True
    if torn:
        scheme = address.partition("://")[0].lower()
        raise InputError(
            "The address cannot be read",
            seen=f"{scheme}://... ({NOT_REPEATED})",
            expected=f"an address such as {scheme}://host/folder/table.csv",
            todo="write the signs @ : / ? # % inside a user, a password or a name as %40 %3A %2F %3F %23 %25",
        )


def _parted(address: str) -> tuple[str, str]:
    """The address, and the sheet or the file of an archive that stands after a ``#``."""
    before, _, behind = address.partition("#")
    return before, unquote(behind)


def _shown(address: str) -> str:
    """An address as it may be written down: without user, password, query and fragment."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    if "@" in parts.path and ":" in host:
        # It may be a user, and a password that begins with digits and holds a stroke.
        return f"{parts.scheme}://.../{_name(address).rpartition('@')[2]}"
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

    theirs: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError, ValueError, *_cloud_errors())
    try:
        yield
    except FivefoldError:
        raise
    except theirs as error:
        raise InputError(
            f"'{shown}' cannot be fetched",
            seen=_reason(error),
            expected="an address that can be read from here",
            todo="check the address, and that you are logged in where it asks for it",
        ) from None


def _reason(error: BaseException) -> str:
    """Why a file could not be fetched, without a word of the libraries' own."""
    import aiohttp

    if isinstance(error, FileNotFoundError):
        # fsspec says so about every answer that it cannot use.
        behind = error.__cause__ or error.__context__
        known = isinstance(behind, aiohttp.ClientError) and getattr(behind, "status", 0) != 404
        return _reason(behind) if behind and known else "nothing at that place"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"the server answered {error.status}"
    if isinstance(error, PermissionError):
        return "the server does not allow it"
    if isinstance(error, aiohttp.ClientError | OSError):
        return f"no connection ({type(error).__name__})"
    if isinstance(error, ValueError):
        return "an answer that cannot be used"
    return f"no credentials, or none that may read it ({type(error).__name__})"


def _cloud_errors() -> tuple[type[Exception], ...]:
    """What the clouds' own libraries raise, where they are at work."""
    places = (
        ("botocore.exceptions", "BotoCoreError"),
        ("botocore.exceptions", "ClientError"),
        ("google.auth.exceptions", "GoogleAuthError"),
        ("gcsfs.retry", "HttpError"),
    )
    return tuple(getattr(sys.modules[module], name) for module, name in places if module in sys.modules)
