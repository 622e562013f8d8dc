"""Training load out of the store: what each workout cost, and how that builds up from day to day.

Both tables are made of all workouts once for each state of the store; a workout's points look at nothing
after its own day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.tracks import daily_tracks
from vault.analysis.training import effort, form
from vault.analysis.training.session import SESSION, highest, usual_rest
from vault.merge.activities import family_of
from vault.moment import Span, latest_day
from vault.reading import frames
from vault.reading.traces import traces
from vault.reading.training import folded
from vault.store.sparse import workout_id
from vault.time import MINUTE_NS, local_days

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.analysis.training.trace import Traces
    from vault.merge.workouts import Folded
    from vault.records import Workout
    from vault.store.store import Store
    from vault.vault import Vault

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Events = list[Folded[Workout]]

__all__ = ["days_of", "efforts", "load", "peaks", "rest", "seen", "threshold_w"]

_EARLY_NS = 2 * MINUTE_NS
"""A rating may be dated a little before the session it is of: two clocks."""


def efforts(vault: Vault, store: Store, first: int | None, last: int | None) -> pd.DataFrame:
    """Return what each workout cost, see ``Readable.efforts``."""
    whole = store.remembered("efforts", lambda _: _efforts(vault, store))
    on = whole["date"].to_numpy("datetime64[D]").astype(np.int64)
    return whole[_between(on, first, last)].reset_index(drop=True)


def load(vault: Vault, store: Store, first: int | None, last: int | None) -> pd.DataFrame:
    """Return load from day to day, see ``Readable.load``; the last day is today."""
    import pandas as pd

    whole = efforts(vault, store, None, None)
    on = whole["date"].to_numpy("datetime64[D]").astype(np.int64)
    today = latest_day(vault.clock, vault.home_zone) - 1
    days = np.arange(on.min(), max(today, on.max()) + 1) if len(on) else np.empty(0, np.int64)
    columns = _by_day(whole, on, days)
    wanted = _between(days, first, last)
    return pd.DataFrame(
        {name: column[wanted] for name, column in columns.items()}, index=frames.days(days[wanted])
    )


def _between(days: Ints, first: int | None, last: int | None) -> NDArray[np.bool_]:
    low = np.iinfo(np.int64).min if first is None else first
    high = np.iinfo(np.int64).max if last is None else last
    return np.asarray((days >= low) & (days <= high))


def _by_day(whole: pd.DataFrame, on: Ints, days: Ints) -> dict[str, NDArray[np.generic]]:
    at = on - days[0] if len(days) else on
    points = form.by_day(whole["load"].to_numpy(np.float64), at, len(days))
    methods: list[dict[str, None]] = [{} for _ in days]
    for day, method in zip(at.tolist(), whole["method"].tolist()):
        methods[day][method] = None
    known = np.isfinite(points)
    silent = np.where(known, "rest", "unknown").tolist()
    return {
        "load": points,
        "ctl": np.where(known, form.exponential_mean(points, form.FORM.fitness_days), np.nan),
        "atl": np.where(known, form.exponential_mean(points, form.FORM.fatigue_days), np.nan),
        "tsb": np.where(known, form.form(points), np.nan),
        "monotony": form.monotony(points),
        "strain": form.strain(points),
        "change": form.acwr_coupled(points) - 1,
        "method": np.array([", ".join(told) or other for told, other in zip(methods, silent)], object),
    }


def _efforts(vault: Vault, store: Store) -> pd.DataFrame:
    import pandas as pd

    events = folded(store, Span())
    best, days = [event.best for event in events], days_of(store, events)
    told = _sessions(vault, store, events, days)
    found = effort.efforts(told)
    return pd.DataFrame(
        {
            "workout_id": np.array([workout_id(one.origin, one.key) for one in best], object),
            "date": frames.days(days),
            "activity": np.array([one.activity for one in best], object),
            "duration_min": told.minutes,
            "load": found.points,
            "method": found.method,
            "trimp": found.trimp,
            "normalized_power_w": found.normalized_w,
            "intensity_factor": found.intensity,
            "tss": found.tss,
        }
    )


def days_of(store: Store, events: Events) -> Ints:
    """Return the local day each workout starts on."""
    start = np.array([event.best.start for event in events], np.int64)
    offset = np.array([event.best.offset_min for event in events], np.int16)
    return np.asarray(local_days(start, offset, store.home_zone), np.int64)


def seen(store: Store, events: Events) -> Traces:
    """Return the traces of all workouts, made once for each state of the store."""
    return store.remembered("traces", lambda _: traces(store, events))


def _sessions(vault: Vault, store: Store, events: Events, days: Ints) -> effort.Sessions:
    best, curves = [event.best for event in events], seen(store, events)
    span = np.arange(days.min(), days.max() + 1) if len(days) else days
    at = days - span[0] if len(days) else days
    resting, most = rest(vault, span), highest(peaks(events, curves), at, len(span))
    families = [family_of(one.activity) for one in best]
    cycled = np.isin(families, effort.RULE.cycling)
    return effort.Sessions(
        minutes=np.array([frames.length_min(one) for one in best], np.float64),
        hr_mean=np.array([one.hr_mean for one in best], np.float64),
        hr_rest=np.where(np.isfinite(resting), resting, SESSION.hr_rest_default)[at],
        hr_max=np.fmax(most, SESSION.hr_max_floor)[at],
        session_rpe=_session_rpe(store, events),
        set_rpe=_set_rpe(store, events),
        threshold_w=np.where(cycled, threshold_w(store, days), np.nan),
        felt_first=np.isin(families, effort.RULE.felt_first),
        traces=curves,
    )


def peaks(events: Events, curves: Traces) -> Floats:
    """Return the highest heart rate of each workout: that of its curve, else the one it states."""
    stated = np.array([event.best.hr_max for event in events], np.float64)
    return np.where(np.isfinite(curves.peak), curves.peak, stated)


def rest(vault: Vault, days: Ints) -> Floats:
    """Return the resting heart rate usual before each of some days in a row, NaN where none is known."""
    from vault.reading.eras import Measured

    if not len(days):
        return np.empty(0)
    source = Measured(vault)
    found = [
        track
        for metric in ("resting_heart_rate", "sleeping_heart_rate_min")
        for track in daily_tracks(source, metric)
    ]
    found.sort(key=lambda track: int(track.days[0]))
    start = min([int(days[0]), *(int(track.days[0]) for track in found)])
    end = int(days[-1]) + 1
    rows = np.full((len(found), end - start), np.nan)
    for row, track in zip(rows, found):
        within = track.days < end
        row[track.days[within] - start] = track.values[within]
    return usual_rest(rows)[len(rows[0]) - len(days) :] if found else np.full(len(days), np.nan)


def threshold_w(store: Store, days: Ints) -> Floats:
    """Return the threshold power known on each of some days, the one said last; NaN before the first."""
    told, _ = store.daily("functional_threshold_power")
    place = np.searchsorted(told.day, days, side="right")
    return np.concatenate([[np.nan], told.value])[place]


def _session_rpe(store: Store, events: Events) -> Floats:
    """Return how hard each session was rated: while it lasted or up to an hour after."""
    found = np.full(len(events), np.nan)
    start = np.array([event.best.start for event in events], np.int64)
    late = round(effort.RULE.said_late_min * MINUTE_NS)
    until = np.array([event.best.end for event in events], np.int64) + late
    for part in store.columns("rpe_session"):
        place = np.searchsorted(start - _EARLY_NS, part.start, side="right") - 1
        fits = (place >= 0) & (part.start <= until[place]) if len(events) else np.zeros(len(part), bool)
        found[place[fits]] = np.asarray(part.value, np.float64)[fits]
    return found


def _set_rpe(store: Store, events: Events) -> Floats:
    """Return the mean rating of each workout's sets, of whichever account of it has them."""
    rated: dict[str, list[float]] = {}
    for one in store.strength_sets():
        if one.rpe is not None:
            rated.setdefault(workout_id(one.origin, one.workout), []).append(one.rpe)
    means = {name: sum(values) / len(values) for name, values in rated.items()}
    ids = ([workout_id(one.origin, one.key) for one in event.observations] for event in events)
    return np.array([next((means[one] for one in own if one in means), np.nan) for own in ids], np.float64)
