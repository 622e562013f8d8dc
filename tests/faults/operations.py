"""What can be interrupted: a table of operations on a small vault, and what one can see of it afterwards.

The one idea: an operation is a way to make the state before it and a call. What a vault says is read through
the same doors as ever, so a state is equal to another if nobody could tell them apart.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

import policies
import vault
from policies.rights import write_bundle
from policies.sharing.identity import new_secret, recipient_of
from policies.sharing.package import create
from vault.errors import UnsupportedVersion, WrongPassphrase
from vault.keys import kdf, slots
from vault.records import (
    Document,
    Origin,
    Record,
    Samples,
    Score,
    SleepSession,
    SourceFile,
    Stream,
    StrengthSet,
    Workout,
)
from vault.time import SECOND_NS, instant_ns

OLD, NEW = "correct horse battery", "another staple of horses"
PLAIN = [
    *(b"Ada's Watch", b"heart_rate", b"made_up_recovery", b"squat", b"lead,mV", b"first.zip"),
    *(b"CREATE TABLE", OLD.encode(), NEW.encode()),
]
"""What must never stand on a disk as it is."""
WANTED_IN_PLAIN = "bundle.zip"
VAULT, BACKUP, RESTORED = "a.vault", "a.backup", "b.vault"
GOLDEN = Path(__file__).parents[1] / "vectors" / "vault-1"
GOLDEN_PASSPHRASE = "a vault for every later version"
WATCH, PHONE = Origin("Ada's Watch", "test", "11.0"), Origin("Ada's Phone", "test", "18.0")
SIZE = 400
"""Samples of each series of the first export, ten a day."""
BEGAN = instant_ns(datetime(2026, 1, 20, 6, 0, tzinfo=UTC))


def clock() -> datetime:
    """Return the time it always is."""
    return datetime(2026, 4, 5, 8, 0, tzinfo=UTC)


def make_keys_cheap() -> None:
    """Let a passphrase cost nothing in this process, and the one of the golden vault only once."""
    kdf.DEFAULT = kdf.FLOOR = kdf.Cost(8, 1, 1)
    slots.argon2id = functools.cache(slots.argon2id)


def samples(metric: str, origin: Origin, n: int, seed: int, offset_min: int = 60) -> Samples:
    """Return ``n`` samples a tenth of a day apart."""
    start = BEGAN + np.arange(n, dtype=np.int64) * 8_640 * SECOND_NS
    value = np.random.default_rng(seed).integers(50, 150, n).astype(np.float64)
    offsets, zeros = np.full(n, offset_min, np.int16), np.zeros(n, np.int32)
    return Samples(metric, start, start + 60 * SECOND_NS, offsets, value, zeros, [origin])


def first_export() -> Iterator[Record]:
    """Yield what a watch and a phone say of some weeks."""
    night, run = BEGAN + 20 * 3600 * SECOND_NS, BEGAN + 5 * 3600 * SECOND_NS
    yield samples("heart_rate", WATCH, SIZE, 1)
    yield samples("steps", WATCH, SIZE, 2)
    yield samples("steps", PHONE, SIZE, 3)
    yield SleepSession("n1", night, night + 8 * 3600 * SECOND_NS, 60, WATCH)
    yield Workout("run-1", run, run + 3600 * SECOND_NS, 60, "running", WATCH, hr_mean=150.0, hr_max=171.0)
    time = run + np.arange(60, dtype=np.int64) * SECOND_NS
    yield Stream("run-1", WATCH, time, {"heart_rate": np.linspace(120, 170, 60), "altitude": np.arange(60.0)})
    yield StrengthSet("gym-1", PHONE, 0, "squat", run, 60, repetitions=5, load_kg=82.5)
    yield Document("ecg", "e1", WATCH, "text/csv", b"lead,mV\nI,0.5\n" * 400, run, 60)
    yield Score(20_480, WATCH, "made_up_recovery", 66.0, "%")
    yield SourceFile("first.zip", 1234, "11" * 32)


def second_export() -> Iterator[Record]:
    """Yield what they say later: much of it again, another offset, a device more, a score changed."""
    yield samples("heart_rate", WATCH, SIZE + 200, 1)
    yield samples("steps", PHONE, SIZE * 3 // 4, 3, offset_min=120)
    yield samples("respiratory_rate", WATCH, SIZE // 2, 4)
    yield Score(20_480, WATCH, "made_up_recovery", 67.0, "%")
    yield SourceFile("second.zip", 2345, "22" * 32)


def opened(place: Path, passphrase: str = OLD, name: str = VAULT) -> vault.Vault:
    """Open a vault of a place for writing."""
    return vault.open(place / name, passphrase, clock=clock)


def with_first_export(place: Path) -> None:
    """Make a vault that holds the first export, an event and an alias."""
    with vault.create(place / VAULT, OLD, home_zone="Europe/Berlin", clock=clock) as made:
        made.ingest(first_export())
        made.checkin(date(2026, 2, 1), energy=4, pain=False)
        made.remember_aliases({"Ada's Phone": "health"})


def with_both_exports(place: Path) -> None:
    """Make a vault that holds both exports."""
    with_first_export(place)
    with opened(place) as made:
        made.ingest(second_export())


def of_format_1(place: Path) -> None:
    """Take the golden vault that the first format left."""
    (place / VAULT).mkdir()
    for name in ("vault.json", "vault.db"):  # not what stands beside them, in plain
        shutil.copy(GOLDEN / name, place / VAULT)


def with_a_grant(place: Path) -> None:
    """Make a vault whose coach may have steps as a file."""
    with_first_export(place)
    key = recipient_of(new_secret())
    metrics, since = {"steps": "daily+export"}, date(2026, 1, 1)
    with opened(place) as made:
        words = {"kind": "coach", "purpose": "coaching", "metrics": metrics, "data_from": since, "key": key}
        policies.grant(made, policies.Grant(grantee="anna", **words))


def with_backup(place: Path) -> None:
    """Make a vault and a backup of it."""
    with_both_exports(place)
    with opened(place) as made:
        made.backup(place / BACKUP)


Run = Callable[[Path, Callable[[], object]], None]
"""An operation in a place; it calls what it is given as soon as the caller could believe it is done."""


def on_open_vault(call: Callable[[vault.Vault], object]) -> Run:
    """Return an operation that opens the vault, makes a call, and closes it."""

    def run(place: Path, returned: Callable[[], object]) -> None:
        with opened(place) as one:
            call(one)
            returned()

    return run


@dataclass(frozen=True)
class Operation:
    """``prepare`` makes the state before in an empty folder; ``run`` is what gets interrupted."""

    prepare: Callable[[Path], None]
    run: Run


def migrate(place: Path, returned: Callable[[], object]) -> None:
    """Open a vault of the previous format for writing, which lifts it to today's."""
    with opened(place, GOLDEN_PASSPHRASE):
        returned()


def restore(place: Path, returned: Callable[[], object]) -> None:
    """Make a vault of a backup, beside the one it was made of."""
    with vault.restore(place / BACKUP, place / RESTORED, OLD, clock=clock):
        returned()


def in_two_halves(one: vault.Vault) -> None:
    """Take in an export as nobody should."""
    for record in second_export():
        one.ingest([record])


def share(one: vault.Vault) -> None:
    """Write a month for the coach."""
    path = one_up(one) / "anna.share"
    create(one, "anna", "coaching", path, date(2026, 2, 1), date(2026, 2, 28), force=True)


def correct(one: vault.Vault) -> None:
    """Put the first heart rate right."""
    one.correct("heart_rate", datetime(2026, 1, 20, 6, 0, tzinfo=UTC), 99.5, reason="made_up_recovery")


def with_a_note(one: vault.Vault) -> None:
    """Put words aside that belong in the vault."""
    Path(tempfile.gettempdir(), "note.txt").write_text("heart_rate", "ascii")
    one.ingest(second_export())


def one_up(one: vault.Vault) -> Path:
    """Return the folder beside a vault."""
    return one._folder.parent


OPERATIONS = {
    "import": Operation(with_first_export, on_open_vault(lambda one: one.ingest(second_export()))),
    "checkin": Operation(with_first_export, on_open_vault(lambda one: one.checkin(date(2026, 2, 2), mood=3))),
    "undo": Operation(with_both_exports, on_open_vault(lambda one: one.undo_import("1"))),
    "correct": Operation(with_both_exports, on_open_vault(correct)),
    "erase": Operation(with_both_exports, on_open_vault(lambda one: one.erase("heart_rate"))),
    "erase-all": Operation(with_both_exports, on_open_vault(lambda one: one.erase(everything=True))),
    "rekey": Operation(with_first_export, on_open_vault(lambda one: one.rekey(NEW))),
    "rekey-data": Operation(with_both_exports, on_open_vault(lambda one: one.rekey(NEW, data=True))),
    "backup": Operation(with_both_exports, on_open_vault(lambda one: one.backup(one_up(one) / BACKUP))),
    "restore": Operation(with_backup, restore),
    "migration": Operation(of_format_1, migrate),
    "share": Operation(with_a_grant, on_open_vault(share)),
    "bundle": Operation(
        with_first_export,
        on_open_vault(lambda one: write_bundle(one, one_up(one) / "bundle.zip", force=True)),
    ),
    # Not of VitalVault: what must be found out.
    "careless": Operation(with_first_export, on_open_vault(in_two_halves)),
    "talkative": Operation(with_first_export, on_open_vault(with_a_note)),
}


def state(place: Path) -> dict[str, Any]:
    """Return what a place says: what each vault, backup and bundle holds; raises if one of them is not whole.

    Of what is random only the data key is told, for whoever wants to know whether it was changed.
    """
    return {
        path.name: _said(path) for path in sorted(place.iterdir()) if path.suffix in {".vault", ".backup"}
    }


def _said(path: Path) -> Any:
    if path.suffix == ".backup":
        return _of_backup(path)
    for passphrase in (OLD, NEW, GOLDEN_PASSPHRASE):
        try:
            with suppress(UnsupportedVersion), vault.open(path, passphrase, read_only=True) as one:
                one._store.digest()  # who only reads is not kept out by what a crash left
            with vault.open(path, passphrase, clock=clock) as one:
                return {"passphrase": passphrase, **_of_vault(one)}
        except WrongPassphrase:
            continue
    raise WrongPassphrase("none of them opens the vault")


def _of_vault(one: vault.Vault) -> dict[str, Any]:
    one.verify()
    store = one._store
    series = [found.metric for found in store.series()]
    rows = [store.columns(metric) for metric in series]
    content = [
        store.digest(),
        *(
            hashlib.sha256(part.start.tobytes() + part.value.tobytes()).hexdigest()
            for parts in rows
            for part in parts
        ),
        *(repr(store.daily(metric)) for metric in series),
        *(repr(read()) for read in (store.workouts, store.sleep_sessions, store.strength_sets, store.scores)),
        *(repr(document) for document in store.documents()),
    ]
    kinds = ("checkin", "correction", "erasure", "migration")
    return {
        "content": hashlib.sha256("\n".join(content).encode()).hexdigest(),
        "series": series,
        "ledger": [repr(entry) for entry in store.imports()],
        "events": {kind: [event.body | {"sha256": ""} for event in one.events(kind)] for kind in kinds},
        "aliases": one.aliases(),
        "data key": one._keys.database.hex(),
    }


def _of_backup(path: Path) -> dict[str, Any]:
    """Return what is in a backup, by restoring it."""
    place = path.with_name("looked-into")
    shutil.rmtree(place, ignore_errors=True)
    try:
        with vault.restore(path, place, OLD, clock=clock) as one:
            return _of_vault(one)
    finally:
        shutil.rmtree(place, ignore_errors=True)
