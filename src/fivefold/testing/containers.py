"""Engines for tests, started where they are installed, and a base image made of this machine's own packages.

Nothing is fetched from anywhere: the base is made of what is installed on this machine.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import SkipTest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BASE", "docker_engine", "podman_engine", "save_base"]

BASE = f"docker.io/library/python:{sys.version_info[0]}.{sys.version_info[1]}-slim"
"""The base under the name that images are built on."""
_START_SECONDS = 30.0
_NEW_NETWORK = 0x40000000
"""``CLONE_NEWNET``."""
_STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{0}/graph"
runroot = "{0}/run"
"""
# Limits that a container may not raise where this machine's root may not either; runc, since crun refuses cgroups of both versions at once.
_CONTAINERS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
_DEBS = [
    "base-files",
    "libc6",
    "libc-bin",
    "gcc-12-base",
    "libgcc-s1",
    "libstdc++6",
    "zlib1g",
    "libbz2-1.0",
    "liblzma5",
    "libexpat1",
    "libffi8",
    "libssl3",
    "libsqlite3-0",
    "libuuid1",
    "libcrypt1",
    "media-types",
    "tzdata",
    "netbase",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "python3.11-minimal",
]
_PASSWD = "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
_GROUP = "root:x:0:\nnogroup:x:65534:\n"
_LICENCE = "/copyright"
_LICENCES = Path("/usr/share/doc")
"""A folder for each package, which may be a link to another's."""
_UNUSED = (
    "/usr/share/doc",
    "/usr/share/man",
    "/usr/share/locale",
    "/usr/share/lintian",
    "/usr/share/info",
    "/etc/",
)


@contextlib.contextmanager
def docker_engine() -> Iterator[Path]:
    """Start an engine of the tests' own, with a base image; the environment's ``DOCKER_HOST`` names it meanwhile.

    Yields
    ------
    Path
        Its folder.

    Raises
    ------
    unittest.SkipTest
        With the reason, where no engine can be started or no base be made.
    """
    daemon = shutil.which("dockerd") or shutil.which("dockerd", path="/usr/sbin")
    client = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else shutil.which("docker")
    if daemon is None or client is None or os.geteuid() != 0 or shutil.which("ip") is None:
        reason = "needs root, iproute2 and Docker: apt-get install docker.io iproute2"
        raise SkipTest(reason)
    before = os.environ.get("DOCKER_HOST")
    with tempfile.TemporaryDirectory(prefix="docker-") as place:
        folder = Path(place)
        with _daemon(daemon, folder), _pathed(Path(client)):
            os.environ["DOCKER_HOST"] = f"unix://{folder}/docker.sock"
            try:
                _wait(folder)
                _import("docker", folder)
                yield folder
            finally:
                os.environ.pop("DOCKER_HOST", None)
                if before is not None:
                    os.environ["DOCKER_HOST"] = before


def save_base(out: Path) -> Path:
    """Write the base image of the running engine into a file."""
    subprocess.run(["docker", "save", "-o", str(out), BASE], check=True, capture_output=True)
    return out


@contextlib.contextmanager
def _daemon(daemon: str, folder: Path) -> Iterator[None]:
    """Run the daemon with a bridge of its own; the machine's network settings, and another engine's bridge, stay as they are."""
    bridge = f"ff{os.getpid()}"
    _ip("link", "add", bridge, "type", "bridge")
    _ip("address", "add", f"172.31.{os.getpid() % 250}.1/24", "dev", bridge)
    _ip("link", "set", bridge, "up")
    words = [
        *(
            "-H",
            f"unix://{folder}/docker.sock",
            "--data-root",
            f"{folder}/data",
            "--exec-root",
            f"{folder}/exec",
        ),
        *("--pidfile", f"{folder}/dockerd.pid", "--group", "root", "--bridge", bridge),
        *("--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false"),
    ]
    with (folder / "dockerd.log").open("wb") as log:
        process = subprocess.Popen([daemon, *words], stdout=log, stderr=log, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        process.wait(_START_SECONDS)
        subprocess.run(["umount", f"{folder}/exec/netns/default"], capture_output=True, check=False)
        _ip("link", "del", bridge)


def _ip(*words: str) -> None:
    """Change the tests' own bridge."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = f"no network can be made for an engine: {done.stderr.strip()}"
        raise SkipTest(reason)


@contextlib.contextmanager
def _pathed(client: Path) -> Iterator[None]:
    """Put the client that fits the daemon first in the path."""
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{client.parent}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _wait(folder: Path) -> None:
    """Wait until the daemon answers."""
    until = time.monotonic() + _START_SECONDS
    while subprocess.run(["docker", "info"], capture_output=True, check=False).returncode != 0:
        if time.monotonic() > until:
            words = (folder / "dockerd.log").read_text(errors="replace").splitlines()[-2:]
            reason = f"the Docker engine does not start: {' | '.join(words)}"
            raise SkipTest(reason)
        time.sleep(0.1)


def _import(engine: str, folder: Path) -> None:
    """Make the base of what is installed here: Debian's Python and what it links to; no shell, no pip."""
    packed = folder / "base.tar"
    with tarfile.open(packed, "w") as archive:
        for name in sorted(set(_installed())):
            used = Path(name).is_file() and (name.endswith(_LICENCE) or not name.startswith(_UNUSED))
            if used or (Path(name).is_symlink() and Path(name).parent == _LICENCES):
                archive.add(name, name.lstrip("/"), recursive=False)
        status = _asked("--status")
        for name, text in (("etc/passwd", _PASSWD), ("etc/group", _GROUP), ("var/lib/dpkg/status", status)):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
        for name in ("usr/local/bin/python3", "usr/local/bin/python"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, "/usr/bin/python3.11"
            archive.addfile(entry)
        entry = tarfile.TarInfo("tmp")
        entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
        archive.addfile(entry)
    words = ["-c", "ENV PATH=/usr/local/bin:/usr/bin:/bin", "-c", 'CMD ["python3"]', str(packed), BASE]
    subprocess.run([engine, "import", *words], check=True, capture_output=True)
    packed.unlink()


def _installed() -> list[str]:
    """Files of the packages that a Python needs, as dpkg lists them."""
    if sys.version_info[:2] != (3, 11) or shutil.which("dpkg") is None:
        reason = "the base for tests is made of Debian's own Python 3.11"
        raise SkipTest(reason)
    known = Path("/var/lib/dpkg/info")
    lists = [str(path) for name in _DEBS for path in known.glob(f"{name}*.list") if _is_of(name, path)]
    return [*_asked("--listfiles").splitlines(), *lists]


def _is_of(name: str, path: Path) -> bool:
    """Whether dpkg's file is of this package, and not of one whose name only begins so."""
    return path.stem.partition(":")[0] == name


def _asked(question: str) -> str:
    """Ask dpkg of the packages."""
    done = subprocess.run(["dpkg", question, *_DEBS], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = f"the base for tests needs Debian's packages: {done.stderr.splitlines()[:1]}"
        raise SkipTest(reason)
    return done.stdout


@contextlib.contextmanager
def podman_engine() -> Iterator[Path]:
    """Let Podman and Buildah work in a store of the tests' own, with a base image, and in a network of their own.

    Podman changes the network that it finds: a bridge, rules of the firewall, forwarding. All that stays inside.

    Yields
    ------
    Path
        Their folder.

    Raises
    ------
    unittest.SkipTest
        With the reason, where there is no Podman, or no base can be made.
    """
    missing = [name for name in ("podman", "buildah", "runc", "iptables", "ip") if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        reason = (
            f"needs root, and {', '.join(missing)}: apt-get install podman buildah runc iptables iproute2"
        )
        raise SkipTest(reason)
    with tempfile.TemporaryDirectory(prefix="podman-") as place:
        folder = Path(place)
        for name, text in (("storage.conf", _STORAGE.format(folder)), ("containers.conf", _CONTAINERS)):
            (folder / name).write_text(text)
        told = {
            "CONTAINERS_CONF": f"{folder}/containers.conf",
            "CONTAINERS_STORAGE_CONF": f"{folder}/storage.conf",
            # Neither cgroups nor namespaces are needed for what an image runs while it is built.
            "BUILDAH_ISOLATION": "chroot",
        }
        before = {name: os.environ.get(name) for name in told}
        os.environ.update(told)
        try:
            with _network():
                _import("podman", folder)
                yield folder
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
            subprocess.run(["umount", f"{folder}/graph/overlay"], capture_output=True, check=False)


@contextlib.contextmanager
def _network() -> Iterator[None]:
    """Move this thread, and what it starts, into a network with nothing but loopback, and back."""
    kernel = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as before:
        if kernel.unshare(_NEW_NETWORK) != 0:
            reason = f"no network can be made for an engine: {os.strerror(ctypes.get_errno())}"
            raise SkipTest(reason)
        try:
            _ip("link", "set", "lo", "up")
            yield
        finally:
            kernel.setns(before.fileno(), _NEW_NETWORK)
