"""The one gate: decide, write it down, then let through; in this order, for every read.

A read asks for categories on some rungs. What is refused is written down and raised in words; what is
allowed is written down first and comes back as a ``Permit``, the only thing the transforms work from. If
the log can't be written, the read fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from policies import tables
from policies.decision import Decider, Decision
from policies.planner import progress
from policies.request import Request
from policies.restriction import reach
from policies.signing import pseudonym
from vault.errors import AccessDenied
from vault.moment import day
from vault.time import Clock, date_of_day

if TYPE_CHECKING:
    from policies.grants import GrantRecord
    from policies.owner import Owner
    from policies.restriction import Days
    from policies.tables import Category
    from vault.readable import Moment

__all__ = ["NAMES", "Ask", "Gate", "Permit"]

_COARSER_MAY_DO = {"granularity", "no-transform", "floor", "own-sources"}
"""Refusals after which a coarser rung may still be allowed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A category, and the rungs a reader can give it on, the finest first."""

    category: str
    rungs: tuple[str, ...]


NAMES = Ask("device_names", ("raw",))


@dataclass(frozen=True, slots=True)
class Permit:
    """What may be released: a category on a rung, from the first to the last day, under one grant.

    ``now`` is when the gate opened, ``today`` that in the owner's home zone.
    """

    category: Category
    action: str
    first_day: date | None
    last_day: date | None
    record: GrantRecord
    now: datetime
    today: date

    @property
    def sources(self) -> frozenset[str] | None:
        """The only sources that count; None is all."""
        return frozenset(self.record.grant.sources) or None

    @property
    def restricted(self) -> list[Days]:
        """The days on which the category, or something it tells of, is restricted."""
        reached = (reach(one, self.category) for one in self.record.restricted)
        return [days for days in reached if days]


class Gate:
    """The gate of one grantee and purpose."""

    def __init__(
        self,
        owner: Owner,
        grantee: str,
        purpose: str,
        *,
        book: Callable[[], Sequence[GrantRecord]],
        record: Callable[[Mapping[str, Any]], None],
        clock: Clock,
    ) -> None:
        self.owner = owner
        self.grantee = grantee
        self.purpose = purpose
        self._book = book
        self._decider = Decider(book)
        self._record = record
        self._clock = clock

    def open(
        self,
        method: str,
        required: Sequence[Ask] = (),
        optional: Sequence[Ask] = (),
        *,
        start: Moment | None = None,
        end: Moment | None = None,
    ) -> dict[str, Permit]:
        """Return the permits by category: all required ones, and the optional ones as far as granted.

        The names of devices (``NAMES``) come along where they are granted for all of it.

        Raises:
            AccessDenied: a required one is refused, or none is required and all optional ones are refused.
        """
        now = self._clock().astimezone(UTC)
        days = (self._day(start), self._day(end))
        *decided, names = self._finest([*required, *optional, NAMES], now, days)
        needed, extra = decided[: len(required)], decided[len(required) :]
        refused = [one for one in needed if not one.allowed]
        if not needed and not any(one.allowed for one in extra):
            # Told is what was nearest to a yes: what ended, before what was never granted.
            refused = sorted(extra, key=lambda one: -progress(one.reason))
        told = refused or [one for one in (*needed, *extra) if one.allowed]
        alarm = any(one.alarm for one in (*needed, *extra, names))
        if not refused and names.allowed and all(_covers(names, one) for one in told):
            told = [*told, names]
        self._record(self._entry(method, told, alarm=alarm))
        if refused:
            raise AccessDenied(refused[0].words, hint=refused[0].hint)
        today = now.astimezone(self.owner.home_zone).date()
        return {one.request.category: _permit(one, now, today) for one in told}

    def _finest(
        self, asks: Sequence[Ask], now: datetime, days: tuple[date | None, date | None]
    ) -> list[Decision]:
        """Decide on each ask: on the finest rung that is allowed, else say why the finest is not."""
        requests = [
            Request(self.grantee, ask.category, rung, self.purpose, now, *days)
            for ask in asks
            for rung in ask.rungs
        ]
        decisions = iter(self._decider.decide_all(requests))
        return [_first_yes(list(islice(decisions, len(ask.rungs)))) for ask in asks]

    def _day(self, moment: Moment | None) -> date | None:
        count = day(moment, self.owner.home_zone)
        return None if count is None else date_of_day(count)

    def _entry(self, method: str, told: Sequence[Decision], *, alarm: bool) -> dict[str, Any]:
        first = told[0]
        return {
            "method": method,
            "grantee": self.grantee,
            "kind": first.record.grant.kind if first.record else "",
            "purpose": self.purpose,
            "decision": "allow" if first.allowed else "deny",
            "items": [_item(one) for one in told],
            "reason": first.reason,
            "rules": list(first.rules),
            "alarm": alarm,
        }

    def reader_id(self, name: object) -> str:
        """Return an id as this reader sees it: the vault's own may hold times or a vendor's id."""
        return pseudonym(self.owner.signing_seed(), self.grantee, str(name))

    def restricts(self) -> bool:
        """Whether anything is restricted in this vault."""
        return any(record.restricted for record in self._book())

    def named(self) -> list[str]:
        """Return the categories that any of this grantee's grants for the purpose names."""
        return sorted(
            {
                metric
                for record in self._book()
                if record.grant.grantee == self.grantee and record.grant.purpose == self.purpose
                for metric in record.grant.metrics
            }
        )


def _first_yes(decisions: Sequence[Decision]) -> Decision:
    """Return the first that is allowed or an alarm; nothing behind a refusal that holds for all rungs."""
    for decision in decisions:
        if decision.allowed or decision.alarm:
            return decision
        if decision.reason not in _COARSER_MAY_DO:
            break
    return decisions[0]


def _covers(wide: Decision, narrow: Decision) -> bool:
    """Whether a decision covers all days and sources of another."""
    one, other = wide.request, narrow.request
    return (
        (one.first_day or date.min) <= (other.first_day or date.min)
        and (one.last_day or date.max) >= (other.last_day or date.max)
        and (one.sources is None or (other.sources is not None and other.sources <= one.sources))
    )


def _item(decision: Decision) -> dict[str, Any]:
    asked = decision.request
    return {
        "metric": asked.category,
        "action": asked.action,
        "first_day": _text(asked.first_day),
        "last_day": _text(asked.last_day),
        "grant": decision.record.id if decision.record else "",
    }


def _text(day_: date | None) -> str | None:
    return None if day_ is None else day_.isoformat()


def _permit(decision: Decision, now: datetime, today: date) -> Permit:
    asked, record = decision.request, decision.record
    assert record is not None
    category = tables.category(asked.category)
    return Permit(category, asked.action, asked.first_day, asked.last_day, record, now, today)
