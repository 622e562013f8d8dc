"""The certificate of an erasure: what was erased, when and from which vault, signed by the vault.

It says what was asked for and how many records of each kind that was, never what they said. A copy of the
vault whose counter is not above ``counter_before`` still has them; one from ``counter_after`` on does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from vault import ed25519
from vault.canonical import canonical
from vault.errors import Tampered

__all__ = ["Certificate"]

_DOMAIN = b"vitalvault/erasure/1\n"  # keeps the signature from being shown as one on something else
_SCHEMA = "vitalvault-erasure-1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was erased.

    Args:
        vault: The vault's id.
        erasure: The id of its event in the vault.
        at: ISO 8601, UTC.
        scope: What was asked for: metric, source, start, end, import, everything. One that is issued again
            has ``source_hash`` in place of the name, which the vault no longer knows.
        counts: Kind -> how many: samples, records by table, records that lost values, items of check-ins.
        counter_before: The vault's counter at the last state that had it.
        counter_after: At the first state that had it no more.
        key: The vault's public key (Ed25519, hex).
        value: The signature (hex).
    """

    vault: str
    erasure: int
    at: str
    scope: Mapping[str, Any]
    counts: Mapping[str, int]
    counter_before: int
    counter_after: int
    key: str = ""
    value: str = ""

    def signed(self, seed: bytes) -> Self:
        """Return it with the signature of a vault's seed (``Keys.signing_seed``)."""
        return replace(self, key=ed25519.public_key(seed), value=ed25519.sign(seed, self._message()))

    def verify(self, signer: str) -> None:
        """Raise Tampered unless this is what the vault of a public key (hex) signed."""
        if signer != self.key:
            raise Tampered("another vault signed this certificate", hint="check whose it is")
        if not ed25519.signed_by(self.key, self._message(), self.value):
            raise Tampered("the certificate is not what was signed", hint="ask for it again")

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON document."""
        return {**self._body(), "signature": {"algorithm": "Ed25519", "key": self.key, "value": self.value}}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` gave, unverified; raises Tampered for anything else."""
        try:
            body = dict(document)
            signature = body.pop("signature")
            if body.pop("schema") != _SCHEMA or signature["algorithm"] != "Ed25519":
                raise ValueError("another schema")
            return cls(**body, key=str(signature["key"]), value=str(signature["value"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Tampered("this is no certificate of an erasure", hint="ask for it again") from error

    def _body(self) -> dict[str, Any]:
        body = asdict(self)
        del body["key"], body["value"]
        return {"schema": _SCHEMA, **body}

    def _message(self) -> bytes:
        return _DOMAIN + canonical(self._body()).encode("ascii")
