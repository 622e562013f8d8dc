"""The pages on JSON tell of every key that is printed, and of no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

PAGES = [
    Path(__file__).parents[2] / "docs" / "reference" / name
    for name in (
        "json.md",
        "json-strength.md",
        "json-consent.md",
        "json-care.md",
    )  # the last changes what the others show
]
BEFORE = (
    "vitalvault sources prefer 'Alex’s iPhone' --metric flights_climbed --from 2026-01-01 --to 2026-12-31",
    "vitalvault import workouts.csv trials.csv",
    "vitalvault checkin --energy 2 --sleep-quality 1 --soreness 3 --mood 3",
    "vitalvault share keygen --out anna.key --name Anna",
    "vitalvault consent grant coach-anna --preset coach --card anna.key.card --yes-i-saw SEEN",
    "vitalvault show heart_rate --as coach-anna --for coaching",
    "vitalvault show readiness_score --as coach-anna --for coaching",
)
MORE = {
    "map scale.csv --json": ["map scale.csv --check scale.toml --json"],
    "restrict heart_rate --from 2026-03-01 --to 2026-03-02 --json": ["restrict heart_rate --lift --json"],
    "import export.zip --json": ["import broken.xml --json", "import scale.csv --map scale.toml --json"],
    "readiness --json": ["readiness 2025-12-20 --json", "readiness 2026-03-14 --json"],
}
"""More answers of the same kind, so that every key is seen filled."""

BROKEN = """<?xml version="1.0" encoding="UTF-8"?>
<HealthData locale="de_DE">
<ExportDate value="2026-04-05 09:00:00 +0200"/>
<Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Health Mate" unit="kg" value="heavy"
 startDate="2026-04-01 07:00:00 +0200" endDate="2026-04-01 07:00:00 +0200"/></HealthData>
"""
SCALE = "When,Weight (kg),By\n2026-04-05,81,Ann\nsoon,82,\n2026-04-02,,\n"
WORKOUTS = "title,start_time,end_time,exercise_title,set_index,set_type,weight_kg,reps,rpe\n" + "".join(
    f'Legs,"{day} 2026, 17:00","{day} 2026, 18:00",Squat (Barbell),0,normal,100,{reps},8\n'
    for day, reps in (("20 Mar", 6), ("27 Mar", 8), ("3 Apr", 8))
)
TRIALS = "session_id,started_at,trial,rt_ms,outcome\na,2026-04-01T08:00:00Z,1,250,hit\n"
MAPPING = """name = "scale"
kind = "sample"
time = { columns = ["When"], tz = "Europe/Berlin" }
fields = { body_mass = { column = "Weight (kg)", unit = "kg" } }
values = { menstrual_flow = { column = "By" } }
"""


def documented() -> dict[str, set[str]]:
    """Return command -> the keys in its table."""
    tables: dict[str, set[str]] = {}
    for line in "\n".join(page.read_text("utf-8") for page in PAGES).splitlines():
        if heading := re.fullmatch(r"## `(.+)`", line):
            keys = tables[heading[1]] = set()
        elif line.startswith("## "):
            keys = set()
        elif (row := re.match(r"\| (?!key |---)(.+?) \|", line)) and tables:
            keys.update(row[1].replace("`", "").split(", "))
    return tables


def filled(value, path=""):
    """Yield the path of everything in a document that holds no further keys, or none here."""
    below = [(f".{key}", one) for key, one in value.items()] if isinstance(value, dict) else []
    if isinstance(value, list) and value and isinstance(value[0], dict):
        below = [("[]", one) for one in value]
    if not below:
        yield path.removeprefix(".")
    for step, one in below:
        yield from filled(one, path + step)


def matches(key: str, path: str) -> bool:
    """Whether a key of the page is the one at that path, with ``<name>`` for any one name."""
    pattern = re.sub(r"<\w+>", r"[^.]+", re.escape(key).replace(r"\<", "<").replace(r"\>", ">"))
    return re.fullmatch(pattern, path) is not None


def test_every_key_is_documented_and_no_other(shell):
    """For each command on the page, the keys in its table are those of its answers."""
    Path("broken.xml").write_text(BROKEN, "utf-8")
    Path("scale.csv").write_text(SCALE, "utf-8")
    Path("scale.toml").write_text(MAPPING, "utf-8")
    Path("workouts.csv").write_text(WORKOUTS, "utf-8")
    Path("trials.csv").write_text(TRIALS, "utf-8")
    for line in BEFORE:
        shell.line(line)
    for command, keys in documented().items():
        paths: set[str] = set()
        for line in (command, *MORE.get(command, [])):
            ran = shell.line(f"vitalvault {line}".replace("HASH", "SEEN"))
            assert ran.out, f"{line}: {ran.err}"
            paths.update(filled(json.loads(ran.out)))
        empty = {path for path in paths if any(other.startswith((f"{path}.", f"{path}[")) for other in paths)}
        assert {path for path in paths - empty if not any(matches(key, path) for key in keys)} == set(), (
            command
        )
        assert {key for key in keys if not any(matches(key, path) for path in paths)} == set(), command


def test_every_json_command_is_on_the_page():
    """Every command that takes --json is on the page, with a table or in the last section."""
    text = "".join(page.read_text("utf-8") for page in PAGES)
    for command in (
        "init",
        "sources",
        "demo",
        "consent show",
        "consent list",
        "consent receipt",
        "audit export",
    ):
        assert f"`{command}" in text
