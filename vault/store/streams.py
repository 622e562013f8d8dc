"""A workout's stream as bytes: its instants and named columns, gaps kept as gaps."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from vault.errors import Tampered
from vault.store.packing import pack_floats, pack_ints, pack_texts
from vault.store.unpacking import Unpacker

if TYPE_CHECKING:
    from collections.abc import Collection

    import zstandard
    from numpy.typing import NDArray

    from vault.records import Stream

__all__ = ["FORM", "MAX_CELLS", "pack", "unpack"]

FORM = 4
MAX_CELLS = 1 << 24
"""A stream of more rows times columns (its instants are one) is not kept and not read."""

_PREFIX = struct.Struct("<Iq")


def pack(stream: Stream) -> bytes:
    """Return the body of a stream's frame; columns by name, so that their order says nothing."""
    time = stream.time.astype(np.int64, copy=False)
    names = sorted(stream.columns)
    columns = (np.asarray(stream.columns[name], np.float64) for name in names)
    return b"".join(
        [
            _PREFIX.pack(len(time), time[0] if len(time) else 0),
            pack_texts(names),
            pack_ints(np.diff(time), time=True),
            *map(pack_floats, columns),
        ]
    )


def unpack(
    data: bytes, only: Collection[str] | None = None, zstd: zstandard.ZstdDecompressor | None = None
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]:
    """Return a stream's instants and columns, of all names or ``only`` some.

    Raises Tampered if the bytes are not those of one.
    """
    body = Unpacker(data, FORM, zstd)
    length, first = body.struct(_PREFIX)
    names = body.texts()
    if length * (len(names) + 1) > MAX_CELLS:
        raise Tampered("a stored stream claims an impossible size")
    steps = body.ints(max(length - 1, 0))
    time = np.cumsum(np.concatenate(([first], steps)))[:length]
    columns = {}
    for name in names:
        if only is None or name in only:
            columns[name] = body.floats(length)
        else:
            body.skip_floats(length)
    body.done()
    return time, columns
