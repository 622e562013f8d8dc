"""From a reader's tables to the columns of readiness, with a hand-made reader in place of a vault."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from vault.analysis import Stream, inputs_from, readiness_at
from vault.analysis.tracks import WHOLE, Track, night_tracks
from vault.errors import UnknownMetric

FIRST = date(2025, 3, 1)
LAST = FIRST + timedelta(39)


class Reader:
    """Forty nights from 23:00 to 07:00 UTC with what a test adds; unknown metrics raise as a vault does."""

    def __init__(self, nights: int = 40) -> None:
        self.tables: dict[tuple[str, str], pd.DataFrame] = {}
        self.nights = [self.night(FIRST + timedelta(day)) for day in range(nights)]
        self.done: list[dict[str, object]] = []
        self.felt = pd.DataFrame()

    @staticmethod
    def night(wake: date, start: str = "-1h", hours: float = 8, asleep: float = 450, *, nap: bool = False):
        begin = pd.Timestamp(wake, tz="UTC") + pd.Timedelta(start)
        return {
            "date": pd.Timestamp(wake),
            "start": begin,
            "end": begin + pd.Timedelta(hours=hours),
            "is_nap": nap,
            "asleep_min": asleep,
        }

    def add_daily(self, metric: str, values: dict[date, float], source: str = "ring") -> None:
        index = pd.DatetimeIndex([pd.Timestamp(day) for day in values], name="date")
        frame = pd.DataFrame({"value": list(values.values()), "n": 1, "sources": source}, index=index)
        self.tables["daily", metric] = pd.concat([self.tables.get(("daily", metric)), frame])

    def add_sample(self, metric: str, at: pd.Timestamp, value: float, source: str = "ring") -> None:
        row = pd.DataFrame({"start": [at], "end": [at], "value": [value], "source": [source]})
        self.tables["samples", metric] = pd.concat(
            [self.tables.get(("samples", metric)), row], ignore_index=True
        )

    def add_effort(self, day: date, load: float = 50, method: str = "heart_rate_mean") -> None:
        self.done.append({"date": pd.Timestamp(day), "load": load, "method": method})

    def _table(self, kind: str, metric: str) -> pd.DataFrame:
        if (kind, metric) not in self.tables:
            raise UnknownMetric("no such metric")
        return self.tables[kind, metric]

    def samples(self, metric: str) -> pd.DataFrame:
        return self._table("samples", metric)

    def daily(self, metric: str) -> pd.DataFrame:
        return self._table("daily", metric)

    def sleep(self) -> pd.DataFrame:
        return pd.DataFrame(self.nights)

    def efforts(self) -> pd.DataFrame:
        return pd.DataFrame(self.done)

    def checkins(self) -> pd.DataFrame:
        return self.felt


def _midnight(day: date, clock: str) -> pd.Timestamp:
    return pd.Timestamp(day, tz="UTC") + pd.Timedelta(clock)


def _days(count: int = 40, value: float = 50.0) -> dict[date, float]:
    return {FIRST + timedelta(day): value for day in range(count)}


def test_inputs_of_an_empty_reader_are_one_unknown_day():
    """Nothing recorded gives one row of nothing, and a result that says so."""
    inputs = inputs_from(Reader(0), LAST)
    assert len(inputs.days) == 1
    result = readiness_at(inputs, LAST)
    assert result.score is None
    assert result.label == "collecting, 0 of 7"
    assert result.advice is None


def test_sleep_counts_naps_and_wake_dates():
    """Minutes asleep of a wake date are those of all its sleeps, naps included."""
    reader = Reader()
    reader.nights.append(Reader.night(LAST, "14h", 1, 40, nap=True))
    inputs = inputs_from(reader, LAST)
    assert inputs.days[0] == np.datetime64(FIRST)
    assert inputs.tst_min[-2:].tolist() == [450, 490]


def test_hrv_is_the_log_mean_within_the_main_sleep():
    """Only samples inside the longest sleep of the wake date count, on the log scale."""
    reader = Reader()
    reader.nights.append(Reader.night(LAST, "14h", 1, 40, nap=True))
    for clock, value in (("2h", 40.0), ("3h", 90.0), ("14h30m", 300.0), ("-2h", 300.0)):
        reader.add_sample("hrv_rmssd", _midnight(LAST, clock), value)
    inputs = inputs_from(reader, LAST)
    assert inputs.stream == (Stream("ring", None, "hrv_rmssd", "sleep"),)
    assert inputs.lnrmssd[0, -1] == pytest.approx(np.log([40, 90]).mean())
    assert np.isnan(inputs.lnrmssd[0, :-1]).all()


def test_hrv_without_night_samples_falls_back_to_the_daily_value_as_its_own_stream():
    """A daily value stands in where no sample lies in the sleep, but shares no baseline with nights."""
    reader = Reader()
    reader.add_sample("hrv_sdnn", _midnight(LAST, "2h"), 40.0)
    reader.add_daily("hrv_sdnn", {LAST - timedelta(1): 55.0, LAST: 48.0})
    inputs = inputs_from(reader, LAST)
    assert [(one.metric, one.window) for one in inputs.stream] == [("hrv_sdnn", "day"), ("hrv_sdnn", "sleep")]
    np.testing.assert_allclose(inputs.lnrmssd[0, -2:], [np.log(55), np.nan])
    np.testing.assert_allclose(inputs.lnrmssd[1, -2:], [np.nan, np.log(40)])


def test_sources_and_metrics_are_streams_of_their_own():
    """RMSSD and SDNN, and two sources of one metric, are rows that never meet."""
    reader = Reader()
    for metric, source in (("hrv_rmssd", "ring"), ("hrv_rmssd", "watch"), ("hrv_sdnn", "watch")):
        reader.add_sample(metric, _midnight(LAST, "2h"), 50.0, source)
    inputs = inputs_from(reader, LAST)
    assert {(one.metric, one.source) for one in inputs.stream} == {
        ("hrv_rmssd", "ring"),
        ("hrv_rmssd", "watch"),
        ("hrv_sdnn", "watch"),
    }


def test_heart_rate_breathing_and_temperature_find_their_metrics():
    """Each vital is read from the first metric that has it, and its stand-in is another stream."""
    reader = Reader()
    reader.add_daily("sleeping_heart_rate_min", _days(value=47.0))
    reader.add_daily("respiratory_rate_sleep_avg", _days(value=14.2))
    reader.add_daily("skin_temperature_deviation", _days(value=-0.2))
    inputs = inputs_from(reader, LAST)
    assert inputs.rhr[:, -1].tolist() == [47.0]
    assert inputs.resp[:, -1].tolist() == [14.2]
    assert inputs.temp[:, -1].tolist() == [-0.2]
    reader.add_daily("resting_heart_rate", _days(value=55.0))
    assert sorted(inputs_from(reader, LAST).rhr[:, -1].tolist()) == [47.0, 55.0]


def test_breathing_samples_count_in_sleep_only():
    """A breathing rate of the day is not one of the night."""
    reader = Reader()
    reader.add_sample("respiratory_rate", _midnight(LAST, "3h"), 14.0)
    reader.add_sample("respiratory_rate", _midnight(LAST, "12h"), 20.0)
    assert inputs_from(reader, LAST).resp[0, -1] == 14.0


def test_load_is_that_of_the_days_efforts():
    """A day's load is the sum of its workouts'; where one is guessed from its duration, that is marked."""
    reader = Reader()
    reader.add_daily("resting_heart_rate", _days(value=50.0))
    reader.add_effort(LAST - timedelta(3), 61)
    reader.add_effort(LAST - timedelta(3), 20, "power")
    reader.add_effort(LAST - timedelta(1), 32, "duration")
    inputs = inputs_from(reader, LAST)
    assert inputs.load[-4:].tolist() == [81, 0, 32, 0]
    assert inputs.load_estimated[-4:].tolist() == [False, False, True, False]
    assert readiness_at(inputs, LAST).context.load_basis == "mixed"


def test_load_is_rest_between_workouts_and_unknown_outside():
    """A day without a workout is rest for four weeks after the last one; before the first it is unknown."""
    reader = Reader()
    reader.add_effort(FIRST + timedelta(3))
    load = inputs_from(reader, LAST).load
    assert np.isnan(load[:3]).all()
    assert load[3] > 0
    assert (load[4:32] == 0).all()
    assert np.isnan(load[32:]).all()
    assert np.isnan(inputs_from(Reader(), LAST).load).all()


def test_checkins_become_items_and_ticks():
    """Answers, pain and illness are laid out by date; items nobody was asked are not there."""
    reader = Reader()
    index = pd.DatetimeIndex([pd.Timestamp(LAST - timedelta(1)), pd.Timestamp(LAST)], name="date")
    reader.felt = pd.DataFrame(
        {"energy": [4, np.nan], "soreness": [2, 3], "pain": [False, True]}, index=index
    )
    inputs = inputs_from(reader, LAST)
    np.testing.assert_array_equal(inputs.checkin["energy"][-2:], [4, np.nan])
    assert set(inputs.checkin) == {"energy", "soreness"}
    assert inputs.pain[-2:].tolist() == [False, True]
    assert not inputs.illness.any()


def test_later_days_do_not_change_an_earlier_result():
    """What is read up to a day gives the same result, hashes included, as what is read up to a later day."""
    reader = Reader()
    for day in range(40):
        wake = FIRST + timedelta(day)
        reader.add_sample("hrv_rmssd", _midnight(wake, "2h"), 50.0 + day % 5)
        if day > 20:
            reader.add_sample("hrv_rmssd", _midnight(wake, "2h"), 70.0 + day % 3, "new watch")
        if day % 3 == 0:
            reader.add_effort(wake, 40.0 + day)
    reader.add_daily("resting_heart_rate", {FIRST + timedelta(day): 52.0 + day % 4 for day in range(40)})
    for day in (12, 30):
        wake = FIRST + timedelta(day)
        assert readiness_at(inputs_from(reader, wake), wake) == readiness_at(inputs_from(reader, LAST), wake)


def test_next_device_leaves_the_whole_nights_of_the_one_before():
    """Where a source told the night whole its windows stay aside, whichever of its devices told it."""
    days = np.arange(6)
    one, other = (Stream("ring", device, "hrv_rmssd", WHOLE) for device in ("R1", "R2"))
    short = Track(Stream("ring", "R1", "hrv_rmssd", "sleep: 5min"), days, np.ones(6))
    whole = [Track(one, days[:3], np.ones(3)), Track(other, days[3:], np.ones(3))]
    assert [track.stream for track in night_tracks(Reader(), "hrv_rmssd", [*whole, short])] == [one, other]


def test_stated_need_and_weight_are_handed_on():
    """What the person set reaches the inputs."""
    inputs = inputs_from(Reader(), LAST, need_min=500.0, felt_weight=0.2)
    assert (inputs.need_min, inputs.felt_weight) == (500.0, 0.2)


def test_analysis_import_is_light():
    """Importing the room loads neither pandas nor scipy."""
    script = "import sys, vault.analysis; sys.exit(', '.join({'pandas', 'scipy'} & set(sys.modules)) or 0)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
