"""Measures what a decision costs among a thousand grants, beside cedarpy alone and casbin.

The idea: every decision is Cedar's and the planner's, so the question is what the second opinion and the
words around it add to a bare call of cedarpy with the same policies, grants and requests, all of them parsed
and built before. Grants are data in memory, as they are once a vault's log of them is read. Times are CPU
times: deciding waits for nothing, so on an idle machine they are what a person waits. casbin stands in the
peers' Python and gets the grants as lines of text to match; it knows no ladder of actions (who may see every
sample may see a day's mean), so it allows fewer.

    python benchmarks/consent.py
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import peers
from measure import ROOT, table

if TYPE_CHECKING:
    from policies.grants import GrantRecord
    from policies.request import Request

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
GRANTS = 1_000
PER_GRANTEE = (1, 4, 10)
GRID = 60
"""Categories of the preview grid; each is asked for by all nine actions."""
PACKS = ("readiness-basics", "sleep-basics", "training-basics", "heart-basics")


def granted(number: int, grantee: str, metrics: dict[str, str]) -> GrantRecord:
    """Return a grant in force."""
    from policies.consent import Grant
    from policies.grants import made
    from policies.validity import settle

    wanted = Grant(id=f"g-{number}", grantee=grantee, kind="clinician", purpose="treatment", metrics=metrics)
    return made(settle(wanted, NOW, ZoneInfo("UTC")), NOW)


def crowd(per_grantee: int) -> list[GrantRecord]:
    """Return a thousand grants, so many to each grantee, of one ready-made set or another."""
    return [
        granted(number, f"person-{number // per_grantee}", {PACKS[number % len(PACKS)]: "daily"})
        for number in range(GRANTS)
    ]


def grid() -> tuple[list[GrantRecord], list[Request]]:
    """Return a thousand grants, the last of which is for the grid, and a request for each of its cells."""
    from policies import tables
    from policies.request import Request

    rungs, readable = tables.ladder(), {}
    for name, category in tables.categories().items():
        if found := [rung for rung in rungs if rung in category.actions]:
            readable[name] = found[0]
    metrics = dict(list(readable.items())[:GRID])
    asked = [
        Request("me", name, action, "treatment", NOW, k=10) for name in metrics for action in tables.actions()
    ]
    return [*crowd(1)[1:], granted(GRANTS, "me", metrics)], asked


def both(records: Sequence[GrantRecord]) -> Callable[[Sequence[Request]], object]:
    """Return what decides by Cedar and the planner."""
    from policies.decision import Decider

    return Decider(lambda: records).decide_all


def cedarpy_alone(records: Sequence[GrantRecord], asked: Sequence[Request]) -> Callable[[], object]:
    """Return a bare call of cedarpy about each request under each grant of its grantee, all built before."""
    import cedarpy

    from policies import cedar_core, planner

    theirs = [record for record in records if record.grant.grantee == asked[0].grantee]
    core = cedar_core.Core(theirs)
    pairs = [(planner.clip(request, record), record) for request in asked for record in theirs]
    built = [cedar_core._request(*pair) for pair in pairs]
    return lambda: cedarpy.is_authorized_batch(built, core._policies, core._entities, core._schema)


def casbin(
    records: Sequence[GrantRecord], asked: Sequence[Request], rounds: int, venv: Path
) -> tuple[list[float], list[bool]]:
    """Return milliseconds of casbin on the same grants, and its answers."""
    lines = [
        [record.grant.grantee, metric, action, record.grant.purpose]
        for record in records
        for metric in record.grant.metrics
        for action in sorted(record.grant.granted(metric))
    ]
    requests = [[one.grantee, one.category, one.action, one.purpose] for one in asked]
    told = json.dumps({"lines": lines, "requests": requests, "rounds": rounds})
    script = Path(__file__).with_name("casbin_peer.py")
    done = subprocess.run(
        [venv / "bin" / "python", script], input=told, stdout=subprocess.PIPE, text=True, check=True
    )
    answer = json.loads(done.stdout)
    return answer["ms"], answer["allowed"]


def timed(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return CPU milliseconds of each call in each round, the first round (which loads) left out."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds + 1):
        for name, call in calls.items():
            began = time.process_time()
            call()
            took[name].append(1e3 * (time.process_time() - began))
    return {name: times[1:] for name, times in took.items()}


def row(
    name: str, records: Sequence[GrantRecord], asked: Sequence[Request], rounds: int, venv: Path
) -> dict[str, Any]:
    """Time requests of one grantee by both deciders, by cedarpy alone and by casbin, and compare answers."""
    by_both = both(records)
    calls = {"both_ms": lambda: by_both(asked), "cedarpy_ms": cedarpy_alone(records, asked)}
    took = timed(calls, rounds)
    theirs, allowed = casbin(records, asked, max(rounds // 10, 3), venv)
    ours = [one.allowed for one in by_both(asked)]
    ratio = median(took["both_ms"]) / median(took["cedarpy_ms"])
    return {
        "": name,
        **took,
        "both / cedarpy": ratio,
        "casbin_ms": theirs,
        "allowed": sum(ours),
        "casbin allows": sum(allowed),
    }


def rows(rounds: int, venv: Path) -> list[dict[str, Any]]:
    """Return one decision among a thousand grants, and the grid of a preview."""
    from policies.request import Request

    found = []
    for count in PER_GRANTEE:
        everyone = crowd(count)
        metric = next(
            metric for one in everyone if one.grant.grantee == "person-7" for metric in one.grant.metrics
        )
        asked = [Request("person-7", metric, "daily", "treatment", NOW)]
        said = f"one decision, {count} {'grant' if count == 1 else 'grants'} to the grantee"
        found.append(row(said, everyone, asked, 20 * rounds, venv))
    records, preview = grid()
    return [*found, row(f"preview of {GRID} categories x 9 actions", records, preview, rounds, venv)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reps", type=int, default=10, help="rounds of each measurement")
    parser.add_argument("--peers-venv", type=Path, default=peers.default_venv())
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    peers.install(given.peers_venv)
    figures = rows(given.reps, given.peers_venv)
    print(json.dumps(figures, indent=1) if given.json else table(figures))


if __name__ == "__main__":
    main()
