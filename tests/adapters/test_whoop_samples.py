"""The rebuilt WHOOP exports in two languages, counted by a plain reading of their own."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from adapters.base import Options
from adapters.whoop import ADAPTER
from vault.records import Document, Rejection, Samples, Score, SleepSession, Tally, Workout

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "whoop" / "synthetic"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def plain(path):
    """Return the rows of each table without their header, by name."""
    with zipfile.ZipFile(path) as packed:
        return {
            name: list(csv.reader(io.StringIO(packed.read(name).decode("utf-8-sig"))))[1:]
            for name in packed.namelist()
        }


@pytest.mark.parametrize("name", ["whoop_en.zip", "whoop_de.zip"])
def test_export_is_read_whole(name):
    """Every row is in its file's tally; values are those of the columns, by their place."""
    tables = plain(SAMPLES / name)
    found = list(ADAPTER.read(SAMPLES / name, Options(journal=True)))
    assert {one.file: (one.rows, one.used) for one in of(Tally, found)} == {
        file: (len(rows), len(rows)) for file, rows in tables.items()
    }
    assert not of(Rejection, found)
    wide = {len(rows[0]): rows for rows in tables.values()}
    values = {batch.metric: sorted(batch.value.tolist()) for batch in of(Samples, found)}
    for metric, place in {
        "resting_heart_rate": 4,
        "hrv_rmssd": 5,
        "spo2_avg": 7,
        "total_energy_daily": 9,
    }.items():
        assert values[metric] == sorted(float(row[place]) for row in wide[26] if row[place])
    assert len(of(SleepSession, found)) == len(wide[18])
    assert sum(one.energy_kcal for one in of(Workout, found)) == sum(float(row[8]) for row in wide[20])
    assert len(of(Document, found)) == len(wide[6])


def test_both_languages_say_the_same():
    """The same person's export, asked for twice."""
    english, german = (
        list(ADAPTER.read(SAMPLES / f"whoop_{language}.zip", Options())) for language in ("en", "de")
    )
    for kind in (SleepSession, Workout, Score):
        assert of(kind, english) == of(kind, german)
    assert len(of(Score, english)) == 4 * 3 + 5 * 3
