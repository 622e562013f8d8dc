"""Sleeps and workouts, which are several Observations that refer to each other.

The idea: a panel names its members, and members do not name their panel. So panels are noted in the first
pass, and in the second a member goes to its panel instead of standing alone. A sleep whose stages came before
it was assembled from them, and will be again; one whose stages follow it brought them along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.fhir.codes import code_of, in_unit, named
from adapters.fhir.curves import CHANNELS, streams_of
from adapters.formats.values import text
from adapters.formats.words import activity_word
from vault.records import SleepSession, StrengthSet, Workout

if TYPE_CHECKING:
    from adapters.fhir.curves import Points
    from adapters.fhir.elements import Concept, Observation, Part
    from adapters.fhir.times import Span
    from vault.records import Origin, Record

__all__ = ["SLEEP", "WORKOUT", "Panel", "Panels", "numbers_of", "strength_set"]

SLEEP, WORKOUT = "sleep_duration", "workout"
_SLEEP_DETAILS = {
    "sleep_deep": "deep_min",
    "sleep_light": "light_min",
    "sleep_rem": "rem_min",
    "sleep_awake": "awake_min",
    "time_in_bed": "in_bed_min",
}
_WORKOUT_MEMBERS = frozenset(
    {"workout_duration", "workout_energy", "workout_hr_mean", "workout_hr_max", "distance", "elevation_gain"}
)


@dataclass(slots=True)
class Panel:
    """One panel, as far as it was read."""

    metric: str
    name: str
    span: Span | None = None
    origin: Origin | None = None
    activity: str = ""
    details: dict[str, object] = field(default_factory=dict)
    members: dict[str, tuple[Span, float, Origin]] = field(default_factory=dict)
    curves: list[tuple[str, Span, Points, Origin]] = field(default_factory=list)
    stages: list[tuple[int, int, str]] = field(default_factory=list)
    is_of_samples: bool = False

    def take(self, metric: str, span: Span, value: float | str, origin: Origin) -> bool:
        """Take a member's value; False if it is none of this panel's and stands alone."""
        if isinstance(value, str):
            return self.metric == SLEEP and metric == "sleep_stage" and self._take_stage(span, value)
        if self.metric != WORKOUT or metric not in _WORKOUT_MEMBERS or metric in self.members:
            return False
        self.members[metric] = span, value, origin
        return True

    def take_curve(self, metric: str, span: Span, points: Points, origin: Origin) -> bool:
        """Take a curve as a channel of this workout; False if it is none and stands alone."""
        if self.metric != WORKOUT or metric not in CHANNELS:
            return False
        self.curves.append((metric, span, points, origin))
        return True

    def _take_stage(self, span: Span, stage: str) -> bool:
        self.is_of_samples |= self.span is None
        if self.is_of_samples or self.span is None:
            return False
        if not self.span.start <= span.start <= span.end <= self.span.end:
            return False
        self.stages.append((span.start, span.end, stage))
        return True

    def record(self) -> SleepSession | Workout | None:
        """Return the panel as a record; None if it was not read, or is made of samples that were."""
        if self.span is None or self.origin is None or self.is_of_samples:
            return None
        if self.metric == SLEEP:
            stages = tuple(sorted(self.stages))
            return SleepSession(self.name, *self.span, self.origin, stages, details=self.details)
        numbers = {metric: value for metric, (_, value, _) in self.members.items()}
        minutes = numbers.get("workout_duration")
        return Workout(
            self.name,
            *self.span,
            self.activity,
            self.origin,
            None if minutes is None else minutes * 60,
            distance_m=numbers.get("distance"),
            energy_kcal=numbers.get("workout_energy"),
            hr_mean=numbers.get("workout_hr_mean"),
            hr_max=numbers.get("workout_hr_max"),
            elevation_gain_m=numbers.get("elevation_gain"),
            details=self.details,
        )


class Panels:
    """The panels of an export by name, and which panel a member belongs to."""

    def __init__(self) -> None:
        self._panels: dict[str, Panel] = {}
        self._of_member: dict[str, Panel] = {}

    def see(self, metric: str, name: str, members: list[str]) -> None:
        """Note a panel and its members, of which nothing has been read yet."""
        panel = self._panels[name] = Panel(metric, name)
        self._of_member.update(dict.fromkeys(members, panel))

    def of_member(self, *names: str) -> Panel | None:
        """Return the panel that a resource belongs to, by any of its names."""
        return next((panel for name in names if (panel := self._of_member.get(name))), None)

    def read(self, found: Observation, metric: str, name: str, span: Span, origin: Origin) -> None:
        """Read the panel itself."""
        panel = self._panels.setdefault(name, Panel(metric, name))
        panel.span, panel.origin = span, origin
        if metric == WORKOUT:
            panel.activity, panel.details = _activity(found.value_codeable_concept)
        else:
            panel.details = dict(_minutes(found))

    def orphan_curves(self) -> Iterator[tuple[str, Span, Points, Origin]]:
        """Yield the curves of panels that could not be read themselves."""
        for panel in self._panels.values():
            if panel.span is None:
                yield from panel.curves

    def orphans(self) -> Iterator[tuple[str, Span, float, Origin]]:
        """Yield the members of panels that could not be read themselves: metric, when, value, source."""
        for panel in self._panels.values():
            if panel.span is None:
                yield from ((metric, *said) for metric, said in panel.members.items())

    def records(self) -> Iterator[Record]:
        """Yield what was read of all of them."""
        for panel in self._panels.values():
            record = panel.record()
            if record is not None:
                yield record
                told = [(CHANNELS[metric], span, points) for metric, span, points, _ in panel.curves]
                yield from streams_of(panel.name, record.origin, told)


def strength_set(found: Observation, workout: str, span: Span, origin: Origin) -> StrengthSet:
    """Return a set as VitalVault writes one: the exercise is the value, the numbers are components."""
    numbers = numbers_of(found.component)
    exercise = found.value_codeable_concept
    return StrengthSet(
        workout,
        origin,
        int(numbers.get("strength_set.set_index", 1)),
        "" if exercise is None else code_of("exercise", exercise) or _said(exercise),
        span.start,
        span.offset_min,
        repetitions=_whole(numbers.get("strength_set.repetitions")),
        load_kg=numbers.get("strength_set.load"),
        rpe=numbers.get("strength_set.rpe"),
    )


def numbers_of(parts: Any) -> dict[str, float]:
    """Return the numbers of components by metric, in the metrics' units; the others are not among them."""
    return {metric: value for metric, value in map(_number, parts) if value is not None}


def _number(part: Part) -> tuple[str, float | None]:
    known = named(part.code)
    if known is None or known.entry is None or part.value_quantity is None:
        return "", None
    value = in_unit(part.value_quantity, known.entry)
    return known.name, value if isinstance(value, float) else None


def _minutes(found: Observation) -> Iterator[tuple[str, object]]:
    known = named(found.code)
    if found.value_quantity is not None and known is not None and known.entry is not None:
        asleep = in_unit(found.value_quantity, known.entry)
        if isinstance(asleep, float):
            yield "asleep_min", asleep
    for metric, value in numbers_of(found.component).items():
        if metric in _SLEEP_DETAILS:
            yield _SLEEP_DETAILS[metric], value


def _activity(said: Concept | None) -> tuple[str, dict[str, object]]:
    """Return the word of an activity, VitalVault's own or by its name, and what the source called it."""
    if said is None:
        return "other", {}
    own = code_of(WORKOUT, said)
    return (own, {}) if own else (activity_word(_said(said)), {"activity_name": _said(said)})


def _said(concept: Concept) -> str:
    return text(concept.text or next((one.display or one.code for one in concept.coding), ""))


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
