"""Runs commands as child processes and says what each took: wall time, CPU time, peak memory.

The idea: the kernel's account of a finished child (``wait4``) is the same for every contender, whatever
it is written in. This module and those who use it import nothing big: on Linux a child's peak begins at
what its parent held when it was started.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

__all__ = ["ROOT", "Run", "folder_size", "run", "table"]

ROOT = Path(__file__).parent.parent
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Run:
    """One finished process: seconds, megabytes (10^6), and what it printed.

    The peak is that of the largest process, not a sum, if it started processes of its own.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    printed: str


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end, from this checkout's root so that its packages are found.

    Raises:
        RuntimeError: It failed; with the end of what it said.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as words:
        began = time.perf_counter()
        child = subprocess.Popen(
            [*map(str, command)],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=words,
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            words.seek(0)
            said = words.read().decode(errors="replace")[-2_000:]
            raise RuntimeError(f"{command[0]} ended with {child.returncode}: {said}")
        out.seek(0)
        printed = out.read().decode()
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RSS_UNIT / 1e6, printed)


def folder_size(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of equal keys as a Markdown table; a list is shown as its median (least-most)."""
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return f"{median(value):.2f} ({min(value):.2f}-{max(value):.2f})"
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
