"""Keeps what has no columns: Me, correlations, audiograms and whatever comes next, as JSON documents.

The idea: an element is kept as it came, less what changes from export to export. Dates become UTC, for the
offset is that of the phone on the day of the export, and device texts lose their memory address. So the
same element is the same document, and its digest is its key.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from adapters.apple_health.dates import parse_date
from adapters.apple_health.device import without_address
from vault.records import Document, Origin
from vault.time import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.apple_health.expat import Element

__all__ = ["JSON", "as_said", "attributes_said", "canonical_json", "document_of"]

JSON = "application/json"
canonical_json = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode
"""Writes the same text for the same data: keys in order, no blanks."""

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def attributes_said(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return attributes without what changes from export to export."""
    return {name: _stable(name, value) for name, value in attributes.items()}


def as_said(element: Element) -> dict[str, object]:
    """Return an element as JSON-able data; what is empty is left out."""
    said: dict[str, object] = {"element": element.name}
    if element.attributes:
        said["attributes"] = attributes_said(element.attributes)
    if element.children:
        said["children"] = [as_said(child) for child in element.children]
    if element.text.strip():
        said["text"] = element.text.strip()
    return said


def document_of(element: Element, origin: Origin, offset_min: int) -> Document:
    """Return an element as a document, keyed by its content."""
    body = canonical_json(as_said(element)).encode()
    start = parse_date(element.get("startDate"))
    return Document(
        kind="apple:" + _WORDS.sub("_", element.name).lower(),
        key=hashlib.sha256(body).hexdigest(),
        origin=origin,
        media_type=JSON,
        body=body,
        start=start[0] if start else None,
        offset_min=offset_min,
    )


def _stable(name: str, value: str) -> str:
    if name == "device":
        return without_address(value)
    date = parse_date(value) if "date" in name.lower() else None
    return format_instant(date[0]) if date else value
