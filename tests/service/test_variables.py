"""Variables say what flags say; flags win."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fivefold.core.errors import SettingsError
from fivefold.service.__main__ import main
from fivefold.service.variables import PREFIX, told


def test_each_variable_is_the_flag_of_its_name() -> None:
    found = told({"FIVEFOLD_SERVE_LOG_MODE": "durable", "FIVEFOLD_SERVE_PORT": "", "HOME": "/"})
    assert found == {"log_mode": "durable"}
    assert told({"FIVEFOLD_SERVE_NO_AUTH": "no"}) == {"no_auth": False}
    assert told({"FIVEFOLD_SERVE_ALLOW_HOST": "a.example, b.example"}) == {
        "allow_host": ["a.example", "b.example"]
    }


def test_what_kubernetes_says_of_a_service_named_fivefold_is_none() -> None:
    """It puts this into every container of the namespace, over what the image says."""
    words = {
        "SERVICE_HOST": "10.0.0.11",
        "SERVICE_PORT": "80",
        "SERVICE_PORT_HTTP": "80",
        "PORT": "tcp://10.0.0.11:80",
    }
    assert told({f"FIVEFOLD_{name}": value for name, value in words.items()}) == {}
    # Beside one named fivefold-serve they begin like ours.
    assert told({f"FIVEFOLD_SERVE_{name}": value for name, value in words.items()}) == {}


def test_every_flag_of_a_service_has_one(capsys: pytest.CaptureFixture[str]) -> None:
    """But those that one process hands to another."""
    with pytest.raises(SystemExit):
        main(["--help"], {})
    flags = {
        found.replace("-", "_") for found in re.findall(r"^  --([a-z-]+)", capsys.readouterr().out, re.M)
    }
    assert {"log", "allow_host", "max_concurrency"} < flags
    for flag in flags - {"fd", "leash"}:
        assert flag in told({f"{PREFIX}{flag.upper()}": "1"})


def test_a_name_of_a_host_is_told_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"FIVEFOLD_SERVE_PORT": "0", "FIVEFOLD_SERVE_ALLOW_HOST": "shop.example https://x"}
    assert main([str(tmp_path)], environ) == 2
    assert "seen: 'https://x'" in capsys.readouterr().err.lower()


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("FIVEFOLD_SERVE_LOGS", "stdout", "means nothing.*FIVEFOLD_SERVE_LOG_MODE"),
        ("FIVEFOLD_SERVE_FD", "3", "means nothing"),
        ("FIVEFOLD_SERVE_NO_AUTH", "maybe", "1, true, yes"),
    ],
)
def test_a_slip_is_named(variable: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        told({variable: value})


def test_a_token_in_the_place_of_yes_is_not_repeated() -> None:
    with pytest.raises(SettingsError, match=r"MAKE_TOKEN cannot be used.*not repeated here") as found:
        told({f"{PREFIX}MAKE_TOKEN": "a-secret-of-the-shop-7"})
    assert "a-secret" not in str(found.value)


def test_a_service_is_told_by_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"FIVEFOLD_SERVE_HOST": "0.0.0.0", "FIVEFOLD_SERVE_PORT": "0"}
    assert main([str(tmp_path)], environ) == 2
    assert "listen on 0.0.0.0, without a token" in capsys.readouterr().err
    environ |= {"FIVEFOLD_SERVE_HOST": "127.0.0.1", "FIVEFOLD_SERVE_LOG_MODE": "sometimes"}
    assert main([str(tmp_path)], environ) == 2
    assert "sometimes" in capsys.readouterr().err


def test_flags_win(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"FIVEFOLD_SERVE_HOST": "0.0.0.0", "FIVEFOLD_SERVE_MAX_CONCURRENCY": "0"}
    assert main([str(tmp_path), "--host", "127.0.0.1", "--max-concurrency", "1", "--port", "0"], environ) == 1
    assert "bundle.json" in capsys.readouterr().err
