"""Databases that were made to do harm, or that are not whole, as the Health Connect adapter reads them."""

from __future__ import annotations

import random
import runpy
import sqlite3
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Options
from adapters.health_connect import ADAPTER, database
from adapters.health_connect.database import Database
from vault.errors import InputError, MalformedFile, TooLarge
from vault.records import Rejection, Samples, StrengthSet, Tally, Workout

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("health_connect_writer.py"))))
DB = "health_connect_export.db"
SPAN = ("2025-03-30T09:00+02:00", "2025-03-30T09:15+02:00")
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def read(writer, folder):
    return list(ADAPTER.read(writer.save(folder / DB), Options()))


def values(metric, records):
    return [
        value for batch in of(Samples, records) if batch.metric == metric for value in batch.value.tolist()
    ]


def reasons(records):
    return {one.reason for one in of(Rejection, records)}


def with_steps(count=1):
    w = W.Writer()
    for at in range(count):
        w.interval("steps_record_table", *SPAN, count=at + 1)
    return w


@pytest.mark.parametrize(
    "body", [ENDLESS, "SELECT * FROM weight_record_table", "SELECT load_extension('x'), 1 AS start_time"]
)
def test_a_view_that_is_named_as_a_table_is_refused(tmp_path, body):
    """What runs a statement when it is read is not a table; the other tables are read."""
    w = W.Writer()
    w.instant("weight_record_table", SPAN[0], weight=80_000.0)
    w.run("DROP TABLE steps_record_table")
    w.run(f"CREATE VIEW steps_record_table AS {body}")
    records = read(w, tmp_path)
    assert reasons(records) == {"not-a-table"}
    assert values("steps", records) == []
    assert values("body_mass", records) == [80.0]


def test_a_view_in_a_tables_clothes_is_refused(tmp_path):
    """A schema that calls a view a table, with a page of its own, is no schema to SQLite."""
    w = with_steps()
    w.run("PRAGMA writable_schema = ON")
    w.run(
        "UPDATE sqlite_master SET sql = ? WHERE name = 'steps_record_table'",
        f"CREATE VIEW steps_record_table AS {ENDLESS}",
    )
    with pytest.raises(MalformedFile):
        read(w, tmp_path)


def test_a_virtual_table_is_refused(tmp_path):
    """A table that a module computes has no page of its own."""
    w = W.Writer()
    w.run("DROP TABLE steps_record_table")
    w.run("CREATE VIRTUAL TABLE steps_record_table USING rtree(row_id, start_time, end_time)")
    assert "not-a-table" in reasons(read(w, tmp_path))


def test_a_virtual_table_with_a_page_of_its_own_is_refused(tmp_path):
    """What a table is stands in the statement that makes it, not in the number beside it."""
    w = W.Writer()
    w.run("DROP TABLE steps_record_table")
    w.run("CREATE VIRTUAL TABLE steps_record_table USING rtree(row_id, start_time, end_time)")
    w.run("PRAGMA writable_schema = ON")
    w.run("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'steps_record_table'")
    assert reasons(read(w, tmp_path)) == {"not-a-table"}


def test_numbers_at_the_edge_cost_their_row_alone(tmp_path):
    """A volume that is infinite as millilitres is rejected; the row of the largest id is read."""
    w = W.Writer()
    w.interval("hydration_record_table", *SPAN, volume=1e308)
    w.interval("hydration_record_table", *SPAN, volume=0.5, row_id=(1 << 63) - 1)
    records = read(w, tmp_path)
    assert values("hydration", records) == [500.0]
    assert of(Rejection, records) == [Rejection("bad-value", DB, 1)]


def test_a_set_of_more_repetitions_than_can_be_counted_has_none(tmp_path):
    """What no database can hold as a whole number is no number of repetitions; the weight stands."""
    w = W.Writer()
    gym = w.interval("exercise_session_record_table", *SPAN, exercise_type=45)
    span = {"segment_start_time": W.ms(SPAN[0]), "segment_end_time": W.ms(SPAN[1])}
    cells = {"repetitions_count": (1 << 63) - 1, "weight_grams": 60_000.0}
    w.add("exercise_segments_table", parent_key=gym, **span, **cells)
    (one,) = of(StrengthSet, read(w, tmp_path))
    assert (one.repetitions, one.load_kg) == (None, 60.0)


def test_triggers_do_nothing(tmp_path):
    """Nothing is written, so no trigger fires, and its statements are never compiled."""
    w = with_steps()
    w.run("CREATE TRIGGER t AFTER INSERT ON steps_record_table BEGIN DELETE FROM weight_record_table; END")
    before = w.save(tmp_path / DB).read_bytes()
    assert values("steps", list(ADAPTER.read(tmp_path / DB, Options()))) == [1.0]
    assert (tmp_path / DB).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [DB]


def test_a_computed_column_is_not_computed(tmp_path):
    """A value that the file would compute is not there; its rows say nothing."""
    w = W.Writer()
    w.run("DROP TABLE steps_record_table")
    w.run(
        f"CREATE TABLE steps_record_table ({W.COMMON} {W.INTERVAL}, count INTEGER AS (zeroblob(1000000000)))"
    )
    w.interval("steps_record_table", *SPAN)
    records = read(w, tmp_path)
    assert values("steps", records) == []
    assert of(Tally, records)[0].left == {"no-value": 1}


def test_a_column_that_hides_the_rows_id_is_refused(tmp_path):
    """Reading goes by the row's id; a column of that name would lead it in circles."""
    w = W.Writer()
    w.run("ALTER TABLE steps_record_table ADD COLUMN ROWID TEXT")
    w.interval("steps_record_table", *SPAN, count=1)
    records = read(w, tmp_path)
    assert (reasons(records), values("steps", records)) == ({"not-a-table"}, [])


def test_only_plain_reading_is_allowed(tmp_path):
    """A statement that writes, attaches, sets or calls anything else is denied by the connection itself."""
    with Database.of_file(with_steps().save(tmp_path / DB)) as opened:
        for statement in (
            "DELETE FROM steps_record_table",
            "ATTACH ':memory:' AS other",
            "PRAGMA query_only = OFF",
            "SELECT randomblob(10)",
            "SELECT load_extension('x')",
            "CREATE TEMP TABLE t (x)",
        ):
            with pytest.raises(sqlite3.DatabaseError):
                opened._connection.execute(statement).fetchall()


def test_an_endless_statement_is_ended(tmp_path):
    """What takes longer than the file's size explains is broken off; so a tree in circles ends too."""
    with Database.of_file(with_steps().save(tmp_path / DB)) as opened:
        opened._connection.set_authorizer(None)
        rows, is_whole = opened._some(f"SELECT count(*) FROM ({ENDLESS}) WHERE x >= ?", 0)
    assert (rows, is_whole) == ([], False)


@pytest.mark.parametrize("cell", ["many", b"\0" * 16, "1e999", b"\xff" * 3_000_000])
def test_a_number_of_another_type_is_rejected(tmp_path, cell):
    """Texts and bytes where a number belongs are told by their type; the next row is read."""
    w = W.Writer()
    w.interval("steps_record_table", *SPAN, count=cell)
    w.interval("steps_record_table", *SPAN, count=7)
    records = read(w, tmp_path)
    assert values("steps", records) == [7.0]
    assert of(Rejection, records) == [Rejection("bad-value", DB, 1)]


def test_a_time_of_another_type_is_rejected(tmp_path):
    """Times that are texts, empty, negative, backwards or beyond 2199 cost their row."""
    w = W.Writer()
    for cells in (
        {"start_time": "now"},
        {"end_time": None},
        {"start_time": -1},
        {"start_time": 9_000_000_000_000_000_000, "end_time": 9_000_000_000_000_000_001},
        {"end_time": W.ms("2025-03-30T08:00+02:00")},
    ):
        w.interval("steps_record_table", *SPAN, count=1, **cells)
    records = read(w, tmp_path)
    assert values("steps", records) == []
    assert {(one.reason, one.count) for one in of(Rejection, records)} == {
        ("bad-date", 4),
        ("end-before-start", 1),
    }


def test_a_huge_text_costs_itself(tmp_path):
    """A title of 100 MB is left out, a huge code costs its row; neither is ever held."""
    w = W.Writer()
    w.interval("exercise_session_record_table", *SPAN, exercise_type=33, title="x" * 100_000_000)
    cells = {"systolic": 120.0, "diastolic": 80.0, "measurement_location": "0"}
    w.instant("blood_pressure_record_table", SPAN[0], **cells, body_position="1" * 3_000_000)
    w.instant("blood_pressure_record_table", SPAN[1], **cells, body_position="1")
    records = read(w, tmp_path)
    (workout,) = of(Workout, records)
    assert workout.details == {"exercise_type": "running"}
    assert values("blood_pressure.systolic", records) == [120.0]
    assert of(Rejection, records) == [Rejection("damaged-rows", DB, 1)]


def test_texts_that_are_no_utf_8_are_read(tmp_path):
    """Bytes that are no text are replaced, an app's name too."""
    w = with_steps()
    w.run("UPDATE application_info_table SET package_name = row_id, app_name = CAST(x'ff41' AS TEXT)")
    (batch,) = of(Samples, read(w, tmp_path))
    assert batch.origins[0].source == "\ufffdA (SM-R940)"


@pytest.mark.parametrize("noise", [b"\x80\xff\xfe(", b"AS (1),,,", b"\0\0\0\0\0\0"])
def test_a_damaged_schema_is_said_without_its_words(tmp_path, noise):
    """What SQLite says of it quotes the file; what is said here does not, also where that is no text."""
    data = with_steps().data()
    at = data.index(b"start_time INTEGER")
    (tmp_path / DB).write_bytes(data[:at] + noise + data[at + len(noise) :])
    with pytest.raises(MalformedFile) as caught:
        list(ADAPTER.read(tmp_path / DB, Options()))
    assert str(caught.value) == "a database that is damaged or encrypted"


def test_damaged_pages_cost_their_rows(tmp_path):
    """Noise over pages in the middle: no error, and what is whole is read, in order and once."""
    whole = with_steps(3_000).save(tmp_path / DB).read_bytes()
    rng = random.Random(3)
    found = set()
    for _ in range(20):
        data = bytearray(whole)
        at = rng.randrange(len(data) // 4_096 - 20, len(data) // 4_096) * 4_096
        data[at : at + 4_096] = rng.randbytes(4_096)
        (tmp_path / DB).write_bytes(data)
        try:
            steps = values("steps", list(ADAPTER.read(tmp_path / DB, Options())))
        except InputError:
            continue
        found.add(len(steps))
        assert steps == sorted(set(steps))
    assert max(found) > 0


@given(st.data())
def test_any_damage_ends_in_reasons(tmp_path_factory, data):
    """Bytes changed anywhere, or a file cut short: records, reasons, or an error of ours."""
    folder = tmp_path_factory.mktemp("damaged")
    whole = bytearray(W.small().data())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(16, len(whole) - 1))] = data.draw(st.integers(0, 255))
    (folder / DB).write_bytes(whole[: data.draw(st.integers(len(whole) // 2, len(whole)))])
    try:
        for record in ADAPTER.read(folder / DB, Options()):
            if isinstance(record, Samples):
                assert (record.start <= record.end).all()
    except InputError:
        pass


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0", random.Random(1).randbytes(50_000)])
def test_what_is_no_database_of_health_connect_is_not_recognised(tmp_path, data):
    """An empty, a cut or an encrypted file, and another program's database."""
    (tmp_path / DB).write_bytes(data)
    assert ADAPTER.detect(tmp_path / DB) is None
    with pytest.raises(MalformedFile):
        list(ADAPTER.read(tmp_path / DB, Options()))
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE steps (a)")
    other.close()
    assert ADAPTER.detect(tmp_path / "other.db") is None


def test_a_database_too_large_for_memory_is_refused_with_a_way_out(tmp_path, monkeypatch):
    """In a zip it would have to be held whole; the hint says how to have it read all the same."""
    path = with_steps().save(tmp_path / DB)
    packed = tmp_path / "hc.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.write(path, DB)
    monkeypatch.setattr(database, "IN_MEMORY", 1_000)
    with pytest.raises(TooLarge) as caught:
        list(ADAPTER.read(packed, Options()))
    assert "unpack the zip" in caught.value.hint
    assert values("steps", list(ADAPTER.read(path, Options()))) == [1.0]


def test_a_database_that_kept_a_log_is_read_in_a_zip_too(tmp_path):
    """A file that says it has a write-ahead log beside it: in memory there is none, and none is made."""
    data = bytearray(with_steps().save(tmp_path / DB).read_bytes())
    data[18:20] = b"\2\2"
    with zipfile.ZipFile(tmp_path / "hc.zip", "w") as target:
        target.writestr(DB, bytes(data))
    (tmp_path / DB).write_bytes(data)
    for path in (tmp_path / "hc.zip", tmp_path / DB):
        assert values("steps", list(ADAPTER.read(path, Options()))) == [1.0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hc.zip", DB]


def test_of_two_databases_one_may_be_broken(tmp_path):
    """The other is read, and the broken one is named."""
    with_steps().save(tmp_path / DB)
    broken = bytearray((tmp_path / DB).read_bytes())
    broken[100:108] = b"\xff" * 8
    (tmp_path / "old.db").write_bytes(broken)
    records = list(ADAPTER.read(tmp_path, Options()))
    assert values("steps", records) == [1.0]
    assert of(Rejection, records) == [Rejection("damaged-archive", "old.db", 0)]
