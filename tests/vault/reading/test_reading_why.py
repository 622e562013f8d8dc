"""What a vendor tells of a whole night or day, from the store to the daily value and its reasons."""

from __future__ import annotations

import numpy as np
import pytest

import vault
from vault.records import Origin, Samples
from vault.time import parse_instant

pytestmark = pytest.mark.usefixtures("cheap_keys")

ACCOUNT, WATCH = Origin("Garmin Connect", "garmin", app="garmin"), Origin("fr965", "garmin", app="garmin")
NOTES = ('{"window":"5min"}', '{"window":"night"}')


def told(origin, metric, start, end, value, note=-1):
    """Return one sample between two instants."""
    (first, offset), (last, _) = parse_instant(start), parse_instant(end)
    return Samples(
        metric,
        np.array([first]),
        np.array([last]),
        np.array([offset], np.int16),
        np.array([value]),
        np.zeros(1, np.int32),
        (origin,),
        note=np.array([note], np.int32),
        notes=NOTES,
    )


@pytest.fixture
def opened(tmp_path):
    """Return a vault that holds a night before, windows of an evening, and steps of a day."""
    night, evening = "2025-03-29T07:00:00+01:00", "2025-03-29T23:00:00+01:00"
    day = "2025-03-29T00:00:00+01:00", "2025-03-30T00:00:00+01:00"
    with vault.create(tmp_path / "v", "a long passphrase", home_zone="Europe/Berlin") as made:
        made.ingest(
            [
                told(ACCOUNT, "hrv_rmssd", night, night, 49.0, 1),
                told(WATCH, "hrv_rmssd", evening, evening, 30.0, 0),
                told(WATCH, "steps", night, evening, 2000.0),
                told(ACCOUNT, "steps_daily", *day, 8500.0),
            ]
        )
        yield made


def test_hrv_of_an_evening_leaves_the_night_before_alone(opened):
    """The windows before midnight are of the next wake date, in the values and in their reasons."""
    assert opened.daily("hrv_rmssd")["value"].tolist() == [49.0, 30.0]
    assert opened.why("hrv_rmssd", "2025-03-29")["source"].tolist() == ["Garmin Connect"]
    assert opened.why("hrv_rmssd", "2025-03-30")["counted"].tolist() == [30.0]


def test_why_names_a_vendors_total_of_the_day(opened):
    """It is shown beside what counts, and is not part of it."""
    why = opened.why("steps", "2025-03-29")
    assert why[["source", "given", "counted"]].to_numpy().tolist() == [
        ["fr965", 2000.0, 2000.0],
        ["Garmin Connect", 8500.0, 0.0],
    ]
    assert opened.daily("steps")["value"].tolist() == [2000.0]
