"""The whole of a store comes in an order that follows from what it holds."""

from __future__ import annotations

import numpy as np
import pytest

from vault.records import (
    Document,
    Origin,
    Samples,
    Score,
    SleepSession,
    SourceFile,
    Stream,
    StrengthSet,
    Workout,
)
from vault.store import whole
from vault.store.store import Store
from vault.store.undo import undo
from vault.time import DAY_NS, utc_now

A, B = Origin("A", "x"), Origin("B", "x")
DAY = 20 * 365 * DAY_NS
TOLD = {
    Workout: [Workout(key, DAY, DAY + 1, 0, "running", origin) for key in "ab" for origin in (A, B)],
    Stream: [
        Stream("w", origin, np.array([DAY]), {"power": np.ones(1)}, part)
        for part in "pq"
        for origin in (A, B)
    ],
    SleepSession: [SleepSession(key, DAY, DAY + 1, 0, origin) for key in "ab" for origin in (A, B)],
    StrengthSet: [StrengthSet("w", origin, index, "Squat", DAY, 0) for index in (2, 1) for origin in (B, A)],
    Score: [Score(day, origin, "strain", 1.0) for day in (7_301, 7_300) for origin in (A, B)],
    Document: [Document(kind, "k", A, "text/plain", b"x") for kind in "yx"],
}


@pytest.fixture
def made(tmp_path):
    """Makes stores of imports, each of a list of records."""
    opened = []

    def make(*imports):
        opened.append(Store.create(tmp_path / f"{len(opened)}.db", b"k" * 32))
        for number, records in enumerate(imports):
            opened[-1].ingest(iter(records), adapter="x", version=str(number))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.mark.parametrize("kind", TOLD)
def test_records_come_in_one_order_however_they_were_told(made, kind):
    """One import or one a record, forwards or backwards: the same records in the same order."""
    first = [repr(one) for one in whole.records(made(TOLD[kind]), kind)]
    again = [repr(one) for one in whole.records(made(*([one] for one in reversed(TOLD[kind]))), kind)]
    assert first == again
    assert len(first) == len(TOLD[kind])


def test_records_of_more_than_a_batch_are_all_there(made, monkeypatch):
    """Where records are read a few at a time, none is lost and the order is the same."""
    store = made(TOLD[StrengthSet])
    before = list(whole.records(store, StrengthSet))
    monkeypatch.setattr(whole, "_BATCH", 1)
    assert list(whole.records(store, StrengthSet)) == before


def test_series_are_all_there_also_what_no_reader_looks_at(made):
    """What is in quarantine is a series of its own, with its reach."""
    at, zero = np.array([DAY, DAY + 1]), np.zeros(2, np.int32)
    samples = Samples("heart_rate", at, at + 5, zero.astype(np.int16), np.array([60.0, 999.0]), zero, [A])
    store = made([samples])
    assert [one.metric for one in store.series()] == ["heart_rate"]
    assert whole.series(store) == [
        ("heart_rate", "/min", False, DAY, DAY + 5),
        ("quarantine:heart_rate", "/min", False, DAY + 1, DAY + 6),
    ]


def test_ledger_is_of_the_imports_that_count(made):
    """An import that was taken back is not in it; files stand as they were read."""
    store = made([TOLD[Workout][0], SourceFile("b.xml", 2, "b"), SourceFile("a.xml", 1, "a")], TOLD[Score])
    gone = store.imports()[1].id
    undo(store.connection, gone, home=store.home_zone, clock=utc_now)
    (line,) = whole.ledger(store)
    assert (line.adapter, line.version) == ("x", "0")
    assert [file.name for file in line.files] == ["b.xml", "a.xml"]
