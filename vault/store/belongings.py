"""What belongs to a metric beside its own samples, and a record without it.

A heart rate is also the mean of a workout and a column of its stream; a night's deep sleep can be counted
from its stages. The table is data (``erasure.toml``): erasing a metric takes what is written there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from glob import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from vault import metrics
from vault.merge.activities import family_of
from vault.records import Stream, Workout
from vault.store.checks import metric_of

if TYPE_CHECKING:
    from vault.store.sparse import Sparse

__all__ = [
    "Belongings",
    "belongings",
    "checkin_items",
    "losable",
    "lost_as",
    "owns_record",
    "owns_series",
    "table",
    "without",
]

_QUANTITY = "hkquantitytypeidentifier"
_TYPES = ("type", "name")


@dataclass(frozen=True, slots=True)
class Belongings:
    """A row of the table; what the words mean is said there."""

    series: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    workout: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    stream: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    checkin: tuple[str, ...] = ()


_NOTHING = Belongings()


@cache
def table() -> dict[str, Belongings]:
    """Return the table by metric; one that is not there is no more than its samples."""
    import tomllib

    text = files("vault.store").joinpath("erasure.toml").read_text("utf-8")
    return {
        name: Belongings(**{key: tuple(told) for key, told in row.items()})
        for name, row in tomllib.loads(text).items()
    }


def belongings(metric: str) -> Belongings:
    """Return what belongs to a metric."""
    return table().get(metric, _NOTHING)


def owns_series(metric: str, series: str) -> bool:
    """Whether the samples of a series are taken with a metric: its own, its components', those beside it."""
    name = metric_of(series)
    return name == metric or name.startswith(f"{metric}.") or _any(belongings(metric).series, name)


def owns_record(metric: str, table_name: str, called: str = "") -> bool:
    """Whether a record is taken whole with a metric; ``called`` is a document's kind or a score's name."""
    own = belongings(metric)
    match table_name:
        case "document":
            return _any(own.documents, called)
        case "score":
            return called == metric or _any(own.scores, called)
    return table_name in own.tables


def checkin_items(metric: str) -> tuple[str, ...]:
    """Return the items of a check-in that say a metric."""
    return belongings(metric).checkin


def lost_as(metric: str) -> str:
    """Return what a metric is called where a record lost it: a vendor's own as a workout's details name it.

    So those a record can lose are known from the record, though no catalogue has them.
    """
    return f":{_own_name(metric)}" if metrics.is_vendor_coded(metric) else metric


def losable(table_name: str, details: Any = None) -> list[str]:
    """Return the metrics (``lost_as``) that a record can lose and stay; ``details`` are a workout's."""
    match table_name:
        case "stream":
            return [metric for metric, own in table().items() if own.stream]
        case "workout":
            return [*_all_metrics(), *sorted({f":{name}" for name in _names(details)})]
    return []


def without(record: Sparse, lost: Collection[str]) -> Sparse | None:
    """Return a record without what belongs to some metrics: the same one if it has none of that.

    None if nothing of a stream is left.
    """
    if isinstance(record, Stream):
        return _stream_without(record, {column for metric in lost for column in belongings(metric).stream})
    if isinstance(record, Workout):
        for metric in lost:
            record = _workout_without(record, metric)
    return record


def _stream_without(stream: Stream, columns: set[str]) -> Stream | None:
    if columns.isdisjoint(stream.columns):
        return stream
    kept = {name: column for name, column in stream.columns.items() if name not in columns}
    return replace(stream, columns=kept) if kept else None


def _workout_without(workout: Workout, metric: str) -> Workout:
    own = belongings(metric)
    gone: dict[str, Any] = dict.fromkeys(own.workout)
    patterns = _patterns(metric)
    if own.families and family_of(workout.activity) not in own.families:
        gone, patterns = {}, _types(metric)  # it can be a part: what is cycled in a triathlon
    poorer = replace(workout, **gone, details=_pruned(workout.details, patterns))
    return workout if poorer == workout else poorer


@cache
def _all_metrics() -> tuple[str, ...]:
    parts = (f"{whole.name}.{part}" for whole in metrics.catalogue().values() for part in whole.components)
    return (*metrics.catalogue(), *parts)


def _own_name(metric: str) -> str:
    """Return a metric's name without the vendor, in small letters."""
    return metric[metric.find(":") + 1 :].lower()


def _names(said: Any) -> Iterator[str]:
    """Yield the keys and types of JSON-able data, in small letters."""
    if isinstance(said, Mapping):
        for key, one in said.items():
            yield key.lower()
            if key in _TYPES:
                yield str(one).lower()
            yield from _names(one)
    elif isinstance(said, list | tuple):
        for one in said:
            yield from _names(one)


@cache
def _patterns(metric: str) -> tuple[str, ...]:
    """Return what a metric is called in a workout's details, in small letters."""
    return (*belongings(metric).details, *_types(metric), escape(_own_name(metric)))


def _types(metric: str) -> tuple[str, ...]:
    """Return the types that are this metric in a workout of any family."""
    known = metrics.find(metric)
    return () if known is None else tuple(_QUANTITY + name.lower() for name in known.healthkit)


def _pruned(said: Any, patterns: tuple[str, ...]) -> Any:
    """Return JSON-able data without the keys, and without the entries of lists, of these names."""
    if isinstance(said, Mapping):
        return {key: _pruned(one, patterns) for key, one in said.items() if not _any(patterns, key.lower())}
    if isinstance(said, list | tuple):
        return [_pruned(one, patterns) for one in said if not _is_of(one, patterns)]
    return said


def _is_of(entry: Any, patterns: tuple[str, ...]) -> bool:
    if not isinstance(entry, Mapping):
        return False
    return any(_any(patterns, str(entry.get(key, "")).lower()) for key in _TYPES)


def _any(patterns: tuple[str, ...], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
