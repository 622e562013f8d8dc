"""Measures the bundle of a vault of a million samples: written, encrypted, verified; beside plain zip.

The idea: `zip` on the same files, ready on the disk, is the floor, for it neither reads a vault nor writes
FHIR, nor sums or signs. What the bundle takes beyond that is what it does. Each figure is of a fresh process.
The passphrase costs 64 MiB here, the least a vault may ask for, so that a peak of memory is that of the work.

    python benchmarks/bundle.py
    python benchmarks/bundle.py --samples 100000 --reps 1
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from measure import ROOT, folder_size, run, table
from queries import PASSPHRASE, Series, records
from vault_care import opened_without_waiting

SHARES = (
    (0.7, Series("heart_rate", "Watch", 0, 46, 178, 0)),
    (0.1, Series("steps", "Watch", 0, 1, 900, 300)),
    (0.1, Series("steps", "Phone", 0, 1, 900, 420)),
    (0.1, Series("active_energy", "Watch", 0, 1, 40, 600)),
)


def build(folder: Path, samples: str) -> dict[str, Any]:
    """Make the vault, and a key of age."""
    import pyrage

    import vault

    (folder / "key").write_text(str(pyrage.x25519.Identity.generate()), "utf-8")
    made = [replace(series, count=int(share * int(samples))) for share, series in SHARES]
    with vault.create(folder / "me.vault", PASSPHRASE) as v:
        v.ingest(one for seed, series in enumerate(made) for one in records(series, seed))
    return {"seconds": 0.0}


def writing(folder: Path, *, sealed: bool = False) -> dict[str, Any]:
    """Write the bundle, to an age recipient if asked."""
    from pyrage import x25519

    from policies.rights import write_bundle

    v, _ = opened_without_waiting(folder / "me.vault")
    key = x25519.Identity.from_str((folder / "key").read_text("utf-8")) if sealed else None
    path = folder / ("b.zip.age" if sealed else "b.zip")
    with v:
        began = time.perf_counter()
        write_bundle(v, path, force=True, recipient=str(key.to_public()) if key else None)
        return {"seconds": time.perf_counter() - began, "mb": path.stat().st_size / 1e6}


def sealing(folder: Path) -> dict[str, Any]:
    """Write the bundle encrypted."""
    return writing(folder, sealed=True)


def verifying(folder: Path, name: str = "b.zip") -> dict[str, Any]:
    """Verify the bundle."""
    from policies.rights import verify_bundle

    identity = (folder / "key").read_text("utf-8") if name.endswith(".age") else None
    began = time.perf_counter()
    assert verify_bundle(folder / name, identity=identity).ok
    return {"seconds": time.perf_counter() - began, "mb": (folder / name).stat().st_size / 1e6}


def opening(folder: Path) -> dict[str, Any]:
    """Verify the encrypted bundle, which is decrypted in memory."""
    return verifying(folder, "b.zip.age")


STEPS = {step.__name__: step for step in (build, writing, sealing, verifying, opening)}


def ours(what: str, folder: Path, step: Any, reps: int) -> dict[str, Any]:
    """Run a step in fresh processes."""
    return row(what, [taken(folder, step) for _ in range(reps)])


def taken(folder: Path, step: Any, *more: object) -> dict[str, Any]:
    """Run a step in a fresh process, and return what it took."""
    words = [sys.executable, __file__, "--step", step.__name__, str(folder), *map(str, more)]
    done = run(words, {"PYTHONPATH": str(ROOT)})
    return json.loads(done.printed) | {"cpu_s": done.cpu_s, "peak_mb": done.peak_mb}


def zipping(what: str, files: Path, reps: int) -> dict[str, Any]:
    """Zip a folder of plain files with Info-ZIP, at the level of the bundle."""
    found, out = [], files.parent / f"{files.name}.peer.zip"
    for _ in range(reps):
        out.unlink(missing_ok=True)
        done = run(["zip", "-q", "-r", "-6", out, files])
        size = out.stat().st_size / 1e6
        found.append({"seconds": done.wall_s, "mb": size, "cpu_s": done.cpu_s, "peak_mb": done.peak_mb})
    return row(what, found)


def row(what: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of a step, one list a column."""
    return {
        "": what,
        **{name: [one[name] for one in found] for name in ("seconds", "mb", "cpu_s", "peak_mb")},
    }


def main() -> None:
    """Make the vault, take each step, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--reps", type=int, default=3, help="fresh processes for each step")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        from vault.keys import kdf

        kdf.DEFAULT = kdf.FLOOR
        name, folder, *more = given.step
        print(json.dumps(STEPS[name](Path(folder), *more)))
        return
    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-") as scratch:
        folder = Path(scratch)
        taken(folder, build, given.samples)
        rows = [
            ours("write the bundle", folder, writing, given.reps),
            ours("write it to an age recipient", folder, sealing, given.reps),
            ours("verify", folder, verifying, given.reps),
            ours("verify the encrypted one", folder, opening, given.reps),
        ]
        if shutil.which("zip"):
            with zipfile.ZipFile(folder / "b.zip") as archive:
                archive.extractall(folder / "bag")
            size = folder_size(folder / "bag") / 1e6
            rows += [
                zipping("peer: zip of its CSV alone", folder / "bag" / "data" / "csv", given.reps),
                zipping(f"peer: zip of all its files ({size:,.0f} MB)", folder / "bag", given.reps),
            ]
    print(json.dumps(rows, indent=1) if given.json else table(rows))


if __name__ == "__main__":
    main()
