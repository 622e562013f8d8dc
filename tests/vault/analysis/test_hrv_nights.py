"""From the beats of a night to one value: segments, gaps, shares, and which source's beats are asked."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis import Stream, inputs_from, readiness_at
from vault.analysis.hrv import nightly, reading
from vault.analysis.tracks import Source
from vault.errors import UnknownMetric
from vault.merge.preference import Preference

MINUTE_NS = 60_000_000_000
BEGIN = 1_740_000_000_000_000_000


def _beats(minutes: float, base: float = 900.0, swing: float = 20.0) -> np.ndarray:
    """Beats that go up and down by ``swing``: each difference is twice that."""
    count = int(minutes * 60_000 / base)
    return base + swing * np.where(np.arange(count) % 2, -1.0, 1.0)


def _starts(rr: np.ndarray, begin: int = BEGIN) -> np.ndarray:
    return begin + np.concatenate([[0], np.cumsum(rr * 1e6)[:-1]]).astype(np.int64)


def _one_night(rr: np.ndarray, start: np.ndarray | None = None):
    start = _starts(rr) if start is None else start
    return nightly(start, rr, np.zeros(len(rr), np.int64), np.array([BEGIN]))


def test_nightly_is_the_median_of_its_segments():
    """Of seven segments with RMSSD 40 and four with 60 the night's value is 40."""
    rr = np.concatenate([_beats(35), _beats(20, swing=30)])
    found = _one_night(rr)
    assert found.n_segments.tolist() == [11]
    assert found.rmssd_ms[0] == pytest.approx(40)
    assert found.artefact_share[0] == 0


def test_nightly_needs_half_an_hour():
    """Five good segments have no value and no share, six do."""
    short, enough = _one_night(_beats(25)), _one_night(_beats(30.5))
    assert short.n_segments.tolist() == [5]
    assert np.isnan([short.rmssd_ms[0], short.artefact_share[0]]).all()
    assert enough.n_segments.tolist() == [6]
    assert enough.rmssd_ms[0] == pytest.approx(40)


def test_nightly_drops_a_segment_that_is_too_noisy():
    """A segment with over 5 % of artefacts counts neither for the value nor for the share."""
    rr = _beats(60)
    rr[10:330:12] = 1790.0  # 8 % of the first segments
    rr[2000] = 1790.0
    found = _one_night(rr)
    assert found.n_segments[0] < 12
    assert found.rmssd_ms[0] == pytest.approx(40)
    assert 0 < found.artefact_share[0] < 0.01


def test_nightly_takes_no_difference_over_a_gap():
    """Beats lost between two others leave a gap that is no heartbeat's difference."""
    rr = np.tile(np.repeat([880.0, 960.0], 20), 60)
    whole = _one_night(rr)
    start = _starts(rr) + 3_000_000_000 * (np.arange(len(rr)) // 20)
    gaps = _one_night(rr, start)
    assert whole.rmssd_ms[0] > 10
    assert gaps.rmssd_ms[0] == 0


def test_nightly_needs_four_minutes_of_beats_a_segment():
    """Three minutes in each five are no segment, however clean."""
    parts = [_starts(_beats(3), BEGIN + part * 5 * MINUTE_NS) for part in range(12)]
    found = _one_night(np.tile(_beats(3), 12), np.concatenate(parts))
    assert found.n_segments.tolist() == [0]
    assert np.isnan(found.rmssd_ms[0])


def test_nights_do_not_touch_each_other():
    """Computed together, nights have the values they have alone, and a night without beats has none."""
    nights = [_beats(40, 900, 20), _beats(45, 1000, 35)]
    begins = np.array([BEGIN, BEGIN + 1000 * MINUTE_NS, BEGIN + 2000 * MINUTE_NS])
    start = np.concatenate([_starts(nights[0], begins[0]), _starts(nights[1], begins[2])])
    which = np.repeat([0, 2], [len(nights[0]), len(nights[1])])
    found = nightly(start, np.concatenate(nights), which, begins)
    np.testing.assert_allclose(found.rmssd_ms, [40, np.nan, 70])
    assert found.n_segments[1] == 0


def test_nightly_of_nothing_is_nothing():
    """No beats and no nights have an answer of their length."""
    none = np.empty(0, np.int64)
    assert np.isnan(nightly(none, np.empty(0), none, np.array([BEGIN])).rmssd_ms).all()
    assert len(nightly(none, np.empty(0), none, none).rmssd_ms) == 0


@pytest.mark.parametrize("value", [np.nan, 0.0, -900.0, 1e9])
def test_nightly_of_nonsense_has_no_value(value):
    """A night of nothing but impossible beats has no value, and no warning."""
    found = _one_night(np.full(3000, value), BEGIN + np.arange(3000) * 900_000_000)
    assert np.isnan(found.rmssd_ms[0])
    assert found.n_segments[0] == 0


@given(minutes=st.integers(31, 90), swing=st.floats(1, 30), shift=st.integers(0, 4))
def test_nightly_does_not_depend_on_the_clock(minutes, swing, shift):
    """A night on another day has the same value, and twice the swing is twice the RMSSD."""
    rr = _beats(minutes, swing=swing)
    other = nightly(
        _starts(rr, BEGIN + shift * 86_400_000_000_000),
        rr,
        np.zeros(len(rr), np.int64),
        np.array([BEGIN + shift * 86_400_000_000_000]),
    )
    assert _one_night(rr).rmssd_ms[0] == other.rmssd_ms[0] == pytest.approx(2 * swing)


def test_reading_needs_a_minute_and_clean_beats():
    """A minute of beats has statistics with their share; less, or too noisy, has none."""
    rr = _beats(1.2)
    found = reading(_starts(rr), rr)
    assert found is not None
    assert found.statistics.rmssd_ms == pytest.approx(40)
    assert found.artefact_share == 0
    assert reading(_starts(rr[:60]), rr[:60]) is None
    rr[::10] = 1790.0
    assert reading(_starts(rr), rr) is None
    assert reading(np.empty(0, np.int64), np.empty(0)) is None


def test_reading_leaves_out_an_artefact_and_its_differences():
    """One missed beat in 150 changes nothing but the share."""
    rr = _beats(2.25)
    rr[75] = 1800.0
    found = reading(_starts(rr), rr)
    assert found is not None
    assert found.statistics.rmssd_ms == pytest.approx(40)
    assert found.artefact_share == pytest.approx(1 / 150)


FIRST = date(2025, 3, 1)


class Beats(Source):
    """Nights from 23:00 to 07:00 UTC whose beats are told by a strap; a test adds what a vendor tells."""

    def __init__(self, nights: int, swing: float = 20.0) -> None:
        self.wakes = [FIRST + timedelta(day) for day in range(nights)]
        self.told: dict[tuple[str, str], pd.DataFrame] = {}
        parts = [self._rr(wake, swing) for wake in self.wakes]
        self.told["samples", "rr_interval"] = pd.concat(parts, ignore_index=True)

    @staticmethod
    def _rr(wake: date, swing: float, source: str = "strap") -> pd.DataFrame:
        begin = pd.Timestamp(wake, tz="UTC") + pd.Timedelta("1h")
        rr = _beats(40, swing=swing)
        start = pd.DatetimeIndex(_starts(rr, begin.value)).tz_localize("UTC")
        return pd.DataFrame(
            {"start": start, "end": start + pd.to_timedelta(rr, "ms"), "value": rr, "source": source}
        )

    def _table(self, kind: str, metric: str) -> pd.DataFrame:
        if (kind, metric) not in self.told:
            raise UnknownMetric("no such metric")
        return self.told[kind, metric]

    def samples(self, metric: str) -> pd.DataFrame:
        return self._table("samples", metric)

    def daily(self, metric: str) -> pd.DataFrame:
        return self._table("daily", metric)

    def tell_daily(self, metric: str, value: float, days: list[date], source: str) -> None:
        index = pd.DatetimeIndex([pd.Timestamp(day) for day in days], name="date")
        self.told["daily", metric] = pd.DataFrame({"value": value, "n": 1, "sources": source}, index=index)

    def sleep(self) -> pd.DataFrame:
        rows = []
        for wake in self.wakes:
            start = pd.Timestamp(wake, tz="UTC") - pd.Timedelta("1h")
            end = start + pd.Timedelta("8h")
            rows.append({"date": wake, "start": start, "end": end, "is_nap": False, "asleep_min": 450.0})
        return pd.DataFrame(rows)

    def workouts(self) -> pd.DataFrame:
        return pd.DataFrame()

    efforts = workouts

    def checkins(self) -> pd.DataFrame:
        return pd.DataFrame()


def test_beats_of_a_night_become_a_stream_of_their_own():
    """Where a source tells beats and no RMSSD, the night's RMSSD is made of them, with a known share."""
    reader = Beats(10)
    inputs = inputs_from(reader, reader.wakes[-1])
    assert inputs.stream == (Stream("strap", None, "hrv_rmssd", "sleep: rr"),)
    np.testing.assert_allclose(inputs.lnrmssd[0], np.log(40))
    assert inputs.artefact_share is not None
    np.testing.assert_allclose(inputs.artefact_share, 0)
    assert readiness_at(inputs, reader.wakes[-1]).device is not None


def test_beats_stay_silent_where_their_source_tells_the_night():
    """On nights that the same source tells an RMSSD of, its beats are not asked; another's is no matter."""
    reader = Beats(10)
    reader.tell_daily("hrv_rmssd", 55.0, reader.wakes[:4], "strap")
    inputs = inputs_from(reader, reader.wakes[-1])
    assert [stream.window for stream in inputs.stream] == ["day", "sleep: rr"]
    np.testing.assert_allclose(inputs.lnrmssd[0, :4], np.log(55))
    assert np.isnan(inputs.lnrmssd[1, :4]).all()
    np.testing.assert_allclose(inputs.lnrmssd[1, 4:], np.log(40))
    reader.tell_daily("hrv_rmssd", 55.0, reader.wakes[:4], "ring")
    inputs = inputs_from(reader, reader.wakes[-1])
    assert np.isfinite(inputs.lnrmssd).sum(axis=1).tolist() == [4, 10]


def test_beats_by_day_are_no_night():
    """Beats of an afternoon, as a workout records them, make no value."""
    reader = Beats(3)
    frame = reader.told["samples", "rr_interval"]
    frame["start"] += pd.Timedelta("12h")
    frame["end"] += pd.Timedelta("12h")
    assert np.isnan(inputs_from(reader, reader.wakes[-1]).lnrmssd).all()


def test_chosen_stream_speaks_once_it_has_a_baseline():
    """The source the owner prefers speaks before one known longer, from its seventh night on."""
    reader = Beats(30)
    reader.tell_daily("hrv_rmssd", 55.0, reader.wakes[10:], "ring")
    for preferences, speaker in (([], "strap"), ([Preference("Ring", "hrv_rmssd")], "ring")):
        inputs = inputs_from(reader, reader.wakes[-1], preferences=preferences)
        device = readiness_at(inputs, reader.wakes[-1]).device
        assert device is not None
        assert device.stream is not None
        assert device.stream.source == speaker
        early = readiness_at(inputs, reader.wakes[14]).device
        assert early is not None
        assert early.stream is not None
        assert early.stream.source == "strap"
        assert readiness_at(inputs, reader.wakes[9]) == readiness_at(
            inputs_from(reader, reader.wakes[9], preferences=preferences), reader.wakes[9]
        )
    past = [Preference("ring", None, None, 20)]
    assert not inputs_from(reader, reader.wakes[-1], preferences=past).chosen["lnrmssd"].any()
