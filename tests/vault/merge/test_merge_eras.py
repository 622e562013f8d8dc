"""Device eras: source, device and method; whatever the order samples came in."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.merge.eras import BASELINED, Era, device_name, eras, most_of_days
from vault.metrics import find
from vault.records import Device, Origin

OLD = Device("Apple Watch", "Apple", "Watch", "Watch5,1", "8.0")
NEW = Device("Apple Watch", "Apple", "Watch", "Watch7,2", "11.1")
NAME = "Pat’s Apple Watch"
ORIGINS = [
    Origin(NAME, "apple_health", device=OLD),
    Origin(NAME, "apple_health", device=Device("Apple Watch", "Apple Inc.", "Watch", "Watch5,1", "8.7")),
    Origin(NAME, "apple_health", device=NEW),
    Origin(NAME, "apple_health"),
    Origin("Ring", "oura"),
]
NOTES = ['{"window":"night"}', '{"window":"5min"}', '{"beats":12}']


def told(rows):
    """Return the eras of (start, origin, note)."""
    start, origin, note = np.array(rows or np.empty((0, 3)), np.int64).T
    columns = (start, start + 1, origin.astype(np.int32), note.astype(np.int32))
    return eras("hrv_rmssd", *columns, origins=ORIGINS, notes=NOTES)


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (None, ""),
        (Device(), ""),
        (OLD, "Watch Watch5,1"),
        (Device("Apple Watch", "Apple Inc.", "Watch", "Watch5,1", "9.6"), "Watch Watch5,1"),
        (Device("Pat’s new name", "Garmin", "Forerunner 265"), "Forerunner 265"),
        (Device("H10", "Polar", "H10", "H10"), "H10"),
        (Device("Charge 5", "Fitbit"), "Charge 5"),
        (Device(manufacturer="Dexcom"), "Dexcom"),
        (Device(model="Forerunner\u00a0265 "), "Forerunner 265"),
    ],
)
def test_device_is_what_it_is(device, expected):
    """Model and hardware say what a device is; a new name, a maker's spelling and software change nothing."""
    assert device_name(device) == expected


def test_new_watch_under_an_old_name_is_an_era():
    """The source keeps its name and the device changes: two eras, and software does not count."""
    found = told([(5, 2, -1), (1, 0, -1), (2, 1, 2), (9, 2, -1)])
    assert found == [
        Era("hrv_rmssd", NAME, "Watch Watch5,1", "", 1, 3, 2),
        Era("hrv_rmssd", NAME, "Watch Watch7,2", "", 5, 10, 2),
    ]


def test_method_and_silence_are_eras():
    """Windows and nights of one device are two eras, and a device nobody names is one of its own."""
    found = told([(1, 4, 1), (2, 4, 0), (3, 4, 1), (4, 3, -1), (5, 0, -1)])
    assert [(one.source, one.device, one.method, one.n) for one in found] == [
        (NAME, "", "", 1),
        (NAME, "Watch Watch5,1", "", 1),
        ("Ring", "", "5min", 2),
        ("Ring", "", "night", 1),
    ]


def test_no_samples_have_no_eras():
    """Of nothing there is none."""
    assert told([]) == []


@pytest.mark.parametrize("metric", BASELINED)
def test_metrics_with_baselines_are_in_the_catalogue(metric):
    """Every metric listed as having a baseline exists."""
    assert find(metric) is not None


rows = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 4), st.integers(-1, 2)), max_size=30)


@given(rows, st.data())
def test_eras_in_any_order(found, data):
    """Eras do not depend on the order of samples, and hold each once."""
    whole = told(found)
    assert told(data.draw(st.permutations(found))) == whole
    assert sum(era.n for era in whole) == len(found)
    assert len({(era.source, era.device, era.method) for era in whole}) == len(whole)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), max_size=30), st.data())
def test_most_of_days_is_what_most_samples_say(found, data):
    """Of each day and source the label of most samples, of equals the lowest, in whatever order they came."""
    mixed = data.draw(st.permutations(found))
    columns = np.array(mixed or np.empty((0, 3)), np.int32).T
    told = list(zip(*(column.tolist() for column in most_of_days(*columns))))
    expected = []
    for day, source in sorted({row[:2] for row in found}):
        counts = Counter(row[2] for row in found if row[:2] == (day, source))
        expected.append((day, source, min(counts, key=lambda label: (-counts[label], label))))
    assert told == expected
