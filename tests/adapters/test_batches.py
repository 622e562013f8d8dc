"""What adapters gather row by row, and the count of what became of each row."""

from __future__ import annotations

import numpy as np

from adapters.formats.batches import Batches
from adapters.formats.counting import Count, left_whole
from vault.records import Origin, Rejection, Tally
from vault.time import UNKNOWN_OFFSET

WATCH, RING = Origin("Watch", "test"), Origin("Ring", "test")


def test_samples_of_one_metric_and_unit_are_one_batch():
    """Origins, notes and codes are said once each."""
    batches = Batches()
    batches.add("spo2", 1, 2, 60, 97, WATCH, note={"b": 1, "a": 2})
    batches.add("sleep_stage", 3, 4, UNKNOWN_OFFSET, "rem", WATCH)
    batches.add("spo2", 5, 5, UNKNOWN_OFFSET, 96, RING)
    batches.add("spo2", 6, 6, 0, 95, WATCH, unit="%")
    one, coded, other = batches.rest()
    assert (one.metric, one.start.tolist(), one.end.tolist()) == ("spo2", [1, 5], [2, 5])
    assert one.offset_min.tolist() == [60, UNKNOWN_OFFSET]
    assert [one.origins[number] for number in one.origin] == [WATCH, RING]
    assert (one.note.tolist(), one.notes, one.codes) == ([0, -1], ('{"a":2,"b":1}',), None)
    assert (coded.codes, coded.value.tolist(), coded.value.dtype) == (("rem",), [0], np.int32)
    assert (other.unit, len(other)) == ("%", 1)
    assert list(batches.rest()) == []


def test_only_long_series_go_before_the_end():
    """So that memory is bounded and batches are not small."""
    batches = Batches()
    batches.add("spo2", 0, 0, 0, 97, WATCH)
    for row in range(1 << 16):
        batches.add("heart_rate", row, row, 0, 60, WATCH)
    assert [(batch.metric, len(batch)) for batch in batches.full()] == [("heart_rate", 1 << 16)]
    assert [batch.metric for batch in batches.rest()] == ["spo2"]


def test_each_row_is_in_one_count():
    """The sum is the number of rows."""
    count = Count("steps.csv")
    count.use(3)
    count.repeat()
    count.leave("placeholder", 2)
    count.leave("mirror", 0)
    assert count.reject("bad-date", 7) == Rejection("bad-date", "steps.csv", 7)
    assert count.tally() == Tally("steps.csv", 7, 3, 1, 1, {"placeholder": 2})
    assert left_whole("profile.csv") == Tally("profile.csv", 1, 0, 0, 0, {"whole-file": 1})
