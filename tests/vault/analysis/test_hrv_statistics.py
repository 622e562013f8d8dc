"""Mean RR, RMSSD, SDNN and pNN50: equal to what others compute, on real and on made series."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.hrv import statistics

_BEAT = np.arange(400)
SERIES = {
    "restful": np.round(820 + 40 * np.sin(0.11 * _BEAT) + 18 * np.cos(1.7 * _BEAT)),
    "steady": np.round(640 + 25 * np.sin(0.05 * _BEAT) + 4 * np.cos(2.1 * _BEAT)),
    "varied": np.round(1050 + 110 * np.sin(0.21 * _BEAT) + 95 * np.cos(1.3 * _BEAT)),
}
NEUROKIT = {
    "restful": (820.0475, 19.3697694855879, 31.059894338855248),
    "steady": (640.7175, 5.003757986250175, 17.71686801555799),
    "varied": (1052.045, 82.8785384181322, 102.8983875987669),
}
"""Mean, RMSSD and SDNN by neurokit2 0.2.13, ``hrv_time``."""


@pytest.mark.parametrize("name", SERIES)
def test_statistics_equal_neurokit(name):
    """Mean, RMSSD and SDNN of a clean series are neurokit2's to 1e-9."""
    found = statistics(SERIES[name])
    np.testing.assert_allclose((found.mean_ms, found.rmssd_ms, found.sdnn_ms), NEUROKIT[name], rtol=1e-9)


@pytest.mark.parametrize("name", SERIES)
def test_statistics_equal_the_neurokit_that_is_here(name):
    """The same of the version installed, where one is."""
    neurokit = pytest.importorskip("neurokit2", reason="compared where it is installed")
    rr = SERIES[name]
    theirs = neurokit.hrv_time({"RRI": rr, "RRI_Time": np.cumsum(rr) / 1000})
    assert statistics(rr).rmssd_ms == pytest.approx(float(theirs["HRV_RMSSD"][0]), abs=1e-9)
    assert statistics(rr).sdnn_ms == pytest.approx(float(theirs["HRV_SDNN"][0]), abs=1e-9)


def test_statistics_equal_the_vendors_on_every_welltory_recording(samples):
    """All 3,245 recordings have the vendor's own mean, SDNN and RMSSD to 0.01 ms, and pNN50 to 0.01 %."""
    path = samples / "welltory" / "set-a" / "data" / "hrv_measurements.csv"
    if not path.is_file():
        pytest.skip("the Welltory recordings are not here")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 3245
    for row in rows:
        found = statistics(np.array(row["rr_data"].split(","), float))
        ours = found.mean_ms, found.sdnn_ms, found.rmssd_ms, found.pnn50
        theirs = [float(row[name]) for name in ("meanrr", "sdnn", "rmssd", "pnn50")]
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=0.01)


def test_statistics_equal_pyhrv(samples):
    """The long series that pyhrv ships has RMSSD 60.523480 and SDNN 85.357210."""
    path = samples / "reference-values" / "pyhrv_SampleNNISeriesLong.csv"
    if not path.is_file():
        pytest.skip("pyhrv's series are not here")
    found = statistics(np.loadtxt(path))
    assert found.rmssd_ms == pytest.approx(60.523480, abs=1e-6)
    assert found.sdnn_ms == pytest.approx(85.357210, abs=1e-6)


def test_statistics_by_hand():
    """Differences of 60, -60 and 20: RMSSD sqrt(7600/3), pNN50 two of three, SDNN with n - 1."""
    found = statistics(np.array([800.0, 860.0, 800.0, 820.0]))
    assert found.rmssd_ms == pytest.approx(np.sqrt(7600 / 3))
    assert found.pnn50 == pytest.approx(200 / 3)
    assert found.sdnn_ms == pytest.approx(np.sqrt(2400 / 3))


def test_statistics_leave_out_pairs_over_a_gap():
    """A difference that is not of adjacent beats counts neither for RMSSD nor for pNN50."""
    found = statistics(np.array([800.0, 810.0, 990.0, 1000.0]), np.array([True, False, True]))
    assert found.rmssd_ms == pytest.approx(10)
    assert found.pnn50 == 0


@pytest.mark.parametrize("beats", [0, 1])
def test_statistics_of_too_few_beats_are_unknown(beats):
    """No pair of beats has no RMSSD and one beat no spread: unknown, not 0."""
    found = statistics(np.full(beats, 800.0))
    assert np.isnan([found.rmssd_ms, found.sdnn_ms, found.pnn50]).all()
    assert np.isnan(found.mean_ms) == (beats == 0)


@given(rr=st.lists(st.floats(300, 2000), min_size=3, max_size=60), factor=st.floats(0.5, 1.5))
def test_statistics_scale_with_the_intervals(rr, factor):
    """Twice the intervals are twice mean, RMSSD and SDNN, and backwards they are the same."""
    one, scaled, back = (
        statistics(series) for series in (np.array(rr), factor * np.array(rr), np.array(rr)[::-1])
    )
    for name in ("mean_ms", "rmssd_ms", "sdnn_ms"):
        assert getattr(scaled, name) == pytest.approx(factor * getattr(one, name), abs=1e-6)
        assert getattr(back, name) == pytest.approx(getattr(one, name), abs=1e-6)
