"""Makes people who do not exist: nights of HRV, pulse, sleep, breathing, temperature and training.

The idea: what a bar is tried on has to vary as people do. HRV drifts from day to day (AR(1)) under the
noise of the single night, the pulse moves against it (r = -.65), an illness moves everything at once,
nights are missing alone and in runs. Spreads are the priors of readiness, where somebody is, is drawn anew
for each; no number here was fitted to a bar. The same seed is always the same person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vault.analysis import Inputs

START = np.datetime64("2024-11-04")
"""A Monday; 240 days from here hold a change of the clocks."""
DRIFT, DRIFT_SHARE = 0.7, 0.6
"""Yesterday's share in today's state, and the state's share in the variance of a night."""
HRV_SD, RHR_SD, RESP_SD, TEMP_SD = 0.20, 3.0, 0.40, 0.35
HRV_RHR, RHR_RESP, HRV_TEMP = 0.65, 0.40, 0.15
SICK = {"lnrmssd": -0.35, "rhr": 6.0, "resp": 1.2, "temp": 0.7}
"""What the worst night of an illness adds; HRV falls, the rest rises."""
SICK_NIGHTS = (5, 8)
RUN = (2, 5)
"""Nights of a run in which nothing was worn."""


@dataclass(frozen=True, eq=False)
class Person:
    """A column a quantity, one row a wake date, NaN where nothing was measured.

    Args:
        rmssd: ms.
        rhr: Beats a minute.
        tst_min: Minutes asleep in the night, without ``nap_min``.
        resp: Breaths a minute.
        temp: Skin temperature in Cel.
        nap_min: Minutes asleep in the afternoon, 0 where there was no nap.
        train_min: Minutes of the day's workout, 0 on a day of rest.
        train_hr: Its mean heart rate.
        sick: Where an illness was.
    """

    days: np.ndarray
    rmssd: np.ndarray
    rhr: np.ndarray
    tst_min: np.ndarray
    resp: np.ndarray
    temp: np.ndarray
    nap_min: np.ndarray
    train_min: np.ndarray
    train_hr: np.ndarray
    sick: np.ndarray

    def inputs(self, **more: object) -> Inputs:
        """Return what readiness reads; the load is the minutes times the heart rate over 100."""
        load = self.train_min * np.nan_to_num(self.train_hr) / 100
        with np.errstate(invalid="ignore"):
            columns = {"lnrmssd": np.log(self.rmssd), "tst_min": self.tst_min + self.nap_min, "load": load}
        columns |= {name: getattr(self, name) for name in ("rhr", "resp", "temp")}
        return Inputs(**{"days": self.days, **columns, **more})


def person(seed: int, days: int = 240, *, illnesses: int = 2, missing: float = 0.04) -> Person:
    """Return one person; ``missing`` is the share of single nights not worn, runs of them come on top."""
    rng = np.random.default_rng(seed)
    hrv, other = _state(rng, days), rng.standard_normal((3, days))
    pulse = -HRV_RHR * hrv + np.sqrt(1 - HRV_RHR**2) * other[0]
    breath = RHR_RESP * pulse + np.sqrt(1 - RHR_RESP**2) * other[1]
    skin = -HRV_TEMP * hrv + np.sqrt(1 - HRV_TEMP**2) * other[2]
    sick = _illness(rng, days, illnesses)
    usual = np.log(rng.uniform(30, 90)), rng.uniform(46, 66), rng.uniform(13, 17), rng.uniform(33, 35)
    spreads = HRV_SD * rng.uniform(0.7, 1.2), RHR_SD, RESP_SD, TEMP_SD
    told = {
        name: centre + sd * z + SICK[name] * sick
        for name, centre, sd, z in zip(SICK, usual, spreads, (hrv, pulse, breath, skin))
    }
    weekend = np.arange(days) % 7 >= 5
    asleep = rng.uniform(385, 470) + 25 * weekend + rng.uniform(55, 70) * rng.standard_normal(days)
    trains = (rng.random(days) < rng.uniform(0.4, 0.7)) & (sick == 0)
    napped = rng.random(days) < 0.06
    return _with_gaps(
        Person(
            days=START + np.arange(days),
            rmssd=np.exp(told["lnrmssd"]),
            rhr=told["rhr"],
            tst_min=np.clip(asleep, 120, 700),
            resp=told["resp"],
            temp=told["temp"],
            nap_min=np.where(napped, rng.integers(20, 80, days), 0.0),
            train_min=np.where(trains, rng.integers(25, 110, days), 0.0),
            train_hr=np.where(trains, rng.integers(110, 165, days), np.nan),
            sick=sick > 0,
        ),
        rng,
        missing,
    )


def people(count: int, days: int = 240, *, first_seed: int = 1, **more: float) -> list[Person]:
    """Return so many persons of following seeds."""
    return [person(first_seed + number, days, **more) for number in range(count)]


def thinned(whole: Inputs, share: float, seed: int) -> Inputs:
    """Return inputs of which a share of the known values of every column is gone at random."""
    rng = np.random.default_rng(seed)
    names = ("lnrmssd", "rhr", "tst_min", "resp", "temp", "load")
    columns = {name: getattr(whole, name) for name in names}
    kept = {name: np.where(rng.random(one.shape) < share, np.nan, one) for name, one in columns.items()}
    return replace(whole, **kept)


def _state(rng: np.random.Generator, days: int) -> np.ndarray:
    """Return a standardised state: what drifts from day to day, and the noise of the single night."""
    drift = np.empty(days)
    drift[0] = rng.standard_normal()
    for day, new in enumerate(rng.standard_normal(days - 1), 1):
        drift[day] = DRIFT * drift[day - 1] + np.sqrt(1 - DRIFT**2) * new
    return np.sqrt(DRIFT_SHARE) * drift + np.sqrt(1 - DRIFT_SHARE) * rng.standard_normal(days)


def _illness(rng: np.random.Generator, days: int, count: int) -> np.ndarray:
    """Return how ill somebody is on each day, 0-1: a quick rise, a slow end; none in the first month."""
    level = np.zeros(days)
    for _ in range(count):
        nights = int(rng.integers(*SICK_NIGHTS, endpoint=True))
        if days > 30 + nights:
            first = int(rng.integers(30, days - nights))
            course = np.concatenate([[0.6], np.linspace(1, 0.3, nights - 1)])
            level[first : first + nights] = np.maximum(level[first : first + nights], course)
    return level


def _with_gaps(whole: Person, rng: np.random.Generator, missing: float) -> Person:
    days = len(whole.days)
    gone = rng.random(days) < missing
    for first in rng.integers(0, days, days // 80):
        gone[first : first + int(rng.integers(*RUN, endpoint=True))] = missing > 0
    names = ("rmssd", "rhr", "tst_min", "resp", "temp")
    return replace(whole, **{name: np.where(gone, np.nan, getattr(whole, name)) for name in names})
