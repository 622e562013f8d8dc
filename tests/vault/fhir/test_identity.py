"""Identifiers: keyed, stable, the same for a record wherever it is named."""

from __future__ import annotations

import hmac
import struct
from pathlib import Path
from uuid import uuid5

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.fhir.identity import NAMESPACE, Identity, field

KEY = bytes(range(32))
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "fhir.md"

# Published in docs/reference/fhir.md: a heart_rate at 2026-05-01T05:30:00Z by source and value.
VECTORS = [
    (
        "Pat's Apple Watch",
        58.0,
        "v1:42d375d4ffba220877566a658a184d8e79c29d7dbe08aac9fd23d0f49d5c1287",
        "7ee6d851-fbd1-50fb-91fc-800c1da0ef92",
    ),
    (
        "Zoës Uhr ⌚",
        58.5,
        "v1:10ebed07be5b74c5c779fd9bc4d34a4a0cb5383c84a4f44403859850906b44d0",
        "662e5842-ec0b-511e-9f07-93b4eeec1dc6",
    ),
]

instants = st.integers(-(2**62), 2**62)


def by_hand(key, texts, numbers):
    """Write the preimage as the docs describe it and take the standard library's HMAC and uuid5."""
    fields = [text.encode() for text in ("record", *texts)] + list(numbers)
    preimage = b"".join(b"%d:%b\0" % (len(one), one) for one in fields)
    value = "v1:" + hmac.digest(key, preimage, "sha256").hex()
    return value, str(uuid5(NAMESPACE, value))


@given(st.binary(max_size=100), st.lists(st.text(), max_size=4), instants, instants)
def test_name_is_hmac_of_the_documented_preimage(key, texts, start, end):
    """One name is the standard HMAC-SHA-256 and uuid5 of length-prefixed fields, for any key and text."""
    name = Identity(key).name(*texts, start=start, end=end)
    numbers = [number.to_bytes(8, "big", signed=True) for number in (start, end)]
    assert (name.value, name.id) == by_hand(key, texts, numbers)


@given(
    st.lists(st.tuples(instants, instants, st.floats(allow_nan=False)), min_size=1, max_size=20), st.text()
)
def test_names_of_numbers_equal_names_one_by_one(rows, source):
    """Naming whole columns gives what naming by hand gives, sample by sample."""
    start, end, value = (np.array(column) for column in zip(*rows))
    prefix = field("steps") + field(source) + field("")
    ids, values = Identity(KEY).names([prefix], [0] * len(rows), start, end, value.astype(float))
    for at, (first, last, number) in enumerate(rows):
        packed = [struct.pack(">q", first), struct.pack(">q", last), struct.pack(">d", number + 0.0)]
        assert (values[at], ids[at]) == by_hand(KEY, ("steps", source, ""), packed)


def test_names_of_coded_samples_equal_the_name_of_one_record():
    """A sleep stage has one name, whether it goes out with its series or with a session."""
    identity = Identity(KEY)
    prefix = field("sleep_stage") + field("Watch") + field("rem")
    ids, values = identity.names([prefix], [0], np.array([5]), np.array([9]), None)
    assert identity.name("sleep_stage", "Watch", "rem", start=5, end=9) == (ids[0], values[0])


@pytest.mark.parametrize(("source", "number", "value", "id_"), VECTORS)
def test_names_fixed_vectors(source, number, value, id_):
    """The published test vectors hold, so that another program can name the same records."""
    prefix = field("heart_rate") + field(source) + field("")
    at = np.array([1_777_613_400_000_000_000])
    ids, values = Identity(KEY).names([prefix], [0], at, at, np.array([number]))
    assert (values[0], ids[0]) == (value, id_)
    assert f"| `{value}` | `{id_}` |" in PAGE.read_text("utf-8")


def test_name_under_another_key_is_another():
    """Two vaults name the same record differently, so their exports can't be joined."""
    assert Identity(KEY).name("steps", "Watch") != Identity(b"other").name("steps", "Watch")


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_name_of_other_fields_is_another(one, other):
    """Fields can't run into each other: names are equal only for equal fields."""
    identity = Identity(KEY)
    assert (identity.name(*one) == identity.name(*other)) == (one == other)
