"""Everybody who was ever given something, or asked for it: from the cards on grants, and from the log.

A grant says what somebody may see; only the log says what was let through to them. It holds names of
categories and days, so nothing here is a measured value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from policies import tables
from policies.audit import entries

if TYPE_CHECKING:
    from policies.audit import AuditEntry, Item
    from policies.grants import GrantRecord
    from policies.owner import Owner

__all__ = ["NO_CONTACT", "NO_COUNTRY", "Recipient", "Released", "recipients"]

NO_CONTACT = "no contact on the card"
NO_COUNTRY = "no country on the card"


@dataclass(frozen=True, slots=True)
class Released:
    """A category on one rung for one purpose, as it was let through.

    ``times`` is how often, ``first`` and ``last`` when; ``first_day`` and ``last_day`` (ISO) are the days
    that were asked for, None if they were open once.
    """

    purpose: str
    metric: str
    action: str
    times: int
    first: datetime
    last: datetime
    first_day: str | None
    last_day: str | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody named on a grant or in the log, with what their newest card says; empty is unknown.

    ``refused`` is how often they were told no.
    """

    id: str
    kind: str
    name: str
    contact: str
    country: str
    grants: tuple[GrantRecord, ...]
    released: tuple[Released, ...]
    refused: int

    @property
    def missing(self) -> list[str]:
        """What has to be asked for, because the card does not say it."""
        return [said for known, said in ((self.contact, NO_CONTACT), (self.country, NO_COUNTRY)) if not known]

    @property
    def last(self) -> datetime | None:
        """When something was let through last; None: never."""
        return max((one.last for one in self.released), default=None)

    @property
    def in_eea(self) -> bool | None:
        """Whether they are in the EU or the EEA; None: no country on the card, or none there is."""
        if not tables.is_country(self.country):
            return None
        return bool(tables.regions(self.country) & {"EU", "EEA"})


def recipients(owner: Owner, grants: Iterable[GrantRecord]) -> list[Recipient]:
    """Return everybody, by id.

    Raises:
        Tampered: an entry of the log is no entry.
    """
    by_grants: dict[str, list[GrantRecord]] = {}
    by_log: dict[str, list[AuditEntry]] = {}
    for record in grants:
        by_grants.setdefault(record.grant.grantee, []).append(record)
    for entry in entries(owner):
        if entry.grantee:  # a restriction is about nobody
            by_log.setdefault(entry.grantee, []).append(entry)
    return [
        _recipient(who, by_grants.get(who, []), by_log.get(who, [])) for who in sorted({*by_grants, *by_log})
    ]


def _recipient(who: str, grants: Sequence[GrantRecord], log: Sequence[AuditEntry]) -> Recipient:
    cards = [record.grant.card for record in reversed(grants)]
    kinds = chain((card.kind for card in cards), (entry.kind for entry in reversed(log)))
    return Recipient(
        id=who,
        kind=next(filter(None, kinds), ""),
        name=next(filter(None, (card.name for card in cards)), ""),
        contact=next(filter(None, (card.contact for card in cards)), ""),
        country=next(filter(None, (card.country for card in cards)), ""),
        grants=tuple(grants),
        released=_released(entry for entry in log if entry.shows),
        refused=sum(entry.decision == "deny" for entry in log),
    )


def _released(log: Iterable[AuditEntry]) -> tuple[Released, ...]:
    found: dict[tuple[str, str, str], list[tuple[datetime, Item]]] = {}
    for entry in log:
        for item in entry.items:
            found.setdefault((entry.purpose, item.metric, item.action), []).append((entry.at, item))
    return tuple(_sum(key, found[key]) for key in sorted(found))


def _sum(key: tuple[str, str, str], reads: Sequence[tuple[datetime, Item]]) -> Released:
    times = [at for at, _ in reads]
    first_days = [item.first_day for _, item in reads]
    last_days = [item.last_day for _, item in reads]
    return Released(
        *key,
        times=len(reads),
        first=min(times),
        last=max(times),
        first_day=None if None in first_days else min(filter(None, first_days)),
        last_day=None if None in last_days else max(filter(None, last_days)),
    )
