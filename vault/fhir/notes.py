"""What FHIR has a place for in a sample's note: how it was taken, in which zone, and that it was put right.

Notes are JSON texts of what else a source said; Apple's metadata stands under ``metadata``, what other
adapters and the owner's correction say beside it. The rest stays in the CSV export and in the vault.
"""

from __future__ import annotations

import json
from typing import NamedTuple

__all__ = ["NOTHING", "Facets", "facets"]


class Facets(NamedTuple):
    """What a note says that FHIR can carry.

    ``manual``: typed in, or said, by a person. ``measured``: a maximal exercise test, so that a VO2 max is a
    measured peak. ``zone``: the IANA zone the person was in. ``corrected``: the owner put the value right.
    """

    manual: bool = False
    measured: bool = False
    zone: str = ""
    corrected: bool = False

    @property
    def is_provided(self) -> bool:
        """Whether the value is a person's word: no device measured what was typed in or put right."""
        return self.manual or self.corrected


NOTHING = Facets()

_TYPED_IN = "HKWasUserEntered"
_TEST_TYPE = "HKVO2MaxTestType"  # 1 maximal exercise, 2 sub-maximal prediction, 3 no exercise
_ZONE = "HKTimeZone"
_BY_HAND = {"recording_method": ("manual", "manual-entry"), "modality": ("self-reported",)}
"""Health Connect's word and that of FHIR's recording method, and Open mHealth's."""


def facets(note: str) -> Facets:
    """Return the facets of one note; a text that is no JSON object has none."""
    try:
        said = json.loads(note)
    except ValueError:
        return NOTHING
    if not isinstance(said, dict):
        return NOTHING
    of_apple = said.get("metadata")
    metadata = of_apple if isinstance(of_apple, dict) else {}
    return Facets(
        manual=_is_one(metadata.get(_TYPED_IN))
        or any(said.get(field) in words for field, words in _BY_HAND.items()),
        measured=_is_one(metadata.get(_TEST_TYPE)),
        zone=str(metadata.get(_ZONE) or said.get("timezone") or ""),
        corrected=isinstance(said.get("corrected"), dict),
    )


def _is_one(said: object) -> bool:
    return str(said) in {"1", "1.0", "True", "true"}
