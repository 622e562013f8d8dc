"""The origins of a store, numbered: index ``i`` of the list is the origin of id ``i``.

Samples name their origin by that number. An import numbers new origins as it meets them and saves them
at its end, so that nothing is left of an import that changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from vault.records import Device, Origin

if TYPE_CHECKING:
    from sqlite3 import Connection

    from numpy.typing import NDArray

__all__ = ["Origins", "delete_unused", "plain", "used"]

_ERASED = Origin("", "")


class Origins:
    """All origins by number, and the number of each."""

    def __init__(self, connection: Connection) -> None:
        self.known: list[Origin] = []
        self._numbers: dict[Origin, int] = {}
        self._batch: tuple[Sequence[Origin], list[int]] = ((), [])
        query = "SELECT id, source, adapter, version, device, app FROM origin ORDER BY id"
        for number, source, adapter, version, device, app in connection.execute(query):
            self.known += [_ERASED] * (number - len(self.known))
            told = json.loads(device)
            self._add(Origin(source, adapter, version, None if told is None else Device(**told), app))
        self._saved = len(self.known)

    def _add(self, origin: Origin) -> int:
        self.known.append(origin)
        return self._numbers.setdefault(origin, len(self.known) - 1)

    def number(self, origin: Origin) -> int:
        """Return the number of an origin, which may be new."""
        found = self._numbers.get(origin)
        if found is None:
            clean = _plain(origin)
            known = self._numbers.get(clean)
            found = self._numbers[origin] = self._add(clean) if known is None else known
        return found

    def numbers(self, origins: Sequence[Origin]) -> NDArray[np.int32]:
        """Return the numbers of a batch's origins; what a shared list held before is not looked up again."""
        if self._batch[0] is not origins:
            self._batch = (origins, [])
        numbers = self._batch[1]
        numbers.extend(self.number(origin) for origin in origins[len(numbers) :])
        return np.array(numbers, np.int32)

    def save(self, connection: Connection) -> None:
        """Write the new ones that samples or records name, within a transaction."""
        named = used(connection)
        rows = [
            (number, one.source, one.adapter, one.version, _device(one.device), one.app)
            for number, one in enumerate(self.known[self._saved :], self._saved)
            if number in named
        ]
        connection.executemany("INSERT INTO origin VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._saved = len(self.known)


def used(connection: Connection) -> set[int]:
    """Return the numbers of all origins that samples, their versions or records name."""
    return {number for (number,) in connection.execute(_USED)}


def delete_unused(connection: Connection) -> None:
    """Delete the origins that nothing names any more, within a transaction."""
    connection.execute(f"DELETE FROM origin WHERE id NOT IN ({_USED})")  # noqa: S608


_USED = " UNION ".join(
    [
        *(f"SELECT value FROM {table}, json_each(origins)" for table in ("chunk", "version")),  # noqa: S608
        *(
            f"SELECT origin FROM {table}"  # noqa: S608
            for table in ("workout", "stream", "sleep_session", "strength_set", "score", "document")
        ),
    ]
)


def plain(text: str) -> str:
    """Return a text that a database can hold: half an emoji, cut off by a vendor, becomes a question mark.

    So does a NUL, at which SQLite's functions end a text and its columns do not.
    """
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def _plain(origin: Origin) -> Origin:
    device = origin.device
    if device is not None:
        device = Device(**{name: plain(text) for name, text in asdict(device).items()})
    return Origin(
        plain(origin.source), plain(origin.adapter), plain(origin.version), device, plain(origin.app)
    )


def _device(device: Device | None) -> str:
    return json.dumps(None if device is None else asdict(device), sort_keys=True)
