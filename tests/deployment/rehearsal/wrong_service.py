"""A service that answers ``x / 2``, with the fault that its second argument names."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LIMIT = 20_000


class Handler(BaseHTTPRequestHandler):
    """Two routes."""

    protocol_version = "HTTP/1.1"
    fault = ""
    asked = 0

    def do_GET(self) -> None:
        Handler.asked += 1
        if self.path == "/schema":
            self.put(200, {"columns": [{"name": "x"}]})
        elif self.fault == "early health" and Handler.asked == 2:
            self.put(404, {})
        else:
            self.put(503 if Handler.asked == 1 else 200, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.put(*answer(body, self.fault))

    def put(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def answer(body: bytes, fault: str) -> tuple[int, object]:
    """Answer the rows of a request."""
    if len(body) > LIMIT and fault != "no limit":
        return 413, {"error": "too large"}
    try:
        rows = json.loads(body)["instances"]
        answers = [(row["x"] if isinstance(row, dict) else row[0]) / 2 for row in rows]
    except (ValueError, TypeError, KeyError):
        told = 'Traceback (most recent call last): File "service.py"' if fault == "stack trace" else "no"
        return 400, {"error": told}
    if fault == "wrong answer":
        answers[-1] += 1e-3
    if fault == "lists" and not isinstance(rows[0], dict):
        return 400, {"error": "no object"}
    if fault == "falls" and len(answers) > 500:
        os._exit(1)
    if fault == "short batch" and len(answers) > 100:
        answers.pop()
    if fault == "slow" and len(answers) == 1:
        time.sleep(0.6)
    return 200, {"predictions": [{"value": each} for each in answers]}


def end(*_: object) -> None:
    """Let the requests in hand be answered, and end."""
    threading.Timer(0.5, lambda: os._exit(0)).start()


def main() -> None:
    """Serve until told to end."""
    fault = Handler.fault = sys.argv[2]
    if fault == "closed":
        time.sleep(60)
        return
    signal.signal(signal.SIGTERM, signal.SIG_IGN if fault == "deaf" else end)
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
