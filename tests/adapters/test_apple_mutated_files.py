"""Whatever bytes an export is made of, only records, rejections and errors of ours come out of it."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.apple_health import ADAPTER
from adapters.base import Options
from vault.errors import InputError
from vault.records import Document, Record, Samples, Stream

EXPORT = Path(__file__).parents[1] / "contract" / "exports" / "apple_health"
FILES = {path.relative_to(EXPORT).as_posix(): path.read_bytes() for path in sorted(EXPORT.rglob("*.*"))}
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

ODD = st.sampled_from(
    (
        *(b"", b"\0", b"\n", b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x80\xa8", b'"', b"<", b">", b"/>", b"&#0;"),
        *(b"-", b"-1", b"1e306", b"nan", b"Infinity", b"9" * 400, b"9" * 5000, b"x" * 140_000, b"[" * 2000),
        *(b"3000-01-01T00:00:00Z", b"0001-01-01 00:00:00 +2359", b"9999-12-31 23:59:59 -2359", b"\\ud800"),
        *(b'encoding="nope"', b'encoding="shift_jis"', b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<![CDATA["),
        *(b'<MetadataEntry key="HKTimeZone" value="../a\0"/>', b'value="."', b'value="GMT+99"', b"]]>"),
    )
)
EDIT = st.tuples(st.floats(0, 1), st.integers(0, 40), st.one_of(ODD, st.binary(max_size=8)))
EDITS = st.lists(EDIT, min_size=1, max_size=4)


def mutated(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Put other bytes in place of some, here and there."""
    for place, length, other in edits:
        at = int(place * len(data))
        data = data[:at] + other + data[at + length :]
    return data


def read(path: Path) -> list[Record]:
    """Read an export to its end or to an error of ours, and check what it gave."""
    records: list[Record] = []
    try:
        if ADAPTER.detect(path):
            records += ADAPTER.read(path, Options())
    except InputError:
        pass
    for record in records:
        assert isinstance(record, Record)
        if isinstance(record, Samples) and record.codes is None:
            assert np.isfinite(record.value).all()
        elif isinstance(record, Stream):
            assert (np.diff(record.time) >= 0).all()
            assert not any(np.isinf(column).any() for column in record.columns.values())
        elif isinstance(record, Document) and record.media_type == "application/json":
            assert json.loads(record.body, parse_constant=pytest.fail)
    return records


def test_unchanged_files_are_read():
    """What is bent below is read whole while it is straight."""
    kinds = {record.kind for record in read(EXPORT) if isinstance(record, Document)}
    assert {"apple:ecg", "fhir:Observation"} <= kinds
    assert any(isinstance(record, Stream) for record in read(EXPORT))


@pytest.mark.parametrize("name", FILES)
@given(edits=EDITS)
@FEW
def test_mutated_file_gives_records_or_an_error_of_ours(name, edits):
    """Each file of an export, bent anywhere, costs what is in it and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        for other, data in FILES.items():
            place = Path(folder, other)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(mutated(data, edits) if other == name else data)
        read(Path(folder))


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
@given(edits=EDITS, from_end=st.booleans())
@FEW
def test_mutated_zip_gives_records_or_an_error_of_ours(method, edits, from_end):
    """A zip, bent anywhere or in its list of files, is no way around that."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    data = target.getvalue()
    keep = data.index(b"PK\x01\x02") if from_end else 4
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "export.zip")
        path.write_bytes(data[:keep] + mutated(data[keep:], edits))
        read(path)
