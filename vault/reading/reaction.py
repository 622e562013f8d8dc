"""Reaction time tests out of the vault: one row a session, beside earlier ones on the same device.

The trials speak: speed, fastest and slowest tenth are computed from the reactions that are kept. What those
can't tell comes from the figures of the session (``pvt:lapses``, ``pvt:false_starts``): stimuli without an
answer, answers without a stimulus. Where a source has no such figures, a session is a run of reactions
without a long pause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.reaction import TEST, figures, lapse_limit, usual
from vault.merge.eras import device_name
from vault.moment import latest_day
from vault.time import MINUTE_NS, SECOND_NS, date_of_day, local_days

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from vault.records import Origin
    from vault.store.columns import Columns
    from vault.vault import Vault

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["every", "reaction"]

_REACTIONS, _LAPSES, _FALSE_STARTS = "reaction_time", "pvt:lapses", "pvt:false_starts"
_Who = tuple[str, str]
"""Source and device, "" where nobody says."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Samples of all parts together, by start; ``who`` numbers source and device; [n]."""

    start: Ints
    end: Ints
    offset_min: NDArray[np.int16]
    value: Floats
    who: Ints

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> _Rows:
        return _Rows(
            self.start[rows], self.end[rows], self.offset_min[rows], self.value[rows], self.who[rows]
        )


_KINDS = (np.int64, np.int64, np.int16, np.float64, np.int64)
_COLUMNS = [field.name for field in fields(_Rows)]


class _Everybody(dict[_Who, int]):
    """Numbers sources and devices as they are met."""

    def number(self, origin: Origin) -> int:
        return self.setdefault((origin.source, device_name(origin.device)), len(self))

    def rows(self, parts: Iterable[Columns]) -> _Rows:
        found = list(self._parts(parts))
        found.append(tuple(np.empty(0, kind) for kind in _KINDS))
        rows = _Rows(*(np.concatenate(one) for one in zip(*found)))
        return rows.take(np.lexsort((rows.who, rows.start)))

    def _parts(self, parts: Iterable[Columns]) -> Iterator[tuple[NDArray[np.generic], ...]]:
        for one in parts:
            who = np.array([self.number(origin) for origin in one.origins], np.int64)[one.origin]
            yield one.start, one.end, one.offset_min, one.value.astype(np.float64), who


def reaction(vault: Vault, first: int | None, last: int | None) -> pd.DataFrame:
    """Return the sessions from day to day, see ``Readable.reaction``; later ones are not looked at."""
    latest = latest_day(vault.clock, vault.home_zone)
    until = latest if last is None else min(last, latest)
    # A day more: who is further west is still there. What has a later date is left out here.
    day, whole = _all(vault, date_of_day(until + 1))
    asked = (day <= until) & (True if first is None else day >= first)
    return whole[asked].reset_index(drop=True)


def every(vault: Vault) -> pd.DataFrame:
    """Return all sessions, those of days to come too: each stands beside earlier ones."""
    return _all(vault, None)[1]


def _all(vault: Vault, end: date | None) -> tuple[Ints, pd.DataFrame]:
    everybody = _Everybody()
    trials, lapses, false_starts = (
        everybody.rows(vault.columns(metric, None, end)) for metric in (_REACTIONS, _LAPSES, _FALSE_STARTS)
    )
    sessions, of = _sessions(trials, false_starts)
    day = local_days(sessions.start, sessions.offset_min, vault.home_zone).astype(np.int64)
    return day, _table(day, sessions, trials, of, lapses, list(everybody))


def _sessions(trials: _Rows, told: _Rows) -> tuple[_Rows, Ints]:
    """Return the sessions by start, and that of each trial; ``value`` is false starts, NaN if untold."""
    of = _within(trials, told)
    rest = np.flatnonzero(of < 0)
    runs, run = _runs(trials.take(rest))
    of[rest] = len(told.start) + run
    both = _Rows(*(np.concatenate([getattr(one, name) for one in (told, runs)]) for name in _COLUMNS))
    order = np.lexsort((both.who, both.start))
    return both.take(order), np.argsort(order)[of]


def _within(trials: _Rows, told: _Rows) -> Ints:
    """Return the session of the same source and device that each trial lies in, -1 for none."""
    of = np.full(len(trials.start), -1)
    for who in np.unique(told.who):
        own, mine = np.flatnonzero(told.who == who), np.flatnonzero(trials.who == who)
        place = np.searchsorted(told.start[own], trials.start[mine], side="right") - 1
        inside = (place >= 0) & (trials.start[mine] <= told.end[own][place])
        of[mine[inside]] = own[place[inside]]
    return of


def _runs(trials: _Rows) -> tuple[_Rows, Ints]:
    """Return runs of trials without a long pause as sessions, and the run of each trial."""
    order = np.lexsort((trials.start, trials.who))
    ours = trials.take(order)
    pause = np.diff(ours.start, prepend=ours.start[:1]) > TEST.pause_s * SECOND_NS
    begins = pause | (np.diff(ours.who, prepend=-1) != 0)
    heads = np.flatnonzero(begins)
    runs = ours.take(heads)
    ends = ours.end[np.append(heads[1:], len(order)) - 1] if len(order) else runs.end
    run = np.empty(len(order), np.int64)
    run[order] = np.cumsum(begins) - 1
    return replace(runs, end=ends, value=np.full(len(heads), np.nan)), run


def _table(
    day: Ints, sessions: _Rows, trials: _Rows, of: Ints, lapses: _Rows, everybody: Sequence[_Who]
) -> pd.DataFrame:
    import pandas as pd

    from vault.reading.frames import days, instants

    minutes = (sessions.end - sessions.start) / MINUTE_NS
    limit = lapse_limit(minutes)
    found = figures(trials.value, of, limit)
    # A test of three minutes is not slower than one of ten for the same reason as a slow screen.
    beside = usual(found.mean_speed, sessions.who * 2 + (limit == TEST.lapse_long_ms))
    told = dict(zip(_keys(lapses), lapses.value.tolist()))
    counted = [told.get(key, slow) for key, slow in zip(_keys(sessions), found.slow.tolist())]
    return pd.DataFrame(
        {
            "date": days(day.tolist()),
            "start": instants(sessions.start),
            "device": np.array([everybody[who][1] for who in sessions.who.tolist()], object),
            "n": found.n,
            "mean_speed": found.mean_speed,
            "lapses": np.array(counted, np.int64),
            "false_starts": np.where(np.isnan(sessions.value), found.too_fast, sessions.value).astype(
                np.int64
            ),
            "fastest10_ms": found.fastest10_ms,
            "slowest10_ms": found.slowest10_ms,
            "usual": beside.centre,
            "low": beside.centre - beside.sd,
            "high": beside.centre + beside.sd,
            "source": np.array([everybody[who][0] for who in sessions.who.tolist()], object),
        }
    )


def _keys(rows: _Rows) -> Iterator[tuple[int, int, int]]:
    return zip(rows.start.tolist(), rows.end.tolist(), rows.who.tolist())
