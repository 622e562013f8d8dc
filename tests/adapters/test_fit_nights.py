"""The clock of a night out of a FIT file: as it says, at waking, wherever the sleeper fell asleep."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from adapters.fit.counters import Counters
from adapters.fit.records import records_of
from adapters.formats.fit import decode
from vault.records import SleepSession
from vault.time import UNKNOWN_OFFSET

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("fit_writer.py"))))
HOURS = 3600
BERLIN = ZoneInfo("Europe/Berlin")
"""There the file's first second is at 23:00, and clocks go forward three hours later."""


def sleeps(writer, home=None):
    """Return the offsets of the sleeps of a file."""
    (fit,) = decode(writer.bytes())
    found = records_of(fit, file="sleep.fit", counters=Counters(), home=home)
    return [record.offset_min for record in found if isinstance(record, SleepSession)]


def night(*clocks):
    """A sleep file of seven hours, and what its watch says of its clock: (hours after its start, minutes)."""
    writer = W.file_id(W.FitWriter(), 49)
    for hours, minutes in clocks:
        time = W.EPOCH + hours * HOURS
        writer.add(273, (253, "uint32", time), (2, "uint32", time + 60 * minutes), local=2)
    for hour, level in enumerate((2, 3, 2, 4, 2, 3, 2, 1)):
        writer.add(275, (253, "uint32", W.EPOCH + hour * HOURS), (0, "enum", level), local=1)
    return writer


@pytest.mark.parametrize(
    ("clocks", "home", "offset"),
    [
        ([], None, UNKNOWN_OFFSET),
        ([], BERLIN, 120),  # of the morning: in the evening it was 60
        ([(0, 330)], BERLIN, 330),  # the watch knows better than the owner's home where it was
        ([(0, 60), (5, 540)], None, 540),  # a flight: asleep in Berlin, awake in Tokyo
        ([(0, 60), (9, 540)], None, 60),  # landed only after waking
    ],
)
def test_night_has_the_offset_of_waking(clocks, home, offset):
    """A night is of the day of waking: what the file says last before it, else what home's clock says."""
    assert sleeps(night(*clocks), home) == [offset]


@pytest.mark.parametrize(
    ("zones", "offset"),
    [((60, 120), 120), ((540, -480), -480), ((0x7FFF, 0x7FFF), 120), ((60, 0x7FFF), 120), ((60, 3000), 120)],
)
def test_nap_has_its_own_offset(zones, offset):
    """A nap says the offset of both of its ends; what is none, or nowhere on earth, is home's at waking."""
    writer = W.file_id(W.FitWriter(), 49)
    start, end = W.EPOCH + 2 * HOURS, W.EPOCH + 4 * HOURS
    fields = (0, "uint32", start), (1, "sint16", zones[0]), (2, "uint32", end), (3, "sint16", zones[1])
    writer.add(412, *fields, (5, "enum", 0), local=1)
    assert sleeps(writer, BERLIN) == [offset]
