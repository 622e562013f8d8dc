"""FIT files bent at random: what is read ends in records and reasons, never in an error of another kind."""

from __future__ import annotations

import runpy
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.fit.records import records_of
from adapters.formats.fit import decode
from vault.errors import InputError
from vault.records import Rejection, Samples, Stream

EXPORT = Path(__file__).parents[1] / "contract" / "exports" / "fit"
WHOLE = [path.read_bytes() for path in sorted(EXPORT.glob("*.fit"))]
CRC = runpy.run_path(str(Path(__file__).with_name("fit_writer.py")))["crc"]


def read(data: bytes) -> list:
    """Read a file to its last record, if it is one at all."""
    try:
        return [record for fit in decode(data) for record in records_of(fit, file="bent.fit")]
    except InputError:
        return []


@st.composite
def bent(draw) -> bytes:
    """A file of which some bytes are others, some are missing, some are there twice."""
    data = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 12))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("change", "cut", "repeat"))):
            case "change":
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
            case "cut":
                del data[at : at + draw(st.integers(1, 40))]
            case "repeat":
                data[at:at] = data[at : at + 40]
    return bytes(data)


@given(bent())
@settings(max_examples=300, deadline=None)
def test_records_of_survives_bent_files(data):
    """Columns stay of one length, times ascend, reasons are counted."""
    for record in read(data):
        if isinstance(record, Samples):
            lengths = {len(column) for column in (record.start, record.end, record.value, record.offset_min)}
            assert len(lengths) == 1
            assert (record.start <= record.end).all()
        elif isinstance(record, Stream):
            assert (record.time[1:] >= record.time[:-1]).all()
            assert {len(column) for column in record.columns.values()} == {len(record.time)}
        elif isinstance(record, Rejection):
            assert record.count > 0


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_records_of_survives_noise(body):
    """Any bytes behind a good header are messages, or a reason why not."""
    head = bytes((14, 0x20, 0x7B, 8)) + len(body).to_bytes(4, "little") + b".FIT\0\0"
    (fit,) = decode(head + body + CRC(head + body).to_bytes(2, "little"))
    assert set(fit.faults) <= {"truncated", "undefined-message"}
    list(records_of(fit, file="noise.fit"))
