"""The frozen header of format 1, opened by VitalVault and by a reader written from docs/format.md alone."""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from vault import keys

VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "header-1.json").read_text("utf-8"))
HEADER = VECTOR["header"]


@pytest.mark.parametrize("way", ["passphrase", "recovery_code"])
def test_vector_opens_to_the_frozen_keys(tmp_path, way):
    """Every later version opens this header, both ways, to exactly these keys."""
    (tmp_path / "vault.json").write_text(json.dumps(HEADER, indent=2))
    opened = keys.unlock(tmp_path, **{way: VECTOR[way]})
    assert opened.secret.hex() == VECTOR["secret"]
    assert {name: getattr(opened, name).hex() for name in VECTOR["keys"]} == VECTOR["keys"]


# From here on nothing of vault/ is used: this is docs/format.md, in code.


def _hkdf(secret, info, salt=bytes(32)):
    prk = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(prk, info + b"\x01", hashlib.sha256)


def _canonical(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def _code_bytes(code):
    text = code.upper().replace("-", "").replace("O", "0").replace("I", "1").replace("L", "1")
    digits = ["0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(character) for character in text]
    number = sum(digit << 5 * place for place, digit in enumerate(reversed(digits[:32])))
    check = sum(digit << 5 * place for place, digit in enumerate(reversed(digits[32:])))
    assert number % 32749 == check
    return number.to_bytes(20, "big")


def _wrapping_key(slot):
    salt, cost = bytes.fromhex(slot["salt"]), slot["kdf"]
    if slot["kind"] == "recovery":
        return _hkdf(_code_bytes(VECTOR["recovery_code"]), b"vitalvault/1 recovery", salt)
    passphrase = unicodedata.normalize("NFKC", VECTOR["passphrase"]).encode()
    derivation = Argon2id(
        salt=salt, length=32, iterations=cost["passes"], lanes=cost["lanes"], memory_cost=cost["memory_kib"]
    )
    return derivation.derive(passphrase)


@pytest.mark.parametrize("slot", HEADER["slots"], ids=lambda slot: slot["kind"])
def test_format_document_is_enough_to_open_a_slot(slot):
    """The document's steps, followed literally, unwrap the frozen secret from either slot."""
    identity = {name: HEADER[name] for name in ("format", "version", "vault", "created")}
    terms = {name: slot[name] for name in ("kind", "kdf", "salt")}
    secret = AESGCM(_wrapping_key(slot)).decrypt(
        bytes.fromhex(slot["nonce"]), bytes.fromhex(slot["wrapped"]), _canonical({**identity, "slot": terms})
    )
    assert secret.hex() == VECTOR["secret"]


def test_format_document_is_enough_to_derive_keys_and_seal():
    """The document's labels give the frozen keys, and the seal of the header."""
    data, lasting = bytes.fromhex(VECTOR["secret"])[:32], bytes.fromhex(VECTOR["secret"])[32:]
    derived = {
        "database": _hkdf(data, b"vitalvault/1 database"),
        "manifest": _hkdf(data, b"vitalvault/1 manifest"),
        "identity": _hkdf(lasting, b"vitalvault/1 identity"),
        "signing_seed": _hkdf(lasting, b"vitalvault/1 signing"),
        "header": _hkdf(lasting, b"vitalvault/1 header"),
    }
    assert {name: key.hex() for name, key in derived.items()} == VECTOR["keys"]
    sealed = {name: value for name, value in HEADER.items() if name != "seal"}
    assert hmac.digest(derived["header"], _canonical(sealed), hashlib.sha256).hex() == HEADER["seal"]
