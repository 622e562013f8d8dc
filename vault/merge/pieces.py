"""One source's sleeps: its stage segments joined, its sessions as they were, and the minutes in them.

All pieces are laid side by side on one time line of their own, so that the minutes of every stage of every
sleep are one union of intervals, and overlapping segments count once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.merge.coverage import union
from vault.merge.preference import SLEEP
from vault.merge.priority import rank_of
from vault.time import DAY_NS, HOUR_NS, MINUTE_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.records import Origin, SleepSession

__all__ = ["GAP_NS", "LONGEST_NS", "Minutes", "Piece", "Segments", "joined", "measure", "rejoined", "taken"]

GAP_NS = HOUR_NS
"""A longer gap between segments of one source parts them into two sleeps."""

LONGEST_NS = DAY_NS
"""Nobody sleeps longer: such a record is a clock that was never stopped, and would hide the nights in it."""

SEAM_NS = MINUTE_NS
"""Sessions no further apart are one that was cut, at midnight mostly: nobody is up for so short."""

_DETAILED = ("light", "deep", "rem")
_ASLEEP = ("asleep", *_DETAILED)


@dataclass(frozen=True, slots=True)
class Segments:
    """Stage segments as columns of n rows.

    ``start``, ``end`` int64 [n] UTC ns; ``offset_min`` int16 [n], recorded or ``UNKNOWN_OFFSET``; ``stage``
    n words (awake, in_bed, asleep, light, deep, rem, unknown); ``source`` int32 [n], indices of ``origins``.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    offset_min: NDArray[np.int16]
    stage: Sequence[str]
    source: NDArray[np.int32]
    origins: Sequence[Origin]


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
    """A sleep as one source saw it.

    ``maker`` is whose app told it. Span in UTC ns, offsets in minutes as recorded at both ends; ``rows`` are
    (start ns, end ns, stage); ``stated`` are the minutes of one without rows; ``measure`` sets ``minutes``.
    """

    source: str
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


def joined(segments: Segments) -> Iterator[Piece]:
    """Yield the sleeps that each source's segments make when short gaps are closed."""
    names = sorted({origin.source for origin in segments.origins})
    makers = {origin.source: _maker(origin) for origin in segments.origins}
    ranks = [
        min(rank_of(origin, SLEEP) for origin in segments.origins if origin.source == name) for name in names
    ]
    code = np.array([names.index(origin.source) for origin in segments.origins], np.int64)
    length = segments.end - segments.start
    real = np.flatnonzero((length > 0) & (length <= LONGEST_NS))
    owner = code[segments.source[real]] if len(real) else real
    words = {word: at for at, word in enumerate(sorted(set(segments.stage)))}
    word = np.array([words[stage] for stage in segments.stage], np.int64)[real]
    keys = segments.offset_min[real], word, segments.end[real], segments.start[real], owner
    order = np.lexsort(keys)
    told = np.stack(keys[1:])[:, order]
    order = order[np.append(True, (np.diff(told) != 0).any(axis=0))[: len(order)]]
    owner, real = owner[order], real[order]
    start, end, offset = segments.start[real], segments.end[real], segments.offset_min[real]
    rows = list(zip(start.tolist(), end.tolist(), (segments.stage[at] for at in real.tolist())))
    firsts = _breaks(owner, start, end)
    for first, after in zip(firsts, [*firsts[1:], len(rows)]):
        last = first + int(end[first:after].argmax())
        yield Piece(
            source=names[owner[first]],
            maker=makers[names[owner[first]]],
            rank=ranks[owner[first]],
            start=rows[first][0],
            end=rows[last][1],
            offset_start=int(offset[first]),
            offset_end=int(offset[last]),
            rows=rows[first:after],
            is_nap=None,
            stated=None,
            minutes=Minutes(0.0),
        )


def _maker(origin: Origin) -> str:
    """Return whose app told it; who has none is nobody's kin."""
    return origin.app or origin.source


def _breaks(owner: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> list[int]:
    """Return the rows at which another source or, after a gap, another sleep begins."""
    if not len(owner):
        return []
    heads = np.flatnonzero(np.diff(owner, prepend=-1))
    furthest = np.concatenate([np.maximum.accumulate(part) for part in np.split(end, heads[1:])])
    begins = np.append(True, start[1:] - furthest[:-1] > GAP_NS)
    begins[heads] = True
    return np.flatnonzero(begins).tolist()


def taken(session: SleepSession) -> Piece:
    """Return a vendor's session as it is."""
    span = (session.end - session.start) / MINUTE_NS
    return Piece(
        source=session.origin.source,
        maker=_maker(session.origin),
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
    latest: dict[tuple[object, ...], Piece] = {}
    once = {repr(_in_order(one)): one for one in sessions if one.end > one.start}
    for piece in sorted(once.values(), key=_in_order):
        before = latest.get(_kind(piece))
        if before is not None and _is_cut(before, piece):
            _append(before, piece)
        else:
            whole.append(piece)
            latest[_kind(piece)] = piece
    return whole


def _in_order(piece: Piece) -> tuple[object, ...]:
    who = piece.source, piece.maker, piece.rank, piece.offset_end
    return piece.start, piece.end, *who, piece.rows, str(piece.is_nap), str(piece.stated)


def _kind(piece: Piece) -> tuple[object, ...]:
    """Return what parts of one sleep have in common: who tells it, what it is, which minutes are told."""
    told = piece.stated and tuple(said is None for said in piece.stated)
    return piece.source, piece.maker, piece.rank, piece.is_nap, told


def _is_cut(before: Piece, piece: Piece) -> bool:
    return 0 <= piece.start - before.end <= SEAM_NS and piece.end - before.start <= LONGEST_NS


def _append(before: Piece, piece: Piece) -> None:
    before.end, before.offset_end = piece.end, piece.offset_end
    before.rows += piece.rows
    if before.stated and piece.stated:
        pairs = zip(before.stated[1:], piece.stated[1:], strict=True)
        sums = (None if one is None or other is None else one + other for one, other in pairs)
        before.stated = Minutes(before.stated.in_bed + piece.stated.in_bed, *sums)


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
    masks = {name: np.isin(stage, words) for name, words in {**kinds, "sleep": _ASLEEP}.items()}
    minutes = {}
    for name, mask in {**masks, "any": np.ones(len(rows), bool)}.items():
        first, last = union(start[mask], end[mask])
        piece = np.searchsorted(base, first, side="right") - 1
        minutes[name] = np.bincount(piece, (last - first) / MINUTE_NS, len(pieces)).tolist()
    return minutes
