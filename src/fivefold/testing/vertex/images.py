"""Artifact Registry, as far as an engine needs it to push an image: the protocol of Docker registries, without the way back."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import TYPE_CHECKING

from fivefold.testing.vertex.refusal import RefusalError
from fivefold.testing.vertex.request import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.testing.vertex.request import Request

__all__ = ["Images"]

_ROOT = "/v2/"
_PATH = re.compile(r"/v2/(?P<name>.+)/(?P<kind>blobs/uploads|blobs|manifests)/(?P<what>[^/]*)")


class Images:
    """Images that were pushed; of their layers only the digests are kept, since nobody pulls them from here.

    Attributes
    ----------
    known : dict of str to Path or None
        By reference, with the bundle inside each; None for an image of which nobody knows.
    layers : dict of str to int
        Bytes of each blob, by digest.
    """

    def __init__(self) -> None:
        self.known: dict[str, Path | None] = {}
        self.layers: dict[str, int] = {}
        self._manifests: dict[str, str] = {}
        self._uploads: dict[str, bytes] = {}

    @staticmethod
    def serves(path: str) -> bool:
        """Whether a path is one of the registry."""
        return path.startswith(_ROOT)

    @staticmethod
    def verb(request: Request) -> str:
        """Name what is asked."""
        names = {"POST": "images.layers.create", "PUT": "images.finish", "PATCH": "images.layers.send"}
        return names.get(request.method, "images.look")

    def answer(self, request: Request) -> Reply:
        """Answer one request of an engine."""
        if request.path == _ROOT:
            return Reply.of({})
        parts = _PATH.fullmatch(request.path)
        if parts is None:
            raise RefusalError("NOT_FOUND", f"Not found: {request.method} {request.path}")
        name, what = parts["name"], parts["what"]
        if parts["kind"] == "blobs":
            return _found(what, what in self.layers, self.layers.get(what, 0))
        if parts["kind"] == "manifests":
            return self._manifest(name, what, request)
        return self._upload(name, what, request)

    def _upload(self, name: str, what: str, request: Request) -> Reply:
        """Take a layer, in pieces."""
        if request.method == "POST":
            what = uuid.uuid4().hex
        data = self._uploads[what] = self._uploads.get(what, b"") + request.raw
        if request.method != "PUT":
            headers = {
                "Location": f"/v2/{name}/blobs/uploads/{what}",
                "Range": f"0-{max(0, len(data) - 1)}",
                "Docker-Upload-UUID": what,
            }
            return Reply(b"", 202, headers)
        del self._uploads[what]
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if request.words.get("digest") != digest:
            raise RefusalError("INVALID_ARGUMENT", "The digest is not that of what was sent.")
        self.layers[digest] = len(data)
        headers = {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
        return Reply(b"", 201, headers)

    def _manifest(self, name: str, what: str, request: Request) -> Reply:
        """Take a manifest: from then on there is an image of that name."""
        reference = f"{request.headers.get('host', '')}/{name}:{what}"
        if request.method != "PUT":
            return _found(self._manifests.get(reference, ""), reference in self._manifests, 0)
        document = request.json()
        missing = {one["digest"] for one in (document["config"], *document["layers"])} - set(self.layers)
        if missing:
            raise RefusalError("INVALID_ARGUMENT", f"Blobs are missing: {', '.join(sorted(missing))}.")
        digest = f"sha256:{hashlib.sha256(request.raw).hexdigest()}"
        self._manifests[reference] = digest
        self.known[reference] = None
        return Reply(b"", 201, {"Location": request.path, "Docker-Content-Digest": digest})


def _found(digest: str, is_there: bool, size: int) -> Reply:  # noqa: FBT001 - one of three facts about a blob
    """Say whether something is there."""
    if not is_there:
        raise RefusalError("NOT_FOUND", "Not known to this registry.")
    return Reply(b"", 200, {"Docker-Content-Digest": digest, "X-Size": str(size)})
