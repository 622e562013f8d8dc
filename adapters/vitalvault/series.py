"""Tables of samples and streams become the columns they were written from, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.vitalvault import cells, records
from adapters.vitalvault.manifest import changed
from vault.metrics import find
from vault.records import Samples, Stream
from vault.time import NO_INSTANT

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.formats.counting import Count
    from adapters.vitalvault.cells import Cells
    from adapters.vitalvault.records import Origins
    from vault.records import Record

__all__ = ["samples", "stream"]

_QUARANTINE, _SUPERSEDED = "quarantine:", "superseded:"
_MOST_CELLS = 1 << 24
"""No vault keeps a stream of more."""


def samples(
    source: ByteSource, told: Sequence[dict[str, Any]], origins: Origins, count: Count
) -> Iterator[Record]:
    """Yield the samples of a series' table; ``told`` are its lines of ``series.ndjson``, one a unit.

    What was in quarantine comes as a sample of its metric: the vault looks at it again, and sends it back.
    """
    names = {str(one.get("metric")) for one in told}
    coded = {bool(one.get("coded")) for one in told}
    if len(names) != 1 or len(coded) != 1:
        raise changed("a series that is told of twice")
    metric = names.pop().removeprefix(_QUARANTINE)
    known, is_coded = find(metric.removeprefix(_SUPERSEDED)), coded.pop()
    for _, block in cells.blocks(source):
        which, units = block.texts("unit")
        for number in np.unique(which).tolist():
            rows, unit = np.flatnonzero(which == number), units[number] if number >= 0 else ""
            if known is not None and unit != known.ucum:
                yield count.reject("other-unit", 0, len(rows))
                continue
            count.use(len(rows))
            part = block if len(rows) == len(block) else block.take(rows)
            yield _batch(part, metric, "" if known else unit, origins, coded=is_coded)


def _batch(block: Cells, metric: str, unit: str, origins: Origins, *, coded: bool) -> Samples:
    start, offset_min = block.instants("start")
    end, _ = block.instants("end")
    if (start == NO_INSTANT).any() or (end == NO_INSTANT).any():
        raise changed("a sample without its time")
    note, notes = block.texts("note")
    codes = None
    value: Any
    if coded:
        value, codes = block.texts("value")
        value, codes = np.where(value < 0, len(codes), value).astype(np.int32), [*codes, ""]
    else:
        value = block.numbers("value")
    return Samples(
        metric,
        start,
        end,
        offset_min,
        value,
        _origins(block, origins),
        origins.all,
        recorded=block.instants("recorded")[0],
        note=note,
        notes=notes,
        codes=codes,
        unit=unit,
    )


def _origins(block: Cells, origins: Origins) -> np.ndarray[Any, np.dtype[np.int32]]:
    which, names = block.texts("origin")
    if (which < 0).any():
        raise changed("a sample without its origin")
    return np.array([origins.number(name) for name in names], np.int32)[which]


def stream(source: ByteSource, told: dict[str, Any], origins: Origins, count: Count) -> Stream:
    """Return the stream of a table: an instant, then its columns."""
    times: list[Any] = []
    columns: dict[str, list[Any]] = {}
    for names, block in cells.blocks(source):
        count.use(len(block))
        if count.used * len(names) > _MOST_CELLS:
            raise changed("a stream of more than any vault keeps")
        times.append(block.instants(0)[0])
        for number, name in enumerate(names[1:], 1):
            columns.setdefault(name, []).append(block.numbers(number))
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return records.stream(told, np.concatenate(times), joined, origins)
