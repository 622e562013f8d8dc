"""Real files: what another reader counts in them is what comes out, and nothing crashes."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import fitdecode
import numpy as np
import pytest

from adapters.base import Options
from adapters.fit import ADAPTER
from vault.records import Rejection, Samples, SleepSession, Stream, StrengthSet, Workout
from vault.time import DAY_NS, MINUTE_NS

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
WEEK = SAMPLES / "garmin" / "set-a" / "dataset" / "2020" / "06"
MONTH = WEEK.parents[1] / "2021" / "06"
SYNTHETIC = SAMPLES / "fit" / "synthetic"
FIT_EPOCH_S = 631_065_600

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="no samples")


def read(path: Path) -> list:
    return list(ADAPTER.read(path, Options()))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def totals(records) -> dict[str, Counter]:
    """Sums by metric and local day; a sample that ends at midnight is of the day that ends."""
    found: dict[str, Counter] = defaultdict(Counter)
    for batch in of(Samples, records):
        days = (batch.end + batch.offset_min.astype(np.int64) * MINUTE_NS - 1) // DAY_NS
        for day, value in zip(days.tolist(), batch.value.tolist()):
            found[batch.metric][day] += value
    return found


def fields(frame) -> dict:
    return {data.name: data.raw_value for data in frame.fields if data.field_def is not None}


def highest_of_each_day(folder: Path) -> tuple[Counter, int]:
    """What fitdecode has: steps of each day as highest readings, and the heart rates there are."""
    highest: Counter = Counter()
    rates = 0
    for path in sorted(folder.rglob("*.fit")):
        last, offset = 0, 0
        for frame in fitdecode.FitReader(path, processor=None):
            if not isinstance(frame, fitdecode.FitDataMessage):
                continue
            said = fields(frame)
            last = said.get("timestamp") or last
            if frame.name == "monitoring_info":
                offset = said["local_timestamp"] - said["timestamp"]
            if frame.name != "monitoring":
                continue
            if said.get("timestamp_16") is not None:
                last += ((said["timestamp_16"] - last + 3_600) & 0xFFFF) - 3_600
            rates += bool(said.get("heart_rate"))
            packed = said.get("current_activity_type_intensity")
            kind = said.get("activity_type")
            kind = packed[0] & 31 if kind is None and packed is not None else kind
            steps = said.get("cycles", said.get("steps"))
            if kind in (1, 6) and steps is not None:
                day = (last + offset + FIT_EPOCH_S - 1) // 86_400
                highest[day, kind] = max(highest[day, kind], steps)
    days: Counter = Counter()
    for (day, _), steps in highest.items():
        days[day] += steps
    return days, rates


def test_days_of_a_watch_add_up_as_another_reader_counts_them():
    """Five days in 221 files: the steps of each day and the number of heart rates, by fitdecode."""
    records = read(WEEK)
    days, rates = highest_of_each_day(WEEK)
    assert {day: steps for day, steps in totals(records)["steps"].items() if steps} == dict(+days)
    assert sum(len(batch) for batch in of(Samples, records) if batch.metric == "heart_rate") == rates
    assert not of(Rejection, records)
    assert not of(SleepSession, records)


def said_at_midnight(folder: Path) -> Counter:
    """Steps of each day as the watch says them at local midnight, in messages with a whole time."""
    highest: Counter = Counter()
    for path in sorted(folder.rglob("*.fit")):
        offset = 0
        for frame in fitdecode.FitReader(path, processor=None):
            if not isinstance(frame, fitdecode.FitDataMessage):
                continue
            said = fields(frame)
            if frame.name == "monitoring_info":
                offset = said["local_timestamp"] - said["timestamp"]
            if (
                frame.name != "monitoring"
                or said.get("activity_type") not in (1, 6)
                or not said.get("timestamp")
            ):
                continue
            local = said["timestamp"] + offset + FIT_EPOCH_S
            if local % 86_400 == 0:
                key = local // 86_400 - 1, said["activity_type"]
                highest[key] = max(highest[key], said.get("cycles", said.get("steps")) or 0)
    days: Counter = Counter()
    for (day, _), steps in highest.items():
        days[day] += steps
    return days


def test_days_of_a_watch_are_what_it_says_at_midnight():
    """A month in 262 files: steps are those the watch closes a day with; heart rates are on the minute."""
    records = read(MONTH)
    closed = said_at_midnight(MONTH)
    steps = totals(records)["steps"]
    assert len(closed) > 20
    assert {day: steps[day] for day in closed} == dict(closed)
    rates = [batch for batch in of(Samples, records) if batch.metric == "heart_rate"]
    assert not any((batch.start % MINUTE_NS).any() for batch in rates)


def test_monitoring_rolls_over_without_a_jump():
    """A day of heart rates a minute apart, a few of them 0, although their sixteen bits start again."""
    (rates,) = [
        b for b in of(Samples, read(SYNTHETIC / "monitoring_rollover.fit")) if b.metric == "heart_rate"
    ]
    assert len(rates) > 1_440
    assert set(np.diff(rates.start).tolist()) == {MINUTE_NS, 2 * MINUTE_NS}


def test_strength_sets_of_a_broken_file_are_those_of_the_whole_one():
    """A wrong checksum costs nothing but a reason; a file cut short keeps its records."""
    whole, bent = (read(SYNTHETIC / f"strength_{name}.fit") for name in ("sets", "badcrc"))
    assert [s.exercise for s in of(StrengthSet, whole)] == [s.exercise for s in of(StrengthSet, bent)] != []
    assert [rejection.reason for rejection in of(Rejection, bent)] == ["bad-crc"]
    cut = read(SYNTHETIC / "strength_truncated.fit")
    assert [rejection.reason for rejection in of(Rejection, cut)] == ["truncated"]
    assert len(of(Workout, cut)) == len(of(Stream, cut)) == 1


def test_rr_intervals_fill_the_time_of_a_recording():
    """Beats without gaps take as long as the recording, within a minute in an hour."""
    for path in sorted((SAMPLES / "fit").rglob("HRV-Data.fit"))[:1]:
        (intervals,) = [b for b in of(Samples, read(path)) if b.metric == "rr_interval"]
        assert intervals.value.sum() / 1000 == pytest.approx(4241.0, abs=0.1)
        assert (intervals.end[-1] - intervals.start[0]) / 1e9 == pytest.approx(4242, abs=60)
        assert (intervals.start[1:] >= intervals.end[:-1]).all()


@pytest.mark.parametrize("name", ["first", "last"])
def test_triathlon_is_the_same_whether_its_summary_comes_first_or_last(name):
    """Five parts in order, each with the records of its own time."""
    (path,) = (SAMPLES / "fit").rglob(f"triathlon_summary_{name}.fit")
    records = read(path)
    sports = ["open_water_swimming", "transition", "cycling", "transition", "running"]
    assert [workout.activity for workout in of(Workout, records)] == sports
    for workout, stream in zip(of(Workout, records), of(Stream, records)):
        assert workout.start <= stream.time[0]
        assert stream.time[-1] <= workout.end + 60 * 10**9


@pytest.mark.parametrize("name", ["fit", "coros", "zwift", "polar", "gpx-tcx"])
def test_every_sample_gives_sound_records(name):
    """No file crashes; values are numbers, and every stream belongs to a workout."""
    paths = [path for path in (SAMPLES / name).rglob("*.fit") if path.stat().st_size < 500_000]
    for path in paths:
        records = read(path)
        assert all(np.isfinite(batch.value).all() for batch in of(Samples, records))
        workouts = {workout.key for workout in of(Workout, records)}
        assert {stream.workout for stream in of(Stream, records)} <= workouts
