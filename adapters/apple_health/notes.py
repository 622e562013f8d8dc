"""Turns the children of a Record into one canonical JSON text: metadata and heartbeats.

The idea: nearly all children are ``MetadataEntry`` lines and lists of beats in one layout, and a regular
expression reads those; whatever else comes is parsed as XML first. Both give the same note:

    {"beats":{"bpm":[58,57],"time":["3:12:04.11 AM","3:12:05.15 AM"]},"metadata":{"HKAlgorithmVersion":"2"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from adapters.apple_health.documents import as_said, canonical_json
from adapters.apple_health.rows import Note

if TYPE_CHECKING:
    from adapters.apple_health.expat import Element

__all__ = ["note_of_elements", "note_of_text"]

_VALUE = r'"([^"<&\x00-\x1f\ufffe\uffff]*)"'
_BPM = re.compile(r"[1-9][0-9]{0,2}")
_ENTRY = re.compile(rf"\s*<MetadataEntry key={_VALUE} value={_VALUE}/>")
_BEAT = re.compile(rf'\s*<InstantaneousBeatsPerMinute bpm="({_BPM.pattern})" time={_VALUE}/>')
_LIST = "HeartRateVariabilityMetadataList"
_LAYOUT = re.compile(
    rf"(?P<entries>(?:{_ENTRY.pattern})*)(?:\s*<{_LIST}>(?P<beats>(?:{_BEAT.pattern})*)\s*</{_LIST}>)?\s*"
)


@lru_cache(maxsize=1024)
def note_of_text(children: bytes) -> Note | None:
    """Return the note of the text between a Record's tags, or None if it is of another layout."""
    try:
        layout = _LAYOUT.fullmatch(children.decode())
    except UnicodeDecodeError:
        return None
    if layout is None:
        return None
    bpm, time = zip(*_BEAT.findall(layout["beats"])) if layout["beats"] else ((), ())
    note = _note(dict(_ENTRY.findall(layout["entries"])), list(map(int, bpm)), time)
    return note if note.text else None


def note_of_elements(children: Iterable[Element], extra: Mapping[str, str]) -> Note:
    """Return the note of parsed children, and of attributes beyond the known ones; may be empty."""
    metadata = dict(extra)
    beats: list[Element] = []
    others: list[object] = []
    for child in children:
        if child.name == "MetadataEntry":
            metadata[child.get("key")] = child.get("value")
        elif child.name == _LIST:
            beats += child.children
        else:
            others.append(as_said(child))
    bpm = [_bpm(beat.get("bpm")) for beat in beats]
    return _note(metadata, bpm, [beat.get("time") for beat in beats], others)


def _bpm(text: str) -> int | str:
    return int(text) if _BPM.fullmatch(text) else text


def _note(
    metadata: Mapping[str, str],
    bpm: Sequence[int | str],
    time: Sequence[str],
    others: Sequence[object] = (),
) -> Note:
    said: dict[str, object] = {}
    if metadata:
        said["metadata"] = metadata
    if bpm:
        said["beats"] = {"bpm": bpm, "time": time}
    if others:
        said["other"] = others
    return Note(canonical_json(said) if said else "", metadata.get("HKTimeZone", ""))
