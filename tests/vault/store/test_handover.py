"""What a vault takes over from another one: an empty one becomes it, any other stays itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from vault.errors import InputError, UnknownRecord
from vault.records import CheckIn, Handover, LedgerLine, SourceFile
from vault.store.erase import erase
from vault.store.scope import Asked
from vault.store.tombstones import Tombstones
from vault.store.undo import undo

S = 10**9
AT = 1_774_000_000 * S
DAY = AT // (86_400 * S)
IDENTITY = bytes(range(32))
FILE = SourceFile("Ada.zip", 3, "ab" * 32)
SAID = CheckIn(AT, DAY, {"energy": 4.0, "pain": False})
LINE = LedgerLine(AT - S, "apple_health", "1", [FILE])
TOLD = Handover(
    home_zone="America/New_York",
    signer="cd" * 32,
    aliases={"Tempo": "tempo"},
    preferences=[("Ada's Phone", "steps", None, 20_000)],
    identity=IDENTITY,
    checkins=[SAID],
    imports=[LINE],
)


@pytest.fixture
def store(new_store):
    """An empty store at home in Berlin."""
    with new_store() as store:
        yield store


@pytest.fixture
def steps(batch):
    """A hundred steps."""
    return batch("steps", [(AT, AT + S, 60, 100.0, 0, None, None)])


def now():
    return datetime(2026, 4, 5, 8, 0, tzinfo=UTC)


def take(store, *records, identity=IDENTITY, **told):
    """Take in what a bundle says."""
    return store.ingest(iter(records), adapter="vitalvault", clock=now, identity=identity, **told)


def settings(store):
    return {name: store.setting(name) for name in ("home_zone", "aliases", "preferences", "identity")}


def checkins(store):
    return [(event.body["day"], event.body["items"]) for event in store.events("checkin")]


def test_handover_to_an_empty_vault_is_adopted(store, steps):
    """Zone, aliases, choices and identity are the other's before the first sample is merged."""
    report = take(store, TOLD, steps, FILE)
    assert report.adopted
    assert report.signers == [TOLD.signer]
    assert settings(store) == {
        "home_zone": "America/New_York",
        "aliases": '{"Tempo": "tempo"}',
        "preferences": '[["Ada\'s Phone", "steps", null, 20000]]',
        "identity": IDENTITY.hex(),
    }
    daily, _ = store.daily("steps")
    assert daily.day.tolist() == [DAY]
    assert (report.added, report.by_kind["checkin"]) == (2, 1)
    assert checkins(store) == [(DAY, SAID.items)]
    assert store.carried() == [LINE]


def test_handover_without_an_identity_leaves_the_vaults_own(store):
    """A portable bundle keeps the key to itself."""
    take(store, replace(TOLD, identity=None), FILE)
    assert store.setting("identity") is None


def test_handover_to_a_vault_with_data_is_not_adopted(store, steps):
    """Who holds data stays who they are, and takes check-ins and ledger."""
    take(store, steps)
    before = settings(store)
    report = take(store, TOLD, FILE)
    assert not report.adopted
    assert settings(store) == before
    assert (checkins(store), store.carried()) == ([(DAY, SAID.items)], [LINE])


@pytest.mark.parametrize("first", [TOLD, "steps"])
def test_handover_that_is_not_the_first_thing_said_is_not_adopted(store, steps, first):
    """In a folder of several exports the settings of one are not those of all."""
    take(store, steps if first == "steps" else first, replace(TOLD, home_zone="Asia/Tokyo"), FILE)
    assert store.setting("home_zone") != "Asia/Tokyo"


def test_handover_to_a_vault_with_a_checkin_is_not_adopted(store):
    """A person has said something here already."""
    store.append_event("checkin", {"day": DAY, "items": {"mood": 3.0}}, now)
    assert not take(store, TOLD, FILE).adopted


def test_handover_after_all_was_taken_back_is_adopted(store, steps):
    """A vault whose imports were all taken back is an empty one."""
    number = take(store, steps).import_id
    undo(store.connection, number, home=store.home_zone, clock=now)
    assert take(store, TOLD, FILE).adopted


def test_handover_on_trial_changes_nothing(store, steps):
    """A dry run tells what would be adopted, and adopts nothing."""
    before = settings(store)
    assert take(store, TOLD, steps, FILE, dry_run=True).adopted
    assert (settings(store), checkins(store), store.carried()) == (before, [], [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"home_zone": "Nowhere/Town"},
        {"identity": b"short"},
        {"checkins": [CheckIn(AT, DAY, {"energy": 9.0})]},
    ],
)
def test_handover_that_is_none_takes_all_of_the_import_back(store, steps, wrong):
    """No zone, no key, or an answer off the scale: the vault is as it was."""
    before = settings(store)
    with pytest.raises(InputError):
        take(store, replace(TOLD, **wrong), steps, FILE)
    assert (settings(store), store.series(), checkins(store)) == (before, [], [])


def test_handover_twice_is_once(store, steps):
    """Check-ins and ledger are not doubled by the same bundle, nor by another of the same vault."""
    take(store, TOLD, steps, FILE)
    again = take(store, TOLD, steps, FILE)
    assert (again.added, again.duplicate, again.import_id) == (0, 2, None)
    other = take(store, TOLD, steps, replace(FILE, sha256="ee" * 32))
    assert (other.added, other.duplicate) == (0, 2)
    assert (len(checkins(store)), len(store.carried())) == (1, 1)


def test_handover_to_the_vault_it_came_from_adds_nothing(store, steps):
    """A vault knows its own imports and check-ins."""
    store.ingest(iter([steps, FILE]), adapter="apple_health", version="1", clock=now)
    store.append_event("checkin", {"day": DAY, "items": dict(SAID.items)}, now)
    (own,) = store.imports()
    told = replace(
        TOLD,
        checkins=[replace(SAID, at=own.at)],
        imports=[LedgerLine(own.at, "apple_health", "1", [replace(FILE, name="")])],
    )
    report = take(store, told, steps, replace(FILE, sha256="ee" * 32))
    assert (report.added, report.duplicate) == (0, 2)
    assert (len(checkins(store)), store.carried()) == (1, [])


def test_handover_of_a_day_that_was_spoken_of_since_does_not_change_it(store, steps):
    """The latest check-in of a day counts, also when an earlier one comes later."""
    take(store, steps)
    store.append_event("checkin", {"day": DAY, "items": {"energy": 1.0}}, now)
    told = replace(TOLD, checkins=[SAID, replace(SAID, day=DAY + 1)])
    assert take(store, told, FILE).by_kind["checkin"] == 1
    assert checkins(store) == [(DAY, {"energy": 1.0}), (DAY + 1, SAID.items)]


def test_handover_taken_back_takes_checkins_and_ledger_along(store, steps):
    """The vault is as if the bundle had never come; and it may come again."""
    number = take(store, TOLD, steps, FILE).import_id
    undone = undo(store.connection, number, home=store.home_zone, clock=now)
    assert (undone.samples, undone.records) == (1, 1)
    assert (checkins(store), store.carried()) == ([], [])
    take(store, TOLD, steps, FILE)
    assert (checkins(store), store.carried()) == ([(DAY, SAID.items)], [LINE])
    with pytest.raises(UnknownRecord):
        undo(store.connection, number, home=store.home_zone, clock=now)


def test_handover_told_twice_stays_while_one_counts(store, steps):
    """Two bundles of one vault: whichever is taken back, what the other tells too is still there."""
    numbers = [take(store, TOLD, steps, replace(FILE, sha256=sha * 32)).import_id for sha in ("ab", "ee")]
    for number, left in zip(numbers, [([(DAY, SAID.items)], [LINE]), ([], [])], strict=True):
        undo(store.connection, number, home=store.home_zone, clock=now)
        assert (checkins(store), store.carried()) == left


def test_handover_keeps_a_line_of_the_ledger_whose_own_import_is_taken_back(store, steps):
    """What the bundle told as well stays, so where it came from stays."""
    number = store.ingest(iter([steps, FILE]), adapter="apple_health", version="1", clock=now).import_id
    (own,) = store.imports()
    take(store, replace(TOLD, imports=[replace(LINE, at=own.at)]), steps, replace(FILE, sha256="ee" * 32))
    assert store.carried() == []
    undo(store.connection, number, home=store.home_zone, clock=now)
    assert store.carried() == [replace(LINE, at=own.at)]


def forget(store, **words):
    scope = Asked(store.home_zone, **words)
    erase(store.connection, scope, IDENTITY, words={}, home=store.home_zone, clock=now)


def test_handover_does_not_bring_back_what_was_erased(store, steps):
    """An item of a check-in that was erased stays away; the others come."""
    take(store, TOLD, steps, FILE)
    forget(store, metric="wellness_fatigue")
    assert checkins(store) == [(DAY, {"pain": False})]
    number = store.imports()[0].id
    undo(store.connection, number, home=store.home_zone, clock=now)
    take(store, TOLD, steps, FILE)
    assert checkins(store) == [(DAY, {"pain": False})]


def test_handover_that_is_erased_takes_its_checkins_along(store, steps):
    """To erase an import erases what it brought, and not what the owner said here."""
    store.append_event("checkin", {"day": DAY + 1, "items": {"mood": 3.0}}, now)
    number = take(store, TOLD, steps, FILE).import_id
    forget(store, run=int(number))
    assert checkins(store) == [(DAY + 1, {"mood": 3.0})]
    again = take(store, TOLD, steps, replace(FILE, sha256="ee" * 32))
    assert again.rejections["erased"] == 2
    assert checkins(store) == [(DAY + 1, {"mood": 3.0})]


def test_handover_does_not_bring_back_the_name_of_a_file(store, steps):
    """Names of files may tell of whom they are: an erasure empties them, and they stay empty."""
    take(store, TOLD, steps, FILE)
    forget(store, named="Ada")
    nameless = [replace(LINE, files=[replace(FILE, name="")])]
    assert store.carried() == nameless
    assert Tombstones.read(store.connection, IDENTITY).has("file", FILE.sha256)
    take(store, TOLD, steps, replace(FILE, sha256="ee" * 32))
    assert store.carried() == nameless
