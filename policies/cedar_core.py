"""The first decider: Cedar, with one reviewed policy file and grants as entities.

Whatever Cedar reports besides a clean answer is a refusal: it skips policies that err, and a skipped
``forbid`` would let through what it was there to stop. Nothing a person typed becomes policy text; ids and
words travel as JSON values, checked against the schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from policies import tables

if TYPE_CHECKING:
    import cedarpy

    from policies.grants import GrantRecord
    from policies.request import Request
    from policies.restriction import Restriction

__all__ = ["Answer", "Core", "entities"]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What Cedar said: the ids of the policies that decided, and its errors (any is a refusal)."""

    allowed: bool
    rules: tuple[str, ...]
    errors: tuple[str, ...]


class Core:
    """Cedar with the grants of one moment.

    Raises:
        ImportError: cedarpy is not there.
    """

    def __init__(self, records: Iterable[GrantRecord]) -> None:
        self._policies, self._schema = _static()
        self._entities = _base().with_added_json_str(json.dumps(_of_grants(records)), self._schema)

    def judge(self, asked: Sequence[tuple[Request, GrantRecord | None]]) -> list[Answer]:
        """Return the answer to each request under the grant beside it (None: under none).

        Cedar can't go through a list, so it is asked once for each restriction, and has to say yes each time.
        """
        import cedarpy

        told = [record.restricted if record else () for _, record in asked]
        results = iter(
            cedarpy.is_authorized_batch(
                [
                    _request(*pair, one)
                    for pair, found in zip(asked, told, strict=True)
                    for one in found or [None]
                ],
                self._policies,
                self._entities,
                self._schema,
            )
        )
        return [_all([_answer(one) for one in islice(results, len(found) or 1)]) for found in told]


@cache
def _static() -> tuple[cedarpy.PolicySet, cedarpy.Schema]:
    """Parse the two files of the package, once."""
    import cedarpy

    return (
        cedarpy.PolicySet.from_str(tables.read_text("cedar/policies.cedar")),
        cedarpy.Schema.from_str(tables.read_text("cedar/schema.cedarschema")),
    )


@cache
def _base() -> cedarpy.Entities:
    """Parse the categories, once: they are many, and the same under all grants."""
    import cedarpy

    return cedarpy.Entities.from_json_str(json.dumps(_categories()), schema=_static()[1])


def _answer(result: cedarpy.AuthzResult) -> Answer:
    said = result.diagnostics
    names = said.id_annotations_by_reason
    errors = tuple(str(error) for error in said.errors)
    rules = tuple(sorted(names.get(rule, rule) for rule in said.reasons))
    clean = not errors and rules == ("grant",)
    return Answer(bool(result.allowed) and clean, rules, errors)


def _all(answers: Sequence[Answer]) -> Answer:
    """Return the one no among answers to the same request, or the yes they all are."""
    refused = [one for one in answers if not one.allowed]
    return max(refused, key=lambda one: len(one.errors)) if refused else answers[0]


def _request(request: Request, record: GrantRecord | None, restriction: Restriction | None = None) -> Json:
    context: Json = {"purpose": request.purpose, "now": _instant(request.now)}
    if record is not None:
        context["grant"] = _link("Grant", record.id)
    context |= _days(request.first_day, request.last_day)
    if request.sources is not None:
        context["sources"] = sorted(request.sources)
    if request.k is not None:
        context["k"] = request.k
    if restriction is not None:
        context["restriction"] = {
            "category": _link("Category", restriction.category),
            **_days(restriction.first_day, restriction.last_day),
        }
    return {
        "principal": _uid("Grantee", request.grantee),
        "action": _uid("Action", request.action),
        "resource": _uid("Category", request.category),
        "context": context,
    }


def entities(records: Iterable[GrantRecord]) -> list[Json]:
    """Return the categories, the grantees and the grants as Cedar entities."""
    return [*_categories(), *_of_grants(records)]


def _of_grants(records: Iterable[GrantRecord]) -> list[Json]:
    found = list(records)
    cards = {record.grant.grantee: record.grant for record in found}
    grantees = [
        {
            "uid": _uid("Grantee", name),
            "attrs": {"kind": grant.kind, "country": grant.country},
            "parents": [],
        }
        for name, grant in cards.items()
    ]
    return [*grantees, *(_grant(record) for record in found)]


@cache
def _categories() -> tuple[Json, ...]:
    return tuple(
        {
            "uid": _uid("Category", category.name),
            "attrs": {
                "name": category.name,
                "inputs": [_link("Category", name) for name in sorted(category.inputs)],
                "actions": [_link("Action", name) for name in sorted(category.actions)],
                "looksBack": category.looks_back,
            },
            "parents": [],
        }
        for category in tables.categories().values()
    )


def _grant(record: GrantRecord) -> Json:
    grant = record.grant
    attrs: Json = {
        "grantee": _link("Grantee", grant.grantee),
        "purpose": grant.purpose,
        "notBefore": _instant(record.valid_from),
        "notAfter": _instant(record.valid_until),
        "revoked": record.revoked_at is not None,
        "withheld": [_link("Category", name) for name in sorted(grant.withhold)],
        "minK": grant.min_k,
    }
    attrs |= _days(grant.data_from, grant.data_to)
    if grant.sources:
        attrs["sources"] = sorted(grant.sources)
    tags = {
        metric: [_link("Action", action) for action in sorted(grant.granted(metric))]
        for metric in grant.metrics
    }
    return {"uid": _uid("Grant", record.id), "attrs": attrs, "tags": tags, "parents": []}


def _uid(kind: str, name: str) -> Json:
    return {"type": f"Vault::{kind}", "id": name}


def _link(kind: str, name: str) -> Json:
    return {"__entity": _uid(kind, name)}


def _instant(moment: datetime) -> Json:
    utc = moment.astimezone(UTC)
    text = f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"
    return {"__extn": {"fn": "datetime", "arg": text}}


def _days(first: date | None, last: date | None) -> Json:
    """Return a first and a last day, each only if there is one."""
    return {name: _day(day) for name, day in (("dataFrom", first), ("dataTo", last)) if day is not None}


def _day(day: date) -> Json:
    return {"__extn": {"fn": "datetime", "arg": day.isoformat()}}
