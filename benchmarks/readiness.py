"""Measures readiness of ten years of nights: one day, every day, and the same through a vault.

The idea: what a person waits for is today's number and the curve of all days, so those are timed, first on
columns alone, then with everything read from an encrypted vault (cold: the first answer after opening), of
nights alone, with heartbeats of some, and with workouts of an hour second by second.

    python benchmarks/readiness.py
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import table

if TYPE_CHECKING:
    from vault.analysis import Inputs
    from vault.records import Record

PASSPHRASE = "only for figures"
START = date(2016, 1, 1)
DAYS = 3_650
LAST = START + timedelta(DAYS - 1)
BEATS_MIN = 60
"""Of beats a night, in the table that has some."""
RIDE_S = 3_600


def timed(reps: int, call: Callable[[], object]) -> list[float]:
    """Return the milliseconds of each of some calls."""
    found = []
    for _ in range(reps):
        began = time.perf_counter()
        call()
        found.append(1e3 * (time.perf_counter() - began))
    return found


def person() -> Inputs:
    """Return ten years of complete nights, training and check-ins."""
    import numpy as np

    from vault.analysis import Inputs

    rng = np.random.default_rng(1)
    normal = rng.standard_normal((6, DAYS))
    return Inputs(
        days=np.datetime64(START) + np.arange(DAYS),
        lnrmssd=4.1 + 0.15 * normal[0],
        rhr=54 + 2.5 * normal[1],
        tst_min=430 + 45 * normal[2],
        resp=14 + 0.4 * normal[3],
        temp=34 + 0.25 * normal[4],
        load=np.maximum(40 + 50 * normal[5], 0),
        checkin={item: rng.integers(1, 6, DAYS).astype(float) for item in ("energy", "mood")},
    )


def on_columns(reps: int) -> Iterator[dict[str, Any]]:
    """Time the pure computation."""
    from vault.analysis import readiness_at, readiness_history
    from vault.analysis.columns import compute

    inputs = person()
    yield {"": "one day, in words", "ms": timed(reps, lambda: readiness_at(inputs, LAST))}
    yield {"": "every day, numbers", "ms": timed(reps, lambda: compute(inputs))}
    every = timed(reps, lambda: readiness_history(inputs, START, LAST))
    yield {"": "every day, in words", "ms": every}


def nights() -> Iterator[Record]:
    """Yield sleeps, HRV, resting heart rate and breathing of each night."""
    import numpy as np

    from vault.records import Origin, Samples, SleepSession
    from vault.time import DAY_NS, HOUR_NS, day_of_date

    rng, ring = np.random.default_rng(2), Origin("Ring", "benchmark")
    wake = (day_of_date(START) + np.arange(DAYS)) * DAY_NS + 7 * HOUR_NS
    for number, end in enumerate(wake.tolist()):
        begin = end - 8 * HOUR_NS
        yield SleepSession(f"{number}", begin, end, 0, ring, [(begin, end, "light")])
    for metric, centre, sd in (
        ("hrv_rmssd", 60, 8),
        ("resting_heart_rate", 54, 2.5),
        ("respiratory_rate", 14, 0.4),
    ):
        at, value = wake - HOUR_NS, centre + sd * rng.standard_normal(DAYS)
        yield Samples(metric, at, at, np.zeros(DAYS, np.int16), value, np.zeros(DAYS, np.int32), [ring])


def beats(days: int) -> Iterator[Record]:
    """Yield heartbeats of a strap in the last nights."""
    import numpy as np

    from vault.records import Origin, Samples
    from vault.time import DAY_NS, HOUR_NS, MILLISECOND_NS, day_of_date

    rng, strap = np.random.default_rng(3), Origin("Strap", "benchmark")
    count = BEATS_MIN * 60_000 // 950
    for day in range(DAYS - days, DAYS):
        rr = np.rint(950 + 40 * rng.standard_normal(count))
        end = (
            (day_of_date(START) + day) * DAY_NS + HOUR_NS + (np.cumsum(rr) * MILLISECOND_NS).astype(np.int64)
        )
        begin = end - (rr * MILLISECOND_NS).astype(np.int64)
        yield Samples(
            "rr_interval", begin, end, np.zeros(count, np.int16), rr, np.zeros(count, np.int32), [strap]
        )


def workouts(count: int) -> Iterator[Record]:
    """Yield rides of an hour on the last days, of the six channels that a bicycle computer records."""
    import numpy as np

    from vault.records import Origin, Stream, Workout
    from vault.time import DAY_NS, HOUR_NS, SECOND_NS, day_of_date

    rng, computer, seconds = np.random.default_rng(4), Origin("Computer", "benchmark"), np.arange(RIDE_S)
    for day in range(DAYS - count, DAYS):
        start = (day_of_date(START) + day) * DAY_NS + 17 * HOUR_NS
        yield Workout(f"{day}", start, start + RIDE_S * SECOND_NS, 0, "cycling", computer)
        drift = np.cumsum(rng.standard_normal(RIDE_S)) / 30
        columns = {
            "heart_rate": np.rint(140 + 5 * drift),
            "power": np.rint(np.maximum(200 + 60 * rng.standard_normal(RIDE_S), 0)),
            "cadence": np.rint(85 + 4 * drift),
            "speed": np.round(8 + drift / 4, 3),
            "altitude": np.round(300 + 20 * drift, 1),
            "distance": np.round(8.1 * seconds, 2),
        }
        yield Stream(f"{day}", computer, start + seconds * SECOND_NS, columns)


def in_a_vault(reps: int, *records: Iterator[Record]) -> Iterator[dict[str, Any]]:
    """Time the first and the next answers of a vault that holds the records."""
    import pandas as pd  # noqa: F401 - not part of an answer

    import vault
    from vault.report import page

    def clock() -> datetime:
        return datetime(LAST.year, LAST.month, LAST.day, 9, tzinfo=UTC)

    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-") as scratch:
        path = Path(scratch) / "bench.vault"
        with vault.create(path, PASSPHRASE, clock=clock) as made:
            for part in records:
                made.ingest(part)
        for name, ask in (
            ("one day", lambda v: v.readiness(LAST)),
            ("every day", lambda v: v.readiness_history()),
            ("HRV trend", lambda v: v.trend("hrv")),
            ("load", lambda v: v.load()),
            ("report", lambda v: page(v, made=clock(), owner=v)),
        ):
            with vault.open(path, PASSPHRASE, clock=clock) as opened:
                cold = timed(1, partial(ask, opened))
                warm = timed(reps, partial(ask, opened))
            yield {"": name, "cold_ms": cold, "warm_ms": warm}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--beats", type=int, default=30, help="nights with heartbeats in their table")
    parser.add_argument("--workouts", type=int, default=3_000, help="rides in the last table, one a day")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    tables = {
        "on columns": [*on_columns(given.reps)],
        "a vault of nights": [*in_a_vault(given.reps, nights())],
        "a vault of nights and beats": [*in_a_vault(given.reps, nights(), beats(given.beats))],
        "a vault of nights and workouts": [*in_a_vault(given.reps, nights(), workouts(given.workouts))],
    }
    if given.json:
        print(json.dumps(tables, indent=1))
    else:
        print(*(f"{name}\n{table(rows)}" for name, rows in tables.items()), sep="\n\n")


if __name__ == "__main__":
    main()
