"""Erasing sparse records: whole ones by what they are, when and by whom; values out of those that stay."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault import metrics
from vault.errors import Tampered
from vault.merge.activities import activities
from vault.moment import span
from vault.records import Document, Origin, Score, SleepSession, SourceFile, Stream, StrengthSet, Workout
from vault.store import seals
from vault.store.belongings import belongings, table, without
from vault.store.erase import erase
from vault.store.ingest import ingest
from vault.store.scope import Asked, Buried
from vault.store.sparse import TABLES, record_id
from vault.store.tombstones import Tombstones
from vault.time import DAY_NS, UNKNOWN_OFFSET, day_of_date

KEY = bytes(range(32))
S = 10**9
HOUR = 3600 * S
DAY = day_of_date(date(2026, 3, 28))
T = DAY * DAY_NS + 12 * HOUR
HOME = ZoneInfo("Europe/Berlin")
WATCH, PHONE = Origin("Ada’s Watch", "apple_health"), Origin("Phone", "apple_health")
HEART = {"type": "HKQuantityTypeIdentifierHeartRate", "average": "150"}


def clock() -> datetime:
    """A clock that stands still."""
    return datetime(2026, 6, 1, tzinfo=UTC)


def workout(key="run", start=T, offset=60, origin=WATCH, **told):
    """An hour's run that says all there is."""
    said = {"hr_mean": 150.0, "energy_kcal": 500.0, "details": {"statistics": [HEART], "place": "in"}, **told}
    return Workout(key, start, start + HOUR, offset, "running", origin, **said)


def stream(key="run", start=T, origin=WATCH, part="", columns=("heart_rate", "latitude", "power")):
    """A few points of a track."""
    return Stream(key, origin, start + np.arange(3) * S, {name: np.arange(3.0) for name in columns}, part)


def night(key="n", start=T, offset=60, origin=WATCH):
    """A short sleep."""
    return SleepSession(key, start, start + HOUR, offset, origin, ((start, start + HOUR, "deep"),))


SET = StrengthSet("run", WATCH, 0, "squat", T, 60, load_kg=80.0)
SCORE = Score(DAY, WATCH, "apple_active_energy", 400.0, "kcal")
ECG = Document("apple:ecg", "1", WATCH, "application/json", b"{}", T, 60)
ROUTE = Document("apple:route", "a.gpx", PHONE, "application/gpx+xml", b"<gpx/>")
ALL = [workout(), stream(), night(), SET, SCORE, ECG, ROUTE]


@pytest.fixture
def store(new_store):
    """A store at home in Berlin with one record of each kind."""
    with new_store() as opened:
        taken(opened, ALL)
        yield opened


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


def gone(store, *words, **scope):
    """Erase and return what was counted."""
    asked = words[0] if words else Asked(HOME, **scope)
    erase(store.connection, asked, KEY, words={}, home=HOME, clock=clock)
    assert seals.broken(store.connection) == []
    counts = store.last_event("erasure").body["counts"]
    return {name: count for name, count in counts.items() if count}


def rows(store):
    """How many versions there are, by table."""
    counted = {
        one.name: store.connection.execute(f"SELECT count(*) FROM {one.name}").fetchone()[0]
        for one in TABLES.values()
    }
    told = store.connection.execute("SELECT count(*) FROM told_record").fetchone()[0]
    assert told == sum(counted.values())
    return {name: count for name, count in counted.items() if count}


@pytest.mark.parametrize(
    ("scope", "counts"),
    [
        ({"metric": "workout"}, {"workout": 1, "stream": 1, "strength_set": 1, "document": 1}),
        ({"metric": "strength_set"}, {"strength_set": 1}),
        ({"metric": "sleep_deep"}, {"sleep_session": 1}),
        ({"metric": "ecg"}, {"document": 1}),
        ({"metric": "heart_rate"}, {"values": 2}),
        ({"metric": "power"}, {"values": 1}),
        ({"metric": "gps_position"}, {"values": 1, "document": 1}),
        ({"metric": "active_energy"}, {"values": 1, "score": 1}),
        ({"metric": "body_mass"}, {}),
        ({"named": "Phone"}, {"document": 1}),
        ({"named": "Phone", "metric": "workout"}, {"document": 1}),
        ({"named": "Ada’s Watch", "metric": "gps_position"}, {"values": 1}),
        ({"run": 1, "metric": "ecg"}, {"document": 1}),
        ({"run": 2}, {}),
        ({"everything": True},
         {"workout": 1, "stream": 1, "sleep_session": 1, "strength_set": 1, "score": 1, "document": 2}),
        ({"period": span(date(2026, 3, 28), date(2026, 3, 28), HOME)},
         {"workout": 1, "stream": 1, "sleep_session": 1, "strength_set": 1, "score": 1, "document": 1}),
        ({"period": span(date(2026, 3, 29), None, HOME)}, {}),
        ({"period": span(None, date(2026, 3, 28), HOME), "metric": "heart_rate"}, {"values": 2}),
    ],
)  # fmt: skip
def test_erase_takes_records_of_a_scope(store, scope, counts):
    """What goes is counted by table, values that go out of a record by record; it does not come back."""
    before = rows(store)
    assert gone(store, **scope) == counts
    left = rows(store)
    assert {name: n - left.get(name, 0) for name, n in before.items() if n != left.get(name)} == {
        name: n for name, n in counts.items() if name != "values"
    }
    state = store.digest()
    report = taken(store, ALL)
    assert store.digest() == state
    assert (report.added, report.updated) == (0, 0)


def test_erase_of_a_metric_takes_its_values_out_of_workouts(store):
    """No heart rate is left in a workout, its details or its stream; the rest is."""
    gone(store, metric="heart_rate")
    (left,) = store.workouts()
    assert (left.hr_mean, left.energy_kcal, left.details) == (None, 500.0, {"statistics": [], "place": "in"})
    (track,) = store.streams(WATCH, "run")
    assert sorted(track.columns) == ["latitude", "power"]


def test_erase_of_the_only_column_takes_the_stream(store):
    """A stream that held nothing else is gone, and stays gone."""
    alone = stream("run", part="alone", columns=["heart_rate"])
    taken(store, [alone], "b")
    gone(store, metric="heart_rate")
    assert len(store.streams(WATCH, "run")) == 1
    assert taken(store, [alone], "b").rejections == {"erased": 1}


def test_erase_takes_values_out_of_every_version(store):
    """What imports told differently of a workout is poorer in every version, and told by the same."""
    taken(store, [workout(energy_kcal=501.0, offset=UNKNOWN_OFFSET)], "b")
    taken(store, [workout(hr_mean=151.0)], "c")
    assert rows(store)["workout"] == 3
    gone(store, metric="heart_rate")
    told = store.connection.execute(
        "SELECT imports FROM told_record JOIN workout USING (digest) ORDER BY energy_kcal"
    )
    assert [imports for (imports,) in told] == ["[[1,60],[3,60]]", f"[[2,{UNKNOWN_OFFSET}]]"]
    (shown,) = store.workouts()
    assert (shown.energy_kcal, shown.hr_mean) == (500.0, None)


def test_erase_of_a_period_takes_a_stream_with_its_workout(store):
    """A stream begins with its workout; one whose workout never came, with its first point."""
    late = workout("late", T + 11 * HOUR, offset=UNKNOWN_OFFSET)
    taken(store, [late, stream("late", T + 13 * HOUR), stream("lone", T + 13 * HOUR)], "b")
    counts = gone(store, period=span(date(2026, 3, 29), date(2026, 3, 29), HOME))
    assert counts == {"stream": 1, "workout": 1} | {"stream": 2}


def test_erase_of_a_period_takes_a_stream_with_any_version_of_its_workout(store):
    """A workout goes by the start that any import told, shown or not, and its stream with it."""
    taken(store, [workout(start=T + 3 * DAY_NS)], "b")
    day = span(date(2026, 3, 28), date(2026, 3, 28), HOME)
    assert gone(store, period=day)["stream"] == 1
    assert store.streams(WATCH, "run") == []


def test_erase_of_a_period_leaves_what_has_no_date(store):
    """A document without a date lies in no period; it goes with its source, its kind or everything."""
    gone(store, period=span(None, date(2026, 12, 31), HOME))
    assert rows(store) == {"document": 1}


KINDS = st.sampled_from([workout, night, lambda key, start, offset, origin: stream(key, start, origin)])
RECORDS = st.lists(
    st.builds(
        lambda make, key, hours, offset, origin: make(str(key), T + hours * HOUR, offset, origin),
        KINDS, st.integers(0, 2), st.integers(0, 60), st.sampled_from([UNKNOWN_OFFSET, 0, -300]),
        st.sampled_from([WATCH, PHONE]),
    ),
    max_size=8,
)  # fmt: skip
SCOPES = st.builds(
    lambda metric, named, day: Asked(HOME, metric, named, span(None, day, HOME)),
    st.none() | st.sampled_from(sorted(table())),
    st.none() | st.sampled_from([WATCH.source, PHONE.source]),
    st.none() | st.dates(date(2026, 3, 27), date(2026, 3, 31)),
).filter(lambda asked: not asked.is_nothing)


VENDORS_OWN = ["apple:HKQuantityTypeIdentifierMoonLight", "garmin:odd [name]*"]
METRICS = [
    *metrics.catalogue(),
    *(f"{one.name}.{part}" for one in metrics.catalogue().values() for part in one.components),
    *VENDORS_OWN,
]


def names(metric):
    """What vendors call a metric in the details of a workout."""
    known = metrics.find(metric)
    types = () if known is None else known.healthkit
    return [metric.partition(":")[2] or metric, *(f"HKQuantityTypeIdentifier{name}" for name in types)]


def activity_of(metric):
    """A workout in which a metric is of the whole of it."""
    families = belongings(metric).families or ("running",)
    return next(name for name, one in activities().items() if one.family in families)


@pytest.mark.parametrize("metric", METRICS)
def test_no_metric_comes_back_in_the_details_of_a_workout(new_store, metric):
    """Whatever metric is erased: no export and no older state brings back what a workout says of it."""
    entries = [{"type": name, "sum": 4242} for name in names(metric)]
    said = {"statistics": entries, "laps": [dict.fromkeys(names(metric), 4242)]}
    export = [replace(workout(details={**said, "place": "in"}), activity=activity_of(metric))]
    with new_store() as store, new_store() as older:
        for one in (store, older):
            taken(one, export)
        gone(store, metric=metric)
        taken(store, export, "again")
        gone(older, Buried(Tombstones.read(store.connection, KEY)))
        for one in (store, older):
            assert "4242" not in str(one.workouts())
            assert [left.details["place"] for left in one.workouts()] == ["in"] * (metric != "workout")


def test_the_distance_of_a_part_goes_from_a_workout_of_another_family(store):
    """A triathlon loses the distance that was cycled, and keeps its own."""
    types = ["HKQuantityTypeIdentifierDistanceCycling", "HKQuantityTypeIdentifierDistanceSwimming"]
    said = {"statistics": [{"type": name} for name in types], "totalDistance": 51_500}
    taken(store, [replace(workout("tri", distance_m=51_500.0, details=said), activity="triathlon")], "b")
    gone(store, metric="distance_cycling")
    (left,) = [one for one in store.workouts() if one.key == "tri"]
    assert left.details == {"statistics": [{"type": types[1]}], "totalDistance": 51_500}
    assert left.distance_m == 51_500.0


def test_a_vendors_own_metric_takes_no_metric_of_the_same_name(store):
    """Who erases a vendor's own heart rate keeps the workout's."""
    gone(store, metric="garmin:heart_rate")
    taken(store, [workout()], "again")
    assert store.workouts()[0].hr_mean == 150.0


@pytest.mark.parametrize("table", ["told_record", "origin", "series", "import_file"])
def test_erase_does_not_act_on_what_somebody_changed(store, table):
    """Who told what, and what is called how, decides what is erased: a changed row is Tampered first."""
    if table == "series":
        store.connection.execute("INSERT INTO series (metric, unit, coded) VALUES ('steps', '', 0)")
    else:
        column = {"told_record": "imports", "origin": "app", "import_file": "name"}[table]
        store.connection.execute(f"UPDATE {table} SET {column} = {column} || ' '")
    store.connection.ledger.held.clear()  # as for a process that opens the vault now
    with pytest.raises(Tampered, match=table):
        erase(store.connection, Asked(HOME, run=1), KEY, words={}, home=HOME, clock=clock)
    assert rows(store)["workout"] == 1


@settings(max_examples=30)
@given(export=RECORDS, asked=SCOPES)
def test_erased_records_stay_erased_and_no_others_go(new_store, export, asked):
    """Nothing comes back, other sources lose nothing, and tombstones erase the same in an older state."""
    with new_store() as store, new_store() as older:
        for one in (store, older):
            taken(one, export)
        gone(store, asked)
        state = store.digest()
        assert taken(store, export).added == 0
        assert store.digest() == state
        if asked.named is not None:
            kept = {record_id(one) for one in export if one.origin.source != asked.named}
            there = {
                one
                for table in TABLES.values()
                for (one,) in store.connection.execute(f"SELECT id FROM {table.name}")
            }
            assert kept <= there
        if asked.metric is not None:
            for one in (
                *store.workouts(),
                *(s for o in (WATCH, PHONE) for k in "012" for s in store.streams(o, k)),
            ):
                within = asked.named in (None, one.origin.source) and asked.period.is_everything
                assert not within or without(one, [asked.metric]) is one
        gone(older, Buried(Tombstones.read(store.connection, KEY)))
        assert older.digest() == state


def test_erased_values_do_not_come_back_with_a_changed_record(store):
    """A later export that knows more of the workout brings that, without the erased heart rate."""
    gone(store, metric="heart_rate")
    report = taken(store, [replace(workout(), distance_m=5000.0)], "later")
    assert report.updated == 1
    (left,) = store.workouts()
    assert (left.distance_m, left.hr_mean) == (5000.0, None)
