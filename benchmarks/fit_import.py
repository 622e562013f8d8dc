"""How long a folder of FIT files takes: the whole import, our reading alone, and fitdecode's decoding alone.

    python benchmarks/fit_import.py ../shared/samples/garmin/set-a     # any folder of FIT files
    python benchmarks/fit_import.py FOLDER --runs 3

The idea: every contender is a child process over the same files, fitdecode as it comes (with its default
processor, checks off, so that it reads as much as we do). The import does more: it merges, encrypts, writes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from measure import Run, run, table

START = "from cli.main import main; main()"
READ = """
import sys
from pathlib import Path
from adapters.base import Options
from adapters.fit import ADAPTER
print(sum(1 for _ in ADAPTER.read(Path(sys.argv[1]), Options())))
"""
FITDECODE = """
import sys
from pathlib import Path
import fitdecode
options = {"check_crc": fitdecode.CrcCheck.DISABLED, "error_handling": fitdecode.ErrorHandling.IGNORE}
count = 0
for path in sorted(Path(sys.argv[1]).rglob("*.fit")):
    try:
        with fitdecode.FitReader(path, **options) as reader:
            count += sum(1 for _ in reader)
    except fitdecode.FitError:
        pass
print(count)
"""


def imported(folder: Path) -> Run:
    """Import a folder into a new vault; the time is that of the import alone."""
    with tempfile.TemporaryDirectory() as scratch:
        env = {
            "VITALVAULT_PATH": str(Path(scratch, "bench.vault")),
            "VITALVAULT_PASSPHRASE": "only for figures",
        }
        run([sys.executable, "-c", START, "init"], env)
        return run([sys.executable, "-c", START, "import", folder], env)


def main() -> None:
    """Run every contender and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=lambda text: Path(text).resolve())
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    contenders = {
        "vitalvault import": imported,
        "our reading alone": lambda folder: run([sys.executable, "-c", READ, folder]),
        "fitdecode alone": lambda folder: run([sys.executable, "-c", FITDECODE, folder]),
    }
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for _ in range(given.runs):
        for name, contender in contenders.items():
            runs[name].append(contender(given.folder))
    files = sum(1 for _ in given.folder.rglob("*.fit"))
    print(f"{files:,} files; {os.cpu_count()} cores; Python {sys.version.split()[0]}\n")
    print(
        table(
            [
                {
                    "": name,
                    "wall_s": [done.wall_s for done in dones],
                    "cpu_s": [done.cpu_s for done in dones],
                    "peak_mb": [done.peak_mb for done in dones],
                }
                for name, dones in runs.items()
            ]
        )
    )


if __name__ == "__main__":
    main()
