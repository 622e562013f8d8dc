"""Tombstones: keyed hashes of what was erased, so that it does not come back with the next export.

A sample's is of its metric, its source and the quarter hour of its start, not of its value: there are fewer,
and nobody who has the key learns a value by trying all there are. What is new and lies in such a quarter hour
is refused. Records have one of their id, and what a record lost with a metric has one of id and metric.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from vault.canonical import canonical
from vault.errors import Tampered
from vault.records import Workout
from vault.store import belongings, seals
from vault.store.checks import metric_of
from vault.store.sparse import TABLES, record_id
from vault.time import MINUTE_NS

if TYPE_CHECKING:
    from sqlite3 import Connection

    from numpy.typing import NDArray

    from vault.store.columns import Columns
    from vault.store.sparse import Sparse

__all__ = ["HASH_BYTES", "HASH_TYPE", "QUARTER_NS", "Tombstones", "tombstone", "tombstones_of"]

QUARTER_NS = 15 * MINUTE_NS
HASH_BYTES = 8
HASH_TYPE = f"S{HASH_BYTES}"
"""Of arrays of hashes."""


def tombstone(identity: bytes, *what: str | int) -> bytes:
    """Return the hash of something erased: HMAC-SHA256 of its canonical JSON, cut to 8 bytes.

    What it is of:
        "samples", metric, source, quarter hours since 1970: samples that start in it.
        "samples", metric, source: stands beside those, so that metrics without any need not be looked up.
        "record", table, id: a sparse record.
        "field", id, metric (``belongings.lost_as``): what belongs to it in a workout or stream that stays.
        "checkin", instant at which it was said, item: an item of a check-in.
        "source", name; "file", SHA-256: a name that was forgotten.

    ``identity`` is ``Keys.identity``.
    """
    return hmac.digest(identity, canonical(what).encode("ascii"), "sha256")[:HASH_BYTES]


def tombstones_of(identity: bytes, metric: str, rows: Columns) -> NDArray[np.bytes_]:
    """Return the hashes of rows of a series that are erased, each once."""
    plain = metric_of(metric)
    names = {rows.origins[number].source for number in np.unique(rows.origin).tolist()}
    beside = np.frombuffer(b"".join(tombstone(identity, "samples", plain, name) for name in names), HASH_TYPE)
    return np.concatenate([beside, _of_quarters(identity, plain, rows)[0]])


def _of_quarters(identity: bytes, metric: str, rows: Columns) -> tuple[NDArray[np.bytes_], NDArray[np.intp]]:
    """Return the hashes of the quarter hours in which rows start, each once, and which is whose."""
    names = sorted({origin.source for origin in rows.origins})
    codes = {name: code for code, name in enumerate(names)}
    source = np.array([codes[origin.source] for origin in rows.origins], np.int64)[rows.origin]
    cells, whose = _distinct(rows.start // QUARTER_NS * len(names) + source)
    quarters, sources = np.divmod(cells, max(len(names), 1))
    # The canonical JSON up to the quarter hour is made once a source.
    begins = [f"{canonical(('samples', metric, name))[:-1]},".encode("ascii") for name in names]
    digest = hmac.digest
    hashes = b"".join(
        digest(identity, b"%b%d]" % (begins[code], quarter), "sha256")[:HASH_BYTES]
        for code, quarter in zip(sources.tolist(), quarters.tolist(), strict=True)
    )
    return np.frombuffer(hashes, HASH_TYPE), whose


def _distinct(cells: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return distinct numbers and where each is among them; runs first, as rows come by time."""
    begins = np.append(True, cells[1:] != cells[:-1])[: len(cells)]
    distinct, whose = np.unique(cells[begins], return_inverse=True)
    return distinct, whose[np.cumsum(begins) - 1]


class Tombstones:
    """The tombstones of a vault: what an import asks before it takes something in."""

    def __init__(self, identity: bytes, hashes: Iterable[bytes] | NDArray[np.bytes_] = ()) -> None:
        """``identity`` is the key they were made with (``Keys.identity``)."""
        self._identity = identity
        joined = hashes if isinstance(hashes, np.ndarray) else np.frombuffer(b"".join(hashes), HASH_TYPE)
        self._hashes = np.unique(joined)

    @classmethod
    def read(cls, connection: Connection, identity: bytes) -> Tombstones:
        """Return all of a store; raises Tampered if they are not those that were written."""
        seals.check(connection, "tombstone")
        parts = connection.execute("SELECT sha256, data FROM tombstone").fetchall()
        for sha256, data in parts:
            seals.check_frame(data, sha256)
            if len(data) % HASH_BYTES:
                raise Tampered("stored tombstones are cut short")
        return cls(identity, (data for _, data in parts))

    def write(self, connection: Connection, erasure: int) -> None:
        """Store them as those of an erasure (the id of its event), within a transaction."""
        if len(self):
            data = self.hashes.tobytes()
            row = (erasure, hashlib.sha256(data).digest(), data)
            connection.execute("INSERT INTO tombstone VALUES (?, ?, ?)", row)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._hashes)

    @property
    def hashes(self) -> NDArray[np.bytes_]:
        """All of them, ascending."""
        return self._hashes

    def has(self, *what: str | int) -> bool:
        """Whether something was erased (``tombstone``)."""
        return bool(len(self)) and bool(
            self._found(np.array([tombstone(self._identity, *what)], HASH_TYPE))[0]
        )

    def of_samples(self, metric: str, rows: Columns) -> NDArray[np.bool_]:
        """Return which rows of a metric (its series' name) start in a quarter hour that was erased."""
        plain = metric_of(metric)
        of_source = {name: self.has("samples", plain, name) for name in {one.source for one in rows.origins}}
        hit = np.array([of_source[origin.source] for origin in rows.origins], bool)[rows.origin]
        if hit.any():  # or there is no need to hash quarter hours
            hashes, whose = _of_quarters(self._identity, plain, rows.take(hit))
            hit[hit] = self._found(hashes)[whose]
        return hit

    def lost(self, identity: str, metrics: Sequence[str]) -> list[str]:
        """Return those of some metrics whose values were taken out of a workout or stream, by its id."""
        if not len(self) or not metrics:
            return []
        # The canonical JSON up to the metric is made once.
        begins = f"{canonical(('field', identity))[:-1]},"
        texts = (f"{begins}{canonical(metric)}]".encode("ascii") for metric in metrics)
        hashes = b"".join(hmac.digest(self._identity, text, "sha256")[:HASH_BYTES] for text in texts)
        return list(compress(metrics, self._found(np.frombuffer(hashes, HASH_TYPE)).tolist()))

    def spared(self, record: Sparse) -> Sparse | None:
        """Return what of an incoming record may be kept: without what was erased, None if all of it was."""
        if not len(self):
            return record
        identity, table = record_id(record), TABLES[type(record)].name
        if self.has("record", table, identity):
            return None
        losable = belongings.losable(table, record.details if isinstance(record, Workout) else None)
        return belongings.without(record, self.lost(identity, losable))

    def _found(self, hashes: NDArray[np.bytes_]) -> NDArray[np.bool_]:
        at = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        return np.asarray(self._hashes[at] == hashes, bool)
