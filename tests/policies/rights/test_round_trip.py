"""Export, a new vault, import, export: what is under ``data/`` is the same byte for byte."""

from __future__ import annotations

import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import adapters
import vault
from policies.rights import write_bundle
from vault.errors import MalformedFile, UnknownFormat
from vault.records import Device, Document, Origin, Samples, Score, SleepSession, Stream, StrengthSet, Workout
from vault.time import MINUTE_NS, NO_INSTANT, UNKNOWN_OFFSET, instant_ns

SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples"
EXPORTS = Path(__file__).parents[2] / "contract" / "exports"
SETS = sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.glob("*/*") if path.is_dir())
PASSPHRASE = "a long passphrase"
WATCH = Origin(
    'Pat\'s "Watch", new\nline', "apple_health", "11", Device("Apple Watch", "Apple Inc.", "Watch7,1")
)
APP = Origin("Tempo", "strong", app="tempo")


def then():
    """The day of the first export: after all samples, for a load is told up to the last day that has data."""
    return datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def later():
    return datetime(2027, 6, 5, 21, 30, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("cheap_keys")


def payload(path):
    """Return the files under ``data/``."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.startswith("data/")}


def exported(held, path, **told):
    """Export a vault and return where to."""
    write_bundle(held, path, **told)
    return path


def new(folder, *, home_zone="UTC", clock=later):
    return vault.create(folder, PASSPHRASE, home_zone=home_zone, clock=clock)


def differences(one, other):
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def at(minute):
    return instant_ns(then()) - 40 * 24 * 60 * MINUTE_NS + minute * MINUTE_NS


def samples(metric, values, *, codes=None, unit="", offset=60, notes=(), origin=WATCH):
    """Make one sample a minute; every other one says when it was written."""
    count = len(values)
    start = at(0) + np.arange(count) * MINUTE_NS + 123_456_789
    return Samples(
        metric,
        start,
        start + MINUTE_NS,
        np.full(count, offset, np.int16),
        np.array(values, np.float64 if codes is None else np.int32),
        np.zeros(count, np.int32),
        [origin],
        np.where(np.arange(count) % 2, NO_INSTANT, start),
        np.arange(count, dtype=np.int32) % (len(notes) + 1) - 1 if notes else None,
        notes,
        codes,
        unit,
    )


def everything():
    """Yield something of every kind, much of it awkward."""
    yield samples("heart_rate", [58, 59.5, 61, 5_000], notes=['{"m":"1, \\"2\\""}', '{"é":null}'])
    yield samples("steps", [100, 20], offset=UNKNOWN_OFFSET)
    yield samples("blood_pressure.systolic", [121, 130], offset=-210)
    yield samples("blood_pressure.diastolic", [77, 79], offset=-210)
    yield samples("apple:New/../Thing", [1.5, 1e-300, 0.1 + 0.2], unit="count")
    yield samples("apple:New/../Thing", [2, 3], unit="mL, or so")
    yield samples("apple:New/../Thing", [0, 1], codes=["1.5", 'a "word",\nor two'])
    yield samples("apple:new/../thing", [4])
    yield samples("sleep_stage", [0, 1, 0, 2] * 60, codes=["deep", "rem", "awake"], origin=APP)
    details = {"laps": [1, 2.0, {"of": None}], "half": "\ud83d", "nan": float("nan")}
    yield SleepSession(
        "n1", at(0), at(480), 120, WATCH, [(at(0), at(5) + 1, "deep")], is_nap=False, details=details
    )
    yield SleepSession("n2", at(900), at(930), UNKNOWN_OFFSET, APP, is_nap=True)
    yield Workout(
        "w1", at(0), at(60), 0, "strength_training", APP, duration_s=3_000, hr_mean=99.9, details=details
    )
    gaps = np.array([52.0, np.nan, np.inf])
    yield Stream("w1", APP, at(0) + np.arange(3), {"latitude": gaps, "a, b": -gaps}, part="2")
    yield Stream("gone", APP, at(0) + np.arange(0), {"power": gaps[:0]})
    yield StrengthSet("w1", APP, 1, "Bench Press", at(1), 0, repetitions=8, load_kg=60.0, rpe=8.5)
    yield Score(at(0) // (24 * 60 * MINUTE_NS), WATCH, "sleep", 81.5, "points")
    yield Document("ecg", "../ecg.csv", WATCH, "text/csv", b"a,b\r\n\0", at(3), 120)
    yield Document("clinical", "x", WATCH, "application/pdf", b"")


@pytest.fixture
def held(tmp_path):
    """A vault of everything, which its owner has made their own."""
    with new(tmp_path / "old.vault", home_zone="America/New_York", clock=then) as held:
        held.ingest(everything())
        held.remember_aliases({"Tempo": "tempo"})
        held.prefer("Tempo", "steps", "2026-01-01")
        held.prefer("Tempo", "sleep")
        held.checkin("2026-10-01", energy=4, pain=True)
        held.checkin("2026-10-01", energy=2)
        yield held


@pytest.fixture
def bundle(held, tmp_path):
    return exported(held, tmp_path / "old.zip")


@pytest.mark.parametrize("name", [*SETS, *(["fhir-corpus"] if SETS else [])])
def test_round_trip_of_a_sample_set(tmp_path, name):
    """A vault made of a bundle writes that bundle again, whatever it was made of."""
    with new(tmp_path / "old.vault", home_zone="Europe/Berlin", clock=then) as held:
        try:
            held.ingest(adapters.read(SAMPLES / name, home=held.home_zone))
        except UnknownFormat:
            pytest.skip("nothing in it that an adapter reads")
        bundle = exported(held, tmp_path / "old.zip")
    assert [found.adapter for found in adapters.detect(bundle)] == ["vitalvault"]
    with new(tmp_path / "new.vault") as fresh:
        assert fresh.ingest(adapters.read(bundle)).adopted
        again = exported(fresh, tmp_path / "new.zip")
    assert differences(payload(bundle), payload(again)) == set()


def test_round_trip_of_everything(held, bundle, tmp_path):
    """Every kind, every offset, every text; and once more from the second vault."""
    for number in range(2):
        with new(tmp_path / f"{number}.vault") as fresh:
            report = fresh.ingest(adapters.read(bundle))
            assert report.rejections == {"out-of-range": 1}
            assert fresh.home_zone.key == "America/New_York"
            assert fresh.identity_key == held.identity_key != fresh.tombstone_key
            assert list(fresh.carried_imports()["adapter"]) == list(held.imports()["adapter"])
            again = exported(fresh, tmp_path / f"{number}.zip")
        assert differences(payload(bundle), payload(again)) == set()
        bundle = again


def test_round_trip_with_a_correction(held, tmp_path):
    """What was put right is right there too, and the old export does not undo it."""
    held.correct("apple:new/../thing", str(np.datetime64(at(0), "ns").astype("M8[s]")) + "Z", 7.0)
    bundle = exported(held, tmp_path / "right.zip")
    with new(tmp_path / "new.vault") as fresh:
        fresh.ingest(adapters.read(bundle))
        assert differences(payload(bundle), payload(exported(fresh, tmp_path / "again.zip"))) == set()
        fresh.ingest(everything())
        assert list(fresh.samples("apple:new/../thing")["value"]) == [7.0]


def test_round_trip_as_a_folder(bundle, tmp_path):
    """A bundle that was unpacked is read like the zip."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "unpacked")
    with new(tmp_path / "new.vault") as fresh:
        fresh.ingest(adapters.read(tmp_path / "unpacked"))
        assert differences(payload(bundle), payload(exported(fresh, tmp_path / "new.zip"))) == set()


def test_round_trip_into_the_vault_it_came_from(held, bundle, tmp_path):
    """Nothing is there twice, nothing is lost, and the second time leaves no trace."""
    first = held.ingest(adapters.read(bundle))
    second = held.ingest(adapters.read(bundle))
    assert (first.added, first.updated, first.adopted) == (0, 0, False)
    assert (second.added, second.updated, second.import_id) == (0, 0, None)
    assert differences(payload(bundle), payload(exported(held, tmp_path / "new.zip"))) == set()


def test_round_trip_into_a_vault_that_read_the_same_exports(held, bundle, tmp_path):
    """What was read of the original is what the bundle tells of it: it adds nothing but check-ins."""
    with new(tmp_path / "new.vault", home_zone="America/New_York") as other:
        other.ingest(everything())
        report = other.ingest(adapters.read(bundle))
        assert (report.by_kind, report.updated, report.adopted) == ({"checkin": 2}, 0, False)
        again = payload(exported(other, tmp_path / "new.zip"))
    changed = {name for name in differences(payload(bundle), again) if "/csv/" in name}
    assert changed <= {"data/csv/inferred/readiness.csv", "data/csv/inferred/load.csv"}


def test_round_trip_twice_is_once(bundle, tmp_path):
    """The second time finds nothing new and leaves no trace."""
    with new(tmp_path / "new.vault") as fresh:
        fresh.ingest(adapters.read(bundle))
        again = fresh.ingest(adapters.read(bundle))
        assert (again.added, again.updated, again.import_id) == (0, 0, None)
        assert differences(payload(bundle), payload(exported(fresh, tmp_path / "new.zip"))) == set()


def test_round_trip_of_two_vaults_into_one(bundle, tmp_path):
    """Both are in it, each with its ledger; and the one it makes goes round as well."""
    with new(tmp_path / "her.vault", home_zone="Asia/Tokyo", clock=later) as her:
        her.ingest(iter([samples("steps", [7, 8, 9], origin=APP), samples("weight", [70.5])]))
        her.checkin("2026-10-02", mood=5)
        second = exported(her, tmp_path / "her.zip")
    with new(tmp_path / "both.vault") as both:
        assert [both.ingest(adapters.read(one)).adopted for one in (bundle, second)] == [True, False]
        assert len(both.samples("steps")) == 5
        assert len(both.carried_imports()) == 2
        assert list(both.checkins().index.strftime("%m-%d")) == ["10-01", "10-02"]
        joined = exported(both, tmp_path / "both.zip")
    with new(tmp_path / "again.vault") as fresh:
        fresh.ingest(adapters.read(joined))
        assert differences(payload(joined), payload(exported(fresh, tmp_path / "again.zip"))) == set()


def test_round_trip_of_a_folder_with_bundles(bundle, tmp_path):
    """A folder that holds a bundle is that bundle, and no import of its own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    bundle.rename(folder / "me.zip")
    with new(tmp_path / "new.vault") as fresh:
        fresh.ingest(adapters.read(folder))
        again = payload(exported(fresh, tmp_path / "new.zip"))
    assert differences(payload(folder / "me.zip"), again) == set()


def test_round_trip_beside_another_export_keeps_where_it_came_from(bundle, tmp_path):
    """A bundle among other exports is part of one import, which the ledger has, beside the bundle's own."""
    folder = tmp_path / "folder"
    shutil.copytree(EXPORTS / "strong", folder)
    bundle.rename(folder / "me.zip")
    with new(tmp_path / "new.vault") as fresh:
        fresh.ingest(adapters.read(folder))
        assert [line.adapter for line in fresh.ledger()] == ["", "collection"]
        joined = exported(fresh, tmp_path / "new.zip")
    with new(tmp_path / "again.vault") as again:
        again.ingest(adapters.read(joined))
        assert differences(payload(joined), payload(exported(again, tmp_path / "again.zip"))) == set()


def test_round_trip_of_the_table_of_checkins_alone(held, bundle, tmp_path):
    """Of a bundle of format 1, or of its table by itself, the adapter of check-ins reads the same answers."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extract("data/csv/checkins.csv", tmp_path)
    with new(tmp_path / "new.vault") as fresh:
        fresh.ingest(adapters.read(tmp_path / "data"))
        assert fresh.checkins().equals(held.checkins())


def test_round_trip_of_an_empty_vault(tmp_path):
    """Nothing but settings: they are adopted, and the bundle is the same again."""
    with new(tmp_path / "old.vault", home_zone="Asia/Tokyo", clock=then) as empty:
        bundle = exported(empty, tmp_path / "old.zip")
    with new(tmp_path / "new.vault") as fresh:
        report = fresh.ingest(adapters.read(bundle))
        assert (report.adopted, report.added, report.rejections) == (True, 0, {})
        assert fresh.home_zone.key == "Asia/Tokyo"
        assert differences(payload(bundle), payload(exported(fresh, tmp_path / "new.zip"))) == set()


def test_round_trip_into_a_vault_with_data(bundle, tmp_path):
    """Who holds data keeps zone and identity; the import can be taken back whole."""
    with new(tmp_path / "new.vault", home_zone="Asia/Tokyo") as other:
        other.ingest(iter([samples("steps", [7], origin=APP)]))
        before = payload(exported(other, tmp_path / "before.zip"))
        report = other.ingest(adapters.read(bundle))
        assert not report.adopted
        assert other.home_zone.key == "Asia/Tokyo"
        assert other.identity_key == other.tombstone_key
        other.undo_import(report.import_id)
        assert differences(before, payload(exported(other, tmp_path / "after.zip"))) == set()


def test_round_trip_of_the_portable_part(held, tmp_path):
    """What Art. 20 is about comes across, under another identity, and goes out the same."""
    bundle = exported(held, tmp_path / "portable.zip", portable=True)
    with new(tmp_path / "new.vault") as fresh:
        fresh.ingest(adapters.read(bundle))
        assert fresh.identity_key == fresh.tombstone_key
        again = payload(exported(fresh, tmp_path / "new.zip", portable=True))
    changed = differences(payload(bundle), again)
    assert {name for name in changed if not name.startswith(("data/fhir/", "data/openmhealth/"))} == set()


def test_round_trip_of_a_changed_bundle_takes_nothing_in(bundle, tmp_path):
    """One digit in one table: the import ends with an error, and the vault is as it was."""
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["data/csv/steps.csv"] = files["data/csv/steps.csv"].replace(b",100,", b",101,")
    with zipfile.ZipFile(tmp_path / "changed.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with new(tmp_path / "new.vault") as fresh:
        with pytest.raises(MalformedFile) as caught:
            fresh.ingest(adapters.read(tmp_path / "changed.zip"))
        assert caught.value.code == "changed-bundle"
        assert (len(fresh.metrics()), fresh.home_zone.key, len(fresh.imports())) == (0, "UTC", 0)
