"""Reads HealthKit's device text, ``<<HKDevice: 0x282e3a260>, name:Apple Watch, ...>``.

The idea: fields are parted by a comma and a blank, but so is ``Watch7, 2``; only a known key begins a field.
The memory address, which is new in every export, and the creation date, which is the pairing, are left out.
"""

from __future__ import annotations

import re
from functools import lru_cache

from vault.records import Device

__all__ = ["parse_device", "without_address"]

_KEYS = {
    "name": "name",
    "manufacturer": "manufacturer",
    "model": "model",
    "hardware": "hardware",
    "software": "software",
    "firmware": "",
    "localIdentifier": "",
    "UDI Device Identifier": "",
    "creation date": "",
}
_FIELD = re.compile(r", (" + "|".join(_KEYS) + "):")
_ADDRESS = re.compile(r"^<<HKDevice: [^>]*>, ")


@lru_cache(maxsize=1024)
def parse_device(text: str) -> Device | None:
    """Return the device, or None if the text names nothing."""
    _, *parts = _FIELD.split(text.removesuffix(">"))
    fields = dict(zip(parts[::2], parts[1::2]))
    known = {_KEYS[key]: value.strip() for key, value in fields.items() if _KEYS[key]}
    return Device(**known) if known else None


def without_address(text: str) -> str:
    """Return the text without its memory address, for what is kept as it came."""
    return _ADDRESS.sub("", text).removesuffix(">")
