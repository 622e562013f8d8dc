"""A sleep as one Observation: minutes asleep, the stages' minutes as components, the stages as members.

Stages that are stored as samples go out with their own series and are only referred to; those a vendor
assembled into a session go out here. Time in bed never stands in for a missing time asleep.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vault.fhir import codings, shape
from vault.records import Origin

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.identity import Name
    from vault.fhir.shape import Context
    from vault.fhir.source import Source
    from vault.merge.nights import Night
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
    """Yield each sleep of a window, and those of its stages that did not go out as samples."""
    out: set[str] = set()
    for night in source.nights(start, end):
        who = Origin(night.source, adapter="")
        told = list(dict.fromkeys(night.stages))  # two watches under one name may tell the same one
        own = [] if (stored := stages.among(who.source, told)) else told
        named = {_stage_name(context, who, stage): stage for stage in stored or own}
        yield _session(context, night, who, list(named))
        for name, stage in named.items() if own else ():
            if name.id not in out:
                out.add(name.id)
                yield _stage(context, who, name, night.offset_min, stage)


def _session(context: Context, night: Night, who: Origin, stages: list[Name]) -> Json:
    when, assumed = shape.when(context, night.start, night.end, night.offset_min)
    name = context.identity.name("sleep", who.source, start=night.start, end=night.end)
    body: Json = (
        {"dataAbsentReason": shape.absent("unknown")}
        if night.asleep_min is None
        else {"valueQuantity": codings.quantity(night.asleep_min, "sleep_duration")}
    )
    if stages:
        body["hasMember"] = [{"reference": f"Observation/{name.id}"} for name in stages]
    minutes = {part: getattr(night, column) for part, column in _COMPONENTS.items()}
    parts = [
        {"code": codings.term(part).code, "valueQuantity": codings.quantity(value, part)}
        for part, value in minutes.items()
        if value is not None
    ]
    if parts:
        body["component"] = parts
    term = codings.term("sleep_duration")
    return shape.observation(context, term, who, name, when, assumed=assumed, **body)


def _stage(context: Context, who: Origin, name: Name, offset_min: int, stage: Stage) -> Json:
    when, assumed = shape.when(context, stage[0], stage[1], offset_min)
    term, value = codings.term("sleep_stage"), context.coded("sleep_stage", stage[2])
    return shape.observation(context, term, who, name, when, assumed=assumed, valueCodeableConcept=value)


def _stage_name(context: Context, who: Origin, stage: Stage) -> Name:
    """Name a stage as ``observations`` names its sample, wherever it comes from."""
    return context.identity.name("sleep_stage", who.source, stage[2], start=stage[0], end=stage[1])
