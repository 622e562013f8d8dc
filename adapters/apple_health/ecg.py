"""Reads an ECG of the export: a short header in the phone's language, then one voltage a line.

The idea: keys and values are localised, so the header is read by position around two things that look the
same in every language: the recording date and the sample rate. In the voltages a comma is a decimal mark.
The person's name and date of birth, which Apple writes first, are not kept.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from adapters.apple_health.dates import parse_date
from adapters.apple_health.documents import JSON, canonical_json
from adapters.apple_health.interpret import ADAPTER
from adapters.apple_health.tables import ecg_code
from vault.records import Device, Document, Origin, Rejection, Samples
from vault.time import format_instant

if TYPE_CHECKING:
    from adapters.apple_health.interpret import Interpreter

__all__ = ["read_ecg"]

SOURCE = "ECG"
LONGEST_HEADER = 1 << 12
"""In characters: a real one has 500, and its cells are matched with patterns that take their time."""
_VOLTAGE = re.compile(r"-?[0-9]{1,9}(?:[.,][0-9]{1,20})?")
_RATE = re.compile(r"([0-9]{1,9}(?:[.,][0-9]{1,20})?)\s*\S*h(?:er)?t?z\S*", re.IGNORECASE)
_MICROVOLTS = {"μv": 1.0, "uv": 1.0, "mv": 1000.0}
"""By case-folded unit; folding makes one of the two Unicode characters for micro."""


@dataclass(frozen=True, slots=True)
class _Header:
    start: int
    offset_min: int
    classification: str
    symptoms: str
    software: str
    device: str
    rate_hz: float
    lead: str
    unit: str


def read_ecg(data: bytes, file: str, interpreter: Interpreter) -> Iterator[Document | Samples | Rejection]:
    """Yield the recording as a document and its verdict as a sample of ``ecg_classification``."""
    lines = [line.strip() for line in data.decode("utf-8-sig", "replace").splitlines()]
    first = next((number for number, line in enumerate(lines) if _VOLTAGE.fullmatch(line)), len(lines))
    header = _header([line for line in lines[:first] if line])
    voltages = [line.replace(",", ".") for line in lines[first:] if line]
    if header is None or not voltages:
        yield Rejection("malformed-ecg", file, first + 1)
        return
    if not all(map(_VOLTAGE.fullmatch, voltages)):
        yield Rejection("bad-value", file, first + 1)
        return
    origin = Origin(SOURCE, ADAPTER, header.software, Device(hardware=header.device))
    offset_min = interpreter.offset(header.start, "", header.offset_min)
    yield _document(header, voltages, origin, offset_min)
    yield Samples(
        metric="ecg_classification",
        start=np.array([header.start]),
        end=np.array([header.start]),
        offset_min=np.array([offset_min], np.int16),
        value=np.zeros(1, np.int32),
        origin=np.zeros(1, np.int32),
        origins=[origin],
        codes=[ecg_code(header.classification)],
    )


def _header(lines: list[str]) -> _Header | None:
    """Read the header; None if it is too long, has no date, no sample rate, or not enough around them."""
    if sum(map(len, lines)) > LONGEST_HEADER:
        return None
    values = [",".join(cells[1:]).strip() for cells in csv.reader(lines)]
    dates = [(number, date) for number, value in enumerate(values) if (date := parse_date(value))]
    rates = [(number, rate) for number, value in enumerate(values) if (rate := _RATE.fullmatch(value))]
    if not dates or not rates or not dates[0][0] + 3 < rates[0][0] <= len(values) - 3:
        return None
    at, (start, offset_min) = dates[0]
    end, rate = rates[0]
    return _Header(
        start,
        offset_min,
        classification=values[at + 1],
        symptoms=values[at + 2],
        software=values[end - 2],
        device=values[end - 1],
        rate_hz=float(rate[1].replace(",", ".")),
        lead=values[-2],
        unit=values[-1],
    )


def _document(header: _Header, voltages: list[str], origin: Origin, offset_min: int) -> Document:
    factor = _MICROVOLTS.get(header.unit.casefold())
    values = [float(voltage) for voltage in voltages]
    body = {
        "classification": header.classification,
        "code": ecg_code(header.classification),
        "lead": header.lead,
        "sampling_rate_hz": header.rate_hz,
        "symptoms": header.symptoms,
        "unit": header.unit if factor is None else "uV",
        "values": values if factor in (None, 1.0) else [round(value * factor, 6) for value in values],
    }
    return Document(
        kind="apple:ecg",
        key=format_instant(header.start),
        origin=origin,
        media_type=JSON,
        body=canonical_json(body).encode(),
        start=header.start,
        offset_min=offset_min,
    )
