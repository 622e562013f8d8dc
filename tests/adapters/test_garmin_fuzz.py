"""Whatever stands in Garmin's fields, rows are values or reasons, never a crash."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Options
from adapters.garmin import ADAPTER
from adapters.garmin.tables import activity_fields, fields_of, kinds
from vault.records import Samples, Score, SleepSession, Workout
from vault.time import UNKNOWN_OFFSET, zone

NAMES = {
    "day": "UDSFile_1_2.json",
    "sleep": "1_2_7_sleepData.json",
    "health": "7_healthStatusData.json",
    "readiness": "TrainingReadinessDTO_1_2_7.json",
    "max_met": "MetricsMaxMetData_1_2_7.json",
    "load": "MetricsAcuteTrainingLoad_1_2_7.json",
    "body": "7_userBioMetrics.json",
    "activities": "x_summarizedActivities.json",
}
TIMES = st.sampled_from(
    [
        "2025-03-29",
        "2025-03-29T07:00:00.0",
        "1970-01-01",
        "2199-12-31",
        0,
        1_743_206_400_000,
        7_258_118_399_999,
    ]
) | st.builds(lambda day: {"date": f"Mar {day}, 2025 12:00:00 AM"}, st.integers(0, 40))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | TIMES
ANY = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
SLEEPS = {"sleepStartTimestampGMT", "sleepEndTimestampGMT", "sleepWindowConfirmationType", "napList"}
ACTIVITIES = {
    "activityId",
    "activityType",
    "parent",
    "childIds",
    "startTimeGmt",
    "beginTimestamp",
    "startTimeLocal",
}


def keys_of(name):
    kind = next(kind for kind in kinds() if kind.name == name)
    paths = [kind.date, kind.instant, kind.order, *(key for pair in kind.pairs for key in pair), *kind.note]
    paths += [field.path for field in fields_of(name)]
    keys = {path.split("|")[0].split(".")[0] for path in paths if path}
    keys |= {"sleep": SLEEPS, "activities": ACTIVITIES | {field.key for field in activity_fields()}}.get(
        name, set()
    )
    return sorted(keys)


def row(name):
    return st.dictionaries(st.sampled_from(keys_of(name)), ANY | TIMES, max_size=12)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([None, "Europe/Berlin", "Pacific/Apia"]))
def test_garmin_with_anything_in_its_fields(name, data, home):
    """Records are finite, in order of time and of possible offsets; what is none of that is a reason."""
    rows = data.draw(st.lists(row(name), min_size=1, max_size=4))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, NAMES[name]).write_text(json.dumps(rows))
        options = Options(zone(home) if home else None)
        for record in ADAPTER.read(Path(folder), options):
            if isinstance(record, Samples):
                assert (record.start <= record.end).all()
                assert record.codes or np.isfinite(record.value).all()
            elif isinstance(record, Score):
                assert np.isfinite(record.value)
            elif isinstance(record, (SleepSession, Workout)):
                assert record.start <= record.end
                assert record.offset_min == UNKNOWN_OFFSET or abs(record.offset_min) <= 14 * 60
                json.dumps(record.details, allow_nan=False)
