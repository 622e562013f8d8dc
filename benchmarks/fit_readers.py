"""Reads every FIT file of a folder with one library and sums what the records say.

The idea: each library as its authors mean it to be used, all messages decoded, and from the records the same
four numbers, so that a reader that is fast by leaving something out is found out. The peers' Python runs it
for the peers.

    python benchmarks/fit_readers.py fitdecode FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["READERS"]

FIELDS = ("heart_rate", "power", "distance", "enhanced_speed")

Sums = dict[str, float]


def summed(records: Iterable[Any]) -> Sums:
    """Return the number of records and the sum of each field; a record is what gives a value by name."""
    sums = dict.fromkeys(("records", *FIELDS), 0.0)
    for get in records:
        sums["records"] += 1
        for name in FIELDS:
            sums[name] += get(name) or 0.0
    return sums


def vitalvault(folder: Path) -> Sums:
    """Read as an import does: columns, workouts, laps."""
    import numpy as np

    from adapters.base import Options
    from adapters.fit import ADAPTER
    from vault.records import Stream

    names = {"speed": "enhanced_speed"}
    sums = dict.fromkeys(("records", *FIELDS), 0.0)
    for record in ADAPTER.read(folder, Options()):
        if isinstance(record, Stream):
            sums["records"] += len(record.time)
            for name, column in record.columns.items():
                if names.get(name, name) in FIELDS:
                    sums[names.get(name, name)] += float(np.nansum(column))
    return sums


def fitdecode(folder: Path) -> Sums:
    """Read with fitdecode, checksums on as it comes."""
    import fitdecode as library

    def records() -> Iterator[Any]:
        for path in sorted(folder.glob("*.fit")):
            with library.FitReader(path) as reader:
                for frame in reader:
                    if frame.frame_type == library.FIT_FRAME_DATA and frame.name == "record":
                        yield lambda name, frame=frame: frame.get_value(name, fallback=None)

    return summed(records())


def garmin(folder: Path) -> Sums:
    """Read with Garmin's own SDK."""
    from garmin_fit_sdk import Decoder, Stream

    def records() -> Iterator[Any]:
        for path in sorted(folder.glob("*.fit")):
            messages, errors = Decoder(Stream.from_file(str(path))).read()
            assert not errors
            for message in messages["record_mesgs"]:
                yield message.get

    return summed(records())


def fitparse(folder: Path) -> Sums:
    """Read with fitparse."""
    from fitparse import FitFile

    def records() -> Iterator[Any]:
        for path in sorted(folder.glob("*.fit")):
            for message in FitFile(str(path)).get_messages():
                if message.name == "record":
                    yield message.get_value

    return summed(records())


READERS: dict[str, Callable[[Path], Sums]] = {
    "vitalvault": vitalvault,
    "fitdecode": fitdecode,
    "garmin-fit-sdk": garmin,
    "fitparse": fitparse,
}

if __name__ == "__main__":
    print(json.dumps(READERS[sys.argv[1]](Path(sys.argv[2]))))
