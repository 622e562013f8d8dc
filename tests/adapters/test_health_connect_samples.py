"""The real database of Android 14 and the rebuilt one of 2026, beside a plain reading by sqlite3."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from adapters.base import Options
from adapters.health_connect import ADAPTER
from vault.records import Rejection, Samples, SleepSession, Stream, StrengthSet, Tally, Workout

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "healthconnect"
REAL = SAMPLES / "set-a/tests/integrationtests/res/raw/healthconnect_staged.db"
SYNTHETIC = SAMPLES / "synthetic" / "health_connect_export.db"
PACKED = SAMPLES / "synthetic" / "Health Connect.zip"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")


def read(path):
    return list(ADAPTER.read(path, Options()))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def values(name, records):
    return [value for one in of(Samples, records) if one.metric == name for value in one.value.tolist()]


@pytest.mark.parametrize("path", [REAL, SYNTHETIC], ids=["version 9", "version 23"])
def test_every_row_of_a_sample_is_counted(path):
    """The tally has as many rows as the tables have, by a reading of its own, and none is rejected."""
    plain = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    names = plain.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    rows = sum(plain.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names.fetchall())
    plain.close()
    records = read(path)
    (tally,) = of(Tally, records)
    assert (tally.rows, tally.rejected, of(Rejection, records)) == (rows, 0, [])
    assert set(tally.left) == {"not-health"}


def test_the_real_database_has_what_android_put_into_it():
    """A body fat of 10 % and two heights of a metre, by the test suite of Android itself."""
    records = read(REAL)
    assert values("body_fat_percentage", records) == [10.0]
    assert values("height", records) == [100.0, 100.0]
    assert {one.origins[at].source for one in of(Samples, records) for at in one.origin} == {
        "android.healthconnect.cts",
        "android.healthconnect.cts (Pixel4a)",
    }


def test_the_rebuilt_export_is_read_in_its_zip():
    """Two apps' steps, grams, calories and watts; a night of eight stages, a run with a route, a gym set."""
    records = read(PACKED)
    assert values("steps", records) == [540.0, 512.0, 60.0]
    assert values("body_mass", records) == [78.2, 78.2]
    assert values("active_energy", records) == [21.11]
    assert values("health_connect:basal_metabolic_rate", records) == [82.3]
    assert values("hrv_rmssd", records) == [41.7]
    (sleep,) = of(SleepSession, records)
    stages = [stage for _, _, stage in sleep.stages]
    assert stages == ["light", "deep", "light", "rem", "awake", "light", "awake", "asleep"]
    assert [one.activity for one in of(Workout, records)] == ["running", "strength_training"]
    assert [len(one.time) for one in of(Stream, records)] == [10]
    assert [(one.exercise, one.repetitions, one.load_kg) for one in of(StrengthSet, records)] == [
        ("squat", 10, 60.0)
    ]
