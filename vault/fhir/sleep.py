"""A sleep as one Observation: minutes asleep, the stages' minutes as components, the stages as members.

Stages that are stored as samples go out with their own series and are only referred to; those a vendor
assembled into a session go out here. Time in bed never stands in for a missing time asleep.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vault.fhir import codings, shape
from vault.fhir.rows import offset_of, rows
from vault.records import Origin

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.identity import Name
    from vault.fhir.shape import Context
    from vault.fhir.source import Source
    from vault.readable import Moment
    from vault.store.columns import Columns

__all__ = ["Stages", "sessions"]

Stage = tuple[int, int, str]

_COMPONENTS = {
    "sleep_deep": "deep_min",
    "sleep_light": "light_min",
    "sleep_rem": "rem_min",
    "sleep_awake": "awake_min",
    "time_in_bed": "in_bed_min",
}


class Stages:
    """The stage samples that went out, by source, so that a sleep refers to them and repeats none."""

    def __init__(self) -> None:
        self._by_source: dict[str, list[Stage]] = {}

    def add(self, columns: Columns) -> None:
        """Remember the samples of one batch."""
        assert columns.codes is not None
        sources = [origin.source for origin in columns.origins]
        for start, end, code, origin in zip(
            columns.start.tolist(), columns.end.tolist(), columns.value.tolist(), columns.origin.tolist()
        ):
            insort(self._by_source.setdefault(sources[origin], []), (start, end, columns.codes[code]))

    def within(self, source: str, start: int, end: int) -> list[Stage]:
        """Return a source's stages that begin and end within [start, end]."""
        every = self._by_source.get(source, [])
        near = every[bisect_left(every, (start,)) : bisect_right(every, (end,))]
        return [stage for stage in near if stage[1] <= end]


def sessions(
    context: Context, source: Source, stages: Stages, start: Moment | None, end: Moment | None
) -> Iterator[Json]:
    """Yield the sleeps of a window, each before the stages that go out with it."""
    for night in rows(source.sleep(start, end)):
        who = Origin(night["source"], adapter="")
        stored = stages.within(who.source, night["start"], night["end"])
        own = [] if stored else _assembled(source, night["session_id"])
        yield _session(context, night, who, stored or own)
        for stage in own:
            yield _stage(context, who, offset_of(night), stage)


def _assembled(source: Source, session_id: str) -> list[Stage]:
    return [(row["start"], row["end"], row["stage"]) for row in rows(source.sleep_stages(session_id))]


def _session(context: Context, night: dict[str, Any], who: Origin, stages: list[Stage]) -> Json:
    when, assumed = shape.when(context, night["start"], night["end"], offset_of(night))
    name = context.identity.name("sleep", who.source, start=night["start"], end=night["end"])
    asleep = night["asleep_min"]
    body: Json = (
        {"dataAbsentReason": shape.absent("unknown")}
        if asleep is None
        else {"valueQuantity": codings.quantity(asleep, "sleep_duration")}
    )
    if stages:
        names = [_stage_name(context, who, stage) for stage in stages]
        body["hasMember"] = [{"reference": f"Observation/{name.id}"} for name in names]
    parts = [
        {"code": codings.term(part).code, "valueQuantity": codings.quantity(night[column], part)}
        for part, column in _COMPONENTS.items()
        if night[column] is not None
    ]
    if parts:
        body["component"] = parts
    term = codings.term("sleep_duration")
    return shape.observation(context, term, who, name, when, assumed=assumed, **body)


def _stage(context: Context, who: Origin, offset_min: int, stage: Stage) -> Json:
    when, assumed = shape.when(context, stage[0], stage[1], offset_min)
    name, term = _stage_name(context, who, stage), codings.term("sleep_stage")
    value = context.coded("sleep_stage", stage[2])
    return shape.observation(context, term, who, name, when, assumed=assumed, valueCodeableConcept=value)


def _stage_name(context: Context, who: Origin, stage: Stage) -> Name:
    """Name a stage as ``observations`` names its sample, wherever it comes from."""
    return context.identity.name("sleep_stage", who.source, stage[2], start=stage[0], end=stage[1])
