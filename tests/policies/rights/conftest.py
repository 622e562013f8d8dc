"""A small vault in memory in its owner's hands: something of every kind, some of it awkward."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from vault.merge.nights import Night
from vault.moment import range_ns
from vault.records import (
    Device,
    Document,
    LedgerLine,
    Origin,
    Score,
    SleepSession,
    SourceFile,
    Stream,
    StrengthSet,
    Workout,
)
from vault.store.columns import Columns
from vault.store.whole import StoredSeries
from vault.time import NO_INSTANT, UNKNOWN_OFFSET, parse_instant

WATCH = Origin('Pat\'s Watch, "new"\nline', "apple_health", "11.4", Device("Apple Watch", model="Watch7,1"))
AT = parse_instant("2026-03-28T22:30:00+01:00")[0]
HOUR = 3_600 * 10**9
NEVER = 2**63 - 1


KEPT = {
    Workout: [Workout("w1", AT, AT + HOUR, 60, "running", WATCH, 10.0, details={"laps": [1, {"b": None}]})],
    SleepSession: [SleepSession("s1", AT, AT + HOUR, UNKNOWN_OFFSET, WATCH, ((AT, AT + 1, "deep"),), False)],
    StrengthSet: [StrengthSet("w1", WATCH, 1, "Bench Press", AT, 60, repetitions=8, load_kg=60.0)],
    Score: [Score(20_541, WATCH, "sleep_score", 81.0), Score(20_541, WATCH, "daily_distance", 5.0, "km")],
    Stream: [
        Stream(
            "w1", WATCH, AT + np.arange(2), {"power": np.array([np.nan, np.inf]), "a": np.array([1.5, -0.0])}
        ),
        Stream("w2", WATCH, np.empty(0, np.int64), {"speed": np.empty(0)}, "lap 1"),
    ],
    Document: [
        Document("ecg", "ecg_2026-03-28.csv", WATCH, "text/csv", b"Name,Pat\n\n1,2\n", AT, 60),
        Document("clinical", "../../etc/passwd", WATCH, "application/fhir+json", b'{"resourceType":"X"}'),
    ],
}


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
    kept: dict[type, list] = field(default_factory=lambda: {kind: list(told) for kind, told in KEPT.items()})
    logs: list[SimpleNamespace] = field(default_factory=list)

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
        after = part.start >= (0 if first is None else first)
        return [part.take(after & (part.start < (NEVER if last is None else last)))]

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

    def nights(self, start=None, end=None):
        stages, minutes = [(AT, AT + HOUR, "deep")], (451.5, 480.0, None, None, None, None)
        return [Night("s1", WATCH.source, AT, AT + 8 * HOUR, 60, 20_541, stages, *minutes, False, ())]

    def streams_of(self, workout_ids):
        return {}

    def carried_imports(self):
        return self.imports().iloc[:0]

    def sleep_stages(self, session_id):
        return pd.DataFrame({"start": instants(AT), "end": instants(AT + HOUR), "stage": ["deep"]})

    def workouts(self, start=None, end=None):
        numbers = ("duration_min", "distance_m", "energy_kcal", "hr_mean", "hr_max", "elevation_gain_m")
        return pd.DataFrame(
            {
                "workout_id": ["w1"],
                "date": pd.to_datetime(["2026-03-28"]),
                "start": instants(AT),
                "end": instants(AT + HOUR),
                "utc_offset_min": pd.array([None], "Int16"),
                "activity": ["running"],
                **{name: [10.0] for name in numbers},
                "source": ["Strava"],
            }
        )

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

    def stored_series(self):
        return [
            StoredSeries(name, part.unit, part.codes is not None, int(part.start[0]), int(part.end.max()))
            for name, part in sorted(self.stored.items())
        ]

    def records(self, kind):
        return iter(self.kept.get(kind, ()))

    def ledger(self):
        return [LedgerLine(AT, "apple_health", "1", [SourceFile("export.xml", 9, "ab" * 32)])]

    def aliases(self):
        return {"Pat's app": "strava"}

    def preferences(self):
        day = pd.to_datetime(["2026-03-01"])
        return pd.DataFrame({"source": "Oura", "metric": [None], "start": day, "end": [pd.NaT]})

    def readiness_history(self, start=None, end=None):
        return pd.DataFrame({"score": [71.5, np.nan]}, index=self._days("2026-03-29", 2))

    def load(self, start=None, end=None):
        return pd.DataFrame({"load": [50.0] * 8}, index=self._days("2026-03-29", 8))

    def _days(self, first, count):
        return pd.date_range(first, periods=count, name="date")

    def events(self, kind, after=0):
        return [event for event in self.logs if event.kind == kind and event.id > after]

    def last_event(self, kind):
        return self.events(kind)[-1] if self.events(kind) else None

    def append_events(self, lines):
        first = len(self.logs) + 1
        for number, (kind, body, _) in enumerate(lines, first):
            self.logs.append(SimpleNamespace(id=number, kind=kind, at=self.now, body=body))
        return list(range(first, len(self.logs) + 1))


REFUSED = {
    "method": "daily",
    "grantee": "a-stranger",
    "purpose": "coaching",
    "decision": "deny",
    "items": [{"metric": "steps", "action": "daily"}],
    "reason": "no-grant",
}


@pytest.fixture
def owner():
    """An open vault, which somebody asked in vain."""
    from policies import audit

    held = Owner()
    audit.append(held, REFUSED)
    return held


@pytest.fixture
def bundle(owner, tmp_path):
    """The bundle of that vault."""
    from policies.rights import write_bundle

    path = tmp_path / "bundle.zip"
    write_bundle(owner, path)
    return path
