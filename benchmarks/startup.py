"""How long a person waits before anything happens: ``--help`` and ``status``, beside Python doing nothing.

The idea: whole processes, taking turns. ``status`` opens the vault, whose key is slow to derive on purpose; a
process that derives the key alone and ends stands beside it, and the difference is ours.

    python benchmarks/startup.py
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from apple_import import environment, in_new_vault, vitalvault, write_export
from measure import Run, run, table

KEY_ALONE = """
import sys
from pathlib import Path
from vault import keys
keys.unlock(Path(sys.argv[1]), passphrase=sys.argv[2]).wipe()
"""


def main() -> None:
    """Make a vault of an export, start each command in turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reps", type=int, default=15, help="turns of each command")
    parser.add_argument("--records", type=int, default=1_000_000, help="what the vault of 'status' holds")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitalvault-bench-") as name:
        folder = Path(name)
        write_export(folder / "export.xml", given.records)
        run(in_new_vault("import", folder / "export.xml", folder), environment(folder))
        env = environment(folder)
        key = [sys.executable, "-c", KEY_ALONE, env["VITALVAULT_PATH"], env["VITALVAULT_PASSPHRASE"]]
        commands: dict[str, list[str | Path]] = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "vitalvault --help": vitalvault("--help"),
            "the key alone": [*key],
            "vitalvault status": vitalvault("status"),
        }
        turns: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(given.reps):
            for name, command in commands.items():
                turns[name].append(run(command, env))
    figures = rows(turns)
    print(json.dumps(figures, indent=1) if given.json else table(figures))


def rows(turns: dict[str, list[Run]]) -> list[dict[str, Any]]:
    """Return a row a command: what it took, and how that stands to what it is held against."""
    wall = {name: median(done.wall_s for done in dones) for name, dones in turns.items()}
    beside = {
        "vitalvault --help": f"{wall['vitalvault --help'] / wall['python -c pass']:.2f} x python -c pass",
        "vitalvault status": f"{wall['vitalvault status'] - wall['the key alone']:.2f} s beyond the key",
    }
    return [
        {
            "": name,
            "wall_ms": [1e3 * done.wall_s for done in dones],
            "cpu_ms": [1e3 * done.cpu_s for done in dones],
            "peak_mb": max(done.peak_mb for done in dones),
            "held against": beside.get(name, ""),
        }
        for name, dones in turns.items()
    ]


if __name__ == "__main__":
    main()
