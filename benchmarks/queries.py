"""Measures reading from a vault of ten years: 5 million heart rates and 200 thousand other samples.

The idea: what a person waits for is the first answer after opening, so each question is asked in fresh
processes (cold: the first answer) and then again and again in the same one (warm). The page cache is warm
throughout; importing pandas and deriving the key are reported beside, not inside.

    python benchmarks/queries.py
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
from statistics import median
from typing import TYPE_CHECKING, Any

from measure import ROOT, Run, folder_size, run, table

if TYPE_CHECKING:
    from vault.records import Record
    from vault.vault import Vault

PASSPHRASE = "only for figures"
BATCH = 250_000
FIRST_DAY, DAYS = 16_617, 3_653
"""Ten years from 2015-07-01."""
WARM_CALLS = 5
QUESTIONS: dict[str, Callable[[Vault], object]] = {
    "a month of heart rate": lambda v: v.samples("heart_rate", "2020-03-01", "2020-03-31"),
    "daily heart rate, ten years": lambda v: v.daily("heart_rate"),
    "daily steps, ten years, two devices": lambda v: v.daily("steps"),
}


@dataclass(frozen=True)
class Series:
    """One metric of one device: ``count`` samples of whole values, each of a duration in seconds."""

    metric: str
    source: str
    count: int
    low: int
    high: int
    duration_s: int


SERIES = (
    Series("heart_rate", "Watch", 5_000_000, 46, 178, 0),
    Series("steps", "Watch", 60_000, 1, 900, 300),
    Series("steps", "Phone", 60_000, 1, 900, 420),
    Series("active_energy", "Watch", 60_000, 1, 40, 600),
    Series("respiratory_rate", "Watch", 20_000, 12, 22, 0),
)


def records(series: Series, seed: int) -> Iterator[Record]:
    """Yield the samples of one series in batches, evenly strewn over the years."""
    import numpy as np

    from vault.records import Origin, Samples

    rng = np.random.default_rng([seed])
    step = DAYS * 86_400 / series.count
    for first in range(0, series.count, BATCH):
        place = np.arange(first, min(first + BATCH, series.count))
        n = len(place)
        second = FIRST_DAY * 86_400 + ((place + 0.9 * rng.random(n)) * step).astype(np.int64)
        yield Samples(
            metric=series.metric,
            start=second * 1_000_000_000,
            end=(second + series.duration_s) * 1_000_000_000,
            offset_min=np.zeros(n, np.int16),
            value=rng.integers(series.low, series.high, n).astype(np.float64),
            origin=np.zeros(n, np.int32),
            origins=[Origin(source=series.source, adapter="benchmark")],
        )


def build(folder: Path) -> dict[str, Any]:
    """Create the vault and take everything in; the key derivation is not counted."""
    import vault

    with vault.create(folder, PASSPHRASE) as v:
        began = time.perf_counter()
        report = v.ingest(record for seed, series in enumerate(SERIES) for record in records(series, seed))
        ingest_s = time.perf_counter() - began
    if report.added != sum(series.count for series in SERIES):
        sys.exit(f"the vault took {report.added:,} samples of {sum(s.count for s in SERIES):,}")
    return {"samples": report.added, "ingest_s": ingest_s}


def ask(folder: Path, question: str) -> dict[str, Any]:
    """Open the vault and time the first answer and those after it."""
    import pandas as pd

    import vault

    def timed(call: Callable[[], object]) -> tuple[float, object]:
        began = time.perf_counter()
        answer = call()
        return time.perf_counter() - began, answer

    began = time.perf_counter()
    with vault.open(folder, PASSPHRASE) as v:
        open_s = time.perf_counter() - began
        cold_s, answer = timed(lambda: QUESTIONS[question](v))
        assert isinstance(answer, pd.DataFrame)
        warm_s = median(timed(lambda: QUESTIONS[question](v))[0] for _ in range(WARM_CALLS))
    return {"open_s": open_s, "cold_s": cold_s, "warm_s": warm_s, "rows": len(answer)}


def child(*words: str | Path) -> tuple[Run, dict[str, Any]]:
    """Run this file in a process of its own, which finds the packages of this checkout."""
    done = run([sys.executable, __file__, *words], {"PYTHONPATH": str(ROOT)})
    return done, json.loads(done.printed)


def row(folder: Path, question: str, reps: int) -> dict[str, Any]:
    """Ask one question in ``reps`` fresh processes."""
    done, answers = zip(*(child("--ask", question, folder) for _ in range(reps)))
    times = {
        f"{key}_ms": [1e3 * answer[f"{key}_s"] for answer in answers] for key in ("cold", "warm", "open")
    }
    return {"": question, "rows": answers[0]["rows"], **times, "peak_mb": max(one.peak_mb for one in done)}


def main() -> None:
    """Build the vault, ask every question, print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reps", type=int, default=5, help="fresh processes for each question")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--ask", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.build or given.ask:
        print(json.dumps(build(given.build) if given.build else ask(Path(given.ask[1]), given.ask[0])))
        return
    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-") as scratch:
        folder = Path(scratch) / "bench.vault"
        built, figures = child("--build", folder)
        figures |= {"peak_mb": built.peak_mb, "bytes_per_sample": folder_size(folder) / figures["samples"]}
        rows = [row(folder, question, given.reps) for question in QUESTIONS]
    if given.json:
        print(json.dumps({"vault": figures, "questions": rows}, indent=1))
    else:
        print(table([{"": "build", **figures}]), table(rows), sep="\n\n")


if __name__ == "__main__":
    main()
