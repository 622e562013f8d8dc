"""Reaction time tests: what a session says, beside the earlier sessions on the same device.

The measure is the mean speed, the mean of 1/reaction time, which answers to lost sleep far more than a
median does (Basner & Dinges 2011). Screens, mice and browsers add 20 to 100 ms, so sessions of different
devices, and tests of different length, are never compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import known_mean, known_sd, trailing
from vault.analysis.groups import group_mean
from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["TEST", "USUAL", "Figures", "Tested", "Usual", "figures", "first_of_day", "lapse_limit", "usual"]

_MILLISECONDS = 1_000.0
"""Of a second."""


@dataclass(frozen=True, slots=True)
class SessionRule:
    """What a valid reaction and a lapse are."""

    fastest_ms: float
    short_min: float
    lapse_short_ms: float
    lapse_long_ms: float
    share: float
    pause_s: float


@dataclass(frozen=True, slots=True)
class UsualRule:
    """How many earlier sessions make a usual, and how a distance from it is cut."""

    min_sessions: int
    window: int
    floor_sd: float
    low: float
    high: float


TEST = table("test", SessionRule, of="reaction.toml")
USUAL = table("usual", UsualRule, of="reaction.toml")


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """One row a session; ``mean_speed`` in 1/s; NaN where there is no valid reaction; [sessions]."""

    n: Ints
    mean_speed: Floats
    slow: Ints
    too_fast: Ints
    fastest10_ms: Floats
    slowest10_ms: Floats


def lapse_limit(minutes: Floats) -> Floats:
    """Return from how many ms on a reaction is a lapse, in tests of that length."""
    return np.where(minutes < TEST.short_min, TEST.lapse_short_ms, TEST.lapse_long_ms)


def figures(reaction_ms: Floats, session: Ints, lapse_ms: Floats) -> Figures:
    """Return what the reactions of each session say.

    Args:
        reaction_ms: Reaction times, [n].
        session: The session of each, 0 to sessions - 1, [n].
        lapse_ms: The limit of a lapse of each session, [sessions].

    ``slow`` counts reactions from the limit on, ``too_fast`` those under 100 ms, which are false starts and
    in no other figure. The fastest and slowest 10 % are means over a tenth of the reactions, at least one.
    """
    size = len(lapse_ms)
    valid = reaction_ms >= TEST.fastest_ms
    too_fast = np.bincount(session[reaction_ms < TEST.fastest_ms], minlength=size)
    order = np.lexsort((reaction_ms[valid], session[valid]))
    ms, at = reaction_ms[valid][order], session[valid][order]
    n = np.bincount(at, minlength=size)
    place = np.arange(len(at)) - (np.cumsum(n) - n)[at]
    tenth = np.maximum(1, np.rint(TEST.share * n))
    return Figures(
        n=n,
        mean_speed=group_mean(_MILLISECONDS / ms, at, size),
        slow=np.bincount(at[ms >= lapse_ms[at]], minlength=size),
        too_fast=too_fast,
        fastest10_ms=group_mean(np.where(place < tenth[at], ms, np.nan), at, size),
        slowest10_ms=group_mean(np.where(place >= (n - tenth)[at], ms, np.nan), at, size),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """The mean speed of the earlier sessions on the same device, in 1/s, NaN under five; [sessions]."""

    centre: Floats
    sd: Floats


def usual(mean_speed: Floats, device: Ints) -> Usual:
    """Return what is usual before each session; sessions by start, ``device`` a number of each, [sessions].

    The mean and standard deviation (ddof 1) of the last 60 sessions with a mean speed on that device, the
    session itself left out.
    """
    centre, sd = (np.full(len(mean_speed), np.nan) for _ in range(2))
    for one in np.unique(device):
        own = np.flatnonzero((device == one) & np.isfinite(mean_speed))
        past = trailing(mean_speed[own], USUAL.window)
        settled = np.isfinite(past).sum(axis=-1) >= USUAL.min_sessions
        centre[own] = np.where(settled, known_mean(past), np.nan)
        sd[own] = np.where(settled, np.maximum(known_sd(past), USUAL.floor_sd), np.nan)
    return Usual(centre, sd)


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """The first test of each day that has a usual to stand beside, in 1/s; NaN on other days; [days]."""

    speed: Floats
    usual: Floats
    sd: Floats

    @property
    def u(self) -> Floats:
        """The distance from the usual in own standard deviations, faster = more ready; cut at both ends."""
        return np.clip((self.speed - self.usual) / self.sd, USUAL.low, USUAL.high)


def first_of_day(day: Ints, speed: Floats, beside: Usual, days: Ints) -> Tested:
    """Lay sessions (by start) out on consecutive days (since 1970-01-01).

    The first of a day counts, so that a test in the evening does not change what was said in the morning.
    """
    rows = np.full((3, len(days)), np.nan)
    known = np.isfinite(speed) & np.isfinite(beside.centre)
    inside = np.flatnonzero(known & (day >= days[0]) & (day <= days[-1])) if len(days) else np.empty(0, int)
    on, first = np.unique(day[inside], return_index=True)
    chosen = inside[first]
    rows[:, on - days[0]] = speed[chosen], beside.centre[chosen], beside.sd[chosen]
    return Tested(*rows)
