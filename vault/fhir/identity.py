r"""Stable identifiers: the same record gets the same one in every export, and nobody else can guess it.

``identifier.value`` is ``v1:`` and the hex HMAC-SHA-256, under the vault's identity key, of what makes a
record one in the vault: metric, source, start, end and value. ``id`` is the uuid5 of that. A keyed digest,
so that two vaults' exports can't be joined and a guessed record can't be confirmed (design 3.6).

The preimage is fields joined by NUL, each written ``<length>:<bytes>``; numbers are 8 bytes, big endian:

    6:record \0 10:heart_rate \0 5:Watch \0 0: \0 8:<start> \0 8:<end> \0 8:<value as IEEE 754>

The fourth field is the code of a coded value (then there is no value field), the unit of a vendor's own
metric, or what else tells records apart. Integers are signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NAMESPACE", "RECORD", "Identity", "Name", "field"]

RECORD = "urn:vitalvault:record"
NAMESPACE = uuid5(NAMESPACE_URL, RECORD)
VERSION = "v1:"

_BLOCK = 64  # of SHA-256
_FIELD = np.dtype([("mark", "S2"), ("bytes", ">i8"), ("nul", "S1")])


class Name(NamedTuple):
    """What a resource is called: ``id`` (uuid5) and ``identifier.value``."""

    id: str
    value: str


def field(text: str | bytes) -> bytes:
    """Return one text field of a preimage, with its length and the NUL after it.

    Half an emoji that a vendor cut off is told as it is stored, so that two such texts stay two.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return b"%d:%b\0" % (len(raw), raw)


class Identity:
    """Names records under one key; hashing states are copied, so that a prefix is hashed once."""

    def __init__(self, key: bytes) -> None:
        padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def name(self, *fields: str, start: int | None = None, end: int | None = None) -> Name:
        """Name one record by its text fields and, if it has them, its instants."""
        numbers = [number for number in (start, end) if number is not None]
        inner = self._inner.copy()
        inner.update(b"".join(field(text) for text in ("record", *fields)))
        inner.update(b"".join(field(number.to_bytes(8, "big", signed=True)) for number in numbers))
        outer = self._outer.copy()
        outer.update(inner.digest())
        value = VERSION + outer.hexdigest()
        return Name(str(uuid5(NAMESPACE, value)), value)

    def names(
        self,
        prefixes: Sequence[bytes],
        group: Sequence[int],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        value: NDArray[np.float64] | None,
    ) -> tuple[list[str], list[str]]:
        """Name many samples: ids and identifier values.

        Args:
            prefixes: The text fields of each group, as ``field`` writes them.
            group: Indices of ``prefixes``, one a sample.
            start: int64 [n], UTC ns.
            end: int64 [n], UTC ns.
            value: float64 [n]; None for coded samples, whose code is in the prefix.
        """
        digests = self._digests(prefixes, group, _numbers(start, end, value))
        hexed = digests.hex()
        values = [VERSION + hexed[at : at + 64] for at in range(0, len(hexed), 64)]
        return _uuids(hexed.encode()), values

    def _digests(self, prefixes: Sequence[bytes], group: Sequence[int], rows: NDArray[np.void]) -> bytes:
        states = []
        for prefix in prefixes:
            state = self._inner.copy()
            state.update(field("record") + prefix)
            states.append(state)
        width, raw, outer_state = rows.dtype.itemsize, rows.tobytes(), self._outer
        found = []
        for which, at in zip(group, range(0, len(raw), width)):
            inner = states[which].copy()
            inner.update(raw[at : at + width])
            outer = outer_state.copy()
            outer.update(inner.digest())
            found.append(outer.digest())
        return b"".join(found)


def _numbers(
    start: NDArray[np.int64], end: NDArray[np.int64], value: NDArray[np.float64] | None
) -> NDArray[np.void]:
    columns = [start, end]
    if value is not None:
        columns.append((value + 0.0).view(np.int64))  # + 0.0: a negative zero is the same number
    rows = np.empty((len(start), len(columns)), _FIELD)
    rows["mark"], rows["nul"] = b"8:", b"\0"
    for at, column in enumerate(columns):
        rows["bytes"][:, at] = column
    return rows.view(np.dtype((np.void, _FIELD.itemsize * len(columns)))).reshape(-1)


def _uuids(hexed: bytes) -> list[str]:
    """Return the uuid5 of each value, as ``uuid.uuid5`` gives it (RFC 9562); 64 hex digits are one."""
    start = hashlib.sha1(NAMESPACE.bytes + VERSION.encode(), usedforsecurity=False)
    found = []
    for at in range(0, len(hexed), 64):
        state = start.copy()
        state.update(hexed[at : at + 64])
        found.append(state.digest())
    raw = np.frombuffer(b"".join(found), np.uint8).reshape(-1, 20)[:, :16].copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x50
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    digits = np.frombuffer(raw.tobytes().hex().encode(), "S1").reshape(-1, 32)
    text = np.full((len(digits), 36), b"-", "S1")
    text[:, _DIGITS] = digits
    line = text.tobytes().decode()
    return [line[at : at + 36] for at in range(0, len(line), 36)]


_DIGITS = [at for at, letter in enumerate(str(UUID(int=0))) if letter != "-"]
