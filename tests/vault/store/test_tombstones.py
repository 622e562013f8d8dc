"""Tombstones: what was erased is known again, what was not is not, and nobody reads from them what it was."""

from __future__ import annotations

import hashlib
import hmac
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.errors import Tampered
from vault.records import Document, Origin, Stream, Workout
from vault.store import tombstones
from vault.store.checks import columns_of
from vault.store.connection import transaction
from vault.store.sparse import record_id
from vault.store.tombstones import QUARTER_NS, Tombstones, tombstone, tombstones_of

KEY = bytes(range(32))
S = 10**9
T = 1_774_000_000 * S // QUARTER_NS * QUARTER_NS
WATCH, PHONE = Origin("Ada’s Watch", "apple_health"), Origin("Phone", "apple_health")
RUN = Workout(
    "key",
    T,
    T + 3600 * S,
    120,
    "running",
    WATCH,
    energy_kcal=300.0,
    hr_mean=150.0,
    details={"statistics": [{"type": "HKQuantityTypeIdentifierHeartRate", "average": "150"}], "place": "in"},
)
TRACK = Stream("key", WATCH, T + np.arange(3) * S, {"heart_rate": np.ones(3), "power": np.ones(3)})


@pytest.fixture(scope="session")
def columns(batch):
    """Return what makes columns of (start, origin), the value being 60."""

    def make(cells, origins=(WATCH, PHONE)):
        rows = [(start, start, 0, 60.0, origin, None, None) for start, origin in cells]
        return columns_of(batch("heart_rate", rows, origins), np.arange(len(origins)), origins, 1)

    return make


def test_tombstone_is_what_the_format_says():
    """A tombstone is HMAC-SHA256 over the canonical JSON of what was erased, cut to 8 bytes."""
    text = json.dumps(["samples", "heart_rate", "Ada’s Watch", 7], separators=(",", ":"))
    expected = hmac.new(KEY, text.encode(), hashlib.sha256).digest()[:8]
    assert tombstone(KEY, "samples", "heart_rate", "Ada’s Watch", 7) == expected


@given(st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 1)), min_size=1, max_size=60))
def test_tombstones_of_rows_are_those_of_their_quarter_hours(columns, cells):
    """There is one for each metric, source and quarter hour, and one for metric and source, and no others."""
    rows = columns([(T + minutes * 60 * S, origin) for minutes, origin in cells])
    of = [("heart_rate", (WATCH, PHONE)[origin].source) for _, origin in cells]
    quarters = [T // QUARTER_NS + minutes // 15 for minutes, _ in cells]
    expected = {tombstone(KEY, "samples", *one) for one in of}
    expected |= {tombstone(KEY, "samples", *one, quarter) for one, quarter in zip(of, quarters, strict=True)}
    hashes = tombstones_of(KEY, "heart_rate", rows)
    assert {hashes[i : i + 1].tobytes() for i in range(len(hashes))} == expected
    assert len(hashes) == len(expected)
    assert Tombstones(KEY, hashes).of_samples("heart_rate", rows).all()


def test_tombstones_cost_one_hash_a_quarter_hour(columns, monkeypatch):
    """A thousand samples of a quarter hour cost one hash; none, where nothing of theirs was erased."""
    calls = []
    digest = hmac.digest
    monkeypatch.setattr(tombstones.hmac, "digest", lambda *given: calls.append(1) or digest(*given))
    rows = columns([(T + i * S // 2, 0) for i in range(1000)])
    known = Tombstones(KEY, tombstones_of(KEY, "heart_rate", rows))
    assert len(calls) == 2
    many = columns([(T + i * QUARTER_NS, 1) for i in range(1000)])
    known.of_samples("heart_rate", many)
    assert len(calls) == 4


def test_of_samples_knows_metric_source_and_quarter_hour(columns):
    """Covered is the quarter hour of one source, whatever the value; not the next one, nor another source."""
    erased = tombstones_of(KEY, "heart_rate", columns([(T + 60 * S, 0)]))
    known = Tombstones(KEY, erased)
    asked = columns([(T, 0), (T + 899 * S, 0), (T + 900 * S, 0), (T - 1, 0), (T, 1)])
    assert known.of_samples("heart_rate", asked).tolist() == [True, True, False, False, False]
    assert not known.of_samples("steps", asked).any()
    assert not Tombstones(bytes(32), erased).of_samples("heart_rate", asked).any()


def test_of_samples_covers_quarantine(columns):
    """What was erased does not come back through the quarantine of values out of range."""
    erased = tombstones_of(KEY, "quarantine:heart_rate", columns([(T, 0)]))
    assert Tombstones(KEY, erased).of_samples("heart_rate", columns([(T, 0)])).all()
    assert Tombstones(KEY, erased).of_samples("quarantine:heart_rate", columns([(T, 0)])).all()


def test_spared_refuses_an_erased_record():
    """A record whose id was erased is refused, one of another id or kind is not."""
    known = Tombstones(KEY, [tombstone(KEY, "record", "workout", record_id(RUN))])
    assert known.spared(RUN) is None
    assert known.spared(TRACK) is TRACK
    note = Document("note", "key", WATCH, "text/plain", b"")
    assert known.spared(note) is note


def test_spared_takes_out_erased_values():
    """A workout that lost its heart rate comes without it again, and keeps the rest."""
    known = Tombstones(KEY, [tombstone(KEY, "field", record_id(RUN), "heart_rate")])
    spared = known.spared(RUN)
    assert (spared.hr_mean, spared.energy_kcal) == (None, 300.0)
    assert spared.details == {"statistics": [], "place": "in"}
    assert known.spared(TRACK) is TRACK


def test_spared_takes_out_erased_columns_of_a_stream():
    """A stream comes without the erased column; where nothing else was in it, not at all."""
    alone = Stream("key", WATCH, TRACK.time, {"heart_rate": np.ones(3)}, part="alone")
    known = Tombstones(KEY, [tombstone(KEY, "field", record_id(one), "heart_rate") for one in (TRACK, alone)])
    assert list(known.spared(TRACK).columns) == ["power"]
    assert known.spared(alone) is None


def test_no_tombstones_refuse_nothing(columns):
    """Where nothing was erased, nothing is looked at."""
    none = Tombstones(KEY)
    assert none.spared(RUN) is RUN
    assert not none.of_samples("heart_rate", columns([(T, 0)])).any()
    assert not none.has("source", "Phone")


def test_write_and_read_give_the_same(new_store):
    """What is stored is read again, of all erasures together; damage is noticed."""
    ends_in_zero = [bytes([1]) * 7 + b"\0", bytes(8)]
    with new_store() as store:
        for erasure, hashes in enumerate([ends_in_zero, [bytes([2]) * 8], []], 1):
            with transaction(store.connection):
                Tombstones(KEY, hashes).write(store.connection, erasure)
        found = Tombstones.read(store.connection, KEY)
        assert found.hashes.tobytes() == bytes(8) + bytes([1]) * 7 + b"\0" + bytes([2]) * 8
        store.connection.execute("UPDATE tombstone SET data = zeroblob(12) WHERE erasure = 2")
        with pytest.raises(Tampered):
            Tombstones.read(store.connection, KEY)
