"""One tracker's sleeps: sessions as they were or made whole, parts of them, and the minutes in them.

All pieces are laid side by side on one time line of their own, so that the minutes of every stage of every
sleep are one union of intervals, and overlapping segments count once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.merge.coverage import union
from vault.merge.eras import device_name
from vault.merge.preference import SLEEP
from vault.merge.priority import rank_of
from vault.merge.trackers import called
from vault.time import DAY_NS, MINUTE_NS

if TYPE_CHECKING:
    from vault.records import Origin, SleepSession

__all__ = [
    "ASLEEP",
    "LONGEST_NS",
    "Minutes",
    "Piece",
    "maker_of",
    "measure",
    "overlap",
    "parts_beside",
    "rejoined",
    "taken",
]

LONGEST_NS = DAY_NS
"""Nobody sleeps longer: such a record is a clock that was never stopped, and would hide the nights in it."""

SEAM_NS = MINUTE_NS
"""Sessions no further apart are one that was cut, at midnight mostly: nobody is up for so short."""

_DETAILED = ("light", "deep", "rem")
ASLEEP = ("asleep", *_DETAILED)
"""The stages that are sleep."""


class Minutes(NamedTuple):
    """Minutes of one sleep, None for what the source does not tell."""

    in_bed: float
    asleep: float | None = None
    light: float | None = None
    deep: float | None = None
    rem: float | None = None
    awake: float | None = None


@dataclass(slots=True)
class Piece:
    """A sleep as one tracker saw it.

    ``device`` is which of its source's, "" if that is not told; ``maker`` is whose app told it. Span in UTC
    ns, offsets in minutes as recorded at both ends; ``rows`` are (start ns, end ns, stage); ``stated`` are
    the minutes of one without rows; ``measure`` sets ``minutes``. ``beside`` tell what was cut off it.
    """

    source: str
    device: str
    maker: str
    rank: int
    start: int
    end: int
    offset_start: int
    offset_end: int
    rows: list[tuple[int, int, str]]
    is_nap: bool | None
    stated: Minutes | None
    minutes: Minutes
    beside: tuple[str, ...] = ()

    @property
    def tracker(self) -> str:
        """What the tracker is called, once ``tell_apart`` has said whether the device matters."""
        return called(self.source, self.device)

    @property
    def asleep_min(self) -> float | None:
        """Minutes asleep, None for time in bed only."""
        return self.minutes.asleep

    @property
    def has_stages(self) -> bool:
        """Whether light, deep or REM sleep is told apart."""
        return self.minutes.light is not None

    @property
    def times_stages(self) -> bool:
        """Whether it is known when light, deep or REM sleep was, not only for how long."""
        return any(stage in _DETAILED for _, _, stage in self.rows)


def maker_of(origin: Origin) -> str:
    """Return whose app told it; who has none is nobody's kin."""
    return origin.app or origin.source


def taken(session: SleepSession) -> Piece:
    """Return a vendor's session as it is."""
    span = (session.end - session.start) / MINUTE_NS
    return Piece(
        source=session.origin.source,
        device=device_name(session.origin.device),
        maker=maker_of(session.origin),
        rank=rank_of(session.origin, SLEEP),
        start=session.start,
        end=session.end,
        offset_start=session.offset_min,
        offset_end=session.offset_min,
        rows=sorted(session.stages),
        is_nap=session.is_nap,
        stated=None if session.stages else _stated(session.details, span),
        minutes=Minutes(0.0),
    )


def rejoined(sessions: Iterable[Piece]) -> list[Piece]:
    """Return vendors' sessions, each once, those that were cut made whole, in an order of their own."""
    whole: list[Piece] = []
    latest: dict[tuple[object, ...], dict[tuple[str, int], Piece]] = {}
    once = {repr(_in_order(one)): one for one in sessions if one.end > one.start}
    for piece in sorted(once.values(), key=_in_order):
        alike = latest.setdefault(_kind(piece), {})
        before = next((one for one in _of_its_device(alike, piece) if _is_cut(one, piece)), None)
        if before is None:
            whole.append(piece)
        else:
            del alike[before.device, before.rank]
            _append(before, piece)
        told = before or piece
        alike[told.device, told.rank] = told
    return whole


def _in_order(piece: Piece) -> tuple[object, ...]:
    who = piece.source, piece.device, piece.maker, piece.rank, piece.offset_end
    return piece.start, piece.end, *who, piece.rows, str(piece.is_nap), str(piece.stated)


def _kind(piece: Piece) -> tuple[object, ...]:
    """Return what parts of one sleep have in common: who tells it, what it is, which minutes are told."""
    told = piece.stated and tuple(said is None for said in piece.stated)
    return piece.source, piece.maker, piece.is_nap, told


def _of_its_device(alike: Mapping[tuple[str, int], Piece], piece: Piece) -> list[Piece]:
    """Return what may be of a piece's device: what is told alike, then where one of both names none."""
    own = piece.device, piece.rank
    others = [one for (device, _), one in sorted(alike.items()) if bool(device) != bool(piece.device)]
    return [*([alike[own]] if own in alike else []), *others]


def _is_cut(before: Piece, piece: Piece) -> bool:
    return 0 <= piece.start - before.end <= SEAM_NS and piece.end - before.start <= LONGEST_NS


def _append(before: Piece, piece: Piece) -> None:
    before.end, before.offset_end = piece.end, piece.offset_end
    before.device, before.rank = before.device or piece.device, min(before.rank, piece.rank)
    before.rows += piece.rows
    if before.stated and piece.stated:
        pairs = zip(before.stated[1:], piece.stated[1:], strict=True)
        sums = (None if one is None or other is None else one + other for one, other in pairs)
        before.stated = Minutes(before.stated.in_bed + piece.stated.in_bed, *sums)


def overlap(one: Piece, other: Piece) -> bool:
    """Whether two sleeps share time."""
    return one.start < other.end and other.start < one.end


def parts_beside(piece: Piece, others: Iterable[Piece]) -> list[Piece]:
    """Return what of a sleep lies beside others, by start; ``measure`` is still to tell its minutes."""
    parts, begin = [], piece.start
    over = sorted((other for other in others if overlap(piece, other)), key=lambda one: (one.start, one.end))
    for start, end in [*((other.start, other.end) for other in over), (piece.end, piece.end)]:
        if start > begin:
            parts.append(_part(piece, begin, start, tuple(sorted({other.tracker for other in over}))))
        begin = max(begin, end)
    return [part for part in parts if part.rows or not piece.rows]


def _part(piece: Piece, start: int, end: int, beside: tuple[str, ...]) -> Piece:
    """Return a part of a sleep; minutes whose time nobody knows are taken to be spread evenly over it."""
    rows = [(max(first, start), min(last, end), stage) for first, last, stage in piece.rows]
    part, whole = (end - start) / MINUTE_NS, (piece.end - piece.start) / MINUTE_NS
    shares = [None if said is None else said * part / whole for said in piece.stated or ()]
    return replace(
        piece,
        start=start,
        end=end,
        rows=[row for row in rows if row[0] < row[1]],
        stated=Minutes(*shares) if shares else None,  # type: ignore[arg-type]
        beside=beside,
    )


def measure(pieces: Sequence[Piece]) -> None:
    """Set the minutes of each piece: from its rows, else from what the vendor states, else its span."""
    covered = _covered(pieces)
    for at, piece in enumerate(pieces):
        span = (piece.end - piece.start) / MINUTE_NS
        piece.minutes = piece.stated or _told({name: column[at] for name, column in covered.items()}, span)


def _told(covered: Mapping[str, float], span: float) -> Minutes:
    staged = any(covered[name] for name in _DETAILED)
    return Minutes(
        in_bed=covered["any"] if covered["in_bed"] else span,
        asleep=covered["sleep"] or None,
        light=covered["light"] if staged else None,
        deep=covered["deep"] if staged else None,
        rem=covered["rem"] if staged else None,
        awake=covered["awake"] if staged or covered["awake"] else None,
    )


def _stated(details: Mapping[str, object], span: float) -> Minutes:
    found = {
        name: float(said)
        for name in Minutes._fields
        if isinstance(said := details.get(f"{name}_min"), (int, float))
    }
    return Minutes(**{"in_bed": span, "asleep": span, **found})


def _covered(pieces: Sequence[Piece]) -> dict[str, list[float]]:
    """Return the minutes that rows of each kind cover in each piece, every minute once."""
    rows = [row for piece in pieces for row in piece.rows]
    owner = np.repeat(np.arange(len(pieces)), [len(piece.rows) for piece in pieces])
    low = np.array([piece.start for piece in pieces], np.int64)
    high = np.array([piece.end for piece in pieces], np.int64)
    base = np.cumsum(high - low + 1) - (high - low + 1)  # one apart, so that no two pieces touch
    shift = (base - low)[owner]
    start = np.clip(np.array([row[0] for row in rows], np.int64), low[owner], high[owner]) + shift
    end = np.clip(np.array([row[1] for row in rows], np.int64), low[owner], high[owner]) + shift
    stage = np.array([row[2] for row in rows], str)
    kinds = {name: (name,) for name in ("in_bed", "awake", *_DETAILED)}
    masks = {name: np.isin(stage, words) for name, words in {**kinds, "sleep": ASLEEP}.items()}
    minutes = {}
    for name, mask in {**masks, "any": np.ones(len(rows), bool)}.items():
        first, last = union(start[mask], end[mask])
        piece = np.searchsorted(base, first, side="right") - 1
        minutes[name] = np.bincount(piece, (last - first) / MINUTE_NS, len(pieces)).tolist()
    return minutes
