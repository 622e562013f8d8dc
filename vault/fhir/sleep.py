"""A sleep as one Observation: minutes asleep, the stages' minutes as components, the stages as members.

Stages that are stored as samples go out with their own series and are only referred to; those a vendor
assembled into a session go out after the sleeps, as such a series would. Time in bed never stands in for a
missing time asleep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vault.fhir import codings, observations, shape
from vault.fhir.identity import field
from vault.records import Origin
from vault.store.columns import Columns
from vault.time import NO_INSTANT, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.shape import Context
    from vault.fhir.source import Source
    from vault.merge.nights import Night
    from vault.readable import Moment

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
    """The stages of an export by source: those that went out as samples, and those only sleeps told."""

    def __init__(self) -> None:
        self._samples: dict[str, set[Stage]] = {}
        self._told: dict[str, dict[Stage, int]] = {}

    def add(self, columns: Columns) -> None:
        """Remember the samples of one batch."""
        assert columns.codes is not None
        sources = [origin.source for origin in columns.origins]
        for start, end, code, origin in zip(
            columns.start.tolist(), columns.end.tolist(), columns.value.tolist(), columns.origin.tolist()
        ):
            self._samples.setdefault(sources[origin], set()).add((start, end, columns.codes[code]))

    def of(self, night: Night) -> list[Stage]:
        """Return the stages a sleep refers to: samples of its source, or its own, which are remembered.

        Two watches of one name may have told the same stage; it is one.
        """
        told = list(dict.fromkeys(night.stages))
        samples = self._samples.get(night.source, set())
        stored = [stage for stage in told if stage in samples]
        if not stored:
            own = self._told.setdefault(night.source, {})
            for stage in told:
                own.setdefault(stage, night.offset_min)
        return stored or told

    def rest(self, context: Context) -> Iterator[bytes]:
        """Yield the stages only sleeps told, as NDJSON."""
        for source, told in self._told.items():
            if told:
                yield from observations.series(context, "sleep_stage", _columns(source, told))


def sessions(
    context: Context, source: Source, stages: Stages, start: Moment | None, end: Moment | None
) -> Iterator[Json]:
    """Yield each sleep of a window; the ``rest`` of the stages has to follow."""
    for night in source.nights(start, end):
        yield _session(context, night, _ids(context, night.source, stages.of(night)))


def _session(context: Context, night: Night, stages: list[str]) -> Json:
    who = Origin(night.source, adapter="")
    when, assumed = shape.when(context, night.start, night.end, night.offset_min)
    name = context.identity.name("sleep", who.source, start=night.start, end=night.end)
    body: Json = (
        {"dataAbsentReason": shape.absent("unknown")}
        if night.asleep_min is None
        else {"valueQuantity": codings.quantity(night.asleep_min, "sleep_duration")}
    )
    if stages:
        body["hasMember"] = [{"reference": f"Observation/{stage}"} for stage in stages]
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


def _ids(context: Context, source: str, stages: Sequence[Stage]) -> list[str]:
    """Return the ids of stages, named as ``observations`` names samples."""
    if not stages:
        return []
    told = _columns(source, dict.fromkeys(stages, UNKNOWN_OFFSET))
    prefixes = [field("sleep_stage") + field(source) + field(code) for code in told.codes or ()]
    ids, _ = context.identity.names(prefixes, told.value.tolist(), told.start, told.end, None)
    return ids


def _columns(source: str, told: Mapping[Stage, int]) -> Columns:
    """Return stages with their offsets as the columns of a series."""
    count, codes = len(told), {code: None for _, _, code in told}
    numbers = {code: number for number, code in enumerate(codes)}
    start, end, code = zip(*told)
    return Columns(
        start=np.array(start, np.int64),
        end=np.array(end, np.int64),
        recorded=np.full(count, NO_INSTANT, np.int64),
        offset_min=np.array(list(told.values()), np.int16),
        value=np.array([numbers[one] for one in code], np.int32),
        origin=np.zeros(count, np.int32),
        note=np.full(count, -1, np.int32),
        imported=np.full(count, -1, np.int32),
        origins=[Origin(source, adapter="")],
        codes=list(codes),
    )
