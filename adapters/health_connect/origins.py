"""Says who measured: the app that wrote a record and the device it names.

The idea: Health Connect is a meeting place, so each app in it, with each device, is a source of its own.
Two that tell of the same steps are two tellings, which the vault merges; added up here, they would be steps
nobody took.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.tables import table
from vault.records import Device, Origin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.health_connect.database import Database

__all__ = ["ADAPTER", "APPS", "DEVICES", "Origins"]

ADAPTER = "health_connect"
APPS, DEVICES = "application_info_table", "device_info_table"
_NOBODY = Origin("Health Connect", ADAPTER)
_MOST = 1 << 20
_MOST_NAMED = 10_000


class Origins:
    """The origins of one database, each with a number; ``listed`` may grow, numbers keep their meaning."""

    def __init__(self, database: Database) -> None:
        self.listed: list[Origin] = []
        self._places: dict[Origin, int] = {}
        self._numbers: dict[tuple[int, int], int] = {}
        self._apps = _apps(database)
        self._devices = _devices(database)

    def numbers(self, app: NDArray[np.float64], device: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the number of each row's origin, int32 [n], by the ids of its app and device."""
        pairs, which = np.unique(_id(app) * _MOST + _id(device), return_inverse=True)
        found = [self._number(*divmod(int(pair), _MOST)) for pair in pairs]
        return np.array(found, np.int32)[which]

    def _number(self, app: int, device: int) -> int:
        known = self._numbers.get((app, device))
        if known is None:
            source, slug = self._apps.get(app, (_NOBODY.source, ""))
            worn = self._devices.get(device)
            if worn is not None:  # one source's numbers are added up, phone and watch are not to be
                source = f"{source} ({worn.name or worn.manufacturer})"
            origin = Origin(source, ADAPTER, device=worn, app=slug)
            known = self._numbers[app, device] = self._places.setdefault(origin, len(self.listed))
            if known == len(self.listed):
                self.listed.append(origin)
        return known


def _apps(database: Database) -> dict[int, tuple[str, str]]:
    """Return (name, known app) by id.

    A known app has one name, whatever it is called in a language or after a year; one without a name goes by
    its package's.
    """
    known = {row["package"]: row for row in table("adapters.health_connect", "apps.csv")}
    found = {}
    for row in _rows(database, APPS):
        said = database.texts(APPS, row, ("app_name", "package_name"))
        package = str(said.get("package_name", ""))
        if package in known:
            found[row] = known[package]["name"], known[package]["app"]
        else:
            found[row] = str(said.get("app_name", "")).strip() or package or _NOBODY.source, ""
    return found


def _devices(database: Database) -> dict[int, Device]:
    """Return the devices that say anything by id; without a model, the kind is the name."""
    found = {}
    kinds = _kinds()
    for row, kind in _rows(database, DEVICES).items():
        said = database.texts(DEVICES, row, ("manufacturer", "model"))
        maker, model = (str(said.get(name, "")).strip() for name in ("manufacturer", "model"))
        name = model or kinds.get(kind, "")
        if name or maker:
            found[row] = Device(name=name, manufacturer=maker, model=model)
    return found


def _rows(database: Database, name: str) -> dict[int, int]:
    """Return the device's kind (0 of apps) by the ids of a table."""
    found: dict[int, int] = {}
    for block in database.numbers(name, ("device_type",)) if name in database.tables else ():
        if not isinstance(block, int):
            found |= zip(_id(block[:, 0]).tolist(), _id(block[:, 1]).tolist())
        if len(found) > _MOST_NAMED:
            break
    return found


def _id(cells: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return ids of apps and devices as int64, 0 for none."""
    return np.where((cells > 0) & (cells < _MOST), cells, 0).astype(np.int64)


@cache
def _kinds() -> dict[int, str]:
    return {int(row["code"]): row["said"] for row in table("adapters.health_connect", "devices.csv")}
