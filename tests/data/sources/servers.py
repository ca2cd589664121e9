"""Real database servers, started for the tests on a loopback port, as a user who is not root, and ended with them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fivefold.testing.loopback import free_port

USER = "clinic"
PASSWORD = "s3cr/t:p@ss word"


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes
    ----------
    scheme : str
    port : int
    database : str
    log : Path
        Every statement that the server was asked to run.
    """

    scheme: str
    port: int
    database: str
    log: Path

    def address(self, table: str = "", *, password: str | None = PASSWORD) -> str:
        """The address of a table; ``password=None`` leaves the password to the environment."""
        secret = "" if password is None else f":{quote(password, safe='')}"
        tail = f"#{table}" if table else ""
        return f"{self.scheme}://{USER}{secret}@127.0.0.1:{self.port}/{self.database}{tail}"

    def statements(self) -> str:
        """What was run so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def programs(name: str) -> Path | None:
    """Where a program of a server lies."""
    found = [
        *sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")),
        *map(Path, filter(None, [_which(name)])),
    ]
    return found[-1] if found else None


def _which(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def postgres() -> Iterator[Server]:
    """A PostgreSQL server that asks for a password."""
    initdb, server, ready = programs("initdb"), programs("postgres"), programs("pg_isready")
    assert initdb is not None
    assert server is not None
    with _home("postgres") as (home, who):
        (home / "password").write_text(PASSWORD)
        (home / "password").chmod(0o644)
        made = [
            str(initdb),
            "-D",
            str(home / "data"),
            "-U",
            USER,
            "-A",
            "scram-sha-256",
            f"--pwfile={home}/password",
        ]
        subprocess.run(
            [*who, *made, "--no-sync", "-E", "UTF8", "--locale=C"], check=True, capture_output=True
        )
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "off",
            "log_statement": "all",
            "shared_buffers": "32MB",
        }
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        log = home / "server.log"
        with _process([*who, server, "-D", home / "data", *flags], log, port, ready):
            yield Server("postgresql", port, "postgres", log)


@contextlib.contextmanager
def mariadb() -> Iterator[Server]:
    """A MariaDB server that asks for a password."""
    install, server = programs("mariadb-install-db"), programs("mariadbd")
    assert install is not None
    assert server is not None
    with _home("mysql") as (home, who):
        base = ["--no-defaults", f"--datadir={home}/data"]
        subprocess.run(
            [*who, install, *base, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            capture_output=True,
        )
        (home / "init.sql").write_text(
            f"CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
            f"CREATE DATABASE clinic CHARACTER SET utf8mb4;\nGRANT ALL ON *.* TO '{USER}'@'127.0.0.1';\n"
        )
        (home / "init.sql").chmod(0o644)
        port, log = free_port(), home / "statements.log"
        flags = [
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--socket={home}/socket",
            f"--init-file={home}/init.sql",
        ]
        flags += ["--general-log=1", f"--general-log-file={log}", "--skip-name-resolve"]
        with _process([*who, server, *base, *flags], home / "server.log", port):
            yield Server("mysql", port, "clinic", log)


@contextlib.contextmanager
def _home(user: str) -> Iterator[tuple[Path, list[str]]]:
    """A folder that the server may write to, and the words that make a command run as its user."""
    home = Path(tempfile.mkdtemp(prefix=f"fivefold-{user}-"))
    who: list[str] = []
    if os.geteuid() == 0:
        known = [entry.pw_name for entry in pwd.getpwall()]
        entry = pwd.getpwnam(user if user in known else "nobody")
        os.chown(home, entry.pw_uid, entry.pw_gid)
        who = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    try:
        yield home, who
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _process(command: Sequence[object], log: Path, port: int, ready: Path | None = None) -> Iterator[None]:
    """A server that answers on its port."""
    with log.open("w") as stream:
        words = [str(word) for word in command]
        process = subprocess.Popen(words, stdout=stream, stderr=stream, cwd="/", start_new_session=True)
    try:
        until = time.monotonic() + 60
        while not _answers(port, ready):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        # To PostgreSQL SIGINT says: end at once, whoever is logged in; to MariaDB it says nothing.
        process.send_signal(
            signal.SIGINT if log.parent.name.startswith("fivefold-postgres") else signal.SIGTERM
        )
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int, ready: Path | None) -> bool:
    """Whether somebody listens, and whether they already take orders, where a program can tell."""
    if ready is not None:
        return subprocess.run([ready, "-q", "-h", "127.0.0.1", "-p", str(port)]).returncode == 0
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
