"""Device eras of a vault: who measured when with what, and a usual that is learned anew with a new device."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

import vault
from vault.analysis import inputs_from, readiness_at, readiness_history
from vault.errors import UnknownMetric
from vault.reading.eras import Measured
from vault.records import Device, Origin, Samples, SleepSession
from vault.time import DAY_NS, HOUR_NS, instant_ns

pytestmark = pytest.mark.usefixtures("cheap_keys")

NAME = "Pat’s Watch"
OLD = Origin(NAME, "apple_health", "8.0", Device("Apple Watch", "Apple", "Watch", "Watch5,1", "8.0"))
UPDATED = replace(OLD, version="9.1", device=Device("Apple Watch", "Apple Inc.", "Watch", "Watch5,1", "9.1"))
NEW = Origin(NAME, "apple_health", "11.0", Device("Apple Watch", "Apple Inc.", "Watch", "Watch7,2", "11.0"))
RING = Origin("Ring", "oura")
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
SWITCH = 30


def nights(origin, first, last, *, hrv=50.0, pulse=52.0, metric="hrv_sdnn", note=None):
    """Return the nights from the first day to before the last: sleep, HRV within, resting heart rate."""
    for day in range(first, last):
        wake = instant_ns(FIRST) + day * DAY_NS + 7 * HOUR_NS
        yield SleepSession(f"{day}", wake - 8 * HOUR_NS, wake, 0, RING, [(wake - 8 * HOUR_NS, wake, "light")])
        yield batch(metric, wake - 4 * HOUR_NS, hrv + day % 5, origin, note)
        yield batch("resting_heart_rate", wake + HOUR_NS, pulse + day % 3, origin)


def batch(metric, at, value, origin, note=None):
    """Return one sample at an instant."""
    column = np.array([at], np.int64)
    noted = {} if note is None else {"note": np.zeros(1, np.int32), "notes": [note]}
    whose = np.zeros(1, np.int32)
    return Samples(metric, column, column, np.zeros(1, np.int16), np.array([value]), whose, [origin], **noted)


def day(number):
    """Return a date."""
    return (FIRST + timedelta(number)).date()


@pytest.fixture
def opened(tmp_path):
    """An empty vault in UTC, two months after the first night."""
    with vault.create(tmp_path / "v", "a long passphrase", clock=lambda: FIRST + timedelta(60)) as made:
        yield made


def switched():
    """Return a month of one watch and two weeks of the next, which tells other numbers, under one name."""
    return [*nights(OLD, 0, SWITCH), *nights(NEW, SWITCH, SWITCH + 14, hrv=70.0, pulse=48.0)]


def test_eras_are_listed(opened):
    """The owner sees each device of a name, from when to when, with how many samples."""
    opened.ingest(switched())
    told = opened.eras("hrv_sdnn")
    assert list(told.columns) == ["metric", "source", "device", "method", "first", "last", "n"]
    assert told[["source", "device", "n"]].values.tolist() == [
        [NAME, "Watch Watch5,1", 30],
        [NAME, "Watch Watch7,2", 14],
    ]
    assert told["first"].tolist() == [
        pd.Timestamp("2026-03-01T03:00Z"),
        pd.Timestamp("2026-03-31T03:00Z"),
    ]
    assert set(opened.eras()["metric"]) == {"hrv_sdnn", "resting_heart_rate"}
    assert opened.eras("steps").empty
    with pytest.raises(UnknownMetric):
        opened.eras("no such metric")


def test_new_watch_begins_a_baseline_of_its_own(opened):
    """The first mornings of a new watch are not judged by the old one's numbers, and it is said why."""
    opened.ingest(switched())
    assert opened.readiness(day(SWITCH - 1)).score is not None
    for nights_of_it in range(7):
        told = opened.readiness(day(SWITCH + nights_of_it))
        assert told.score is None
        assert told.label == f"collecting, {nights_of_it} of 7"
        reason = (
            "measured with another device or in another way since 2026-03-31: its usual is being learned, "
            f"{nights_of_it} of 7 nights"
        )
        missing = {one.term: one.reason for one in told.missing}
        assert missing["hrv"] == missing["rhr"] == reason
        assert "since 2026-03-31" in told.reasons[0]
    settled = opened.readiness(day(SWITCH + 7))
    assert settled.device.stream.device == "Watch Watch7,2"
    assert abs(settled.score - 60) < 15  # +40 % HRV is a new watch, not a good morning


def test_old_watch_beside_the_new_one_speaks_until_the_new_one_is_learned(opened):
    """While both are worn, the one whose usual is known longest speaks."""
    opened.ingest([*nights(OLD, 0, SWITCH + 14), *nights(NEW, SWITCH, SWITCH + 14, hrv=70.0)])
    assert opened.readiness(day(SWITCH + 3)).device.stream.device == "Watch Watch5,1"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"origin": OLD, "metric": "hrv_sdnn"}, {"origin": OLD, "metric": "hrv_rmssd"}),
        ({"origin": RING, "metric": "hrv_rmssd"}, {"origin": OLD, "metric": "hrv_rmssd"}),
        (
            {"origin": RING, "metric": "hrv_rmssd", "note": '{"window":"5min"}'},
            {"origin": RING, "metric": "hrv_rmssd", "note": '{"window":"night"}'},
        ),
    ],
    ids=["RMSSD after SDNN", "watch after ring", "whole nights after five minutes"],
)
def test_new_method_begins_a_baseline_of_its_own(opened, before, after):
    """A change of the statistic, of the kind of device and of the window are changes of the stream."""
    opened.ingest([*nights(first=0, last=SWITCH, **before), *nights(first=SWITCH, last=SWITCH + 3, **after)])
    missing = {one.term: one.reason for one in opened.readiness(day(SWITCH)).missing}
    assert missing["hrv"].startswith("measured with another device or in another way since 2026-03-31")


def test_update_and_respelling_of_a_watch_change_nothing(opened):
    """The software and the maker's spelling change under one baseline."""
    opened.ingest([*nights(OLD, 0, 20), *nights(UPDATED, 20, 40)])
    told = opened.readiness(day(39))
    assert told.device.baseline_nights == 39
    assert len(opened.eras("hrv_sdnn")) == 1


@pytest.mark.parametrize("origin", [OLD, RING])
@pytest.mark.parametrize("note", [None, '{"window":"night"}'])
def test_one_device_is_read_as_if_there_were_no_eras(opened, origin, note):
    """With one device and one method every morning is what it is without eras, but for the stream's name."""
    opened.ingest([*nights(origin, 0, 25, note=note), *nights(origin, 31, 45, note=note)])
    plain, measured = inputs_from(opened, day(44)), inputs_from(Measured(opened), day(44))
    for name in ("lnrmssd", "rhr", "tst_min", "resp", "temp", "load"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(measured, name))
    named = replace(measured, stream=plain.stream)
    assert readiness_history(named, day(0), day(44)) == readiness_history(plain, day(0), day(44))
    assert [replace(one, device=None, window="") for one in measured.stream] == [
        replace(one, window="") for one in plain.stream
    ]


def test_order_of_imports_does_not_matter(tmp_path):
    """Whichever watch's export comes first, eras and readiness are the same."""
    parts = [list(nights(OLD, 0, 20)), list(nights(UPDATED, 20, SWITCH)), list(nights(NEW, SWITCH, 44))]
    told = []
    for number, order in enumerate(permutations(parts)):
        with vault.create(
            tmp_path / f"{number}", "a long passphrase", clock=lambda: FIRST + timedelta(60)
        ) as made:
            for part in order:
                made.ingest(part)
            told.append((made.eras().to_csv(), made.readiness(day(33)), made.readiness(day(43))))
    assert all(one == told[0] for one in told)


def test_new_watch_does_not_change_mornings_before_it(opened):
    """What was said on the old watch's mornings is said again, hashes included, when the new one has come."""
    opened.ingest(nights(OLD, 0, SWITCH))
    before = opened.readiness(day(SWITCH - 1))
    opened.ingest(nights(NEW, SWITCH, SWITCH + 14))
    after = inputs_from(Measured(opened), day(SWITCH + 13))
    assert before == opened.readiness(day(SWITCH - 1))
    assert readiness_at(after, day(SWITCH - 1)).inputs_sha256 == before.inputs_sha256
