"""Restriction (GDPR Art. 18): what is kept, and shown to nobody but the owner, until it is lifted.

It is of a category and of days, and reaches whatever is made of that category or shows it: on the same days,
and for what the vault computes by looking back, from the first of them on. Both deciders refuse a request
that touches one of those days, whole: what is cut out in silence is taken for something never measured.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from policies import signed, tables
from vault.errors import InputError, Tampered, UnknownRecord

if TYPE_CHECKING:
    from policies.owner import Owner
    from policies.tables import Category

__all__ = [
    "EVENTS",
    "Days",
    "Restriction",
    "Restrictions",
    "lift",
    "reach",
    "reached",
    "restrict",
    "restrictions",
    "words",
]

EVENTS = "restriction"
"""The kind of the events, and the domain of their signatures."""

Days = tuple[date | None, date | None]
"""The first and the last day, None is open."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """A category that is not shown on some days (None is open), since when (UTC), and until when."""

    id: str
    category: str
    first_day: date | None
    last_day: date | None
    at: datetime
    lifted_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what ``restrict --json`` prints."""
        return {name: _text(value) for name, value in asdict(self).items()}


def _text(value: object) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


class Restrictions:
    """The restrictions of one vault; asks for new events each time, so that one counts at once."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._known: dict[str, Restriction] = {}
        self._last = 0

    def __call__(self) -> list[Restriction]:
        """Return every restriction there ever was, oldest first.

        Raises:
            Tampered: an event is not signed by this vault, or makes no sense.
        """
        for number, body in signed.read(self._owner, EVENTS, self._last):
            try:
                self._fold(body)
            except (KeyError, ValueError, TypeError) as error:
                raise Tampered("a restriction event makes no sense") from error
            self._last = number
        return list(self._known.values())

    def in_force(self) -> tuple[Restriction, ...]:
        """Return those that were not lifted."""
        return tuple(one for one in self() if one.lifted_at is None)

    def _fold(self, body: Mapping[str, Any]) -> None:
        at = datetime.fromisoformat(body["at"])
        if body["op"] == "restrict":
            told = (body["first_day"], body["last_day"])
            first, last = (None if day is None else date.fromisoformat(day) for day in told)
            self._known[body["id"]] = Restriction(body["id"], body["category"], first, last, at)
        elif body["op"] == "lift":
            self._known[body["id"]] = replace(self._known[body["id"]], lifted_at=at)
        else:
            raise ValueError("an unknown operation")


def restrictions(owner: Owner) -> list[Restriction]:
    """Return every restriction there ever was, oldest first; raises Tampered."""
    return Restrictions(owner)()


def restrict(owner: Owner, category: str, start: date | None = None, end: date | None = None) -> Restriction:
    """Show a category, and what is made of it, to nobody on some days (both included, None is open).

    The owner goes on reading it. One that is in force already is returned as it is.

    Raises:
        UnknownMetric: nothing of that name can be granted.
        InputError: it would end before it begins.
    """
    name = tables.category(category).name
    if start and end and end < start:
        raise InputError("the period ends before it begins", hint="give its first day, then its last")
    held = Restrictions(owner)
    for one in held.in_force():
        if (one.category, one.first_day, one.last_day) == (name, start, end):
            return one
    made = Restriction(f"r-{secrets.token_hex(4)}", name, start, end, owner.clock().astimezone(UTC))
    _write(owner, "restrict", made, {"category": name, **_days(made)})
    return made


def lift(
    owner: Owner, category: str, start: date | None = None, end: date | None = None
) -> list[Restriction]:
    """Lift the restrictions of a category: all of them, or that of the days named; returns them.

    Raises:
        UnknownMetric: nothing of that name can be granted.
        UnknownRecord: none is like that.
    """
    name = tables.category(category).name
    found = [
        one
        for one in Restrictions(owner).in_force()
        if one.category == name
        and (start is None or one.first_day == start)
        and (end is None or one.last_day == end)
    ]
    if not found:
        raise UnknownRecord(f"{name} is not restricted like that", hint="'vitalvault restrict' lists what is")
    for one in found:
        _write(owner, "lift", one, {})
    return [replace(one, lifted_at=owner.clock().astimezone(UTC)) for one in found]


def _write(owner: Owner, operation: str, one: Restriction, told: Mapping[str, Any]) -> None:
    item = {"metric": one.category, **_days(one)}
    entry = {"method": operation, "grantee": "", "purpose": "", "decision": "owner", "items": [item]}
    signed.write(owner, EVENTS, {"op": operation, "id": one.id, **told}, entry, owner.clock().astimezone(UTC))


def _days(one: Restriction) -> dict[str, str | None]:
    return {"first_day": _text(one.first_day), "last_day": _text(one.last_day)}


def reach(one: Restriction, category: Category) -> Days | None:
    """Return the days on which a restriction keeps a category back, None if it does not."""
    return reached(one.category, (one.first_day, one.last_day), category)


def reached(name: str, days: Days, category: Category) -> Days | None:
    """Return the days of a category that tell of some days of another, None if it tells nothing of it."""
    if name == category.name:
        return days
    if name not in category.inputs:
        return None
    return days[0], None if category.looks_back else days[1]


def words(found: Iterable[Days]) -> str:
    """Return days as a person says them."""
    return ", ".join(sorted({_said(*days) for days in found}))


def _said(first: date | None, last: date | None) -> str:
    if first is None or last is None:
        return f"from {first} on" if first else f"up to {last}" if last else "on all days"
    return f"from {first} to {last}" if first < last else f"on {first}"
