"""Whether a document is what its schema says: fields, units and words by a table made from the schemas.

The idea: the schemas need no interpreter. What they ask of a body is which fields there must be and what each
may hold, and that is a row a field and version in ``tables/fields.csv``. Fields beside those are allowed, as
the schemas allow them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from adapters.formats.values import LARGEST, clock_of, text
from adapters.open_mhealth.frames import instant_said, is_frame
from adapters.tables import table

__all__ = ["Field", "Schema", "broken_body", "broken_header", "fields_of", "schema_of"]

Json = dict[str, Any]

_PACKAGE = "adapters.open_mhealth"
_MODALITIES = ("sensed", "self-reported")
_ONE_OF = {"hk-quantity-sample": ("unit_value", "count")}
_SOME_OF = {"hk-correlation": ("quantity_samples", "category_samples")}


class Schema(NamedTuple):
    """A schema as a header names it."""

    namespace: str
    name: str
    version: str


class Field(NamedTuple):
    """What a schema asks of one field; ``allowed`` are units or words, any if there are none."""

    name: str
    kind: str
    is_required: bool
    allowed: frozenset[str]


@cache
def fields_of(schema: Schema) -> tuple[Field, ...]:
    """Return the fields of a schema, none if it is not known here."""
    return tuple(
        Field(row["field"], row["kind"], row["required"] == "yes", frozenset(_words(row["allowed"])))
        for row in table(_PACKAGE, "fields.csv")
        if (row["namespace"], row["schema"]) == schema[:2] and schema.version in row["versions"].split()
    )


def _words(allowed: str) -> list[str]:
    if not allowed.startswith("@"):
        return allowed.split("|") if allowed else []
    return [row["word"] for row in table(_PACKAGE, "words.csv") if row["list"] == allowed[1:]]


def schema_of(header: Json) -> Schema | None:
    """Return the schema that a header names, or None."""
    said = header.get("schema_id")
    parts = [text(said.get(part)) for part in Schema._fields] if isinstance(said, dict) else [""]
    return Schema(*parts) if all(parts) else None


def broken_header(header: Any) -> bool:
    """Whether a header lacks what data points must say of themselves, in the older or the IEEE form."""
    if not isinstance(header, dict) or schema_of(header) is None:
        return True
    is_ieee = "uuid" in header
    required = ("uuid", "source_creation_date_time") if is_ieee else ("id", "creation_date_time")
    if not text(header.get(required[0])) or not _is_moment(header.get(required[1])):
        return True
    if not isinstance(header.get("user_id", ""), str):
        return True
    said = header.get("acquisition_provenance", {"source_name": ""})
    if not isinstance(said, dict) or not isinstance(said.get("source_name"), str):
        return True
    is_dated = "source_creation_date_time" not in said or _is_moment(said["source_creation_date_time"])
    modalities = [place["modality"] for place in (said, header) if "modality" in place]
    return not is_dated or any(modality not in _MODALITIES for modality in modalities)


def broken_body(schema: Schema, body: Json) -> str:
    """Return why a body is not as its schema says, the reason of a rejection; nothing if it is."""
    for field in fields_of(schema):
        if field.name not in body:
            if field.is_required:
                return "missing-field"
        elif reason := _CHECKS[field.kind](body[field.name], field):
            return reason
    if schema.name in _ONE_OF and sum(name in body for name in _ONE_OF[schema.name]) != 1:
        return "missing-field"
    if schema.name in _SOME_OF and not any(body.get(name) for name in _SOME_OF[schema.name]):
        return "missing-field"
    return ""


def _is_moment(said: object) -> bool:
    return isinstance(said, str) and (instant_said(said) is not None or clock_of(said) is not None)


def _is_number(said: object) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and abs(said) <= LARGEST


def _quantity(said: Any, field: Field) -> str:
    if not isinstance(said, dict) or not _is_number(said.get("value")):
        return "bad-value"
    unit = said.get("unit")
    is_good = isinstance(unit, str) and (not field.allowed or unit in field.allowed)
    return "" if is_good else "bad-unit"


def _number(said: Any, _: Field) -> str:
    return "" if _is_number(said) else "bad-value"


def _integer(said: Any, _: Field) -> str:
    return "" if _is_number(said) and said == int(said) else "bad-value"


def _boolean(said: Any, _: Field) -> str:
    return "" if isinstance(said, bool) else "bad-value"


def _text(said: Any, _: Field) -> str:
    return "" if isinstance(said, str) else "bad-value"


def _word(said: Any, field: Field) -> str:
    return "" if isinstance(said, str) and said in field.allowed else "unknown-word"


def _identifier(said: Any, field: Field) -> str:
    """Check one of Apple's identifiers, which are their kind and a word."""
    kind = "HK" + field.name.partition("_")[0].title() + "TypeIdentifier"
    is_good = isinstance(said, str) and said.startswith(kind) and said.removeprefix(kind) in field.allowed
    return "" if is_good else "unknown-word"


def _frame(said: Any, field: Field) -> str:
    is_good = is_frame(said, dated="dated" in field.allowed, interval="interval" in field.allowed)
    return "" if is_good else "bad-time-frame"


def _metadata(said: Any, _: Field) -> str:
    entries = said if isinstance(said, list) else [None]
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            return "bad-value"
        if not isinstance(entry.get("value"), str | int | float | bool):
            return "bad-value"
    return ""


def _samples(said: Any, field: Field) -> str:
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        return "bad-value"
    (name,) = field.allowed
    reasons = (broken_body(Schema("granola", name, "1.0"), one) for one in said)
    return next(filter(None, reasons), "")


_CHECKS: dict[str, Callable[[Any, Field], str]] = {
    "quantity": _quantity,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "text": _text,
    "word": _word,
    "identifier": _identifier,
    "frame": _frame,
    "metadata": _metadata,
    "samples": _samples,
}
