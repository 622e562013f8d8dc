"""Reads the data streams: of each type of data the one that Google merged, or what each app wrote itself.

The idea: the same points are in several streams, raw, derived and merged, and file names are cut off, so a
stream is known by the source its document names. One stream of each type is read and the others are its
mirrors; points of quarter hours that the day's tables tell are mirrors too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from adapters.formats.batches import Batches
from adapters.formats.values import LAST_NS, objects, quantity, text
from adapters.google_fit.days import ADAPTER
from adapters.tables import table
from vault.metrics import is_vendor_coded
from vault.records import Origin

if TYPE_CHECKING:
    from adapters.formats.counting import Count
    from adapters.formats.items import Json
    from adapters.google_fit.days import Days
    from vault.records import Record

__all__ = ["Streams", "chosen", "type_of"]

_ORIGIN = Origin("Google Fit streams", ADAPTER, app="google_fit")
"""Not the tables' name: of another export they may tell the same steps, and one source's are added up."""
_SLEEP, _NUTRITION, _GLUCOSE = "com.google.sleep.segment", "com.google.nutrition", "com.google.blood_glucose"
_HEART_RATE, _RESTING = "com.google.heart_rate.bpm", "com.google.resting_heart_rate"
_GOOGLE = "com.google.android.gms"
_MERGED = ("estimated_steps", "merge", "resting_heart_rate")
_LONGEST_NS = 7 * 86_400 * 1_000_000_000
_SPECIMEN, _INTERSTITIAL = 4, 1
_MG_PER_MMOL = 18.01558800000541
_Values = list["Json"]


def type_of(source: str) -> str:
    """Return the type of data of a source; resting heart rates stand among the others, but are not theirs."""
    _, name, *rest = [*source.split(":"), "", ""]
    return _RESTING if name == _HEART_RATE and any("resting_heart_rate" in part for part in rest) else name


def chosen(sources: Iterable[str]) -> dict[str, Origin]:
    """Return the sources that are read, with whose they are: one of each type of data, or one of each writer.

    Google's merged stream is all there is; where it is missing, derived streams are, or else raw ones.
    """
    found: dict[str, Origin] = {}
    by_type: dict[str, list[str]] = {}
    for source in sorted(set(sources)):
        by_type.setdefault(type_of(source), []).append(source)
    for listed in by_type.values():
        best = min(map(_rank, listed))
        same = [source for source in listed if _rank(source) == best]
        writers = {_writer(source): source for source in reversed(same)}
        if best[0] == 0:
            found[same[0]] = _ORIGIN
        else:
            found |= {source: Origin(writer, ADAPTER) for writer, source in writers.items()}
    return found


def _rank(source: str) -> tuple[int, int]:
    """Return how much a source is all there is of its type: the less the better."""
    kind, _, writer, *rest = [*source.split(":"), "", ""]
    if writer == _GOOGLE:
        for at, name in enumerate(_MERGED):
            if any(part.startswith(name) for part in rest):
                return 0, at
    return (1 if kind == "derived" else 2), 0


def _writer(source: str) -> str:
    return [*source.split(":"), "", ""][2] or _ORIGIN.source


@dataclass
class Streams:
    """The streams of an export; ``stages`` collects (start, end, stage) of all sleep, for the sessions."""

    days: Days
    stages: list[tuple[int, int, str]] = field(default_factory=list)

    def read(
        self, points: Iterable[Json], source: str, origin: Origin | None, count: Count
    ) -> Iterator[Record]:
        """Yield the samples of a stream; without an origin it is another's mirror."""
        name = type_of(source)
        reason = "" if name in _readable() else _left().get(name, "unknown-type")
        batches = Batches()
        for at, point in enumerate(points, 1):
            span = _span(point)
            if origin is None or reason:
                count.leave(reason or "mirror")
            elif span is None:
                yield count.reject("bad-date", at)
            elif any(self.days.covers(column, span[0]) for column in _columns(name)):
                count.leave("mirror")
            elif self._point(name, _values(point), *span, origin, batches):
                count.use()
            else:
                count.leave("no-value")
            yield from batches.full()
        yield from batches.rest()

    def _point(
        self, name: str, values: _Values, start: int, end: int, origin: Origin, batches: Batches
    ) -> bool:
        """Add what a point says; False if that is nothing."""
        if name == _SLEEP:
            stage = stages().get(str(_number(values, 0, whole=True)))
            if stage is not None and start < end:
                self.stages.append((start, end, stage))
            return stage is not None
        offset_min = self.days.offset_at(start)
        said = False
        for metric, unit, value in _said(name, values):
            said = True
            unit = unit if is_vendor_coded(metric) else ""
            batches.add(metric, start, end, offset_min, value, origin, unit=unit)
        return said


def _said(name: str, values: _Values) -> Iterator[tuple[str, str, float | str]]:
    """Yield (metric, unit, value) of what a point says."""
    if name == _NUTRITION:
        yield from _nutrients(values)
        return
    words = _words().get(name)
    if words is not None:
        metric, word = words.get(_number(values, 0, whole=True), ("", ""))
        if metric:
            yield metric, "", word
        return
    for at, metric, unit, factor in _quantities()[name]:
        value = _number(values, at)
        if not value and metric not in _CAN_BE_ZERO:
            continue
        if name == _GLUCOSE and _number(values, _SPECIMEN, whole=True) == _INTERSTITIAL:
            metric, factor = "glucose_interstitial", _MG_PER_MMOL
        yield metric, unit, (value or 0) * factor


_CAN_BE_ZERO = frozenset(("speed", "power", "cadence_cycling", "google_fit:steps_cadence"))
"""Elsewhere 0 is nothing to tell: no steps, or a weight that was never taken."""


def _nutrients(values: _Values) -> Iterator[tuple[str, str, float]]:
    known = _quantities_of_food()
    for entry in objects(values[0].get("mapVal")) if values else ():
        value = _of(entry.get("value"))
        name = text(entry.get("key"))
        if value is not None and name in known:
            metric, unit, factor = known[name]
            yield metric, unit, value * factor


def _values(point: Json) -> _Values:
    """Return the values of a point; older documents have them without a wrapping."""
    listed = objects(point.get("fitValue")) or objects(point.get("value"))
    return [one["value"] if isinstance(one.get("value"), dict) else one for one in listed]


def _number(values: _Values, at: int, *, whole: bool = False) -> float | int | None:
    found = _of(values[at]) if at < len(values) else None
    return found if found is None or not whole else int(found)


def _of(value: Any) -> float | None:
    if not isinstance(value, dict):
        return None
    return next(
        (found for key in ("fpVal", "intVal") if (found := quantity(value.get(key))) is not None), None
    )


def _span(point: Json) -> tuple[int, int] | None:
    """Return start and end in UTC ns, or None if they are no times of this age."""
    told = (point.get(key) for key in ("startTimeNanos", "endTimeNanos"))
    try:
        start, end = (int(value) for value in told if isinstance(value, int | str) and len(str(value)) < 20)
    except ValueError:
        return None
    return (start, end) if 0 < start <= end < LAST_NS and end - start <= _LONGEST_NS else None


@cache
def stages() -> dict[str, str]:
    """Return the stage of sleep for a code of a stream or a word of a session."""
    return {row["said"]: row["stage"] for row in table("adapters.google_fit", "stages.csv")}


@cache
def _quantities() -> dict[str, tuple[tuple[int, str, str, float], ...]]:
    found: dict[str, tuple[tuple[int, str, str, float], ...]] = {}
    for row in table("adapters.google_fit", "streams.csv"):
        one = int(row["at"]), row["metric"], row["unit"], float(row["factor"])
        found[row["type"]] = (*found.get(row["type"], ()), one)
    return found


@cache
def _columns(name: str) -> tuple[str, ...]:
    """Return the columns of the day's tables that say what a type of data says."""
    rows = table("adapters.google_fit", "streams.csv")
    return tuple(row["column"] for row in rows if row["type"] == name and row["column"])


@cache
def _words() -> dict[str, dict[float | int | None, tuple[str, str]]]:
    found: dict[str, dict[float | int | None, tuple[str, str]]] = {}
    for row in table("adapters.google_fit", "codes.csv"):
        found.setdefault(row["type"], {})[int(row["code"])] = row["metric"], row["word"]
    return found


@cache
def _quantities_of_food() -> dict[str, tuple[str, str, float]]:
    rows = table("adapters.google_fit", "nutrients.csv")
    return {row["said"]: (row["metric"], row["unit"], float(row["factor"])) for row in rows}


@cache
def _readable() -> frozenset[str]:
    return frozenset((*_quantities(), *_words(), _SLEEP, _NUTRITION))


@cache
def _left() -> dict[str, str]:
    return {row["type"]: row["reason"] for row in table("adapters.google_fit", "left.csv")}
