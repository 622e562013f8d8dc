"""What a schema has a place for in a sample's note: that it was typed in, and words of the schema.

The words are those that our own reading of Open mHealth keeps, under the names of their fields. A value
that the owner put right was not sensed either.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from vault.fhir.notes import facets
from vault.openmhealth.schemas import words

__all__ = ["NOTHING", "Said", "said"]


class Said(NamedTuple):
    """What a note says: whether it was ``manual``, and (field, word) pairs."""

    manual: bool = False
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
    known_to_fhir = facets(note)
    is_manual = known_to_fhir.manual or told.get("modality") == "self-reported"
    spoken = (
        (field, word)
        for field, allowed in words(schema).items()
        if isinstance(word := told.get(field), str) and word in allowed
    )
    return Said(is_manual or known_to_fhir.corrected, tuple(spoken))
