"""Ed25519 signatures (RFC 8032) with keys and signatures as hex; what is signed is the callers' business."""

from __future__ import annotations

__all__ = ["public_key", "sign", "signed_by"]


def public_key(seed: bytes) -> str:
    """Return the public half of a seed of 32 bytes, as hex."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def sign(seed: bytes, message: bytes) -> str:
    """Return the signature of a message, as hex."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).sign(message).hex()


def signed_by(key: str, message: bytes, signature: str) -> bool:
    """Whether a signature is that key's on that message; anything malformed is a no."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
