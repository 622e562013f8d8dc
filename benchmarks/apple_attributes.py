"""How Apple Health writes who measured and when: the attributes that make up most of an export.

The idea: both are look-ups. An instant is its hour's text, its text within the hour and the hour's
offset; a source is one text per software release, repeated on every record of that time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DAY_S", "EPOCH", "HOUR_S", "Clock", "Sources", "day_number", "releases"]

ZONE = ZoneInfo("Europe/London")
DAY_S = 86_400
HOUR_S = 3_600
EPOCH = date(1970, 1, 1)

RELEASE_DAYS, RELEASES_A_MAJOR = 52, 7
WATCHES = ("Watch1,2", "Watch2,4", "Watch3,4", "Watch5,4", "Watch6,9", "Watch7,5")
PHONES = ("iPhone7,2", "iPhone9,3", "iPhone10,6", "iPhone12,1", "iPhone14,5", "iPhone15,4")
ADDRESSES = 1_024


def day_number(day: date) -> int:
    """Return the days since 1970."""
    return (day - EPOCH).days


FIRST_RELEASE = day_number(date(2014, 9, 17))
"""iOS 8.0, the first phone software with HealthKit; watch software is counted seven behind it."""


def releases(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the software release that was out at each UTC second."""
    return (seconds // DAY_S - FIRST_RELEASE) // RELEASE_DAYS


class Clock:
    """Writes instants of some days in the owner's zone."""

    def __init__(self, first_day: int, days: int) -> None:
        start = datetime.fromtimestamp(first_day * DAY_S, UTC)
        hours = [(start + timedelta(hours=h)).astimezone(ZONE) for h in range(days * 24)]
        self._first_hour = first_day * 24
        self._hours = np.array([h.strftime("%Y-%m-%d %H") for h in hours], "S13")
        self._rests = np.array([f":{s // 60:02}:{s % 60:02}" for s in range(HOUR_S)], "S6")
        self._offsets = np.array([h.strftime(" %z") for h in hours], "S6")

    def texts(self, seconds: NDArray[np.int64]) -> list[str]:
        """Return ``YYYY-MM-DD HH:MM:SS +HHMM`` for UTC seconds of any length."""
        hour, rest = np.divmod(seconds, HOUR_S)
        hour -= self._first_hour
        times = np.strings.add(self._hours[hour], self._rests[rest])
        texts: list[str] = np.strings.add(times, self._offsets[hour]).astype("U25").tolist()
        return texts


class Sources:
    """A watch and a phone whose software and hardware move on, and apps.

    Apple prints the memory address of every device object; ``pointer_seed`` chooses them, as each
    export has its own.
    """

    def __init__(self, pointer_seed: int) -> None:
        addresses = np.random.default_rng([pointer_seed]).integers(0, 2**24, ADDRESSES)
        self._addresses = [f"0x{0x300000000 + 16 * a:x}" for a in addresses.tolist()]

    def attributes(self, source: str, release: int) -> str:
        """Return the attributes of "watch", "phone" or an app "name/version" at a release."""
        if source not in {"watch", "phone"}:
            name, version = source.split("/")
            return f' sourceName="{name}" sourceVersion="{version}"'
        major, minor = divmod(release, RELEASES_A_MAJOR)
        model = min(major // 2, len(WATCHES) - 1)
        if source == "phone":
            phone = f"name:iPhone, manufacturer:Apple Inc., model:iPhone, hardware:{PHONES[model]}"
            return self._attributes("Robin’s iPhone", f"{8 + major}.{minor}", phone, 2 * release)
        watch = f"name:Apple Watch, manufacturer:Apple Inc., model:Watch, hardware:{WATCHES[model]}"
        made = f", creation date:20{14 + 2 * model}-10-02 08:14:31 +0000"
        return self._attributes(
            "Robin’s Apple\u00a0Watch", f"{1 + major}.{minor}", watch, 2 * release + 1, made
        )

    def _attributes(self, name: str, software: str, device: str, serial: int, made: str = "") -> str:
        address = self._addresses[serial % ADDRESSES]
        return (
            f' sourceName="{name}" sourceVersion="{software}" device="&lt;&lt;HKDevice: {address}&gt;,'
            f' {device}, software:{software}{made}&gt;"'
        )
