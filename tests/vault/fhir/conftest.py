"""A vault in memory, as the FHIR room sees one: columns as given, tables as given."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from vault.merge.nights import Night
from vault.moment import range_ns
from vault.records import Device, Origin, Stream
from vault.store.columns import Columns
from vault.time import NO_INSTANT, parse_instant

WATCH = Origin(
    "Pat's Apple Watch",
    "apple_health",
    version="11.4",
    device=Device("Apple Watch", "Apple Inc.", "Watch7,1", "Watch7,1", "11.4"),
)
BERLIN = ZoneInfo("Europe/Berlin")
PHONE = Origin("Télé 100 %s", "apple_health")

_TABLES = {
    "workouts": "workout_id start end utc_offset_min activity duration_min distance_m energy_kcal hr_mean "
    "hr_max elevation_gain_m source also_in",
    "sets": "workout_id start index exercise set_type repetitions load_kg per_side duration_s rpe source",
    "imports": "import_id adapter at digests",
    "carried": "adapter at digests",
}


@dataclass
class FakeVault:
    """Implements ``vault.fhir.Source``."""

    series: dict[str, list[Columns]] = field(default_factory=dict)
    tables: dict[str, list[dict]] = field(default_factory=dict)
    sleeps: list[Night] = field(default_factory=list)
    streams: dict[str, list[Stream]] = field(default_factory=dict)
    home_zone: ZoneInfo = BERLIN
    identity_key: bytes = b"k" * 32

    def metrics(self):
        rows = [
            {
                "metric": name,
                "unit": parts[0].unit,
                "n": sum(len(part) for part in parts),
                "first": min(part.start.min() for part in parts),
                "last": max(part.start.max() for part in parts),
            }
            for name, parts in self.series.items()
        ]
        frame = pd.DataFrame(rows, columns=["metric", "unit", "n", "first", "last"])
        return frame.assign(first=_instants(frame["first"]), last=_instants(frame["last"]))

    def columns(self, metric, start=None, end=None):
        first, last = range_ns(start, end, self.home_zone)
        for part in self.series[metric]:
            inside = np.ones(len(part), bool)
            inside &= True if first is None else part.start >= first
            inside &= True if last is None else part.start < last
            if inside.any():
                yield part.take(inside)

    def _table(self, name):
        frame = pd.DataFrame(self.tables.get(name, []), columns=_TABLES[name].split())
        instants = {column: _instants(frame[column]) for column in ("start", "end", "at") if column in frame}
        return frame.assign(**instants)

    def nights(self, start=None, end=None):
        return self.sleeps

    def workouts(self, start=None, end=None):
        return self._table("workouts")

    def sets(self, start=None, end=None):
        return self._table("sets")

    def imports(self):
        return self._table("imports").assign(undone_at=pd.NaT)

    def carried_imports(self):
        return self._table("carried")

    def streams_of(self, workout_ids):
        return {wanted: self.streams[wanted] for wanted in workout_ids if wanted in self.streams}


def _instants(ns):
    return pd.to_datetime(pd.Series(np.asarray(ns, np.int64)), utc=True)


def columns(rows, *, origins=(WATCH,), notes=(), codes=None, unit=""):
    """Build columns from (start, end or None, value, origin, note) rows; times as ISO text."""
    start, offset = zip(*(parse_instant(row[0]) for row in rows))
    end = [parse_instant(row[1])[0] if row[1] else at for row, at in zip(rows, start)]
    coded = [codes.index(row[2]) for row in rows] if codes is not None else None
    filled = [(*row, 0, -1)[:5] if len(row) == 3 else (*row, -1)[:5] for row in rows]
    return Columns(
        start=np.array(start, np.int64),
        end=np.array(end, np.int64),
        recorded=np.full(len(rows), NO_INSTANT, np.int64),
        offset_min=np.array(offset, np.int16),
        value=np.array([row[2] for row in rows], np.float64) if coded is None else np.array(coded, np.int32),
        origin=np.array([row[3] for row in filled], np.int32),
        note=np.array([row[4] for row in filled], np.int32),
        imported=np.zeros(len(rows), np.int32),
        origins=list(origins),
        notes=list(notes),
        codes=codes,
        unit=unit,
    )


def night(start, end, stages=(), **said):
    """Build a sleep; times as ISO text, minutes None where they are not said."""
    minutes = dict.fromkeys(f"{name}_min" for name in ("asleep", "in_bed", "deep", "light", "rem", "awake"))
    begin, offset = parse_instant(start)
    told = {"session_id": "s1", "source": WATCH.source, "date": 0, "is_nap": False, "left_out": ()}
    return Night(
        start=begin,
        end=parse_instant(end)[0],
        **{"offset_min": offset, "stages": list(stages), **told, **minutes, **said},
    )


@pytest.fixture(scope="session")
def made():
    """``made.vault(...)`` builds a vault, ``made.columns(...)`` columns."""

    class Made:
        vault = FakeVault

    Made.columns = staticmethod(columns)
    Made.night = staticmethod(night)
    Made.ns = staticmethod(lambda text: parse_instant(text)[0])
    Made.watch, Made.phone = WATCH, PHONE
    return Made
