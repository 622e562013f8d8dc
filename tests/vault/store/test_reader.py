"""Reading: ranges, sources and units as asked, nothing told of others, one state at a time."""

from __future__ import annotations

import numpy as np
import pytest

from vault.errors import ReadOnly
from vault.records import Document, Workout
from vault.store import chunks, sparse
from vault.store import ingest as ingest_module
from vault.store.store import Store

S = 10**9
T = 1_774_000_000 * S


def every_day(count: int, origin: int = 0) -> list[tuple]:
    """A sample a day, each with another value and note."""
    return [
        (T + i * 86_400 * S, T + i * 86_400 * S, 60, 60.0 + i, origin, None, f'{{"day":{i}}}')
        for i in range(count)
    ]


@pytest.fixture
def store(new_store):
    """An empty store."""
    with new_store() as opened:
        yield opened


def test_columns_take_what_starts_in_the_range(store, batch):
    """The start is within, the end is not; a range without samples and an unknown metric give no parts."""
    store.ingest([batch("heart_rate", every_day(100))])
    (part,) = store.columns("heart_rate", T + 86_400 * S, T + 95 * 86_400 * S)
    assert part.value.tolist() == [60.0 + i for i in range(1, 95)]
    assert [part.notes[number] for number in part.note] == [f'{{"day":{i}}}' for i in range(1, 95)]
    assert part.unit == "/min"
    assert store.columns("heart_rate", T + 1, T + S) == store.columns("steps") == []


def test_columns_tell_only_the_origins_they_have(store, batch, origins):
    """Neither a source filter nor a range lets the names of other sources out."""
    store.ingest([batch("heart_rate", [*every_day(3), *every_day(3, 1)]), batch("steps", every_day(3))])
    assert [list(part.origins) for part in store.columns("steps")] == [[origins[0]]]
    (part,) = store.columns("heart_rate", source=origins[1].source)
    assert (list(part.origins), part.origin.tolist()) == ([origins[1]], [0, 0, 0])
    assert store.columns("heart_rate", source="nobody") == []


def test_columns_give_codes(store, batch):
    """A coded metric has indices of its codes, joined over months."""
    rows = [(start, end, 60, i % 3, 0, None, None) for i, (start, end, *_) in enumerate(every_day(70))]
    store.ingest([batch("sleep_stage", rows, codes=["deep", "light", "rem"])])
    (part,) = store.columns("sleep_stage")
    assert [part.codes[code] for code in part.value] == ["deep", "light", "rem"] * 23 + ["deep"]


def test_series_say_what_there_is(store, batch, origins):
    """Number, first start, last end and sources of each series."""
    rows = every_day(40)
    store.ingest(
        [
            batch("heart_rate", [*rows, *every_day(1, 1)]),
            batch("steps", [(*rows[3][:1], rows[3][0] + S, *rows[3][2:])]),
        ]
    )
    beats, steps = store.series()
    assert (beats.metric, beats.unit, beats.n, beats.first, beats.last) == (
        "heart_rate",
        "/min",
        41,
        T,
        rows[-1][0],
    )
    assert beats.sources == tuple(sorted(origin.source for origin in origins))
    assert (steps.n, steps.first, steps.last, steps.sources) == (
        1,
        rows[3][0],
        rows[3][0] + S,
        (origins[0].source,),
    )


def test_reader_sees_the_state_before_an_import_until_it_is_whole(
    new_store, tmp_path, key, batch, monkeypatch
):
    """While another connection imports, a reader sees nothing of it; afterwards all of it."""
    monkeypatch.setattr(ingest_module, "_BUFFER_ROWS", 10)
    with new_store(tmp_path) as writer, Store.open(tmp_path / "vault.db", key, read_only=True) as reader:
        writer.ingest([batch("heart_rate", every_day(5))])
        before = reader.digest(), reader.series(), len(reader.columns("heart_rate")[0])
        seen = []

        def records():
            for first in range(0, 100, 20):
                yield batch("heart_rate", every_day(100, 1)[first : first + 20])
                seen.append((reader.digest(), reader.series(), len(reader.columns("heart_rate")[0])))

        writer.ingest(records())
        assert seen == [before] * 5
        assert reader.digest() == writer.digest() != before[0]
        assert len(reader.columns("heart_rate")[0].origins) == 2


def test_reading_is_of_one_state(new_store, tmp_path, key, batch, origins, monkeypatch):
    """An import that ends in the middle of a reading is not seen by it, nor are its new sources missed."""
    with new_store(tmp_path) as writer, Store.open(tmp_path / "vault.db", key) as reader:
        writer.ingest([batch("heart_rate", every_day(3), origins[:1])])
        read = chunks.read

        def read_late(*args):
            monkeypatch.undo()
            writer.ingest([batch("heart_rate", every_day(3, 1))])
            return read(*args)

        monkeypatch.setattr(chunks, "read", read_late)
        (part,) = reader.columns("heart_rate")
        assert list(part.origins) == [origins[0]]
        assert len(reader.columns("heart_rate")[0].origins) == 2


def test_read_only_store_refuses_to_write(new_store, tmp_path, key, batch, clock):
    """A store opened for reading says so when it is written to."""
    with new_store(tmp_path), Store.open(tmp_path / "vault.db", key, read_only=True) as store:
        with pytest.raises(ReadOnly):
            store.ingest([batch("heart_rate", every_day(1))])
        with pytest.raises(ReadOnly):
            store.append_event("checkin", {}, clock)


def test_digest_tells_content_apart(store, batch, origins):
    """A sample more and a record more change the digest; reading does not."""
    digests = [store.digest()]
    for record in (batch("heart_rate", every_day(1)), Workout("w", T, T, 0, "yoga", origins[0])):
        store.ingest([record])
        digests += [store.digest(), store.digest()]
    assert digests[1] == digests[2]
    assert len(set(digests)) == 3


def test_large_months_are_read_whole(store, batch):
    """A month of more samples than a chunk holds is several chunks, and one part to the reader."""
    start = T + np.arange(150_000) * S
    one = batch("heart_rate", every_day(1))
    whole = type(one)(
        "heart_rate", start, start, np.zeros(len(start), np.int16), 60.0 + start // S % 50,
        np.zeros(len(start), np.int32), one.origins,
    )  # fmt: skip
    assert store.ingest([whole]).added == 150_000
    (part,) = store.columns("heart_rate")
    assert np.array_equal(part.start, start)
    assert len(store.columns("heart_rate", T + 70_000 * S, T + 70_010 * S)[0]) == 10


def test_documents_are_read_one_at_a_time(new_store, origins, monkeypatch):
    """Who goes through the documents holds one body, however many there are."""
    with new_store() as store:
        store.ingest([Document("ecg", str(n), origins[0], "text/csv", b"x") for n in range(3)])
        read = []
        monkeypatch.setattr(sparse, "select", _counted(sparse.select, read))
        documents = store.documents()
        assert [next(documents).key, len(read)] == ["0", 1]
        assert [[one.key for one in documents], len(read)] == [["1", "2"], 3]


def _counted(select, read):
    def counting(*given):
        for record in select(*given):
            read.append(record)
            yield record

    return counting
