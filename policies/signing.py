"""One way to sign: Ed25519 over a domain tag and the canonical JSON of a body.

The tag keeps a signature on one kind of document from being shown as one on another. Canonical means:
keys sorted, no spaces, UTF-8, no NaN.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

__all__ = ["canonical", "digest", "pseudonym", "public_key", "sign", "signed_by"]

_TAG = "vitalvault/{}/1\n"


def canonical(body: Mapping[str, Any]) -> bytes:
    """Return the one byte string of a JSON object."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(body: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a JSON object, as hex."""
    return hashlib.sha256(canonical(body)).hexdigest()


def public_key(seed: bytes) -> str:
    """Return the public half of an Ed25519 seed, as hex."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def sign(seed: bytes, domain: str, body: Mapping[str, Any]) -> str:
    """Return the signature of a body, as hex."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).sign(_message(domain, body)).hex()


def signed_by(key: str, domain: str, body: Mapping[str, Any], signature: str) -> bool:
    """Whether a signature is that key's on that body; anything malformed is a no."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(signature), _message(domain, body))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def pseudonym(seed: bytes, reader: str, name: str) -> str:
    """Return what a reader sees in place of a name: stable for them, different for everybody else."""
    message = _TAG.format("pseudonym").encode() + canonical({"reader": reader, "name": name})
    return hmac.new(seed, message, hashlib.sha256).hexdigest()[:16]


def _message(domain: str, body: Mapping[str, Any]) -> bytes:
    return _TAG.format(domain).encode() + canonical(body)
