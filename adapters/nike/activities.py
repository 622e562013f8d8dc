"""Makes a workout with its streams of a Nike activity.

The idea: totals stand in ``summaries``, in kilometres and kilocalories; what the person said stands in
``tags``, of which those are kept that say something of the run. Times are UTC; where it was, no document
says.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.tracks import offset_at
from adapters.formats.values import instant_of_ms, member, objects, quantity, said, text
from adapters.formats.words import activity_word
from adapters.nike.series import series_of
from adapters.tables import table
from vault.records import Origin, Record, Stream, Workout
from vault.time import DAY_NS, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from adapters.formats.items import Json

__all__ = ["ADAPTER", "key_of", "records_of"]

ADAPTER = "nike"
_ORIGIN = Origin("Nike Run Club", ADAPTER, app="nike_run_club")
_LONGEST_NS = 7 * DAY_NS
_MILLISECONDS = 1_000
_NOT_SAID = frozenset(("app_id", "appId", "source"))
_POSITIVE = ("energy_kcal", "hr_mean", "hr_max")
"""Of these 0 means that nobody measured."""


def key_of(activity: Json) -> str:
    """Return Nike's id, else start and kind."""
    return text(activity.get("id")) or f"{activity.get('start_epoch_ms')}|{text(activity.get('type'))}"


def records_of(activity: Json, zone: ZoneInfo | None) -> Iterator[Record] | str:
    """Return the workout of an activity and its streams, or why there are none."""
    start, end = (instant_of_ms(activity.get(f"{name}_epoch_ms")) for name in ("start", "end"))
    if start is None:
        return "bad-date"
    if end is None or not start <= end <= start + _LONGEST_NS:
        return "bad-duration"
    return _records(activity, start, end, zone)


def _records(activity: Json, start: int, end: int, zone: ZoneInfo | None) -> Iterator[Record]:
    fields, details = _summaries(activity)
    seconds = quantity(activity.get("active_duration_ms"))
    workout = Workout(
        key=key_of(activity),
        start=start,
        end=end,
        offset_min=offset_at(start, UNKNOWN_OFFSET, zone),
        activity=_activity(activity),
        origin=_ORIGIN,
        duration_s=seconds / _MILLISECONDS if seconds and seconds > 0 else None,
        **fields,
        details=details | _told(activity),
    )
    yield workout
    for series in series_of(activity, workout.distance_m):
        yield Stream(workout.key, workout.origin, series.time, series.columns, part=min(series.columns))


def _summaries(activity: Json) -> tuple[dict[str, float], dict[str, object]]:
    """Return what a workout has fields for, and the rest by name."""
    fields: dict[str, float] = {}
    rest: dict[str, object] = {}
    for one in objects(activity.get("summaries")):
        metric, kind, value = text(one.get("metric")), text(one.get("summary")), quantity(one.get("value"))
        if value is None or not metric:
            continue
        known = _fields().get((metric, kind))
        if known is None:
            rest[f"{metric}_{kind}"] = value
        elif value > 0 or (value == 0 and known[0] not in _POSITIVE):
            fields[known[0]] = value * known[1]
    if rest.get("speed_mean") == fields.get("distance_m", 0) / 1_000:  # of a run that was typed in
        rest.pop("speed_mean", None)
    return fields, rest


def _told(activity: Json) -> dict[str, object]:
    tags = member(activity, "tags")
    told: dict[str, object] = {
        detail: text(tags[tag]) for tag, detail in _tags().items() if text(tags.get(tag))
    }
    moments = said(objects(activity.get("moments")), _NOT_SAID)
    return told | {"type": text(activity.get("type"))} | ({"moments": moments} if moments else {})


def _activity(activity: Json) -> str:
    word = activity_word(text(activity.get("type")))
    is_indoors = text(member(activity, "tags").get("location")).lower().startswith("indoor")
    return _indoors().get(word, word) if is_indoors else word


@cache
def _fields() -> dict[tuple[str, str], tuple[str, float]]:
    rows = table("adapters.nike", "summaries.csv")
    return {(row["metric"], row["summary"]): (row["field"], float(row["factor"])) for row in rows}


@cache
def _tags() -> dict[str, str]:
    return {row["tag"]: row["detail"] for row in table("adapters.nike", "tags.csv")}


@cache
def _indoors() -> dict[str, str]:
    return {row["activity"]: row["indoors"] for row in table("adapters.nike", "indoors.csv")}
