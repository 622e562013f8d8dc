"""Measures the care of a vault of ten years and of one of ten gigabytes: open, erase, back up, verify.

The idea: two vaults, made here. One of ten million samples, as years of wearables leave them; one of ten
gigabytes, most of it documents that do not compress, as nobody has them. Each figure is of a fresh process.
The passphrase costs 64 MiB here, the least a vault may ask for, so that a peak of memory is that of the work.

    python benchmarks/vault_care.py
    python benchmarks/vault_care.py --gigabytes 1 --reps 1
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import ROOT, folder_size, run, table
from queries import PASSPHRASE, Series, records

if TYPE_CHECKING:
    from vault.records import Record

SERIES = (
    Series("heart_rate", "Watch", 8_000_000, 46, 178, 0),
    Series("steps", "Watch", 500_000, 1, 900, 300),
    Series("steps", "Phone", 500_000, 1, 900, 420),
    Series("active_energy", "Watch", 900_000, 1, 40, 600),
    Series("respiratory_rate", "Watch", 100_000, 12, 22, 0),
)
DOCUMENT_BYTES = 1 << 20
SAMPLES_A_GIGABYTE = 5_000_000
IMPORT_DOCUMENTS = 500


def build(folder: Path) -> dict[str, Any]:
    """Make the vault of ten million samples."""
    import vault

    began = time.perf_counter()
    with vault.create(folder, PASSPHRASE) as v:
        added = v.ingest(one for seed, series in enumerate(SERIES) for one in records(series, seed)).added
    return {"samples": added, "seconds": time.perf_counter() - began}


def fill(folder: Path, gigabytes: float) -> dict[str, Any]:
    """Make the vault of ten gigabytes: documents, and five million samples a gigabyte."""
    import vault

    began = time.perf_counter()
    samples = int(gigabytes * SAMPLES_A_GIGABYTE)
    with vault.create(folder, PASSPHRASE) as v:
        v.ingest(records(Series("heart_rate", "Watch", samples, 46, 178, 0), 1))
        total = int(gigabytes * 1e9 - folder_size(folder)) // DOCUMENT_BYTES
        for first in range(0, total, IMPORT_DOCUMENTS):
            v.ingest(documents(range(first, min(first + IMPORT_DOCUMENTS, total))))
    return {"samples": samples, "documents": total, "seconds": time.perf_counter() - began}


def documents(numbers: range) -> Iterator[Record]:
    """Yield documents of a megabyte that do not compress."""
    from vault.records import Document, Origin

    origin = Origin(source="Clinic", adapter="benchmark")
    for number in numbers:
        yield Document("scan", f"{number}", origin, "application/octet-stream", os.urandom(DOCUMENT_BYTES))


def opened_without_waiting(folder: Path) -> tuple[Any, float]:
    """Open a vault whose passphrase was derived before; returns it and the seconds it took."""
    import vault.opening
    from vault import keys
    from vault.keys import slots

    slots.argon2id = functools.cache(slots.argon2id)
    keys.unlock(folder, passphrase=PASSPHRASE).wipe()
    began = time.perf_counter()
    v = vault.open(folder, PASSPHRASE)
    return v, time.perf_counter() - began


def opening(folder: Path) -> dict[str, Any]:
    """Open, beyond the derivation of the key."""
    v, seconds = opened_without_waiting(folder)
    v.close()
    return {"seconds": seconds}


def erasing(folder: Path) -> dict[str, Any]:
    """Erase the heart rate: four fifths of what there is."""
    return timed(folder, lambda v: v.erase("heart_rate"))


def backing_up(folder: Path) -> dict[str, Any]:
    """Back up, and check the backup."""
    path = folder.with_suffix(".backup")
    took = timed(folder, lambda v: v.backup(path, force=True))
    size = path.stat().st_size
    path.unlink()
    return took | {"mb_a_second": size / 1e6 / took["seconds"]}


def verifying(folder: Path) -> dict[str, Any]:
    """Verify everything."""
    return timed(folder, lambda v: v.verify())


def timed(folder: Path, call: Any) -> dict[str, Any]:
    """Time a call on an open vault."""
    v, _ = opened_without_waiting(folder)
    with v:
        began = time.perf_counter()
        call(v)
        return {"seconds": time.perf_counter() - began}


STEPS = {step.__name__: step for step in (build, fill, opening, erasing, backing_up, verifying)}


def row(what: str, folder: Path, step: Any, reps: int = 1, *more: object) -> dict[str, Any]:
    """Run a step in fresh processes, each on the vault as it was."""
    found = []
    for _ in range(reps):
        place = folder
        if step is erasing:
            place = folder.with_name("copy.vault")
            shutil.copytree(folder, place, dirs_exist_ok=True)
        words = [sys.executable, __file__, "--step", step.__name__, str(place), *map(str, more)]
        done = run(words, {"PYTHONPATH": str(ROOT)})
        found.append(json.loads(done.printed) | {"cpu_s": done.cpu_s, "peak_mb": done.peak_mb})
    columns = ("seconds", "mb_a_second", "cpu_s", "peak_mb")
    figures = {name: [one[name] for one in found] if name in found[0] else "" for name in columns}
    return {"": what, "vault_mb": folder_size(folder) / 1e6, **figures}


def main() -> None:
    """Make both vaults, take each step, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reps", type=int, default=3, help="fresh processes for each step on the samples")
    parser.add_argument("--gigabytes", type=float, default=10.0, help="size of the big vault; 0: none")
    parser.add_argument(
        "--scratch", type=Path, help="where the vaults are made; the default is for temp files"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        from vault.keys import kdf

        kdf.DEFAULT = kdf.FLOOR
        name, folder, *more = given.step
        print(json.dumps(STEPS[name](Path(folder), *map(float, more))))
        return
    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-", dir=given.scratch) as scratch:
        small, big = Path(scratch) / "samples.vault", Path(scratch) / "big.vault"
        rows = [
            row("10 M samples: import", small, build),
            row("open, beyond the key", small, opening, given.reps),
            row("back up and check", small, backing_up, given.reps),
            row("verify", small, verifying, given.reps),
            row("erase heart rate (8 M)", small, erasing, given.reps),
        ]
        if given.gigabytes:
            rows += [
                row(f"{given.gigabytes:g} GB: import", big, fill, 1, given.gigabytes),
                row("open, beyond the key", big, opening, given.reps),
                row("verify", big, verifying),
                row("back up and check", big, backing_up),
            ]
    print(json.dumps(rows, indent=1) if given.json else table(rows))


if __name__ == "__main__":
    main()
