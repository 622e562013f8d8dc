"""Sleeps out of the store: segments and vendors' sessions around a span, assembled, then cut to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.errors import UnknownRecord
from vault.merge.nights import Night, Segments, judged, nights_of
from vault.moment import Span
from vault.time import DAY_NS

if TYPE_CHECKING:
    from vault.merge.rivals import Verdict
    from vault.store.store import Store

__all__ = ["night", "nights", "verdicts"]

_ROOM_NS = 7 * DAY_NS
"""A date is up to a day from the home zone's, a sleep up to a day long, and so are those that lie over it.
What is a nap is told by sleeps up to a day and a half away, on clocks up to a day apart."""


def nights(store: Store, span: Span) -> list[Night]:
    """Return the sleeps whose waking, by its date or its instant, is in the span."""
    if span.is_everything:
        return store.remembered("nights", lambda _: nights_of(verdicts(store, span), store.home_zone))
    found = nights_of(verdicts(store, span), store.home_zone)
    return [night for night in found if span.holds(night.end, night.date)]


def night(store: Store, session_id: str) -> Night:
    """Return a sleep by its id; raises UnknownRecord."""
    by_id = store.remembered("nights by id", lambda _: {one.session_id: one for one in nights(store, Span())})
    if session_id not in by_id:
        raise UnknownRecord("no sleep of that id", hint="take session_id from sleep()")
    return by_id[session_id]


def verdicts(store: Store, span: Span) -> list[list[tuple[int, Verdict]]]:
    """Return what became of every recorded sleep around the span, as ``judged`` does."""
    if span.is_everything:
        return store.remembered("verdicts", lambda _: _judged(store, None, None))
    return _judged(store, *span.around(_ROOM_NS))


def _judged(store: Store, first_ns: int | None, last_ns: int | None) -> list[list[tuple[int, Verdict]]]:
    segments = _segments(store, first_ns, last_ns)
    sessions = store.sleep_sessions(first_ns, last_ns)
    return judged(segments, sessions, store.home_zone, preferences=store.preferences())


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
