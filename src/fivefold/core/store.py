"""The store: a folder of runs. A run is a folder of artefacts; an artefact is a manifest beside its payloads.

fivefold-runs/
  3f9a2c1e/                 the run's short id
    begun/                  what a step that was killed had finished; gone once the step is whole
    run.json                question, source and settings
    ledger.json
    research/manifest.json  written last and renamed into place with its whole folder
    data/ train/ deploy/ monitor/
    live/                   the service's log and output; goes on changing
    report.html
  .work/                    steps that are being made; nothing here looks whole
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from fivefold.core import records
from fivefold.core.artefacts.lineage import Lineage
from fivefold.core.budget import STEPS
from fivefold.core.errors import ArtefactError, FivefoldError, InputError, MisuseError
from fivefold.core.locks import hold
from fivefold.core.workplace import WORK, held_folder, work_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FORMAT", "Header", "Manifest", "Run", "Store", "Stored", "write_atomically"]

FORMAT = 1
"""Version of the manifests that this version of Fivefold writes."""

Body = TypeVar("Body")


@dataclass(frozen=True, slots=True)
class Header:
    """What every artefact carries besides its body.

    Attributes
    ----------
    kind : str
        ``Brief``, ``Dataset``, ``Model``, ``Release`` or ``Health``.
    format : int
        Version of the manifest.
    key : str
        Digest of everything that went in: parents, settings, code version. Same key, same work.
    digest : str
        Digest of what came out: body, parents and payloads.
    parents : dict of str to str
        Digests of the artefacts that this one was made from, by kind.
    payloads : dict of str to str
        Digest of each payload by its path inside the artefact's folder.
    created : str
        ISO time, UTC.
    seconds : float
        Time that the step took.
    lineage : tuple of Lineage
        Of a Dataset: the tables that it was made of. No part of the digest: equal rows make equal datasets.
    """

    kind: str
    format: int
    key: str
    digest: str
    parents: dict[str, str]
    payloads: dict[str, str]
    created: str
    seconds: float
    lineage: tuple[Lineage, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest(Generic[Body]):
    """A manifest as it lies on disk, and as ``fivefold show STEP --json`` prints it."""

    header: Header
    body: Body


@dataclass(frozen=True, slots=True)
class Stored(Generic[Body]):
    """An artefact in the store: its header, its body, and the folder of its payloads."""

    header: Header
    body: Body
    folder: Path


class Store:
    """A folder of runs.

    Parameters
    ----------
    root : Path
        Created when a run is opened.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self, run_id: str) -> Run:
        """Open or create the run of this id.

        Raises
        ------
        InputError
            When the folder cannot be written.
        """
        folder = self.root / run_id
        try:
            (folder / "live").mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise _unwritable(folder, error) from error
        return Run(folder)

    @contextlib.contextmanager
    def workplace(self) -> Iterator[Path]:
        """Give an empty folder for work that belongs to no run yet; it is gone afterwards."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self.root, error) from error
        try:
            with held_folder(self.root, "source-") as place:
                yield place
        except PermissionError as error:
            raise _unwritable(self.root, error) from error

    def find(self, name: str) -> Run:
        """Return the run named by a folder, a short id (or its beginning), or ``latest``.

        Raises
        ------
        InputError
            When there is no such run, or more than one.
        """
        as_path = Path(name)
        if name and (as_path / "run.json").is_file():
            return Run(as_path)
        runs = self.runs()
        if name == "latest" and runs:
            return runs[-1]
        # An empty name, as of a variable that is not set, is none: every run begins with it.
        found = [run for run in runs if name and run.id.startswith(name)] if name != "latest" else []
        if len(found) == 1:
            return found[0]
        raise InputError(
            f"There is no run '{name}'" if not found else f"More than one run begins with '{name}'",
            seen=", ".join(run.id for run in (found or runs)[-8:]) or f"no runs in '{self.root}'",
            expected="a run's folder, its short id, or 'latest'",
            todo="name one of these, or make one with: fivefold run TABLE --target COLUMN",
        )

    def runs(self) -> list[Run]:
        """All runs, the one touched last at the end."""
        files = sorted(self.root.glob("*/run.json"), key=lambda path: path.stat().st_mtime_ns)
        return [Run(path.parent) for path in files]


class Run:
    """One run's folder.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = folder.resolve().name
        self.live = folder / "live"

    def get(self, step: str, kind: type[Body], *, key: str | None = None) -> Stored[Body] | None:
        """Return the step's artefact if it is there (and was made from the same things, when a key is given)."""
        folder = self.folder / step
        path = folder / "manifest.json"
        if not path.is_file():
            return None
        manifest = records.load(Manifest[kind], path.read_bytes(), label=f"'{path}'")  # type: ignore[valid-type]  # which kind is known at run time only
        header = manifest.header
        if header.format != FORMAT or header.kind != kind.__name__:
            raise ArtefactError(
                f"'{path}' cannot be read",
                seen=f"{header.kind}, format {header.format}",
                expected=f"{kind.__name__}, format {FORMAT}",
                todo="run the step again, or use the version of Fivefold that wrote it",
            )
        if key is not None and header.key != key:
            return None
        return Stored(header, manifest.body, folder)

    def need(self, step: str, kind: type[Body]) -> Stored[Body]:
        """Return the step's artefact, which must be there."""
        stored = self.get(step, kind)
        if stored is None:
            done = [each for each in STEPS if (self.folder / each / "manifest.json").is_file()]
            first = next((each for each in STEPS if each not in done), step)
            raise MisuseError(
                f"Run '{self.id}' has no {kind.__name__} yet",
                seen=", ".join(done) or "no step",
                expected=f"the step '{step}' to be finished",
                # Research alone is given a table and not a run.
                todo=f"run it: fivefold {first} {self.id}"
                if first != STEPS[0]
                else "repeat the command that began it: fivefold run TABLE --target COLUMN",
            )
        return stored

    def begun(self, step: str, key: str) -> Path:
        """Return the folder that outlives a killed step: with what an earlier try of the same key left there, else empty."""
        folder = self.folder / "begun" / step
        mark = folder / "key"
        if not mark.is_file() or mark.read_text() != key:
            self.forget(step)
            folder.mkdir(parents=True)
            write_atomically(mark, key.encode())
        return folder

    def forget(self, step: str) -> None:
        """Remove what earlier tries of a step left."""
        shutil.rmtree(self.folder / "begun" / step, ignore_errors=True)
        with contextlib.suppress(OSError):
            (self.folder / "begun").rmdir()

    @contextlib.contextmanager
    def workplace(self, step: str) -> Iterator[tuple[Path, Path]]:
        """Give an empty folder for payloads and one for scratch; both are gone afterwards unless committed."""
        with self._named(), work_folder(self.folder.parent, f"{self.id}-{step}-") as place:
            (place / "payload").mkdir()
            (place / "scratch").mkdir()
            yield place / "payload", place / "scratch"

    def commit(
        self,
        step: str,
        body: Body,
        payload: Path,
        *,
        key: str,
        parents: dict[str, str],
        seconds: float,
        lineage: tuple[Lineage, ...] = (),
    ) -> Stored[Body]:
        """Write the manifest, then rename the whole folder into place.

        Parameters
        ----------
        step : str
        body : record
        payload : Path
            The folder that holds the payloads; it is moved.
        key : str
            Digest of everything that went in.
        parents : dict of str to str
            Digests by kind.
        seconds : float
            Time that the step took.
        lineage : tuple of Lineage
            Tables that the payloads were made of.
        """
        files = sorted(path for path in payload.rglob("*") if path.is_file())
        digests = {path.relative_to(payload).as_posix(): records.file_digest(path) for path in files}
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        kind, digest = type(body).__name__, _digest(body, parents, digests)
        header = Header(kind, FORMAT, key, digest, parents, digests, created, round(seconds, 3), lineage)
        write_atomically(payload / "manifest.json", records.dump({"header": header, "body": body}))
        folder = self.folder / step
        self._put(payload, folder)
        return Stored(header, body, folder)

    def amend(self, step: str, stored: Stored[Body], body: Body) -> Stored[Body]:
        """Put another body into a step's artefact, whose payloads stay; the step is done anew when it is asked for again."""
        header = replace(
            stored.header, key="", digest=_digest(body, stored.header.parents, stored.header.payloads)
        )
        write_atomically(self.folder / step / "manifest.json", records.dump({"header": header, "body": body}))
        return replace(stored, header=header, body=body)

    def _put(self, payload: Path, folder: Path) -> None:
        """Rename a finished folder over what stands there; what a kill leaves between the two renames is mended by ``_sweep``."""
        aside = payload.parent / "aside"
        with contextlib.suppress(FileNotFoundError):
            folder.rename(aside)
        try:
            payload.rename(folder)
        except OSError:
            if not (folder / "manifest.json").is_file():
                raise
            # Another process put the same step in place between our two renames; its work is as good as ours.

    @contextlib.contextmanager
    def lock(self, patience: float = 5.0) -> Iterator[None]:
        """Hold the run for this process; the kernel lets go when the process ends, however it ends.

        Parameters
        ----------
        patience : float
            Seconds to wait for another process that works on the same run.

        Raises
        ------
        MisuseError
            When the other process does not finish in that time.
        """
        held = hold(
            self.folder / ".lock",
            patience,
            what=f"Another process works on run '{self.id}'",
            expected="one process per run",
            todo="wait for it, or start a run with other settings or another --out",
        )
        with held:
            self._sweep()
            with self._named():
                yield

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        """Have the advice of errors name this run."""
        try:
            yield
        except FivefoldError as error:
            error.name_run(self.id)
            raise

    @property
    def busy(self) -> bool:
        """Whether a process holds the run now."""
        try:
            with (self.folder / ".lock").open() as stream:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            return isinstance(error, BlockingIOError)
        return False

    def _sweep(self) -> None:
        """Remove what killed processes left half made; we hold the lock, so nobody works on it. What was whole is put in place."""
        for place in (self.folder.parent / WORK).glob(f"{self.id}-*"):
            folder = self.folder / place.name.removeprefix(f"{self.id}-").rpartition("-")[0]
            if (place / "aside").is_dir() and not folder.exists():
                (place / "payload").rename(folder)
            shutil.rmtree(place, ignore_errors=True)

    def write(self, name: str, record: object) -> None:
        """Write a record of the run itself, such as ``run.json``."""
        write_atomically(self.folder / name, records.dump(record))

    def read(self, name: str, kind: type[Body]) -> Body | None:
        """Read a record of the run itself; None when it is not there."""
        path = self.folder / name
        return records.load(kind, path.read_bytes(), label=f"'{path}'") if path.is_file() else None


def _digest(body: object, parents: dict[str, str], payloads: dict[str, str]) -> str:
    """Return the digest of an artefact."""
    facts = {"kind": type(body).__name__, "format": FORMAT, "parents": parents, "payloads": payloads}
    return records.digest(facts | {"body": records.plain(body)})


def _unwritable(folder: Path, error: OSError) -> InputError:
    """Make the error for a folder that cannot be written."""
    return InputError(
        f"The folder '{folder}' cannot be written",
        seen=error.strerror or str(error),
        expected="a folder that may be created and written",
        todo="choose another with --out, or change its permissions",
    )


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old one or the new one and nothing between."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
