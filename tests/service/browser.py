"""A headless Chromium that is told what to do over a pipe (the DevTools protocol), so that no driver need be installed."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SECONDS = 60.0
# The browser reads commands from descriptor 3 and answers on 4, whatever numbers the pipes have here.
_LAUNCH = (
    "import fcntl, os, sys; come, go = (fcntl.fcntl(int(n), fcntl.F_DUPFD, 50) for n in sys.argv[1:3]);"
    "os.dup2(come, 3); os.dup2(go, 4); os.execv(sys.argv[3], sys.argv[3:])"
)
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--remote-debugging-pipe", "--lang=en-US",
)  # fmt: skip


class Browser:
    """One page of a browser."""

    def __init__(self, give: int, take: int) -> None:
        self._give = give
        self._take = take
        self._rest = b""
        self._count = 0
        self._session = ""
        self.complaints: list[str] = []
        target = self.tell("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.tell(f"{domain}.enable")

    def tell(self, method: str, **words: Any) -> dict[str, Any]:
        """Give a command and wait for its answer."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": words}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._give, orjson.dumps(message) + b"\0")
        until = time.monotonic() + SECONDS
        while True:
            said = self._hear(until)
            if said.get("id") == self._count:
                assert "error" not in said, said
                return dict(said["result"])
            self._note(said)

    def see(self, expression: str) -> Any:
        """What an expression of JavaScript is in the page."""
        found = self.tell("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression holds."""
        end = time.monotonic() + SECONDS
        while not self.see(f"Boolean({expression})"):
            assert time.monotonic() < end, (
                f"{expression} did not come true: {self.see('document.body.innerText')}"
            )
            time.sleep(0.02)

    def visit(self, address: str) -> None:
        """Open an address and wait until it is there."""
        self.tell("Page.navigate", url=address)
        self.until(
            f"location.href === {orjson.dumps(address).decode()} && document.readyState === 'complete'"
        )

    def type(self, selector: str, text: str) -> None:
        """Type into a field, as a keyboard does."""
        self.see(f"document.querySelector({orjson.dumps(selector).decode()}).focus()")
        self.tell("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """Press a key."""
        code = {"Enter": 13, "Tab": 9}[key]
        word = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.tell(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **word
            )

    def look(self, width: int, *, dark: bool = False) -> None:
        """Be a screen of this width."""
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", features=[scheme])

    def shoot(self, path: Path) -> None:
        """Take a picture of the whole page."""
        found = self.tell("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(b64decode(found["data"]))

    def _hear(self, until: float) -> dict[str, Any]:
        """Read the next message."""
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._take], [], [], max(0.0, until - time.monotonic()))
            assert ready, "the browser says nothing"
            piece = os.read(self._take, 1 << 20)
            assert piece, "the browser has ended"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(orjson.loads(message))

    def _note(self, said: dict[str, Any]) -> None:
        """Keep what the page complains of: errors, and what its policy forbade."""
        words = said.get("params", {})
        if said.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(words["exceptionDetails"]))
        if said.get("method") == "Log.entryAdded" and words["entry"]["level"] == "error":
            self.complaints.append(str(words["entry"]["text"]))


@contextlib.contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """A browser with a fresh profile in this folder; ended outside."""
    come, give = os.pipe()
    take, go = os.pipe()
    command = [
        *(sys.executable, "-c", _LAUNCH, str(come), str(go)),
        *(str(CHROMIUM), *_FLAGS, f"--user-data-dir={folder / 'profile'}"),
    ]
    process = subprocess.Popen(command, pass_fds=(come, go), stderr=subprocess.DEVNULL)
    os.close(come)
    os.close(go)
    try:
        yield Browser(give, take)
    finally:
        process.kill()
        process.wait()
        os.close(give)
        os.close(take)
