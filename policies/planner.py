"""The project's own decider: every condition in turn, and the first that fails in words.

It shares no rule with the Cedar policy, only the tables of what there is; ``decision`` releases only what
both allow. ``clip`` cuts a request down to what a grant covers, ``judge`` says whether that may be released.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from typing import TYPE_CHECKING

from policies import restriction, tables

if TYPE_CHECKING:
    from policies.grants import GrantRecord
    from policies.request import Request
    from policies.restriction import Days
    from policies.tables import Floor

__all__ = ["FOR_EVER", "GRANTED", "clip", "floor_says", "hint", "judge", "progress", "say"]

GRANTED = "granted"

_FIXED = "no grant can change this"

_WORDS = {
    "no-grant": "nothing is granted to {grantee}",
    "other-grantee": "that grant is somebody else's, not {grantee}'s",
    "kind": "nothing is ever given to {kind}: {floor}",
    "purpose": "granted for {granted_purpose}, not for {purpose}",
    "metric": "{category} is not granted to {grantee}",
    "revoked": "the grant was revoked",
    "pending": "the grant begins at {begin}",
    "expired": "the grant ended at {end}",
    "withheld": "{category} is withheld, or tells of something that is",
    "granularity": "granted is {granted_words}, not {action_words}",
    "no-transform": "there is no way to give {category} as {action}",
    "floor": "{kind} is never given {action_words}: {floor}",
    "region": "nothing is given to an employer in {country}: {floor}",
    "own-sources": "single values go back to an app only from sources its grant names: {floor}",
    "research": "a researcher needs a research purpose: {floor}",
    "last-day": "a researcher's grant needs a last day of data: {floor}",
    "k": "a total over fewer than {k} people",
    "window": "granted are the days {days}",
    "sources": "granted are only the sources the grant names",
    "restricted": "{category}, or something it tells of, is restricted by its owner {restricted_days}",
    GRANTED: "granted: {action_words}, until {end}",
    "no-cedar": "the policy engine is not installed, so only the owner may read",
    "error": "the decision could not be made, so it is a no",
    "disagreement": "the two deciders disagree, so it is a no; the audit log has an alarm",
}
"""Reason code -> words, in the order in which the conditions are looked at."""

_HINTS = {
    "no-grant": "the owner can make a grant with 'vitalvault consent grant'",
    "metric": "the owner can add it with a new grant: 'vitalvault consent grant'",
    "withheld": "the owner withheld it in the grant",
    "granularity": "ask for it the way it is granted, or ask the owner for a new grant",
    "purpose": "state the purpose the grant was made for",
    "expired": "the owner can renew it with 'vitalvault consent renew'",
    "revoked": "only the owner can make a new grant",
    "pending": "wait until the grant begins",
    "window": "ask for days inside of the grant",
    "sources": "ask for the sources the grant names",
    "restricted": "ask for other days, or wait until the owner lifts it with 'vitalvault restrict --lift'",
    "no-cedar": "install cedarpy, a dependency of vitalvault",
    "error": "run 'vitalvault audit verify'",
    "disagreement": "please report this: it is a fault of VitalVault",
    "own-sources": "name the app's own sources in the grant",
    "last-day": "make the grant with a last day of data",
    "k": "ask for a total over more people",
    "kind": _FIXED,
    "floor": _FIXED,
    "region": _FIXED,
    "research": _FIXED,
    "no-transform": _FIXED,
}


FOR_EVER = frozenset(reason for reason, hint in _HINTS.items() if hint == _FIXED)
"""Reasons that hold whatever is granted."""


def progress(reason: str) -> int:
    """Return how far a request came, to tell which of several refusals was the nearest to a yes."""
    return list(_WORDS).index(reason)


def hint(reason: str) -> str:
    """Return what to do next about a refusal."""
    return _HINTS.get(reason, "")


def say(reason: str, request: Request, record: GrantRecord | None = None) -> str:
    """Return a reason in words, without any value from the vault."""
    known = {
        "grantee": request.grantee,
        "category": request.category,
        "purpose": request.purpose,
        "action": request.action,
        "action_words": tables.words(request.action),
    }
    return _WORDS[reason].format_map(known | (_about(request, record) if record else {}))


def _about(request: Request, record: GrantRecord) -> dict[str, str]:
    grant = record.grant
    named = [action for action in tables.actions() if action in grant.granted(request.category)]
    return {
        "granted_purpose": grant.purpose,
        "granted_words": tables.words(named[0]) if named else "nothing",
        "kind": f"{'an' if grant.kind[0] in 'aei' else 'a'} {grant.kind}",
        "country": grant.country if tables.is_country(grant.country) else "an unknown country",
        "floor": tables.floors()[grant.kind].reason,
        "begin": f"{record.valid_from:%Y-%m-%d %H:%M} UTC",
        "end": f"{record.valid_until:%Y-%m-%d %H:%M} UTC",
        "days": f"from {grant.data_from or 'the first'} to {grant.data_to or 'the newest'}",
        "k": str(grant.min_k),
        "restricted_days": restriction.words(_restricted_days(request, record)),
    }


def clip(request: Request, record: GrantRecord) -> Request:
    """Return the part of a request that lies in a grant's days and sources."""
    grant = record.grant
    named = frozenset(grant.sources) or None
    return replace(
        request,
        first_day=_latest(request.first_day, grant.data_from),
        last_day=_earliest(request.last_day, grant.data_to),
        sources=_both(request.sources, named),
    )


def _latest(one: date | None, other: date | None) -> date | None:
    return max(filter(None, (one, other)), default=None)


def _earliest(one: date | None, other: date | None) -> date | None:
    return min(filter(None, (one, other)), default=None)


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def judge(request: Request, record: GrantRecord) -> str:
    """Return ``GRANTED``, or the code of the first condition that fails."""
    said = _grant_says(request, record) or floor_says(request, record) or _data_says(request, record)
    return said or ("restricted" if _restricted_days(request, record) else GRANTED)


def _grant_says(request: Request, record: GrantRecord) -> str:
    """Whose, for what, of what, and is it alive."""
    grant, now = record.grant, request.now.astimezone(UTC)
    if grant.grantee != request.grantee:
        return "other-grantee"
    if not tables.floors()[grant.kind].actions:
        return "kind"
    if grant.purpose != request.purpose:
        return "purpose"
    category = tables.category(request.category)
    withheld = {category.name, *category.inputs} & set(grant.withhold)
    if category.name not in grant.metrics and not withheld:
        return "metric"
    if record.revoked_at is not None:
        return "revoked"
    if now < record.valid_from:
        return "pending"
    if now >= record.valid_until:
        return "expired"
    if withheld:
        return "withheld"
    if not _covers(grant.granted(request.category), request.action):
        return "granularity"
    return "" if request.action in category.actions else "no-transform"


def _covers(granted: frozenset[str], action: str) -> bool:
    """Whether an action is named, or is a rung below one that is."""
    ladder = tables.ladder()
    if action not in ladder:
        return action in granted
    return any(rung in granted for rung in ladder[: ladder.index(action) + 1])


def floor_says(request: Request, record: GrantRecord) -> str:
    """Return the code of the floor that forbids a request whatever its grant says, empty if none does."""
    grant = record.grant
    floor: Floor = tables.floors()[grant.kind]
    if request.action not in floor.actions:
        return "floor"
    if floor.blocked_regions and (
        not tables.is_country(grant.country) or tables.regions(grant.country) & set(floor.blocked_regions)
    ):
        return "region"
    if request.action in floor.own_sources_only and not grant.sources:
        return "own-sources"
    if floor.research_purpose and not tables.purposes()[request.purpose].duo:
        return "research"
    if floor.last_day and grant.data_to is None:
        return "last-day"
    least = max(grant.min_k, tables.data("floors")["aggregate"]["min_k"])
    return "k" if request.action == "aggregate" and (request.k is None or request.k < least) else ""


def _data_says(request: Request, record: GrantRecord) -> str:
    """Which days, of which sources."""
    grant = record.grant
    if request.first_day and request.last_day and request.last_day < request.first_day:
        return "window"
    if grant.data_from and (request.first_day is None or request.first_day < grant.data_from):
        return "window"
    if grant.data_to and (request.last_day is None or request.last_day > grant.data_to):
        return "window"
    if grant.sources and (not request.sources or not request.sources <= set(grant.sources)):
        return "sources"
    return ""


def _restricted_days(request: Request, record: GrantRecord) -> list[Days]:
    """Return the days of all restrictions that a request touches."""
    category = tables.category(request.category)
    asked = request.first_day or date.min, request.last_day or date.max
    found = [restriction.reach(one, category) for one in record.restricted]
    return [days for days in found if days and _share_a_day(asked, days)]


def _share_a_day(asked: tuple[date, date], days: Days) -> bool:
    return (days[0] or date.min) <= asked[1] and asked[0] <= (days[1] or date.max)
