"""Engines: Docker, Podman or Buildah, whichever is here and answers, each through its own command."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["ENGINES", "Engine", "find_engine", "running_engine", "silence_words"]

ENGINES = ("docker", "podman", "buildah")
"""In the order in which they are tried."""
_ASK_SECONDS = 20.0
_STOP_SECONDS = 35.0
_LINES = 12


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine.

    Attributes
    ----------
    name : str
        Of the command.
    """

    name: str

    @property
    def runs(self) -> bool:
        """Whether it can run what it builds; Buildah builds only."""
        return self.name != "buildah"

    @property
    def question(self) -> str:
        """What it is asked to see whether it answers."""
        return "info" if self.runs else "version"

    def answers(self) -> bool:
        """Whether the command is here and whoever works for it replies."""
        if shutil.which(self.name) is None:
            return False
        try:
            return self._run([self.question], _ASK_SECONDS).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False

    def build(self, context: Path, reference: str, seconds: float) -> None:
        """Build an image from a context.

        Raises
        ------
        StepError
            With the engine's last words, when it fails or takes too long.
        """
        # Health checks are no part of the OCI format.
        form = [] if self.name == "docker" else ["--format", "docker"]
        self._must(["build", *form, "-t", reference, str(context)], seconds, "The image cannot be built")

    def has(self, reference: str) -> bool:
        """Whether there is an image of this name and tag."""
        return bool(self.identity(reference))

    def identity(self, reference: str) -> str:
        """Digest of an image, by which engines that share their store know the same one; empty when there is none."""
        return self._look(reference, "{{.Id}}" if self.runs else "{{.FromImageID}}") or ""

    def label(self, reference: str, name: str) -> str:
        """Return a label of an image; empty when there is none, or no image."""
        config = ".Config" if self.runs else ".OCIv1.Config"
        return self._look(reference, f'{{{{index {config}.Labels "{name}"}}}}') or ""

    def size(self, reference: str) -> int:
        """Bytes of an image as it lies unpacked; 0 where nobody can tell."""
        said = self._look(reference, "{{.Size}}") if self.runs else None
        return int(said) if said and said.isdecimal() else 0

    def remove(self, reference: str) -> bool:
        """Remove an image; return whether it was there."""
        if not self.has(reference):
            return False
        words = ["rmi", reference] if self.name == "buildah" else ["image", "rm", reference]
        self._must(words, _STOP_SECONDS, "The image cannot be removed")
        return True

    def push(self, reference: str, remote: str, seconds: float, todo: str) -> None:
        """Send an image to a registry under the name that it is to have there; what is there already is not sent again.

        Raises
        ------
        StepError
            With the engine's last words and what to do, when there is no such image, or the registry does not take it.
        """
        for words in (["tag", reference, remote], ["push", remote]):
            self._must(words, seconds, "The image cannot be pushed", todo=todo)

    def start(
        self, reference: str, environ: Mapping[str, str], words: Sequence[str], command: Sequence[str] = ()
    ) -> str:
        """Run an image in the background, and return the container's id.

        Parameters
        ----------
        reference : str
        environ : mapping of str to str
            Handed on by name, so that no value stands in the list of processes.
        words : sequence of str
            Further flags, such as those for a network.
        command : sequence of str
            In place of the image's own.
        """
        names = [word for name in environ for word in ("--env", name)]
        line = ["run", "--detach", *names, *words, reference, *command]
        return (
            self._must(line, _ASK_SECONDS, "The container does not start", environ).strip().splitlines()[-1]
        )

    def inspect(self, container: str, field: str) -> str:
        """Return what the engine says of a container; empty when it is gone."""
        done = self._run(["container", "inspect", "--format", field, container], _ASK_SECONDS)
        return done.stdout.strip() if done.returncode == 0 else ""

    def kill(self, container: str, signal: str) -> None:
        """Send a signal to a container's process, if it runs."""
        self._run(["kill", "--signal", signal, container], _ASK_SECONDS)

    def logs(self, container: str) -> str:
        """Return what a container printed."""
        done = self._run(["logs", container], _ASK_SECONDS)
        return done.stdout + done.stderr

    def discard(self, container: str) -> None:
        """End and remove a container, whatever it does."""
        self._run(["rm", "--force", container], _STOP_SECONDS)

    def _look(self, reference: str, field: str) -> str | None:
        """Ask for a field of an image; None when there is no such image, or nobody who could tell."""
        words = ["inspect", "--type", "image"] if self.name == "buildah" else ["image", "inspect"]
        try:
            done = self._run([*words, "--format", field, reference], _ASK_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    def _must(
        self,
        words: Sequence[str],
        seconds: float,
        what: str,
        environ: Mapping[str, str] | None = None,
        todo: str = "put right what the engine says",
    ) -> str:
        """Run a command that must succeed, and return what it printed."""
        try:
            done = self._run(words, seconds, environ)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StepError(
                what,
                seen=f"{type(error).__name__}: {self.name} {words[0]}",
                expected=f"an end within {seconds:.0f} s",
                todo="give a larger --budget, or look whether the engine works",
            ) from error
        if done.returncode != 0:
            raise StepError(
                what,
                seen=" | ".join((done.stdout + done.stderr).splitlines()[-_LINES:])
                or f"exit code {done.returncode}",
                expected=f"'{self.name} {words[0]}' to succeed",
                todo=todo,
            )
        return done.stdout

    def _run(
        self, words: Sequence[str], seconds: float, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one command of the engine."""
        return subprocess.run(
            [self.name, *words],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=max(seconds, 1.0),
            env=os.environ | dict(environ or {}),
            stdin=subprocess.DEVNULL,
        )


def find_engine(wanted: str) -> Engine | None:
    """Return the engine of this name, or the first that answers; None when none does.

    Raises
    ------
    StepError
        When the one that is asked for by name does not answer.
    """
    for name in (wanted,) if wanted else ENGINES:
        engine = Engine(name)
        if engine.answers():
            return engine
    if wanted:
        raise StepError(
            f"The engine '{wanted}' does not answer",
            seen=_silence(wanted),
            expected="an engine that works",
            todo="start it, name another with --set engine=..., or take engine=archive",
        )
    return None


def running_engine() -> Engine:
    """Return the first engine that answers and can run what it holds.

    Raises
    ------
    StepError
        When none does.
    """
    for name in ENGINES:
        engine = Engine(name)
        if engine.runs and engine.answers():
            return engine
    raise StepError(
        "There is nobody to run an image",
        seen=silence_words(ENGINES[:2]),
        expected="Docker or Podman that answers",
        todo="start one of them; where it listens elsewhere, DOCKER_HOST or CONTAINER_HOST says where",
    )


def silence_words(names: Sequence[str] = ENGINES) -> str:
    """Say of engines that do not answer what is wrong with each."""
    return ", ".join(f"{name}: {_silence(name)}" for name in names)


def _silence(name: str) -> str:
    """Say why an engine does not answer."""
    if shutil.which(name) is None:
        return "no such command"
    return f"the command is here, and '{name} {Engine(name).question}' fails"
