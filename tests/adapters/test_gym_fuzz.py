"""Documents of Peloton, Tonal and Technogym bent at random: what is read stays sound."""

from __future__ import annotations

import copy
import json
import tempfile
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Options, adapters_by_name
from vault.errors import InputError
from vault.records import Samples, Stream, StrengthSet, Tally, Workout

EXPORTS = Path(__file__).parents[1] / "contract" / "exports"
NAMES = ("peloton", "technogym", "tonal")
DOCUMENTS = {
    name: [json.loads(path.read_text("utf-8-sig")) for path in sorted((EXPORTS / name).glob("*.json"))]
    for name in NAMES
}
LEAVES = (
    None,
    True,
    -1,
    0,
    1e308,
    10**30,
    -(10**18),
    "",
    "NaN",
    "9999-12-31T23:59:59",
    "\ud800",
    [],
    {},
    [[1]],
)
ODD = st.sampled_from(LEAVES)


def places(value, path=()):
    """Yield the way to every value in a document."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def bent(draw, document):
    """Return a document up to three values of which are something else."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from([way for way in places(document) if way]))
        inner = document
        for key in way[:-1]:
            inner = inner[key]
        inner[way[-1]] = copy.deepcopy(draw(ODD))  # a list may be bent in turn
    return document


def numbers_in(value):
    """Yield every number that a record says, at any depth."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    ):
        yield from numbers_in(inner)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_bent_document_gives_sound_records(name, data):
    """No traceback; every number is finite and can be stored; a stream ascends; rows add up."""
    document = bent(data.draw, data.draw(st.sampled_from(DOCUMENTS[name])))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bent.json"
        path.write_text(json.dumps(document))
        try:
            records = list(adapters_by_name()[name].read(path, Options(home=ZoneInfo("Asia/Kolkata"))))
        except InputError:
            return
    for record in records:
        if isinstance(record, Workout | StrengthSet):
            assert all(isfinite(one) and abs(one) < 2**63 for one in numbers_in(asdict(record)))
        elif isinstance(record, Stream):
            assert (np.diff(record.time) > 0).all()
            assert all(len(column) == len(record.time) for column in record.columns.values())
            assert not any(np.isinf(column).any() for column in record.columns.values())
        elif isinstance(record, Samples):
            assert np.isfinite(record.value).all()
        elif isinstance(record, Tally):
            assert record.rows == record.used + record.repeated + record.rejected + sum(record.left.values())
