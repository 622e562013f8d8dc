"""What a watch notes day and night: heart rate, stress, oxygen, breathing, HRV, weight, a vendor's scores.

The idea: each is a field of a message with an instant, so a row of a table says all there is to know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from adapters.fit.tables import Quantity, quantities, scores
from adapters.formats.fit import Columns, instants_of
from vault.records import Samples, Score
from vault.time import DAY_NS, MINUTE_NS, NO_INSTANT, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.fit.recording import Recording

__all__ = ["wellness"]

_MOST = 10_000
"""Scores in one file."""


def wellness(recording: Recording) -> Iterator[Samples | Score]:
    """Yield samples and scores of the messages that are one value at one instant each."""
    for quantity in quantities():
        if recording.fit.has(quantity.message):
            time, value = _read(recording, quantity)
            note = json.dumps({"window": quantity.window}, separators=(",", ":")) if quantity.window else ""
            batch = recording.samples(quantity.name, time, value, unit=quantity.unit, note=note)
            if batch is not None:
                yield batch
    for quantity in scores():
        if recording.fit.has(quantity.message):
            yield from _scores(recording, quantity)


def _read(recording: Recording, quantity: Quantity) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    messages = recording.fit.messages(quantity.message)
    value = messages.number(quantity.field)
    value[(value < quantity.least) | (value > quantity.most)] = np.nan
    return _instants(recording, messages, quantity.time), value * quantity.factor


def _instants(recording: Recording, messages: Columns, field: str) -> NDArray[np.int64]:
    return instants_of(messages.number(field)) if field else recording.fit.time(messages)


def _scores(recording: Recording, quantity: Quantity) -> Iterator[Score]:
    """A score is of the local day on which it was written: nights are counted by the day of waking."""
    time, value = _read(recording, quantity)
    time, value = time[:_MOST], value[:_MOST]
    offset = recording.offsets(time).astype(np.int64)
    good = (time != NO_INSTANT) & np.isfinite(value)
    days = (time + np.where(offset == UNKNOWN_OFFSET, 0, offset) * MINUTE_NS) // DAY_NS
    name = f"{recording.manufacturer or 'fit'}_{quantity.name}"
    for day, number in zip(days[good].tolist(), value[good].tolist()):
        yield Score(day, recording.origin, name, number, quantity.unit)
