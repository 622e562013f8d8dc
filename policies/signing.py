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

from vault.ed25519 import public_key
from vault.ed25519 import sign as sign_bytes
from vault.ed25519 import signed_by as bytes_signed_by

__all__ = ["canonical", "digest", "pseudonym", "public_key", "sign", "signed_by"]

_TAG = "vitalvault/{}/1\n"


def canonical(body: Mapping[str, Any]) -> bytes:
    """Return the one byte string of a JSON object."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(body: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a JSON object, as hex."""
    return hashlib.sha256(canonical(body)).hexdigest()


def sign(seed: bytes, domain: str, body: Mapping[str, Any]) -> str:
    """Return the signature of a body, as hex."""
    return sign_bytes(seed, _message(domain, body))


def signed_by(key: str, domain: str, body: Mapping[str, Any], signature: str) -> bool:
    """Whether a signature is that key's on that body; anything malformed is a no."""
    return bytes_signed_by(key, _message(domain, body), signature)


def pseudonym(seed: bytes, reader: str, name: str) -> str:
    """Return what a reader sees in place of a name: stable for them, different for everybody else."""
    message = _TAG.format("pseudonym").encode() + canonical({"reader": reader, "name": name})
    return hmac.new(seed, message, hashlib.sha256).hexdigest()[:16]


def _message(domain: str, body: Mapping[str, Any]) -> bytes:
    return _TAG.format(domain).encode() + canonical(body)
