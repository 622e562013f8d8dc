"""Notices to recipients (GDPR Art. 19): who was shown what has since been corrected, erased or restricted.

They are made anew from the logs each time, and nothing about them is stored: the audit log says who was shown
which category on which days before it happened, also what was made of it. A notice goes to them and to nobody
else, tells of no day and no category they were not shown, and holds no value, no source and no reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any

from policies import audit, tables
from policies.grants import Book
from policies.restriction import EVENTS, Days, Restrictions, reached
from policies.signing import canonical, digest, public_key, sign, signed_by
from vault.errors import Tampered

if TYPE_CHECKING:
    from policies.audit import AuditEntry, Item
    from policies.owner import Owner
    from policies.rights.archive import Archive

__all__ = ["Affected", "Notice", "add_notices", "notices", "signed", "text", "verify_notice"]

SCHEMA = "vitalvault-notice-1"
DOMAIN = "notice"
"""The domain of a notice's signature."""

_LOOKS_BACK = frozenset({
    *("trend", "load", "readiness", "zones", "sleep_debt", "sleep_rhythm", "strength", "reaction"),
    *("flags", "strength_offers"),
})  # fmt: skip
"""Methods that tell of the days before those asked for, as what is usual."""

_WORDS = {
    "corrected": "This was wrong, and has been put right (GDPR Art. 16). Read it again and replace what "
    "you hold of it, or delete that.",
    "erased": "This has been erased, or was made of what has been erased (GDPR Art. 17). Delete what you "
    "hold of it, and every copy.",
    "restricted": "This may not be used for now (GDPR Art. 18). Keep what you hold of it, and do not use it "
    "or pass it on until you are told that you may.",
    "lifted": "This may be used again, for what it was granted for (GDPR Art. 18(3)).",
}
_HAPPENED = {
    "corrected": "has been corrected",
    "erased": "has been erased, or was made of what has been erased",
    "restricted": "has been restricted",
    "lifted": "is no longer restricted",
}
_ONWARD = "Tell the same to everybody you gave it to (GDPR Art. 19)."


@dataclass(frozen=True, slots=True)
class Affected:
    """A category somebody was shown, and the days (None is open) of it that are affected."""

    category: str
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Notice:
    """What one grantee is to be told of one event.

    ``what`` is corrected, erased, restricted or lifted; ``name`` and ``contact`` are those of their newest
    card; ``at`` is when it happened.
    """

    id: str
    grantee: str
    name: str
    contact: str
    what: str
    at: datetime
    affected: tuple[Affected, ...]

    @property
    def words(self) -> str:
        """What they are asked to do."""
        return f"{_WORDS[self.what]} {_ONWARD}"

    def to_dict(self) -> dict[str, Any]:
        """Return the body of the document."""
        told = [{name: _text(value) for name, value in asdict(one).items()} for one in self.affected]
        return {
            "schema": SCHEMA,
            **asdict(self),
            "at": self.at.isoformat(),
            "affected": told,
            "words": self.words,
        }


def _text(value: object) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


_Told = dict[str, tuple[Affected, ...]]
"""What each grantee was shown."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Something that happened to some categories (None: all of them) on some days.

    ``name`` is what ends it: a restriction's id, the same when it is lifted.
    """

    event: int
    what: str
    at: datetime
    categories: frozenset[str] | None
    days: Days
    name: str = ""


def notices(owner: Owner) -> list[Notice]:
    """Return the notices of all that ever happened, oldest first.

    Raises:
        Tampered: a log is not what was written.
    """
    shown = [one for one in audit.entries(owner) if one.shows]
    cards = {record.grant.grantee: record.grant.card for record in Book(owner)()}
    vault = public_key(owner.signing_seed())
    made = []
    standing: dict[str, _Change] = {}
    for change in sorted(_changes(owner), key=lambda one: one.event):
        told = _shown_before(owner, change, shown)
        if change.what == "lifted":
            standing.pop(change.name, None)
            told = _free_of(owner, told, change, standing.values(), shown)
        elif change.what != "corrected":
            standing[change.name] = change
        for grantee, affected in sorted(told.items()):
            card = cards.get(grantee)
            identity = {"vault": vault, "event": change.event, "grantee": grantee}
            made.append(
                Notice(
                    id=f"n-{digest(identity)[:16]}",
                    grantee=grantee,
                    name=card.name if card else "",
                    contact=card.contact if card else "",
                    what=change.what,
                    at=change.at,
                    affected=affected,
                )
            )
    return made


def _shown_before(owner: Owner, change: _Change, shown: Iterable[AuditEntry]) -> _Told:
    """Return what each grantee had been shown, when something happened, of what it happened to."""
    found: dict[str, dict[str, Days]] = {}
    for entry in shown:
        if entry.id < change.event:
            today = entry.at.astimezone(owner.home_zone).date()
            for item in entry.items:
                days = _days_in(change, item, today, looks_back=entry.method in _LOOKS_BACK)
                if days is not None:
                    theirs = found.setdefault(entry.grantee, {})
                    theirs[item.metric] = _hull(theirs[item.metric], days) if item.metric in theirs else days
    return {
        grantee: tuple(Affected(name, *days) for name, days in sorted(theirs.items()))
        for grantee, theirs in found.items()
    }


def _free_of(
    owner: Owner, told: _Told, lifted: _Change, standing: Iterable[_Change], shown: Sequence[AuditEntry]
) -> _Told:
    """Return what a lifted restriction set free: nothing that is erased, or that another still holds."""
    held: set[tuple[str, str]] = set()
    for one in standing:
        # What was shown after an erasure is not of what was erased; a restriction holds all there is.
        until = one if one.what == "erased" else replace(one, event=lifted.event)
        for grantee, affected in _shown_before(owner, until, shown).items():
            theirs = told.get(grantee, ())
            held |= {(grantee, free.category) for free in theirs for other in affected if _meet(free, other)}
    free = {
        grantee: tuple(one for one in affected if (grantee, one.category) not in held)
        for grantee, affected in told.items()
    }
    return {grantee: affected for grantee, affected in free.items() if affected}


def _meet(one: Affected, other: Affected) -> bool:
    """Whether two are of the same category, and share a day."""
    first = max(one.first_day or date.min, other.first_day or date.min)
    last = min(one.last_day or date.max, other.last_day or date.max)
    return one.category == other.category and first <= last


def _days_in(change: _Change, item: Item, today: date, *, looks_back: bool) -> Days | None:
    """Return the days of what was shown that the change is about, None if there are none."""
    if item.metric not in tables.categories():
        return None  # of a version that knew another
    category = tables.category(item.metric)
    names = {category.name} if change.categories is None else change.categories
    found = [days for name in names if (days := reached(name, change.days, category))]
    if not found:
        return None
    begin, end = reduce(_hull, found)
    if looks_back or category.looks_back:
        end = None
    first, last = _date(item.first_day), min(_date(item.last_day) or today, today)
    both = max(filter(None, (first, begin)), default=None), min(last, end or last)
    return both if both[0] is None or both[0] <= both[1] else None


def _hull(one: Days, other: Days) -> Days:
    firsts, lasts = zip(one, other, strict=True)
    return (
        None if None in firsts else min(filter(None, firsts)),
        None if None in lasts else max(filter(None, lasts)),
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _changes(owner: Owner) -> Iterator[_Change]:
    """Yield all that happened, log by log."""
    for event in owner.events("correction"):
        body = event.body
        names = _of_metric(body["metric"])
        days = _date(body["first_day"]), _date(body["last_day"])
        yield _Change(event.id, "corrected", event.at, names, days)
    for event in owner.events("erasure"):
        if event.body["counts"]:
            scope = event.body["scope"]
            metric = scope.get("metric")
            touched = None if metric is None else _erased_with(metric)
            days = _near(scope.get("start"), -1), _near(scope.get("end"), 1)
            yield _Change(event.id, "erased", event.at, touched, days, f"erasure {event.id}")
    known = {one.id: one for one in Restrictions(owner)()}
    for event in owner.events(EVENTS):
        one = known[event.body["id"]]
        what = "restricted" if event.body["op"] == "restrict" else "lifted"
        days = one.first_day, one.last_day
        yield _Change(event.id, what, event.at, frozenset({one.category}), days, one.id)


def _near(moment: str | None, step: int) -> date | None:
    """Return a day that was said, or one that an instant can't lie beyond in any offset."""
    if moment is None or len(moment) == len("2026-01-01"):
        return _date(moment)
    return date.fromisoformat(moment[:10]) + timedelta(days=step)


def _of_metric(metric: str) -> frozenset[str]:
    """Return the category of a metric; none for a vendor's own, which can't be granted."""
    name = metric.partition(".")[0]
    return frozenset({name} & tables.categories().keys())


def _erased_with(metric: str) -> frozenset[str]:
    """Return the categories that lose something with a metric (``vault/store/erasure.toml``)."""
    from vault.store.belongings import belongings, owns_series

    own = belongings(metric)
    also = {"sleep_session": "sleep_stage", "workout": "workouts", "strength_set": "strength_set"}
    names = {name for name in tables.categories() if owns_series(metric, name)}
    names |= {also[table] for table in own.tables if table in also}
    names |= {name for item in own.checkin for name in tables.columns("checkins").get(item, ())}
    names |= {"vendor_scores"} if own.scores else set()
    return frozenset(names) | _of_metric(metric)


def signed(owner: Owner, notice: Notice) -> dict[str, Any]:
    """Return a notice as the document that goes out, signed by the vault."""
    seed = owner.signing_seed()
    body = notice.to_dict() | {"issuer": public_key(seed)}
    return body | {"signature": sign(seed, DOMAIN, body)}


def verify_notice(document: Mapping[str, Any], key: str | None = None) -> None:
    """Raise Tampered unless a notice is signed by the vault it names, or by this key (hex)."""
    body = {name: value for name, value in document.items() if name != "signature"}
    issuer = str(body.get("issuer", ""))
    if key not in (None, issuer) or not signed_by(issuer, DOMAIN, body, str(document.get("signature", ""))):
        raise Tampered("the notice is not what that vault signed")


def text(notice: Notice) -> str:
    """Return a notice as a letter."""
    lines = [
        f"To: {notice.name or notice.grantee}",
        *([f"Contact: {notice.contact}"] if notice.contact else []),
        f"Notice {notice.id}, of what happened on {notice.at:%Y-%m-%d} (UTC)",
        "",
        f"You were shown the following data, which {_HAPPENED[notice.what]}:",
        *(f"  - {one.category}, {_said(one)}" for one in notice.affected),
        "",
        notice.words,
        "",
    ]
    return "\n".join(lines)


def _said(one: Affected) -> str:
    return f"up to {one.last_day}" if one.first_day is None else f"{one.first_day} to {one.last_day}"


def add_notices(archive: Archive, owner: Owner) -> None:
    """Add every notice to a bundle, signed; raises Tampered."""
    for one in notices(owner):
        archive.add(f"legal/notices/{one.id}.json", [canonical(signed(owner, one))])
