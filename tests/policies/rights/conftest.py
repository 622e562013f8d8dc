"""A small vault in memory in its owner's hands: something of every kind, some of it awkward."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from vault.moment import range_ns
from vault.records import Device, Document, Origin
from vault.store.columns import Columns
from vault.time import NO_INSTANT, UNKNOWN_OFFSET, parse_instant

WATCH = Origin('Pat\'s Watch, "new"\nline', "apple_health", "11.4", Device("Apple Watch", model="Watch7,1"))
AT = parse_instant("2026-03-28T22:30:00+01:00")[0]
HOUR = 3_600 * 10**9


def series(values, *, codes=None, unit="", notes=(), offset=60):
    """Make one value an hour."""
    count = len(values)
    start = AT + np.arange(count) * HOUR
    return Columns(
        start=start,
        end=start + HOUR // 2,
        recorded=np.where(np.arange(count) % 2, NO_INSTANT, start),
        offset_min=np.full(count, offset, np.int16),
        value=np.array(values, np.float64 if codes is None else np.int32),
        origin=np.zeros(count, np.int32),
        note=np.full(count, -1, np.int32) if not notes else np.zeros(count, np.int32),
        imported=np.zeros(count, np.int32),
        origins=[WATCH],
        notes=list(notes),
        codes=codes,
        unit=unit,
    )


def instants(*ns):
    """Make a column of instants."""
    return pd.DatetimeIndex(np.array(ns, np.int64).view("M8[ns]")).tz_localize("UTC")


@dataclass
class Owner:
    """Implements ``policies.rights.payload.BundleOwner``."""

    stored: dict[str, Columns] = field(
        default_factory=lambda: {
            "heart_rate": series([58, 59.5, 61], unit="/min"),
            "apple:HKThing/../x": series([1], unit="count", offset=UNKNOWN_OFFSET),
            "sleep_stage": series([0, 1], codes=["deep", "rem"], notes=['{"metadata":{"a":"1, \\"2\\""}}']),
        }
    )
    now: datetime = datetime(2026, 4, 5, 8, 0, tzinfo=UTC)
    home_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Berlin"))
    identity_key: bytes = b"i" * 32
    seed: bytes = b"s" * 32

    def clock(self):
        return self.now

    def signing_seed(self):
        return self.seed

    def metrics(self):
        rows = [
            (name, part.unit, len(part), int(part.start[0]), int(part.end[-1]), WATCH.source)
            for name, part in self.stored.items()
        ]
        frame = pd.DataFrame(rows, columns=["metric", "unit", "n", "first", "last", "sources"])
        return frame.assign(first=instants(*frame["first"]), last=instants(*frame["last"]))

    def columns(self, metric, start=None, end=None):
        first, last = range_ns(start, end, self.home_zone)
        part = self.stored[metric]
        return [part.take((part.start >= first) & (part.start < last))]

    def daily(self, metric, start=None, end=None):
        days = pd.date_range("2026-01-01", periods=90, name="date")
        return pd.DataFrame({"value": np.linspace(50, 60, 90)}, index=days)

    def sleep(self, start=None, end=None):
        return pd.DataFrame(
            {
                "session_id": ["s1"],
                "date": pd.to_datetime(["2026-03-29"]),
                "start": instants(AT),
                "end": instants(AT + 8 * HOUR),
                "utc_offset_min": pd.array([60], "Int16"),
                "is_nap": [False],
                "asleep_min": [451.5],
                **{f"{stage}_min": [np.nan] for stage in ("in_bed", "deep", "light", "rem", "awake")},
                "source": [WATCH.source],
            }
        )

    def sleep_stages(self, session_id):
        return pd.DataFrame({"start": instants(AT), "end": instants(AT + HOUR), "stage": ["deep"]})

    def workouts(self, start=None, end=None):
        numbers = ("duration_min", "distance_m", "energy_kcal", "hr_mean", "hr_max", "elevation_gain_m")
        return pd.DataFrame(
            {
                "workout_id": ["w1"],
                "start": instants(AT),
                "end": instants(AT + HOUR),
                "utc_offset_min": pd.array([None], "Int16"),
                "activity": ["running"],
                **{name: [10.0] for name in numbers},
                "source": ["Strava"],
            }
        )

    def streams(self, workout_id):
        return pd.DataFrame({"heart_rate": [120.0, np.nan]}, index=pd.Index([0.0, 1.0], name="elapsed_s"))

    def sets(self, start=None, end=None):
        return pd.DataFrame(columns=["workout_id", "start", "index", "exercise"])

    def scores(self, start=None, end=None):
        day = pd.to_datetime(["2026-03-29"])
        return pd.DataFrame({"date": day, "source": "Oura", "score": "sleep", "value": [81.0], "unit": ""})

    def checkins(self, start=None, end=None):
        return pd.DataFrame({"energy": [4.0]}, index=pd.DatetimeIndex(["2026-03-29"], name="date"))

    def imports(self):
        return pd.DataFrame(
            {
                "import_id": ["1"],
                "adapter": ["a"],
                "at": instants(AT),
                "digests": ["ab" * 32 + ", " + "cd" * 32],
                "undone_at": [pd.NaT],
            }
        )

    def documents(self):
        return [
            Document("ecg", "ecg_2026-03-28.csv", WATCH, "text/csv", b"Name,Pat\n\n1,2\n"),
            Document("clinical", "../../etc/passwd", WATCH, "application/fhir+json", b'{"resourceType":"X"}'),
        ]

    def events(self, kind, after=0):
        if kind == "grant":
            return []
        return [SimpleNamespace(id=7, kind=kind, at=self.now, body={"seq": 1, "head": "00"})]

    def last_event(self, kind):
        return self.events(kind)[-1] if self.events(kind) else None


@pytest.fixture
def owner():
    """An open vault."""
    return Owner()


@pytest.fixture
def bundle(owner, tmp_path):
    """The bundle of that vault."""
    from policies.rights import write_bundle

    path = tmp_path / "bundle.zip"
    write_bundle(owner, path)
    return path
