"""Sleeps of all sources: one row a sleep, one tracker where several recorded it, naps marked.

A night belongs to the local day of waking. A night in two halves stays two sleeps of one wake date, and what
a source did not tell is None, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from vault.merge.naps import naps
from vault.merge.pieces import LONGEST_NS, Piece, measure, rejoined, taken
from vault.merge.preference import SLEEP, place_on
from vault.merge.rivals import Verdict, judge, left_out
from vault.merge.segments import Segments, joined
from vault.merge.trackers import tell_apart
from vault.time import MINUTE_NS, local_days, offsets_at

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.merge.preference import Preference
    from vault.records import SleepSession

__all__ = ["Night", "Segments", "assemble", "judged", "nights_of"]


@dataclass(frozen=True, slots=True)
class Night:
    """One sleep.

    Args:
        session_id: Stable: made of source, start and end.
        source: The source that is believed.
        start: UTC ns.
        end: UTC ns.
        offset_min: The offset recorded at waking, or ``UNKNOWN_OFFSET``.
        date: Local day of waking, days since 1970-01-01.
        stages: (start ns, end ns, stage) in order, as the source gave them.
        asleep_min: Minutes asleep (asleep, light, deep, REM); None if only time in bed is known.
        in_bed_min: Minutes in bed and asleep if the source tells time in bed, else the whole span.
        deep_min: Minutes of deep sleep; None, as the next two, if the source does not tell stages apart.
        light_min: Minutes of light sleep.
        rem_min: Minutes of REM sleep.
        awake_min: Minutes awake within the sleep; None if the source tells neither stages nor waking.
        is_nap: What the vendor says, else whether it is short and begins when this person is usually up.
        left_out: The other trackers that recorded during it and are not believed: sources, with the device in
            brackets where two of one source recorded at once.
    """

    session_id: str
    source: str
    start: int
    end: int
    offset_min: int
    date: int
    stages: list[tuple[int, int, str]]
    asleep_min: float | None
    in_bed_min: float
    deep_min: float | None
    light_min: float | None
    rem_min: float | None
    awake_min: float | None
    is_nap: bool
    left_out: tuple[str, ...]


def assemble(
    segments: Segments,
    sessions: Sequence[SleepSession],
    home: ZoneInfo,
    *,
    preferences: Sequence[Preference] = (),
) -> list[Night]:
    """Return the sleeps of all sources, by start.

    Args:
        segments: What sources gave as single stages; may be empty.
        sessions: What vendors assembled, taken as they are. One without stages is asleep for its whole span,
            unless its details state asleep_min, in_bed_min, light_min, deep_min, rem_min or awake_min.
        home: The zone of what has no offset.
        preferences: The owner's choices, which hold of sleeps by the day of waking.
    """
    return nights_of(judged(segments, sessions, home, preferences=preferences), home)


def nights_of(groups: Iterable[Sequence[tuple[int, Verdict]]], home: ZoneInfo) -> list[Night]:
    """Return the sleeps that are believed of those that were ``judged``, by start."""
    believed = [
        (one.sleep, left_out(one.sleep, [other for _, other in group]), date)
        for group in groups
        for date, one in group
        if not one.rule
    ]
    believed.sort(key=lambda told: told[0].start)
    by_day = _naps([piece for piece, *_ in believed], home)
    return [_night(*told, is_nap) for told, is_nap in zip(believed, by_day.tolist())]


def judged(
    segments: Segments,
    sessions: Sequence[SleepSession],
    home: ZoneInfo,
    *,
    preferences: Sequence[Preference] = (),
) -> list[list[tuple[int, Verdict]]]:
    """Return (local day of waking, verdict) of every sleep, those that touch each other together."""
    groups = judge(_measured(segments, sessions, home, preferences))
    dates = iter(_wake_dates([one.sleep for group in groups for one in group], home).tolist())
    return [[(next(dates), one) for one in group] for group in groups]


def _measured(
    segments: Segments, sessions: Sequence[SleepSession], home: ZoneInfo, preferences: Sequence[Preference]
) -> list[Piece]:
    pieces = [*joined(segments), *rejoined(map(taken, sessions))]
    pieces = [piece for piece in pieces if 0 < piece.end - piece.start <= LONGEST_NS]
    measure(pieces)
    tell_apart(pieces)
    if preferences:
        for piece, day in zip(pieces, _wake_dates(pieces, home).tolist(), strict=True):
            piece.rank = place_on(preferences, SLEEP, piece.source, day) or piece.rank
    return pieces


def _night(piece: Piece, others: tuple[str, ...], date: int, is_nap: bool) -> Night:  # noqa: FBT001
    minutes = piece.minutes
    return Night(
        session_id=_session_id(piece),
        source=piece.source,
        start=piece.start,
        end=piece.end,
        offset_min=piece.offset_end,
        date=date,
        stages=piece.rows,
        asleep_min=minutes.asleep,
        in_bed_min=minutes.in_bed,
        deep_min=minutes.deep,
        light_min=minutes.light,
        rem_min=minutes.rem,
        awake_min=minutes.awake,
        is_nap=is_nap if piece.is_nap is None else piece.is_nap,
        left_out=others,
    )


def _session_id(piece: Piece) -> str:
    identity = f"{piece.source}\0{piece.start}\0{piece.end}".encode()
    return blake2b(identity, digest_size=8).hexdigest()


def _wake_dates(pieces: Sequence[Piece], home: ZoneInfo) -> NDArray[np.int32]:
    end = np.array([piece.end for piece in pieces], np.int64)
    offset = np.array([piece.offset_end for piece in pieces], np.int16)
    return local_days(end, offset, home)


def _naps(pieces: Sequence[Piece], home: ZoneInfo) -> NDArray[np.bool_]:
    start = np.array([piece.start for piece in pieces], np.int64)
    end = np.array([piece.end for piece in pieces], np.int64)
    offset = np.array([piece.offset_start for piece in pieces], np.int16)
    shift = offsets_at(start, offset, home) * MINUTE_NS
    return naps(start + shift, end + shift, np.array([bool(piece.is_nap) for piece in pieces], bool))
