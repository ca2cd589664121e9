"""A Cloud Storage of one's own on loopback: its JSON protocol over objects in memory, for tests without a cloud account.

It speaks ``buckets.get``, ``objects.insert`` (in one piece, alone or with its description), ``objects.get`` (also ``alt=media``),
``objects.list`` and ``objects.delete``; Google's own client works against it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from fivefold.testing.loopback import Loopback
from fivefold.testing.refusals import Refusal, Refusals

__all__ = ["CloudStorageEmulator"]


class CloudStorageEmulator(Loopback):
    """A server on loopback, for as long as it is entered.

    Parameters
    ----------
    location : str
        Of buckets that are made by naming them.

    Attributes
    ----------
    buckets : dict of str to str
        Their locations.
    objects : dict of (str, str) to bytes
        By bucket and name.
    refusals : Refusals
    """

    def __init__(self, *buckets: str, location: str = "EU") -> None:
        self.buckets = dict.fromkeys(buckets, location)
        self.objects: dict[tuple[str, str], bytes] = {}
        self.refusals = Refusals()
        self.lock = threading.Lock()
        emulator = self

        class Handler(_Handler):
            server_of = emulator

        super().__init__(Handler)

    def read(self, address: str) -> bytes | None:
        """Return what lies at ``gs://bucket/name``; None when nothing does."""
        bucket, _, name = address.removeprefix("gs://").partition("/")
        return self.objects.get((bucket, name))

    def answer(self, method: str, path: str, words: dict[str, str], data: bytes) -> tuple[int, Any]:
        """Answer one request with a status and a document, or bytes."""
        parts = [unquote(part) for part in path.lstrip("/").split("/")]
        upload = parts[0] == "upload"
        match method, parts[4 if parts[0] in {"upload", "download"} else 3 :]:
            case "GET", [bucket] if bucket in self.buckets:
                return 200, {"kind": "storage#bucket", "name": bucket, "location": self.buckets[bucket]}
            case "POST", [bucket, "o"] if bucket in self.buckets and upload:
                self.objects[bucket, words["name"]] = data
                return 200, self._described(bucket, words["name"])
            case "GET", [bucket, "o"] if bucket in self.buckets:
                names = sorted(name for home, name in self.objects if home == bucket)
                found = [
                    self._described(bucket, name)
                    for name in names
                    if name.startswith(words.get("prefix", ""))
                ]
                return 200, {"kind": "storage#objects", "items": found}
            case "GET", [bucket, "o", name] if (bucket, name) in self.objects:
                whole = words.get("alt") == "media"
                return 200, self.objects[bucket, name] if whole else self._described(bucket, name)
            case "DELETE", [bucket, "o", name] if (bucket, name) in self.objects:
                del self.objects[bucket, name]
                return 204, None
        return 404, Refusal("", 404, "notFound", f"Not Found: {method} {path}").document()

    def _described(self, bucket: str, name: str) -> dict[str, Any]:
        """An object as ``objects.get`` shows it."""
        data = self.objects[bucket, name]
        digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        size = str(len(data))
        return {"kind": "storage#object", "bucket": bucket, "name": name, "size": size, "md5Hash": digest}


class _Handler(BaseHTTPRequestHandler):
    """HTTP around an emulator."""

    server_of: CloudStorageEmulator
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a request without a body."""
        self._reply("GET")

    def do_POST(self) -> None:
        """Answer a request with a body."""
        self._reply("POST")

    def do_DELETE(self) -> None:
        """Answer a deletion."""
        self._reply("DELETE")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives
        """Keep quiet."""

    def _reply(self, method: str) -> None:
        """Answer, or refuse as told."""
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        words = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if words.get("uploadType") == "multipart":
            told, data = _parted(self.headers["Content-Type"], data)
            words |= {"name": told["name"]}
        with self.server_of.lock:
            refusal = self.server_of.refusals.due(f"{method} {unquote(self.path)}")
            status, found = (0, None) if refusal else self.server_of.answer(method, parts.path, words, data)
            if refusal and refusal.done:
                self.server_of.answer(method, parts.path, words, data)
        if refusal and not refusal.status:
            self.close_connection = True
            return
        if refusal:
            status, found = refusal.status, refusal.document()
        raw = found if isinstance(found, bytes) else json.dumps(found).encode() if found is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


def _parted(kind: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    """Description and content of an object that are sent in one body."""
    line = b"--" + kind.partition("boundary=")[2].strip('"').encode()
    described, content = (part.split(b"\r\n\r\n", 1)[1] for part in data.split(line)[1:3])
    return json.loads(described), content.removesuffix(b"\r\n")
