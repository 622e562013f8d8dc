"""The sources of a store in their order: their names, who comes first for a metric, whom the owner chose.

The order follows from the origins, the tables of ``vault.merge.priority`` and the owner's choices, which
are a setting; so it is never stored, and an import changes it only by what it tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.merge.eras import device_name
from vault.merge.preference import Chosen, Preference, chosen_of
from vault.merge.priority import order_of, orders, plain, ranking
from vault.merge.rows import LONGEST_NS
from vault.metrics import find
from vault.store import chunks, events
from vault.time import DAY_NS

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.metrics import Metric
    from vault.records import Origin

__all__ = ["SETTING", "Sources", "keep", "preferences", "touched"]

SETTING = "preferences"
"""Its value is a JSON array of [source, topic, first day, last day], in the order the choices were made."""

_ROOM_DAYS = 2
"""A local day is up to this far from its date in UTC."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources in order, the source of each origin, and the owner's choices.

    ``keys`` are (name, device): what one name told with two devices is told by two, which are merged and
    never added up. Software is no device, and a name without a device is one of its own.
    """

    keys: list[tuple[str, str]]
    of_origin: NDArray[np.int32]
    origins: Sequence[Origin]
    preferences: Sequence[Preference] = ()
    _ranks: dict[int, list[int]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, origins: Sequence[Origin], preferences: Sequence[Preference] = ()) -> Sources:
        """Group origins by name and device."""
        told = [_key(origin) for origin in origins]
        keys = sorted(set(told))
        codes = {key: code for code, key in enumerate(keys)}
        return cls(keys, np.array([codes[key] for key in told], np.int32), tuple(origins), preferences)

    @property
    def names(self) -> list[str]:
        """The name of each source; one that has several devices is there as often."""
        return [name for name, _ in self.keys]

    def codes(self, origins: Sequence[Origin]) -> NDArray[np.int32]:
        """Return the number of the source of each of some origins that are known."""
        codes = {key: code for code, key in enumerate(self.keys)}
        return np.array([codes[_key(origin)] for origin in origins], np.int32)

    def rank(self, metric: str) -> list[int]:
        """Return the rank of each source for a metric, that of its best origin; lower is better.

        A name without a device may be any of its devices, and ranks as the best of them.
        """
        order = id(order_of(metric))
        if order not in self._ranks:
            best = np.full(len(self.keys), len(self.origins))
            np.minimum.at(best, self.of_origin, ranking(self.origins, metric))
            of_name: dict[str, int] = {}
            for (name, _), rank in zip(self.keys, best.tolist(), strict=True):
                of_name[name] = min(rank, of_name.get(name, rank))
            self._ranks[order] = [
                rank if device else of_name[name]
                for (name, device), rank in zip(self.keys, best.tolist(), strict=True)
            ]
        return self._ranks[order]

    def chosen(self, metric: str) -> tuple[Chosen, ...]:
        """Return what the owner chose of a metric, best first."""
        return chosen_of(self.preferences, metric, self.names)

    def merging(self, metric: Metric, home: ZoneInfo) -> dict[str, Any]:
        """Return how a metric is merged: the options of ``merged_daily``, but for ``windows``."""
        return {
            "rollup": metric.rollup,
            "rank": self.rank(metric.name),
            "home": home,
            "nightly": metric.time == "night",
            "entered": metric.is_entered,
            "chosen": self.chosen(metric.name),
        }

    def reranks(self, before: Sources) -> bool:
        """Whether sources that are and were known have changed places, for any metric."""
        changed = set(self.origins) ^ set(before.origins)
        if {origin.source for origin in changed}.isdisjoint({*self.names} & {*before.names}):
            return False
        return any(self._reranks(before, order.example) for order in orders())

    def _reranks(self, before: Sources, metric: str) -> bool:
        rank = dict(zip(self.keys, self.rank(metric), strict=True))
        order = sorted(zip(before.rank(metric), before.keys, strict=True))
        now = [rank[key] for _, key in order if key in rank]
        return now != sorted(now)


def _key(origin: Origin) -> tuple[str, str]:
    return origin.source, device_name(origin.device)


def preferences(connection: Connection) -> tuple[Preference, ...]:
    """Return the owner's choices in the order they were made."""
    return tuple(Preference(*said) for said in json.loads(events.setting(connection, SETTING) or "[]"))


def keep(connection: Connection, told: Iterable[Preference]) -> None:
    """Write the owner's choices, within a transaction; daily values are not made anew."""
    events.set_setting(connection, SETTING, json.dumps([astuple(one) for one in told]))


def touched(
    connection: Connection, origins: Sequence[Origin], changed: Sequence[Preference]
) -> Mapping[int, set[int]]:
    """Return the months of each series from which samples of a choice's source fall on its days."""
    found: dict[int, set[int]] = {}
    for one in changed:
        own = [n for n, origin in enumerate(origins) if plain(origin.source) == plain(one.source)]
        for series, name, month in connection.execute(_TOLD_BY, (json.dumps(own),)):
            if one.is_about(name) and _reaches(one, name, month):
                found.setdefault(series, set()).add(month)
    return found


_TOLD_BY = """
    SELECT DISTINCT chunk.series, metric, month
    FROM series CROSS JOIN chunk ON chunk.series = series.id CROSS JOIN json_each(chunk.origins) AS told
    WHERE told.value IN (SELECT value FROM json_each(?))
"""


def _reaches(one: Preference, name: str, month: int) -> bool:
    """Whether a sample that starts in a month may count on a day of a choice."""
    first, last = one.days
    metric = find(name)
    begin, end = int(chunks.MONTH_STARTS[month]), int(chunks.MONTH_STARTS[month + 1]) + LONGEST_NS
    is_endless = metric is not None and metric.time == "night"  # it counts on the day it ends
    return begin // DAY_NS - _ROOM_DAYS <= last and (is_endless or first <= end // DAY_NS + _ROOM_DAYS)
