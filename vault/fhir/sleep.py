"""A sleep as one Observation: minutes asleep, the stages' minutes as components, the stages as members.

Stages that are stored as samples go out with their own series and are only referred to; those a vendor
assembled into a session go out here. Time in bed never stands in for a missing time asleep.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

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
        self._by_source: dict[str, set[Stage]] = {}

    def add(self, columns: Columns) -> None:
        """Remember the samples of one batch."""
        assert columns.codes is not None
        sources = [origin.source for origin in columns.origins]
        for start, end, code, origin in zip(
            columns.start.tolist(), columns.end.tolist(), columns.value.tolist(), columns.origin.tolist()
        ):
            self._by_source.setdefault(sources[origin], set()).add((start, end, columns.codes[code]))

    def among(self, source: str, told: Sequence[Stage]) -> list[Stage]:
        """Return which of a sleep's stages are samples of its source."""
        stored = self._by_source.get(source, set())
        return [stage for stage in told if stage in stored]


def sessions(
    context: Context, source: Source, stages: Stages, start: Moment | None, end: Moment | None
) -> Iterator[Json]:
    """Yield the sleeps of a window, each before the stages that go out with it."""
    for night in rows(source.sleep(start, end)):
        who = Origin(night["source"], adapter="")
        told = _told(source, night["session_id"])
        stored = stages.among(who.source, told)
        own = [] if stored else told
        yield _session(context, night, who, stored or own)
        for stage in own:
            yield _stage(context, who, offset_of(night), stage)


def _told(source: Source, session_id: str) -> list[Stage]:
    """Return the stages of a sleep, which are of its tracker: its source may have told another's as well."""
    found = source.sleep_stages(session_id)
    start, end = (found[name].to_numpy("M8[ns]").astype(np.int64).tolist() for name in ("start", "end"))
    return list(zip(start, end, found["stage"].tolist()))


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
