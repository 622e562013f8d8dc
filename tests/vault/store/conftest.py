"""What the tests of the store share: a store in a folder of its own, and batches made from plain rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest

from vault.records import Device, Origin, Samples
from vault.store.store import Store
from vault.time import NO_INSTANT

KEY = bytes(range(32))
WATCH = Origin("Ada’s Watch", "apple_health", "11.0", Device("Apple Watch", model="Watch6,1"))
PHONE = Origin("Ada's Phone", "apple_health", "18.0", app="health")
ORIGINS = (WATCH, PHONE)

Row = tuple[int, int, int, float, int, int | None, str | None]
"""start, end, offset in minutes, value (or index of a code), origin, recorded, note."""


@contextmanager
def _new_store(folder: Path | None = None, home_zone: str = "Europe/Berlin") -> Iterator[Store]:
    if folder is not None:
        with Store.create(folder / "vault.db", KEY, home_zone=home_zone) as store:
            yield store
        return
    with tempfile.TemporaryDirectory() as own, _new_store(Path(own), home_zone) as store:
        yield store


@pytest.fixture(scope="session")
def new_store() -> Callable[..., AbstractContextManager[Store]]:
    """Return what makes a store, in a folder or a temporary one, open as long as its block."""
    return _new_store


@pytest.fixture(scope="session")
def key() -> bytes:
    """The database key of every store here."""
    return KEY


@pytest.fixture(scope="session")
def origins() -> tuple[Origin, ...]:
    """A watch and a phone."""
    return ORIGINS


def _batch(
    metric: str,
    rows: Sequence[Row],
    origins: Sequence[Origin] = ORIGINS,
    codes: Sequence[str] | None = None,
    unit: str = "",
) -> Samples:
    start, end, offset, value, origin, recorded, note = zip(*rows, strict=True) if rows else [()] * 7
    notes = [text for text in note if text is not None]
    return Samples(
        metric,
        np.array(start, np.int64),
        np.array(end, np.int64),
        np.array(offset, np.int16),
        np.array(value, np.float64 if codes is None else np.int32),
        np.array(origin, np.int32),
        origins,
        np.array([NO_INSTANT if at is None else at for at in recorded], np.int64),
        np.array([-1 if text is None else notes.index(text) for text in note], np.int32),
        notes,
        codes,
        unit,
    )


@pytest.fixture(scope="session")
def batch() -> Callable[..., Samples]:
    """Return what makes a batch of rows: (start, end, offset, value, origin, recorded, note)."""
    return _batch
