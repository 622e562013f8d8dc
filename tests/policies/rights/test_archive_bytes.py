"""The same vault at the same moment gives the same bytes, however its data came in."""

from __future__ import annotations

import runpy
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import vault
from policies.rights import write_bundle
from vault.records import Device, Document, Origin, Samples, SleepSession, Stream, StrengthSet, Workout
from vault.time import MINUTE_NS

F = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("forger.py"))))
WATCH = Origin("Watch", "apple_health", "11", Device("Apple Watch", model="Watch7,1"))
PHONE, STRONG = Origin("Phone", "apple_health", "18"), Origin("Strong", "strong")
AT = 1_775_000_000 * 10**9


def samples(metric, values, origin, shift=0):
    """Make one sample a minute."""
    at = AT + (np.arange(len(values)) + shift) * MINUTE_NS
    zeros, offsets = np.zeros(len(values), np.int32), np.full(len(values), 120, np.int16)
    return Samples(metric, at, at + MINUTE_NS, offsets, np.array(values, np.float64), zeros, [origin])


EXPORTS = (
    [samples("heart_rate", [58, 61], WATCH), samples("steps", [100, 20], WATCH)],
    [samples("heart_rate", [70], PHONE, 1), samples("steps", [90], PHONE), samples("body_mass", [70], PHONE)],
    [
        Workout("w1", AT, AT + 60 * MINUTE_NS, 120, "strength_training", STRONG, duration_s=3_000),
        StrengthSet("w1", STRONG, 1, "Bench Press", AT, 120, repetitions=8, load_kg=60.0),
        Stream("w1", STRONG, AT + np.arange(2) * MINUTE_NS, {"heart_rate": np.array([90.0, 91.0])}),
        SleepSession("n1", AT - 600 * MINUTE_NS, AT - 120 * MINUTE_NS, 120, WATCH),
        Document("ecg", "b.csv", WATCH, "text/csv", b"b\n", AT, 120),
        Document("ecg", "a.csv", WATCH, "text/csv", b"a\n", AT, 120),
    ],
)


@pytest.fixture
def data_of(cheap_keys, clock, monkeypatch):
    """Take exports in, in this order, and return what lies under data/; twice the same bytes on the way.

    All vaults have one key of FHIR identifiers, as a vault and its successor do.
    """
    monkeypatch.setattr(vault.Vault, "identity_key", property(lambda _: b"i" * 32))

    def made(folder, exports):
        folder.mkdir()
        with vault.create(folder / "me", "a long passphrase", home_zone="Europe/Berlin", clock=clock) as v:
            for records in exports:
                v.ingest(iter(records))
            for name in ("one.zip", "two.zip"):
                write_bundle(v, folder / name)
        assert (folder / "one.zip").read_bytes() == (folder / "two.zip").read_bytes()
        files = F.contents(folder / "one.zip")
        return {name: data for name, data in files.items() if name.startswith("data/")}

    return made


def test_bundle_does_not_show_the_order_of_imports(tmp_path, data_of):
    """Two vaults that took the same exports in, in whatever order, have the same files under data/."""
    first, *others = (data_of(tmp_path / str(at), order) for at, order in enumerate(permutations(EXPORTS)))
    for other in others:
        assert other.keys() == first.keys()
        assert {name for name in other if other[name] != first[name]} == set()


def test_bundle_shows_a_changed_value(tmp_path, data_of):
    """The comparison above can fail: one other value is another table."""
    other = [samples("heart_rate", [58, 62], WATCH), samples("steps", [100, 20], WATCH)]
    one, two = data_of(tmp_path / "one", [EXPORTS[0]]), data_of(tmp_path / "two", [other])
    assert one[F.HEART] != two[F.HEART]
    assert one["data/csv/steps.csv"] == two["data/csv/steps.csv"]
