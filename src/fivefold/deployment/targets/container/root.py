"""``python root.py OUT FOLDER...``: gathers what a service runs on out of the image that this is run in, as the root of a smaller one.

It is the first stage of a build, run by the base's own Python before anything of ours could be imported: it needs the standard library only.
Taken are the interpreter, its library, and each shared library that it, its modules and those in the folders load; with them the licences
of the Debian packages that they are of, and what tells scanners which these are.
"""

from __future__ import annotations

import contextlib
import ctypes
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["main"]

_DATA = (
    *("etc/passwd", "etc/group", "etc/nsswitch.conf", "etc/protocols", "etc/services", "etc/ld.so.cache"),
    *("etc/os-release", "usr/lib/os-release", "etc/debian_version"),
    *("etc/ssl", "usr/lib/ssl", "usr/share/ca-certificates"),
    *("etc/localtime", "etc/timezone", "usr/share/zoneinfo"),
)
"""Users, names, where libraries are, which system it is, certificates and time zones; what of it the base has."""
_BY_NAME = ("libgcc_s.so.1", "libnss_files.so.2", "libnss_dns.so.2")
"""What the C library loads when it is wanted: to end a thread, to look up a host."""
_UNUSED = (
    *("site-packages", "dist-packages", "ensurepip", "config-*", "__pycache__", "test"),
    *("idlelib", "lib2to3", "pydoc_data", "tkinter", "turtledemo"),
    *("_tkinter.*", "_curses*", "readline.*", "nis.*", "_dbm.*", "_gdbm.*", "_test*", "_ctypes_test*"),
)
"""Of the standard library, what installs, edits, draws and tests, and modules of terminals and of old databases."""
_DPKG = Path("var/lib/dpkg")


def main(arguments: Sequence[str]) -> int:
    """Gather into the folder that is named first, for the shared libraries in the others; return the exit code."""
    out, *folders = (Path(name).resolve() for name in arguments)
    library = Path(sysconfig.get_path("stdlib"))
    _copy(library, out, _UNUSED)
    ours = (out, *folders)
    modules = (path for folder in ours for path in sorted(folder.rglob("*.so*")))
    files = {file for file in _loaded(modules) if not any(file.is_relative_to(folder) for folder in ours)}
    links = [link for link in Path("/").iterdir() if link.is_symlink()]  # such as /lib
    for path in (*files, *_names(files), *links, *(Path("/") / name for name in _DATA)):
        _copy(path, out)
    _describe(out)
    (out / "tmp").mkdir()
    (out / "tmp").chmod(0o1777)
    return 0


def _loaded(modules: Iterable[Path]) -> set[Path]:
    """Return the files that this process consists of, and those that would be loaded with each of these."""
    for name in _BY_NAME:
        with contextlib.suppress(OSError):  # a C library that has no such file needs none
            ctypes.CDLL(name)
    lines = Path("/proc/self/maps").read_text().splitlines()
    paths = (Path(words[5]) for words in (line.split(maxsplit=5) for line in lines) if len(words) > 5)
    found = {path for path in paths if path.is_file()}
    (loader,) = (path for path in found if path.name.startswith("ld-"))
    for module in modules:
        # It only looks, so that nothing of the module is run.
        done = subprocess.run([loader, "--list", module], capture_output=True, text=True, check=False)
        found |= {Path(word).resolve() for word in done.stdout.split() if word.startswith("/")}
    return found


def _names(files: set[Path]) -> list[Path]:
    """Return the links by which the loader, or whoever starts Python, finds these files."""
    places = {file.parent for file in files}
    places |= {Path(sys.executable).parent, *(Path(name).resolve() for name in ("/lib", "/lib64"))}
    links = (path for place in places if place.is_dir() for path in place.iterdir() if path.is_symlink())
    return [link for link in links if link.resolve() in files]


def _copy(path: Path, out: Path, unused: Sequence[str] = ()) -> None:
    """Copy what is here, a link as a link, to the same place below another root."""
    place = out / path.relative_to("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        place.symlink_to(path.readlink())
    elif path.is_dir():
        shutil.copytree(path, place, symlinks=True, ignore=shutil.ignore_patterns(*unused))
    elif path.is_file():
        shutil.copy2(path, place)


def _describe(out: Path) -> None:
    """Name the Debian packages that anything was taken of, each with its licence."""
    owners = {
        listed.stem.partition(":")[0]
        for listed in (Path("/") / _DPKG / "info").glob("*.list")
        if any((out / name.lstrip("/")).is_file() for name in listed.read_text().splitlines())
    }
    if not owners:
        return  # no Debian
    described = out / _DPKG / "status.d"
    described.mkdir(parents=True)
    for entry in (Path("/") / _DPKG / "status").read_text().split("\n\n"):
        name = entry.partition("\n")[0].removeprefix("Package: ")
        if name in owners:
            (described / name).write_text(f"{entry}\n")
            licence = Path("usr/share/doc") / name / "copyright"
            (out / licence.parent).mkdir(parents=True, exist_ok=True)
            if (Path("/") / licence).is_file():
                shutil.copy(Path("/") / licence, out / licence)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
