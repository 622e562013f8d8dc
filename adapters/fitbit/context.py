"""What all readers of a Fitbit archive share: who measured, the zone of its clocks, what was told already.

The idea: a reader knows one family of files and nothing of the others. What one file says that another must
know stands here: offsets that were seen, logs that were read, and the spans of which the reconciled stream
has told, so that no second stream is added to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from adapters.fitbit.told import Told
from adapters.formats.batches import Batches
from vault.records import Origin

if TYPE_CHECKING:
    from adapters.base import ByteSource, Options
    from adapters.fitbit.months import Months
    from adapters.fitbit.user_sleeps import UserSleeps
    from adapters.fitbit.wall import WallClock
    from adapters.formats.counting import Count
    from vault.records import Record

__all__ = ["ADAPTER", "ORIGIN", "Context", "Read"]

ADAPTER = "fitbit"
ORIGIN = Origin("Fitbit", ADAPTER, app="fitbit")
"""Of all that says no data source of its own."""


class Read(Protocol):
    """Reads one file of a family: yields its records and rejections, and counts every row in ``count``.

    The tally is yielded by who calls; an InputError ends the file and is counted there.
    """

    def __call__(self, stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
        """Yield the records of a file."""
        ...


@dataclass(slots=True)
class Context:
    """One reading of one archive.

    Args:
        options: What the reader was told.
        wall: Makes instants of wall clocks; readers of files that know offsets tell it what they saw.
        sleeps: The sleeps of Google's tables, which are three files each.
        told: The spans of which a metric was told by the stream that is preferred.
        read_logs: (family, log id) of every log that was read, for what is in two files.
        batches: Samples of files that give few a row; handed on when there are enough, and at the end.
        series: The series that are read file by file, by metric.
        unworn: Days (since 1970-01-01) of which it was said that nobody moved for all of 24 hours.
    """

    options: Options
    wall: WallClock
    sleeps: UserSleeps
    told: Told = field(default_factory=Told)
    read_logs: set[tuple[str, str]] = field(default_factory=set)
    batches: Batches = field(default_factory=Batches)
    series: dict[str, Months] = field(default_factory=dict)
    unworn: set[int] = field(default_factory=set)
