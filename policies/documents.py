"""Everything a view shows of some days, as one JSON document: what is previewed, shown and shared.

There is one way to make it, from a ``View``, so a preview and a release of the same grant and days are the
same bytes. A preview reads through the view the grantee will have, under a grant that is not written down;
it also says what stays unseen, what can be guessed anyway, and what no revocation can undo.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from policies import tables
from policies.changes import withheld_elsewhere
from policies.gate import Gate
from policies.granting import check_floors
from policies.grants import Book, imagined
from policies.restriction import reach, words
from policies.signing import digest
from policies.training import PLACES
from policies.validity import settle
from policies.view import View
from vault.errors import AccessDenied, InputError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd

    from policies.consent import Grant
    from policies.grants import GrantRecord
    from policies.owner import Owner

__all__ = ["LIMITS", "Preview", "Unseen", "document", "last_days", "newest_day", "preview", "table"]

_MOST_DAYS = 366
_LOOKS_BACK = (14, 92, 366, 1_461, 14_610, 25_000)
"""Days in which the newest data are looked for, few at first: a look at all single values takes long.

The most still lie in reach (``vault.moment.FIRST_DAY``) of a clock that was never set and says 1970.
"""
_A_WEEK = timedelta(days=7)

Json = dict[str, Any]
Reader = Callable[[date, date], "pd.DataFrame"]


def document(view: View, first: date, last: date) -> Json:
    """Return what a view shows of the days from first to last, both included.

    ``tables`` has one entry a category, in alphabetical order: metric, granularity, unit, columns, rows
    (and ``refused``, with the reason, where none of these days is granted).

    Raises:
        AccessDenied: nothing may be read at all.
    """
    told = [
        {"metric": name, "granularity": rung, "unit": tables.category(name).unit} | _read(reader, first, last)
        for name, rung, reader in _readers(view, first, last)
    ]
    return _sheet(view, first, last, told)


def _readers(view: View, first: date, last: date) -> list[tuple[str, str, Reader]]:
    """Return the categories that have a table of their own: name, rung, read method."""
    told = view.granted(first, last).items()
    found = [(name, rung, _reader(view, name, rung)) for name, rung in told]
    return [(name, rung, reader) for name, rung, reader in found if reader is not None]


def _sheet(view: View, first: date, last: date, told: list[Json]) -> Json:
    return {
        "grantee": view.grantee,
        "purpose": view.purpose,
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "tables": told,
    }


def _reader(view: View, name: str, rung: str) -> Reader | None:
    """Return the read method that shows a category; None for what is a column of other tables."""
    if name == "device_names" or (name,) in tables.columns("workouts").values():
        return None
    own: dict[str, Reader] = {
        "workouts": view.workouts,
        "sleep_times": view.sleep,
        "strength_set": view.sets,
        "vendor_scores": view.scores,
    }
    if name in own:
        return own[name]
    items = [item for item, needs in tables.columns("checkins").items() if name in needs]
    if items:
        return lambda first, last: _item(view.checkins(first, last), items[0])
    if rung in ("raw", "hourly") and (name,) not in tables.columns("sleep").values():
        return lambda first, last: view.samples(name, first, last)
    return lambda first, last: view.daily(name, first, last)


def _item(checkins: pd.DataFrame, item: str) -> pd.DataFrame:
    # A grant limited to devices has no column of what no device measured.
    return checkins.reindex(columns=[item]).rename(columns={item: "value"}).dropna()


def _read(reader: Reader, first: date, last: date) -> Json:
    try:
        return table(reader(first, last))
    except AccessDenied as error:
        return {"columns": [], "rows": [], "refused": str(error)}


def table(frame: pd.DataFrame) -> Json:
    """Return a table as columns and rows of JSON values; instants in ISO 8601, missing as null."""
    whole = frame.reset_index() if frame.index.name else frame
    rows = [[_plain(value) for value in row] for row in whole.itertuples(index=False, name=None)]
    return {"columns": [str(name) for name in whole.columns], "rows": rows}


def _plain(value: Any) -> Any:
    import pandas as pd

    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo else value.date().isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else value
    return value


def last_days(view: View, today: date, home: ZoneInfo, days: int) -> tuple[date, date]:
    """Return the first and last of so many days up to the newest that a view shows data of.

    Raises:
        AccessDenied: nothing may be read at all.
        InputError: ``days`` is not between 1 and 366.
    """
    newest = newest_day(view, today, home)
    return _days_before(newest, days), newest


def _days_before(last: date, days: int) -> date:
    if not 1 <= days <= _MOST_DAYS:
        raise InputError(f"a preview shows 1 to {_MOST_DAYS} days", hint="say another number of days")
    return last - timedelta(days=days - 1)


def newest_day(view: View, today: date, home: ZoneInfo) -> date:
    """Return the newest day that a view shows data of: today at most, and today if it shows nothing.

    Raises:
        AccessDenied: nothing may be read at all.
    """
    for days in _LOOKS_BACK:
        first = today - timedelta(days=days)
        readers = _readers(view, first, today)
        found = [_newest(reader, rung, (first, today), home) for _, rung, reader in readers]
        if any(found):
            return min(max(filter(None, found)), today)
    return today


def _newest(reader: Reader, rung: str, days: tuple[date, date], home: ZoneInfo) -> date | None:
    try:
        frame = reader(*days)
    except AccessDenied:  # none of these days is granted
        return None
    if frame.empty:
        return None
    day = _last_day(frame, home)
    if rung not in ("weekly", "band", "yes_no"):
        return day
    # A week is told when it is over: what was told last is old only when another week should have followed.
    return days[1] if day + 2 * _A_WEEK > days[1] else day + _A_WEEK - timedelta(days=1)


def _last_day(frame: pd.DataFrame, home: ZoneInfo) -> date:
    """Return the newest local day in a table of days or instants."""
    whole = frame.reset_index()
    if "date" in whole:
        return date.fromisoformat(f"{whole['date'].max():%Y-%m-%d}")
    last = whole["start"].argmax()
    start, offset = (_plain(whole[name].iloc[last]) for name in ("start", "utc_offset_min"))
    start = datetime.fromisoformat(start)
    return (start.astimezone(home) if offset is None else start + timedelta(minutes=offset)).date()


LIMITS = (
    "The end of a grant stops new readings; it can't delete what was copied or remembered.",
    "Revoking works at once, on everything from then on.",
)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something in the vault that the grant does not show, and how many values there are of it."""

    metric: str
    values: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a grant would show.

    ``sees`` is the document of ``policies.document``; ``guesses`` says, by category, what can be worked out
    from it; ``sha256`` covers the grant (but its id) and ``sees``: who agrees without a terminal repeats it.
    """

    grant: Grant
    sees: dict[str, Any]
    unseen: tuple[Unseen, ...]
    guesses: dict[str, str]
    limits: tuple[str, ...]
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document of this preview."""
        rest = {
            "unseen": [asdict(one) for one in self.unseen],
            "guesses": self.guesses,
            "limits": list(self.limits),
            "sha256": self.sha256,
        }
        return {"grant": self.grant.model_dump(mode="json"), "sees": self.sees, **rest}


def preview(owner: Owner, grant: Grant, *, days: int = 14) -> Preview:
    """Return what the grantee would see of the last days with data, with what is granted already.

    The days end with the newest of which there is something to see. Nothing is written: the owner looks at
    their own data.

    Raises:
        AccessDenied: a floor forbids the grant, and why.
        InputError: ``days`` is not between 1 and 366.
    """
    now = owner.clock()
    settled = settle(grant, now, owner.home_zone)
    check_floors(owner, settled)
    record = imagined(owner, settled)
    moment = max(now, record.valid_from)
    before = Book(owner)()
    gate = Gate(
        owner,
        grant.grantee,
        grant.purpose,
        book=lambda: [*before, record],
        record=lambda _entry: None,
        clock=lambda: moment,
    )
    view = View(gate)
    sees, seen = _seen(view, moment.astimezone(owner.home_zone).date(), owner.home_zone, days)
    return Preview(
        grant=settled,
        sees=sees,
        unseen=_unseen(owner, seen),
        guesses={name: guess for name in settled.metrics if (guess := tables.category(name).guess)},
        limits=(*LIMITS, *withheld_elsewhere(owner, settled), *_restricted(record), *_unused(settled)),
        sha256=digest({"grant": grant.model_dump(mode="json", exclude={"id"}), "sees": sees}),
    )


def _seen(view: View, today: date, home: ZoneInfo, days: int) -> tuple[Json, set[str]]:
    """Return the document of the last days with data, and all categories that may be read."""
    try:
        first, last = last_days(view, today, home, days)
        return document(view, first, last), set(view.granted(first, last))
    except AccessDenied:  # a grant of totals or of writing only: nothing is read one by one
        return _sheet(view, _days_before(today, days), today, []), set()


def _restricted(record: GrantRecord) -> list[str]:
    """Return, for what is granted and restricted, that and when."""
    reached = {
        name: [days for one in record.restricted if (days := reach(one, tables.category(name)))]
        for name in record.grant.metrics
    }
    return [
        f"{name}: restricted {words(days)}, and shown to nobody." for name, days in reached.items() if days
    ]


def _unused(grant: Grant) -> list[str]:
    """Return, for what is granted although nothing comes of it yet, that and why."""
    named = {name: grant.granted(name) for name in grant.metrics}
    return [
        f"{', '.join(name for name, how in named.items() if action in how)}: "
        f"{tables.words(action)}; {tables.unused(action)}."
        for action in tables.actions()
        if tables.unused(action) and any(action in how for how in named.values())
    ]


def _unseen(owner: Owner, seen: set[str]) -> tuple[Unseen, ...]:
    """Return what is not seen: metrics, with how many values, then what tells more than a number."""
    held = owner.metrics()
    counted = {str(name): int(n) for name, n in zip(held["metric"], held["n"])}
    values = [Unseen(name, n) for name, n in counted.items() if name.partition(".")[0] not in seen]
    own = [*tables.data("categories")["own"], PLACES]
    return (*values, *(Unseen(name, None) for name in own if name not in {*seen, *counted}))
