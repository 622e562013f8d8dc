"""The elements of an R4 Observation, as typed structs that are checked while they are decoded.

The idea: a million Observations of a few shapes would take minutes in pydantic, so what ours and other
wearables' have is typed here. An element that is not known here does not pass; one that is known and not
typed (a reference range, a narrative) is for the model of ``fhir.resources`` to check.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
import msgspec.structs
from msgspec import Struct

__all__ = [
    "UNTYPED",
    "Coding",
    "Concept",
    "Extended",
    "Json",
    "Observation",
    "Part",
    "Quantity",
    "Reference",
    "Sampled",
]

Json = dict[str, Any]
_T = TypeVar("_T")

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]
Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.-]{1,64}\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"^\S+( \S+)*\Z")]
DateTime = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
        r"(\.[0-9]+)?(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?\Z"
    ),
]
Some = Annotated[tuple[_T, ...], msgspec.Meta(min_length=1)]
Status = Literal[
    "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"
]


class Strict(Struct, forbid_unknown_fields=True, rename="camel"):
    """A FHIR type of which every element is known."""


class Extension(Strict):
    """An extension whose value is a code."""

    url: Text
    value_code: Code = ""


class Extended(Strict):
    """What stands beside a primitive value."""

    extension: Some[Extension]


class Coding(Strict):
    """A code of a system."""

    system: Text = ""
    version: Text = ""
    code: Code = ""
    display: Text = ""
    user_selected: bool = False


class Concept(Strict):
    """A CodeableConcept."""

    coding: Some[Coding] = ()
    text: Text = ""


class Quantity(Strict):
    """A number and its unit."""

    value: float | None = None
    comparator: Literal["<", "<=", ">=", ">", ""] = ""
    unit: Text = ""
    system: Text = ""
    code: Code = ""


class Period(Strict):
    """From when to when."""

    start: DateTime = ""
    end: DateTime = ""
    start_beside: Extended | None = msgspec.field(default=None, name="_start")
    end_beside: Extended | None = msgspec.field(default=None, name="_end")


class Identifier(Strict):
    """A name of a resource in somebody's system."""

    use: Literal["usual", "official", "temp", "secondary", "old"] = "usual"
    type: Concept | None = None
    system: Text = ""
    value: Text = ""
    period: Period | None = None


class Reference(Strict):
    """Another resource."""

    reference: Text = ""
    type: Text = ""
    display: Text = ""
    identifier: Identifier | None = None


class Sampled(Strict):
    """A curve: numbers ``period`` ms apart, to be multiplied by ``factor`` and moved by ``origin``."""

    origin: Quantity
    period: float
    dimensions: int
    factor: float = 1.0
    lower_limit: float | None = None
    upper_limit: float | None = None
    data: Text = ""


class Meta(Strict):
    """What is said of a resource."""

    profile: Some[Text] = ()
    source: Text = ""
    security: Some[Coding] = ()
    tag: Some[Coding] = ()
    version_id: Id = ""
    last_updated: DateTime = ""


class Valued(Strict):
    """What has a value: a part of an Observation, and an Observation; ``Any`` is for the model to check."""

    code: Concept
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_string: Text | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_sampled_data: Sampled | None = None
    data_absent_reason: Concept | None = None
    interpretation: Some[Concept] = ()
    modifier_extension: Any = None
    value_range: Any = None
    value_ratio: Any = None
    value_time: Any = None
    value_date_time: Any = None
    value_period: Any = None
    reference_range: Any = None


class Part(Valued):
    """A component of an Observation, typed as that is."""


class Observation(Valued, kw_only=True):
    """An Observation; the elements typed as ``Any`` are for the model to check."""

    resource_type: Literal["Observation"]
    status: Status
    id: Id = ""
    meta: Meta | None = None
    identifier: Some[Identifier] = ()
    extension: Some[Extension] = ()
    category: Some[Concept] = ()
    subject: Reference | None = None
    effective_date_time: DateTime = ""
    effective_instant: DateTime = ""
    effective_period: Period | None = None
    beside: Extended | None = msgspec.field(default=None, name="_effectiveDateTime")
    issued: DateTime = ""
    performer: Some[Reference] = ()
    body_site: Concept | None = None
    method: Concept | None = None
    device: Reference | None = None
    has_member: Some[Reference] = ()
    derived_from: Some[Reference] = ()
    component: Some[Part] = ()
    implicit_rules: Any = None
    language: Any = None
    text: Any = None
    contained: Any = None
    based_on: Any = None
    part_of: Any = None
    focus: Any = None
    encounter: Any = None
    effective_timing: Any = None
    note: Any = None
    specimen: Any = None


UNTYPED = frozenset(one.encode_name for one in msgspec.structs.fields(Observation) if one.type is Any)
"""The elements that only the model can check, as FHIR spells them."""
