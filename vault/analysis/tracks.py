"""From a reader's tables to tracks: one number a wake date, from one stream.

A track is what one source measured with one device in one way (``vault.merge.eras``). Nights of HRV and
breathing are means over the samples within the main sleep; days without such samples fall back to the daily
value, as a track of its own, because another window is another stream. pandas is imported here only, and only
when called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vault.analysis.nights import Stream
from vault.errors import UnknownMetric

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "Sleeps",
    "Source",
    "Track",
    "daily_tracks",
    "day_numbers",
    "hrv_tracks",
    "nightly_tracks",
    "sleeps",
]


class Source(Protocol):
    """The read methods of ``vault.Readable`` that readiness needs.

    Beside each value may stand its ``device`` and ``method``; where they don't, a source is one stream.
    """

    def samples(self, metric: str) -> pd.DataFrame:
        """Return start, end, value, source."""
        ...

    def daily(self, metric: str) -> pd.DataFrame:
        """Return value and sources, indexed by local date."""
        ...

    def sleep(self) -> pd.DataFrame:
        """Return date, start, end, is_nap, asleep_min."""
        ...

    def workouts(self) -> pd.DataFrame:
        """Return date, start, end, duration_min, hr_mean, hr_max."""
        ...

    def checkins(self) -> pd.DataFrame:
        """Return one column an item, indexed by local date."""
        ...


@dataclass(frozen=True, slots=True)
class Track:
    """One stream's values: ``days`` (since 1970-01-01, ascending, unique) and ``values``."""

    stream: Stream
    days: Ints
    values: Floats


@dataclass(frozen=True, slots=True)
class Sleeps:
    """Minutes asleep by wake date, naps included, and the main sleep of each date by start, UTC ns."""

    days: Ints
    asleep_min: Floats
    main_days: Ints
    main_start: Ints
    main_end: Ints


def day_numbers(dates: Any) -> Ints:
    """Return local dates as days since 1970-01-01."""
    import pandas as pd

    return pd.DatetimeIndex(pd.to_datetime(dates)).to_numpy("datetime64[D]").astype(np.int64)


def _instants(column: Any) -> Ints:
    import pandas as pd

    return (
        pd.DatetimeIndex(pd.to_datetime(column, utc=True))
        .tz_localize(None)
        .to_numpy("datetime64[ns]")
        .view(np.int64)
    )


def _read(reader: Callable[[str], pd.DataFrame], metric: str) -> pd.DataFrame | None:
    """Return a table, None where the reader has nothing of that metric."""
    try:
        frame = reader(metric)
    except UnknownMetric:
        return None
    return None if frame.empty else frame


def sleeps(source: Source, until: int) -> Sleeps:
    """Return the nights up to a day."""
    frame = source.sleep()
    none = np.empty(0, np.int64)
    if frame.empty:
        return Sleeps(none, np.empty(0), none, none, none)
    days = day_numbers(frame["date"])
    start, end = _instants(frame["start"]), _instants(frame["end"])
    asleep = frame["asleep_min"].to_numpy(np.float64, na_value=np.nan)
    kept = days <= until
    wake, total, _ = _by_day(days[kept], asleep[kept])
    night = np.flatnonzero(kept & ~frame["is_nap"].to_numpy(bool, na_value=False))
    longest_first = night[np.argsort(-np.nan_to_num(asleep[night]), kind="stable")]
    main = longest_first[np.unique(days[longest_first], return_index=True)[1]]
    main = main[np.argsort(start[main])]
    return Sleeps(wake, total, days[main], start[main], end[main])


def _by_day(days: Ints, values: Floats) -> tuple[Ints, Floats, Ints]:
    """Return the days with known values, ascending, with their sums and counts."""
    known = np.isfinite(values)
    unique, place = np.unique(days[known], return_inverse=True)
    sums = np.bincount(place, weights=values[known]).astype(np.float64)
    return unique, sums, np.bincount(place).astype(np.int64)


def daily_tracks(source: Source, metric: str, window: str = "day") -> list[Track]:
    """Return one track for each source, or merged set of sources, behind the daily values."""
    frame = _read(source.daily, metric)
    if frame is None:
        return []
    days = day_numbers(frame.index)
    values = frame["value"].to_numpy(np.float64, na_value=np.nan)
    return list(_tracks(_eras(frame, "sources"), days, values, metric, window))


def nightly_tracks(source: Source, metric: str, nights: Sleeps, scale: np.ufunc = np.positive) -> list[Track]:
    """Return for each source the mean of the scaled samples within the main sleep of each wake date."""
    frame = _read(source.samples, metric)
    if frame is None or not len(nights.main_days):
        return []
    start, end = _instants(frame["start"]), _instants(frame["end"])
    middle = start + (end - start) // 2
    place = np.searchsorted(nights.main_start, middle, side="right") - 1
    value = frame["value"].to_numpy(np.float64, na_value=np.nan)
    inside = (place >= 0) & (middle <= nights.main_end[place]) & (value > 0)
    eras = _eras(frame[inside], "source")
    return list(_tracks(eras, nights.main_days[place[inside]], scale(value[inside]), metric, "sleep"))


_Eras = tuple["Ints", list[tuple[str, str, str]]]


def _eras(frame: pd.DataFrame, source: str) -> _Eras:
    """Return the era of each row by number, and source, device and method of each ("" where nobody says)."""
    import pandas as pd

    nobody = np.full(len(frame), "", object)
    columns = [
        pd.Categorical(frame.get(name, nobody)).remove_unused_categories()
        for name in (source, "device", "method")
    ]
    number = np.zeros(len(frame), np.int64)
    for column in columns:
        number = number * len(column.categories) + column.codes
    _, row, which = np.unique(number, return_index=True, return_inverse=True)
    names, devices, methods = ([str(one) for one in column[row]] for column in columns)
    return which, list(zip(names, devices, methods))


def _tracks(eras: _Eras, days: Ints, values: Floats, metric: str, window: str) -> Iterator[Track]:
    """Split by era and take the mean of each day."""
    number, found = eras
    for era, (source, device, method) in sorted(enumerate(found), key=lambda one: one[1]):
        own = number == era
        wake, total, count = _by_day(days[own], values[own])
        if len(wake):
            stream = Stream(source, device or None, metric, f"{window}: {method}" if method else window)
            yield Track(stream, wake, total / count)


def hrv_tracks(source: Source, nights: Sleeps) -> list[Track]:
    """Return the tracks of ln HRV; RMSSD and SDNN are never mixed, nor are night and day values."""
    found: list[Track] = []
    for metric in ("hrv_rmssd", "hrv_sdnn"):
        asleep = nightly_tracks(source, metric, nights, np.log)
        covered = np.concatenate([track.days for track in asleep]) if asleep else np.empty(0, np.int64)
        found += asleep
        for track in daily_tracks(source, metric):
            rest = ~np.isin(track.days, covered) & (track.values > 0)
            if rest.any():
                found.append(Track(track.stream, track.days[rest], np.log(track.values[rest])))
    return found
