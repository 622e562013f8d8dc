"""Measures merging ten years of steps of three devices into daily values, beside the same in plain pandas.

The idea: what is stored of a day can be thrown away, so *cold* is all of it made anew (every chunk read,
decrypted, unpacked, merged, and the days committed, which is what a new home zone asks for), *warm* the first
answer of a fresh process after opening. The peers get the columns in memory, unencrypted; reading them is not
counted. What every contender found is compared day by day.

    python benchmarks/merge_daily.py
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import ROOT, folder_size, run, table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from vault.records import Record

    Ints = NDArray[np.int64]

PASSPHRASE = "only for figures"
HOME = "Europe/Berlin"
FIRST_DAY, DAYS = 16_617, 3_653
"""Ten years from 2015-07-01."""
SECONDS = DAYS * 86_400
BATCH = 250_000
NS = 1_000_000_000


@dataclass(frozen=True)
class Device:
    """Who counts steps: intervals of ``shortest`` to ``longest`` seconds, and how many end in a pause."""

    source: str
    model: str
    count: int
    shortest: int
    longest: int
    pauses: float


DEVICES = (
    Device("Apple Watch", "Watch", 3_900_000, 35, 75, 1 / 360),  # charged and taken off a few times a day
    Device("Charge 5", "Charge 5", 4_900_000, 60, 60, 1 / 1_340),  # each minute of the clock, off once a day
    Device("iPhone", "iPhone", 1_200_000, 60, 600, 1 / 8),  # in the pocket on and off
)
"""The best one first, as the vault ranks them; ten million samples, fewer with ``--scale``."""


def intervals(number: int, scale: float) -> tuple[Ints, Ints, Ints]:
    """Return starts, ends (seconds since 1970) and steps of a device over all years; no two overlap."""
    import numpy as np

    device = DEVICES[number]
    n = round(device.count * scale)
    random = np.random.default_rng([8, number])
    spread = device.longest - device.shortest
    length = device.shortest + np.minimum(random.exponential(spread / 6 + 1e-9, n), spread).astype(np.int64)
    if spread < 60:
        length = random.integers(device.shortest, device.longest + 1, n)
    pause = np.zeros(n)
    some = random.choice(n, max(1, round(n * device.pauses)), replace=False)
    pause[some] = random.exponential(1, len(some))
    pause = np.cumsum(pause * ((SECONDS - length.sum()) / pause.sum())).astype(np.int64)
    if spread == 0:
        pause -= pause % device.shortest
    start = FIRST_DAY * 86_400 + pause + np.cumsum(length) - length
    return start, start + length, random.integers(0, 120, n) * length // 60


def records(scale: float) -> Iterator[Record]:
    """Yield the samples of all devices in batches, with the offset that was on the clock."""
    from zoneinfo import ZoneInfo

    import numpy as np

    from vault.records import Device as Hardware
    from vault.records import Origin, Samples
    from vault.time import zone_offsets

    for number, device in enumerate(DEVICES):
        start, end, steps = intervals(number, scale)
        offset = zone_offsets(start * NS, ZoneInfo(HOME)).astype(np.int16)
        origin = Origin(device.source, "benchmark", device=Hardware(device.model, model=device.model))
        for first in range(0, len(start), BATCH):
            part = slice(first, first + BATCH)
            n = len(start[part])
            yield Samples(
                metric="steps",
                start=start[part] * NS,
                end=end[part] * NS,
                offset_min=offset[part],
                value=steps[part].astype(np.float64),
                origin=np.zeros(n, np.int32),
                origins=[origin],
            )


def build(folder: Path, scale: float) -> dict[str, Any]:
    """Create the vault and take everything in."""
    import vault

    with vault.create(folder, PASSPHRASE) as v:
        v.set_home_zone(HOME)
        began = time.perf_counter()
        report = v.ingest(records(scale))
        return {"samples": report.added, "ingest_s": time.perf_counter() - began}


def cold(folder: Path, _scale: float) -> tuple[float, float, pd.Series[float]]:
    """Make all days anew and read them."""
    import pandas as pd  # noqa: F401, importing it is not what is measured

    import vault

    with vault.open(folder, PASSPHRASE) as v:
        began, cpu = time.perf_counter(), time.process_time()
        v.set_home_zone(HOME)
        answer = v.daily("steps")["value"]
        return time.perf_counter() - began, time.process_time() - cpu, answer


def warm(folder: Path, _scale: float) -> tuple[float, float, pd.Series[float]]:
    """Read the days as they are kept."""
    import pandas as pd  # noqa: F401

    import vault

    with vault.open(folder, PASSPHRASE) as v:
        began, cpu = time.perf_counter(), time.process_time()
        answer = v.daily("steps")["value"]
        return time.perf_counter() - began, time.process_time() - cpu, answer


def by_the_minute(frames: list[pd.DataFrame]) -> pd.Series[float]:
    """Merge as it is mostly done: each device by the minute, the best one's minute where it has one."""
    import pandas as pd

    merged: pd.Series[float] | None = None
    for frame in frames:
        times = pd.to_datetime(frame["start"], unit="s", utc=True)
        minutes = pd.Series(frame["steps"].to_numpy(float), times).resample("1min").sum(min_count=1)
        merged = minutes if merged is None else merged.combine_first(minutes)
    assert merged is not None
    return merged.tz_convert(HOME).resample("D").sum()


def by_the_boundary(frames: list[pd.DataFrame]) -> pd.Series[float]:
    """Merge exactly: between any two boundaries, the rate of the best device that recorded then."""
    import numpy as np
    import pandas as pd

    bounds = pd.Index(np.unique(np.concatenate([frame[end] for frame in frames for end in ("start", "end")])))
    local = pd.to_datetime(bounds, unit="s", utc=True).tz_convert(HOME)
    days = pd.date_range(local[0].normalize(), local[-1].normalize() + pd.DateOffset(days=1), freq="D")
    midnights = days.tz_convert("UTC").as_unit("s").asi8
    bounds = bounds.union(pd.Index(midnights))
    rate = pd.Series(np.nan, bounds)
    for frame in frames:
        own = frame["steps"] / (frame["end"] - frame["start"])
        change = pd.concat([pd.Series(own.array, frame["start"]), pd.Series(-own.array, frame["end"])])
        there = pd.concat([pd.Series(1, frame["start"]), pd.Series(-1, frame["end"])])
        total = change.groupby(level=0).sum().cumsum().reindex(bounds, method="ffill")
        recorded = there.groupby(level=0).sum().cumsum().reindex(bounds, method="ffill") > 0
        rate = rate.where(rate.notna() | ~recorded, total)
    steps = rate.to_numpy()[:-1] * np.diff(bounds.to_numpy())
    which = np.searchsorted(midnights, bounds.to_numpy()[:-1], side="right") - 1
    return pd.Series(steps).groupby(days[which].normalize()).sum()


def peer(merge: Callable[[list[pd.DataFrame]], pd.Series[float]], scale: float) -> tuple[float, float, Any]:
    """Run a peer over the columns of all devices, the best first."""
    import pandas as pd

    columns = (intervals(number, scale) for number in range(len(DEVICES)))
    frames = [pd.DataFrame(dict(zip(("start", "end", "steps"), own, strict=True))) for own in columns]
    began, cpu = time.perf_counter(), time.process_time()
    answer = merge(frames)
    return time.perf_counter() - began, time.process_time() - cpu, answer


CONTENDERS: dict[str, Callable[[Path, float], tuple[float, float, Any]]] = {
    "vitalvault, cold": cold,
    "vitalvault, warm": warm,
    "pandas, by the minute": lambda _, scale: peer(by_the_minute, scale),
    "pandas, by the boundary": lambda _, scale: peer(by_the_boundary, scale),
}


def answered(name: str, folder: Path, scale: float) -> dict[str, Any]:
    """Run a contender and give its times and the steps of each date, in JSON's terms."""
    wall_s, cpu_s, answer = CONTENDERS[name](folder, scale)
    dates = [str(day)[:10] for day in answer.index]
    return {"wall_s": wall_s, "cpu_s": cpu_s, "days": dict(zip(dates, answer.tolist(), strict=True))}


def child(*words: str | Path, scale: float) -> tuple[float, dict[str, Any]]:
    """Run this file in a process of its own; return its peak memory and what it says."""
    done = run([sys.executable, __file__, *words, "--scale", str(scale)], {"PYTHONPATH": str(ROOT)})
    return done.peak_mb, json.loads(done.printed)


def row(name: str, folder: Path, scale: float, reps: int, told: dict[str, float]) -> dict[str, Any]:
    """Let a contender answer ``reps`` times; ``off`` is how far it is from ours, all days added."""
    peaks, answers = zip(*(child("--ask", name, folder, scale=scale) for _ in range(reps)), strict=True)
    days = answers[0]["days"]
    told = told or days
    apart = sum(abs(days.get(day, 0) - told.get(day, 0)) for day in days.keys() | told.keys())
    return {
        "": name,
        "wall_s": [answer["wall_s"] for answer in answers],
        "cpu_s": [answer["cpu_s"] for answer in answers],
        "peak_mb": max(peaks),
        "days": sum(value > 0 for value in days.values()),
        "off_percent": f"{100 * apart / sum(told.values()):.10f}",
        "_days": days,
    }


def main() -> None:
    """Build the vault, let all answer, print how long each took and how far it is from ours."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reps", type=int, default=3, help="fresh processes for each contender")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the ten million samples")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--ask", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.build or given.ask:
        name, folder = given.ask or ("", given.build)
        print(json.dumps(answered(name, Path(folder), given.scale) if name else build(folder, given.scale)))
        return
    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-") as scratch:
        folder = Path(scratch) / "bench.vault"
        peak, figures = child("--build", folder, scale=given.scale)
        figures |= {"peak_mb": peak, "bytes_per_sample": folder_size(folder) / figures["samples"]}
        rows: list[dict[str, Any]] = []
        for name in CONTENDERS:
            rows.append(row(name, folder, given.scale, given.reps, rows[0]["_days"] if rows else {}))
    for one in rows:
        del one["_days"]
    if given.json:
        print(json.dumps({"vault": figures, "contenders": rows}, indent=1))
    else:
        print(table([{"": "build", **figures}]), table(rows), sep="\n\n")


if __name__ == "__main__":
    main()
