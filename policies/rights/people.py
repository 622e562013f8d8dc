"""The part of the page about other people: who may see what, and what they were really shown.

A grant alone does not say whether anybody looked. The log does, so both stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from policies import tables
from policies.rights.recipients import NO_CONTACT
from vault.fhir.codings import words

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from policies.grants import GrantRecord
    from policies.rights.recipients import Recipient, Released

__all__ = ["people"]


def people(known: Sequence[Recipient], now: datetime, home: ZoneInfo) -> str:
    """Return everybody as a card of HTML; days are those at home."""
    if not known:
        return "<p>Nobody. You have not given anyone permission to see anything, and nobody has asked.</p>"
    return "".join(_person(one, now, home) for one in known)


def _person(one: Recipient, now: datetime, home: ZoneInfo) -> str:
    contact = escape(one.contact) or f"<em>{NO_CONTACT}</em>"
    said = [escape(part) for part in (one.kind, one.country) if part]
    name = one.name or one.id
    return (
        f"<article class='person'><h3>{escape(name)}</h3><p class='small'>{' · '.join([*said, contact])}</p>"
        f"{_grants(one.grants, now, home)}{_shown(one, home)}</article>"
    )


def _grants(grants: Sequence[GrantRecord], now: datetime, home: ZoneInfo) -> str:
    if not grants:
        return "<p>You gave them no permission.</p>"
    return f"<h4>What you allowed</h4><ul>{''.join(_grant(record, now, home) for record in grants)}</ul>"


def _grant(record: GrantRecord, now: datetime, home: ZoneInfo) -> str:
    grant, status = record.grant, record.status(now)
    what = ", ".join(f"{words(metric)} ({actions})" for metric, actions in grant.metrics.items())
    span = f"{_day(record.valid_from, home)} to {_day(record.revoked_at or record.valid_until, home)}"
    purpose = f"{tables.purpose(grant.purpose).words} ({grant.purpose})"
    return (
        f"<li><span class='tag {status}'>{status}</span> {escape(what)} "
        f"<span class='small'>for {escape(purpose)}</span> <span class='small'>{span}</span></li>"
    )


def _shown(one: Recipient, home: ZoneInfo) -> str:
    title = "<h4>What they were shown</h4>"
    refused = f"<p>They were refused {_times(one.refused)}.</p>" if one.refused else ""
    if one.last is None:
        return f"{title}<p>Nothing, up to this day.</p>{refused}"
    head = "<th>What</th><th>How fine</th><th class='n'>Times</th><th>Last</th><th>Days asked for</th>"
    rows = "".join(_row(told, home) for told in one.released)
    table = f"<table class='stack'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"{title}<p>Last on {_day(one.last, home)}.</p><div class='scroll'>{table}</div>{refused}"


def _row(told: Released, home: ZoneInfo) -> str:
    return (
        f"<tr><td>{escape(words(told.metric))}</td><td>{escape(tables.words(told.action))}</td>"
        f"<td class='n' data-l='times'>{told.times:,}</td>"
        f"<td class='d' data-l='last'>{_day(told.last, home)}</td>"
        f"<td class='d' data-l='days'>{_days(told)}</td></tr>"
    )


def _day(moment: datetime, home: ZoneInfo) -> str:
    return f"{moment.astimezone(home):%Y-%m-%d}"


def _days(told: Released) -> str:
    first, last = told.first_day, told.last_day
    if first is None:
        return f"all up to {escape(last)}" if last else "all they may see"
    return f"{escape(first)} to {escape(last)}" if last else f"from {escape(first)} on"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
