"""Polar documents bent at random: any value may be of any kind, and what is read stays sound."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Options
from adapters.polar import ADAPTER
from vault.errors import InputError
from vault.records import Samples, SleepSession, Stream, Workout

DOCUMENTS = [
    json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[1] / "contract" / "exports" / "polar").iterdir())
]
ODD = st.sampled_from(
    (
        None,
        True,
        -1,
        0,
        1e308,
        10**30,
        -(10**18),
        "",
        "NaN",
        "PT9999999999H",
        "9999-12-31T23:59:59",
        "\ud800",
        [],
        {},
    )
)


def places(value, path=()):
    """Yield the way to every value in a document."""
    yield path
    for key, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from places(inner, (*path, key))


@st.composite
def bent(draw):
    """A document of the contract's export, up to three values of which are something else."""
    document = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from([way for way in places(document) if way]))
        inner = document
        for key in way[:-1]:
            inner = inner[key]
        inner[way[-1]] = draw(ODD | st.lists(ODD, max_size=3))
    return json.dumps(document)


@given(bent())
@settings(max_examples=400, deadline=None)
def test_bent_documents_give_sound_records_or_a_reason(text):
    """No crash, and nothing a vault could not keep: finite values, even columns, times in order."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "document.json").write_text(text)
        try:
            found = list(ADAPTER.read(Path(folder), Options(ZoneInfo("Europe/Berlin"))))
        except InputError:
            return
    for record in found:
        if isinstance(record, Samples):
            assert len({len(record.start), len(record.end), len(record.value), len(record.offset_min)}) == 1
            assert np.isfinite(record.value).all()
            assert (record.start <= record.end).all()
        elif isinstance(record, Stream):
            assert (np.diff(record.time) >= 0).all()
            assert {len(column) for column in record.columns.values()} == {len(record.time)}
        elif isinstance(record, Workout | SleepSession):
            assert record.start <= record.end
            assert -(2**63) <= record.start < 2**63
            json.dumps(record.details, allow_nan=False, ensure_ascii=False).encode()
