"""Undo: the store says exactly what it would say had the import never been, whatever came around it."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.errors import Tampered, UnknownRecord
from vault.records import (
    Device,
    Document,
    Origin,
    Score,
    SleepSession,
    SourceFile,
    Stream,
    StrengthSet,
    Workout,
)
from vault.store import chunks, rewriting
from vault.store import ingest as ingest_module
from vault.store.undo import undo
from vault.time import UNKNOWN_OFFSET, utc_now

S = 10**9
DAY = 86_400 * S
T = 1_774_000_000 * S
CODES = ("deep", "light")
ORIGINS = [
    Origin("Watch", "apple_health", "11", Device("Apple Watch")),
    Origin("Watch", "apple_health", "12", Device("Apple Watch")),
    Origin("Watch", "apple_health"),
    Origin("Phone", "apple_health", app="health"),
]
OFFSETS = st.sampled_from([UNKNOWN_OFFSET, 60, 120])
SAMPLE = st.tuples(
    st.sampled_from(["heart_rate", "steps", "sleep_stage", "sleep_duration"]),
    st.integers(0, 8), st.integers(0, 1), OFFSETS, st.integers(0, 3), st.sampled_from([None, T, T + S]),
    st.sampled_from([None, '{"m":1}', '{"m":2}']),
)  # fmt: skip
KIND = st.sampled_from([Workout, Stream, SleepSession, StrengthSet, Score, Document])
RECORD = st.tuples(KIND, st.integers(0, 2), st.integers(0, 2), OFFSETS)
IMPORT = st.tuples(st.lists(SAMPLE, max_size=8), st.lists(RECORD, max_size=4))


def sample(batch, metric, day, value, offset, origin, recorded, note):
    """A batch of one sample on one of a few days of two months; few are the same, many nearly."""
    start = T + day * 5 * DAY
    codes = CODES if metric == "sleep_stage" else None
    value = value if codes else 5.0 + value
    row = (start, start + day % 2 * 2 * DAY, offset, value, origin, recorded, note)
    return batch(metric, [row], ORIGINS, codes)


def record(kind, key, says, offset):
    """A record of a kind and key; ``says`` is what it says, of which the offset is no part."""
    origin, start = ORIGINS[says], T + key * DAY
    return {
        Workout: partial(Workout, str(key), start, start + S, offset, "running", origin, hr_mean=60.0 + says),
        Stream: partial(
            Stream, str(key), origin, np.array([start]), {"power": np.array([float(says)])}, "laps"
        ),
        SleepSession: partial(SleepSession, str(key), start, start + S * (1 + says), offset, origin),
        StrengthSet: partial(StrengthSet, str(key), origin, key, "squat", start, offset, repetitions=says),
        Score: partial(Score, 20_500 + key, origin, "rings", float(says)),
        Document: partial(Document, "ecg", str(key), origin, "text/csv", b"x" * says, start, offset),
    }[kind]()


def ingest(store, batch, number, told):
    """Import what was told, from a file of that number; return the id, None if nothing was kept."""
    samples, records = told
    file = SourceFile("export.xml", 1, f"{number:064x}")
    made = [sample(batch, *one) for one in samples] + [record(*one) for one in records]
    return store.ingest([*made, file]).import_id


def state(store, ids):
    """Return all that a store says; imports by their place among ``ids``, as an id is never used again."""
    place = {run: at for at, run in enumerate(ids)}
    said = [
        store.digest(),
        store.origins() and {(o.source, o.version, o.app) for o in store.origins() if o.adapter},
    ]
    for series in store.series():
        (part,) = store.columns(series.metric)
        said.append((series.metric, series.n, series.first, series.last, series.sources))
        for at in range(len(part)):
            note, told = part.note[at], part.imports[part.imported[at]]
            value = part.value[at] if part.codes is None else part.codes[part.value[at]]
            said.append((
                *(int(column[at]) for column in (part.start, part.end, part.recorded, part.offset_min)),
                value, part.origins[part.origin[at]], None if note < 0 else part.notes[note],
                tuple(place[str(run)] for run in told),
            ))  # fmt: skip
        days, names = store.daily(series.metric)
        said.append((days.day.tolist(), days.value.tolist(), days.n.tolist(), names))
        said.append([days.sets[which] for which in days.source_set.tolist()])
    said += [store.workouts(), store.sleep_sessions(), store.strength_sets(), store.scores()]
    said += list(store.documents())
    streams = [one for origin in ORIGINS for key in "012" for one in store.streams(origin, key)]
    said += [(one.workout, one.origin, one.time.tolist(), one.columns["power"].tolist()) for one in streams]
    told = store.connection.execute("SELECT hex(digest), imports FROM told_record ORDER BY digest")
    for digest, imports in told:
        said.append((digest, [(place[str(run)], offset) for run, offset in json.loads(imports)]))
    return said


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_undo_leaves_what_the_other_imports_make(new_store, batch, data):
    """Any imports, repeats among them, some taken back in any order: the state of the others alone."""
    told = data.draw(st.lists(IMPORT, min_size=1, max_size=5))
    told += [told[at] for at in data.draw(st.lists(st.integers(0, len(told) - 1), max_size=2))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "MAX_ROWS", 3)
        patch.setattr(rewriting, "_WINDOW_ROWS", data.draw(st.integers(1, 9)))
        patch.setattr(ingest_module, "_BUFFER_ROWS", data.draw(st.integers(1, 9)))
        with new_store() as store, new_store() as other:
            ids = [ingest(store, batch, number, one) for number, one in enumerate(told)]
            undone = data.draw(st.lists(st.sampled_from(ids), unique=True, max_size=len(ids)))
            for one in undone:
                undo(store.connection, one, home=store.home_zone, clock=utc_now)
            kept = [number for number, one in enumerate(ids) if one not in undone]
            others = [ingest(other, batch, number, told[number]) for number in kept]
            assert state(store, [ids[number] for number in kept]) == state(other, others)


def stored(store):
    """Return all rows of samples, origins by what they are, as their ids are given by who came first."""
    origins = dict(store.connection.execute("SELECT id, json_array(source, version, app) FROM origin"))
    series = dict(store.connection.execute("SELECT id, metric FROM series"))
    found = []
    for table in ("chunk", "told_chunk", "version"):
        cursor = store.connection.execute(f"SELECT * FROM {table} ORDER BY series, month, part")
        names = [column[0] for column in cursor.description]
        for cells in cursor:
            row = dict(zip(names, cells, strict=True)) | {"series": series[cells[0]]}
            if "origins" in row:
                row["origins"] = [origins[number] for number in json.loads(row["origins"])]
            found.append((table, sorted(row.items())))
    return sorted(found, key=str)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_undo_leaves_the_bytes_that_the_other_imports_make(new_store, batch, data):
    """Chunks, who told them and versions are byte for byte as if what was taken back had never been."""
    told = data.draw(st.lists(IMPORT.map(lambda one: (one[0], [])), min_size=1, max_size=4))
    told += [told[at] for at in data.draw(st.lists(st.integers(0, len(told) - 1), max_size=2))]
    undone = data.draw(st.sets(st.integers(0, len(told) - 1)))
    with pytest.MonkeyPatch.context() as patch, new_store() as store, new_store() as other:
        patch.setattr(chunks, "MAX_ROWS", 3)
        patch.setattr(ingest_module, "_BUFFER_ROWS", data.draw(st.integers(1, 9)))
        for number, one in enumerate(told):
            ingest(store, batch, number, one)
            ingest(other, batch, number, ([], []) if number in undone else one)
        for number in data.draw(st.permutations(sorted(undone))):
            undo(store.connection, str(number + 1), home=store.home_zone, clock=utc_now)
        assert stored(store) == stored(other)


@pytest.mark.parametrize("table", ["import_run", "told_chunk", "version", "told_record", "origin"])
def test_undo_does_not_act_on_what_somebody_changed(new_store, batch, table):
    """Who told what decides what is taken back: where that is not what was written, nothing is."""
    column = {"import_run": "adapter", "origin": "app"}.get(table, "imports")
    with new_store() as store:
        for sha256, offset in (("00", 60), ("01", 120)):
            store.ingest([beats(batch, offset), record(Workout, 0, 0, 60), SourceFile("a", 1, sha256)])
        store.connection.execute(f"UPDATE {table} SET {column} = replace({column}, '1', '2') || ' '")
        store.connection.ledger.held.clear()  # as for a process that opens the vault now
        before = store.connection.execute("SELECT * FROM chunk").fetchall()
        with pytest.raises(Tampered, match=table):
            undo(store.connection, "1", home=store.home_zone, clock=utc_now)
        assert store.connection.execute("SELECT * FROM chunk").fetchall() == before


@pytest.mark.parametrize("table", ["import_run", "import_file"])
def test_import_does_not_believe_a_ledger_that_somebody_changed(new_store, batch, table):
    """Whether a file was read before decides if an import that repeats leaves a trace."""
    with new_store() as store:
        store.ingest([beats(batch), SourceFile("a", 1, "00")])
        store.connection.execute("DELETE FROM import_file")
        if table == "import_run":
            store.connection.execute("DELETE FROM import_run")
        with pytest.raises(Tampered, match=table):
            store.ingest([beats(batch), SourceFile("a", 1, "00")])


@settings(max_examples=15, deadline=None)
@given(st.lists(IMPORT, min_size=1, max_size=3), st.data())
def test_import_after_undo_is_a_first_import(new_store, batch, told, data):
    """What was taken back and comes again, of the same file, is new; the store says what it said before."""
    with new_store() as store:
        ids = [ingest(store, batch, number, one) for number, one in enumerate(told)]
        before = store.digest()
        last = len(told) - 1
        undo(store.connection, ids[last], home=store.home_zone, clock=utc_now)
        again = ingest(store, batch, last, told[last])
        assert (again, store.digest()) == (str(len(told) + 1), before)


def beats(batch, offset=60):
    """Three samples of a watch."""
    return batch("heart_rate", [(T + i * S, T + i * S, offset, 60.0, 0, None, None) for i in range(3)])


def test_undo_of_the_only_import_leaves_an_empty_store(new_store, batch, clock):
    """Nothing is left but the row in the ledger, with the instant at which it was taken back."""
    with new_store() as store:
        store.ingest([beats(batch), record(Workout, 0, 0, 60), SourceFile("a", 1, "00")])
        done = undo(store.connection, "1", home=store.home_zone, clock=clock)
        assert (done.import_id, done.samples, done.records) == ("1", 3, 1)
        assert (store.series(), store.workouts(), store.origins(), len(store.daily("heart_rate")[0])) == (
            [], [], [], 0,
        )  # fmt: skip
        (entry,) = store.imports()
        assert entry.undone_at == int(clock().timestamp()) * S


def test_import_of_a_new_file_that_repeats_is_a_witness(new_store, batch):
    """A later export that holds the same keeps it when the first one is taken back."""
    with new_store() as store:
        store.ingest([beats(batch), SourceFile("a", 1, "00")])
        repeats = [store.ingest([beats(batch), SourceFile("a", 1, sha256)]) for sha256 in ("00", "01", "01")]
        assert [report.import_id for report in repeats] == [None, "2", None]
        assert repeats[1].duplicate == 3
        before = store.digest()
        assert undo(store.connection, "1", home=store.home_zone, clock=utc_now).samples == 0
        assert (store.digest(), store.series()[0].n) == (before, 3)


def test_undo_gives_back_what_the_others_said(new_store, batch):
    """The offset that another import told differently is shown once the first is gone."""
    with new_store() as store:
        for sha256, offset in (("00", 120), ("01", 60)):
            store.ingest([beats(batch, offset), SourceFile("a", 1, sha256)])
        assert set(store.columns("heart_rate")[0].offset_min.tolist()) == {120}
        undo(store.connection, "1", home=store.home_zone, clock=utc_now)
        assert set(store.columns("heart_rate")[0].offset_min.tolist()) == {60}
        assert store.connection.execute("SELECT count(*) FROM version").fetchone() == (0,)


def test_repetition_leaves_chunks_as_they_are(new_store, batch):
    """An export that says the same again changes who told it, and no chunk."""
    with new_store() as store:
        store.ingest([beats(batch), SourceFile("a", 1, "00")])
        before = store.connection.execute("SELECT rowid, * FROM chunk").fetchall()
        store.ingest([beats(batch), SourceFile("a", 1, "01")])
        assert store.connection.execute("SELECT rowid, * FROM chunk").fetchall() == before
        assert store.connection.execute("SELECT imports FROM told_chunk").fetchall() == [("[[1, 2]]",)]


def test_equal_sets_of_imports_are_one(new_store, batch, monkeypatch):
    """An import that tells a sample, and later the whole month, leaves what telling it at once leaves."""
    monkeypatch.setattr(ingest_module, "_BUFFER_ROWS", 3)
    row = (T, T, 60, 60.0, 0, None, None)
    one, others = batch("heart_rate", [row]), batch("steps", [row, row])
    with new_store() as store, new_store() as other:
        for opened, second in ((store, [one, others, beats(batch)]), (other, [others, beats(batch)])):
            opened.ingest([beats(batch), SourceFile("a", 1, "00")])
            opened.ingest([*second, SourceFile("a", 1, "01")])
        assert stored(store) == stored(other)


@pytest.mark.parametrize("import_id", ["1", "2", "", "x", "1.0"])
def test_undo_of_what_is_not_there_is_an_error(new_store, batch, import_id):
    """An import that was taken back already, or never was, is UnknownRecord."""
    with new_store() as store:
        store.ingest([beats(batch)])
        undo(store.connection, "1", home=store.home_zone, clock=utc_now)
        with pytest.raises(UnknownRecord):
            undo(store.connection, import_id, home=store.home_zone, clock=utc_now)


class Erased:
    """Tombstones of all samples of one instant and of all workouts."""

    def __len__(self):
        return 1

    def of_samples(self, metric, rows):
        return rows.start == T

    def spared(self, record):
        return None if isinstance(record, Workout) else record


@pytest.mark.parametrize(
    ("stored", "counts"), [([], (2, 0, 2)), ([1], (1, 1, 2)), ([0, 1], (1, 2, 1))], ids=str
)
def test_import_refuses_what_was_erased_unless_it_is_there(new_store, batch, stored, counts, monkeypatch):
    """A tombstone stops what is new; what is stored stays a duplicate; every row is counted once."""
    rows = [(T + i * S, T + i * S, 60, 60.0, 0, None, None) for i in range(3)]
    monkeypatch.setattr(ingest_module.Tombstones, "read", lambda connection, identity: Erased())
    with new_store() as store:
        store.ingest([batch("heart_rate", [rows[at] for at in stored])])
        report = ingest_module.ingest(
            store.connection, [batch("heart_rate", rows), record(Workout, 0, 0, 60)],
            adapter="", version="", clock=utc_now, home=store.home_zone, identity=b"",
        )  # fmt: skip
        assert (report.added, report.duplicate, report.rejections["erased"]) == counts
        assert store.series()[0].n == counts[0] + len(stored)
        assert store.workouts() == []


def test_import_of_which_all_was_refused_leaves_no_series(new_store, batch, monkeypatch):
    """Nothing says that there was a metric but what is there of it."""
    monkeypatch.setattr(ingest_module.Tombstones, "read", lambda connection, identity: Erased())
    with new_store() as store:
        report = ingest_module.ingest(
            store.connection,
            [batch("heart_rate", [(T, T, 60, 60.0, 0, None, None)]), SourceFile("a", 1, "00")],
            adapter="", version="", clock=utc_now, home=store.home_zone, identity=b"",
        )  # fmt: skip
        assert report.import_id == "1"
        assert store.connection.execute("SELECT metric FROM series").fetchall() == []
