"""Gathers samples of many metrics row by row, and hands them on as columns.

The idea: sources that are tables of days and nights give a handful of values a row. They are put into arrays
of eight bytes a value, one series a metric and unit, and become batches when there are enough of them.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from vault.records import Samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.records import Origin

__all__ = ["Batches", "canonical"]

_ROWS = 1 << 16


def canonical(said: Mapping[str, object]) -> str:
    """Return what a source said of a sample as the canonical JSON of ``Samples.notes``."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


class Batches:
    """Samples that were given and not yet handed on."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str, bool], _Series] = {}

    def add(
        self,
        metric: str,
        start: int,
        end: int,
        offset_min: int,
        value: float | str,
        origin: Origin,
        *,
        note: Mapping[str, object] | None = None,
        unit: str = "",
    ) -> None:
        """Add a sample from ``start`` to ``end`` (UTC ns); its value is a text if the metric is coded."""
        said = None if note is None else canonical(note)
        self._of(metric, unit, isinstance(value, str)).add(start, end, offset_min, value, origin, said)

    def extend(
        self,
        metric: str,
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        offset_min: int,
        value: NDArray[np.float64],
        origin: Origin,
        *,
        note: Mapping[str, object] | None = None,
        unit: str = "",
    ) -> None:
        """Add samples as columns of one length, int64 UTC ns and float64, that share all else."""
        said = None if note is None else canonical(note)
        self._of(metric, unit, False).extend(start, end, offset_min, value, origin, said)

    def full(self) -> Iterator[Samples]:
        """Yield the series that are long enough to go."""
        for key in [key for key, series in self._series.items() if len(series.start) >= _ROWS]:
            yield self._series.pop(key).samples()

    def rest(self) -> Iterator[Samples]:
        """Yield all there is."""
        while self._series:
            yield self._series.pop(next(iter(self._series))).samples()

    def _of(self, metric: str, unit: str, is_coded: bool) -> _Series:  # noqa: FBT001
        key = metric, unit, is_coded
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series(*key)
        return series


class _Series:
    """The samples of one metric in one unit."""

    def __init__(self, metric: str, unit: str, is_coded: bool) -> None:  # noqa: FBT001
        self._metric, self._unit, self._is_coded = metric, unit, is_coded
        self.start = array("q")
        self._end = array("q")
        self._offset = array("h")
        self._value = array("d")
        self._origin = array("i")
        self._note = array("i")
        self._origins: dict[Origin, int] = {}
        self._codes: dict[str, int] = {}
        self._notes: dict[str, int] = {}

    def add(
        self, start: int, end: int, offset_min: int, value: float | str, origin: Origin, note: str | None
    ) -> None:
        number = self._codes.setdefault(value, len(self._codes)) if isinstance(value, str) else value
        self.start.append(start)
        self._end.append(end)
        self._offset.append(offset_min)
        self._value.append(number)
        self._origin.append(self._origins.setdefault(origin, len(self._origins)))
        self._note.append(-1 if note is None else self._notes.setdefault(note, len(self._notes)))

    def extend(
        self,
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        offset_min: int,
        value: NDArray[np.float64],
        origin: Origin,
        note: str | None,
    ) -> None:
        self.start.frombytes(start.astype(np.int64).tobytes())
        self._end.frombytes(end.astype(np.int64).tobytes())
        self._value.frombytes(value.astype(np.float64).tobytes())
        number = self._origins.setdefault(origin, len(self._origins))
        said = -1 if note is None else self._notes.setdefault(note, len(self._notes))
        for column, one in ((self._offset, offset_min), (self._origin, number), (self._note, said)):
            column.extend(array(column.typecode, [one]) * len(start))

    def samples(self) -> Samples:
        value = np.array(self._value, np.float64)
        return Samples(
            self._metric,
            np.array(self.start, np.int64),
            np.array(self._end, np.int64),
            np.array(self._offset, np.int16),
            value.astype(np.int32) if self._is_coded else value,
            np.array(self._origin, np.int32),
            tuple(self._origins),
            note=np.array(self._note, np.int32) if self._notes else None,
            notes=tuple(self._notes),
            codes=tuple(self._codes) if self._is_coded else None,
            unit=self._unit,
        )
