"""Measures a million heart rates out of a vault as FHIR, beside ``fhir.resources`` building the same.

The idea: ours is the whole way, from an opened vault (decrypting, naming each record by its keyed digest) to
a file of NDJSON. The other is given the finished contents of our first lines and only builds and dumps each
Observation, which is the favour it gets; what it dumps must say what our lines say. Rates are of CPU time,
the elapsed time stands beside. The passphrase is derived cheaply, so that the peak is the export's.

    python benchmarks/fhir_export.py
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import ROOT, Run, run, table

if TYPE_CHECKING:
    from vault.records import Record

PASSPHRASE = "only for figures"
BATCH = 250_000
CHUNK = 1_000
FIRST_S = 1_600_000_000
"""2020-09-13; a heart rate follows every two minutes, so a million are nearly four years."""


def records(count: int) -> Iterator[Record]:
    """Yield heart rates of a watch in batches."""
    import numpy as np

    from vault.records import Device, Origin, Samples

    rng = np.random.default_rng(1)
    watch = Origin("Watch", "benchmark", device=Device("Watch", "Maker", "W1", software="11.4"))
    for first in range(0, count, BATCH):
        n = min(BATCH, count - first)
        start = (FIRST_S + 120 * np.arange(first, first + n) + rng.integers(0, 60, n)) * 1_000_000_000
        yield Samples(
            metric="heart_rate",
            start=start,
            end=start,
            offset_min=np.full(n, 60, np.int16),
            value=rng.integers(46, 178, n).astype(np.float64),
            origin=np.zeros(n, np.int32),
            origins=[watch],
        )


def cheap_keys() -> None:
    """Derive keys with next to no memory, in this process only."""
    from vault.keys import kdf

    kdf.DEFAULT = kdf.FLOOR = kdf.Cost(8, 1, 1)


def build(folder: Path, count: int) -> dict[str, Any]:
    """Create the vault and take everything in."""
    import vault

    cheap_keys()
    with vault.create(folder, PASSPHRASE) as v:
        return {"added": v.ingest(records(count)).added}


def ours(folder: Path, out: Path) -> dict[str, Any]:
    """Write the vault's Observations to a file."""
    import vault
    from vault.fhir import ndjson

    cheap_keys()
    with vault.open(folder, PASSPHRASE) as v, out.open("wb") as file:
        began, cpu = time.perf_counter(), time.process_time()
        count = 0
        for kind, block in ndjson(v):
            if kind == "Observation":
                file.write(block)
                count += block.count(b"\n")
        return {"n": count, "wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}


def theirs(lines: Path, count: int) -> dict[str, Any]:
    """Build and dump the first Observations of our file, and hold what was dumped against it."""
    from fhir.resources.R4B.observation import Observation

    told = {"n": 0, "wall_s": 0.0, "cpu_s": 0.0}
    with lines.open("rb") as file:
        Observation.model_validate_json(file.readline()).model_dump_json()  # what is made once, on first use
        file.seek(0)
        for _ in range(count // CHUNK):
            contents = [json.loads(line) for line in islice(file, CHUNK)]
            began, cpu = time.perf_counter(), time.process_time()
            dumped = [Observation(**content).model_dump_json() for content in contents]
            told["wall_s"] += time.perf_counter() - began
            told["cpu_s"] += time.process_time() - cpu
            told["n"] += len(dumped)
            if any(_plain(json.loads(text)) != _plain(content) for text, content in zip(dumped, contents)):
                sys.exit("fhir.resources says something else than our lines")
    return told


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    """Return an Observation with its instant in one spelling: at UTC it may end in ``Z``."""
    return content | {"effectiveDateTime": content["effectiveDateTime"].replace("+00:00", "Z")}


def child(*words: str | Path | int) -> tuple[Run, dict[str, Any]]:
    """Run this file in a process of its own, which finds the packages of this checkout."""
    done = run([sys.executable, __file__, *map(str, words)], {"PYTHONPATH": str(ROOT)})
    return done, json.loads(done.printed)


def row(name: str, runs: list[tuple[Run, dict[str, Any]]], size: int | None) -> dict[str, Any]:
    """Return one contender's figures."""
    return {
        "": name,
        "observations": runs[0][1]["n"],
        "wall_s": [told["wall_s"] for _, told in runs],
        "cpu_s": [told["cpu_s"] for _, told in runs],
        "a_second": [told["n"] / told["cpu_s"] for _, told in runs],
        "peak_mb": [done.peak_mb for done, _ in runs],
        "bytes_each": None if size is None else size // runs[0][1]["n"],
    }


def main() -> None:
    """Build the vault, let both write in turns, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--theirs", type=int, default=100_000, help="Observations fhir.resources builds")
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--do", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.do:
        what, path, rest = given.do
        done = {
            "build": lambda: build(Path(path), int(rest)),
            "ours": lambda: ours(Path(path), Path(rest)),
            "theirs": lambda: theirs(Path(path), int(rest)),
        }[what]()
        print(json.dumps(done))
        return
    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-") as scratch:
        folder, lines = Path(scratch) / "bench.vault", Path(scratch) / "out.ndjson"
        _, told = child("--do", "build", folder, given.count)
        pairs = [
            (child("--do", "ours", folder, lines), child("--do", "theirs", lines, given.theirs))
            for _ in range(given.reps)
        ]
        size = lines.stat().st_size
    we, they = ([pair[at] for pair in pairs] for at in (0, 1))
    if told["added"] != given.count or we[0][1]["n"] != given.count:
        sys.exit(f"the vault took {told['added']:,} and gave {we[0][1]['n']:,} of {given.count:,}")
    rows = [row("vitalvault, vault to file", we, size), row("fhir.resources, build and dump", they, None)]
    ratios = [one["n"] / one["cpu_s"] / (other["n"] / other["cpu_s"]) for (_, one), (_, other) in pairs]
    if given.json:
        print(json.dumps({"contenders": rows, "ratio": ratios}, indent=1))
    else:
        print(table(rows), f"\nratio of the rates: {', '.join(f'{ratio:.1f}' for ratio in ratios)}")


if __name__ == "__main__":
    main()
