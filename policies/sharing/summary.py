"""A card for a community: a few rounded words of the last whole week, in the shape chat programs take.

It is a file (a Discord-style webhook payload) that you post yourself: nothing here sends anything. It is made
of the group's view, of what is granted to it with ``export``, and coarser than that: whole weeks, round
numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from statistics import fmean
from typing import Any

from policies import tables
from vault.errors import InputError
from vault.fhir.codings import readable_unit, words

__all__ = ["last_week", "summary"]

_SIGNIFICANT = 2
_HALF_HOUR = 30


def last_week(today: date, newest: date | None = None) -> tuple[date, date]:
    """Return Monday and Sunday of the last whole week, or of that of the newest data, if it is older."""
    day = today if newest is None else min(today, newest + timedelta(days=7))
    sunday = day - timedelta(days=day.isoweekday())
    return sunday - timedelta(days=6), sunday


def summary(document: Mapping[str, Any], title: str = "My week") -> dict[str, Any]:
    """Return the payload for a document of ``policies.document`` over a week.

    Raises:
        InputError: there is nothing to tell of that week.
    """
    fields = []
    for part in document["tables"]:
        said = _said(part)
        if said:
            fields.append({"name": words(part["metric"]), "value": said, "inline": True})
    if not fields:
        raise InputError("nothing to tell of that week", hint="look at 'vitalvault consent preview'")
    period = f"{document['first_day']} to {document['last_day']}"
    return {
        "content": f"{title}, {period}",
        "embeds": [{"title": title, "description": period, "fields": fields}],
        "allowed_mentions": {"parse": []},
    }


def _said(part: Mapping[str, Any]) -> str:
    """Return the words of a table with a value a day or a week; nothing of other tables."""
    if "value" not in part["columns"] or part["granularity"] in ("raw", "hourly"):
        return ""
    values = [row[part["columns"].index("value")] for row in part["rows"]]
    told = [value for value in values if isinstance(value, str)]
    if told:
        return str(told[-1])
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return _rounded(fmean(numbers), tables.category(part["metric"]).unit) if numbers else ""


def _rounded(value: float, unit: str) -> str:
    if unit == "min":
        hours = round(value / _HALF_HOUR) / 2
        return f"about {hours:g} h"
    return f"about {float(f'{value:.{_SIGNIFICANT}g}'):,g} {readable_unit(unit)}".rstrip()
