"""``python -m fivefold.service BUNDLE``: the service as a process, for a release, a container or a trial.

SageMaker starts a container with the one word ``serve``, and puts the model where ``python -m fivefold.service serve`` looks.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.core.errors import FivefoldError, SettingsError
from fivefold.service.log import MODES, mode_of
from fivefold.service.port import PORT, PORTS, listen_on
from fivefold.service.server import serve
from fivefold.service.settings import MAX_CONCURRENCY, MODEL_NAME, REQUEST_TIMEOUT, ServiceSettings
from fivefold.service.tokens import Tokens, tokens_in
from fivefold.service.variables import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SERVE", "bundle_folder", "main"]

SERVE = "serve"
"""The word with which SageMaker starts a container."""
_ABOUT = "Serve a bundle over HTTP. FIVEFOLD_SERVE_LOG says what --log says, and so on for all flags but --fd and --leash."
_BUNDLE = "FIVEFOLD_BUNDLE"
_MODEL_FOLDER = "/opt/ml/model"
_MANIFEST = "bundle.json"
_NO_VALUE = ("--no-auth", "--make-token")
_FLAG = re.compile(r"--[a-z][a-z-]*")
"""What may be named of a word that is not known: a token is hardly ever made like a flag."""


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Serve until told to end; return the exit code."""
    try:
        options = _read(sys.argv[1:] if arguments is None else arguments, environ)
        outside = options.bundle == SERVE
        host, port = listen_on(options.host or ("0.0.0.0" if outside else None), options.port, environ)
        serve(
            bundle_folder(options.bundle, environ),
            host=host,
            port=port,
            log=options.log,
            fd=options.fd,
            leash=options.leash,
            settings=ServiceSettings(
                name=options.name,
                tokens=Tokens(tokens_in(options.token_file, environ)),
                no_auth=options.no_auth,
                make_token=options.make_token,
                hosts=tuple(options.allow_host),
                max_concurrency=options.max_concurrency,
                request_timeout=options.request_timeout,
                on_platform=outside,
                log_mode=mode_of(options.log_mode),
                log_keep=options.log_keep,
            ),
        )
    except FivefoldError as error:
        sys.stderr.write(f"fivefold.service: {error}\n")
        return error.exit_code
    return 0


def _read(words: Sequence[str], environ: Mapping[str, str]) -> argparse.Namespace:
    """Read the command line; argparse would repeat the words that it does not know, and one of them may be a token."""
    parser = _parser()
    parser.set_defaults(**told(environ))
    valued = [word for word in words if word.startswith(tuple(f"{flag}=" for flag in _NO_VALUE))]
    options, unknown = parser.parse_known_args([word for word in words if word not in valued])
    if not valued + unknown:
        return options
    flags = [word.partition("=")[0] for word in valued + unknown]
    named = [flag for flag in flags if _FLAG.fullmatch(flag)]
    rest = "a word too many (not repeated here, since it may be a secret)"
    raise SettingsError(
        "The command line cannot be used",
        seen=", ".join(named + [rest] * (len(named) < len(flags))),
        expected=f"the flags that --help lists, {' and '.join(_NO_VALUE)} without a value",
        todo=f"leave it out; tokens come by --token-file or {TOKENS_VARIABLE}",
    )


def _parser() -> argparse.ArgumentParser:
    """Describe the command line; a flag is never abbreviated, for ``--token`` would be taken for ``--token-file``."""
    parser = argparse.ArgumentParser("python -m fivefold.service", description=_ABOUT, allow_abbrev=False)
    parser.add_argument(
        "bundle", help=f"folder of the bundle; '{SERVE}' takes that of {_BUNDLE}, or of {_MODEL_FOLDER}"
    )
    parser.add_argument(
        "--host", help=f"interface; 127.0.0.1, or 0.0.0.0 where a platform names the port, or with '{SERVE}'"
    )
    parser.add_argument(
        "--port", type=int, help=f"port; {' or '.join(PORTS)}, else {PORT}; 0 lets the system choose"
    )
    parser.add_argument(
        "--name", default=MODEL_NAME, help=f"what the model is called under /v2/models; {MODEL_NAME}"
    )
    _add_log(parser)
    parser.add_argument(
        "--token-file",
        type=Path,
        help=f"file with a token on each line; {TOKENS_VARIABLE} may hold some, too",
    )
    parser.add_argument("--no-auth", action="store_true", help="demand no token, even of other machines")
    parser.add_argument(
        "--make-token",
        action="store_true",
        help="where a token is to be demanded and none is given: make one for this start, and keep it in memory",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="on loopback and without a token: a further name under which it may be asked for; may be repeated",
    )
    parser.add_argument(
        "--max-concurrency",
        type=int,
        default=MAX_CONCURRENCY,
        help=f"requests for predictions at once; {MAX_CONCURRENCY}; further ones are told to come again (429)",
    )
    parser.add_argument(
        "--request-timeout",
        type=float,
        default=REQUEST_TIMEOUT,
        help=f"seconds that a request may take; {REQUEST_TIMEOUT:g}; one that takes longer is given up (504)",
    )
    parser.add_argument("--fd", type=int, help="descriptor of a socket that listens already")
    parser.add_argument(
        "--leash", type=int, help="descriptor of a pipe; end if it is closed before a byte came"
    )
    return parser


def _add_log(parser: argparse.ArgumentParser) -> None:
    """Describe the words about the log."""
    parser.add_argument(
        "--log",
        help="prediction log: an SQLite file, a folder of Parquet segments, postgresql://user@host/database, stdout or "
        "none; none is kept without it",
    )
    parser.add_argument(
        "--log-mode", choices=MODES, default="async", help="durable: an answer is given when it is logged"
    )
    parser.add_argument(
        "--log-keep", default="", help="how long the log is kept, such as 30d; for ever without it"
    )


def bundle_folder(word: str, environ: Mapping[str, str]) -> Path:
    """Return the folder of the bundle; the word ``serve`` stands for the one that a platform brought.

    Raises
    ------
    SettingsError
        When there is no bundle where the platform puts it.
    """
    if word != SERVE:
        return Path(word)
    brought = Path(environ.get(_BUNDLE) or _MODEL_FOLDER)
    # An archive made of the folder rather than of what lies in it has one folder more.
    for folder in (brought, *sorted(path for path in brought.glob("*") if path.is_dir())):
        if (folder / _MANIFEST).is_file():
            return folder
    raise SettingsError(
        "There is no bundle to serve",
        seen=f"no '{_MANIFEST}' in '{brought}', nor in a folder in it",
        expected="the folder that training wrote",
        todo=f"put it there, name it in {_BUNDLE}, or in the place of '{SERVE}'",
    )


if __name__ == "__main__":
    sys.exit(main())
