"""What FHIR has a place for in a sample's note: how it was taken, and in which zone.

Notes are JSON texts of what else a source said; Apple's metadata stands under ``metadata``. Three of its
keys have a place of their own in an Observation, the rest stays in the CSV export and in the vault.
"""

from __future__ import annotations

import json
from typing import NamedTuple

__all__ = ["NOTHING", "Facets", "facets"]


class Facets(NamedTuple):
    """What a note says that FHIR can carry.

    ``manual``: typed in by a person. ``measured``: a maximal exercise test, so that a VO2 max is a
    measured peak. ``zone``: the IANA zone the person was in.
    """

    manual: bool = False
    measured: bool = False
    zone: str = ""


NOTHING = Facets()

_MANUAL = "HKWasUserEntered"
_TEST_TYPE = "HKVO2MaxTestType"  # 1 maximal exercise, 2 sub-maximal prediction, 3 no exercise
_ZONE = "HKTimeZone"


def facets(note: str) -> Facets:
    """Return the facets of one note; a text without metadata has none."""
    try:
        said = json.loads(note)
    except ValueError:
        return NOTHING
    metadata = said.get("metadata") if isinstance(said, dict) else None
    if not isinstance(metadata, dict):
        return NOTHING
    return Facets(
        manual=_is_one(metadata.get(_MANUAL)),
        measured=_is_one(metadata.get(_TEST_TYPE)),
        zone=str(metadata.get(_ZONE) or ""),
    )


def _is_one(said: object) -> bool:
    return str(said) in {"1", "1.0", "True", "true"}
