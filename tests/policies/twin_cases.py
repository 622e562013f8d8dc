"""Random grants and requests for the two deciders: each grant allows something, and is asked for nearly that.

Requests lean towards the edges at which the deciders may differ: the last microsecond, a tenth person, a day
before, a source too many, a rung finer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from policies import planner, tables
from policies.cedar_core import Core
from policies.consent import Grant
from policies.grants import GrantRecord, made
from policies.request import Request
from policies.restriction import Restriction

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
BLOCK = 500
OFTEN = ("steps", "heart_rate", "sleep_duration", "readiness_score", "workouts", "gps_position", "hrv_rmssd")
PURPOSES = ("coaching", "treatment", "research-health", "wellness-programme")
KINDS = (*tables.floors(), "self", "clinician", "coach", "app", "researcher", "employer", "employer")
DAYS = [None, *(date(2026, 11, day) for day in (1, 2, 15, 30))]
COUNTRIES = ("", "US", "US", "US", "DE", "NO", "GB", "CH", "JE", "XX")
GRANTABLE = tuple(name for name, category in tables.categories().items() if category.actions)
COMPUTED = frozenset(tables.data("categories")["computed"]["here"])

Case = tuple[Request, GrantRecord]


def drawn(count: int, seed: int) -> list[Case]:
    """Return the cases of a seed."""
    dice = random.Random(seed)
    return [_case(dice, number) for number in range(count)]


def _case(dice: random.Random, number: int) -> Case:
    metric = dice.choice(OFTEN if dice.random() < 0.7 else GRANTABLE)
    record = _record(dice, number, metric)
    grant, near = record.grant, [record.valid_from, record.valid_until]
    asked = Request(
        grantee=grant.grantee if dice.random() < 0.95 else f"g{number + 1}",
        category=metric if dice.random() < 0.9 else dice.choice(tuple(tables.categories())),
        action=_action(dice, grant),
        purpose=grant.purpose if dice.random() < 0.9 else dice.choice(PURPOSES),
        now=dice.choice([NOW] * 8 + near + [one - TICK for one in near]),
        first_day=dice.choice(DAYS),
        last_day=dice.choice([None, None, *DAYS]),
        k=dice.choice([None, 9, 9, 10, 11, 12, 50, 50, 50]),
        sources=dice.choice([None, None, frozenset({"Watch"}), frozenset({"Watch", "Ring"}), frozenset()]),
    )
    return (planner.clip(asked, record) if dice.random() < 0.6 else asked), record


def _action(dice: random.Random, grant: Grant) -> str:
    (granted,) = map(grant.granted, grant.metrics)
    if grant.kind == "employer" and dice.random() < 0.8:
        return "aggregate"
    return dice.choice(sorted(granted) if dice.random() < 0.6 else tables.actions())


def _record(dice: random.Random, number: int, metric: str) -> GrantRecord:
    grant = _grant(dice, number, metric)
    if dice.random() < 0.1:  # past the checks of a grant, which the deciders don't count on
        grant = grant.model_copy(update=dice.choice([{"withhold": (metric,)}, {"min_k": 1}]))
    record = made(grant, NOW)
    if dice.random() < 0.1:
        record = replace(record, revoked_at=NOW)
    if dice.random() < 0.1:  # renewed
        record = replace(record, valid_until=record.valid_until + timedelta(days=30))
    return replace(record, restricted=tuple(_restricted(random.Random(f"{number}"), metric)))


def _restricted(dice: random.Random, metric: str) -> Iterator[Restriction]:
    """Yield restrictions of a metric, of what it is made of, or of something else; mostly none."""
    looks_back = tables.category(metric).looks_back
    while dice.random() < (0.6 if looks_back else 0.07):
        inputs = sorted(tables.category(metric).inputs)
        other = dice.choice(inputs) if inputs and dice.random() < 0.7 else dice.choice([metric, "caffeine"])
        yield Restriction("r", other, dice.choice(DAYS), dice.choice([None, *DAYS[1:], *DAYS[1:3]]), NOW)


def _grant(dice: random.Random, number: int, metric: str) -> Grant:
    possible = [one for one in tables.actions() if one in tables.category(metric).actions]
    rungs = [one for one in possible if one in tables.ladder()]
    beside = [one for one in possible if one not in rungs and dice.random() < 0.7]
    return Grant(
        id=f"r{number}",
        grantee=f"g{number}",
        kind=dice.choice(KINDS),
        purpose=dice.choice(PURPOSES),
        metrics={metric: "+".join([dice.choice(rungs[:3]), *beside])},
        country=dice.choice(COUNTRIES),
        data_from=dice.choice([None, None, date(2026, 11, 1), date(2026, 11, 2)]),
        data_to=dice.choice([None, date(2026, 11, 15), date(2026, 11, 30)]),
        valid_from=NOW + timedelta(days=dice.choice([-5, -5, 0])),
        valid_until=NOW + timedelta(days=dice.choice([5, 90])),
        sources=dice.choice([(), (), ("Watch",), ("Watch", "Ring")]) if metric not in COMPUTED else (),
        withhold=tuple(one for one in ("hrv_rmssd", "heart_rate") if one != metric and dice.random() < 0.2),
        min_k=dice.choice([10, 10, 12]),
    )


def by_cedar(cases: list[Case]) -> list[bool]:
    """Return what Cedar says to each case."""
    return [
        answer.allowed
        for at in range(0, len(cases), BLOCK)
        for answer in Core([record for _, record in cases[at : at + BLOCK]]).judge(cases[at : at + BLOCK])
    ]


def by_planner(cases: list[Case], judge=planner.judge) -> list[bool]:
    """Return what the planner, or a mutant of it, says to each case."""
    return [judge(asked, record) == planner.GRANTED for asked, record in cases]


def first_seen(cases: list[Case], verdicts: list[bool], decide) -> int | None:
    """Return after how many cases a decider differs from the verdicts, block by block; None if never."""
    for at in range(0, len(cases), BLOCK):
        block = cases[at : at + BLOCK]
        for number, (one, other) in enumerate(zip(decide(block), verdicts[at:])):
            if one != other:
                return at + number + 1
    return None
