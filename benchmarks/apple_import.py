"""Compares importing an Apple export with what else reads it, in one run, taking turns.

The idea: every contender is a whole process on the same file with an empty folder to write to, so start-up,
key derivation and encryption count. Seconds belong to a machine; take the ratios.

    python benchmarks/apple_import.py                            # the comparison
    python benchmarks/apple_import.py --scale --reimport --zip   # how the import grows, repeats, unpacks
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import peers
from measure import Run, folder_size, run, table

START = "from cli.start import main; main()"
"""What the ``vitalvault`` script does, but from this checkout, installed or not."""
GENERATOR = Path(__file__).with_name("apple_export.py")
SCALE = 10
NEW_PERCENT = 2
KEPT = {"samples": "records", "workouts": "workouts"}
"""What ``status --json`` counts, and what the generator calls it."""

Figures = dict[str, Any]
Command = list[str | Path]


@dataclass(frozen=True)
class Contender:
    """One row of a table; ``command`` gets an empty folder, which it may prepare."""

    name: str
    command: Callable[[Path], Command]
    extra_environment: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def take_turn(self, scratch: Path, check: Callable[[Path], None] = lambda _: None) -> None:
        """Run once in a folder of its own, and check what it left there."""
        with tempfile.TemporaryDirectory(dir=scratch) as name:
            folder = Path(name)
            self.runs.append(run(self.command(folder), environment(folder) | self.extra_environment))
            self.sizes.append(folder_size(folder))
            check(folder)

    def row(self) -> Figures:
        """Return what its turns took, and the size of what the last one left."""
        return {
            "": self.name,
            "wall_s": [done.wall_s for done in self.runs],
            "cpu_s": [done.cpu_s for done in self.runs],
            "peak_mb": [done.peak_mb for done in self.runs],
            "output_bytes": self.sizes[-1],
        }


def environment(folder: Path) -> dict[str, str]:
    """Return where the vault lies and what opens it."""
    return {"VITALVAULT_PATH": str(folder / "bench.vault"), "VITALVAULT_PASSPHRASE": "only for figures"}


def vitalvault(*words: str | Path) -> Command:
    """Return a command line of ``vitalvault``."""
    return [sys.executable, "-c", START, *words]


def in_new_vault(*words: str | Path) -> Command:
    """Create a vault in the folder that stands last, and return the command line to time there."""
    *command, folder = words
    run(vitalvault("init"), environment(Path(folder)))
    return vitalvault(*command)


def write_export(path: Path, records: int, *options: str) -> dict[str, int]:
    """Write a synthetic export, in a process of its own to keep this one small; return its counts."""
    command: Command = [sys.executable, GENERATOR, path, "--records", str(records), *options]
    counts: dict[str, int] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return counts


def check_complete(counts: dict[str, int], folder: Path) -> None:
    """End the benchmark if the vault does not hold what was generated: speed by loss is no speed."""
    status = json.loads(run(vitalvault("status", "--json"), environment(folder)).printed)
    if any(status[kept] != counts[written] for kept, written in KEPT.items()):
        sys.exit(f"generated {counts}, but the vault says {status}")


def compare(scratch: Path, given: argparse.Namespace) -> Figures:
    """Let all contenders read the same file in turns; the ratios are to ours."""
    export = scratch / "export.xml"
    counts = write_export(export, given.records)
    peers.install(given.peers_venv)
    ours = Contender("vitalvault import", partial(in_new_vault, "import", export))
    others = [
        Contender(name, partial(command, export, given.peers_venv))
        for name, command in peers.COMMANDS.items()
        if not (given.skip_slow and name in peers.SLOW)
    ]
    for _ in range(given.reps):
        ours.take_turn(scratch, partial(check_complete, counts))
        for other in others:
            other.take_turn(scratch)
    export.unlink()
    rows = [contender.row() for contender in [ours, *others]]
    for row in rows:
        row["bytes_per_record"] = row["output_bytes"] / given.records
        row["wall_ratio"] = median(row["wall_s"]) / median(rows[0]["wall_s"])
        row["cpu_ratio"] = median(row["cpu_s"]) / median(rows[0]["cpu_s"])
    return {"rows": rows, "export": counts}


def scale(scratch: Path, given: argparse.Namespace) -> Figures:
    """Import the file and one of ``SCALE`` times the records: time should follow, memory should not.

    Opening alone is a row too: its key derivation takes memory on purpose, which may hide the import's.
    """
    opening = Contender("opening only", partial(in_new_vault, "imports"))
    opening.take_turn(scratch)
    rows = [opening.row()]
    for records in (given.records, SCALE * given.records):
        export = scratch / "export.xml"
        counts = write_export(export, records)
        ours = Contender(f"{records:,} records", partial(in_new_vault, "import", export))
        for _ in range(given.reps):
            ours.take_turn(scratch, partial(check_complete, counts))
        rows.append(ours.row())
        export.unlink()
    few, many = rows[1:]
    return {
        "rows": rows,
        "wall_ratio": median(many["wall_s"]) / median(few["wall_s"]),
        "peak_ratio": max(many["peak_mb"]) / max(few["peak_mb"]),
    }


def reimport(scratch: Path, given: argparse.Namespace) -> Figures:
    """Import an export, the same file again, and the export of a later day with all addresses new."""
    first, later = scratch / "first.xml", scratch / "later.xml"
    counts = write_export(first, given.records)
    new = write_export(later, given.records, "--pointer-seed", "1", "--extra", str(NEW_PERCENT))
    rows = []
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        folder = Path(name)
        run(vitalvault("init"), environment(folder))
        for step, export, written in (
            ("first", first, counts),
            ("same file", first, counts),
            ("later", later, new),
        ):
            done = run(vitalvault("import", "--json", export), environment(folder))
            check_complete(written, folder)
            report = json.loads(done.printed)
            reported = {name: report[name] for name in ("added", "duplicate", "updated", "rejected")}
            rows.append({"": step, "wall_s": done.wall_s, "peak_mb": done.peak_mb, **reported})
    return {"rows": rows, "first_export": counts, "later_export": new}


def unpack(scratch: Path, given: argparse.Namespace) -> Figures:
    """Import the same export plain and as ``export.zip``, and look for temporary files.

    One that is gone again still shows: its folder has changed since.
    """
    export, archive, temporary = scratch / "export.xml", scratch / "export.zip", scratch / "temporary"
    counts = write_export(export, given.records)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.write(export, "apple_health_export/export.xml")
    temporary.mkdir()
    before = temporary.stat().st_mtime_ns
    rows = []
    for path in (export, archive):
        ours = Contender(path.name, partial(in_new_vault, "import", path), {"TMPDIR": str(temporary)})
        for _ in range(given.reps):
            ours.take_turn(scratch, partial(check_complete, counts))
        rows.append({**ours.row(), "input_bytes": path.stat().st_size})
    return {
        "rows": rows,
        "temporary_files_left": len(list(temporary.iterdir())),
        "temporary_folder_changed": temporary.stat().st_mtime_ns != before,
    }


SECTIONS = {"compare": compare, "scale": scale, "reimport": reimport, "zip": unpack}


def main() -> None:
    """Run the sections asked for, or the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--reps", type=int, default=3, help="turns of each contender")
    parser.add_argument(
        "--compare", action="store_true", help="with others (default if nothing else is asked)"
    )
    parser.add_argument("--scale", action="store_true", help=f"once and {SCALE} times the records")
    parser.add_argument("--reimport", action="store_true", help="the same again, and a later export")
    parser.add_argument("--zip", action="store_true", help="from export.zip, looking for temporary files")
    parser.add_argument(
        "--peers-venv", type=Path, default=peers.default_venv(), help="where the others are installed"
    )
    parser.add_argument("--skip-slow", action="store_true", help="leave out what needs gigabytes and minutes")
    parser.add_argument("--cores", type=int, help="let all contenders have so many cores only (Linux)")
    parser.add_argument("--json", action="store_true", help="all figures as one JSON document")
    given = parser.parse_args()
    if given.cores:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.cores])  # inherited by what it starts
    names = [name for name in SECTIONS if getattr(given, name)] or ["compare"]
    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-") as scratch:
        figures = {name: SECTIONS[name](Path(scratch), given) for name in names}
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    for name in names:
        rows = figures[name].pop("rows")
        print(name, table(rows), *(f"{key}: {value}" for key, value in figures[name].items()), "", sep="\n")


if __name__ == "__main__":
    main()
