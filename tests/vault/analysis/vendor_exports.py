"""Writes exports of WHOOP and Oura of people who do not exist, and says what they hold, night by night.

The idea: what a test expects is taken from the very cells that were written, not from what was read. Both
hold what trips a reader up: a change of the clocks, weeks in another zone, sleep that begins after
midnight, naps, nights without a recovery, nights that are not there. Shapes are those of WHOOP's data
export (four CSV tables, newest first) and of Oura's API v2.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

HOME = ZoneInfo("Europe/Berlin")
AWAY = timezone(-timedelta(hours=5))
_CYCLE = ("Cycle start time", "Cycle end time", "Cycle timezone")
_OF_SLEEP = (
    "Sleep onset", "Wake onset", "Sleep performance %", "Respiratory rate (rpm)", "Asleep duration (min)",
    "In bed duration (min)", "Light sleep duration (min)", "Deep (SWS) duration (min)",
    "REM duration (min)", "Awake duration (min)", "Sleep need (min)", "Sleep debt (min)",
    "Sleep efficiency %", "Sleep consistency %",
)  # fmt: skip
_OF_DAY = (
    "Recovery score %", "Resting heart rate (bpm)", "Heart rate variability (ms)", "Skin temp (celsius)",
    "Blood oxygen %", "Day Strain", "Energy burned (cal)", "Max HR (bpm)", "Average HR (bpm)",
)  # fmt: skip
_OF_WORKOUT = (
    "Workout start time", "Workout end time", "Duration (min)", "Activity name", "Activity Strain",
    "Energy burned (cal)", "Max HR (bpm)", "Average HR (bpm)", "HR Zone 1 %", "HR Zone 2 %", "HR Zone 3 %",
    "HR Zone 4 %", "HR Zone 5 %", "GPS enabled", "Distance (meters)", "Altitude gain (meters)",
    "Altitude change (meters)",
)  # fmt: skip


@dataclass
class Held:
    """What an export holds of each wake date: the numbers that stand in its cells.

    ``workouts`` are (date of the start, minutes, mean heart rate, highest heart rate).
    """

    hrv: dict[date, float] = field(default_factory=dict)
    rhr: dict[date, float] = field(default_factory=dict)
    asleep: dict[date, float] = field(default_factory=dict)
    resp: dict[date, float] = field(default_factory=dict)
    temp: dict[date, float] = field(default_factory=dict)
    windows: dict[date, list[float]] = field(default_factory=dict)
    workouts: list[tuple[date, float, float, float]] = field(default_factory=list)

    def add_sleep(self, wake: date, minutes: float) -> None:
        """Add minutes asleep, of a night or a nap."""
        self.asleep[wake] = self.asleep.get(wake, 0.0) + minutes


@dataclass(frozen=True)
class _Night:
    """One night by the clocks of the place; ``row`` is its day's in the person's columns."""

    row: int
    start: datetime
    end: datetime

    @property
    def wake(self) -> date:
        return self.end.date()

    @property
    def length(self) -> timedelta:
        """How long it was; the difference of clock times would miss a change of the clocks."""
        return self.end.astimezone(UTC) - self.start.astimezone(UTC)


def nights_of(someone) -> list[_Night]:
    """Return the nights somebody wore the device, in order: some begin after midnight, two weeks are away."""
    found = []
    for row, asleep in enumerate(someone.tst_min.tolist()):
        if np.isnan(asleep):
            continue
        wake, rng = someone.days[row].astype(object), _chance(row)
        place = AWAY if 100 <= row < 114 else HOME
        woke = datetime(wake.year, wake.month, wake.day, 6, int(rng.integers(0, 60)), tzinfo=place)
        woke += timedelta(minutes=max(0.0, asleep - 480))
        length = timedelta(minutes=round(asleep) + int(rng.integers(15, 60)))
        found.append(_Night(row, (woke.astimezone(UTC) - length).astimezone(place), woke))
    return found


def _chance(row: int) -> np.random.Generator:
    """Return the chance of one night, which is the same however many nights there are."""
    return np.random.default_rng((7, row))


def write_whoop(path: Path, someone) -> Held:
    """Write WHOOP's data export as a zip; every 37th night has no recovery, and the last cycle goes on."""
    held, nights = Held(), nights_of(someone)
    cycles, sleeps, workouts = [], [], []
    for at, night in enumerate(nights):
        row, last = night.row, at == len(nights) - 1
        until = None if last else min(nights[at + 1].start, night.start + timedelta(hours=24))
        here = timezone(night.end.utcoffset())  # a cycle's clock times are all of one zone
        cycle = _cells(_CYCLE, (_clock(night.start, here), until and _clock(until, here), _zone(night.end)))
        asleep, resp = round(someone.tst_min[row]), round(someone.resp[row], 1)
        sleep = _whoop_sleep(night.start.astimezone(here), night.end, asleep, resp)
        is_scored = row % 37 != 36
        day = dict.fromkeys(_OF_DAY, "")
        if is_scored:
            hrv, rhr, temp = round(someone.rmssd[row]), round(someone.rhr[row]), round(someone.temp[row], 2)
            day |= _cells(_OF_DAY[:5], (60, rhr, hrv, temp, 96.1))
            held.hrv[night.wake], held.rhr[night.wake], held.temp[night.wake] = hrv, rhr, temp
        if not last:
            day |= _cells(_OF_DAY[5:], (round(_chance(row).uniform(4, 18), 1), 2300, 170, 71))
        cycles.append(cycle | day | sleep)
        sleeps.append(cycle | sleep | {"Nap": "false"})
        held.resp[night.wake] = resp
        held.add_sleep(night.wake, asleep)
        if nap := someone.nap_min[row]:
            begin = night.end.replace(hour=14, minute=5)
            sleeps.append(
                cycle | _whoop_sleep(begin, begin + timedelta(minutes=nap + 9), nap, 14.4) | {"Nap": "true"}
            )
            held.add_sleep(night.wake, nap)
        if minutes := someone.train_min[row]:
            workouts.append(cycle | _whoop_workout(held, night, minutes, someone.train_hr[row]))
    tables = {
        "physiological_cycles.csv": (_CYCLE + _OF_DAY + _OF_SLEEP, cycles),
        "sleeps.csv": (_CYCLE + _OF_SLEEP + ("Nap",), sleeps),
        "workouts.csv": (_CYCLE + _OF_WORKOUT, workouts),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, (header, rows) in tables.items():
            text = io.StringIO()
            writer = csv.DictWriter(text, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows[::-1])
            packed.writestr(name, text.getvalue())
    return held


def _whoop_sleep(start: datetime, end: datetime, asleep: float, resp: float) -> dict[str, object]:
    asleep = round(asleep)
    awake = round((end - start).total_seconds() / 60) - asleep
    stages = asleep - 2 * (asleep // 4), asleep // 4, asleep // 4
    numbers = (90, resp, asleep, asleep + awake, *stages, awake, 500, 40, 91, 70)
    return _cells(_OF_SLEEP, (_clock(start), _clock(end), *numbers))


def _whoop_workout(held: Held, night: _Night, minutes: float, pulse: float) -> dict[str, object]:
    start = night.end.replace(hour=18, minute=20, second=7)
    end, highest = start + timedelta(minutes=minutes), pulse + 22
    held.workouts.append((start.date(), minutes, pulse, highest))
    told = (minutes, "Running", 9.8, 430, highest, pulse, 10, 20, 30, 20, 5, "false", "", "", "")
    return _cells(_OF_WORKOUT, (_clock(start), _clock(end), *told))


def write_oura(path: Path, someone) -> Held:
    """Write answers of Oura's API v2 as one document; naps are ``late_nap`` and have no HRV."""
    held = Held()
    sleeps, readiness, workouts = [], [], []
    for night in nights_of(someone):
        row, wake = night.row, night.wake
        windows = _five_minutes(night, someone.rmssd[row])
        known = [one for one in windows if one is not None]
        asleep_s = 30 * round(2 * someone.tst_min[row])
        whole = {
            "average_hrv": round(float(np.mean(known))),
            "lowest_heart_rate": round(someone.rhr[row]),
            "average_breath": round(8 * someone.resp[row]) / 8,
        }
        held.hrv[wake], held.rhr[wake], held.resp[wake] = whole.values()
        held.windows[wake] = known
        held.add_sleep(wake, asleep_s / 60)
        series = {"interval": 300.0, "items": windows, "timestamp": _iso(night.start)}
        sleeps.append(_oura_sleep("long_sleep", wake, night.start, night.end, asleep_s) | whole)
        sleeps[-1] |= {"hrv": series, "average_heart_rate": whole["lowest_heart_rate"] + 6.5}
        held.temp[wake] = round(someone.temp[row] - 34, 2)
        readiness.append({"id": f"r{row}", "day": str(wake), "timestamp": f"{wake}T00:00:00+00:00"})
        readiness[-1] |= {"score": 80, "temperature_deviation": held.temp[wake], "contributors": {}}
        if nap := someone.nap_min[row]:
            begin = night.end.replace(hour=14, minute=5)
            end = begin + timedelta(minutes=nap + 9)
            sleeps.append(_oura_sleep("late_nap", wake, begin, end, 60 * nap) | {"lowest_heart_rate": 61})
            held.add_sleep(wake, nap)
        if minutes := someone.train_min[row]:
            workouts.append(_oura_workout(held, night, minutes))
    answers = {"sleep": sleeps, "daily_readiness": readiness, "workout": workouts}
    path.write_text(json.dumps({name: {"data": rows} for name, rows in answers.items()}), "utf-8")
    return held


def _five_minutes(night: _Night, rmssd: float) -> list[float | None]:
    """Return a night's windows around its level; the first and some others have nothing."""
    rng, count = _chance(night.row), int(night.length / timedelta(minutes=5))
    values = np.round(rmssd * np.exp(0.25 * rng.standard_normal(count)))
    return [None if at == 0 or rng.random() < 0.05 else float(one) for at, one in enumerate(values)]


def _oura_sleep(kind: str, wake: date, start: datetime, end: datetime, asleep_s: float) -> dict[str, object]:
    in_bed = int((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds())
    return {
        "id": f"{kind}-{start:%Y%m%d%H%M}", "day": str(wake), "type": kind, "period": 0,
        "bedtime_start": _iso(start), "bedtime_end": _iso(end), "time_in_bed": in_bed,
        "total_sleep_duration": int(asleep_s), "awake_time": in_bed - int(asleep_s), "latency": 300,
        "efficiency": 90,
    }  # fmt: skip


def _oura_workout(held: Held, night: _Night, minutes: float) -> dict[str, object]:
    start = night.end.replace(hour=18, minute=20, second=0)
    end = start + timedelta(minutes=minutes)
    held.workouts.append((start.date(), minutes, float("nan"), float("nan")))
    return {
        "id": f"w{night.row}", "day": str(night.wake), "activity": "running", "calories": 380.5,
        "distance": 5000.0, "start_datetime": _iso(start), "end_datetime": _iso(end),
        "intensity": "moderate", "label": None, "source": "confirmed",
    }  # fmt: skip


def _cells(names, values) -> dict[str, object]:
    return dict(zip(names, values, strict=True))


def _clock(moment: datetime, place: timezone | None = None) -> str:
    return (moment.astimezone(place) if place else moment).strftime("%Y-%m-%d %H:%M:%S")


def _zone(moment: datetime) -> str:
    """Return a zone as WHOOP writes it; UTC itself is ``UTCZ``."""
    minutes = round(moment.utcoffset() / timedelta(minutes=1))
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}" if minutes else "UTCZ"


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
