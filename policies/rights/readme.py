"""The page a person reads first: what there is, charts, whom it was shared with, how to check it.

One HTML file that loads nothing and runs nothing. The words are in ``readme.html``; here they get their
numbers. Everything that came from a device or a person is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from policies.rights.archive import safe_name
from policies.rights.charts import sparkline
from policies.signing import public_key
from vault.fhir.codings import readable_unit, words
from vault.fhir.rows import rows
from vault.metrics import find
from vault.time import moment_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd

    from policies.grants import GrantRecord
    from policies.rights.manifest import Entry
    from policies.rights.payload import BundleOwner

__all__ = ["period", "readme"]

_GROUPS = {
    "vital-signs": "Heart, breath and body",
    "activity": "Activity, sleep and training",
    "exam": "Body and movement",
    "survey": "How you felt",
    "social-history": "Food, drink and habits",
    "laboratory": "Blood values",
    "procedure": "Tests",
}
_TABLES = {
    "sleep": "Sleeps, each night put together from its stages",
    "workouts": "Workouts",
    "sets": "Strength sets",
    "scores": "Scores and totals your devices gave themselves",
    "checkins": "How you said you felt",
}


def readme(
    owner: BundleOwner, entries: Sequence[Entry], grants: Sequence[GrantRecord], now: datetime
) -> bytes:
    """Return the page, UTF-8."""
    stored = owner.metrics()
    template = Template(files("policies.rights").joinpath("readme.html").read_text("utf-8"))
    page = template.substitute(
        day=f"{now.day} {now:%B %Y}",
        facts=_facts(stored, owner.home_zone),
        charts=_charts(owner, stored),
        series="".join(_series_row(row, owner.home_zone) for row in rows(stored)),
        tables=_tables(entries),
        sharing=_sharing(grants, now),
        signer=public_key(owner.signing_seed()),
    )
    return page.encode()


def period(stored: pd.DataFrame, home: ZoneInfo) -> tuple[str, str] | None:
    """Return the first and last day of what is stored, in the home zone; None of nothing."""
    if stored.empty:
        return None
    first, last = stored["first"].min().tz_convert(home), stored["last"].max().tz_convert(home)
    return f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"


def _facts(stored: pd.DataFrame, home: ZoneInfo) -> str:
    said = {
        "measurements": f"{int(stored['n'].sum()):,}",
        "kinds of measurement": str(stored["metric"].nunique()),
    }
    said |= zip(("the first", "the last"), period(stored, home) or ())
    return "".join(f"<li><b>{number}</b><span>{what}</span></li>" for what, number in said.items())


def _charts(owner: BundleOwner, stored: pd.DataFrame) -> str:
    cards: dict[str, list[str]] = {group: [] for group in _GROUPS.values()}
    for name in sorted({"sleep_duration", *(str(name) for name in stored["metric"])}):
        entry = find(name)
        if entry is not None and entry.rollup != "none" and entry.sensitivity != "LOCIS":
            card = _card(name, entry.ucum, owner.daily(name))
            cards[_GROUPS[entry.category]] += card
    shown = (
        f"<h3>{group}</h3><div class='cards'>{''.join(found)}</div>"
        for group, found in cards.items()
        if found
    )
    return "".join(shown) or "<p>Nothing has been measured on more than one day yet.</p>"


def _card(name: str, ucum: str, daily: pd.DataFrame) -> list[str]:
    known = daily["value"].dropna()
    if len(known) < 2:
        return []
    first, last = (f"{day:%Y-%m-%d}" for day in (known.index[0], known.index[-1]))
    title = escape(words(name))
    drawn = sparkline(known, f"{title} from {first} to {last}")
    latest = f"{known.iloc[-1]:,.4g}" if abs(known.iloc[-1]) < 10_000 else f"{known.iloc[-1]:,.0f}"
    number = f"<p>{latest} <small>{escape(readable_unit(ucum))}</small></p>"
    ends = f"<footer><span>{first}</span><span>{last}</span></footer>"
    return [f"<div class='card'><h4>{title}</h4>{number}{drawn}{ends}</div>"]


def _series_row(row: dict[str, Any], home: ZoneInfo) -> str:
    path = f"data/csv/{safe_name(row['metric'])}.csv"
    first, last = (f"{moment_of(row[edge]).astimezone(home):%Y-%m-%d}" for edge in ("first", "last"))
    what, unit, who = (
        escape(said) for said in (words(row["metric"]), readable_unit(row["unit"]), row["sources"])
    )
    span = f"<td class='d'>{first}</td><td class='d'>{last}</td>"
    return (
        f"<tr><td>{what}</td><td class='n'>{row['n']:,}</td>{span}"
        f"<td>{unit}</td><td>{who}</td><td>{_link(path)}</td></tr>"
    )


def _tables(entries: Iterable[Entry]) -> str:
    by_path = {entry.path: entry for entry in entries}
    lines = [
        (said, by_path[f"data/csv/{name}.csv"].rows or 0, _link(f"data/csv/{name}.csv"))
        for name, said in _TABLES.items()
    ]
    curves = [entry.rows or 0 for path, entry in by_path.items() if path.startswith("data/csv/streams/")]
    if curves:
        said = f"Curves along {len(curves):,} workouts, such as heart rate and route"
        lines.append((said, sum(curves), "data/csv/streams"))
    return "".join(
        f"<tr><td>{said}</td><td class='n'>{n:,}</td><td>{where}</td></tr>" for said, n, where in lines
    )


def _sharing(grants: Sequence[GrantRecord], now: datetime) -> str:
    if not grants:
        return "<p>Nobody. You have not given anyone permission to see anything.</p>"
    head = "<th>Whom</th><th>What for</th><th>What</th><th>From</th><th>Until</th><th>Now</th>"
    lines = "".join(_grant_row(record, now) for record in grants)
    return f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"


def _grant_row(record: GrantRecord, now: datetime) -> str:
    grant = record.grant
    whom = " · ".join(filter(None, (grant.name or grant.grantee, grant.kind, grant.contact)))
    what = ", ".join(f"{words(metric)} ({actions})" for metric, actions in grant.metrics.items())
    until = record.revoked_at or record.valid_until
    cells = (
        whom,
        grant.purpose,
        what,
        f"{record.valid_from:%Y-%m-%d}",
        f"{until:%Y-%m-%d}",
        record.status(now),
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _link(path: str) -> str:
    return f"<a href='{escape(path, quote=True)}'>{escape(path)}</a>"
