"""Strength training out of a reader: the table by day and movement, and the offers of a day.

Sets are asked for up to the last day and no further, so a trend or an offer never knows of a later one.
``table`` works on the frame of any reader's sets, the owner's or a grantee's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vault.errors import UnknownRecord
from vault.merge.exercises import movement_of
from vault.moment import latest_day, latest_for
from vault.time import date_of_day

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.analysis.overtraining import Lifts
    from vault.analysis.strength.offers import Mornings, Offer
    from vault.analysis.strength.sets import Sets
    from vault.vault import Vault

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["lifts", "offers", "strength", "table"]

_MORNINGS = 7


def strength(vault: Vault, exercise: str | None, first: int | None, last: int | None) -> pd.DataFrame:
    """Return what was trained from day to day, see ``Readable.strength``.

    Raises:
        UnknownRecord: no exercise of that name up to the last day.
    """
    latest = latest_day(vault.clock, vault.home_zone)
    until = latest if last is None else min(last, latest)
    return table(vault.sets(None, date_of_day(until)), exercise, first)


def table(sets: pd.DataFrame, exercise: str | None, first: int | None) -> pd.DataFrame:
    """Return the table of ``Readable.strength`` from a day on, out of a frame of sets."""
    import pandas as pd

    from vault.analysis.strength.trend import trend
    from vault.analysis.strength.volume import by_day
    from vault.reading.frames import days

    found = by_day(_sets(sets if exercise is None else _of(exercise, sets)))
    columns = {
        "sets": found.sets,
        "hard_sets": found.hard_sets,
        "repetitions": found.repetitions,
        "volume_kg": found.volume_kg,
        "top_load_kg": found.top_load_kg,
        "e1rm_kg": found.e1rm_kg,
        "rpe": found.rpe,
        "trend_kg_per_28d": trend(found.day, found.movement, found.e1rm_kg),
    }
    asked = np.full(len(found.day), True) if first is None else found.day >= first
    return pd.DataFrame(
        {"date": days(found.day[asked].tolist()), "movement": found.movement[asked]}
        | {name: column[asked] for name, column in columns.items()}
    )


def _of(exercise: str, sets: pd.DataFrame) -> pd.DataFrame:
    """Return the sets of an exercise, named as a movement or as any vendor spells it."""
    wanted = sets["movement"].isin([exercise.strip(), movement_of(exercise)])
    if not wanted.any():
        from difflib import get_close_matches

        near = get_close_matches(movement_of(exercise), sorted(set(sets["movement"])), n=3)
        hint = f"near: {', '.join(near)}" if near else "run 'vitalvault strength' for what there is"
        raise UnknownRecord("no exercise of that name in this vault", hint=hint)
    return sets[wanted]


def _sets(frame: pd.DataFrame) -> Sets:
    """Lay the working sets of a reader's frame out as columns."""
    from vault.analysis.strength.one_rep_max import reserve
    from vault.analysis.strength.sets import Sets, working
    from vault.analysis.tracks import day_numbers

    def numbers(column: str) -> Floats:
        return np.asarray(frame[column].to_numpy(np.float64, na_value=np.nan))

    sets = Sets(
        day=day_numbers(frame["date"]),
        movement=frame["movement"].to_numpy(object),
        repetitions=numbers("repetitions"),
        load_kg=numbers("load_kg"),
        per_side=frame["per_side"].to_numpy(bool),
        reserve=reserve(numbers("rir"), numbers("rpe")),
    )
    return working(sets, frame["set_type"].to_numpy(object))


def lifts(vault: Vault) -> Lifts | None:
    """Return the best of each day and movement, None where nothing was lifted."""
    from vault.analysis.overtraining import Lifts
    from vault.analysis.strength.volume import by_day

    sets = vault.sets()
    if sets.empty:
        return None
    found = by_day(_sets(sets))
    return Lifts(found.day, found.movement, found.e1rm_kg, found.rpe)


def offers(vault: Vault, day: int | None) -> tuple[Offer, ...]:
    """Return what strength training suggests on a day, by default the newest anything is known of.

    Raises:
        InputError: a day that has not come yet.
    """
    from vault.analysis.strength.offers import offers as offers_of

    latest = latest_for(day, vault.clock, vault.home_zone)
    until = date_of_day(latest if day is None else day)
    since = None if day is None else date_of_day(day - _MORNINGS + 1)
    history, checkins = vault.readiness_history(since, until), vault.checkins(None, until)
    sets = vault.sets(None, until)
    on = _newest(sets, history, checkins) if day is None else day
    return () if on is None else offers_of(_sets(sets), on, _mornings(history, checkins, on))


def _newest(sets: pd.DataFrame, *by_date: pd.DataFrame) -> int | None:
    from vault.analysis.tracks import day_numbers

    known = np.concatenate([day_numbers(sets["date"]), *(day_numbers(frame.index) for frame in by_date)])
    return int(known.max()) if len(known) else None


def _mornings(history: pd.DataFrame, checkins: pd.DataFrame, day: int) -> Mornings:
    """Lay out the last seven mornings."""
    from vault.analysis.felt import item_distance
    from vault.analysis.strength.offers import Mornings
    from vault.analysis.tracks import day_numbers

    scored, said = day_numbers(history.index), day_numbers(checkins.index)
    distance = [
        item_distance(item, checkins[item].to_numpy(np.float64, na_value=np.nan))
        for item in ("energy", "soreness")
        if item in checkins
    ]
    low = np.fmin.reduce(distance) if distance else np.full(len(said), np.nan)
    return Mornings(
        score=_week(scored, history["score"], day),
        felt=_week(scored, history["felt"], day),
        low=_week(said, low, day),
        pain=_hurts(checkins, said, day),
    )


def _week(at: Ints, values: Any, day: int) -> Floats:
    """Return the values of the seven days up to a day, NaN where there are none."""
    week = np.full(_MORNINGS, np.nan)
    inside = (at > day - _MORNINGS) & (at <= day)
    week[at[inside] - day + _MORNINGS - 1] = np.asarray(values, np.float64)[inside]
    return week


def _hurts(checkins: pd.DataFrame, said: Ints, day: int) -> bool:
    """Say whether the newest check-in of the last seven days ticks pain or illness."""
    recent = checkins[(said > day - _MORNINGS) & (said <= day)]
    ticks = [name for name in ("pain", "illness") if name in recent]
    return bool(len(recent) and ticks and (recent[ticks].iloc[-1].astype(float) > 0).any())
