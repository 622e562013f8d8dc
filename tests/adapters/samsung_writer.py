"""Writes Samsung Health exports for tests, as the app and its older data viewer write them.

The idea: the envelope is put down byte for byte, mark, first line, header, a comma behind each row, so that
what is read back can be compared with what was meant. ``told`` makes records comparable.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from vault.records import Samples
from vault.time import format_instant

HEALTH, SHEALTH = "com.samsung.health.", "com.samsung.shealth."


def table(datatype, *rows, prefix="", own=(), old=False, line_end="\n"):
    """Return a table's bytes; columns carry a prefix but for those of the app's own, ``own``."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    header = [name if name in own or not prefix else f"{prefix}.{name}" for name in names]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    text.write(datatype + ("" if old else ",6307003,12") + line_end)
    writer.writerow(header)
    for row in rows:
        writer.writerow([row.get(name, "") for name in names] + ([] if old else [""]))
    return ("" if old else "\ufeff").encode() + text.getvalue().encode()


def document(*items):
    """Return the bytes of a document."""
    return json.dumps(items).encode()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, data in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


def ms(text):
    """Return an ISO 8601 instant as epoch milliseconds."""
    from vault.time import parse_instant

    return parse_instant(text)[0] // 1_000_000


def told(records, *metrics):
    """Return the samples of some metrics as (metric, start, end, value), in local time, sorted."""
    found = []
    for batch in records:
        if isinstance(batch, Samples) and (not metrics or batch.metric in metrics):
            for row in range(len(batch)):
                offset = int(batch.offset_min[row])
                times = (format_instant(int(at[row]), offset) for at in (batch.start, batch.end))
                value = batch.codes[batch.value[row]] if batch.codes else float(batch.value[row])
                found.append((batch.metric, *times, value))
    return sorted(found)


def notes(records, metric):
    """Return the notes of a metric's samples in order of time, None where there is none."""
    found = []
    for batch in records:
        if isinstance(batch, Samples) and batch.metric == metric:
            for row in range(len(batch)):
                at = -1 if batch.note is None else int(batch.note[row])
                found.append((int(batch.start[row]), None if at < 0 else json.loads(batch.notes[at])))
    return [note for _, note in sorted(found, key=lambda one: one[0])]


def kept(records, kind):
    """Return the records of a kind."""
    return [record for record in records if isinstance(record, kind)]
