"""Seven days beside the usual: mean, band and variation, and the table of it that a vault gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import vault
from vault.analysis.hrv.trend import before_the_week, cv7, week_mean, worthwhile
from vault.errors import InputError
from vault.records import Origin, Samples, SleepSession
from vault.time import DAY_NS, HOUR_NS, instant_ns

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
RING = Origin("Ring", "oura")
NIGHTS = 60
COLUMNS = ["value", "usual", "low", "high", "mean7", "band_low", "band_high", "cv7", "stream"]


def test_week_mean_counts_the_known_of_seven_days():
    """The mean of the last seven days, today included, and how many of them are known."""
    mean, known = week_mean(np.array([1.0, np.nan, 3.0, np.nan, np.nan, np.nan, np.nan, np.nan, 8.0]))
    np.testing.assert_allclose(mean, [1, 1, 2, 2, 2, 2, 2, 3, 5.5])
    assert known.tolist() == [1, 1, 2, 2, 2, 2, 2, 1, 2]


def test_worthwhile_is_half_a_standard_deviation():
    """The band is m - 0.5 s to m + 0.5 s, of the baseline as it stood before the week."""
    low, high = worthwhile(np.array([4.0]), np.array([0.2]))
    assert (low[0], high[0]) == pytest.approx((3.9, 4.1))
    np.testing.assert_array_equal(before_the_week(np.arange(8.0)), [np.nan] * 6 + [0, 1])


def test_cv7_is_of_five_known_days_with_n_minus_one():
    """100 sd/mean with n - 1, and nothing below five days of seven."""
    values = np.array([50.0, 52.0, np.nan, 48.0, 54.0, np.nan, 46.0, 50.0])
    found = cv7(values)
    assert np.isnan(found[:6]).all()
    assert found[6] == pytest.approx(100 * np.std([50, 52, 48, 54, 46], ddof=1) / 50)
    assert cv7(np.full(7, 60.0))[6] == 0
    assert np.isnan(cv7(np.zeros(7))).all()


@given(
    values=hnp.arrays(float, st.integers(0, 40), elements=st.one_of(st.just(np.nan), st.floats(-1e6, 1e6)))
)
def test_week_looks_neither_ahead_nor_beyond_seven_days(values):
    """What is before the week or after the day changes nothing, and nothing is warned about."""
    mean, _ = week_mean(values)
    varied = cv7(values)
    for day in range(len(values)):
        part = values[max(0, day - 6) : day + 1]
        np.testing.assert_allclose(week_mean(part)[0][-1], mean[day])
        np.testing.assert_allclose(cv7(part)[-1], varied[day])


def _samples(metric: str, at: int, value: float) -> Samples:
    column, whose = np.array([at], np.int64), np.zeros(1, np.int32)
    return Samples(metric, column, column, np.zeros(1, np.int16), np.array([value]), whose, [RING])


def _nights():
    for day in range(NIGHTS):
        wake = instant_ns(FIRST) + day * DAY_NS + 7 * HOUR_NS
        begin = wake - 8 * HOUR_NS
        yield SleepSession(f"{day}", begin, wake, 0, RING, [(begin, wake - day % 3 * HOUR_NS // 2, "light")])
        yield _samples("hrv_rmssd", wake - 4 * HOUR_NS, 50.0 + day % 5)
        yield _samples("resting_heart_rate", wake, 52.0 + day % 3)
        yield _samples("respiratory_rate", wake - 3 * HOUR_NS, 14.0 + day % 2 / 5)
        yield _samples("skin_temperature", wake - 2 * HOUR_NS, 34.0 + day % 4 / 10)


@pytest.fixture
def opened(tmp_path, cheap_keys):
    """A vault of sixty nights and a month of check-ins, on the morning after the last."""
    with vault.create(tmp_path / "v", "a long passphrase", clock=lambda: FIRST + timedelta(NIGHTS)) as made:
        made.ingest(_nights())
        for day in range(20, NIGHTS, 2):
            made.checkin((FIRST + timedelta(day)).date(), energy=3 + day % 3 / 2, mood=4)
        yield made


@pytest.mark.parametrize("term", ["hrv", "rhr", "sleep", "resp", "temp", "felt"])
def test_trend_has_the_columns_of_its_contract(opened, term):
    """Every trend has the same columns, by date, its usual inside the range, its band narrower than that."""
    found = opened.trend(term)
    assert list(found.columns) == COLUMNS
    assert found.index.name == "date"
    known = found.dropna(subset=["usual", "band_low"])
    assert len(known) >= 10
    assert (known["low"] <= known["usual"]).all()
    assert (known["usual"] <= known["high"]).all()
    assert (known["band_high"] - known["band_low"] < known["high"] - known["low"] + 1e-9).all()
    assert found["mean7"].notna().any()


def test_trend_shows_what_readiness_compares_with(opened):
    """Value, usual, range and band of a day are those of its reasons, in the unit people see."""
    day = (FIRST + timedelta(NIGHTS - 1)).date()
    lines = {line.term: line for line in opened.readiness(day).contributions}
    for term in ("hrv", "rhr", "sleep", "resp", "temp"):
        row = opened.trend(term).loc[pd.Timestamp(day)]
        line = lines[term]
        told = [row[name] for name in ("value", "usual", "low", "high")]
        assert told == pytest.approx([line.value, line.usual, line.low, line.high])
    row, week = opened.trend("hrv").loc[pd.Timestamp(day)], lines["hrv_trend"]
    assert row[["mean7", "band_low", "band_high"]].tolist() == pytest.approx(
        [week.value, week.low, week.high]
    )
    day = FIRST.date() + timedelta(NIGHTS - 2)
    answers = opened.readiness(day).felt.items.values()
    assert opened.trend("felt").loc[pd.Timestamp(day), "value"] == np.mean(list(answers))


def test_trend_names_streams_and_what_varies(opened):
    """The stream that speaks is named, and the coefficient of variation says what it is of."""
    found = opened.trend("hrv")
    assert set(found["stream"]) == {"Ring: hrv_rmssd (sleep)"}
    assert found.attrs["cv7"] == "of ln HRV"
    assert 0 < found["cv7"].iloc[-1] < 2
    assert opened.trend("temp")["cv7"].isna().all()
    assert set(opened.trend("sleep")["stream"]) == {""}


@pytest.mark.parametrize("term", ["hrv", "sleep", "felt"])
def test_trend_of_some_days_is_a_part_of_the_whole(opened, term):
    """A range gives the rows that the whole has there; days to come have none."""
    first, last = "2026-02-10", "2026-02-20"
    whole = opened.trend(term)
    pd.testing.assert_frame_equal(opened.trend(term, first, last), whole[first:last])
    assert opened.trend(term, "2026-02-27", "2030-01-01").index.max() <= pd.Timestamp("2026-03-01")
    assert opened.trend(term, "2031-01-01").empty


def test_trend_of_nothing_is_empty_and_of_an_unknown_term_an_error(tmp_path, cheap_keys):
    """An empty vault has the columns without rows; a wrong name says which there are."""
    with vault.create(tmp_path / "v", "a long passphrase") as made:
        assert list(made.trend("hrv").columns) == COLUMNS
        assert made.trend("felt").empty
        with pytest.raises(InputError) as caught:
            made.trend("vo2max")
    assert "hrv, rhr, sleep, resp, temp, felt" in caught.value.hint


def test_history_of_some_days_is_a_part_of_the_whole(opened):
    """The history of a range is that of the whole, and its numbers those of the single days."""
    whole = opened.readiness_history()
    first = "2026-02-10"
    pd.testing.assert_frame_equal(opened.readiness_history(first), whole[first:])
    assert opened.readiness_history("2031-01-01").empty
    for day in ("2026-01-05", "2026-02-14"):
        told, row = opened.readiness(day), whole.loc[day]
        assert row["confidence"] == told.confidence
        assert told.band is None if pd.isna(row["band"]) else row["band"] == told.band
        assert np.isnan(row["score"]) if told.score is None else row["score"] == told.score


def test_heartbeats_in_a_vault_become_a_stream(opened):
    """A strap's beats of ten nights are a stream of readiness; nights that the ring tells stay the ring's."""
    strap, rr = Origin("Strap", "polar"), np.tile([920.0, 880.0], 1500)
    length = (rr * 1e6).astype(np.int64)
    for day in range(NIGHTS - 10, NIGHTS):
        end = instant_ns(FIRST) + day * DAY_NS + np.cumsum(length)
        column = np.zeros(len(rr), np.int16), rr, np.zeros(len(rr), np.int32), [strap]
        opened.ingest([Samples("rr_interval", end - length, end, *column)])
    assert opened.readiness("2026-02-28").device.stream.source == "Ring"
    opened.prefer("Strap", "hrv_rmssd")
    told = opened.trend("hrv").loc["2026-02-28"]
    assert told["stream"] == "Strap: hrv_rmssd (sleep: rr)"
    assert told["value"] == pytest.approx(40)


def test_preferred_source_speaks_in_readiness(opened):
    """What the owner prefers is handed on to readiness."""
    assert opened.readiness("2026-02-25").device.stream.source == "Ring"
    extra = [
        _samples("hrv_rmssd", instant_ns(FIRST) + day * DAY_NS + 4 * HOUR_NS, 80.0) for day in range(40, 60)
    ]
    strap = Origin("Strap", "polar")
    opened.ingest([Samples(*(getattr(one, name) for name in one.__slots__[:6]), [strap]) for one in extra])
    assert opened.readiness("2026-02-25").device.stream.source == "Ring"
    opened.prefer("Strap", "hrv_rmssd")
    assert opened.readiness("2026-02-25").device.stream.source == "Strap"
