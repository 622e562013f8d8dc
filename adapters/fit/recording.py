"""One FIT file with what all its records share: who recorded it, and at which offset from UTC.

The idea: FIT writes UTC, and beside it now and then the clock on the wrist (``local_timestamp``); the
difference is the offset from then on. Where a file never says, it is that of the owner's zone, else unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.fit import instants_of
from adapters.formats.fit.profile import word
from adapters.formats.words import creator_of
from vault.records import Device, Origin, Samples
from vault.time import NO_INSTANT, UNKNOWN_OFFSET, zone_offsets

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from adapters.formats.fit import FitFile

__all__ = ["FARTHEST_MIN", "Recording"]

_NOBODY = "FIT"
_ANCHORS = ("monitoring_info", "activity", "skin_temp_overnight", "sleep_data_info")
_CLOCK_IS_UTC = ("coros",)
"""Makers that write UTC where FIT has the clock on the wrist: no difference says nothing of the place."""
_QUARTER_S = 15 * 60
FARTHEST_MIN = 14 * 60
"""No clock on earth is further from UTC."""


@dataclass(frozen=True)
class Recording:
    """A FIT file, its name, its origin, the owner's zone, and whether its places are made up."""

    fit: FitFile
    file: str
    origin: Origin
    manufacturer: str
    home: ZoneInfo | None
    is_virtual: bool

    @classmethod
    def of(
        cls,
        fit: FitFile,
        file: str,
        source: str | None,
        adapter: str,
        home: ZoneInfo | None,
        *,
        virtual: bool,
    ) -> Recording:
        """Read who recorded a file."""
        said = fit.messages("file_id")
        manufacturer = next(iter(said.words("manufacturer")), "")
        name = next(iter(said.text("product_name")), "")
        model = name or _product(manufacturer, said.number("product"))
        named = name or " ".join(part for part in (manufacturer, model) if part)
        creator = creator_of(name) if creator_of(name).app else creator_of(manufacturer)
        device = Device(name=named, manufacturer=manufacturer, model=model, software=_software(fit))
        origin = Origin(
            source or named or _NOBODY, adapter, device=device if named else None, app=creator.app
        )
        return cls(fit, file, origin, manufacturer, home, virtual or creator.is_virtual)

    def offsets(self, instants: NDArray[np.int64]) -> NDArray[np.int16]:
        """Return the offset in minutes at each instant."""
        times, offsets = self._anchors
        if len(times):
            at = np.searchsorted(times, instants, side="right") - 1
            return offsets[np.maximum(at, 0)]
        if self.home is None:
            return np.full(len(instants), UNKNOWN_OFFSET, np.int16)
        return zone_offsets(instants, self.home).astype(np.int16)

    def offset(self, instant: int) -> int:
        """Return the offset in minutes at an instant."""
        return int(self.offsets(np.array([instant], np.int64))[0])

    def samples(
        self,
        metric: str,
        time: NDArray[np.int64],
        value: NDArray[np.float64],
        *,
        end: NDArray[np.int64] | None = None,
        unit: str = "",
        note: str = "",
    ) -> Samples | None:
        """Return what of a column is a value at an instant; None if nothing is."""
        good = np.isfinite(value) & (time != NO_INSTANT)
        count = int(good.sum())
        if not count:
            return None
        start = time[good]
        return Samples(
            metric=metric,
            start=start,
            end=start if end is None else end[good],
            offset_min=self.offsets(start),
            value=value[good],
            origin=np.zeros(count, np.int32),
            origins=[self.origin],
            note=np.zeros(count, np.int32) if note else None,
            notes=[note] if note else (),
            unit=unit,
        )

    @cached_property
    def _anchors(self) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
        """Return when the file says its offset, ascending, and the offsets in minutes."""
        for kind in _ANCHORS if self.manufacturer not in _CLOCK_IS_UTC else ():
            said = self.fit.messages(kind)
            if "local_timestamp" not in said:
                continue
            seconds = said.number("local_timestamp") - said.number("timestamp")
            minutes = np.rint(seconds / _QUARTER_S) * (_QUARTER_S // 60)
            times = instants_of(said.number("timestamp"))
            good = (np.abs(minutes) <= FARTHEST_MIN) & (times != NO_INSTANT)
            if good.any():
                by_time = np.argsort(times[good], kind="stable")
                return times[good][by_time], minutes[good][by_time].astype(np.int16)
        return np.empty(0, np.int64), np.empty(0, np.int16)


def _product(manufacturer: str, product: NDArray[np.float64]) -> str:
    if not len(product) or np.isnan(product[0]):
        return ""
    number = int(product[0])
    return word("garmin_product", number) if manufacturer == "garmin" else str(number)


def _software(fit: FitFile) -> str:
    """Return the version of the software as the file says it, in hundredths."""
    version = fit.messages("file_creator").number("software_version")
    return "" if not len(version) or np.isnan(version[0]) else f"{int(version[0]) / 100:.2f}"
