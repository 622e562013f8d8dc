"""How long FIT files take to read, one of a long day and five hundred short ones, beside three readers.

The idea: every contender is a process over the same files, and what it read is summed and held against the
others'. The import does more than reading: it merges, encrypts and writes.

    python benchmarks/fit_import.py
    python benchmarks/fit_import.py --folder FOLDER --reps 1   # your own files
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import peers
from apple_import import environment, vitalvault
from fit_readers import READERS
from measure import ROOT, Run, folder_size, run, table

SETS = {"one activity of 100,000 s": (1, 100_000), "500 activities of 900 s": (500, 900)}
OURS = "vitalvault"
IMPORT = "vitalvault import"


def read(reader: str, folder: Path, venv: Path) -> Run:
    """Read a folder by one library, in a process of the Python that has it."""
    python = sys.executable if reader == OURS else venv / "bin" / "python"
    script = Path(__file__).with_name("fit_readers.py")
    return run([python, script, reader, folder], {"PYTHONPATH": str(ROOT)} if reader == OURS else {})


def imported(folder: Path) -> Run:
    """Import a folder into a new vault; the time is that of the import alone."""
    with tempfile.TemporaryDirectory() as scratch:
        run(vitalvault("init"), environment(Path(scratch)))
        return run(vitalvault("import", folder), environment(Path(scratch)))


def compare(folder: Path, given: argparse.Namespace) -> list[dict[str, Any]]:
    """Let all read the same files in turns; ends the benchmark where their sums differ."""
    turns: dict[str, list[Run]] = {name: [] for name in (*READERS, IMPORT)}
    for _ in range(given.reps):
        for reader in READERS:
            turns[reader].append(read(reader, folder, given.peers_venv))
        turns[IMPORT].append(imported(folder))
    sums = {reader: json.loads(turns[reader][0].printed) for reader in READERS}
    for reader, found in sums.items():
        wrong = [name for name in found if not math.isclose(found[name], sums[OURS][name], rel_tol=1e-9)]
        if wrong and not given.folder:
            sys.exit(f"{reader} reads another sum of {', '.join(wrong)} than {OURS}")
    ours = median(done.wall_s for done in turns[OURS])
    return [
        {
            "": name,
            "wall_s": [done.wall_s for done in dones],
            "ratio": median(done.wall_s for done in dones) / ours,
            "cpu_s": [done.cpu_s for done in dones],
            "peak_mb": max(done.peak_mb for done in dones),
            "records": int(sums[name]["records"]) if name in sums else "",
        }
        for name, dones in turns.items()
    ]


def main() -> None:
    """Write the files, run every contender and print a table a set."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=lambda text: Path(text).resolve(), help="your own files instead")
    parser.add_argument("--reps", type=int, default=5, help="turns of each contender")
    parser.add_argument("--peers-venv", type=Path, default=peers.default_venv())
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    peers.install(given.peers_venv)
    figures: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-") as scratch:
        for number, (name, (files, records)) in enumerate({} if given.folder else SETS.items()):
            folder = Path(scratch, str(number))
            script = Path(__file__).with_name("fit_export.py")
            run([sys.executable, script, folder, "--files", str(files), "--records", str(records)])
            figures[f"{name}, {folder_size(folder) / 1e6:.1f} MB"] = compare(folder, given)
        if given.folder:
            figures[given.folder.name] = compare(given.folder, given)
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    for name, rows in figures.items():
        print(name, table(rows), "", sep="\n")


if __name__ == "__main__":
    main()
