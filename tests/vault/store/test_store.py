"""The store as a whole: its format, its settings and log, and no plaintext on the disk at any moment."""

from __future__ import annotations

import numpy as np
import pytest

from vault.errors import AlreadyExists, Busy, InputError, NotAVault, Tampered, UnsupportedVersion
from vault.records import Device, Document, Origin, Rejection, SourceFile, Workout
from vault.store import ingest as ingest_module
from vault.store import schema
from vault.store.connection import close, connect, transaction
from vault.store.store import Store

S = 10**9
T = 1_774_000_000 * S


def test_store_of_a_newer_format_is_refused(new_store, tmp_path, key):
    """A format this code does not know is neither read nor written."""
    with new_store(tmp_path) as store:
        store._connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(UnsupportedVersion):
        Store.open(tmp_path / "vault.db", key)


def test_database_without_a_schema_is_no_vault(tmp_path, key):
    """A database of another program is told from a vault."""
    connection = connect(tmp_path / "vault.db", key, create=True)
    with transaction(connection):
        connection.execute("CREATE TABLE other (x)")
    close(connection)
    with pytest.raises(NotAVault):
        Store.open(tmp_path / "vault.db", key)


def test_store_needs_its_key_and_its_place(new_store, tmp_path, key):
    """Another key does not open it, and it is never made twice."""
    with new_store(tmp_path):
        pass
    with pytest.raises(Tampered):
        Store.open(tmp_path / "vault.db", bytes(32))
    with pytest.raises(AlreadyExists):
        Store.create(tmp_path / "vault.db", key)


def test_unknown_home_zone_makes_no_store(tmp_path, key):
    """A zone that is none is refused before anything is made, or changed."""
    with pytest.raises(InputError):
        Store.create(tmp_path / "vault.db", key, home_zone="Mars/Olympus")
    assert list(tmp_path.iterdir()) == []


def test_settings_stay(new_store, tmp_path, key):
    """A setting is there when the store is opened again; one that was never made is None."""
    with new_store(tmp_path, "Asia/Kathmandu") as store:
        store.set_setting("aliases", '{"Tempo":"tempo"}')
        assert store.setting("nothing") is None
    with Store.open(tmp_path / "vault.db", key) as store:
        assert store.setting("aliases") == '{"Tempo":"tempo"}'
        assert store.home_zone.key == "Asia/Kathmandu"
        store.set_home_zone("Europe/Lisbon")
        with pytest.raises(InputError):
            store.set_home_zone("Mars/Olympus")
        assert store.home_zone.key == "Europe/Lisbon"


def test_events_are_kept_in_order_by_kind(new_store, clock):
    """Events come back in the order they were appended, with their time, each kind by itself."""
    with new_store() as store:
        ids = [store.append_event(kind, {"n": n, "text": "Größe"}, clock) for n, kind in enumerate("abab")]
        assert ids == sorted(ids)
        assert [event.body["n"] for event in store.events("b")] == [1, 3]
        assert {event.at for event in store.events("a")} == {clock()}
        assert store.events("c") == []


SECRETS = ["Zaphods Watch", "Zaphods serial", "secret-note", "secret-code", "secret-sport", "secret-ecg"]


def secret_records(batch):
    """Yield records of all kinds, with a secret wherever there is a text."""
    origins = [Origin("Zaphods Watch", "apple_health", device=Device("Zaphods serial"))]
    noise = np.random.default_rng(1).bytes(1_500_000)  # in all more than SQLite's cache, so that it spills
    for index in range(8):
        rows = [(T + i * S, T + i * S, 60, 60.0, 0, None, f"secret-note {index}") for i in range(20)]
        yield batch("heart_rate", rows, origins)
        yield batch(
            "apple:secret-code", [(*row[:3], 0, *row[4:]) for row in rows], origins, codes=["secret-code"]
        )
        yield Workout(f"w{index}", T, T, 0, "secret-sport", origins[0], details={"x": "secret-sport"})
        yield Document("ecg", f"e{index}", origins[0], "text/csv", b"secret-ecg" * 9 + noise)
    yield Rejection("bad-row", "zap.xml", 3)
    yield SourceFile("zap.xml", 3, "00")


def found_in(folder) -> set[str]:
    """Return the secrets that stand in any file of a folder, as UTF-8 or UTF-16."""
    contents = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    return {one for one in SECRETS if one.encode() in contents or one.encode("utf-16-le") in contents}


def test_nothing_is_ever_on_the_disk_in_plain(new_store, tmp_path, batch, monkeypatch):
    """Neither during an import nor after it does a file of the vault hold a name, note, code or document."""
    monkeypatch.setattr(ingest_module, "_BUFFER_ROWS", 10)
    log = tmp_path / "vault.db-wal"
    spilled = []

    def watched():
        for record in secret_records(batch):
            yield record
            spilled.append(log.stat().st_size)
            if isinstance(record, Document):
                assert found_in(tmp_path) == set()

    with new_store(tmp_path) as store:
        store.ingest(watched())
        assert found_in(tmp_path) == set()
        assert max(spilled) > 1_000_000, "the import was too small to reach the disk before its end"
        assert next(store.documents("ecg")).body.startswith(b"secret-ecg")
    assert found_in(tmp_path) == set()


def test_events_are_written_together_or_not_at_all(new_store, tmp_path):
    """If one of several events can't be written, none of them is."""
    with new_store(tmp_path) as store:
        assert store.append_events([("grant", {"n": 1}, None), ("audit", {"n": 1}, 0)]) == [1, 2]
        with pytest.raises(Busy):
            store.append_events([("grant", {"n": 2}, None), ("audit", {"n": 2}, 1)])
        assert [event.body["n"] for event in [*store.events("grant"), *store.events("audit")]] == [1, 1]


def test_event_that_does_not_follow_the_newest_is_refused(new_store, tmp_path):
    """Two writers can't both continue a log from the same event: the second is told so and writes nothing."""
    with new_store(tmp_path) as store:
        first = store.append_event("audit", {"n": 1}, follows=0)
        store.append_event("audit", {"n": 2}, follows=first)
        with pytest.raises(Busy):
            store.append_event("audit", {"n": 3}, follows=first)
        assert [event.body["n"] for event in store.events("audit")] == [1, 2]
        assert [event.body["n"] for event in store.events("audit", first)] == [2]
        assert store.last_event("audit").body == {"n": 2}
        assert store.last_event("other") is None
