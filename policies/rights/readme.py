"""The page a person reads first: what there is, charts, whom it was shared with, how to check it.

One HTML file that loads nothing and runs nothing. The words are in ``readme.html`` and ``readme.toml``; here
they get their numbers. It tells of the files that are in the zip and of no others, so the subset of Art. 20
has a shorter page. Everything that came from a device or a person is escaped.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape
from string import Template
from typing import TYPE_CHECKING, Any

from policies import tables
from policies.notices import notices
from policies.restriction import Restrictions
from policies.restriction import words as days
from policies.rights.archive import safe_name
from policies.rights.charts import sparkline
from policies.rights.people import people
from policies.rights.recipients import NO_CONTACT, recipients
from policies.signing import public_key
from vault.fhir.codings import readable_unit, words
from vault.fhir.rows import rows
from vault.metrics import find
from vault.nature import NATURES, nature_of_metric
from vault.time import moment_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd

    from policies.grants import GrantRecord
    from policies.notices import Notice
    from policies.rights.manifest import Entry
    from policies.rights.payload import BundleOwner

__all__ = ["period", "readme"]

_SEALED = ("manifest.json", "bagit.txt")
"""Written after the page, and always there."""


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(tables.read_text("rights/readme.toml"))


def readme(
    owner: BundleOwner, entries: Sequence[Entry], grants: Sequence[GrantRecord], now: datetime
) -> bytes:
    """Return the page of a bundle of these files, UTF-8."""
    paths = {entry.path for entry in entries}
    everything = owner.metrics()
    stored = everything.loc[[_path(name) in paths for name in everything["metric"]]]
    template = Template(tables.read_text("rights/readme.html"))
    page = template.substitute(
        day=f"{now.day} {now:%B %Y}",
        kept=_kept(paths),
        facts=_facts(stored, owner.home_zone),
        charts=_charts(owner, stored),
        natures=_natures(stored),
        series="".join(_series_row(row, owner.home_zone, paths) for row in rows(stored)),
        tables=_tables(entries),
        sharing=_sharing(owner, paths, grants, now),
        restricted=_restricted(owner, paths),
        notices=_notices(owner, paths),
        folders=_folders(paths),
        absent=_absent(paths),
        signer=public_key(owner.signing_seed()),
    )
    return page.encode()


def period(stored: pd.DataFrame, home: ZoneInfo) -> tuple[str, str] | None:
    """Return the first and last day of what is stored, in the home zone; None of nothing."""
    if stored.empty:
        return None
    first, last = stored["first"].min().tz_convert(home), stored["last"].max().tz_convert(home)
    return f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"


def _path(series: str) -> str:
    return f"data/csv/{safe_name(str(series))}.csv"


def _has(paths: Iterable[str], start: str) -> bool:
    return any(path.startswith(start) for path in paths)


def _kept(paths: Collection[str]) -> str:
    return str(_words()["whole" if _has(paths, "audit/") else "portable"]["kept"])


def _facts(stored: pd.DataFrame, home: ZoneInfo) -> str:
    said = {
        "measurements": f"{int(stored['n'].sum()):,}",
        "kinds of measurement": str(stored["metric"].nunique()),
    }
    said |= zip(("the first", "the last"), period(stored, home) or ())
    return "".join(f"<li><b>{number}</b><span>{what}</span></li>" for what, number in said.items())


def _charts(owner: BundleOwner, stored: pd.DataFrame) -> str:
    cards: dict[str, list[str]] = {group: [] for group in _words()["groups"].values()}
    for name in sorted({"sleep_duration", *(str(name) for name in stored["metric"])}):
        entry = find(name)
        if entry is not None and entry.rollup != "none" and entry.sensitivity != "LOCIS":
            card = _card(name, entry.ucum, owner.daily(name))
            cards[_words()["groups"][entry.category]] += card
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
    latest, low, high = map(_short, (known.iloc[-1], known.min(), known.max()))
    unit, span = escape(readable_unit(ucum)), "" if low == high else f"{low} to {high}"
    number = f"<p><span>{latest} <small>{unit}</small></span><small>{span}</small></p>"
    ends = f"<footer><span>{first}</span><span>{last}</span></footer>"
    return [f"<div class='card'><h4>{title}</h4>{number}{drawn}{ends}</div>"]


def _short(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def _natures(stored: pd.DataFrame) -> str:
    count = dict.fromkeys(NATURES, 0)
    for name, number in zip(stored["metric"], stored["n"]):
        count[nature_of_metric(str(name))] += int(number)
    return "".join(
        f"<dt><span class='tag {name}'>{name}</span></dt><dd>{said} {count[name]:,} measurements.</dd>"
        for name, said in _words()["natures"].items()
    )


def _series_row(row: Mapping[str, Any], home: ZoneInfo, paths: Collection[str]) -> str:
    first, last = (f"{moment_of(row[edge]).astimezone(home):%Y-%m-%d}" for edge in ("first", "last"))
    what, unit, who = (
        escape(said) for said in (words(row["metric"]), readable_unit(row["unit"]), row["sources"])
    )
    nature = nature_of_metric(row["metric"])
    span = f"<td class='d' data-l='from'>{first}</td><td class='d' data-l='to'>{last}</td>"
    return (
        f"<tr><td>{_series_links(row['metric'], what, paths)}</td><td class='n'>{row['n']:,}</td>{span}"
        f"<td data-l='in'>{unit}</td><td><span class='tag {nature}'>{nature}</span></td>"
        f"<td data-l='by'>{who}</td></tr>"
    )


def _series_links(series: str, said: str, paths: Collection[str]) -> str:
    """Return links to the tables of a series; one with numbers and codes has a second, of the codes."""
    codes = _path(series).removesuffix(".csv") + "-2.csv"
    return _link(_path(series), said) + (f", {_link(codes, 'codes')}" if codes in paths else "")


def _tables(entries: Iterable[Entry]) -> str:
    by_path = {entry.path: entry for entry in entries}
    lines = [
        (_link(path, said), by_path[path].rows or 0)
        for path, said in ((f"data/csv/{name}.csv", said) for name, said in _words()["tables"].items())
        if path in by_path
    ]
    for folder, said in _words()["families"].items():
        found = [entry.rows or 0 for path, entry in by_path.items() if path.startswith(folder)]
        if found:
            lines.append((f"{said} ({len(found):,} in <code>{folder}</code>)", sum(found)))
    return "".join(f"<tr><td>{said}</td><td class='n'>{number:,}</td></tr>" for said, number in lines)


def _sharing(owner: BundleOwner, paths: Collection[str], grants: Sequence[GrantRecord], now: datetime) -> str:
    if not _has(paths, "audit/"):
        return ""
    told = people(recipients(owner, grants), now, owner.home_zone)
    return f"<h2>Whom you shared with</h2><p>{_words()['whole']['sharing']}</p>{told}"


def _restricted(owner: BundleOwner, paths: Collection[str]) -> str:
    found = Restrictions(owner).in_force() if _has(paths, "audit/") else ()
    if not found:
        return ""
    listed = "".join(
        f"<li>{escape(words(one.category))}"
        f" <span class='small'>{days([(one.first_day, one.last_day)])}</span>"
        f" <span class='small'>since {one.at.astimezone(owner.home_zone):%Y-%m-%d}</span></li>"
        for one in found
    )
    said = _words()["whole"]["restricted"]
    return f"<h2>What you keep to yourself</h2><p>{said}</p><ul class='plain'>{listed}</ul>"


def _notices(owner: BundleOwner, paths: Collection[str]) -> str:
    if not _has(paths, "legal/notices/"):
        return ""
    told = [one for one in notices(owner) if f"legal/notices/{one.id}.json" in paths]
    said, listed = _words()["whole"]["notices"], "".join(map(_notice, told))
    return f"<h2>Notices to pass on</h2><p>{said}</p><ul class='plain'>{listed}</ul>"


def _notice(one: Notice) -> str:
    what = ", ".join(words(part.category) for part in one.affected)
    whom = f"{one.name or one.grantee} ({one.contact or NO_CONTACT})"
    link = _link(f"legal/notices/{one.id}.json", f"{one.at:%Y-%m-%d}, to {escape(whom)}")
    return f"<li>{link}: {escape(what)} {one.what}</li>"


def _folders(paths: Collection[str]) -> str:
    return "".join(
        f"<dt>{name.rstrip('/')}</dt><dd>{said}</dd>"
        for name, said in _words()["folders"].items()
        if name in _SEALED or _has(paths, name)
    )


def _absent(paths: Collection[str]) -> str:
    portable = [] if _has(paths, "audit/") else [_words()["portable"]["absent"]]
    return "".join(f"<li>{one}</li>" for one in [*_words()["absent"]["always"], *portable])


def _link(path: str, said: str) -> str:
    """Return a link; ``said`` is escaped already."""
    return f"<a href='{escape(path, quote=True)}'>{said}</a>"
