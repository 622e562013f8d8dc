"""A frozen header of each format, opened by VitalVault and by a reader written from docs/format.md alone."""

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

VECTORS = Path(__file__).parents[2] / "vectors"
ONE, TWO = (json.loads((VECTORS / f"header-{version}.json").read_text("utf-8")) for version in (1, 2))
LASTING = ("identity", "signing_seed", "header")


@pytest.mark.parametrize("way", ["passphrase", "recovery_code"])
def test_vector_opens_to_the_frozen_keys(tmp_path, way):
    """Every later version opens the header of format 1, both ways, to exactly these keys."""
    (tmp_path / "vault.json").write_text(json.dumps(ONE["header"], indent=2))
    opened = keys.unlock(tmp_path, **{way: ONE[way]})
    assert opened.secret.hex() == ONE["secret"]
    assert [key.hex() for key in opened.databases] == [ONE["keys"]["database"]]
    assert {name: getattr(opened, name).hex() for name in LASTING} == {
        name: ONE["keys"][name] for name in LASTING
    }


@pytest.mark.parametrize("way", ["passphrase", "recovery_code", "keyring"])
def test_vector_of_format_2_opens_to_the_frozen_keys(tmp_path, monkeypatch, way):
    """Every later version opens the header of format 2, all three ways, to exactly these keys."""
    monkeypatch.setattr(keys.keyring, "recall", lambda _: bytes.fromhex(TWO["keyring"]))
    opened = keys.unlock_bytes(json.dumps(TWO["header"]).encode(), **{way: TWO[way]})
    assert opened.secret.hex() == TWO["secret"]
    assert [key.hex() for key in opened.data] == TWO["data"]
    assert [key.hex() for key in opened.databases] == TWO["databases"]
    assert {name: getattr(opened, name).hex() for name in TWO["keys"]} == TWO["keys"]


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


def _wrapping_key(vector, slot):
    salt, cost = bytes.fromhex(slot["salt"]), slot["kdf"]
    if slot["kind"] == "recovery":
        return _hkdf(_code_bytes(vector["recovery_code"]), b"vitalvault/1 recovery", salt)
    if slot["kind"] == "keyring":
        return _hkdf(bytes.fromhex(vector["keyring"]), b"vitalvault/1 keyring", salt)
    passphrase = unicodedata.normalize("NFKC", vector["passphrase"]).encode()
    derivation = Argon2id(
        salt=salt, length=32, iterations=cost["passes"], lanes=cost["lanes"], memory_cost=cost["memory_kib"]
    )
    return derivation.derive(passphrase)


def _opened(key, wrapped, bound):
    return AESGCM(key).decrypt(bytes.fromhex(wrapped["nonce"]), bytes.fromhex(wrapped["wrapped"]), bound)


def _identity(header):
    return {name: header[name] for name in ("format", "vault", "created")} | {"version": 1}


SLOTS = [(vector, slot) for vector in (ONE, TWO) for slot in vector["header"]["slots"]]


@pytest.mark.parametrize(
    ("vector", "slot"), SLOTS, ids=[f"{one['header']['version']}-{slot['kind']}" for one, slot in SLOTS]
)
def test_format_document_is_enough_to_open_a_slot(vector, slot):
    """The document's steps, followed literally, unwrap the frozen secret from every slot."""
    terms = {name: slot[name] for name in ("kind", "kdf", "salt")}
    bound = _canonical({**_identity(vector["header"]), "slot": terms})
    assert _opened(_wrapping_key(vector, slot), slot, bound).hex() == vector["secret"]


def test_format_document_is_enough_to_unwrap_the_data_keys():
    """The document's steps give both data keys of a header in the midst of a rotation, the old one first."""
    wrapping = _hkdf(bytes.fromhex(TWO["secret"])[:32], b"vitalvault/2 data")
    assert wrapping.hex() == TWO["keys"]["wrapping"]
    bound = _canonical(_identity(TWO["header"]))
    assert [_opened(wrapping, one, bound).hex() for one in TWO["header"]["data"]] == TWO["data"]


@pytest.mark.parametrize("vector", [ONE, TWO], ids=["1", "2"])
def test_format_document_is_enough_to_derive_keys_and_seal(vector):
    """The document's labels give the frozen keys, and the seal of the header."""
    master, lasting = bytes.fromhex(vector["secret"])[:32], bytes.fromhex(vector["secret"])[32:]
    data = [bytes.fromhex(one) for one in vector.get("data", [master.hex()])]
    databases = vector.get("databases", [vector["keys"].get("database")])
    assert [_hkdf(one, b"vitalvault/1 database").hex() for one in data] == databases
    derived = {
        "identity": _hkdf(lasting, b"vitalvault/1 identity"),
        "signing_seed": _hkdf(lasting, b"vitalvault/1 signing"),
        "header": _hkdf(lasting, b"vitalvault/1 header"),
        "backup": _hkdf(lasting, b"vitalvault/2 backup"),
    }
    frozen = {name: vector["keys"][name] for name in derived if name in vector["keys"]}
    assert frozen.keys() >= set(LASTING)
    assert frozen == {name: derived[name].hex() for name in frozen}
    header = vector["header"]
    sealed = {name: value for name, value in header.items() if name != "seal"}
    assert hmac.digest(derived["header"], _canonical(sealed), hashlib.sha256).hex() == header["seal"]
