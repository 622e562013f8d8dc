"""Measures what a decision costs among a thousand grants, by both deciders and by the planner alone.

The idea: Cedar is the second opinion, so the question is what it adds. Grants are data in memory, as they are
once a vault's log of them is read; nothing is read from a vault. Times are CPU times: deciding waits for
nothing, so on an idle machine they are what a person waits.

    python benchmarks/consent.py
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

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


def planner_alone(records: Sequence[GrantRecord]) -> Callable[[Sequence[Request]], object]:
    """Return what decides by the planner, as if there were no second opinion."""
    from policies import planner

    def decide(requests: Sequence[Request]) -> list[list[str]]:
        theirs = [record for record in records if record.grant.grantee == requests[0].grantee]
        return [
            [planner.judge(planner.clip(request, record), record) for record in theirs]
            for request in requests
        ]

    return decide


def timed(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return CPU milliseconds of each call in each round, the first round (which loads) left out."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds + 1):
        for name, call in calls.items():
            began = time.process_time()
            call()
            took[name].append(1e3 * (time.process_time() - began))
    return {name: times[1:] for name, times in took.items()}


def decision(per_grantee: int, rounds: int) -> dict[str, Any]:
    """Time one decision among a thousand grants."""
    from policies.request import Request

    records = crowd(per_grantee)
    asked = [Request("person-7", "sleep_duration", "daily", "treatment", NOW)]
    by_both, alone = both(records), planner_alone(records)
    took = timed({"both_ms": lambda: by_both(asked), "planner_ms": lambda: alone(asked)}, 20 * rounds)
    return {"": f"one decision, {per_grantee} grants to the grantee", **took}


def first_decision(rounds: int) -> dict[str, Any]:
    """Time the first decision about a grantee, for which Cedar has to be given their grants."""
    from policies.request import Request

    records = crowd(4)
    asked = [Request("person-7", "sleep_duration", "daily", "treatment", NOW)]
    return {
        "": "the first one, 4 grants",
        **timed({"both_ms": lambda: both(records)(asked)}, rounds),
        "planner_ms": "",
    }


def whole_grid(rounds: int) -> list[dict[str, Any]]:
    """Time the preview grid: asked for at once, and cell by cell."""
    records, asked = grid()
    by_both, alone = both(records), planner_alone(records)
    took = timed(
        {
            "at once": lambda: by_both(asked),
            "cell by cell": lambda: [by_both([one]) for one in asked],
            "planner": lambda: alone(asked),
        },
        rounds,
    )
    name = f"grid of {len(asked) // 9} x 9"
    return [
        {"": f"{name}, at once", "both_ms": took["at once"], "planner_ms": took["planner"]},
        {"": f"{name}, cell by cell", "both_ms": took["cell by cell"], "planner_ms": ""},
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reps", type=int, default=10, help="rounds of each measurement")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    rows = [decision(count, given.reps) for count in PER_GRANTEE]
    rows += [first_decision(given.reps), *whole_grid(given.reps)]
    print(json.dumps(rows, indent=1) if given.json else table(rows))


if __name__ == "__main__":
    main()
