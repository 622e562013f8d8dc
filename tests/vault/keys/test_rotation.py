"""The rotation of the data key: at every moment, whoever crashes, the header leads to the database's key."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from vault import keys
from vault.errors import LockedError, ReadOnly, StoreError, Tampered
from vault.keys import file, kdf
from vault.keys.kdf import Cost

PASSPHRASE = "correct horse battery"
VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "header-1.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    for bound in ("DEFAULT", "FLOOR"):
        monkeypatch.setattr(kdf, bound, Cost(8, 1, 1))


@pytest.fixture
def made(tmp_path):
    """A new vault: its folder and keys."""
    folder = tmp_path / "me.vault"
    return folder, keys.create(folder, PASSPHRASE)[0]


def no_space(*_):
    raise OSError(28, "No space left on device")


def unlocked(folder):
    return keys.unlock(folder, passphrase=PASSPHRASE)


def test_rotation_begun_leads_to_both_keys(made):
    """From the first step on the header opens to the old and the new key, and says what is pending."""
    folder, opened = made
    old = opened.database
    keys.begin_rotation(folder, opened)
    assert opened.databases == unlocked(folder).databases
    assert opened.databases[0] == old != opened.database
    assert keys.is_pending(opened)
    assert keys.is_pending(unlocked(folder))


def test_rotation_begun_twice_adds_no_third_key(made):
    """A rotation that is pending is gone on with: its new key stays."""
    folder, opened = made
    keys.begin_rotation(folder, opened)
    pending = opened.databases
    again = unlocked(folder)
    keys.begin_rotation(folder, again)
    keys.begin_rotation(folder, opened)
    assert opened.databases == again.databases == pending


def test_rotation_ended_forgets_the_old_key(made):
    """Afterwards the header leads to the new key alone; slots, identity and signature are as before."""
    folder, opened = made
    before = unlocked(folder)
    slots = json.loads(keys.header_bytes(folder))["slots"]
    keys.begin_rotation(folder, opened)
    keys.end_rotation(folder, opened, opened.database)
    found = unlocked(folder)
    assert found.databases == opened.databases != before.databases
    assert not keys.is_pending(found)
    assert (found.secret, found.identity) == (before.secret, before.identity)
    assert json.loads(keys.header_bytes(folder))["slots"] == slots


def test_rotation_ended_twice_is_ended_once(made):
    """Who ends again, or ends what another process ended, changes nothing."""
    folder, opened = made
    keys.begin_rotation(folder, opened)
    other = unlocked(folder)
    keys.end_rotation(folder, opened, opened.database)
    before = keys.header_bytes(folder)
    keys.end_rotation(folder, opened, opened.database)
    keys.end_rotation(folder, other, other.database)
    assert keys.header_bytes(folder) == before
    assert other.databases == opened.databases


def test_rotation_is_not_ended_on_the_old_key_or_a_foreign_one(made):
    """While another process may be rekeying, nobody takes the new key out of the header again."""
    folder, opened = made
    stale = unlocked(folder)
    keys.begin_rotation(folder, opened)
    before = keys.header_bytes(folder)
    for database in (opened.databases[0], bytes(32)):
        with pytest.raises(StoreError, match="has not got its new key"):
            keys.end_rotation(folder, opened, database)
    with pytest.raises(StoreError):
        keys.end_rotation(folder, stale, opened.databases[0])
    assert keys.header_bytes(folder) == before


def test_rotation_survives_an_older_header_put_back_meanwhile(made):
    """A sync service that brings back the header of before does not lose the new key of the database."""
    folder, opened = made
    before = keys.header_bytes(folder)
    keys.begin_rotation(folder, opened)
    (folder / keys.HEADER_NAME).write_bytes(before)
    keys.end_rotation(folder, opened, opened.database)
    assert unlocked(folder).databases == (opened.database,)


def test_rotation_that_can_not_be_written_changes_no_key_in_hand(made, monkeypatch):
    """When the disk refuses, the keys in hand are those of the header, so nobody rekeys to a lost one."""
    folder, opened = made
    before = opened.databases
    monkeypatch.setattr(file, "_replace", no_space)
    with pytest.raises(ReadOnly):
        keys.begin_rotation(folder, opened)
    assert opened.databases == before == unlocked(folder).databases


def test_rotation_by_the_keys_of_another_vault_is_refused(made, tmp_path):
    """Foreign keys neither begin nor end anything here."""
    folder, _ = made
    foreign, _ = keys.create(tmp_path / "other", PASSPHRASE)
    for act in (keys.begin_rotation, keys.lift, lambda *_: keys.end_rotation(folder, foreign, bytes(32))):
        with pytest.raises(Tampered):
            act(folder, foreign)


@pytest.fixture
def of_format_1(tmp_path, monkeypatch):
    """The frozen vault header of format 1, unlocked."""
    monkeypatch.undo()
    (tmp_path / keys.HEADER_NAME).write_text(json.dumps(VECTOR["header"]))
    return tmp_path, keys.unlock(tmp_path, passphrase=VECTOR["passphrase"])


@pytest.mark.parametrize("way", ["passphrase", "recovery_code"])
def test_lift_asks_for_nothing_and_keeps_every_way_in(of_format_1, way):
    """A header of format 1 becomes one of format 2 with the same slots, secret and database key."""
    folder, opened = of_format_1
    keys.lift(folder, opened)
    header = json.loads(keys.header_bytes(folder))
    assert (header["version"], len(header["data"])) == (2, 1)
    assert header["slots"] == VECTOR["header"]["slots"]
    found = keys.unlock(folder, **{way: VECTOR[way]})
    assert found.secret.hex() == VECTOR["secret"]
    assert [key.hex() for key in found.databases] == [VECTOR["keys"]["database"]]


def test_lift_of_a_lifted_header_writes_nothing(of_format_1):
    """Lifting is done once."""
    folder, opened = of_format_1
    keys.lift(folder, opened)
    before = keys.header_bytes(folder)
    keys.lift(folder, opened)
    assert keys.header_bytes(folder) == before


def test_rotation_after_a_lift_leaves_the_master_key_behind(of_format_1):
    """The data key of format 1 was the master key; after a rotation that does not open the database."""
    folder, opened = of_format_1
    keys.begin_rotation(folder, opened)
    keys.end_rotation(folder, opened, opened.database)
    found = keys.unlock(folder, passphrase=VECTOR["passphrase"])
    assert found.databases == opened.databases
    assert found.database != keys.Keys(found.secret).database


def test_header_of_format_1_put_back_is_not_taken_for_the_newer(of_format_1):
    """After a rotation, the old header is no base for a change, which would make the key's loss final."""
    folder, opened = of_format_1
    before = keys.header_bytes(folder)
    keys.begin_rotation(folder, opened)
    keys.end_rotation(folder, opened, opened.database)
    (folder / keys.HEADER_NAME).write_bytes(before)
    with pytest.raises(LockedError):
        keys.new_recovery_code(folder, opened)
    assert keys.header_bytes(folder) == before


class Rotation(RuleBasedStateMachine):
    """Two processes on one vault; each may crash between any two steps, or find the disk full."""

    who = st.integers(0, 1)

    def __init__(self):
        super().__init__()
        self._patch = pytest.MonkeyPatch()
        for bound in ("DEFAULT", "FLOOR"):
            self._patch.setattr(kdf, bound, Cost(8, 1, 1))
        self._held = tempfile.TemporaryDirectory()
        self.folder = Path(self._held.name)
        made, self.code = keys.create(self.folder, PASSPHRASE)
        self.passphrase, self.renewals = PASSPHRASE, 0
        self.database = made.database
        self.processes = [made, keys.unlock(self.folder, passphrase=PASSPHRASE)]

    def teardown(self):
        self._patch.undo()
        self._held.cleanup()

    @rule(who=who)
    def crash_and_open_again(self, who):
        self.processes[who] = keys.unlock(self.folder, passphrase=self.passphrase)

    @rule(who=who, full=st.sampled_from([False, False, False, True]))
    def begin(self, who, full):
        with disk(full=full), suppress(LockedError):
            keys.begin_rotation(self.folder, self.processes[who])

    @rule(who=who)
    def rekey(self, who):
        """PRAGMA rekey: of who can read the database, in a rotation."""
        opened = self.processes[who]
        if self.database in opened.databases and keys.is_pending(opened):
            self.database = opened.database

    @rule(who=who, full=st.sampled_from([False, False, False, True]))
    def end(self, who, full):
        with disk(full=full), suppress(LockedError, StoreError):
            if self.database in self.processes[who].databases:
                keys.end_rotation(self.folder, self.processes[who], self.database)

    @rule(who=who)
    def change_the_code(self, who):
        with suppress(LockedError):
            self.code = keys.new_recovery_code(self.folder, self.processes[who])

    @precondition(lambda self: self.renewals < 3)
    @rule(who=who)
    def renew(self, who):
        with suppress(LockedError, StoreError):
            chosen = f"{PASSPHRASE} {self.renewals}"
            self.code = keys.renew(self.folder, self.processes[who], chosen)
            self.passphrase, self.renewals = chosen, self.renewals + 1

    @invariant()
    def every_way_in_leads_to_the_database(self):
        for way in ({"passphrase": self.passphrase}, {"recovery_code": self.code}):
            assert self.database in keys.unlock(self.folder, **way).databases


@contextmanager
def disk(*, full):
    """A disk that takes no header, if it is full."""
    with pytest.MonkeyPatch.context() as patch, suppress(ReadOnly):
        if full:
            patch.setattr(file, "_replace", no_space)
        yield


test_rotation_of_two_processes_never_loses_the_key = Rotation.TestCase
Rotation.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
