"""What damage may do to a store: it is refused or harmless, and no read ever gives another value.

``test_damage.py`` tries a sample with every change, ``tests/slow/test_damage_all.py`` every page.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vault.errors import IntegrityError, Tampered, VaultError
from vault.records import Document, Origin, Samples, Score, Stream, Workout
from vault.store.store import Store
from vault.store.verify import verify

KEY = bytes(range(32))
PAGE = 4096
REGIONS = (20, 2000, 4090)  # ciphertext, ciphertext, and the HMAC at the end of a page
WAL_HEADER, FRAME_HEADER = 32, 24

WATCH, PHONE = Origin("Ada’s Watch", "apple_health", "11.0"), Origin("Ada's Phone", "apple_health", "18.0")
DAY_NS = 86_400 * 10**9
REFUSED = "refused"


@dataclass(frozen=True)
class State:
    """The files of a store, what it says, and its counter."""

    database: bytes
    wal: bytes
    says: dict[str, str]
    counter: int


def samples(metric: str, n: int, seed: int) -> Samples:
    """Some samples a day over months, of two sources."""
    random = np.random.default_rng(seed)
    start = np.int64(18_000 * DAY_NS) + np.sort(random.integers(0, 120, n)) * DAY_NS + np.arange(n) * 10**9
    value = random.integers(50, 150, n).astype(float)
    offset = np.full(n, 60, np.int16)
    return Samples(
        metric, start, start, offset, value, random.integers(0, 2, n).astype(np.int32), (WATCH, PHONE)
    )


def history(n: int) -> Iterator[tuple[str, list[object]]]:
    """Yield what happens to a store: (kind, what)."""
    yield "create", []
    heart = samples("heart_rate", n, 1)
    start = 18_001 * DAY_NS
    ride = Workout("ride", start, start + 10**12, 60, "cycling", WATCH, hr_mean=120.0)
    noise = np.random.default_rng(2).bytes(9_000)
    time = np.arange(200) * 10**9 + start
    stream = Stream("ride", WATCH, time, {"heart_rate": np.arange(200.0)})
    yield "import", [heart, samples("steps", n, 3), ride, stream, Score(18_001, WATCH, "sleep", 80.0, "1")]
    yield "checkin", [{"energy": 3}]
    yield "import", [Document("ecg", "1", WATCH, "text/csv", noise, start, 60), samples("heart_rate", n, 4)]
    # The same samples with another offset: versions; the ride told anew.
    yield "import", [replace(heart, offset_min=np.full(n, 120, np.int16)), replace(ride, hr_mean=121.0)]
    yield "checkin", [{"energy": 4}, {"energy": 5}]


def states(folder: Path, n: int = 60, *, kept_in_wal: bool = False) -> list[State]:
    """Return the states of a store after each step of its history, as they lie on the disk."""
    path = folder / "vault.db"
    found = []
    with Store.create(path, KEY) as store:
        store.connection.execute("PRAGMA wal_autocheckpoint = 0")
        for kind, what in history(n):
            if kind == "import":
                store.ingest(what)  # type: ignore[arg-type]
            elif what:
                store.append_events((kind, body, None) for body in what)  # type: ignore[misc]
            if not kept_in_wal:
                store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            wal = path.with_name("vault.db-wal").read_bytes()
            found.append(State(path.read_bytes(), wal, says(store), store.counter))
    return found


def says(store: Store) -> dict[str, str]:
    """Ask everything; what is refused with an error of ours is ``REFUSED``, any other error passes."""
    reads = {
        **{f"columns {name}": (lambda name=name: store.columns(name)) for name in ("heart_rate", "steps")},
        **{f"daily {name}": (lambda name=name: store.daily(name)) for name in ("heart_rate", "steps")},
        "series": store.series,
        "workouts": store.workouts,
        "streams": lambda: store.streams(WATCH, "ride"),
        "sleep": store.sleep_sessions,
        "sets": store.strength_sets,
        "scores": store.scores,
        "documents": lambda: list(store.documents()),
        "imports": store.imports,
        "checkins": lambda: store.events("checkin"),
        "audit": lambda: store.events("audit"),
        "last": lambda: store.last_event("checkin"),
        "zone": lambda: store.setting("home_zone"),
        "digest": store.digest,
    }
    said = {}
    with np.printoptions(threshold=10**6):
        for name, read in reads.items():
            try:
                said[name] = repr(read())
            except VaultError:
                said[name] = REFUSED
    return said


_NUMBER = itertools.count()


def outcome(
    folder: Path, database: bytes, wal: bytes = b"", counter: int | None = None
) -> tuple[dict[str, str], bool]:
    """Put files in place, open, ask everything, verify; return what was said and whether all is well."""
    path = folder / f"damaged-{next(_NUMBER)}.db"
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
    try:
        files[0].write_bytes(database)
        if wal:
            files[1].write_bytes(wal)
        with Store.open(path, KEY) as store:
            said = says(store)
            try:
                verify(store.connection, counter=counter)
            except Tampered:
                return said, False
            return said, True
    except IntegrityError:
        return {}, False
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def faults(said: dict[str, str], well: bool, truths: list[dict[str, str]]) -> list[str]:
    """Return what is wrong with an outcome: a value nobody wrote, or damage that verify did not find.

    ``truths`` are the states that may be told: one alone, or those of earlier commits too.
    """
    told = {name: value for name, value in said.items() if value != REFUSED}
    wrong = [name for name, value in told.items() if all(truth[name] != value for truth in truths)]
    overlooked = ["verify"] if well and said not in truths else []
    return wrong + overlooked


def flipped(content: bytes, at: int) -> bytes:
    """Return the content with one bit changed."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def page(content: bytes, number: int) -> bytes:
    """Return a page, counted from 0."""
    return content[number * PAGE : (number + 1) * PAGE]


def with_page(content: bytes, number: int, new: bytes) -> bytes:
    """Return the content with another page in the place of one."""
    return content[: number * PAGE] + new + content[(number + 1) * PAGE :]
