"""How long a Fitbit archive takes into the encrypted vault, beside a plain ``json.load`` of the same files.

    python benchmarks/fitbit_import.py                    # one year, about 300 MB
    python benchmarks/fitbit_import.py --years 10         # about 3 GB of JSON, and room for it
    python benchmarks/fitbit_import.py --years 10 --folder archive

The idea: the archive is generated as Fitbit writes it: pretty-printed, a file a day of heart rates and one of
30 days of all else, cut at local midnight, stamps in UTC but for calories. Heart rates wander and follow the
day as real ones do, so that they are as hard to pack. Each contender is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from measure import Run, run, table
from numpy.typing import NDArray

HOME = "America/New_York"
FIRST_DAY = date(2015, 1, 1)
SLICE_DAYS = 30
SECONDS = np.array([5, 5, 10, 10, 15, 15])
"""How far heart rates lie apart, each as often as the next: they are asked for every 5 seconds."""
DAYS_IN_YEAR = 365.25

START = "from cli.main import main; main()"
LOAD = """
import json, sys
from pathlib import Path
for path in sorted(Path(sys.argv[1]).rglob("*.json")):
    with path.open("rb") as file:
        json.load(file)
"""
READ = """
import sys
from pathlib import Path
from zoneinfo import ZoneInfo
from adapters.base import Options
from adapters.fitbit import ADAPTER
from vault.records import Samples
records = ADAPTER.read(Path(sys.argv[1]), Options(home=ZoneInfo(sys.argv[2])))
print(sum(len(record) for record in records if isinstance(record, Samples)))
"""
BEAT = '{{\n  "dateTime" : "{}",\n  "value" : {{\n    "bpm" : {},\n    "confidence" : {}\n  }}\n}}'
MINUTE = '{{\n  "dateTime" : "{}",\n  "value" : "{}"\n}}'

Instants = NDArray[np.int64]
"""Seconds since 1970."""


def write_archive(folder: Path, years: float) -> int:
    """Write an archive of so many years; return its bytes."""
    random = np.random.default_rng(1)
    places = folder / "Takeout" / "Fitbit" / "Global Export Data"
    places.mkdir(parents=True)
    days = [FIRST_DAY + timedelta(number) for number in range(round(years * DAYS_IN_YEAR))]
    for day in days:
        name = places / f"heart_rate-{day}.json"
        name.write_text(document(BEAT, *heart_rates(midnight(day), midnight(day + timedelta(1)), random)))
    for first in days[::SLICE_DAYS]:
        last = min(first + timedelta(SLICE_DAYS), days[-1] + timedelta(1))
        for family, values in minutes(midnight(first), midnight(last), random):
            (places / f"{family}-{first}.json").write_text(document(MINUTE, *values))
    return sum(path.stat().st_size for path in places.iterdir())


def midnight(day: date) -> int:
    """Return when a day begins at home."""
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(HOME)).timestamp())


def heart_rates(first: int, end: int, random: np.random.Generator) -> tuple[Instants, Instants, Instants]:
    """Return times, rates and confidences of a day: low at night, wandering, up for an hour of sport."""
    times = first + np.cumsum(random.choice(SECONDS, (end - first) // 5))
    times = times[times < end]
    hour = (times - first) / 3600
    wander = np.convolve(random.normal(0, 3, len(times)), np.exp(-np.arange(200) / 40), "same")
    rest = 62 + 14 * np.clip(np.sin((hour - 8) / 24 * 2 * np.pi), -0.6, 1)
    sport = 70 * np.exp(-(((hour - random.uniform(7, 20)) / 0.5) ** 2)) * random.integers(0, 2)
    rates = np.clip(rest + wander + sport + random.normal(0, 0.7, len(times)), 42, 195)
    return times, np.rint(rates).astype(np.int64), random.choice([1, 2, 2, 3, 3, 3], len(times))


def minutes(
    first: int, end: int, random: np.random.Generator
) -> Iterator[tuple[str, tuple[Instants, NDArray[np.int64] | list[str]]]]:
    """Yield families by the minute: steps and distance in UTC, walking a third of the day; calories local."""
    times = np.arange(first, end, 60)
    walking = np.convolve(random.random(len(times)) < 0.02, np.ones(20), "same") > 0
    walking &= (times - first) % 86_400 > 7 * 3600
    steps = np.where(walking, random.integers(5, 125, len(times)), 0)
    yield "steps", (times[walking], steps[walking])
    yield (
        "distance",
        (times[walking], steps[walking] * 70 + random.integers(0, 40, np.count_nonzero(walking))),
    )
    burnt = np.round(1.13 + steps * 0.045 + random.integers(0, 3, len(times)) * 0.17, 2)
    local = np.array([offset(int(time)) for time in times[::60]]).repeat(60)[: len(times)]
    yield "calories", (times + local, [f"{value:.2f}" for value in burnt.tolist()])


def offset(time: int) -> int:
    """Return the offset at home in seconds."""
    delta = datetime.fromtimestamp(time, UTC).astimezone(ZoneInfo(HOME)).utcoffset()
    return int((delta or timedelta()).total_seconds())


def document(row: str, times: Instants, *columns: NDArray[np.int64] | list[str]) -> str:
    """Return rows as Fitbit prints them."""
    iso = np.datetime_as_string(times.astype("M8[s]")).tolist()
    stamps = (f"{one[5:7]}/{one[8:10]}/{one[2:4]} {one[11:]}" for one in iso)
    return "[" + ",".join(map(row.format, stamps, *columns)) + "]"


def imported(archive: Path) -> Run:
    """Import an archive into a new vault; the time is that of the import alone."""
    with tempfile.TemporaryDirectory() as scratch:
        path = str(Path(scratch, "bench.vault"))
        env = {"VITALVAULT_PATH": path, "VITALVAULT_PASSPHRASE": "only for figures"}
        run([sys.executable, "-c", START, "init", "--timezone", HOME], env)
        return run([sys.executable, "-c", START, "import", archive], env)


def measured(archive: Path, runs: int) -> dict[str, list[Run]]:
    """Let each contender have its turns."""
    contenders: dict[str, Callable[[Path], Run]] = {
        "json.load alone": lambda folder: run([sys.executable, "-c", LOAD, folder]),
        "vitalvault import": imported,
        "our reading alone": lambda folder: run([sys.executable, "-c", READ, folder, HOME]),
    }
    found: dict[str, list[Run]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, contender in contenders.items():
            found[name].append(contender(archive))
    return found


def main() -> None:
    """Generate an archive, run every contender and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--years", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to write the archive, or where it lies")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-") as scratch:
        archive = (given.folder or Path(scratch, "archive")).resolve()
        if not archive.exists():
            write_archive(archive, given.years)
        size = sum(path.stat().st_size for path in archive.rglob("*.json"))
        found = measured(archive, given.runs)
    rows = [
        {
            "": name,
            "wall_s": [one.wall_s for one in turns],
            "cpu_s": [one.cpu_s for one in turns],
            "peak_mb": max(one.peak_mb for one in turns),
        }
        for name, turns in found.items()
    ]
    if given.json:
        print(json.dumps({"rows": rows, "input_bytes": size}, indent=1))
    else:
        print(f"{size / 1e9:.2f} GB of JSON", "", table(rows), sep="\n")


if __name__ == "__main__":
    main()
