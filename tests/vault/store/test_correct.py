"""Correcting a sample: a new value in its place, the old one aside, and nothing brings it back by itself."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from vault.canonical import canonical
from vault.errors import InputError, UnknownMetric
from vault.metrics import metric as catalogued
from vault.moment import Span, span
from vault.records import SourceFile
from vault.store import chunks
from vault.store import correct as correcting
from vault.store.checks import QUARANTINE, SUPERSEDED
from vault.store.columns import values
from vault.store.correct import EVENT
from vault.store.erase import erase
from vault.store.ingest import ingest
from vault.store.scope import Asked
from vault.store.single import Which
from vault.store.undo import undo
from vault.store.verify import verify
from vault.time import UNKNOWN_OFFSET, instant_ns

KEY = bytes(range(32))
S = 10**9
HOME = ZoneInfo("Europe/Berlin")
T = instant_ns(datetime(2026, 3, 28, 6, 30, tzinfo=UTC))
DAY = 86_400 * S
STAGES = ("deep", "light")


def clock() -> datetime:
    """A clock that stands still."""
    return datetime(2026, 6, 1, tzinfo=UTC)


def taken(store, *batches, name="export.xml"):
    """Import as a vault does; return the import's id."""
    file = SourceFile(name, 1, hashlib.sha256(name.encode()).hexdigest())
    return ingest(
        store.connection,
        [*batches, file],
        adapter="apple_health",
        version="1",
        clock=clock,
        home=HOME,
        identity=KEY,
    )


def which(metric="body_mass", start=T, **more):
    """Return the words for a sample that starts then."""
    at = span(start, start, HOME) if isinstance(start, str) else Span(start, start)
    return Which(metric, at, more.get("end"), more.get("source"))


def correct(store, value, *told, reason="", **more):
    return correcting.correct(store.connection, which(*told, **more), value, reason, home=HOME, clock=clock)


def withdraw(store, *told, **more):
    return correcting.withdraw(store.connection, which(*told, **more), home=HOME, clock=clock)


def rows(store, metric="body_mass"):
    """Return (start, source, value, note) of all samples of a series."""
    return [
        (
            int(part.start[at]),
            part.origins[part.origin[at]].source,
            values(part)[at],
            json.loads(part.notes[part.note[at]]) if part.note[at] >= 0 else {},
        )
        for part in store.columns(metric)
        for at in range(len(part))
    ]


def shown(store, metric="body_mass"):
    return [value for _, _, value, _ in rows(store, metric)]


@pytest.fixture
def masses(batch):
    """Three mornings on the scales, the second of them told by two sources."""
    return batch(
        "body_mass",
        [
            (T, T, 60, 72.5, 0, None, '{"by":"hand"}'),
            (T + DAY, T + DAY, 120, 72.1, 0, None, None),
            (T + DAY, T + DAY, 120, 72.9, 1, None, None),
            (T + 40 * DAY, T + 40 * DAY, UNKNOWN_OFFSET, 71.0, 0, None, None),
        ],
    )


@pytest.fixture
def store(new_store, masses):
    """A store of these."""
    with new_store() as made:
        taken(made, masses)
        yield made
        verify(made.connection)


def test_correct_puts_the_new_value_in_its_place(store):
    """Readers and the day show the new value; its note keeps what it said, and says when and why."""
    done = correct(store, 70.5, reason="scales on a carpet")
    assert (done.metric, done.first_day, done.source, done.changed) == (
        *("body_mass", date(2026, 3, 28)),
        *("Ada’s Watch", True),
    )
    told = {"at": "2026-06-01T00:00:00Z", "reason": "scales on a carpet"}
    assert rows(store)[0] == (T, "Ada’s Watch", 70.5, {"by": "hand", "corrected": told})
    assert store.daily("body_mass")[0].value.tolist() == pytest.approx([70.5, 72.9, 71.0], abs=1)
    assert store.daily("body_mass")[0].value[0] == 70.5


def test_correct_sets_the_old_value_aside_where_no_reader_looks(store):
    """The old row is as it was told, in a series that is listed nowhere."""
    correct(store, 70.5)
    assert rows(store, SUPERSEDED + "body_mass") == [(T, "Ada’s Watch", 72.5, {"by": "hand"})]
    assert [series.metric for series in store.series()] == ["body_mass"]


def test_correct_lets_no_import_bring_the_old_value_back(store, masses):
    """The same export again adds nothing and leaves no trace; a new file of the same values is only noted."""
    correct(store, 70.5)
    before = store.digest()
    assert taken(store, masses).import_id is None
    again = taken(store, masses, name="later.xml")
    assert again.counts()["added"] == 0
    assert again.counts()["duplicate"] == 4
    assert store.digest() == before


def test_correct_holds_against_another_version_of_the_old_value(store, batch):
    """The old value told by a newer app, with more said of it, is put right as it comes."""
    correct(store, 70.5)
    taken(store, batch("body_mass", [(T, T, 60, 72.5, 0, T, '{"by":"hand","more":1}')]), name="b")
    assert shown(store)[0] == 70.5
    assert rows(store)[0][3]["more"] == 1
    assert withdraw(store).changed
    assert rows(store)[0][2:] == (72.5, {"by": "hand", "more": 1})


def test_correct_says_nothing_but_metric_and_day_in_the_log(store):
    """The event outlives an erasure, so it has no value, no source and no reason."""
    correct(store, 70.5, reason="I was ill")
    (event,) = store.events(EVENT)
    days = {"first_day": "2026-03-28", "last_day": "2026-03-28"}
    assert event.body == {"metric": "body_mass", **days, "withdrawn": False}


def test_correct_to_the_same_value_changes_nothing(store):
    """What has that value is left alone: no note, no event."""
    before = store.digest(), store.counter
    assert not correct(store, 72.5).changed
    assert (store.digest(), store.counter) == before
    assert store.events(EVENT) == []


def test_correct_again_replaces_the_correction_and_keeps_what_was_told(store):
    """Only what a source told stands aside; the owner's own slip is gone."""
    correct(store, 70.5, reason="a slip")
    correct(store, 70.0)
    assert shown(store)[0] == 70.0
    assert "reason" not in rows(store)[0][3]["corrected"]
    assert shown(store, SUPERSEDED + "body_mass") == [72.5]


@pytest.mark.parametrize("how", ["withdraw", "correct"])
def test_withdraw_leaves_the_store_as_it_was(store, how):
    """Taking a correction back, or correcting to what was told, leaves what was there, and no series."""
    before = store.digest(), rows(store), store.daily("body_mass")[0].value.tolist()
    correct(store, 70.5)
    done = withdraw(store) if how == "withdraw" else correct(store, 72.5)
    assert done.withdrawn
    assert (store.digest(), rows(store), store.daily("body_mass")[0].value.tolist()) == before
    assert [event.body["withdrawn"] for event in store.events(EVENT)] == [False, True]
    assert chunks.series_named(store.connection, SUPERSEDED) == []


def test_withdraw_what_was_never_corrected_is_refused(store):
    """Nothing stands aside of it."""
    with pytest.raises(InputError, match="never corrected"):
        withdraw(store)


@pytest.mark.parametrize("how", ["withdraw", "undo"])
def test_correct_to_what_its_source_then_tells_loses_neither(store, batch, how):
    """Where the source comes to tell the right value too, taking the correction back brings both back."""
    correct(store, 70.5)
    taken(store, batch("body_mass", [(T, T, 60, 70.5, 0, None, None)]), name="b")
    assert shown(store)[0] == 70.5
    if how == "withdraw":
        assert withdraw(store).withdrawn
        assert shown(store)[:2] == [70.5, 72.5]
    else:
        undo(store.connection, store.imports()[0].id, home=HOME, clock=clock)
        assert rows(store)[0][2:] == (70.5, {})
    assert shown(store, SUPERSEDED + "body_mass") == []


def test_correct_back_to_one_of_two_told_values_keeps_the_other_aside(store, batch):
    """Of two values that were told, the one called right is shown; the wrong one does not come back."""
    correct(store, 70.5)
    taken(store, batch("body_mass", [(T, T, 60, 70.5, 0, None, None)]), name="b")
    correct(store, 70.0)
    assert shown(store, SUPERSEDED + "body_mass") == [70.5, 72.5]
    assert not correct(store, 70.5).withdrawn
    assert shown(store)[0] == 70.5
    assert shown(store, SUPERSEDED + "body_mass") == [72.5]


@pytest.mark.parametrize("aside", [SUPERSEDED, QUARANTINE])
def test_correct_what_stands_aside_is_refused(store, batch, aside):
    """What no reader shows has no value to put right."""
    correct(store, 70.5)
    taken(store, batch("body_mass", [(T + 2 * DAY, T + 2 * DAY, 60, 9e6, 0, None, None)]), name="b")
    at = T if aside == SUPERSEDED else T + 2 * DAY
    with pytest.raises(UnknownMetric):
        correct(store, 70.0, aside + "body_mass", at)


def test_correct_finds_the_only_sample_of_a_day(store):
    """A day is enough where one sample starts on it, by the recorded offset."""
    assert correct(store, 70.0, "body_mass", "2026-03-28").start == "2026-03-28T07:30:00+01:00"


def test_correct_of_several_samples_asks_for_the_source(store):
    """Of two sources at one instant the right one has to be named; the other stays."""
    with pytest.raises(InputError) as told:
        correct(store, 70.0, "body_mass", T + DAY)
    assert "Ada's Phone" in told.value.hint
    assert "72" not in f"{told.value}{told.value.hint}"
    correct(store, 70.0, "body_mass", T + DAY, source="Ada's Phone")
    assert sorted(shown(store)) == [70.0, 71.0, 72.1, 72.5]


@pytest.mark.parametrize(
    ("value", "words"),
    [(-1.0, "no possible value"), (float("nan"), "a number"), ("heavy", "a number"), (1e9, "no possible")],
)
def test_correct_to_what_can_not_be_is_refused(store, value, words):
    """Out of range, or no number: nothing is written."""
    before = store.digest()
    with pytest.raises(InputError, match=words):
        correct(store, value)
    assert store.digest() == before


def test_correct_of_nothing_is_refused(store):
    """No sample starts then, or there is no such metric."""
    with pytest.raises(InputError, match="no sample"):
        correct(store, 70.0, "body_mass", T + 5 * DAY)
    with pytest.raises(InputError, match="no samples of workout"):
        correct(store, 70.0, "workout", T)
    with pytest.raises(UnknownMetric):
        correct(store, 70.0, "body_maas", T)
    with pytest.raises(InputError, match="characters"):
        correct(store, 70.0, reason="x" * 201)


def test_correct_a_code(new_store, batch):
    """A coded value takes another code, and a word that is none is refused."""
    with new_store() as store:
        taken(store, batch("sleep_stage", [(T, T + S, 60, 0, 0, None, None)], codes=STAGES))
        correct(store, "rem", "sleep_stage")
        assert shown(store, "sleep_stage") == ["rem"]
        assert shown(store, SUPERSEDED + "sleep_stage") == ["deep"]
        with pytest.raises(InputError, match="takes a code"):
            correct(store, "Very Deep", "sleep_stage")
        verify(store.connection)


def test_correct_to_a_code_the_metric_has_not_is_refused(new_store, batch):
    """Where a metric has a closed list of codes, no other word is taken, and the list is said."""
    with new_store() as store:
        taken(store, batch("sleep_stage", [(T, T + S, 60, 0, 0, None, None)], codes=STAGES))
        with pytest.raises(InputError) as told:
            correct(store, "dreaming", "sleep_stage")
        assert "awake, in_bed, asleep" in told.value.hint
        assert shown(store, "sleep_stage") == ["deep"]


def test_codes_are_of_coded_metrics():
    """Every row of the table is a coded metric's, and every code is a word that is taken."""
    for metric, known in correcting.codes().items():
        assert catalogued(metric).is_coded
        assert [code for code in known if not correcting._CODE.fullmatch(code)] == []


def test_correct_names_the_day_there_and_the_day_at_home(new_store, batch):
    """A sample of a journey may be of another day than at home, and readers ask by either."""
    with new_store() as store:
        taken(store, batch("body_mass", [(T, T, -600, 72.5, 0, None, None)]))
        done = correct(store, 70.5)
        assert (done.first_day, done.last_day) == (date(2026, 3, 27), date(2026, 3, 28))


def test_correct_a_vendors_own_metric(new_store, batch):
    """What is in no catalogue is corrected in its own unit."""
    with new_store() as store:
        told = batch("oura:spark", [(T, T, 60, 3.0, 0, None, None)], unit="1")
        taken(store, told)
        correct(store, 4.0, "oura:spark")
        assert taken(store, told).import_id is None
        assert shown(store, "oura:spark") == [4.0]


def test_undo_of_the_import_takes_the_correction_with_the_value(store, masses):
    """An import that is taken back was never there: nor was there anything to correct."""
    correct(store, 70.5)
    undo(store.connection, store.imports()[0].id, home=HOME, clock=clock)
    assert shown(store) == shown(store, SUPERSEDED + "body_mass") == []
    taken(store, masses)
    assert shown(store)[0] == 72.5


def test_undo_of_one_import_of_two_keeps_the_correction(store, masses):
    """Who else told the old value stands behind the new one, too."""
    correct(store, 70.5)
    taken(store, masses, name="again.xml")
    undo(store.connection, store.imports()[0].id, home=HOME, clock=clock)
    assert shown(store)[0] == 70.5
    assert shown(store, SUPERSEDED + "body_mass") == [72.5]


@pytest.mark.parametrize(
    "scope",
    [
        {"metric": "body_mass"},
        {"named": "Ada’s Watch"},
        {"period": span("2026-03-28", "2026-03-28", HOME)},
        {"run": 1},
        {"everything": True},
    ],
)
def test_erase_takes_old_and_new_value_and_the_reason(store, masses, scope):
    """Whatever reaches the value reaches what it was before; it does not come back."""
    correct(store, 70.5, reason="MARKER")
    erase(store.connection, Asked(HOME, **scope), KEY, words={}, home=HOME, clock=clock)
    assert 70.5 not in shown(store)
    assert rows(store, SUPERSEDED + "body_mass") == []
    taken(store, masses, name="b")
    assert not {70.5, 72.5} & set(shown(store))
    assert "MARKER" not in "".join(json.dumps(event.body) for event in store.events(EVENT))


@pytest.mark.parametrize("order", [1, -1])
def test_both_series_elsewhere_are_the_same_correction(store, new_store, masses, batch, order):
    """A store that takes in both series, in any order, shows the same and refuses the old value, too."""
    correct(store, 70.5)
    mark = canonical(rows(store)[0][3])
    both = [
        batch("body_mass", [(T, T, 60, 70.5, 0, None, mark)]),
        batch(SUPERSEDED + "body_mass", [(T, T, 60, 72.5, 0, None, '{"by":"hand"}')]),
    ]
    for first in ((), (masses,)):
        with new_store() as other:
            if first:
                taken(other, *first)
            taken(other, *both[::order], name="bundle")
            taken(other, masses, name="once more")
            assert other.digest() == store.digest()
            assert other.daily("body_mass")[0].value.tolist() == store.daily("body_mass")[0].value.tolist()
            assert withdraw(other).withdrawn
            assert shown(other)[0] == 72.5
            verify(other.connection)
