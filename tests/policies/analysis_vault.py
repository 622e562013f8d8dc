"""A vault of 130 days of two devices and grants of it, for the tests of the analysis through a view."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pytest

import policies
import vault
from policies.precision import round_to
from vault.records import Origin, Samples, SleepSession, Stream, StrengthSet, Workout
from vault.time import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS, instant_ns

NOW = datetime(2026, 4, 5, 8, 0, tzinfo=UTC)
TODAY, DAYS = date(2026, 4, 5), 430
MIDNIGHT = instant_ns(datetime(2026, 4, 4, 22, 0, tzinfo=UTC))  # in Berlin
WATCH, RING = Origin("Watch", "apple_health"), Origin("Ring", "oura")
PASSPHRASE = "a long passphrase"
HEART = ("hrv_rmssd", "hrv_sdnn", "resting_heart_rate", "sleeping_heart_rate_min")
BREATH = ("respiratory_rate", "respiratory_rate_sleep_avg", "skin_temperature", "skin_temperature_deviation")
LOAD = ("training_load_trimp", "training_load_tss")
FELT = ("wellness_fatigue", "wellness_sleep_quality", "wellness_stress", "wellness_soreness", "mood")
ZONES = ("workout_hr_max", "vendor_scores", "functional_threshold_power")
REST = ("readiness_score", "sleep_duration", "sleep_latency", "workouts", "pain", "illness")
RAW = ("strength_set", "reaction_time", "sleep_times", "caffeine", "device_names")
EVERYTHING = {
    **dict.fromkeys((*HEART, *BREATH, *LOAD, *FELT, *ZONES, *REST), "daily"),
    **dict.fromkeys(RAW, "raw"),
}
number = count()


def samples(metric, at, values, origin=WATCH):
    """Make samples of a minute at instants."""
    at, values = np.asarray(at, np.int64), np.asarray(values, float)
    return Samples(
        metric,
        at,
        at + MINUTE_NS,
        np.full(len(at), 120, np.int16),
        values,
        np.zeros(len(at), np.int32),
        [origin],
    )


def at(back, hours):
    """Return an hour of a day so many days ago."""
    return MIDNIGHT - np.asarray(back) * DAY_NS + int(hours * HOUR_NS)


def nights(backs, origin=WATCH, longer=0):
    """Make a night a day, of 6 to 8 hours, and its pulse, breath and HRV."""
    for back in backs:
        start, end = int(at(back, -0.5 - back % 3 / 4)), int(at(back, 6 + back % 5 / 3)) + longer * MINUTE_NS
        stages = ((start, start + HOUR_NS, "deep"), (start + HOUR_NS, end, "light"))
        yield SleepSession(f"n{back}", start, end, 120, origin, stages)
    backs = np.array(backs)
    ill = backs == 0  # the night behind us strained the body: there is a flag
    yield samples("hrv_rmssd", at(backs, 3), 45 + longer + backs % 7 * 3.3 - 25 * ill, origin)
    yield samples("resting_heart_rate", at(backs, 5), 50 + longer / 10 + backs % 4 + 15 * ill, origin)
    yield samples("respiratory_rate", at(backs, 4), 14 + backs % 3 / 4 + 4 * ill, origin)
    yield samples("skin_temperature", at(backs, 4), 35 + backs % 4 / 10, origin)
    yield samples("sleep_latency", at(backs, -0.25), 10.0 + backs % 8, origin)


def training(backs, origin=WATCH, heavier=0.0, later=0):
    """Make a run or a ride every other day, and sets every third."""
    for back in backs:
        noon = int(at(back, 12 + later))
        if back % 2 == 1:
            kind = "cycling" if back % 4 == 1 else "running"
            key = f"w{back}"
            yield Workout(key, noon, noon + HOUR_NS, 120, kind, origin, hr_mean=140, hr_max=171 + back % 9)
            seconds = noon + np.arange(0, 3600, 10) * SECOND_NS
            curves = {"heart_rate": np.linspace(110, 170 + back % 9, 360)}
            if kind == "cycling":
                curves["power"] = np.full(360, 190.0 + back % 9)
            yield Stream(key, origin, seconds, curves)
        if back % 3 == 0:
            evening = int(at(back, 18 + later))
            yield Workout(f"g{back}", evening, evening + HOUR_NS, 120, "strength_training", origin)
            for one in (1, 2, 3):
                load, times = 80 + heavier + (DAYS - back) // 27 * 2.5, 5 + 2 * (back <= 6)
                begin = evening + one * 5 * MINUTE_NS
                yield StrengthSet(
                    f"g{back}", origin, one, "Squat", begin, 120, "normal", times, load, rpe=8.0
                )


def taps(backs, origin=WATCH, slower=0.0):
    """Make a reaction test of ten trials a day."""
    for back in backs:
        start = at(back, 7) + np.arange(10) * 6 * SECOND_NS
        yield samples("reaction_time", start, 270.0 + slower + back % 6 * 4 + np.arange(10), origin)


def records():
    """Yield what two devices and a person recorded."""
    backs = range(130)
    yield from nights(backs)
    yield from training(backs)
    yield from training([back for back in range(130, DAYS) if back % 12 == 1])
    yield samples("resting_heart_rate", at(np.arange(130, DAYS), 5), 52 + np.arange(130, DAYS) % 3)
    yield from taps(range(0, 100, 4))
    yield from taps([2, 6], RING)
    yield samples("rpe_session", at(np.array([3, 7]), 12.9), [7, 8])
    yield samples("caffeine", at(np.arange(20), 15), 80 + np.arange(20) % 3)
    yield samples("functional_threshold_power", [at(200, 9), at(40, 9)], [251, 263])
    yield samples("body_mass", at(np.arange(20), 7), 70 + np.arange(20) % 3)


@contextmanager
def opened(folder: Path):
    """Make the vault in a folder; its passphrase costs next to nothing to try."""
    from vault.keys import kdf

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kdf, "DEFAULT", kdf.Cost(8, 1, 1))
        patch.setattr(kdf, "FLOOR", kdf.Cost(8, 1, 1))
        with vault.create(folder, PASSPHRASE, home_zone="Europe/Berlin", clock=lambda: NOW) as held:
            held.ingest(records())
            for back in range(40):
                items = {"energy": 3 + back % 3, "mood": 3.0, "soreness": 1 + back % 2}
                held.checkin(TODAY - timedelta(days=back), **items)
            yield held


def see(held, metrics=EVERYTHING, **more):
    """Grant to somebody new, and look."""
    name = f"doc-{next(number)}"
    fields = {"grantee": name, "kind": "clinician", "purpose": "treatment", "metrics": metrics}
    policies.grant(held, policies.Grant(**fields, **more))
    return policies.view(held, name, "treatment")


def only(*names):
    """Return the part of a grant of everything that names these."""
    return {name: EVERYTHING[name] for name in names}


def coarse(numbers, step):
    """Return numbers as they may be told."""
    return round_to(np.asarray(numbers, float), step)


READS = {
    "trend": (lambda one: one.trend("hrv"), ("hrv_rmssd", "hrv_sdnn")),
    "load": (lambda one: one.load(), LOAD),
    "efforts": (lambda one: one.efforts(), ("workouts", *LOAD)),
    "zones": (lambda one: one.zones(), ("functional_threshold_power",)),
    "sleep_debt": (lambda one: one.sleep_debt(), ("sleep_duration",)),
    "sleep_rhythm": (lambda one: one.sleep_rhythm(), ("sleep_times", "sleep_duration", "sleep_latency")),
    "strength": (lambda one: one.strength(), ("strength_set",)),
    "strength_offers": (lambda one: one.strength_offers(), tuple(EVERYTHING)),
    "flags": (lambda one: one.flags(), tuple(EVERYTHING)),
    "reaction": (lambda one: one.reaction(), ("reaction_time",)),
}
