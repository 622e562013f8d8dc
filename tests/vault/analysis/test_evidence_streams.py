"""Which stream of an export speaks: the one its maker tells of the whole night, of the longest sleep."""

from __future__ import annotations

import csv
import io
import json
import runpy
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import adapters
import vault
from vault.analysis import inputs_from
from vault.analysis.terms import terms
from vault.reading.eras import Measured

pytestmark = pytest.mark.usefixtures("cheap_keys")
MADE, WRITE = (
    SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / f"{n}.py")))
    for n in ("people", "vendor_exports")
)
SOMEBODY = MADE.person(seed=7)


def read(tmp_path, export):
    with vault.create(
        tmp_path / "v",
        "correct horse battery",
        home_zone="Europe/Berlin",
        clock=lambda: datetime(2025, 7, 2, 12, tzinfo=UTC),
    ) as kept:
        kept.ingest(adapters.read(export))
        return inputs_from(Measured(kept), SOMEBODY.days[-1].astype(object))


def whoop(tmp_path, change):
    WRITE.write_whoop(tmp_path / "a.zip", SOMEBODY)
    with zipfile.ZipFile(tmp_path / "a.zip") as old, zipfile.ZipFile(tmp_path / "b.zip", "w") as new:
        for name in old.namelist():
            rows = change(name, list(csv.DictReader(io.StringIO(old.read(name).decode()))))
            text = io.StringIO()
            out = csv.DictWriter(text, list(rows[0]))
            out.writeheader()
            out.writerows(rows)
            new.writestr(name, text.getvalue())
    return read(tmp_path, tmp_path / "b.zip")


def test_recovery_without_scored_sleep_stays_in_its_stream(tmp_path):
    """A recovery whose sleep WHOOP did not score is of the same HRV stream as all others."""

    def change(name, rows):
        for row in rows:
            if (
                name != "workouts.csv"
                and date.fromisoformat(row["Cycle start time"][:10]).toordinal() % 10 == 0
            ):
                row["Asleep duration (min)"] = ""
        return rows

    inputs = whoop(tmp_path, change)
    assert len(inputs.stream) == 1, (inputs.stream, np.isfinite(inputs.lnrmssd).sum(axis=1))


def test_oura_night_mean_speaks_before_its_windows(tmp_path):
    """Where Oura tells the night's mean, it speaks as in daily(), not the mean of the windows' logs."""
    held = WRITE.write_oura(tmp_path / "o.json", SOMEBODY)
    inputs = read(tmp_path, tmp_path / "o.json")
    spoken = np.exp(terms(inputs).vitals["hrv"].value)
    wanted = np.array([held.hrv.get(day, np.nan) for day in inputs.days.astype(object)])
    np.testing.assert_allclose(spoken, wanted, atol=1e-9)


def test_all_day_skin_temperature_is_no_night(tmp_path):
    """Oura's temperature of the whole day does not speak where the night's deviation is known."""
    held = WRITE.write_oura(tmp_path / "o.json", SOMEBODY)
    said = json.loads((tmp_path / "o.json").read_text())
    start = datetime(2024, 11, 4, tzinfo=UTC)
    noise = np.random.default_rng(1).uniform(30, 33, 240 * 144)
    said["temperature"] = {
        "data": [
            {"timestamp": (start + timedelta(minutes=10 * at)).isoformat(), "skin_temp": round(float(one), 2)}
            for at, one in enumerate(noise)
        ]
    }
    (tmp_path / "o.json").write_text(json.dumps(said))
    inputs = read(tmp_path, tmp_path / "o.json")
    spoken = terms(inputs).vitals["temp"].value
    wanted = np.array([held.temp.get(day, np.nan) for day in inputs.days.astype(object)])
    spoken[np.isnan(wanted)] = np.nan
    np.testing.assert_allclose(spoken, wanted, atol=1e-9)


def test_resting_heart_rate_is_that_of_the_longest_sleep(tmp_path):
    """A second sleep of the morning does not put its heart rate in the night's place (readiness.md 4.1)."""
    base = whoop(tmp_path, lambda _, rows: rows)
    (tmp_path / "v").rename(tmp_path / "w")

    def change(name, rows):
        found = []
        for row in rows:
            found.append(row)
            if (
                name in ("physiological_cycles.csv", "sleeps.csv")
                and row.get("Nap", "false") == "false"
                and date.fromisoformat(row["Cycle start time"][:10]).toordinal() % 15 == 0
            ):
                begin = datetime.fromisoformat(row["Wake onset"]) + timedelta(hours=1)
                again = row | {
                    "Cycle start time": str(begin),
                    "Sleep onset": str(begin),
                    "Wake onset": str(begin + timedelta(hours=3, minutes=30)),
                    "Asleep duration (min)": "190",
                    "In bed duration (min)": "210",
                }
                if again.get("Resting heart rate (bpm)"):
                    again["Resting heart rate (bpm)"] = str(int(again["Resting heart rate (bpm)"]) + 10)
                found.append(again)
        return found

    inputs = whoop(tmp_path, change)
    np.testing.assert_allclose(inputs.rhr, base.rhr, atol=1e-9)
