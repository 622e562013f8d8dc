"""The vault as people use it: created, opened, filled, read."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import vault
from vault import keys
from vault.errors import (
    AlreadyExists,
    InputError,
    KeyMissing,
    LockedError,
    NotAVault,
    UnknownMetric,
    UnknownRecord,
    WrongPassphrase,
)
from vault.records import Document, Origin, Samples, Score, SleepSession, Stream, StrengthSet, Workout
from vault.store import schema
from vault.store.store import Store
from vault.time import SECOND_NS, UNKNOWN_OFFSET, day_of_date, instant_ns

pytestmark = pytest.mark.usefixtures("cheap_keys")

PASSPHRASE = "correct horse battery"
WATCH = Origin("Alex’s Watch", "test")
PHONE = Origin("Alex’s iPhone", "test")
NIGHT = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # the night before the clocks go forward in Berlin


def at(hours: float) -> int:
    """Return an instant so many hours after the night began."""
    return instant_ns(NIGHT) + round(hours * 3600) * SECOND_NS


def batch(metric: str, rows: list[tuple[float, float, float]], origin: Origin, **more: object) -> Samples:
    """Return samples of (start, end, value); start and end in hours after the night began."""
    start, end, value = zip(*rows)
    return Samples(
        metric,
        np.array([at(one) for one in start], np.int64),
        np.array([at(one) for one in end], np.int64),
        np.full(len(rows), UNKNOWN_OFFSET, np.int16),
        np.array(value),
        np.zeros(len(rows), np.int32),
        [origin],
        **more,
    )


def everything() -> list[object]:
    """Return a night, a morning and a run, told by two devices."""
    night = SleepSession("n1", at(0), at(7), 120, WATCH, [(at(0), at(5), "light"), (at(5), at(7), "deep")])
    run = Workout("w1", at(10), at(11), 120, "running", WATCH, 3600, 10_000, 700, 150, 171, 80)
    twin = Workout("s9", at(10.01), at(11), 120, "running", Origin("Strava", "test"), 3590, 9_990)
    time = np.array([at(10), at(10) + SECOND_NS], np.int64)
    return [
        batch("heart_rate", [(1, 1, 50), (10.5, 10.5, 151)], WATCH),
        batch("steps", [(9, 10, 1000), (12, 13, 500)], WATCH),
        batch("steps", [(9, 10, 900), (14, 15, 70)], PHONE),
        batch("blood_pressure.systolic", [(9, 9, 121)], PHONE),
        batch("blood_pressure.diastolic", [(9, 9, 79)], PHONE),
        batch("apple:Odd", [(9, 9, 4)], PHONE, unit="furlong"),
        night,
        run,
        twin,
        Stream("w1", WATCH, time, {"altitude": np.array([30.0, 31.0])}),
        StrengthSet("w1", WATCH, 0, "squat", at(10), 120, repetitions=5, load_kg=100.0),
        Score(day_of_date(NIGHT.date()), WATCH, "watch_rings", 3.0),
        Document("fhir:Observation", "o1", PHONE, "application/fhir+json", b"{}"),
    ]


@pytest.fixture
def opened(tmp_path, clock):
    """A vault at home in Berlin that holds ``everything``."""
    with vault.create(tmp_path / "a.vault", PASSPHRASE, home_zone="Europe/Berlin", clock=clock) as made:
        made.ingest(everything())
        yield made


def test_recovery_code_opens_and_rekey_locks_the_old_passphrase_out(tmp_path):
    """The code shown at creation opens the vault; after rekey only the new passphrase does."""
    place = tmp_path / "a.vault"
    with vault.create(place, PASSPHRASE) as made:
        code = made.recovery_code
        made.ingest(everything())
    with vault.open(place, recovery_code=code) as again:
        assert len(again.workouts()) == 1
        again.rekey("another long passphrase")
    with pytest.raises(WrongPassphrase):
        vault.open(place, PASSPHRASE)
    vault.open(place, "another long passphrase").close()


def test_create_and_open_say_what_is_wrong(tmp_path):
    """No vault, no key, a second vault at one place, a zone that is none: an error each."""
    with pytest.raises(NotAVault):
        vault.open(tmp_path / "none.vault", PASSPHRASE)
    with pytest.raises(InputError):
        vault.create(tmp_path / "b.vault", PASSPHRASE, home_zone="Mars/Olympus")
    vault.create(tmp_path / "b.vault", PASSPHRASE).close()
    with pytest.raises(AlreadyExists):
        vault.create(tmp_path / "b.vault", PASSPHRASE)
    with pytest.raises(KeyMissing):
        vault.open(tmp_path / "b.vault")


def test_samples_have_the_columns_of_the_contract(opened):
    """Samples come by start, in UTC nanoseconds, with a nullable offset."""
    frame = opened.samples("heart_rate", "2026-03-29", "2026-03-29")
    assert list(frame.columns) == ["start", "end", "utc_offset_min", "value", "source"]
    assert str(frame["start"].dtype) == "datetime64[ns, UTC]"
    assert frame["utc_offset_min"].isna().all()
    assert frame["value"].tolist() == [50, 151]
    assert len(opened.samples("heart_rate", source="nobody")) == 0


def test_components_stand_side_by_side(opened):
    """A blood pressure is one row with both numbers."""
    (row,) = opened.samples("blood_pressure").to_dict("records")
    assert (row["systolic"], row["diastolic"], row["source"]) == (121, 79, PHONE.source)


def test_daily_merges_devices_and_why_adds_up(opened):
    """The phone counts only where the watch recorded nothing, and the lineage says so to the step."""
    day = opened.daily("steps")
    assert day["value"].tolist() == [1570]
    assert set(day["sources"].iloc[0].split(", ")) == {WATCH.source, PHONE.source}
    told = opened.why("steps", "2026-03-29")
    assert told["counted"].sum() == 1570
    assert list(told.columns) == ["source", "samples", "given", "counted", "why"]


def test_sleep_is_dated_by_waking_and_sums_to_a_daily_value(opened):
    """A night over the change of the clocks belongs to its morning, with its real length."""
    (night,) = opened.sleep("2026-03-29", "2026-03-29").to_dict("records")
    assert (night["asleep_min"], night["deep_min"], night["is_nap"]) == (420, 120, False)
    assert night["date"] == pd.Timestamp("2026-03-29")
    assert opened.daily("sleep_duration")["value"].tolist() == [420]
    assert opened.why("sleep_duration", "2026-03-29")["counted"].tolist() == [420]
    assert opened.sleep_stages(night["session_id"])["stage"].tolist() == ["light", "deep"]
    assert len(opened.sleep("2026-03-28", "2026-03-28")) == 0
    with pytest.raises(UnknownRecord):
        opened.sleep_stages("nothing")


def test_workout_of_two_apps_is_one_row_with_its_streams(opened):
    """The richer record speaks; its stream joins what was recorded with it and the samples within."""
    (run,) = opened.workouts().to_dict("records")
    assert (run["distance_m"], run["also_in"]) == (10_000, "Strava")
    stream = opened.streams(run["workout_id"])
    assert stream["altitude"].dropna().tolist() == [30, 31]
    assert stream["heart_rate"].dropna().to_dict() == {1800.0: 151.0}
    with pytest.raises(UnknownRecord):
        opened.streams("nothing")


def test_sparse_records_come_back(opened):
    """Sets, scores, documents and vendor-coded samples are there as they were handed over."""
    assert opened.sets()["load_kg"].tolist() == [100]
    assert opened.scores()["score"].tolist() == ["watch_rings"]
    assert [one.body for one in opened.documents("fhir:Observation")] == [b"{}"]
    listed = opened.metrics().set_index("metric")
    assert listed.loc["apple:Odd", "unit"] == "furlong"
    assert opened.samples("apple:Odd")["value"].tolist() == [4]


def test_unknown_metric_is_refused(opened):
    """A name that is neither in the catalogue nor in the vault is an error, not an empty table."""
    for read in (opened.samples, opened.daily):
        with pytest.raises(UnknownMetric):
            read("heart_rat")


def test_checkins_keep_the_latest_of_a_day_and_refuse_what_is_off_the_scale(opened):
    """One row a day; an item that does not exist, or a 6, is refused."""
    opened.checkin("2026-03-29", energy=2)
    opened.checkin("2026-03-29", energy=4, pain=True)
    assert opened.checkins()["energy"].tolist() == [4]
    assert opened.checkins()["pain"].tolist() == [1]
    for wrong in ({"energy": 6}, {"courage": 3}, {"pain": 3}, {}):
        with pytest.raises(InputError):
            opened.checkin("2026-03-29", **wrong)


def test_import_that_changes_nothing_leaves_the_database_untouched(opened, tmp_path):
    """The same export again adds nothing and does not change a byte of the vault."""
    database = tmp_path / "a.vault" / "vault.db"
    wal = tmp_path / "a.vault" / "vault.db-wal"
    before = database.read_bytes(), wal.read_bytes()
    report = opened.ingest(everything())
    assert (report.added, report.updated, report.rejected, report.import_id) == (0, 0, 0, None)
    assert (database.read_bytes(), wal.read_bytes()) == before
    assert len(opened.imports()) == 1


def test_dry_run_keeps_nothing(tmp_path):
    """A dry run counts what would be added."""
    with vault.create(tmp_path / "a.vault", PASSPHRASE) as made:
        assert made.ingest(everything(), dry_run=True).added == 9 + 7
        assert len(made.metrics()) == 0


def test_readiness_without_data_says_what_is_missing(tmp_path, clock):
    """An empty vault has no score, and says so instead of failing."""
    with vault.create(tmp_path / "a.vault", PASSPHRASE, clock=clock) as made:
        found = made.readiness()
        assert found.score is None
        assert found.missing
        assert found.date == date(2026, 4, 5)
        assert len(made.readiness_history()) == 0


def test_public_names_are_all_there():
    """What ``vault`` lists can be had, and nothing else is promised."""
    assert sorted(vault.__all__) == vault.__all__
    assert all(getattr(vault, name) is not None for name in vault.__all__)
    with pytest.raises(AttributeError):
        vault.nothing  # noqa: B018


def test_no_plaintext_in_any_file(opened, tmp_path):
    """No source name, activity or document text can be found in the vault's folder while it is open."""
    for file in Path(tmp_path / "a.vault").iterdir():
        content = file.read_bytes()
        for word in (b"Alex", "Alex’s Watch".encode(), b"Strava", b"running", b"squat", b"heart_rate"):
            assert word not in content, file.name


def test_readiness_of_a_day_to_come_is_refused(opened):
    """A day that has not come yet has no readiness, and asking for the year 9999 costs nothing."""
    for day in ("2026-04-07", "9999-12-31"):
        with pytest.raises(InputError):
            opened.readiness(day)
    assert opened.readiness("2026-04-06").score is None


def test_why_agrees_with_daily_on_an_interval_of_weeks(tmp_path, clock):
    """A total over three weeks is in the value of each of its days, and in the reasons of each."""
    with vault.create(tmp_path / "a.vault", PASSPHRASE, clock=clock) as made:
        made.ingest([batch("steps", [(-20 * 24, 24, 21_000)], WATCH), batch("steps", [(9, 10, 70)], PHONE)])
        daily = made.daily("steps")
        counted = [made.why("steps", day.date())["counted"].sum() for day in daily.index]
    assert len(counted) == 22
    assert counted == daily["value"].tolist()


def test_create_that_fails_does_not_stand_in_the_way_of_the_next(tmp_path, monkeypatch):
    """Half a vault is taken away, so that the same call works once the disk has room again."""
    place = tmp_path / "a.vault"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "make", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            vault.create(place, PASSPHRASE)
    assert list(place.iterdir()) == []
    vault.create(place, PASSPHRASE).close()


def test_closed_vault_says_so(opened):
    """Whatever is asked of a closed vault, it is locked; closing it again is harmless."""
    opened.close()
    opened.close()
    uses = [opened.metrics, opened.sleep, opened.readiness, opened.imports, opened.signing_seed]
    uses += [
        partial(opened.ingest, []),
        partial(opened.set_home_zone, "UTC"),
        partial(opened.events, "audit"),
    ]
    for use in uses:
        with pytest.raises(LockedError, match="the vault is closed"):
            use()


def test_keys_are_wiped_when_the_store_fails_to_close_or_open(opened, tmp_path, monkeypatch):
    """A failing disk leaves no keys behind: neither of a vault that closes, nor of one that does not open."""
    wiped = []
    monkeypatch.setattr(keys.Keys, "wipe", lambda _: wiped.append("wiped"))
    with monkeypatch.context() as patch:
        patch.setattr(Store, "close", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            opened.close()
        patch.setattr(Store, "open", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            vault.open(tmp_path / "a.vault", PASSPHRASE)
    assert len(wiped) == 2


def test_why_of_no_day_is_refused(opened):
    """A reason is asked for of a day."""
    with pytest.raises(InputError):
        opened.why("steps", None)


def test_sets_that_two_observations_of_one_workout_tell_are_told_once(tmp_path):
    """A whole export and a damaged copy of it, or two apps, fold into one workout with one list of sets."""
    start, end = at(20), at(21)
    with vault.create(tmp_path / "v", PASSPHRASE) as opened:
        for origin, key in ((WATCH, "gym"), (PHONE, "gym, cut short")):
            opened.ingest(
                [
                    Workout(key, start, end, 120, "strength_training", origin),
                    *(StrengthSet(key, origin, one, "squat", at(20 + one / 9), 120) for one in range(3)),
                ]
            )
        assert len(opened.workouts()) == 1
        assert opened.sets()["index"].tolist() == [0, 1, 2]
        assert opened.sets()["workout_id"].nunique() == 1


def test_rooms_that_are_documented_are_there_after_import_vault():
    """``vault.fhir.problems`` is called as it is written, without another import."""
    code = "import vault; vault.fhir.problems; vault.openmhealth.ndjson"
    subprocess.run([sys.executable, "-c", code], check=True)
