"""Sleep debt and sleep rhythm out of a vault: its sleeps, latencies and caffeine as columns.

Clock times are read in the offset recorded with each sleep, and in the home zone only where none was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.sleep.caffeine import RULE as CAFFEINE
from vault.analysis.sleep.rhythm import LOOK_BACK_DAYS
from vault.analysis.sleep_need import DEBT, NEED
from vault.analysis.tracks import day_numbers
from vault.moment import latest_for
from vault.time import MINUTE_NS, UNKNOWN_OFFSET, date_of_day, offsets_at

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from vault.analysis.sleep.balance import SleepDebt
    from vault.analysis.sleep.caffeine import Doses
    from vault.analysis.sleep.rhythm import SleepRhythm
    from vault.analysis.sleep.slept import Slept
    from vault.store.store import Store
    from vault.vault import Vault

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["regularity", "sleep_debt", "sleep_rhythm"]

_NEED_DAYS = max(NEED.nights + 1, DEBT.nights, LOOK_BACK_DAYS)
"""How far back a day's results look, that day included."""


def sleep_debt(vault: Vault, day: int | None) -> SleepDebt:
    """Return need and debt of a wake date, by default of the newest with a sleep, else of today."""
    day, slept = _slept(vault, day)
    return _debt(slept, day)


def sleep_rhythm(vault: Vault, day: int | None) -> SleepRhythm:
    """Return the rhythm of a wake date, by default of the newest with a sleep, else of today."""
    from vault.analysis.sleep import rhythm

    day, slept = _slept(vault, day)
    need_min = _debt(slept, day).need_min
    return rhythm.sleep_rhythm(slept, day, need_min, _latency(vault, day), _doses(vault, day))


def regularity(vault: Vault, store: Store, day: int) -> float | None:
    """Return the sleep regularity index of a wake date, None where too few days are known."""
    from vault.analysis.sleep import regularity as room

    slept = store.remembered("slept", lambda _: _columns(vault.sleep().dropna(subset=["asleep_min"]), vault))
    index = room.regularity(slept, day).sri
    return None if np.isnan(index) else float(index)


def _debt(slept: Slept, day: int) -> SleepDebt:
    from vault.analysis.sleep import balance

    days = np.arange(day - _NEED_DAYS + 1, day + 1)
    recent = slept.last(_NEED_DAYS, day)
    total = np.bincount(recent.date - days[0], recent.asleep_min, _NEED_DAYS)
    known = np.bincount(recent.date - days[0], minlength=_NEED_DAYS) > 0
    return balance.sleep_debt(np.where(known, total, np.nan), day)


def _slept(vault: Vault, day: int | None) -> tuple[int, Slept]:
    """Return the day and the sleeps up to it whose minutes asleep are known."""
    latest = latest_for(day, vault.clock, vault.home_zone)
    frame = vault.sleep(
        None if day is None else date_of_day(day - _NEED_DAYS + 1),
        date_of_day(latest if day is None else day),
    )
    slept = _columns(frame.dropna(subset=["asleep_min"]), vault)
    if day is None:
        day = int(slept.date.max()) if len(slept) else latest - 1
    return day, slept


def _columns(frame: pd.DataFrame, vault: Vault) -> Slept:
    from vault.analysis.sleep.slept import Slept

    end = _ns(frame, "end")
    offset, told = _offsets(frame, end, vault)
    return Slept(
        start=_ns(frame, "start"),
        end=end,
        offset_min=offset,
        told=told,
        date=day_numbers(frame["date"]),
        is_nap=frame["is_nap"].to_numpy(bool, na_value=False),
        asleep_min=frame["asleep_min"].to_numpy(np.float64),
    )


def _ns(frame: pd.DataFrame, column: str) -> Ints:
    return np.asarray(frame[column].dt.tz_localize(None).to_numpy("datetime64[ns]").astype(np.int64))


def _offsets(frame: pd.DataFrame, at: Ints, vault: Vault) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the offsets that rule, and whether they were recorded."""
    recorded = frame["utc_offset_min"].to_numpy(np.int16, na_value=UNKNOWN_OFFSET)
    return offsets_at(at, recorded, vault.home_zone), recorded != UNKNOWN_OFFSET


def _latency(vault: Vault, day: int) -> Floats:
    first, last = _four_weeks(day)
    return vault.daily("sleep_latency", first, last)["value"].to_numpy(np.float64)


def _doses(vault: Vault, day: int) -> Doses:
    """Return the caffeine of four weeks, on the local clock of where it was taken."""
    from vault.analysis.sleep.caffeine import Doses

    frame = vault.samples("caffeine", *_four_weeks(day))
    at = _ns(frame, "start")
    offset, _ = _offsets(frame, at, vault)
    return Doses(at + offset * MINUTE_NS, frame["value"].to_numpy(np.float64))


def _four_weeks(day: int) -> tuple[date, date]:
    return date_of_day(day - CAFFEINE.days + 1), date_of_day(day)
