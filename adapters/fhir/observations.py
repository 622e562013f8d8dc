"""What one Observation becomes: samples, part of a sleep or workout, a document, or nothing and why.

The idea: a value is only read where code, unit and time say for sure what it is. An Observation that is sound
but says something that the catalogue has no place for is kept as it came; one that contradicts itself is
refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.fhir.codes import Named, code_of, in_unit, named
from adapters.fhir.curves import curve_of
from adapters.fhir.elements import Observation, Quantity, Sampled
from adapters.fhir.panels import SLEEP, WORKOUT, Panel, Panels, strength_set
from adapters.fhir.shape import observation_of
from adapters.fhir.times import Span, span_of
from adapters.formats.batches import Batches
from adapters.formats.counting import Unused
from adapters.formats.values import LARGEST, text

if TYPE_CHECKING:
    from adapters.fhir.around import Around
    from adapters.fhir.curves import Points
    from adapters.fhir.elements import Extended, Json, Part
    from adapters.formats.clocks import Zone
    from vault.records import Origin, Record

__all__ = ["KEEP", "Observations"]

KEEP = Unused("keep")
"""Sound, but for the documents."""
_RETRACTED = ("entered-in-error", "cancelled")
_UNPLACED = ("no-time", "no-day", "open-period")
_INTEGRITY = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
_ZONE = "http://hl7.org/fhir/StructureDefinition/timezone"

Told = list["Record"] | Unused


class Observations:
    """The Observations of one export; numbers gather in ``batches``."""

    def __init__(self, around: Around, panels: Panels, home: Zone | None) -> None:
        self.batches = Batches()
        self._around, self._panels, self._home = around, panels, home

    def read(self, resource: Json, *names: str) -> Told:
        """Return the records of an Observation besides samples, or why there is none; its names in order."""
        found = observation_of(resource)
        if isinstance(found, str):
            return Unused(found, "rejected")
        if self._around.is_of_another(resource):
            return Unused("other-person", "rejected")
        if found.status in _RETRACTED:
            return Unused(found.status)
        known = named(found.code)
        if known is None or _is_modified(found):
            return KEEP
        span = span_of(found, self._home)
        if isinstance(span, str):
            return KEEP if span in _UNPLACED else Unused(span, "rejected")
        return self._known(found, known, span, names)

    def rest(self) -> Iterator[Record]:
        """Yield what has gathered: the panels, what is left of those that were broken, and all samples."""
        for metric, span, value, origin in self._panels.orphans():
            self.batches.add(metric, *span, value, origin)
        for metric, span, points, origin in self._panels.orphan_curves():
            self._extend(metric, span, points, origin)
        yield from self._panels.records()
        yield from self.batches.rest()

    def _known(self, found: Observation, known: Named, span: Span, names: tuple[str, ...]) -> Told:
        origin = self._around.origin(found)
        is_panel = bool(found.has_member or found.component)
        if known.name == WORKOUT or (known.name == SLEEP and is_panel):
            if reason := _wrong_number(found):
                return Unused(reason, "rejected")
            self._panels.read(found, known.name, names[0] or str(span.start), span, origin)
            return []
        panel = self._panels.of_member(*names)
        if known.name == "strength_set":
            return [strength_set(found, "" if panel is None else panel.name, span, origin)]
        if known.entry is not None and known.entry.components:
            return self._components(found, known, span, origin)
        if found.value_sampled_data is not None:
            return self._curve(found.value_sampled_data, known, span, origin, panel)
        value = _value(found, known)
        if isinstance(value, Unused):
            return value
        if panel is None or not panel.take(known.name, span, value[0], origin):
            self._add(known.name, span, value, origin, _note(found))
        return []

    def _components(self, found: Observation, known: Named, span: Span, origin: Origin) -> Told:
        """Read a reading of several numbers; one that is wrong spoils all."""
        values: dict[str, tuple[float | str, str]] = {}
        for part in found.component:
            part_known = named(part.code)
            if part_known is None or not part_known.name.startswith(known.name + "."):
                continue
            value = _value(part, part_known)
            if not isinstance(value, Unused):
                values[part_known.name] = value
            elif value.fate == "rejected":
                return value
        if not values:
            return Unused("no-value")
        for name, value in values.items():
            self._add(name, span, value, origin, _note(found))
        return []

    def _add(
        self,
        metric: str,
        span: Span,
        value: tuple[float | str, str],
        origin: Origin,
        note: dict[str, object] | None,
    ) -> None:
        number, unit = value
        self.batches.add(metric, *span, number, origin, note=note, unit=unit)

    def _curve(self, said: Sampled, known: Named, span: Span, origin: Origin, panel: Panel | None) -> Told:
        """Read a curve: a channel of its workout if it is a member of one, else samples."""
        if known.entry is None or said.dimensions != 1 or not said.data:
            return KEEP
        points = curve_of(said, known.entry, span.start)
        if isinstance(points, Unused):
            return points
        if panel is None or not panel.take_curve(known.name, span, points, origin):
            self._extend(known.name, span, points, origin)
        return []

    def _extend(self, metric: str, span: Span, points: Points, origin: Origin) -> None:
        self.batches.extend(metric, points.time, points.time, span.offset_min, points.value, origin)


def _value(found: Observation | Part, known: Named) -> tuple[float | str, str] | Unused:
    """Return a value and, for a vendor's own, its unit; or what is wrong with it."""
    if found.value_codeable_concept is not None:
        code = code_of(known.name, found.value_codeable_concept)
        is_coded = known.entry is None or known.entry.is_coded
        return (code, "") if code and is_coded else KEEP
    said = found.value_quantity
    if found.value_integer is not None:
        said = Quantity(float(found.value_integer), code="1")
    if said is None:
        return Unused("no-value") if _is_empty(found) else KEEP
    if known.entry is None:
        if said.value is None or said.comparator or not abs(said.value) <= LARGEST:
            return KEEP
        return said.value, text(said.code or said.unit)
    if known.entry.is_coded:
        return KEEP
    value = in_unit(said, known.entry)
    if isinstance(value, float):
        return value, ""
    return KEEP if value == "comparator" else Unused(value, "left" if value == "no-value" else "rejected")


def _is_modified(found: Observation) -> bool:
    """Whether something unknown changes what it says, or it is about another than its subject."""
    parts: tuple[Observation | Part, ...] = (found, *found.component)
    return found.focus is not None or any(part.modifier_extension is not None for part in parts)


def _wrong_number(found: Observation) -> str:
    """Return why a number of a panel or of its components can't be used, or nothing."""
    parts: tuple[Observation | Part, ...] = (found, *found.component)
    for part in parts:
        known, said = named(part.code), part.value_quantity
        if known is not None and known.entry is not None and said is not None:
            value = in_unit(said, known.entry)
            if isinstance(value, str):
                return value
    return ""


def _is_empty(found: Observation | Part) -> bool:
    """Whether there is no value of any kind."""
    names = (name for name in found.__struct_fields__ if name.startswith("value"))
    return all(getattr(found, name) is None for name in names)


def _note(found: Observation) -> dict[str, object] | None:
    """Return whether a person typed a value in, and in which zone it was taken."""
    said: dict[str, object] = {}
    labels = () if found.meta is None else found.meta.security
    if any(one.system == _INTEGRITY and one.code == "PATAST" for one in labels):  # patient asserted
        said["recording_method"] = "manual-entry"
    period = found.effective_period
    beside: Extended | None = found.beside if period is None else period.start_beside
    for one in () if beside is None else beside.extension:
        if one.url == _ZONE and one.value_code:
            said["timezone"] = one.value_code
    return said or None
