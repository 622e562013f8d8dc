"""The veto of artefacts: bounds of its error under injected ones, and what it leaves alone."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vault.analysis.hrv import accepted, statistics

RUNS = 8
PUBLISHED = {0.01: -8.3, 0.03: -4.1, 0.05: 0.9}
"""Mean error of RMSSD in percent on pyhrv's long series by the share of artefacts (readiness.md 1.1)."""
BOUND = 8.3
"""The largest of them, which holds on a series of low HRV too."""


def _adjacent(rr: np.ndarray) -> float:
    """RMSSD over pairs of adjacent accepted beats."""
    trusted = accepted(rr)
    return statistics(rr, trusted[1:] & trusted[:-1]).rmssd_ms


def _injected(rr: np.ndarray, rate: float, seed: int) -> np.ndarray:
    """A third of the artefacts miss a beat, a third find one too many, a third are ectopic.

    An extra beat lies at 30-70 % of the interval; an ectopic one comes 20-40 % early, the next as much later.
    """
    rng = np.random.default_rng(seed)
    hit = np.zeros(len(rr), bool)
    hit[rng.choice(len(rr) - 1, round(rate * len(rr)), replace=False)] = True
    out: list[float] = []
    beat = 0
    while beat < len(rr):
        length = float(rr[beat])
        following = float(rr[beat + 1]) if beat + 1 < len(rr) else None
        kind = rng.integers(3) if hit[beat] and following is not None else None
        early = length * rng.uniform(0.2, 0.4)
        at = rng.uniform(0.3, 0.7)
        out += {
            None: [length],
            0: [length + (following or 0)],
            1: [length * at, length * (1 - at)],
            2: [length - early, (following or 0) + early],
        }[kind]
        beat += 2 if kind in (0, 2) else 1
    return np.array(out)


@cache
def _calm() -> np.ndarray:
    """An hour of low HRV: SDNN about 43 ms and RMSSD 15, of beats that wander, breathe and jitter."""
    rng = np.random.default_rng(3)
    wander, keep = np.zeros(4500), np.exp(-1 / 60)
    for beat, step in enumerate(rng.standard_normal(4499), 1):
        wander[beat] = keep * wander[beat - 1] + np.sqrt(1 - keep**2) * step
    breath = np.sin(2 * np.pi * 0.25 * np.cumsum(np.full(4500, 0.85)))
    return 850 + 38 * wander + 16 * breath + 5 * rng.standard_normal(4500)


def _error(rr: np.ndarray, rate: float) -> tuple[float, float]:
    """Mean error of RMSSD in percent, with the veto and without it."""
    true = statistics(rr).rmssd_ms
    runs = [_injected(rr, rate, seed) for seed in range(RUNS)]
    vetoed, raw = ([of(run) / true for run in runs] for of in (_adjacent, lambda x: statistics(x).rmssd_ms))
    return 100 * (np.mean(vetoed) - 1), 100 * (np.mean(raw) - 1)


@pytest.mark.parametrize("rate", PUBLISHED)
def test_rmssd_of_low_hrv_stays_within_its_bound(rate):
    """From 1 to 5 % of artefacts the error stays within 8.3 %, where without a veto it is fivefold."""
    vetoed, raw = _error(_calm(), rate)
    assert abs(vetoed) <= BOUND
    assert raw > 400


@pytest.mark.parametrize("rate", PUBLISHED)
def test_rmssd_of_a_real_series_is_off_about_as_published(samples, rate):
    """On pyhrv's series of high HRV, which holds real artefacts besides, the errors are near the published.

    To 2 points: how an ectopic beat is injected moves them by that much. At 1 % ours is -10.0, more than the
    8.3 of the table: the veto takes 12.3 % off this series before anything is injected, where the table has
    11.8. No reading of the definition (edges, windows of beats or of places, the spread of all beats, one
    pass) has that and the table's 1.9 of the other series at once; this one has the 1.9.
    """
    path = samples / "reference-values" / "pyhrv_SampleNNISeriesLong.csv"
    if not path.is_file():
        pytest.skip("pyhrv's series are not here")
    vetoed, raw = _error(np.loadtxt(path), rate)
    assert vetoed == pytest.approx(PUBLISHED[rate], abs=2)
    assert raw > 50


def test_accepted_leaves_real_recordings_as_they_are(samples):
    """Of 3,245 recordings of phones the median RMSSD does not change; 1 in 11 has over 5 % flagged."""
    path = samples / "welltory" / "set-a" / "data" / "hrv_measurements.csv"
    if not path.is_file():
        pytest.skip("the Welltory recordings are not here")
    with path.open(encoding="utf-8", newline="") as lines:
        recordings = [np.array(row["rr_data"].split(","), float) for row in csv.DictReader(lines)]
    changes = [_adjacent(rr) / statistics(rr).rmssd_ms - 1 for rr in recordings]
    assert np.median(changes) == 0
    flagged = np.mean([1 - accepted(rr).mean() > 0.05 for rr in recordings])
    assert 0.08 <= flagged <= 0.10


def test_accepted_finds_each_kind_of_artefact():
    """Of steady beats, a missed, an extra and an ectopic one are vetoed and no other."""
    rr = np.full(300, 900.0) + np.tile([12.0, -12.0], 150)
    rr[50] = 1790.0
    rr[120:122] = 430.0, 470.0
    rr[200:202] = 660.0, 1140.0
    assert np.flatnonzero(~accepted(rr)).tolist() == [50, 120, 121, 200, 201]


def test_accepted_adapts_to_how_much_a_heart_varies():
    """A step of 12 % is normal for one heart and an artefact for another."""
    rng = np.random.default_rng(0)
    lively, calm = (900 + sd * rng.standard_normal(400) for sd in (45.0, 6.0))
    lively[200] = calm[200] = 900 * 1.12
    assert accepted(lively)[200]
    assert not accepted(calm)[200]


def test_accepted_never_lets_a_third_pass():
    """Whatever the spread, what is 30 % off the median or outside of 300-2000 ms is vetoed."""
    rng = np.random.default_rng(1)
    rr = np.abs(rng.normal(900, 400, 2000))
    kept = rr[accepted(rr)]
    assert kept.min() >= 300
    assert kept.max() <= 2000
    assert accepted(np.array([299.0, 2001.0, 250.0])).tolist() == [False] * 3


@pytest.mark.parametrize("rr", [[], [800.0], [0.0] * 50, [np.nan] * 50, [1e9, -5.0, np.inf]])
def test_accepted_of_odd_input_is_an_answer(rr):
    """Nothing, one beat, zeros, nothing known and nonsense have an answer of their length."""
    found = accepted(np.array(rr, float))
    assert found.tolist() == [value == 800 for value in rr]


@given(rr=hnp.arrays(float, st.integers(0, 250), elements=st.floats(200, 2200)), factor=st.floats(0.9, 1.1))
def test_accepted_does_not_depend_on_the_direction(rr, factor):
    """Read backwards the same beats are vetoed, and a constant series has none."""
    assert np.array_equal(accepted(rr[::-1])[::-1], accepted(rr))
    assert accepted(np.full(len(rr), 800 * factor)).all()
