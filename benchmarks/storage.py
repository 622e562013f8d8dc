"""Compares storing five million heart rates, and three questions of them, with rows, DuckDB and Parquet.

The idea: one file of columns goes to every store, each in a process of its own, taking turns. Only the vault
and SQLCipher's rows are encrypted. A question's answers are held against each other: speed by another answer
is no speed.

    python benchmarks/storage.py
    python benchmarks/storage.py --samples 50000000 --only vitalvault   # growth
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
from measure import ROOT, Run, folder_size, run, table
from stores import QUESTIONS, STORES

OURS = {"vitalvault", "sqlcipher-rows"}
"""What this checkout's Python runs; the rest is in the peers' own."""
ENCRYPTED = OURS


def child(store: str, venv: Path, *words: str | Path) -> tuple[Run, dict[str, Any]]:
    """Run one task of a store by the Python that has it."""
    python = sys.executable if store in OURS else venv / "bin" / "python"
    script = Path(__file__).with_name("stores.py")
    task, *rest = words
    environment = {"PYTHONPATH": str(ROOT)} if store in OURS else {}
    done = run([python, script, task, store, *rest], environment)
    return done, json.loads(done.printed)


def same(one: list[float], other: list[float]) -> bool:
    """Whether two answers are equal, sums in floating point up to their order."""
    return one[0] == other[0] and math.isclose(one[1], other[1], rel_tol=1e-9)


def writing(scratch: Path, samples: Path, given: argparse.Namespace) -> list[dict[str, Any]]:
    """Write to each store in turns; what the last turn left is what is asked then."""
    took: dict[str, list[tuple[Run, float]]] = {name: [] for name in given.only}
    for turn in range(given.reps):
        for name in given.only:
            folder = scratch / f"{name}-{turn}"
            folder.mkdir()
            done, figures = child(name, given.peers_venv, "write", samples, folder)
            took[name].append((done, figures["seconds"]))
    size = {name: folder_size(scratch / f"{name}-{given.reps - 1}") for name in given.only}
    ours = median(seconds for _, seconds in took[given.only[0]])
    return [
        {
            "": f"{name}{' (encrypted)' if name in ENCRYPTED else ''}",
            "write_s": [seconds for _, seconds in turns],
            "ratio": median(seconds for _, seconds in turns) / ours,
            "peak_mb": max(done.peak_mb for done, _ in turns),
            "bytes": size[name],
            "bytes_a_sample": size[name] / given.samples,
        }
        for name, turns in took.items()
    ]


def asking(scratch: Path, given: argparse.Namespace) -> list[dict[str, Any]]:
    """Ask each store each question in fresh processes, in turns, and hold the answers against each other."""
    rows = []
    for question in QUESTIONS:
        took: dict[str, list[tuple[Run, dict[str, Any]]]] = {name: [] for name in given.only}
        for _ in range(given.reps):
            for name in given.only:
                folder = scratch / f"{name}-{given.reps - 1}"
                took[name].append(child(name, given.peers_venv, "ask", question, folder))
        answers = {name: turns[0][1]["answer"] for name, turns in took.items()}
        if not all(same(answers[given.only[0]], answer) for answer in answers.values()):
            sys.exit(f"{question}: the stores disagree: {answers}")
        rows += [
            {
                "": f"{question}: {name}",
                "first_ms": [figures["cold_ms"] for _, figures in turns],
                "next_ms": [figures["warm_ms"] for _, figures in turns],
                "peak_mb": max(done.peak_mb for done, _ in turns),
                "rows": answers[name][0],
            }
            for name, turns in took.items()
        ]
    return rows


def main() -> None:
    """Make the samples, write them, ask, print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=5_000_000)
    parser.add_argument("--reps", type=int, default=5, help="turns of each store")
    parser.add_argument("--only", nargs="+", default=list(STORES), choices=list(STORES))
    parser.add_argument("--peers-venv", type=Path, default=peers.default_venv())
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    peers.install(given.peers_venv)
    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-") as name:
        scratch = Path(name)
        samples = scratch / "samples.npz"
        run([sys.executable, Path(__file__).with_name("stores.py"), "make", str(given.samples), samples, "-"])
        written = writing(scratch, samples, given)
        asked = asking(scratch, given)
    if given.json:
        print(json.dumps({"written": written, "asked": asked}, indent=1))
    else:
        print(table(written), table(asked), sep="\n\n")


if __name__ == "__main__":
    main()
