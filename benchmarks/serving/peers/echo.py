"""Bare Starlette on uvicorn that reads a request's JSON and sends it back: the floor under any service in Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

path, ready = "/echo", "/echo"
_APP = """
import orjson
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

async def echo(request):
    if request.method == "GET":
        return Response(b"{}")
    return Response(orjson.dumps(orjson.loads(await request.body())), media_type="application/json")

app = Starlette(routes=[Route("/echo", echo, methods=["GET", "POST"])])
"""


def command(python: str, folder: Path, port: int) -> list[str]:
    """Start it."""
    (folder / "echo_app.py").write_text(_APP)
    server = [python, "-m", "uvicorn", "echo_app:app", "--app-dir", str(folder), "--port", str(port)]
    return [*server, "--no-access-log", "--log-level", "warning", "--loop", "auto", "--http", "auto"]


def body(row: dict[str, float]) -> bytes:
    """Send one row."""
    return json.dumps({"instances": [row]}).encode()


def score(answer: Any) -> None:
    """Nothing is predicted."""
