"""The payload of a bundle: each table and record, whatever stands in it, and nothing of how it came."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import timedelta

import numpy as np
import pytest

import vault
from policies.rights import payload as payload_module
from policies.rights.dictionary import columns
from policies.rights.payload import add_payload
from vault.records import Device, Document, Origin, Samples, Score, SleepSession, Stream, StrengthSet, Workout
from vault.store.chunks import LIMIT_NS
from vault.store.codec import origin_text
from vault.time import MINUTE_NS, UNKNOWN_OFFSET, instant_ns

WATCH = Origin("Watch", "apple_health", "11", Device("Apple Watch", "Apple Inc.", "Watch7,1"))
PHONE = Origin("Phone", "apple_health", "18", Device(), "health")
BARE = Origin("Phone", "apple_health", "18", None, "health")
TYPED = '{"metadata":{"HKWasUserEntered":"1"}}'


class Files(dict):
    """What was written, by path; stands for an archive."""

    def add(self, path, chunks):
        assert path.lower() not in map(str.lower, self)
        self[path] = b"".join(chunks)


def written(owner, **options):
    """Return the payload of a vault."""
    files = Files()
    add_payload(files, owner, **options)
    return files


def table(content):
    """Read a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8", "surrogatepass"), newline="")))


def lines(content):
    """Read NDJSON without the numbers that JSON has not."""

    def refuse(text):
        raise AssertionError(text)

    return [json.loads(line, parse_constant=refuse) for line in content.splitlines()]


def samples(
    metric, start, values, *, origin=WATCH, codes=None, unit="", offset=120, notes=(), step=MINUTE_NS
):
    """Make one sample a step, each with its note if there are notes."""
    at = start + np.arange(len(values)) * step
    value = np.array(values, np.float64 if codes is None else np.int32)
    note = np.arange(len(values), dtype=np.int32) if notes else None
    zeros, offsets = np.zeros(len(values), np.int32), np.full(len(values), offset, np.int16)
    return Samples(
        metric, at, at, offsets, value, zeros, [origin], note=note, notes=notes, codes=codes, unit=unit
    )


def everything(at):
    """Return records of every kind, awkward ones among them."""
    return [
        samples("heart_rate", at, [58, 59.5, 999, 61], offset=-UNKNOWN_OFFSET // 40),
        samples("heart_rate", at, [70], origin=PHONE, offset=UNKNOWN_OFFSET),
        samples("heart_rate", at + 1, [71], origin=BARE, offset=-600),
        samples("vo2_max", at, [44.0, 45.0], notes=[TYPED, "{}"]),
        samples("sleep_stage", at, [0, 1, 0], codes=["deep", "rem"]),
        samples("apple:Thing", at, [1.5], unit="count"),
        samples("apple:Thing", at + 7, [2.5], unit="x"),
        samples("apple:Thing", at, [0], codes=['yes, \r\n"no"'], unit="count"),
        samples("apple:thing/../x", at, [1.0, 2.0], notes=["a\nb", 'c"d\r'], step=400 * 24 * 60 * MINUTE_NS),
        samples("apple:mood_score", at, [0.1 + 0.2]),
        SleepSession(
            "n1", at, at + 9 * MINUTE_NS, 90, WATCH, ((at, at + 5, "deep"),), None, {"b": 1, "a": None}
        ),
        Workout(
            "w2",
            at,
            at + MINUTE_NS,
            UNKNOWN_OFFSET,
            "yoga",
            PHONE,
            details={"x": float("nan"), "y": "\ud83d"},
        ),
        Workout("w1", at, at + MINUTE_NS, 120, "running", WATCH, 50.0, details=json.loads(TYPED)),
        Stream(
            "w1", WATCH, at + np.arange(3), {"time": np.array([1.5, np.nan, -np.inf]), "a,b": np.ones(3)}, "p"
        ),
        Stream("w9", WATCH, np.empty(0, np.int64), {"power": np.empty(0)}),
        StrengthSet("w1", WATCH, 1, "Bench Press", at, 120, repetitions=8, load_kg=60.0),
        Score(20_000, WATCH, "strain", 12.5),
        Score(20_000, WATCH, "daily_distance", 5.25, "km"),
        Document("ecg", "e/1", WATCH, "text/csv", b"a,b\n", at, 120),
        Document("fhir", "f", BARE, "application/fhir+json", b'{"resourceType":"Basic"}'),
    ]


@pytest.fixture
def made(tmp_path, cheap_keys, clock):
    """Makes vaults of imports, each of a list of records."""
    opened = []

    def make(*imports, at=clock):
        path = tmp_path / f"{len(opened)}.vault"
        one = vault.create(path, "a long passphrase", home_zone="Europe/Berlin", clock=at)
        opened.append(one)
        for records in imports:
            one.ingest(iter(records))
        return one

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def at(clock):
    """An instant three days ago, to the nanosecond."""
    return instant_ns(clock()) - 3 * 24 * 60 * MINUTE_NS + 123_456_789


@pytest.fixture
def tables_only(monkeypatch):
    """FHIR and Open mHealth, which have tests of their own, are left out."""
    monkeypatch.setattr(payload_module._Payload, "add_open_formats", lambda self: None)


@pytest.fixture
def files(made, at, tables_only):
    """The payload of a vault of everything."""
    held = made(everything(at))
    held.checkin("2026-04-05", energy=4, pain=True)
    held.remember_aliases({"Pat's app": "strava"})
    held.prefer("Watch", "heart_rate", "2026-04-01")
    return written(held)


def test_payload_says_nothing_of_how_data_came(made, at, clock):
    """One import or many, in any order and at any time: the same bytes, but for the ledger and its echo."""
    whole = everything(at)
    later = lambda: clock() + timedelta(days=40)  # noqa: E731
    first, second = written(made(whole)), written(made(*([one] for one in reversed(whole)), at=later))
    differ = {path for path in first.keys() | second.keys() if first.get(path) != second.get(path)}
    named = {"data/records/vault.json", "data/records/imports.ndjson"}
    assert {path for path in differ if not path.startswith(("data/fhir/", "data/openmhealth/"))} == named


def test_payload_of_the_same_vault_is_the_same_whenever_it_is_written(made, at, clock):
    """The clock has no say, not even in what the vault concludes."""
    held = made(everything(at))
    first = written(held)
    held.clock = lambda: clock() + timedelta(days=100)
    assert written(held) == first


def test_payload_does_not_depend_on_the_clock_where_data_are_ahead_of_it(made, at, clock, tables_only):
    """What a device with a wrong clock dates after the import is data; of such days nothing is concluded."""
    day = 24 * 60 * MINUTE_NS
    nights = [samples("resting_heart_rate", at + ahead * day, [50.0 + ahead]) for ahead in (0, 3, 4, 30)]
    rides = [
        Workout(str(ahead), at + ahead * day, at + ahead * day + 1, 0, "cycling", WATCH) for ahead in (1, 40)
    ]
    held = made([*nights, *rides])
    first = written(held)
    assert len(table(first["data/csv/resting_heart_rate.csv"])) == 4
    dates = {name: table(first[f"data/csv/inferred/{name}.csv"]) for name in ("readiness", "load")}
    assert [row["date"] for row in dates["readiness"]] == ["2026-04-02", "2026-04-05"]
    assert [row["date"] for row in dates["load"]] == ["2026-04-03", "2026-04-04", "2026-04-05"]
    for days in (1, 2, 29, 50, 10_000):
        held.clock = lambda days=days: clock() + timedelta(days=days)
        assert written(held) == first


@pytest.mark.parametrize("offset", [UNKNOWN_OFFSET, 18 * 60, -18 * 60])
def test_payload_of_the_first_and_the_last_instant_there_can_be(made, offset):
    """Whatever is kept goes out, to the last nanosecond of 2199 and on whatever day that is on the spot."""
    ends = (0, LIMIT_NS - 1)
    records = [
        *(
            samples(name, at, [50.0], offset=offset)
            for at in ends
            for name in ("resting_heart_rate", "steps")
        ),
        *(Workout(str(at), at, at, offset, "running", WATCH) for at in ends),
        *(SleepSession(str(at), at, at, offset, WATCH, ((at, at, "deep"),)) for at in ends),
    ]
    files = written(made(records))
    assert len(table(files["data/csv/steps.csv"])) == len(lines(files["data/records/workouts.ndjson"])) == 2
    for name in ("steps", "resting_heart_rate"):
        assert files["data/fhir/Observation.001.ndjson"].count(f'"{name}"'.encode()) >= 2


def test_series_lists_every_table_unit_and_prefix(files):
    """One table a metric, two where it has numbers and codes; what is in quarantine has its own folder."""
    told = lines(files["data/records/series.ndjson"])
    assert told == sorted(told, key=lambda one: (one["metric"], one["coded"], one["unit"]))
    assert {one["file"] for one in told} == {
        path
        for path in files
        if path.startswith(("data/csv/quarantine/", "data/csv/apple-"))
        or path in {f"data/csv/{name}.csv" for name in ("heart_rate", "vo2_max", "sleep_stage")}
    }
    assert len({(one["file"], one["unit"]) for one in told}) == len(told)
    thing = [(one["unit"], one["coded"]) for one in told if one["metric"] == "apple:Thing"]
    assert thing == [("count", False), ("x", False), ("count", True)]
    (aside,) = (one for one in told if one["metric"] == "quarantine:heart_rate")
    assert aside["file"] == "data/csv/quarantine/heart_rate.csv"
    assert [row["value"] for row in table(files[aside["file"]])] == ["999"]


def test_series_keep_nanoseconds_offsets_and_texts(files, at):
    """Times have nine decimals, offsets may be of islands, a text may hold what tables are made of."""
    start = table(files["data/csv/heart_rate.csv"])[0]["start"]
    assert start.endswith(".123456789Z")
    rows = {row["source"] + row["start"][-6:]: row for row in table(files["data/csv/heart_rate.csv"])}
    assert {"Watch+13:39", "Phone-10:00"} <= rows.keys()
    told = {one["metric"]: one for one in lines(files["data/records/series.ndjson"])}
    assert [row["note"] for row in table(files[told["apple:thing/../x"]["file"]])] == ["a\nb", 'c"d\r']
    assert [row["value"] for row in table(files[told["apple:Thing"]["file"]])] == ['yes, \r\n"no"']
    assert [row["value"] for row in table(files[told["apple:mood_score"]["file"]])] == ["0.30000000000000004"]


def test_series_say_what_a_value_is(files):
    """A value of an inferred metric that a person typed in was provided."""
    assert [row["nature"] for row in table(files["data/csv/vo2_max.csv"])] == ["provided", "inferred"]
    assert {row["nature"] for row in table(files["data/csv/heart_rate.csv"])} == {"observed"}


def test_series_that_was_corrected_keeps_what_was_told(made, at, tables_only):
    """The value the owner put right was provided; what it replaces lies aside, as it was observed."""
    held = made([samples("heart_rate", at, [58, 59.5])])
    held.correct("heart_rate", "2026-04-02T08:00:00Z", 60.0)
    files = written(held)
    told = [(row["value"], row["nature"]) for row in table(files["data/csv/heart_rate.csv"])]
    assert sorted(told) == [("59.5", "observed"), ("60", "provided")]
    (aside,) = table(files["data/csv/superseded/heart_rate.csv"])
    assert (aside["value"], aside["nature"]) == ("58", "observed")
    assert "superseded:heart_rate" in {one["metric"] for one in lines(files["data/records/series.ndjson"])}


def test_origins_are_named_by_what_they_say(files):
    """Each origin that something names is listed once; no device and a device without a word are two."""
    told = {one.pop("origin"): one for one in lines(files["data/records/origins.ndjson"])}
    known = {hashlib.sha256(origin_text(one).encode()).hexdigest()[:12] for one in (WATCH, PHONE, BARE)}
    assert told.keys() == known
    assert list(told) == sorted(told)
    assert [one["device"] for one in told.values()].count(None) == 1
    named = {row["origin"] for row in table(files["data/csv/heart_rate.csv"])}
    assert named == known


def test_records_have_every_field(files, at):
    """Nothing of a record is rounded, and times stand in the recorded offset."""
    (sleep,) = lines(files["data/records/sleeps.ndjson"])
    assert sleep["start"] == "2026-04-02T09:30:00.123456789+01:30"
    assert sleep["stages"] == [[sleep["start"], "2026-04-02T09:30:00.123456794+01:30", "deep"]]
    assert (sleep["details"], sleep["is_nap"], sleep["nature"]) == ({"a": None, "b": 1}, None, "observed")
    first, second = lines(files["data/records/workouts.ndjson"])
    assert {first["key"], second["key"]} == {"w1", "w2"}
    by_key = {one["key"]: one for one in (first, second)}
    assert by_key["w1"]["nature"] == "provided"
    assert by_key["w2"]["start"].endswith("Z")
    assert np.isnan(json.loads(by_key["w2"]["details"])["x"])
    assert json.loads(by_key["w2"]["details"])["y"] == "\ud83d"
    assert by_key["w1"].keys() == set(Workout.__slots__) - {"offset_min"} | {"nature"}
    scores = {one["score"]: one["nature"] for one in lines(files["data/records/scores.ndjson"])}
    assert scores == {"strain": "inferred", "daily_distance": "observed"}
    assert lines(files["data/records/scores.ndjson"])[0]["day"] == "2024-10-04"


def test_streams_are_as_they_were_recorded(files):
    """A stream keeps its instants and columns of any name; one without instants is a heading."""
    full, empty = lines(files["data/records/streams.ndjson"])
    rows = list(csv.reader(io.StringIO(files[full["file"]].decode(), newline="")))
    assert rows[0] == ["time", "a,b", "time"]
    assert rows[1] == ["2026-04-02T08:00:00.123456789Z", "1", "1.5"]
    assert [row[2] for row in rows[1:]] == ["1.5", "", "-INF"]
    assert (files[empty["file"]], empty["workout"]) == (b"time,power\n", "w9")
    assert "undated" in empty["file"]


def test_documents_are_beside_what_is_known_of_them(files):
    """An original is the same bytes; its kind, key and time stand in a line."""
    told = lines(files["data/records/documents.ndjson"])
    assert [(one["kind"], one["key"]) for one in told] == [("ecg", "e/1"), ("fhir", "f")]
    assert files[told[0]["file"]] == b"a,b\n"
    assert [one["start"] for one in told] == ["2026-04-02T10:00:00.123456789+02:00", None]


def test_settings_and_log_are_carried(files, at):
    """The zone, names, choices, check-ins and ledger of the vault come with it."""
    (said,) = lines(files["data/records/vault.json"])
    assert said["format"] == "vitalvault-records"
    assert (said["home_zone"], said["aliases"]) == ("Europe/Berlin", {"Pat's app": "strava"})
    assert said["preferences"] == [["Watch", "heart_rate", 20_544, None]]
    assert len(bytes.fromhex(said["identity"])) == 32
    assert lines(files["data/records/checkins.ndjson"]) == [
        {"at": "2026-04-05T08:00:00Z", "day": "2026-04-05", "items": {"energy": 4.0, "pain": True}}
    ]
    assert [one["at"] for one in lines(files["data/records/imports.ndjson"])] == ["2026-04-05T08:00:00Z"]


def test_ledger_leaves_out_what_was_taken_back(made, at, tables_only):
    """An import that was taken back is no part of where the data came from."""
    held = made(everything(at)[:2], everything(at)[9:10])
    held.undo_import(held.imports()["import_id"].iloc[1])
    assert len(lines(written(held)["data/records/imports.ndjson"])) == 1


def test_portable_has_nothing_inferred(made, at):
    """What somebody worked out stays behind, in every format, and so does the key of identifiers."""
    held = made(everything(at))
    whole, files = written(held), written(held, portable=True)
    assert "identity" not in json.loads(files["data/records/vault.json"])
    assert not any(path.startswith("data/csv/inferred/") or "mood_score" in path for path in files)
    assert [row["value"] for row in table(files["data/csv/vo2_max.csv"])] == ["44"]
    assert {row["score"] for row in table(files["data/csv/scores.csv"])} == {"daily_distance"}
    assert {one["score"] for one in lines(files["data/records/scores.ndjson"])} == {"daily_distance"}
    for path, content in files.items():
        if path.startswith(("data/fhir/Observation", "data/openmhealth/")):
            assert b"mood_score" not in content
            assert b"vo2_max" not in content
    assert b"mood_score" in whole["data/fhir/Observation.001.ndjson"]
    assert whole["data/csv/heart_rate.csv"] == files["data/csv/heart_rate.csv"]


def test_dictionary_describes_every_column_of_every_table(files):
    """The data dictionary lists each table, and each of its columns in their order with a type."""
    said = json.loads(files["data/csv/csv-metadata.json"])
    assert said["@context"] == "http://www.w3.org/ns/csvw"
    told = {f"data/csv/{one['url']}": one["tableSchema"]["columns"] for one in said["tables"]}
    assert told.keys() == {path for path in files if path.startswith("data/csv/") and path.endswith(".csv")}
    for path, described in told.items():
        head = next(csv.reader(io.StringIO(files[path].decode("utf-8", "surrogatepass"), newline="")))
        assert [one["titles"] for one in described] == head, path
        assert all(one["datatype"] for one in described)
        if "/streams/" not in path:
            assert all(one["dc:description"] for one in described), path
    heart = {one["titles"]: one for one in told["data/csv/heart_rate.csv"]}
    assert (heart["value"]["schema:unitText"], heart["start"]["datatype"]) == ("/min", "dateTimeStamp")


def test_dictionary_has_no_column_that_no_table_has(made, tables_only):
    """What the dictionary explains is there: each row of it is a column of a table, in its order."""
    files = written(made())
    for path, name in {
        **{f"data/csv/{name}.csv": name for name in payload_module.TABLES},
        **{f"data/csv/inferred/{name}.csv": name for name in ("readiness", "load")},
    }.items():
        assert files[path].decode() == ",".join(columns(name)) + "\n"


def test_names_of_files_differ_also_where_capitals_are_one(owner, tables_only):
    """Two series of one name but for capitals, or named like a table, have a file each."""
    part = next(iter(owner.stored.values()))
    owner.stored = dict.fromkeys(("apple:a", "apple:A", "sleep", "scores"), part)
    files = written(owner)
    assert {"data/csv/sleep-2.csv", "data/csv/scores-2.csv"} <= files.keys()
    assert len({path.lower() for path in files}) == len(files)
