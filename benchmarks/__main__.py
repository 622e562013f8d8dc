"""Every benchmark one after the other, and the page of what they said last.

    python -m benchmarks                      # all of them: two hours, 2 GB of disk
    python -m benchmarks --only storage fhir  # some; the page keeps the others' last figures
    python -m benchmarks --page               # write the page again from figures.json, measuring nothing

The idea: each benchmark is a script that can be run alone and prints its figures as JSON; what all of them
said last is in ``figures.json``, and ``docs/reference/benchmarks.md`` is made from that and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))  # so that the scripts find each other however they are run

from measure import ROOT, run, table
from targets import verdicts

FIGURES = Path(__file__).with_name("figures.json")
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"


class Part(NamedTuple):
    """One run of a script: what it asks, and with which options."""

    asks: str
    script: str
    options: tuple[str, ...] = ()


PARTS = {
    "apple": Part("An Apple export, beside what else reads it", "apple_import.py", ("--reps", "5")),
    "apple-one-core": Part(
        "The same on one core", "apple_import.py", ("--reps", "5", "--skip-slow", "--cores", "1")
    ),
    "apple-growth": Part(
        "Ten times the records; the same file again; a later export; a zip",
        "apple_import.py",
        ("--reps", "3", "--scale", "--reimport", "--zip"),
    ),
    "fit": Part("FIT files, beside three readers", "fit_import.py"),
    "fitbit": Part(
        "A Fitbit archive, beside json.load of the same files", "fitbit_import.py", ("--runs", "5")
    ),
    "storage": Part("Five million samples in four stores", "storage.py"),
    "storage-growth": Part(
        "Fifty million samples, ten times as many", "storage.py", ("--samples", "50000000", "--reps", "1")
    ),
    "merge": Part("Three devices merged into daily values, beside pandas", "merge_daily.py", ("--reps", "5")),
    "readiness": Part("Readiness of ten years", "readiness.py"),
    "fhir": Part("FHIR NDJSON, beside fhir.resources", "fhir_export.py"),
    "bundle": Part("The whole bundle, beside zip of the same tables", "bundle.py"),
    "consent": Part("Decisions and previews, beside cedarpy alone and casbin", "consent.py"),
    "care": Part("Open, erase, back up, verify", "vault_care.py", ("--gigabytes", "0")),
    "startup": Part("Start-up, beside Python that does nothing", "startup.py"),
}


def measured(part: Part) -> Any:
    """Run a script and return its figures."""
    script = Path(__file__).with_name(part.script)
    figures = json.loads(run([sys.executable, script, *part.options, "--json"]).printed)
    return {"rows": figures} if isinstance(figures, list) else figures


def machine() -> dict[str, str]:
    """Return what the figures were measured on, without the name of anything of yours."""
    names = [line.partition(":")[2].strip() for line in _cpu_info() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "processor": names[0] if names else platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "numpy": version("numpy"),
    }


def _cpu_info() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.is_file() else []


def page(told: dict[str, Any]) -> str:
    """Return the page: the targets, then every script's tables."""
    head = Path(__file__).with_name("page_head.txt").read_text("utf-8")
    parts = [head, table(verdicts({name: one["figures"] for name, one in told.items()})), ""]
    for name, part in PARTS.items():
        if name in told:
            parts += _section(part, told[name])
    return "\n".join(parts)


def _section(part: Part, told: dict[str, Any]) -> list[str]:
    command = " ".join(["python", f"benchmarks/{part.script}", *part.options])
    where = ", ".join(f"{name} {value}" for name, value in told["machine"].items())
    return [f"## {part.asks}", "", f"`{command}`; {told['day']}; {where}", "", *_tables(told["figures"])]


def _tables(figures: Any, heading: str = "") -> list[str]:
    """Return what a script printed: each list of rows as a table, each number as a line."""
    if isinstance(figures, list) and figures and isinstance(figures[0], dict):
        return [*([f"**{heading}**", ""] if heading else []), table(figures), ""]
    if isinstance(figures, dict):
        rows = {key: value for key, value in figures.items() if isinstance(value, (dict, list))}
        plain = {key: value for key, value in figures.items() if key not in rows}
        nested = [
            line for key, value in rows.items() for line in _tables(value, "" if key == "rows" else key)
        ]
        words = ["; ".join(f"{key.replace('_', ' ')}: {_said(value)}" for key, value in plain.items()), ""]
        return nested + (words if plain else [])
    return []


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        f"{value:.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    )


def main() -> None:
    """Run what was asked for, keep the figures, write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="NAME")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page again")
    given = parser.parse_args()
    told: dict[str, Any] = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    for name in () if given.page else given.only:
        print(f"{name}: {PARTS[name].asks}", file=sys.stderr)
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        told[name] = {"day": day, "machine": machine(), "figures": measured(PARTS[name])}
        FIGURES.write_text(json.dumps(told, indent=1) + "\n")
    PAGE.write_text(page(told), "utf-8")
    print(table(verdicts({name: one["figures"] for name, one in told.items()})))


if __name__ == "__main__":
    main()
