"""Bent, cut and invented track files: records and reasons, never an error that is not ours."""

from __future__ import annotations

import gzip
import io
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Adapter, Options
from adapters.concept2 import ADAPTER as CONCEPT2
from adapters.formats.packed import unpacked
from adapters.gpx import ADAPTER as GPX
from adapters.gpx.records import records_of as gpx_records
from adapters.tcx import ADAPTER as TCX
from adapters.tcx.records import records_of as tcx_records
from vault.errors import InputError
from vault.records import Rejection, Stream, Workout

EXPORTS = Path(__file__).parents[1] / "contract" / "exports"
SEEDS = {
    "ride.gpx": (EXPORTS / "gpx" / "ride.gpx").read_bytes(),
    "two.tcx": (EXPORTS / "tcx" / "two.tcx").read_bytes(),
    "season.csv": (EXPORTS / "concept2" / "concept2-season-2025.csv").read_bytes(),
}
READERS = {"ride.gpx": gpx_records, "two.tcx": tcx_records}
NAMES = (
    "trkpt",
    "trk",
    "trkseg",
    "time",
    "ele",
    "name",
    "type",
    "rtept",
    "Lap",
    "Track",
    "Trackpoint",
    "Time",
)
TEXTS = (
    "",
    "0",
    "-1",
    "1e308",
    "nan",
    "2025-06-01T07:00:00Z",
    "2199-12-31T23:59:59+14:00",
    "x" * 2000,
    "9" * 70,
)


@st.composite
def bent(draw, seed: bytes) -> bytes:
    """Cut pieces out of a file, repeat and swap them, and put noise between."""
    data = seed
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 200))
        noise = draw(st.sampled_from([b"", data[at : at + 50], b"\0", b"\xff\xfe", b"<", b"&a;", b"1e999"]))
        data = data[:at] + noise + data[at + length * draw(st.booleans()) :]
    return data


@st.composite
def invented(draw) -> str:
    """Make up elements of known names, nested as they never are."""
    name, text = draw(st.sampled_from(NAMES)), draw(st.sampled_from(TEXTS))
    depth = draw(st.integers(0, 2))
    inside = "".join(draw(invented()) for _ in range(draw(st.integers(0, 3)))) if depth else text
    return f'<{name} lat="{text}" lon="1" StartTime="{text}">{inside}</{name}>'


def check(records) -> None:
    """Records are sound enough for the vault, reasons are codes."""
    keys = set()
    for record in records:
        if isinstance(record, Workout):
            assert 0 <= record.start <= record.end
            numbers = (
                record.duration_s,
                record.distance_m,
                record.energy_kcal,
                record.hr_mean,
                record.hr_max,
            )
            assert all(number is None or 0 <= number < float("inf") for number in numbers)
            keys.add(record.key)
        elif isinstance(record, Stream):
            assert record.workout in keys
            assert (np.diff(record.time) >= 0).all()
            assert all(column.shape == record.time.shape for column in record.columns.values())
            assert not any(np.isinf(column).any() for column in record.columns.values())
        elif isinstance(record, Rejection):
            assert re.fullmatch(r"[a-z0-9-]+", record.reason)
            assert record.count > 0


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_bent_track_files_give_records_or_reasons(name, data):
    """No cut and no noise raises; what is whole before it is sound."""
    text = data.draw(bent(SEEDS[name]))
    check(READERS[name](io.BytesIO(text), file=name))
    check(READERS[name](unpacked(io.BytesIO(gzip.compress(text)[: len(text) // 2])), file=name))


@given(st.lists(invented(), max_size=6), st.sampled_from(["gpx", "TrainingCenterDatabase"]))
def test_invented_track_files_give_records_or_reasons(parts, root):
    """Known names in places where they never stand are no error."""
    text = f"<{root}><Activity Sport='Running'>{''.join(parts)}</Activity></{root}>".encode()
    for read in READERS.values():
        check(read(io.BytesIO(text), file="x"))


@pytest.mark.parametrize("adapter", [GPX, TCX, CONCEPT2], ids=lambda adapter: adapter.name)
@given(data=st.data())
def test_bent_files_are_never_an_error_of_another_kind(adapter: Adapter, data):
    """Detecting and reading raise InputError or nothing, in a folder as in a single file."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in data.draw(st.sets(st.sampled_from(sorted(SEEDS)), min_size=1)):
            (place / name).write_bytes(data.draw(bent(SEEDS[name])))
        for path in (place, next(place.iterdir())):
            adapter.detect(path)
            try:
                for record in adapter.read(path, Options()):
                    assert record is not None
            except InputError:
                continue
