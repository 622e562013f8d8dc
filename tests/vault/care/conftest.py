"""What the tests of care share: a vault with some content, and a folder for its backups."""

from __future__ import annotations

import os
from functools import partial
from types import SimpleNamespace

import pytest

from vault import keys
from vault.care.backup import DATABASE, backup
from vault.records import Document, Origin
from vault.store.store import Store

PASSPHRASE = "a passphrase of that time"
MARKER = "blood pressure of a known person"
WATCH = Origin(MARKER, "test", "1")


@pytest.fixture
def made(tmp_path, clock, cheap_keys):
    """An open vault with some content; ``take`` backs it up into ``place``, ``names`` lists what is there."""
    folder, place = tmp_path / "my.vault", tmp_path / "disk"
    place.mkdir()
    opened, _ = keys.create(folder, PASSPHRASE, clock=clock)
    with Store.create(folder / DATABASE, opened.database, clock=clock) as store:
        bodies = [MARKER.encode() + os.urandom(20_000) for _ in range(5)]  # which do not compress
        store.ingest(
            [Document("ecg", body[-9:].hex(), WATCH, "text/plain", body) for body in bodies], clock=clock
        )
        store.append_event("grant", {"to": MARKER}, clock)
        path = place / "my.backup"
        yield SimpleNamespace(
            folder=folder,
            keys=opened,
            passphrase=PASSPHRASE,
            marker=MARKER,
            store=store,
            place=place,
            path=path,
            clock=clock,
            take=partial(backup, store, folder, opened, path, clock=clock),
            names=lambda: sorted(one.name for one in place.iterdir()),
        )
