"""Tokens: what is taken for one, who is let in, and that none is ever repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.errors import SettingsError
from fivefold.service.settings import ServiceSettings
from fivefold.service.tokens import Tokens, tokens_in

ONE, OTHER = "one-token-of-24-letters!".replace("!", "."), "another-token/with+signs=="


def test_a_file_and_the_variable_are_put_together(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# of the shop\n{ONE}\n\n  {OTHER}  \n")
    assert tokens_in(file, {"FIVEFOLD_TOKENS": "third-token-here, fourth-token-here\n"}) == (
        ONE, OTHER, "third-token-here", "fourth-token-here",
    )  # fmt: skip
    assert tokens_in(None, {}) == tokens_in(None, {"FIVEFOLD_TOKENS": "  "}) == ()


@pytest.mark.parametrize("header", [f"Bearer {ONE}", f"bearer {OTHER}", f"BEARER   {ONE} "])
def test_each_token_is_let_in(header: str) -> None:
    assert Tokens([ONE, OTHER]).admit(header.encode())


@pytest.mark.parametrize(
    "header",
    [
        b"", b"Bearer", b"Bearer ", ONE.encode(), f"Basic {ONE}".encode(), f"Bearer {ONE[:-1]}".encode(),
        f"Bearer {ONE}x".encode(), f"Bearer {ONE} {OTHER}".encode(), b"Bearer \xff\xfe\x00", b"Bearer " + b"x" * 65_000,
    ],
)  # fmt: skip
def test_nothing_else_is(header: bytes) -> None:
    assert not Tokens([ONE, OTHER]).admit(header)


def test_without_tokens_nobody_has_one() -> None:
    assert not Tokens().admit(b"Bearer ")
    assert not Tokens()


@pytest.mark.parametrize(
    "word", ["", "short", "x" * 15, "sixteen letters!", "naïve-token-of-letters", "a,b" * 9]
)
def test_what_is_no_token_is_refused_without_repeating_it(word: str) -> None:
    with pytest.raises(SettingsError, match="cannot be used") as found:
        Tokens([word])
    assert not word or word not in str(found.value)


def test_they_are_nowhere_to_be_seen() -> None:
    settings = ServiceSettings(tokens=Tokens([ONE]))
    assert ONE not in repr(settings)
    assert ONE not in repr(vars(settings.tokens))


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n\n", b"\xff\xfe\xff"])
def test_a_file_without_tokens_is_named(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match="file of tokens") as found:
        tokens_in(file, {})
    assert str(file) in str(found.value)


@pytest.mark.parametrize("word", [ONE, OTHER, f"/{OTHER}", "x" * 5000, f"{'x' * 300}/{ONE}"])
def test_a_token_in_the_place_of_its_file_is_not_repeated(word: str) -> None:
    with pytest.raises(SettingsError, match="not repeated") as found:
        tokens_in(Path(word), {})
    assert word not in str(found.value)


@pytest.mark.parametrize(
    "wrong", [{"max_concurrency": 0}, {"request_timeout": 0.0}, {"request_timeout": float("nan")}]
)
def test_settings_that_would_answer_nobody_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong)).replace("_", "-")):
        ServiceSettings(**wrong)  # type: ignore[arg-type]
