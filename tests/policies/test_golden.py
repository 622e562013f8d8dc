"""The golden table: what each kind of grantee gets by each action, of each category, at each edge of time.

Two files hold it, so that a person can read all of it. ``decisions.csv`` has a row for who asks and by which
action, a column for each edge of time, and the reason where a floor refuses. ``possible.csv`` has a row for
each category and what it can be given as at all. Their product is every decision there is, and the two
deciders are asked for all of it. ``python tests/policies/test_golden.py`` writes both anew; ``HAND`` below
is never written by a program.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from policies import tables
from policies.consent import Grant
from policies.decision import Decider
from policies.grants import made
from policies.request import Request
from policies.restriction import Restriction
from policies.validity import settle

DECISIONS = Path(__file__).with_name("decisions.csv")
POSSIBLE = Path(__file__).with_name("possible.csv")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
EDGES = ("just before", "at its begin", "just before its end", "at its end", "revoked", "restricted")
ALIVE = ("at its begin", "just before its end")
READS = set(tables.ladder())
FLOORS = {"kind", "floor", "region", "own-sources", "research", "last-day"}

# Who asks: the kind, and what differs from a grant of everything for health research, in the US, with an end.
WHO = {
    **{kind: (kind, {}) for kind in tables.floors()},
    "app that names its sources": ("app", {"sources": ("My App",)}),
    "researcher without a last day": ("researcher", {"data_to": None}),
    "researcher who treats": ("researcher", {"purpose": "treatment"}),
    "employer in Germany": ("employer", {"country": "DE"}),
    "employer in Norway": ("employer", {"country": "NO"}),
    "employer in the UK": ("employer", {"country": "GB"}),
    "employer in Réunion": ("employer", {"country": "RE"}),
    "employer in Jersey": ("employer", {"country": "JE"}),
    "employer nobody knows where": ("employer", {"country": ""}),
    "employer in no country": ("employer", {"country": "XX"}),
}

# What may ever be given to whom, of a category that can be given in every way; by hand.
COARSE = READS - {"raw", "hourly"}
HAND = {
    "self": READS | {"aggregate", "export", "write"},
    "family": READS | {"aggregate", "export"},
    "clinician": READS | {"aggregate", "export"},
    "coach": COARSE | {"aggregate", "export"},
    "app": COARSE | {"aggregate", "export", "write"},
    "app that names its sources": READS | {"aggregate", "export", "write"},
    "researcher": READS | {"aggregate", "export"},
    "researcher without a last day": set(),
    "researcher who treats": set(),
    "employer": {"aggregate"},
    "employer in Germany": set(),
    "employer in Norway": set(),
    "employer in the UK": set(),
    "employer in Réunion": set(),
    "employer in Jersey": set(),
    "employer nobody knows where": set(),
    "employer in no country": set(),
    "insurer": set(),
    "advertiser": set(),
}


def all_of(name: str) -> str:
    """Return every action a category can be given by, on its finest rung."""
    possible = [action for action in tables.actions() if action in tables.category(name).actions]
    finest = [action for action in possible if action in READS][:1]
    return "+".join([*finest, *(action for action in possible if action not in READS)])


def record_of(kind: str, **changes):
    """Return a grant of everything there is; with sources, without what is computed of all devices."""
    computed = tables.data("categories")["computed"]["here"] if "sources" in changes else ()
    fields = {
        "grantee": "somebody",
        "kind": kind,
        "purpose": "research-health",
        "metrics": {
            name: all_of(name)
            for name, category in tables.categories().items()
            if category.actions and name not in computed
        },
        "country": "US",
        "data_to": date(2026, 12, 31),
    }
    return made(settle(Grant(**(fields | changes)), NOW, ZoneInfo("UTC")), NOW)


def at_edge(record, edge: str, name: str = "steps"):
    """Return the grant as it is at an edge, and the moment; restricted is the category of that name."""
    moments = (record.valid_from - TICK, record.valid_from, record.valid_until - TICK, record.valid_until)
    if edge == "revoked":
        return replace(record, revoked_at=NOW), NOW + TICK
    if edge == "restricted":
        return replace(record, restricted=(Restriction("r", name, None, None, NOW),)), NOW + TICK
    return record, moments[EDGES.index(edge)]


def decided(who: str, names, edges=EDGES) -> dict[tuple[str, str, str], str]:
    """Return (category, action, edge) -> reason, as both deciders say it; to disagree is a reason, too."""
    kind, changes = WHO[who]
    found = {}
    told = record_of(kind, **changes)
    groups = [(edge, [*names]) for edge in edges if edge != "restricted"]
    groups += [("restricted", [name]) for name in names if "restricted" in edges]
    for edge, group in groups:
        record, now = at_edge(told, edge, group[0])
        asked = [
            Request("somebody", name, action, record.grant.purpose, now, k=10)
            for name in group
            for action in tables.actions()
        ]
        for one in Decider(lambda of=record: [of]).decide_all(asked):
            assert one.allowed == (one.reason == "granted")
            found[one.request.category, one.request.action, edge] = one.reason
    return found


def rows_of_decisions() -> list[dict[str, str]]:
    """Return who and action, the decision at each edge, and the legal reason where a floor refuses."""
    rows = []
    for who, (kind, _) in WHO.items():
        told = decided(who, ["steps"])
        for action in tables.actions():
            at = {edge: told["steps", action, edge] for edge in EDGES}
            why = tables.floors()[kind].reason if FLOORS & set(at.values()) else ""
            rows.append({"who": who, "action": action, **at, "why": why})
    return rows


def rows_of_possible() -> list[dict[str, str]]:
    """Return each category, and by which actions its owner's own grant of everything gives it."""
    told = decided("self", tables.categories(), ("at its begin",))
    return [
        {"category": name, **{action: told[name, action, "at its begin"] for action in tables.actions()}}
        for name in tables.categories()
    ]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def expected(decision: str, possible: str, edge: str) -> str:
    """Return the product of the two tables: the first condition that fails, in the planner's order."""
    if decision == "kind":
        return decision
    if possible == "metric" or (edge in (*ALIVE, "restricted") and possible != "granted"):
        return possible
    return decision


def agrees(who: str, names: list[str]) -> int:
    """Assert that the deciders say of some categories what the files say; return how many decisions."""
    possible = {row["category"]: row for row in read(POSSIBLE)}
    rows = {row["action"]: row for row in read(DECISIONS) if row["who"] == who}
    computed = set(tables.data("categories")["computed"]["here"]) if "sources" in WHO[who][1] else set()
    told = decided(who, [name for name in names if name not in computed])
    assert told == {
        (name, action, edge): expected(rows[action][edge], possible[name][action], edge)
        for name, action, edge in told
    }
    return len(told)


@pytest.mark.parametrize("who", WHO)
def test_golden_table_is_what_both_deciders_say(who):
    """Every kind, action and edge of time, of one category for each way in which some can be given."""
    shapes = {tuple(row[action] for action in tables.actions()): row["category"] for row in read(POSSIBLE)}
    assert agrees(who, [*shapes.values()]) >= 9 * len(tables.actions()) * len(EDGES)


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_golden_table_is_what_both_deciders_say_of_all(who):
    """Every action on every category at every edge of time is decided as the two files say."""
    assert agrees(who, [*tables.categories()]) > 5_000


def test_golden_table_knows_what_each_category_can_be_given_as():
    """The table of what is possible has every category, and says what the deciders say."""
    assert rows_of_possible() == read(POSSIBLE)


def test_golden_table_gives_the_reason_of_each_floor():
    """Who is refused by a floor is told which law or rule stands behind it, as the table of floors has it."""
    for row in read(DECISIONS):
        by_floor = bool(FLOORS & set(row.values()))
        assert row["why"] == (tables.floors()[WHO[row["who"]][0]].reason if by_floor else "")


@pytest.mark.parametrize("who", HAND)
def test_golden_table_agrees_with_the_floors_by_hand(who):
    """The table allows what was written down by hand for each kind, and nothing else."""
    told = {
        row["action"] for row in read(DECISIONS) if row["who"] == who and row["at its begin"] == "granted"
    }
    assert told == HAND[who]
    assert HAND.keys() == WHO.keys()


@pytest.mark.parametrize("edge", ["just before", "at its end", "revoked", "restricted"])
def test_golden_table_has_nothing_outside_of_the_validity(edge):
    """Before it begins, from its end on, revoked or restricted, there is no yes at all."""
    assert "granted" not in {row[edge] for row in read(DECISIONS)}


def test_golden_table_last_moment_is_the_first():
    """A grant allows the same in its last microsecond as in its first."""
    assert all(row["at its begin"] == row["just before its end"] for row in read(DECISIONS))


def test_golden_table_has_every_kind_and_action():
    """No kind of grantee and no action is missing from the table."""
    told = {(WHO[row["who"]][0], row["action"]) for row in read(DECISIONS)}
    assert told == {(kind, action) for kind in tables.floors() for action in tables.actions()}


@pytest.mark.parametrize(
    ("name", "never"),
    [
        ("notes", set(tables.actions())),
        ("device_serials", set(tables.actions())),
        ("device_names", {"daily", "aggregate", "write"}),
        ("gps_position", {"hourly", "daily", "weekly", "band", "yes_no", "aggregate"}),
        ("sleep_times", {"hourly", "weekly", "aggregate", "write"}),
        ("illness", {"raw", "hourly", "aggregate", "write"}),
        ("readiness_score", {"raw", "hourly", "write"}),
        ("blood_pressure", {"band", "yes_no", "aggregate"}),
    ],
)
def test_golden_table_agrees_on_what_tells_more_by_hand(name, never):
    """What tells more than a number is given by few actions, as written here by hand."""
    (row,) = [row for row in read(POSSIBLE) if row["category"] == name]
    assert "granted" not in {row[action] for action in never}


def test_golden_table_notices_a_category_that_can_be_given_in_one_more_way(monkeypatch):
    """The deciders share the table of what is possible, so its faults are seen here and not by the twins."""
    found = dict(tables.categories())
    found["sleep_times"] = replace(found["sleep_times"], actions=found["sleep_times"].actions | {"hourly"})
    monkeypatch.setattr(tables, "categories", lambda: found)
    assert rows_of_possible() != read(POSSIBLE)


if __name__ == "__main__":
    write(DECISIONS, rows_of_decisions())
    write(POSSIBLE, rows_of_possible())
