"""JSON as it goes out, compact and as UTF-8: whole lines, and the insides of objects that templates join."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vault.fhir.codings import Json

__all__ = ["inside", "line"]


def line(document: Json) -> bytes:
    """Return a document as one line of NDJSON; raises ValueError for a number that JSON has none for."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def inside(part: Json) -> str:
    """Return the inside of a JSON object."""
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))[1:-1]
