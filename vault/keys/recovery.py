"""The recovery code: 160 random bits to be written on paper, typed with clumsy fingers.

Crockford's base 32 (no I, L, O, U), seven groups of five: 32 characters of secret and 3 of check, the number
modulo the largest prime below 32^3. So each single wrong character and each swap of two neighbours is found,
and any other mistake but one in 32,749.
"""

from __future__ import annotations

import os

from vault.errors import WrongPassphrase

__all__ = ["generate", "parse"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_BYTES = 20
PRIME = 32_749

_SECRET_CHARS = SECRET_BYTES * 8 // 5
_CHECK_CHARS = 3
_GROUP = 5
_READ_AS = str.maketrans("OIL", "011", "- \t\r\n")


def generate() -> str:
    """Return a new code, from the system's random generator."""
    return write(os.urandom(SECRET_BYTES))


def write(secret: bytes) -> str:
    """Write 20 bytes as a code, e.g. for a vector."""
    number = int.from_bytes(secret, "big")
    text = _digits(number, _SECRET_CHARS) + _digits(number % PRIME, _CHECK_CHARS)
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def parse(code: str) -> bytes:
    """Return the 20 bytes of a code, whatever its case and blanks; O is read as 0, I and L as 1.

    Raises:
        WrongPassphrase: It has another length or a foreign character, or the check finds a mistake.
    """
    text = code.upper().translate(_READ_AS)
    if len(text) != _SECRET_CHARS + _CHECK_CHARS or not set(text) <= set(ALPHABET):
        raise _mistyped()
    number = _number(text[:_SECRET_CHARS])
    if number % PRIME != _number(text[_SECRET_CHARS:]):
        raise _mistyped()
    return number.to_bytes(SECRET_BYTES, "big")


def _mistyped() -> WrongPassphrase:
    return WrongPassphrase(
        "the recovery code is mistyped", hint="it has seven groups of five; compare them one by one"
    )


def _digits(number: int, count: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(count)))


def _number(text: str) -> int:
    number = 0
    for character in text:
        number = number << 5 | ALPHABET.index(character)
    return number
