"""Sleeps out of the store: segments and vendors' sessions around a span, assembled, then cut to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.merge.nights import Night, Segments, assemble
from vault.time import DAY_NS

if TYPE_CHECKING:
    from vault.store.store import Store

__all__ = ["nights"]

_MARGIN_NS = 2 * DAY_NS
"""Far enough to see a whole sleep, and the other sleeps of its day, that begins before the span."""


def nights(store: Store, first_ns: int | None, last_ns: int | None) -> list[Night]:
    """Return the sleeps that end within [first, last): those whose day of waking is in the span."""
    if first_ns is None and last_ns is None:
        return store.remembered("nights", lambda _: _assembled(store, None, None))
    found = _assembled(
        store,
        None if first_ns is None else first_ns - _MARGIN_NS,
        None if last_ns is None else last_ns + _MARGIN_NS,
    )
    return [
        night
        for night in found
        if (first_ns is None or night.end >= first_ns) and (last_ns is None or night.end < last_ns)
    ]


def _assembled(store: Store, first_ns: int | None, last_ns: int | None) -> list[Night]:
    segments = _segments(store, first_ns, last_ns)
    return assemble(segments, store.sleep_sessions(first_ns, last_ns), store.home_zone)


def _segments(store: Store, first_ns: int | None, last_ns: int | None) -> Segments:
    parts = store.columns("sleep_stage", first_ns, last_ns)
    if not parts:
        none = np.empty(0, np.int64)
        return Segments(none, none, none.astype(np.int16), [], none.astype(np.int32), [])
    (part,) = parts
    codes = part.codes or []
    return Segments(
        part.start,
        part.end,
        part.offset_min,
        [codes[code] for code in part.value.tolist()],
        part.origin,
        part.origins,
    )
