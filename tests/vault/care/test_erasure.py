"""Erasing for good: no file, page or key is left that shows it, a crash is made good, and it is certified."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from vault import keys
from vault.care import erasure, rotation
from vault.errors import Busy, InputError, Tampered, UnknownMetric, UnknownRecord
from vault.moment import span
from vault.records import Document, Origin, Samples, SourceFile, Workout
from vault.store import connection as database
from vault.store import seals
from vault.store.events import ERASING
from vault.store.ingest import ingest
from vault.store.store import Store
from vault.store.tombstones import Tombstones

S = 10**9
T = 1_774_000_000 * S
PAGE, RESERVED, IV, SALT = 4096, 80, 16, 16
SECRET = "Grandmother’s Bracelet"
WATCH, PHONE = Origin(SECRET, "apple_health"), Origin("Phone", "apple_health")
BODY = random.Random(1).randbytes(3000)
"""What can't be compressed stands in its page as it is."""


class Opened:
    """A vault's folder, keys and store."""

    def __init__(self, folder, opened, store):
        self.folder, self.keys, self.store = folder, opened, store

    def erase(self, clock, **scope):
        return erasure.erase(self.store, self.folder, self.keys, clock=clock, **scope)

    def taken(self, clock, records=()):
        return ingest(
            self.store.connection,
            [*(records or EXPORT), SourceFile("export.xml", 1, "ab" * 32)],
            adapter="apple_health",
            version="1",
            clock=clock,
            home=self.store.home_zone,
            identity=self.keys.identity,
        )

    def reopened(self):
        """Return it as another process opens it, with whichever key fits."""
        self.store.close()
        again = keys.unlock(self.folder, passphrase="correct horse battery")
        for key in again.databases:
            try:
                return Opened(self.folder, again, Store.open(self.folder / "vault.db", key))
            except Tampered:
                continue
        raise AssertionError("no key of the header opens the database")


def beats(count=200, origin=0):
    """A heart rate a minute."""
    start = T + np.arange(count) * 60 * S
    cells = np.full(count, 120, np.int16), 60.0 + np.arange(count) % 40, np.full(count, origin, np.int32)
    return Samples("heart_rate", start, start, *cells, (WATCH, PHONE))


EXPORT = [
    beats(),
    beats(50, 1),
    Workout("k", T, T + S, 120, "running", WATCH, hr_mean=150.0, details={"said": "MARKER " * 20}),
    Document("note", "1", WATCH, "text/plain", BODY, T, 120),
]


@pytest.fixture
def opened(tmp_path, clock, cheap_keys):
    """A vault with an export in it."""
    folder = tmp_path / "vault"
    made, _ = keys.create(folder, "correct horse battery", clock=clock)
    store = Store.create(folder / "vault.db", made.database, clock=clock, home_zone="Europe/Berlin")
    vault = Opened(folder, made, store)
    vault.taken(clock)
    yield vault
    vault.store.close()


def pages(folder):
    """Yield every page of the database and of the WAL, whose frames have a header each."""
    for name, first, step in (("vault.db", 0, PAGE), ("vault.db-wal", 32 + 24, PAGE + 24)):
        path = folder / name
        content = path.read_bytes() if path.exists() else b""
        for at in range(first, len(content) - PAGE + 1, step):
            yield content[at : at + PAGE]


def plain(folder, key: bytes) -> bytes:
    """Return all files of a vault as they stand, and every page decrypted with a key."""
    found = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for page in pages(folder):
        iv = page[PAGE - RESERVED : PAGE - RESERVED + IV]
        for begins in (0, SALT):  # the first page begins after the salt
            cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
            found += [cipher.update(page[begins : PAGE - RESERVED]), b"\0"]
    return b"".join(found)


MARKERS = [SECRET.encode(), b"MARKER MARKER", BODY[100:200]]


@pytest.mark.parametrize("scope", [{"source": SECRET}, {"everything": True}, {"import_id": "1"}])
def test_erase_leaves_no_trace_in_any_file(opened, clock, scope):
    """What was erased is in no file and no page, under the old key or the new, open or closed."""
    old = opened.keys.database
    before = plain(opened.folder, old)
    assert [marker in before for marker in MARKERS] == [True, True, True]
    opened.erase(clock, **scope)
    assert opened.keys.database != old
    for _ in ("open", "closed"):
        for key in (old, opened.keys.database):
            after = plain(opened.folder, key)
            assert [marker in after for marker in MARKERS] == [False, False, False]
        opened.store.close()


def test_erase_makes_the_database_smaller_and_forgets_its_key(opened, clock):
    """Pages are given back, the old key opens nothing, the header holds one key, and the seals hold."""
    opened.taken(clock, [Document("note", str(n), WATCH, "text/plain", BODY[n:]) for n in range(40)])
    opened = opened.reopened()
    old, size = opened.keys.database, (opened.folder / "vault.db").stat().st_size
    opened.erase(clock, source=SECRET)
    opened.store.close()
    assert (opened.folder / "vault.db").stat().st_size < size - 40 * 2900
    opened = opened.reopened()
    assert len(opened.keys.databases) == 1
    assert seals.broken(opened.store.connection) == []
    opened.store.close()
    with pytest.raises(Tampered):
        Store.open(opened.folder / "vault.db", old)


def test_erase_of_everything_and_import_again(opened, clock):
    """Nothing comes back until tombstones are forgotten; then all of it does."""
    whole = opened.store.digest()
    opened.erase(clock, everything=True)
    empty = opened.store.digest()
    assert opened.taken(clock).rejections == {"erased": 252}
    assert (opened.store.digest(), opened.store.series()) == (empty, [])
    assert erasure.forget_tombstones(opened.store, clock) > 0
    assert erasure.forget_tombstones(opened.store, clock) == 0
    assert opened.taken(clock).added == 252
    assert opened.store.digest() == whole


def test_forget_tombstones_of_one_erasure(opened, clock):
    """Only what that erasure took may come back."""
    first = opened.erase(clock, source="Phone")
    opened.erase(clock, metric="workout")
    erasure.forget_tombstones(opened.store, clock, first.erasure)
    assert opened.taken(clock).rejections == {"erased": 1}
    assert [event.body["erasure"] for event in opened.store.events(erasure.FORGOTTEN)] == [first.erasure]


def test_certificate_says_what_was_erased(opened, clock):
    """It names scope, counts and counters, is the vault's, and its event has no source's name."""
    before = opened.store.counter
    day = span(date(2026, 3, 20), date(2026, 3, 21), opened.store.home_zone)
    told = opened.erase(clock, metric="heart_rate", source=SECRET, period=day)
    assert told.scope == {
        "metric": "heart_rate",
        "source": SECRET,
        "start": "2026-03-20",
        "end": "2026-03-21",
    }
    assert told.counts == {"samples": 200, "values": 1}
    assert (told.counter_before, told.counter_after) == (before, before + 1)
    assert opened.store.counter > before
    told.verify(told.key)
    again = erasure.certificate(opened.store, opened.folder, opened.keys, told.erasure)
    again.verify(told.key)
    assert SECRET not in str(again.to_dict())
    assert SECRET not in str([event.body for event in opened.store.events("erasure")])


def test_certificate_of_no_erasure(opened):
    """There is none of what never was."""
    with pytest.raises(UnknownRecord):
        erasure.certificate(opened.store, opened.folder, opened.keys, 7)


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        ({}, InputError),
        ({"everything": True, "metric": "steps"}, InputError),
        ({"metric": "hart_rate"}, UnknownMetric),
        ({"source": "Phoney"}, InputError),
        ({"import_id": "9"}, UnknownRecord),
    ],
)
def test_erase_refuses_what_is_not_there(opened, clock, scope, error):
    """A misspelt name erases nothing, and says so."""
    state = opened.store.counter
    with pytest.raises(error):
        opened.erase(clock, **scope)
    assert opened.store.counter == state


def test_erase_again_is_no_error(opened, clock):
    """Who erases what is erased already gets a certificate of nothing."""
    opened.erase(clock, source=SECRET)
    assert sum(opened.erase(clock, source=SECRET).counts.values()) == 0
    assert sum(opened.erase(clock, metric="steps").counts.values()) == 0


class Crash(Exception):
    """The process ends here."""


@pytest.mark.parametrize(
    "point",
    [
        (database, "compact"),
        (database, "checkpoint"),
        (keys, "begin_rotation"),
        (database, "rekey"),
        (keys, "end_rotation"),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_is_made_good_at_the_next_opening(opened, clock, monkeypatch, point, after):
    """Wherever it stops, the data are gone, a key opens the vault, and ``finish`` does what is left to do."""
    old = opened.keys.database
    place, name = point
    really = getattr(place, name)

    def crash(*given):
        if after:
            really(*given)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(place, name, crash)
        with pytest.raises(Crash):
            opened.erase(clock, source=SECRET)
    opened = opened.reopened()
    assert [one.sources for one in opened.store.series()] == [("Phone",)]
    assert opened.store.setting(ERASING) is not None
    assert rotation.finish(opened.store, opened.folder, opened.keys)
    assert not rotation.finish(opened.store, opened.folder, opened.keys)
    assert opened.store.setting(ERASING) is None
    assert old not in opened.keys.databases
    assert not any(marker in plain(opened.folder, old) for marker in MARKERS)
    assert opened.taken(clock).rejections == {"erased": 202}
    opened.store.close()


def test_erase_while_somebody_reads(opened, clock, monkeypatch):
    """A reader's snapshot keeps old pages in use: the data go, and the rest waits for the next opening."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    opened.store.connection.execute("PRAGMA busy_timeout = 50")
    reader = Store.open(opened.folder / "vault.db", opened.keys.database, read_only=True)
    reader.connection.execute("BEGIN")
    reader.connection.execute("SELECT count(*) FROM chunk").fetchone()
    with pytest.raises(Busy, match="data are erased"):
        opened.erase(clock, source=SECRET)
    reader.close()
    opened = opened.reopened()
    assert rotation.finish(opened.store, opened.folder, opened.keys)
    assert not any(marker in plain(opened.folder, opened.keys.database) for marker in MARKERS)
    opened.store.close()


def test_entomb_erases_in_an_older_state(opened, clock, tmp_path):
    """What was erased since a copy was taken is erased in the copy, with its pages and its name."""
    import shutil

    opened.store.close()
    shutil.copytree(opened.folder, tmp_path / "older")
    opened = opened.reopened()
    opened.erase(clock, source=SECRET)
    known = Tombstones.read(opened.store.connection, opened.keys.identity)
    older = Opened(tmp_path / "older", None, opened.store).reopened()
    old = older.keys.database
    told = erasure.entomb(older.store, older.folder, older.keys, known, clock=clock)
    assert told.counts["samples"] == 200
    assert [one.sources for one in older.store.series()] == [("Phone",)]
    for key in (old, older.keys.database):
        assert not any(marker in plain(older.folder, key) for marker in MARKERS)
    assert older.taken(clock).rejections == {"erased": 202}
    older.store.close()
