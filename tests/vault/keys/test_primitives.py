"""The primitives as the keys use them, against published vectors: Project Wycheproof and the RFCs."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.keys.kdf import hkdf

VECTORS = Path(__file__).parents[2] / "vectors"


def rows(name, count):
    """The tests of a vector file, of which there are ``count``."""
    document = json.loads((VECTORS / f"wycheproof-{name}.json").read_text("ascii"))
    assert len(document["rows"]) == count
    return document["rows"]


def test_aes_256_gcm_encrypts_as_wycheproof_says():
    """Every valid test gives its ciphertext and tag, with the sizes of a slot's wrapping."""
    valid = [row for row in rows("aes-256-gcm", 66) if row[-1] == "valid"]
    assert len(valid) == 39
    for number, *fields, _ in valid:
        key, nonce, bound, message, sealed = map(bytes.fromhex, fields)
        assert AESGCM(key).encrypt(nonce, message, bound) == sealed, number
        assert AESGCM(key).decrypt(nonce, sealed, bound) == message, number


def test_aes_256_gcm_opens_nothing_that_wycheproof_calls_invalid():
    """Every test with a changed tag is refused."""
    invalid = [row for row in rows("aes-256-gcm", 66) if row[-1] == "invalid"]
    assert len(invalid) == 27
    for _, *fields, _ in invalid:
        key, nonce, bound, _, sealed = map(bytes.fromhex, fields)
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(nonce, sealed, bound)


def test_hkdf_derives_as_wycheproof_says():
    """Every valid test gives the first 32 bytes of its output; an empty salt is no salt."""
    for number, *fields in rows("hkdf-sha256", 83):
        secret, salt, label, key = map(bytes.fromhex, fields)
        assert hkdf(secret, label, salt)[: len(key)] == key, number
        if not salt:
            assert hkdf(secret, label)[: len(key)] == key, number


# RFC 4231 section 4: key, data, HMAC-SHA-256.
_RFC_4231 = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        (
            b"This is a test using a larger than block-size key and a larger than block-size data. "
            b"The key needs to be hashed before being used by the HMAC algorithm."
        ),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


@pytest.mark.parametrize(("key", "message", "tag"), _RFC_4231)
def test_hmac_sha256_gives_the_vectors_of_rfc_4231(key, message, tag):
    """HMAC-SHA256, as it seals the header, gives every untruncated test case of RFC 4231."""
    assert hmac.digest(key, message, hashlib.sha256).hex() == tag
