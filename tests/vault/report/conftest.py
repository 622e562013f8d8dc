"""A made-up reader with every documented column of ``vault.readable``, whose tables a test may change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from vault.analysis.readiness import (
    Advice,
    Combined,
    Context,
    Contribution,
    Device,
    FeltScore,
    Flag,
    Missing,
    Readiness,
)
from vault.analysis.reasons import contribution_text, reasons
from vault.analysis.sleep.balance import SleepDebt
from vault.analysis.sleep.rhythm import SleepRhythm
from vault.analysis.strength.offers import Offer
from vault.errors import AccessDenied, UnknownMetric
from vault.report import page

DAY = date(2026, 4, 5)
MADE = datetime(2026, 4, 5, 8, 30, tzinfo=UTC)
SIZE = 120


def _dates(size: int = SIZE) -> pd.DatetimeIndex:
    return pd.date_range(end=pd.Timestamp(DAY), periods=size, name="date")


def _random(name: str) -> np.random.Generator:
    return np.random.default_rng(list(name.encode()))


def trend(term: str, centre: float, sd: float) -> pd.DataFrame:
    """Return a trend of that level, a week's illness in it, and a gap of ten nights."""
    dates = _dates()
    value = centre + sd * (_random(term).normal(size=SIZE) + 0.6 * np.sin(np.arange(SIZE) / 9))
    sign = -1 if term == "hrv" else 1
    value[95:102] += sign * 2 * sd
    value[60:70] = np.nan
    mean7 = pd.Series(value).rolling(7, min_periods=3).mean().to_numpy()
    return pd.DataFrame(
        {
            "value": value,
            "usual": centre,
            "low": centre - sd,
            "high": centre + sd,
            "mean7": mean7,
            "band_low": centre - sd / 2,
            "band_high": centre + sd / 2,
            "cv7": 5.0,
            "stream": np.where(np.arange(SIZE) < 70, "Watch A", "Watch B"),
        },
        index=dates,
    )


def load() -> pd.DataFrame:
    """Return three sessions a week and what becomes of them."""
    dates = _dates()
    hard = np.isin(dates.day_of_week, [0, 2, 5])
    load = np.where(hard, 55 + 25 * _random("load").random(SIZE), 0.0)
    load[88:96] = 0
    load[70:72] = np.nan
    ctl, atl = np.zeros(SIZE), np.zeros(SIZE)
    for day in range(1, SIZE):
        for line, tau in ((ctl, 42), (atl, 7)):
            line[day] = line[day - 1] + (np.nan_to_num(load[day]) - line[day - 1]) * (1 - np.exp(-1 / tau))
    tsb = np.concatenate([[0], (ctl - atl)[:-1]])
    told = pd.DataFrame({"load": load, "ctl": ctl, "atl": atl, "tsb": tsb}, index=dates)
    return told.assign(monotony=1.1, strain=260.0, change=0.12, method="heart rate")


def zones() -> pd.DataFrame:
    edges, names = [118, 133, 148, 163, 178, None], ["very easy", "easy", "moderate", "hard", "very hard"]
    told = pd.DataFrame({"zone": range(1, 6), "name": names, "low": edges[:-1], "high": edges[1:]})
    told["today"] = [True, True, False, False, False]
    basis = "resting 52, highest 190 on 2026-02-11"
    return told.assign(kind="heart_rate", unit="/min", method="karvonen", basis=basis, estimated=False)


def sleep() -> pd.DataFrame:
    """Return one night a day and a nap on Sundays."""
    dates, random = _dates(), _random("sleep")
    end = dates.tz_localize("UTC") + pd.to_timedelta(random.normal(410, 18, SIZE), unit="min")
    asleep = random.normal(445, 35, SIZE)
    awake = random.normal(18, 6, SIZE).clip(0)
    start = end - pd.to_timedelta(asleep + awake, unit="min")
    nights = pd.DataFrame(
        {
            "session_id": [f"night-{n}" for n in range(SIZE)],
            "date": dates,
            "start": start - timedelta(hours=2),
            "end": end - timedelta(hours=2),
            "utc_offset_min": pd.array([120] * SIZE, "Int16"),
            "is_nap": False,
            "asleep_min": asleep,
            "in_bed_min": asleep + awake + 10,
            "deep_min": asleep * 0.18,
            "light_min": asleep * 0.58,
            "rem_min": asleep * 0.24,
            "awake_min": awake,
            "source": "Alex's Watch",
            "left_out": "",
        }
    )
    return nights.drop(index=range(61, 69)).reset_index(drop=True)


def strength() -> pd.DataFrame:
    """Return three movements, each on one day a week."""
    rows = []
    for which, (movement, heavy) in enumerate((("Back squat", 110), ("Bench press", 82), ("Deadlift", 140))):
        for week in range(14):
            on = pd.Timestamp(DAY) - timedelta(days=7 * (13 - week) + which)
            lifted = heavy + 0.8 * week + (week % 3)
            rows.append((on, movement, 4, 3, 24, 18.0 * lifted, lifted, lifted * 1.17, 8.0, 2.6))
    names = ["date", "movement", "sets", "hard_sets", "repetitions", "volume_kg"]
    return pd.DataFrame(rows, columns=[*names, "top_load_kg", "e1rm_kg", "rpe", "trend_kg_per_28d"])


def checkins() -> pd.DataFrame:
    """Return answers on most days."""
    random, dates = _random("checkins"), _dates()
    told = pd.DataFrame(
        {
            item: random.integers(2, 5, SIZE).astype(float)
            for item in ("energy", "sleep_quality", "soreness", "stress", "mood")
        },
        index=dates,
    )
    told["pain"] = np.nan
    told["illness"] = [1.0 if 95 <= n < 100 else np.nan for n in range(SIZE)]
    return told.iloc[::2]


def reaction() -> pd.DataFrame:
    """Return a test every third day on one laptop."""
    dates = _dates()[::3]
    speed = _random("reaction").normal(3.6, 0.2, len(dates))
    told = pd.DataFrame({"date": dates, "start": dates.tz_localize("UTC"), "mean_speed": speed})
    told = told.assign(device="laptop", n=60, lapses=2, false_starts=1, source="checkin")
    return told.assign(fastest10_ms=210.0, slowest10_ms=420.0, usual=3.6, low=3.4, high=3.8)


def readiness() -> Readiness:
    """Return a short night's readiness, whose points add up."""
    beside = {
        "hrv": (-15.31, (39.1, 52.4, 43.2, 62.0), "ms"),
        "rhr": (-8.72, (57.0, 52.1, 50.2, 54.1), "/min"),
        "sleep": (-12.4, (315.0, 446.0, 408.0, 484.0), "min"),
        "debt": (-2.9, (0.8, 0.5, 0.0, 1.0), "h"),
        "load": (1.4, (21.0, 30.0, 0.0, 57.0), "{score}"),
        "hrv_trend": (0.2, (51.0, 52.0, 47.0, 57.0), "ms"),
        "felt": (3.7, (3.6, 3.2, 2.4, 4.0), "{score}"),
    }
    told = tuple(
        Contribution(
            term, points, round(points), *values, unit, contribution_text(term, round(points), values)
        )
        for term, (points, values, unit) in beside.items()
    )
    score = 60 + sum(one.points for one in told)
    return Readiness(
        date=DAY,
        score=score,
        band="low",
        confidence=0.97,
        label="settled",
        anchor=60.0,
        device=Device(19.0, -1.6, 0.98, None, 41),
        felt=FeltScore(64.0, {"energy": 4.0, "soreness": 2.0}, 23),
        combined=Combined(score, -1.3, 0.5),
        disagreement=None,
        sleep_only=None,
        contributions=told,
        reasons=reasons(told, score, 60.0),
        missing=(Missing("resp", "not measured by this device"), Missing("temp", "no value for this night")),
        flags=(),
        context=Context(
            -6.0,
            "Training load of the last 7 days is 12 % above the mean of the last 28.",
            None,
            0.8,
            450.0,
            "heart_rate",
        ),
        advice=Advice(
            "ease",
            "Swap intervals for something easy (zone 2 at most), no longer than usual.",
            ("hrv", "sleep"),
            "A1",
            "a morning at 40 or above",
        ),
        algorithm="readiness-1",
        params_sha256="ab" * 32,
        inputs_sha256="cd" * 32,
    )


def history() -> pd.DataFrame:
    """Return a score a day."""
    score = np.clip(60 + 18 * _random("history").normal(size=SIZE), 3, 97)
    band = np.where(score < 40, "low", np.where(score < 70, "usual", "high"))
    return pd.DataFrame(
        {"score": score, "band": band, "confidence": 0.9, "device": score, "felt": np.nan}, index=_dates()
    )


def daily(sources: str = "Alex's Watch") -> pd.DataFrame:
    """Return a value a day."""
    return pd.DataFrame({"value": 50.0, "n": 10, "sources": sources}, index=_dates())


def _days() -> dict[str, pd.DataFrame]:
    both = daily("Alex's Watch, Alex's Phone")
    early, late = daily("Old Band").iloc[:70], daily("Alex's Watch").iloc[70:]
    return {
        "heart_rate": pd.concat([early, late]),
        "hrv_rmssd": pd.concat([early.iloc[:60], late]),
        "steps": pd.concat([daily("Alex's Phone").iloc[:40], both.iloc[40:]]),
        "body_mass": daily("Scale").iloc[::6],
        "sleep_duration": pd.concat([early.iloc[:60], late]),
    }


def debt() -> SleepDebt:
    """Return a small debt."""
    text = "Over the last two weeks you slept 0.8 h a night short of your need of 7 h 42."
    return SleepDebt(DAY, 0.8, 462.0, "learned", 13, 315.0, None, text)


def rhythm() -> SleepRhythm:
    """Return a regular sleeper's rhythm."""
    unknown = {name.name: None for name in fields(SleepRhythm)}
    told = {
        "date": DAY,
        "sri": 84.2,
        "social_jet_lag_h": 0.7,
        "wake_target": "06:50",
        "bedtime_earliest": "22:40",
        "bedtime_latest": "23:10",
        "texts": ("Sleep regularity is 84 of 100, from 27 days.", "To wake at 06:50, go to bed by 23:10."),
        "suspended": (),
        "missing": (),
    }
    return SleepRhythm(**(unknown | told))


def offer() -> Offer:
    """Return an offer for one movement."""
    evidence = ("Bench press: 82.5 kg for 8 and 8 repetitions.", "Readiness 64, at your usual day or above.")
    undo = "fewer than 6 repetitions at this load"
    return Offer("overload", "Bench press", "Room for a little more: 85 kg.", evidence, undo)


def conflicts() -> pd.DataFrame:
    """Return a fortnight of disagreement."""
    told = pd.DataFrame({"date": _dates(14), "metric": "steps", "value": 9120.0, "other_value": 7033.0})
    return told.assign(source="Alex's Watch", other_source="Alex's Phone", tolerance=500.0)


def eras() -> pd.DataFrame:
    """Return two devices, one after the other."""
    rows = [("Old Band", "Band 4", "night"), ("Alex's Watch", "Watch7,2", "")]
    told = pd.DataFrame(rows, columns=["source", "device", "method"]).assign(metric="hrv_rmssd", n=50)
    told["first"] = pd.to_datetime(["2024-06-01", "2026-02-15"], utc=True)
    told["last"] = pd.to_datetime(["2026-02-04", "2026-04-05"], utc=True)
    return told


def _table(name: str) -> Callable[..., pd.DataFrame]:
    def read(self: Person, start: Any = None, end: Any = None) -> pd.DataFrame:
        self._told(name)
        return self._span(self.tables[name], start, end)

    return read


def _answer(name: str, attribute: str) -> Callable[..., Any]:
    def read(self: Person, date: Any = None) -> Any:
        self._told(name)
        return getattr(self, attribute)

    return read


@dataclass
class Person:
    """A reader whose every answer is an attribute; what stands in ``denied`` is refused."""

    tables: dict[str, pd.DataFrame] = field(
        default_factory=lambda: {
            "load": load(),
            "zones": zones(),
            "sleep": sleep(),
            "strength": strength(),
            "checkins": checkins(),
            "reaction": reaction(),
            "readiness_history": history(),
            "conflicts": conflicts(),
            "eras": eras(),
        }
    )
    trends: dict[str, pd.DataFrame] = field(
        default_factory=lambda: {
            "hrv": trend("hrv", 52, 7),
            "rhr": trend("rhr", 53, 2),
            "sleep": trend("sleep", 446, 38),
        }
    )
    days: dict[str, pd.DataFrame] = field(default_factory=_days)
    today: Readiness = field(default_factory=readiness)
    raised: tuple[Flag, ...] = (
        Flag(
            "body_strain",
            ("HRV 34 ms (usual 43 to 62)", "Resting heart rate 60 (usual 50 to 54)"),
            "Several body signals are away from your usual at once.",
            "Raised about 0.2 times in 30 nights for people with nothing the matter.",
        ),
    )
    offers: tuple[Offer, ...] = field(default_factory=lambda: (offer(),))
    debt: SleepDebt = field(default_factory=debt)
    rhythm: SleepRhythm = field(default_factory=rhythm)
    denied: frozenset[str] = frozenset()

    def without(self, *names: str) -> Person:
        """Return the same person, of whom these are not told."""
        return replace(self, denied=self.denied | set(names))

    def _told(self, name: str) -> None:
        if name in self.denied:
            raise AccessDenied(f"{name} is not granted")

    def _span(self, frame: pd.DataFrame, start: date | None, end: date | None) -> pd.DataFrame:
        on = frame["date"] if "date" in frame.columns else frame.index.to_series()
        first, last = pd.Timestamp(start or date.min), pd.Timestamp(end or date.max)
        return frame[((on >= first) & (on <= last)).to_numpy()]

    def trend(self, term: str, start: Any = None, end: Any = None) -> pd.DataFrame:
        self._told("trend")
        return self._span(self.trends[term], start, end)

    def daily(self, metric: str, start: Any = None, end: Any = None) -> pd.DataFrame:
        self._told("daily")
        if metric not in self.days:
            raise UnknownMetric("no metric of that name in the catalogue or in this vault")
        return self._span(self.days[metric], start, end)

    def strength(self, exercise: Any = None, start: Any = None, end: Any = None) -> pd.DataFrame:
        self._told("strength")
        return self._span(self.tables["strength"], start, end)

    def zones(self, date: Any = None) -> pd.DataFrame:
        self._told("zones")
        return self.tables["zones"]

    def eras(self) -> pd.DataFrame:
        return self.tables["eras"]

    load = _table("load")
    sleep = _table("sleep")
    checkins = _table("checkins")
    reaction = _table("reaction")
    readiness_history = _table("readiness_history")
    conflicts = _table("conflicts")
    readiness = _answer("readiness", "today")
    flags = _answer("flags", "raised")
    strength_offers = _answer("strength_offers", "offers")
    sleep_debt = _answer("sleep_debt", "debt")
    sleep_rhythm = _answer("sleep_rhythm", "rhythm")


@pytest.fixture(scope="session")
def whole() -> str:
    """The page of somebody with everything, made once for tests that only look at it."""
    owner = Person()
    return page(owner, made=MADE, owner=owner)


@pytest.fixture
def person() -> Person:
    """Somebody with everything."""
    return Person()
