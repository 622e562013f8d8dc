"""Erasing in the store: all that was asked for goes, nothing else does, and it does not come back."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from itertools import product
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.moment import Span, span
from vault.records import Origin, SourceFile
from vault.store import seals
from vault.store.erase import erase
from vault.store.events import ERASING
from vault.store.ingest import ingest
from vault.store.scope import Asked, Buried
from vault.store.tombstones import QUARTER_NS, Tombstones
from vault.store.undo import undo
from vault.time import DAY_NS, MINUTE_NS, UNKNOWN_OFFSET, day_of_date

KEY = bytes(range(32))
S = 10**9
DAY = day_of_date(date(2026, 3, 28))
T = DAY * DAY_NS
HOME = ZoneInfo("Europe/Berlin")
SOURCES = (Origin("Ada’s Watch", "apple_health", device=None), Origin("Phone", "apple_health"))


def clock() -> datetime:
    """A clock that stands still."""
    return datetime(2026, 6, 1, tzinfo=UTC)


METRICS = ("heart_rate", "steps", "blood_pressure.systolic")

Sample = tuple[str, int, int, int, int, int]
"""metric, minutes after T, seconds, offset, value, source"""

samples = st.tuples(
    st.sampled_from(METRICS),
    st.integers(0, 6 * 1440) | st.integers(40 * 1440, 43 * 1440),
    st.sampled_from([0, 30]),
    st.sampled_from([UNKNOWN_OFFSET, 0, 120, -300, -1080, 1080]),
    st.integers(60, 64),
    st.integers(0, 1),
)
exports = st.lists(samples, max_size=40)
moments = (
    st.none()
    | st.dates(date(2026, 3, 27), date(2026, 5, 12))
    | st.integers(0, 44 * 24).map(
        lambda hours: np.datetime64(T + hours * 3600 * S, "ns").astype("M8[us]").item().isoformat() + "+00:00"
    )
)


@st.composite
def scopes(draw):
    """Some words, at least one."""
    metric = draw(st.none() | st.sampled_from([*METRICS, "blood_pressure"]))
    named = draw(st.none() | st.sampled_from([one.source for one in SOURCES]))
    period = span(draw(moments), draw(moments), HOME)
    run = draw(st.none() | st.integers(1, 2))
    asked = Asked(HOME, metric, named, period, run)
    return Asked(HOME, everything=True) if asked.is_nothing else asked


def batches(batch, export):
    """The export as an adapter gives it."""
    for metric in METRICS:
        rows = [
            (T + minutes * MINUTE_NS + seconds * S,) * 2 + (offset, float(value), source, None, None)
            for name, minutes, seconds, offset, value, source in export
            if name == metric
        ]
        if rows:
            yield batch(metric, rows, SOURCES)


def taken(store, records, name="export.xml"):
    """Import as a vault does: with its tombstones."""
    file = SourceFile(name, 1, hashlib.sha256(name.encode()).hexdigest())
    return ingest(
        store.connection,
        [*records, file],
        adapter="apple_health",
        version="1",
        clock=clock,
        home=HOME,
        identity=KEY,
    )


def gone(store, scope):
    """Erase and return the event's body."""
    number = erase(store.connection, scope, KEY, words={}, home=HOME, clock=clock)
    assert seals.broken(store.connection) == []
    assert store.setting(ERASING) == str(number)
    return store.last_event("erasure").body


def content(store):
    """All samples: (metric, start, source, value)."""
    return {
        (metric, int(start), part.origins[origin].source, int(value))
        for metric in METRICS
        for part in store.columns(metric)
        for start, origin, value in zip(part.start, part.origin, part.value, strict=True)
    }


def identity(sample: Sample):
    """What ``content`` says of a sample."""
    metric, minutes, seconds, _, value, source = sample
    return metric, T + minutes * MINUTE_NS + seconds * S, SOURCES[source].source, value


def days(store):
    """All daily values, with their sources."""
    found = {}
    for metric in METRICS:
        values, names = store.daily(metric)
        for day, value, n, number in zip(values.day, values.value, values.n, values.source_set, strict=True):
            found[metric, int(day)] = float(value), int(n), [names[code] for code in values.sets[number]]
    return found


def is_meant(asked: Asked, sample: Sample, runs: set[int]) -> bool:
    """Whether a sample is in a scope, said once more and one sample at a time."""
    metric, start, source, _ = identity(sample)
    offset = sample[3]
    if asked.metric not in (None, metric, metric.partition(".")[0]):
        return False
    if asked.named not in (None, source) or (asked.run is not None and asked.run not in runs):
        return False
    if offset == UNKNOWN_OFFSET:
        at = (
            np.datetime64(start, "ns")
            .astype("M8[us]")
            .item()
            .replace(tzinfo=ZoneInfo("UTC"))
            .astimezone(HOME)
        )
        offset = int(at.utcoffset().total_seconds() // 60)
    return asked.period.holds(start, (start + offset * MINUTE_NS) // DAY_NS)


@settings(max_examples=30)
@given(first=exports, second=exports, asked=scopes(), later=exports)
def test_erase_takes_what_was_asked_for_and_nothing_else(new_store, batch, first, second, asked, later):
    """What is left is as if the rest had never been, which does not come back; nothing else is refused."""
    told: dict[tuple, list[Sample]] = {}
    for one in [*first, *second]:
        told.setdefault(identity(one), []).append(one)
    runs = {
        one: {run for run, export in ((1, first), (2, second)) if one in map(identity, export)}
        for one in told
    }
    kept = {one for one in told if not any(is_meant(asked, version, runs[one]) for version in told[one])}
    left = [[one for one in export if identity(one) in kept] for export in (first, second)]
    with new_store() as store, new_store() as never:
        for name, export, rest in zip("ab", (first, second), left, strict=True):
            taken(store, batches(batch, export), name)
            taken(never, batches(batch, rest), name)
        body = gone(store, asked)
        assert content(store) == kept
        assert store.digest() == never.digest()
        assert days(store) == days(never)
        assert body["counts"].get("samples", 0) == len(told) - len(kept)

        again = [taken(store, batches(batch, export), name) for name, export in zip("ab", (first, second))]
        assert content(store) == kept
        assert all(report.added == 0 for report in again)

        quarters = {(one[0], one[1] // QUARTER_NS, one[2]) for one in told.keys() - kept}
        taken(store, batches(batch, later), "later")
        welcome = {
            one for one in map(identity, later) if (one[0], one[1] // QUARTER_NS, one[2]) not in quarters
        }
        assert content(store) == kept | welcome


@settings(max_examples=15)
@given(export=exports, asked=scopes())
def test_erase_in_a_restored_vault_by_tombstones(new_store, batch, export, asked):
    """What was erased later is erased in an older state by its tombstones, by quarter hours."""
    with new_store() as current, new_store() as older:
        for store in (current, older):
            taken(store, batches(batch, export))
        gone(current, asked)
        known = Tombstones.read(current.connection, KEY)
        gone(older, Buried(known))
        assert content(older) <= content(current)
        quarters = {
            (m, start // QUARTER_NS, name)
            for m, start, name, _ in {*map(identity, export)} - content(current)
        }
        assert content(older) == {
            one for one in map(identity, export) if (one[0], one[1] // QUARTER_NS, one[2]) not in quarters
        }
        assert Tombstones.read(older.connection, KEY).hashes.tolist() == known.hashes.tolist()


@pytest.fixture
def store(new_store):
    """An empty store at home in Berlin."""
    with new_store() as opened:
        yield opened


def beat(batch, minutes, offset=UNKNOWN_OFFSET, source=0, value=60.0, note=None):
    """One heart beat."""
    start = T + minutes * MINUTE_NS
    return batch("heart_rate", [(start, start, offset, value, source, None, note)], SOURCES)


def test_erase_takes_all_versions_of_a_sample(store, batch):
    """A sample told with two offsets lies on two days; erasing either takes it, and both its notes."""
    for day, offset in product((DAY, DAY + 1), (0, 120)):
        with_offset = [beat(batch, 23 * 60, offset, note=f'{{"at":{offset}}}')]
        taken(store, [beat(batch, 23 * 60, 120 - offset, note='{"at":"other"}')], f"{day}{offset}1")
        taken(store, with_offset, f"{day}{offset}2")
        assert len(content(store)) == 1
        gone(store, Asked(HOME, period=Span(day * DAY_NS, (day + 1) * DAY_NS, day, day)))
        assert content(store) == set()
        assert store.connection.execute("SELECT count(*) FROM version").fetchone() == (0,)
        store.connection.execute("DELETE FROM tombstone")
        seals_renewed(store)


def seals_renewed(store):
    """Forget that the tombstones were deleted behind the store's back."""
    from vault.store.connection import transaction

    with transaction(store.connection) as connection:
        seals.rebuild(connection)


def test_erase_of_a_day_is_of_the_local_day_of_the_record(store, batch):
    """23:30 in New York is on its own day, though in Berlin, and in UTC, it is tomorrow."""
    in_new_york, at_home = 27 * 60 + 30, 23 * 60 + 30
    taken(store, [beat(batch, in_new_york, -240), beat(batch, at_home, UNKNOWN_OFFSET)])
    gone(store, Asked(HOME, period=span(date(2026, 3, 28), date(2026, 3, 28), HOME)))
    assert [start for _, start, _, _ in content(store)] == [T + at_home * MINUTE_NS]


def test_erase_of_an_import_takes_what_others_told_too(store, batch):
    """Erasing an import is no undo: what a later one told as well is gone, and is no longer taken."""
    taken(store, [beat(batch, 1), beat(batch, 2)], "a")
    taken(store, [beat(batch, 2), beat(batch, 60)], "b")
    gone(store, Asked(HOME, run=1))
    assert [start for _, start, _, _ in content(store)] == [T + 60 * MINUTE_NS]
    assert taken(store, [beat(batch, 2)], "c").rejections == {"erased": 1}
    files = [entry.files[0][0] for entry in store.imports()]
    assert files == ["", "b", "c"]


def test_undo_after_an_erasure_leaves_it_erased(store, batch):
    """An import that was partly erased can still be taken back, and then nothing of it is there."""
    taken(store, [beat(batch, 1), beat(batch, 60)], "a")
    gone(store, Asked(HOME, period=span(None, "2026-03-28T00:30:00+00:00", HOME)))
    undo(store.connection, "1", home=HOME, clock=clock)
    assert content(store) == set()
    assert taken(store, [beat(batch, 1), beat(batch, 60)], "a").rejections == {"erased": 1}


def test_erase_of_a_source_forgets_its_name(store, batch):
    """No table knows the name any more: not origins, daily values, aliases, files or the event."""
    store.set_setting("aliases", json.dumps({"Ada’s Watch": "x", "Phone": "strava"}))
    records = [beat(batch, 1), beat(batch, 2, source=1)]
    taken(store, records, "Ada’s Watch 2026.zip")
    gone(store, Asked(HOME, named="Ada’s Watch"))
    assert "Ada" not in dump(store)
    assert json.loads(store.setting("aliases")) == {"Phone": "strava"}
    assert [one.sources for one in store.series()] == [("Phone",)]


def dump(store) -> str:
    """Every cell of every table, frames as what they say."""
    texts = [repr(store.columns(metric)) + repr(store.daily(metric)) for metric in METRICS]
    for (table,) in store.connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table'"
    ).fetchall():
        texts += map(repr, store.connection.execute(f"SELECT * FROM {table}").fetchall())
    return "\n".join(texts)


def test_erase_of_everything_keeps_logs_and_ledger(store, batch):
    """Health data go, check-ins among them; consent, audit and the ledger stay, without names of files."""
    taken(store, [beat(batch, 1)], "Ada.zip")
    store.append_event("checkin", {"day": DAY, "items": {"mood": 3}})
    store.append_event("audit", {"what": "shown"})
    gone(store, Asked(HOME, everything=True))
    assert [event.kind for kind in ("checkin", "audit") for event in store.events(kind)] == ["audit"]
    assert [(entry.id, entry.files[0][0]) for entry in store.imports()] == [("1", "")]
    assert store.series() == []
    assert store.origins() == []


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (Asked(HOME, metric="mood"), [{"pain": True}, {"pain": False}]),
        (Asked(HOME, period=span(date(2026, 3, 28), date(2026, 3, 28), HOME)), [{"mood": 4, "pain": False}]),
        (Asked(HOME, named="Phone"), [{"mood": 3, "pain": True}, {"mood": 4, "pain": False}]),
        (Asked(HOME, everything=True), []),
    ],
)
def test_erase_takes_items_of_checkins(store, asked, left):
    """A metric takes its item, a day its check-in; a source has none."""
    said = [(DAY, {"mood": 3, "pain": True}), (DAY + 1, {"mood": 4, "pain": False})]
    for day, items in said:
        store.append_event("checkin", {"day": day, "items": items})
    gone(store, asked)
    assert [event.body["items"] for event in store.events("checkin")] == left


def test_erase_that_fails_changes_nothing(store, batch, monkeypatch):
    """An error on the way leaves data, log and tombstones as they were."""
    taken(store, [beat(batch, 1)])
    before = dump(store)
    monkeypatch.setattr("vault.store.erase.tidy", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase(store.connection, Asked(HOME, metric="heart_rate"), KEY, words={}, home=HOME, clock=clock)
    assert dump(store) == before
