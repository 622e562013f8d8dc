"""A made-up person: four months of nights, days and training, the same every time.

Alex sleeps about seven and a half hours, runs twice a week and lifts once, is ill for a week in March,
and had a short night before the last morning, a week after the clocks went forward in Berlin.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HOME", "ILL", "LAST_MORNING", "Day", "days"]

HOME = ZoneInfo("Europe/Berlin")
LAST_MORNING = date(2026, 4, 5)
DAYS = 120
ILL = (date(2026, 3, 11), date(2026, 3, 17))
SEED = 20_260_405


@dataclass(frozen=True, slots=True)
class Day:
    """One wake date: the night before it and what the day holds.

    Instants are aware UTC datetimes; rates per minute, HRV (SDNN) in ms, temperature in Cel, minutes.
    """

    date: date
    asleep: datetime
    awake: datetime
    stages: list[tuple[str, int]]
    resting: int
    hrv: list[float]
    breathing: float
    wrist: float
    hourly_steps: NDArray[np.int64]
    training: str

    @property
    def ill(self) -> bool:
        """Whether this is one of the days in bed."""
        return ILL[0] <= self.date <= ILL[1]


def days() -> list[Day]:
    """Return the days in order."""
    random = np.random.default_rng(SEED)
    first = LAST_MORNING - timedelta(days=DAYS - 1)
    return [_day(first + timedelta(days=n), random) for n in range(DAYS)]


def _day(day: date, random: np.random.Generator) -> Day:
    ill = ILL[0] <= day <= ILL[1]
    short = day == LAST_MORNING
    minutes = int(random.normal(455, 28)) + (40 if ill else 0)
    minutes = 318 if short else minutes
    wake = datetime(day.year, day.month, day.day, 6, 50, tzinfo=HOME) + timedelta(
        minutes=int(random.normal(0, 12)) + (50 if day.weekday() >= 5 else 0)
    )
    awake = wake.astimezone(UTC)
    strain = 1.0 if ill else (0.55 if short else 0.0)
    level = 54 * np.exp(random.normal(0, 0.09) - 0.42 * strain)
    return Day(
        date=day,
        asleep=awake - timedelta(minutes=minutes),
        awake=awake,
        stages=_stages(minutes, random),
        resting=round(52 + random.normal(0, 1.2) + 8 * strain),
        hrv=[round(float(level * np.exp(random.normal(0, 0.12))), 4) for _ in range(5)],
        breathing=round(float(14.2 + random.normal(0, 0.3) + 1.6 * (strain if ill else 0)), 1),
        wrist=round(float(35.6 + random.normal(0, 0.15) + 0.9 * (strain if ill else 0)), 4),
        hourly_steps=random.poisson(60 if ill else 560, 15),
        training="" if ill else {0: "run", 2: "lift", 5: "long run"}.get(day.weekday(), ""),
    )


def _stages(minutes: int, random: np.random.Generator) -> list[tuple[str, int]]:
    """Split a night into cycles of light, deep, light, REM with a short waking now and then."""
    stages: list[tuple[str, int]] = []
    left, cycle = minutes, 0
    while left > 0:
        deep, rem = max(32 - 9 * cycle, 4), min(8 + 7 * cycle, 34)
        for stage, length in (("Core", 25), ("Deep", deep), ("Core", 22), ("REM", rem)):
            length = min(left, max(1, length + int(random.integers(-4, 5))))
            if length > 0:
                stages.append((stage, length))
            left -= length
        if left > 6 and random.random() < 0.6:
            stages.append(("Awake", 3))
            left -= 3
        cycle += 1
    return stages
