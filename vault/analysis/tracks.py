"""From a reader's tables to tracks: one number a wake date, from one stream.

A track is what one source measured with one device in one way (``vault.merge.eras``). Nights of HRV and
breathing are means over the samples within the main sleep; days without such samples fall back to the daily
value, as a track of its own, because another window is another stream. pandas is imported here only, and only
when called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vault.analysis.hrv import nightly
from vault.analysis.nights import Stream
from vault.errors import UnknownMetric
from vault.names import parted, plain

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
    "rr_tracks",
    "sleeps",
]


_NO_DAYS = np.empty(0, np.int64)


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

    def efforts(self) -> pd.DataFrame:
        """Return date, load, method of each workout."""
        ...

    def checkins(self) -> pd.DataFrame:
        """Return one column an item, indexed by local date."""
        ...


@dataclass(frozen=True, slots=True)
class Track:
    """One stream's values: ``days`` (since 1970-01-01, ascending, unique) and ``values``.

    ``artefact_share`` is the share of heartbeats left out of each value, where that is known.
    """

    stream: Stream
    days: Ints
    values: Floats
    artefact_share: Floats | None = None


@dataclass(frozen=True, slots=True)
class Sleeps:
    """Minutes asleep by wake date, naps included, and the main sleep of each date, by start, UTC ns.

    ``main_offset_min`` is the offset recorded with it, NaN where none was.
    """

    days: Ints
    asleep_min: Floats
    main_days: Ints
    main_start: Ints
    main_end: Ints
    main_asleep_min: Floats
    main_offset_min: Floats


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


def sleeps(source: Source, until: int | None = None) -> Sleeps:
    """Return the nights, up to a day if one is given."""
    frame = source.sleep()
    if frame.empty:
        return Sleeps(_NO_DAYS, np.empty(0), _NO_DAYS, _NO_DAYS, _NO_DAYS, np.empty(0), np.empty(0))
    days = day_numbers(frame["date"])
    start, end = _instants(frame["start"]), _instants(frame["end"])
    asleep = frame["asleep_min"].to_numpy(np.float64, na_value=np.nan)
    kept = days <= (days.max() if until is None else until)
    wake, total, _ = _by_day(days[kept], asleep[kept])
    night = np.flatnonzero(kept & ~frame["is_nap"].to_numpy(bool, na_value=False))
    longest_first = night[np.argsort(-np.nan_to_num(asleep[night]), kind="stable")]
    main = longest_first[np.unique(days[longest_first], return_index=True)[1]]
    main = main[np.argsort(start[main])]
    told = np.full(len(days), np.nan)
    if "utc_offset_min" in frame:
        told = frame["utc_offset_min"].to_numpy(np.float64, na_value=np.nan)
    return Sleeps(wake, total, days[main], start[main], end[main], asleep[main], told[main])


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
    value = frame["value"].to_numpy(np.float64, na_value=np.nan)
    night = _night_of(frame, nights)
    inside = (night >= 0) & (value > 0)
    eras = _eras(frame[inside], "source")
    return list(_tracks(eras, nights.main_days[night[inside]], scale(value[inside]), metric, "sleep"))


def _night_of(frame: pd.DataFrame, nights: Sleeps) -> Ints:
    """Return which main sleep the middle of each sample lies in, -1 for none."""
    start, end = _instants(frame["start"]), _instants(frame["end"])
    middle = start + (end - start) // 2
    night = np.searchsorted(nights.main_start, middle, side="right") - 1
    return np.where((night >= 0) & (middle <= nights.main_end[night]), night, -1)


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


def rr_tracks(source: Source, nights: Sleeps, told: Sequence[Track]) -> list[Track]:
    """Return the tracks of ln RMSSD from the heartbeats of nights that their source tells no RMSSD of."""
    frame = _read(source.samples, "rr_interval")
    if frame is None or not len(nights.main_days):
        return []
    night = _night_of(frame, nights)
    frame, night = frame[night >= 0], night[night >= 0]
    number, found = _eras(frame, "source")
    start, rr_ms = _instants(frame["start"]), frame["value"].to_numpy(np.float64, na_value=np.nan)
    tracks = []
    for era, (name, device, method) in sorted(enumerate(found), key=lambda one: one[1]):
        spoken = [one.days for one in told if plain(name) in parted(one.stream.source or "")]
        spare = ~np.isin(nights.main_days, np.concatenate([_NO_DAYS, *spoken]))
        own = np.flatnonzero((number == era) & spare[night])
        own = own[np.lexsort((start[own], night[own]))]
        hrv = nightly(start[own], rr_ms[own], night[own], nights.main_start)
        known = np.flatnonzero(hrv.rmssd_ms > 0)
        known = known[np.argsort(nights.main_days[known], kind="stable")]
        if len(known):
            window = f"sleep: rr {method}".rstrip()
            tracks.append(
                Track(
                    Stream(name, device or None, "hrv_rmssd", window),
                    nights.main_days[known],
                    np.log(hrv.rmssd_ms[known]),
                    hrv.artefact_share[known],
                )
            )
    return tracks


WHOLE = "sleep: night"
"""The window of a value its maker tells of a whole night."""


def hrv_tracks(source: Source, nights: Sleeps) -> list[Track]:
    """Return the tracks of ln HRV; RMSSD and SDNN are never mixed, nor are night and day values."""
    found = [
        track
        for metric in ("hrv_rmssd", "hrv_sdnn")
        for track in night_tracks(source, metric, nightly_tracks(source, metric, nights, np.log), np.log)
    ]
    vendors = [track for track in found if track.stream.metric == "hrv_rmssd"]
    return [*found, *rr_tracks(source, nights, vendors)]


def whole_night_tracks(source: Source, metric: str, nights: Sleeps) -> list[Track]:
    """Return what was told of whole nights, of each date that of the main sleep, else the daily values."""
    asleep = [track for track in nightly_tracks(source, metric, nights) if track.stream.window == WHOLE]
    return night_tracks(source, metric, asleep)


def night_tracks(
    source: Source, metric: str, asleep: list[Track], scale: np.ufunc = np.positive
) -> list[Track]:
    """Return tracks of nights, and the daily values of the days that none of them has.

    A source that tells a whole night has said what its windows are for; and a whole night is one whether or
    not its sleep was recorded.
    """
    told: dict[str | None, Ints] = {}
    for track in asleep:
        if track.stream.window == WHOLE:
            told[track.stream.source] = np.union1d(told.get(track.stream.source, _NO_DAYS), track.days)
    found: dict[Stream, Track] = {}
    for track in asleep:
        is_whole = track.stream.window == WHOLE
        kept = is_whole | ~np.isin(track.days, told.get(track.stream.source, _NO_DAYS))
        if kept.any():
            found[track.stream] = replace(track, days=track.days[kept], values=track.values[kept])
    covered = np.concatenate([_NO_DAYS, *(track.days for track in asleep)])
    for track in daily_tracks(source, metric):
        rest = ~np.isin(track.days, covered) & (track.values > 0)
        if rest.any():
            stream = replace(track.stream, window=WHOLE if track.stream.window == "day: night" else "day")
            stream = track.stream if track.stream.window not in ("day", "day: night") else stream
            more = Track(stream, track.days[rest], scale(track.values[rest]))
            found[stream] = _joined(found[stream], more) if stream in found else more
    return list(found.values())


def _joined(one: Track, other: Track) -> Track:
    days = np.concatenate([one.days, other.days])
    order = np.argsort(days)
    return replace(one, days=days[order], values=np.concatenate([one.values, other.values])[order])
