"""What an export was asked for: which metrics of which vault, between which moments.

A component goes out with its whole. Where metrics are named, only they go out; where none are, everything
but positions, which tell where a person lives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from vault.errors import UnknownMetric
from vault.fhir.identity import Identity
from vault.fhir.shape import Context
from vault.fhir.windows import windows
from vault.metrics import find, whole
from vault.moment import range_ns

if TYPE_CHECKING:
    from vault.fhir.source import Source
    from vault.readable import Moment
    from vault.store.columns import Columns

__all__ = ["Asked", "asked"]

_LEFT_OUT = "gps_position"


class Asked(NamedTuple):
    """One export: from where, of whom, when, the series there are (sorted), and which wholes of them."""

    source: Source
    context: Context
    start: Moment | None
    end: Moment | None
    stored: list[str]
    wholes: frozenset[str] | None

    def wants(self, metric: str) -> bool:
        """Whether a metric, or the whole it is a component of, was asked for."""
        name = whole(metric)
        return name != _LEFT_OUT if self.wholes is None else name in self.wholes

    def columns(self, series: str) -> Iterator[Columns]:
        """Yield the columns of a series that were asked for, a year at a time."""
        return windows(self.source, series, self.start, self.end)


def asked(
    source: Source,
    start: Moment | None,
    end: Moment | None,
    metrics: Iterable[str] | None,
    left: Counter[str] | None = None,
) -> Asked:
    """Return what was asked for; ``left`` takes the number of what has no place in the format.

    Raises:
        InputError: A moment is none, or out of reach.
        UnknownMetric: A name is neither in the catalogue nor in the vault.
    """
    range_ns(start, end, source.home_zone)
    stored = sorted({str(name) for name in source.metrics()["metric"]})
    names = None if metrics is None else frozenset(metrics)
    if any(find(name) is None and name not in stored for name in names or ()):
        raise UnknownMetric("no metric of that name in the catalogue or in this vault")
    context = Context(
        Identity(source.identity_key), source.home_zone, left=Counter() if left is None else left
    )
    return Asked(source, context, start, end, stored, names and frozenset(map(whole, names)))
