"""Packages that an image needs: what the service imports, what this bundle's members load, and nothing else.

They are taken as they are installed here, each file checked against the digest of its package's own record: what answers in the
image is what answered when the bundle was proved. Where this environment cannot run in the image, they come from wheels.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import zipfile
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fivefold.core.errors import SettingsError, StepError
from fivefold.deployment.targets.container.library import loaded_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Package", "members_need", "packages_for", "put"]

SERVICE = ("numpy", "orjson", "prometheus-client", "pydantic", "starlette", "uvicorn", "httptools", "uvloop")
"""What the service itself imports; the web server parses and waits in C where it can."""
_MEMBERS = {"lightgbm": ("lightgbm",), "onnx": ("onnxruntime",)}
"""What members load besides NumPy, by kind. These come without what they require: training's needs, not an answer's."""
_PARTS = {"lightgbm": ("lightgbm/lib/", "lightgbm-")}
"""Of these, only what lies here: the member calls the shared library, never the package."""
_FOLDERS = {"tests", "test", "include", "includes", "__pycache__"}
_UNUSED = {
    "numpy": (
        *("numpy/f2py/", "numpy/distutils/", "numpy/testing/", "numpy/_pyinstaller/", "numpy/conftest.py"),
        *("numpy/_core/_simd.", "numpy/_core/_multiarray_tests.", "numpy/_core/_umath_tests."),
        *(
            "numpy/_core/_rational_tests.",
            "numpy/_core/_operand_flag_tests.",
            "numpy/_core/_struct_ufunc_tests.",
        ),
    ),
    "onnxruntime": tuple(
        f"onnxruntime/{name}/" for name in ("tools", "transformers", "quantization", "datasets", "backend")
    ),
    "pydantic": ("pydantic/v1/", "pydantic/mypy.py"),
}
"""Of these, what begins so is for building, testing and converting; the images' proof would not start if it were imported."""
_ENDINGS = (".pyi", ".pyx", ".pxd", ".pxi", ".c", ".h", ".a", ".pyc", ".hpp", ".cpp")
_REQUIRED = re.compile(r"\s*([A-Za-z0-9._-]+)")


@dataclass(frozen=True, slots=True)
class Package:
    """One package in an exact version.

    Attributes
    ----------
    name, version : str
    licence : str
        As its metadata say; empty where they do not.
    found : Distribution or Path
        Where it is installed, or its wheel.
    """

    name: str
    version: str
    licence: str
    found: Distribution | Path

    @property
    def pin(self) -> str:
        """The line of a requirements file."""
        return f"{self.name}=={self.version}"


def members_need(kinds: Sequence[str]) -> tuple[str, ...]:
    """Return the packages that members of these kinds load."""
    return tuple(name for kind in kinds for name in _MEMBERS.get(kind, ()))


def packages_for(kinds: Sequence[str], further: Sequence[str], wheels: Path | None) -> tuple[Package, ...]:
    """Return all packages of an image, by name.

    Parameters
    ----------
    kinds : sequence of str
        Kinds of the bundle's members.
    further : sequence of str
        What the person wants besides.
    wheels : Path or None
        A folder of wheels; None for what is installed here.

    Raises
    ------
    SettingsError
        When a package is neither here nor there.
    StepError
        When this environment cannot run in a Linux container.
    """
    if wheels is None and sys.platform != "linux":
        needed = dict.fromkeys((*SERVICE, *members_need(kinds), *further))
        raise StepError(
            "The packages of this environment cannot run in a container",
            seen=f"they are for {sys.platform}",
            expected=f"packages for Linux: {', '.join(needed)}",
            todo="fetch wheels into a folder and name it with --set wheels=FOLDER: "
            "docs/targets/container.md has the command",
        )
    found: dict[str, Package] = {}
    for name in (*SERVICE, *further):
        _gather(name, wheels, found)
    for name in members_need(kinds):
        found.setdefault(_canonical(name), _find(name, wheels))
    return tuple(found[name] for name in sorted(found))


def put(package: Package, folder: Path) -> None:
    """Copy what a package needs to run into a folder, each file as it was installed; of shared libraries what is loaded.

    Raises
    ------
    StepError
        When a file is not what the package's record says.
    """
    for path, data in _files(package.found):
        if _kept(package, path):
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(loaded_part(data))


def _gather(name: str, wheels: Path | None, found: dict[str, Package]) -> None:
    """Add a package and all that it requires on this platform."""
    if _canonical(name) in found:
        return
    package = _find(name, wheels)
    found[_canonical(name)] = package
    for required, needed in _required(package):
        try:
            _gather(required, wheels, found)
        except SettingsError:
            # What only other platforms or Pythons require is not here, and is not missed.
            if needed:
                raise


def _required(package: Package) -> Iterator[tuple[str, bool]]:
    """Names of what a package requires, and whether that holds everywhere."""
    found = package.found
    lines = (
        (found.requires or [])
        if isinstance(found, Distribution)
        else _metadata(found).get("requires-dist", [])
    )
    for line in lines:
        words, _, marker = line.partition(";")
        name = _REQUIRED.match(words)
        if name is not None and "extra" not in marker:
            yield name[1], not marker.strip()


def _find(name: str, wheels: Path | None) -> Package:
    """Find a package."""
    if wheels is not None:
        fitting = [
            path
            for path in sorted(wheels.glob("*.whl"))
            if _canonical(path.name.split("-")[0]) == _canonical(name)
        ]
        if len(fitting) != 1:
            raise _missing(name, f"{len(fitting)} wheels of it in '{wheels.name}'", "exactly one wheel")
        told = _metadata(fitting[0])
        licence = (told.get("license-expression") or told.get("license") or [""])[0]
        return Package(
            _canonical(name), told["version"][0], licence.splitlines()[0] if licence else "", fitting[0]
        )
    try:
        here = distribution(name)
    except PackageNotFoundError as error:
        raise _missing(name, "it is not installed", "an installed package") from error
    words = here.metadata["License-Expression"] or here.metadata["License"] or ""
    return Package(_canonical(name), here.version, words.splitlines()[0] if words else "", here)


def _files(found: Distribution | Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Every file of a package, by its path among packages."""
    if isinstance(found, Path):
        yield from _unpacked(found)
        return
    for file in found.files or []:
        path = PurePosixPath(file.as_posix())
        if path.is_absolute() or ".." in path.parts or path.suffix == ".pyc":
            continue  # scripts, and what this machine compiled
        data = Path(str(found.locate_file(file))).read_bytes()
        if file.hash is not None:
            digest = hashlib.new(file.hash.mode, data).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
                raise StepError(
                    f"The package '{found.metadata['Name']}' is not as it was installed",
                    seen=f"'{path}' has changed",
                    expected="the file that its record names",
                    todo="install the package again",
                )
        yield path, data


def _unpacked(wheel: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Every file of a wheel, by its path among packages."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path, apart = PurePosixPath(name), PurePosixPath(name).parts[0].endswith(".data")
            if apart and path.parts[1] not in ("purelib", "platlib"):
                continue  # scripts
            if not name.endswith("/"):
                yield PurePosixPath(*path.parts[2:]) if apart else path, archive.read(name)


def _kept(package: Package, path: PurePosixPath) -> bool:
    """Whether a file is needed to run: no tests, no headers, no type stubs."""
    parts = _PARTS.get(package.name)
    if parts is not None and not str(path).startswith(parts):
        return False
    if path.parts[0].endswith(".dist-info"):
        return True  # licences, and the metadata by which a package is known
    if str(path).startswith(_UNUSED.get(package.name, ())):
        return False
    return not (_FOLDERS & set(path.parts[:-1])) and not path.name.endswith(_ENDINGS)


def _metadata(wheel: Path) -> dict[str, list[str]]:
    """Read the headers of a wheel's metadata."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        head = archive.read(name).decode().partition("\n\n")[0]
    found: dict[str, list[str]] = {}
    for line in head.splitlines():
        key, mark, value = line.partition(": ")
        if mark and not line[0].isspace():
            found.setdefault(key.lower(), []).append(value)
    return found


def _canonical(name: str) -> str:
    """Spell a package's name in the one way that all spellings share."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _missing(name: str, seen: str, expected: str) -> SettingsError:
    """Say that a package cannot be had."""
    return SettingsError(
        f"The package '{name}' cannot be put into an image",
        seen=seen,
        expected=expected,
        todo="install it, or put its wheel into the folder",
    )
