"""Where the service listens decides what it demands; a start that would open it to everybody is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fivefold.core.errors import SettingsError
from fivefold.core.protocols import Bundle
from fivefold.service import kept_token
from fivefold.service.__main__ import main as serve_by
from fivefold.service.exposure import check_exposure, made_token
from fivefold.service.kept_token import READ, kept, main, place_of
from fivefold.service.settings import ServiceSettings
from fivefold.service.tokens import Tokens
from fivefold.testing.loopback import free_port
from tests.service.serving import ROW, SECONDS, Service, eventually
from tests.service.test_server import is_ready, started

TOKEN = "a-secret-of-the-shop-7"
GIVEN = ServiceSettings(tokens=Tokens([TOKEN]))
OPEN = ServiceSettings(no_auth=True)
PLAIN = ServiceSettings()
MAKE = ServiceSettings(make_token=True)


@pytest.mark.parametrize(
    ("host", "settings", "environ", "said"),
    [
        ("127.0.0.1", PLAIN, {}, "this machine"),
        ("::1", PLAIN, {}, "this machine"),
        ("127.0.0.1", GIVEN, {}, "has a token"),
        ("0.0.0.0", GIVEN, {}, "has a token"),
        ("0.0.0.0", OPEN, {}, "ANYBODY"),
        ("0.0.0.0", PLAIN, {"AIP_HTTP_PORT": "8080"}, "Vertex AI"),
        ("0.0.0.0", PLAIN, {"SAGEMAKER_BIND_TO_PORT": "8080"}, "SageMaker"),
        ("0.0.0.0", ServiceSettings(on_platform=True), {}, "SageMaker"),
        ("0.0.0.0", GIVEN, {"AIP_HTTP_PORT": "8080"}, "has a token"),
    ],
)
def test_who_may_ask_is_said(
    host: str, settings: ServiceSettings, environ: dict[str, str], said: str
) -> None:
    assert said in check_exposure(host, settings, environ)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "fe80::1%eth0", "::ffff:10.1.2.3"])
def test_other_machines_are_not_let_in_unasked(host: str) -> None:
    with pytest.raises(SettingsError, match=r"--token-file.*--no-auth") as found:
        check_exposure(host, PLAIN, {"AIP_HTTP_PORT": ""})
    assert found.value.exit_code == 2


def test_tokens_and_none_at_once_are_a_contradiction() -> None:
    with pytest.raises(SettingsError, match="--no-auth"):
        check_exposure("127.0.0.1", ServiceSettings(tokens=Tokens([TOKEN]), no_auth=True), {})


def test_a_token_is_made_only_where_nothing_else_says_who_may_ask() -> None:
    made = {made_token("0.0.0.0", MAKE, {}) for _ in range(2)}
    assert len(made) == 2
    assert all(Tokens([token]) for token in made)
    assert made_token("0.0.0.0", PLAIN, {}) == ""
    assert made_token("127.0.0.1", MAKE, {}) == ""
    assert made_token("0.0.0.0", MAKE, {"AIP_HTTP_PORT": "8080"}) == ""
    for said in ({"tokens": Tokens([TOKEN])}, {"no_auth": True}, {"on_platform": True}):
        assert made_token("0.0.0.0", ServiceSettings(make_token=True, **said), {}) == ""


def test_a_service_that_was_given_no_token_says_where_the_one_lies_that_it_demands(bundle: Bundle) -> None:
    service = Service(free_port())
    words = (str(bundle.folder), "--host", "0.0.0.0", "--port", str(service.port))
    with started(*words, variables={"FIVEFOLD_SERVE_MAKE_TOKEN": "1", "FIVEFOLD_TOKENS": ""}) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if "was made for this start" in line)
        assert READ in said
        assert "FIVEFOLD_TOKENS" in said
        eventually(lambda: is_ready(service))
        place = place_of(service.port)
        reading = [sys.executable, *READ.split()[1:]]
        variables = os.environ | {"FIVEFOLD_SERVE_PORT": str(service.port)}
        token = subprocess.check_output(reading, env=variables, text=True).strip()
        answer = service.predict([ROW], {"authorization": f"Bearer {token}"})
        refused = service.predict([ROW])
        mode = place.stat().st_mode & 0o777
        process.terminate()
        _, rest = process.communicate(timeout=SECONDS)
    assert answer.status == 200
    assert (refused.status, "made when it began" in refused.body.decode()) == (401, True)
    assert mode == 0o600
    assert token not in said + rest
    assert not place.exists()


def test_what_lies_in_the_place_of_a_token_is_replaced_and_no_link_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_token, "_MEMORY", tmp_path)
    (tmp_path / "elsewhere").write_text("precious")
    place_of(1).symlink_to(tmp_path / "elsewhere")
    with kept(TOKEN, 1) as place:
        assert (place.read_text(), place.is_symlink()) == (f"{TOKEN}\n", False)
    assert (tmp_path / "elsewhere").read_text() == "precious"


def test_a_token_that_can_be_kept_nowhere_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_token, "_MEMORY", tmp_path)
    place_of(1).mkdir()
    with pytest.raises(SettingsError, match="FIVEFOLD_TOKENS"), kept(TOKEN, 1):
        pass


def test_where_no_token_was_made_reading_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main({"FIVEFOLD_SERVE_PORT": str(free_port())}) == 1
    assert "no token was made here" in capsys.readouterr().err


def test_the_process_refuses_to_start(bundle: Bundle) -> None:
    with started(str(bundle.folder), "--host", "0.0.0.0", "--port", "0") as process:
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "--token-file" in said
    assert "Traceback" not in said


def test_with_tokens_it_answers_those_who_have_one(bundle: Bundle, tmp_path: Path) -> None:
    service, file = Service(free_port()), tmp_path / "tokens"
    file.write_text(f"{TOKEN}\n")
    words = (str(bundle.folder), "--host", "0.0.0.0", "--port", str(service.port), "--token-file", str(file))
    with started(*words, variables={"FIVEFOLD_TOKENS": "of-the-variable-8"}) as process:
        eventually(lambda: is_ready(service))
        answers = {
            token: service.predict([ROW], {"authorization": f"Bearer {token}"}).status
            for token in (TOKEN, "of-the-variable-8", "guessed-by-somebody")
        }
        command = Path(f"/proc/{process.pid}/cmdline")
        listed = command.read_bytes() if command.exists() else b""
        process.terminate()
        _, said = process.communicate(timeout=SECONDS)
    assert answers == {TOKEN: 200, "of-the-variable-8": 200, "guessed-by-somebody": 401}
    assert TOKEN not in said
    assert TOKEN.encode() not in listed
    assert "whoever has a token may ask" in said


def test_no_auth_is_heeded_and_said(bundle: Bundle) -> None:
    service = Service(free_port())
    with started(
        str(bundle.folder), "--host", "0.0.0.0", "--port", str(service.port), "--no-auth"
    ) as process:
        eventually(lambda: is_ready(service))
        assert service.predict([ROW]).status == 200
        process.terminate()
        _, said = process.communicate(timeout=SECONDS)
    assert "ANYBODY" in said


@pytest.mark.parametrize(
    "words",
    [
        ("--token", TOKEN),
        ("--max-concurrency", "0"),
        ("--request-timeout", "-1"),
    ],
)
def test_options_that_cannot_be_used_end_it_with_code_2(words: tuple[str, str], bundle: Bundle) -> None:
    process: subprocess.Popen[str]
    with started(str(bundle.folder), "--port", "0", *words) as process:
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert words[0] in said
    assert TOKEN not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--no",), "Seen: --no. "),
        (("--token", TOKEN), "Seen: --token, a word too many"),
        ((f"--token={TOKEN}",), "Seen: --token. "),
        (("--token", f"-{TOKEN}"), "Seen: --token, a word too many"),
        (("--make-token", TOKEN), "Seen: a word too many"),
        ((f"--make-token={TOKEN}",), "Seen: --make-token. "),
        (("--token-file", TOKEN), "may be a token): No such file"),
        (("--token-file", "nowhere"), "Seen: nowhere: No such file"),
    ],
)
def test_a_flag_is_never_abbreviated_and_no_word_that_may_be_a_token_is_repeated(
    words: tuple[str, ...], said: str, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve_by([str(bundle.folder), "--port", "0", *words], {}) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert TOKEN not in printed.out + printed.err
