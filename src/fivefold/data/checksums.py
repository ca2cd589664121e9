"""Check digits: numbers of cards, accounts and citizens that hold a figure by which a slip of the pen is noticed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CHECKED", "iban", "luhn"]

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_DNI = re.compile(r"[XYZ0-9][0-9]{7}-?([A-Z])")
_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_PESEL = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)


def luhn(text: str) -> bool:
    """Whether the digits of a text pass Luhn's test, as numbers of payment cards do.

    Examples
    --------
    >>> luhn("4539 1488 0343 6467"), luhn("4539 1488 0343 6468")
    (True, False)
    """
    digits = [int(sign) for sign in text if sign.isdigit()]
    if len(digits) < 12 or len(set(digits)) == 1:
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """Whether a text is an international bank account number, by ISO 7064.

    Examples
    --------
    >>> iban("AT61 1904 3002 3457 3201"), iban("AT62 1904 3002 3457 3201")
    (True, False)
    """
    plain = text.replace(" ", "").upper()
    if not _IBAN.fullmatch(plain):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def _dni(text: str) -> bool:
    """Spain's DNI and NIE: the letter follows from the number."""
    found = _DNI.fullmatch(text.upper())
    if found is None:
        return False
    number = text.upper().replace("-", "")[:-1].translate(str.maketrans("XYZ", "012"))
    return _LETTERS[int(number) % 23] == found[1]


def _pesel(text: str) -> bool:
    """Poland's PESEL: a date of birth, and a check digit at the end."""
    if not re.fullmatch(r"[0-9]{2}[0-9][0-9][0-3][0-9]{6}", text):
        return False
    *digits, last = map(int, text)
    month, day = int(text[2:4]) % 20, int(text[4:6])
    check = -sum(digit * weight for digit, weight in zip(digits, _PESEL, strict=True)) % 10
    return check == last and 1 <= month <= 12 and 1 <= day <= 31


def _cpf(text: str) -> bool:
    """Brazil's CPF: two check digits at the end."""
    if not re.fullmatch(r"[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}", text):
        return False
    digits = [int(sign) for sign in text if sign.isdigit()]
    if len(set(digits)) == 1:
        return False
    for known in (9, 10):
        total = sum(
            digit * weight for digit, weight in zip(digits[:known], range(known + 1, 1, -1), strict=True)
        )
        if total * 10 % 11 % 10 != digits[known]:
            return False
    return True


def _nir(text: str) -> bool:
    """France's NIR: sex, year and month of birth, and a key of two digits."""
    plain = text.replace(" ", "")
    if not re.fullmatch(r"[12][0-9]{2}(?:0[1-9]|1[0-2]|[2-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{8}", plain):
        return False
    number = plain[:13].replace("2A", "19").replace("2B", "18")
    return 97 - int(number) % 97 == int(plain[13:])


CHECKED: dict[str, Callable[[str], bool]] = {
    "Spain": _dni,
    "Poland": _pesel,
    "Brazil": _cpf,
    "France": _nir,
}
"""Numbers of citizens with check digits, by country."""
