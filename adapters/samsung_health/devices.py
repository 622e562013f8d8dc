"""Says who measured: the device of a row, by the model its profile names.

The idea: a phone and a watch that count the same steps are two sources, so each is a source of its own, named
by its model, or without one by a digest of its id; the name people gave it often holds theirs. "Combined" is
no device but Samsung's sum of all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.samsung_health.envelope import ADAPTER
from vault.records import Device, Origin

if TYPE_CHECKING:
    from adapters.formats.sheets import Row
    from adapters.samsung_health.entries import Entry
    from vault.records import Record

__all__ = ["Devices"]

_SOURCE = "Samsung Health"
_SAMSUNG = ("com.sec.", "com.samsung.")
_COMBINED = {"combined", "all_target"}


class Devices:
    """The devices of an export; profiles are read before all else."""

    def __init__(self) -> None:
        self._devices: dict[str, Device] = {}
        self._combined: set[str] = set()
        self._origins: dict[tuple[str, str], Origin] = {}

    def row(self, entry: Entry) -> Iterator[Record]:
        """Remember a profile; it makes no record of its own."""
        row = entry.row
        key, model = row.get("deviceuuid", ""), row.get("model", "")
        if {row.get("name", "").casefold(), model.casefold()} & _COMBINED:
            self._combined.add(key)
        elif model:
            self._devices[key] = Device(name=model, manufacturer=row.get("manufacturer", ""), model=model)
        entry.count.use()
        yield from ()

    def end(self) -> Iterator[Record]:
        """Yield nothing."""
        yield from ()

    def is_combined(self, row: Row) -> bool:
        """Whether a row is of all devices together."""
        return row.get("deviceuuid", "") in self._combined

    def origin(self, row: Row) -> Origin:
        """Return who measured a row; ``app`` is the app that wrote it, if it is not Samsung's."""
        key = row.get("deviceuuid", ""), row.get("pkg_name", "")
        if key not in self._origins:
            self._origins[key] = self._made(*key)
        return self._origins[key]

    def _made(self, device_id: str, writer: str) -> Origin:
        device = self._devices.get(device_id)
        told = _digest(device_id) if device is None else device.model
        source = f"{_SOURCE} {told}".strip()
        app = ADAPTER if not writer or writer.startswith(_SAMSUNG) else writer
        return Origin(source, ADAPTER, device=device, app=app)


def _digest(device_id: str) -> str:
    """Return a short name of an id, the same in every export; nothing of none."""
    return hashlib.sha256(device_id.encode("utf-8", "replace")).hexdigest()[:6] if device_id else ""
