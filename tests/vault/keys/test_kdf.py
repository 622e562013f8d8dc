"""Key derivation: the published vectors, the bounds of cost, and what a passphrase is."""

from __future__ import annotations

import traceback

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from vault.errors import InputError, StoreError, TooLarge
from vault.keys import kdf
from vault.keys.kdf import (
    CEILING,
    DEFAULT,
    FLOOR,
    Cost,
    argon2id,
    hkdf,
    new_passphrase_bytes,
    passphrase_bytes,
)


def test_argon2id_of_the_library_gives_the_vector_of_rfc_9106():
    """Argon2id, as cryptography has it, gives the tag of RFC 9106 section 5.3."""
    derivation = Argon2id(
        salt=b"\x02" * 16,
        length=32,
        iterations=3,
        lanes=4,
        memory_cost=32,
        ad=b"\x04" * 12,
        secret=b"\x03" * 8,
    )
    tag = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert derivation.derive(b"\x01" * 32).hex() == tag


def test_argon2id_gives_the_vector_of_the_reference_implementation():
    """Our call passes memory, passes and lanes in the right places (phc-winner-argon2, test.c)."""
    tag = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
    assert argon2id(b"password", b"somesalt", Cost(65536, 2, 1)).hex() == tag


@pytest.mark.parametrize(
    ("lower", "ours", "words"),
    [
        (MemoryError(), TooLarge, "2048 MiB"),
        (UnsupportedAlgorithm("argon2"), StoreError, "no Argon2id"),
    ],
)
def test_argon2id_that_can_not_be_derived_says_why(monkeypatch, lower, ours, words):
    """Too little memory, or an OpenSSL without Argon2id: an error of ours that names it."""

    def refuse(**_):
        raise lower

    monkeypatch.setattr(kdf, "Argon2id", refuse)
    with pytest.raises(ours, match=words):
        argon2id(b"password", b"somesalt", CEILING)


def test_hkdf_gives_the_vector_of_rfc_5869():
    """HKDF-SHA256 gives the first 32 bytes of RFC 5869 test case 1."""
    info, salt = bytes(range(0xF0, 0xFA)), bytes(range(13))
    okm = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    assert hkdf(b"\x0b" * 22, info, salt).hex() == okm


def test_hkdf_without_salt_gives_the_vector_of_rfc_5869():
    """Without a salt it gives the first 32 bytes of RFC 5869 test case 3."""
    okm = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    assert hkdf(b"\x0b" * 22, b"").hex() == okm


def test_cost_of_new_vaults_is_between_floor_and_ceiling():
    """What VitalVault writes it also reads."""
    assert not DEFAULT.is_weak
    assert not DEFAULT.is_excessive
    assert Cost(256 * 1024, 3, 4) == DEFAULT


@pytest.mark.parametrize("cost", [Cost(65535, 3, 4), Cost(65536, 2, 4), Cost(65536, 3, 0)])
def test_cost_below_the_floor_is_weak(cost):
    """One step below the floor in memory, passes or lanes is weak; the floor is not."""
    assert cost.is_weak
    assert not FLOOR.is_weak


def test_cost_argon2_can_not_do_is_weak(monkeypatch):
    """Less than 8 KiB a lane is refused before Argon2 would (RFC 9106 section 3.1)."""
    monkeypatch.setattr(kdf, "FLOOR", Cost(8, 1, 1))
    assert Cost(8, 1, 2).is_weak


@pytest.mark.parametrize("cost", [Cost(2097153, 3, 4), Cost(65536, 11, 4), Cost(65536, 3, 17)])
def test_cost_above_the_ceiling_is_excessive(cost):
    """One step above the ceiling in memory, passes or lanes is excessive; the ceiling is not."""
    assert cost.is_excessive
    assert not CEILING.is_excessive


def test_passphrase_typed_on_another_keyboard_is_the_same():
    """Composed, decomposed and full-width characters are the same passphrase (NFKC)."""
    assert passphrase_bytes("Caf\u00e9 \uff11") == passphrase_bytes("Cafe\u0301 1") == "Caf\u00e9 1".encode()


def test_passphrase_that_is_not_unicode_is_refused_without_being_quoted():
    """Bytes that are no UTF-8 in the terminal are refused; no traceback holds them."""
    with pytest.raises(InputError) as caught:
        passphrase_bytes("my secret \udcff words")
    assert "secret" not in "".join(traceback.format_exception(caught.value, chain=True)[-1:])
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("passphrase", ["", "1234567", "\ufb00" * 3])
def test_new_passphrase_that_is_too_short_is_refused(passphrase):
    """Fewer than 8 characters after normalisation are refused, with advice how to choose one."""
    with pytest.raises(InputError, match="8 characters") as caught:
        new_passphrase_bytes(passphrase)
    assert "words" in caught.value.hint


@given(st.text(st.characters(codec="utf-8"), min_size=8))
def test_new_passphrase_accepted_once_is_read_the_same_later(passphrase):
    """Normalising is stable: what was chosen, typed again or normalised before, gives the same bytes."""
    once = passphrase_bytes(passphrase)
    assert passphrase_bytes(once.decode()) == once
