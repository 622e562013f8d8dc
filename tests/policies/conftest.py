"""A vault in memory with sixty days of made-up data, for the tests of consent only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from vault.analysis.readiness import Context, Contribution, Flag, Missing, Readiness
from vault.errors import Busy, StoreError, UnknownRecord
from vault.metrics import metric as catalogued
from vault.moment import day, range_ns
from vault.time import UNKNOWN_OFFSET, day_of_date, local_days

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
HOME = ZoneInfo("Europe/Berlin")
WATCH, PHONE = "Pat's Watch", "Pat's Phone"


@dataclass(frozen=True)
class Event:
    """One line of a log."""

    id: int
    kind: str
    at: datetime
    body: dict[str, Any]


@dataclass
class FakeOwner:
    """An open vault in memory; ``calls`` is what was asked of it, ``broken`` the logs that refuse."""

    now: datetime = NOW
    home_zone: ZoneInfo = HOME
    log: list[Event] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    broken: tuple[str, ...] = ()
    data: dict[str, pd.DataFrame] = field(default_factory=dict)
    nights: pd.DataFrame = field(default_factory=pd.DataFrame)
    trainings: pd.DataFrame = field(default_factory=pd.DataFrame)
    mornings: dict[date, float] = field(default_factory=dict)
    told: dict[date, dict[str, float]] = field(default_factory=dict)

    def clock(self) -> datetime:
        return self.now

    def signing_seed(self) -> bytes:
        return bytes(range(32))

    def append_events(self, lines: list[tuple[str, dict[str, Any], int | None]]) -> list[int]:
        before = len(self.log)
        try:
            return [self._append(*line) for line in lines]
        except StoreError:
            del self.log[before:]
            raise

    def _append(self, kind: str, body: dict[str, Any], follows: int | None) -> int:
        if kind in self.broken:
            raise StoreError("the disk is full")
        newest = self.last_event(kind)
        if follows is not None and follows != (newest.id if newest else 0):
            raise Busy("another process wrote to the same log")
        self.calls.append(f"append {kind}")
        self.log.append(Event(len(self.log) + 1, kind, self.now, dict(body)))
        return len(self.log)

    def events(self, kind: str, after: int = 0) -> list[Event]:
        return [event for event in self.log if event.kind == kind and event.id > after]

    def last_event(self, kind: str) -> Event | None:
        return next((event for event in reversed(self.log) if event.kind == kind), None)

    def samples(self, metric: str, start: Any = None, end: Any = None, source: str | None = None) -> Any:
        self.calls.append("read samples")
        frame = self.data.get(metric, samples_of(metric, []))
        first, last = range_ns(start, end, self.home_zone)
        ns = frame["start"].astype("datetime64[ns, UTC]").astype("int64")
        keep = (ns >= (first or 0)) & (ns < (last or 2**62))
        if source is not None:
            keep &= frame["source"] == source
        frame = frame[keep]
        frame.attrs = {"secret": "rides along"}
        return frame

    def daily(self, metric: str, start: Any = None, end: Any = None) -> Any:
        self.calls.append("read daily")
        if metric == "readiness_score":
            rows = [(one, score, 1, "") for one, score in self.mornings.items()]
        elif metric == "sleep_duration":
            rows = [(row.date.date(), row.asleep_min, 1, row.source) for row in self.nights.itertuples()]
        else:
            rows = self._rollup(metric)
        return self._dated(rows, ["value", "n", "sources"], start, end)

    def _rollup(self, metric: str) -> list[tuple[date, float, int, str]]:
        frame = self.data.get(metric, samples_of(metric, []))
        how = catalogued(metric).rollup
        grouped = frame.groupby(frame["_day"])
        return [
            (
                one,
                float(part["value"].iloc[-1] if how == "last" else part["value"].agg(how)),
                len(part),
                ", ".join(sorted(set(part["source"].astype(str)))),
            )
            for one, part in grouped
        ]

    def _dated(self, rows: list[Any], columns: list[str], start: Any, end: Any) -> Any:
        first, last = day(start, self.home_zone), day(end, self.home_zone)
        kept = [
            row
            for row in sorted(rows)
            if (first is None or day_of_date(row[0]) >= first)
            and (last is None or day_of_date(row[0]) <= last)
        ]
        index = pd.DatetimeIndex([row[0] for row in kept], name="date").as_unit("ns")
        frame = pd.DataFrame([row[1:] for row in kept], columns=columns, index=index)
        frame.attrs = {"secret": "rides along"}
        return frame

    def sleep(self, start: Any = None, end: Any = None) -> Any:
        self.calls.append("read sleep")
        return self.nights.copy()

    def sleep_stages(self, session_id: str) -> Any:
        row = self.nights[self.nights["session_id"] == session_id].iloc[0]
        return pd.DataFrame({"start": [row.start], "end": [row.end], "stage": ["asleep"], "note": ["x"]})

    def workouts(self, start: Any = None, end: Any = None) -> Any:
        self.calls.append("read workouts")
        return self.trainings.copy()

    def streams(self, workout_id: str) -> Any:
        self.calls.append("read streams")
        index = pd.Index([0.0, 1.0], name="elapsed_s")
        columns = ["heart_rate", "power", "latitude", "longitude", "altitude", "mood_ring"]
        return pd.DataFrame([[120.0, 200.0, 52.5, 13.4, 34.0, 1.0]] * 2, index=index, columns=columns)

    def sets(self, start: Any = None, end: Any = None) -> Any:
        self.calls.append("read sets")
        return pd.DataFrame(
            {
                "workout_id": ["w1"],
                "date": pd.to_datetime([TODAY]),
                "start": pd.to_datetime([NOW]),
                "index": [1],
                "exercise": ["squat"],
                "load_kg": [80.0],
                "source": [WATCH],
                "note": ["left knee"],
            }
        )

    def scores(self, start: Any = None, end: Any = None) -> Any:
        self.calls.append("read scores")
        return pd.DataFrame(
            {
                "date": pd.to_datetime([TODAY, TODAY - timedelta(days=50)]),
                "source": [WATCH, WATCH],
                "score": ["whoop_recovery"] * 2,
                "value": [55.0, 44.0],
                "unit": ["%", "%"],
            }
        )

    def metrics(self) -> Any:
        rows = [(name, catalogued(name).ucum, len(frame)) for name, frame in self.data.items()]
        return pd.DataFrame(rows, columns=["metric", "unit", "n"])

    def checkins(self, start: Any = None, end: Any = None) -> Any:
        self.calls.append("read checkins")
        rows = [
            (one, items.get("energy", np.nan), items.get("mood", np.nan)) for one, items in self.told.items()
        ]
        return self._dated(rows, ["energy", "mood"], start, end)

    def readiness(self, of: Any = None) -> Readiness:
        self.calls.append("read readiness")
        asked = day(of, self.home_zone)
        dates = [one for one in self.mornings if asked is None or day_of_date(one) == asked]
        if not dates:
            raise UnknownRecord("no readiness")
        return readiness_of(max(dates), self.mornings[max(dates)])

    def readiness_history(self, start: Any = None, end: Any = None) -> Any:
        self.calls.append("read readiness_history")
        rows = [(one, score, "usual", 0.8765, score, np.nan) for one, score in self.mornings.items()]
        return self._dated(rows, ["score", "band", "confidence", "device", "felt"], start, end)


def samples_of(metric: str, rows: list[tuple[datetime, float, str, float]]) -> pd.DataFrame:
    """Return samples of (start, minutes, source, value) in the home zone's offset."""
    start = pd.to_datetime([row[0].astimezone(UTC) for row in rows], utc=True).as_unit("ns")
    offset = [int(row[0].astimezone(HOME).utcoffset().total_seconds() // 60) for row in rows]
    frame = pd.DataFrame(
        {
            "start": start,
            "end": start + pd.to_timedelta([row[1] for row in rows], "m"),
            "utc_offset_min": pd.array(offset, "Int16"),
            "value": np.array([row[3] for row in rows], float),
            "source": pd.Categorical([row[2] for row in rows], categories=[PHONE, WATCH, "Secret Ring"]),
        }
    )
    ns = frame["start"].astype("int64").to_numpy()
    known = np.array(offset or [UNKNOWN_OFFSET] * len(rows), np.int16)
    frame["_day"] = [date(1970, 1, 1) + timedelta(days=int(one)) for one in local_days(ns, known, HOME)]
    return frame


def readiness_of(of: date, score: float) -> Readiness:
    """Return a whole readiness with two contributions."""
    hrv = Contribution("hrv", -6.3123, -6, 46.3127, 58.4, 50.3, 67.9, "ms", "HRV 46 ms: -6 points.")
    sleep = Contribution("sleep", -3.7, -4, 361.7, 432.2, 400.1, 470.3, "min", "Slept 6 h 02: -4 points.")
    return Readiness(
        date=of,
        score=score,
        band="usual",
        confidence=0.8765,
        label="settled",
        anchor=60.0,
        device=None,
        felt=None,
        combined=None,
        disagreement=None,
        sleep_only=None,
        contributions=(hrv, sleep),
        reasons=("HRV 46 ms: -6 points.", "Slept 6 h 02: -4 points."),
        missing=(Missing("temp", "not measured"), Missing("felt", "no check-in")),
        flags=(Flag("body_strain", ("HRV 46",)),),
        context=Context(1.0, "load rose", None, 0.8, 480.0, None),
        advice=None,
        algorithm="readiness-1",
        params_sha256="p",
        inputs_sha256="i",
    )


def nights_of(days: list[date]) -> pd.DataFrame:
    """Return one night a date of waking, from 23:07 to 06:41 local time."""
    rows = []
    for number, one in enumerate(days):
        begin = datetime(one.year, one.month, one.day, 23, 7, tzinfo=HOME) - timedelta(days=1)
        rows.append((f"night-{begin:%Y%m%dT%H%M}", begin, begin + timedelta(minutes=454), 407.0 + number))
    start = pd.DatetimeIndex([row[1] for row in rows]).tz_convert("UTC").as_unit("ns")
    return pd.DataFrame(
        {
            "session_id": [row[0] for row in rows],
            "date": pd.DatetimeIndex(days).as_unit("ns"),
            "start": start,
            "end": pd.DatetimeIndex([row[2] for row in rows]).tz_convert("UTC").as_unit("ns"),
            "utc_offset_min": pd.array([60] * len(rows), "Int16"),
            "is_nap": False,
            "asleep_min": [row[3] for row in rows],
            "in_bed_min": 454.0,
            "deep_min": 80.0,
            "light_min": 240.0,
            "rem_min": 87.0,
            "awake_min": 30.0,
            "source": WATCH,
            "left_out": PHONE,
        }
    )


def trainings_of(days: list[date]) -> pd.DataFrame:
    """Return a run every day at 18:03."""
    start = (
        pd.DatetimeIndex([datetime(one.year, one.month, one.day, 18, 3, tzinfo=HOME) for one in days])
        .tz_convert("UTC")
        .as_unit("ns")
    )
    return pd.DataFrame(
        {
            "workout_id": [f"run-{one:%Y%m%dT1803}" for one in days],
            "date": pd.DatetimeIndex(days).as_unit("ns"),
            "start": start,
            "end": start + pd.Timedelta(minutes=45),
            "utc_offset_min": pd.array([60] * len(days), "Int16"),
            "activity": "running",
            "duration_min": 44.7,
            "distance_m": 8123.0,
            "energy_kcal": 512.3,
            "hr_mean": 141.6,
            "hr_max": 171.2,
            "elevation_gain_m": 34.0,
            "source": WATCH,
            "also_in": PHONE,
        }
    )


@pytest.fixture
def owner() -> FakeOwner:
    """Sixty days of heart rate, steps of two devices, nights, runs, readiness and check-ins."""
    days = [TODAY - timedelta(days=back) for back in range(59, -1, -1)]
    mornings = [datetime(one.year, one.month, one.day, 7, 12, tzinfo=HOME) for one in days]
    heart, steps = [], []
    for number, morning in enumerate(mornings):
        heart += [
            (morning + timedelta(minutes=20 * part), 0, WATCH, 61.37 + part + number % 5) for part in range(4)
        ]
        steps += [(morning + timedelta(hours=part), 10, WATCH, 1013.0 + number) for part in range(5)]
        steps += [(morning + timedelta(hours=9), 10, PHONE, 777.0)]
    return FakeOwner(
        data={
            "heart_rate": samples_of("heart_rate", heart),
            "steps": samples_of("steps", steps),
            "resting_heart_rate": samples_of(
                "resting_heart_rate", [(one, 0, WATCH, 48.6 + i % 3) for i, one in enumerate(mornings)]
            ),
            "body_mass": samples_of("body_mass", [(one, 0, PHONE, 71.23) for one in mornings[::7]]),
        },
        nights=nights_of(days),
        trainings=trainings_of(days),
        mornings={one: 52.34 + number % 30 for number, one in enumerate(days)},
        told={one: {"energy": 4.0, "mood": 2.0} for one in days},
    )


@pytest.fixture
def coach() -> Any:
    """Make a coach's grant of daily readiness and sleep length, changed as said."""
    import policies

    def make(**changes: Any) -> Any:
        fields: dict[str, Any] = {
            "grantee": "coach-anna",
            "kind": "coach",
            "purpose": "coaching",
            "metrics": {"readiness_score": "daily", "sleep_duration": "daily"},
            "data_from": date(2026, 11, 1),
        }
        return policies.Grant(**(fields | changes))

    return make
