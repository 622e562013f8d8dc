"""What a schema has a place for in a sample's note: whose word it is, and words of the schema.

The words are those that our own reading of Open mHealth keeps, under the names of their fields.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from vault.fhir.notes import facets
from vault.nature import nature_of_metric
from vault.openmhealth.schemas import words

__all__ = ["NOTHING", "Said", "modality", "said"]


class Said(NamedTuple):
    """What a note says: whether the value is a person's word, and (field, word) pairs."""

    is_provided: bool = False
    words: tuple[tuple[str, str], ...] = ()


NOTHING = Said()


def said(note: str, schema: str) -> Said:
    """Return what one note says in the terms of a schema; nothing for a text that is no JSON object."""
    try:
        told = json.loads(note)
    except ValueError:
        return NOTHING
    if not isinstance(told, dict):
        return NOTHING
    spoken = (
        (field, word)
        for field, allowed in words(schema).items()
        if isinstance(word := told.get(field), str) and word in allowed
    )
    return Said(facets(note).is_provided, tuple(spoken))


def modality(metric: str, *, is_provided: bool) -> str:
    """Return who speaks: a person, by the note or because people type such a metric in, or a sensor."""
    return "self-reported" if is_provided or nature_of_metric(metric) == "provided" else "sensed"
