"""What goes into a vault and is kept beside the data: imports, check-ins, choices, settings, logs.

``Vault`` is this, the care of the whole (``vault.custody``) and the readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from vault.custody import Custody
from vault.moment import day, latest_day, range_ns, span, the_day

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd

    from vault.readable import Moment
    from vault.records import Record
    from vault.store.correct import Correction
    from vault.store.events import Event, Line
    from vault.store.report import ImportReport
    from vault.store.single import Which

__all__ = ["Recording"]


class Recording(Custody):
    """A vault as something one writes into; nothing measured is read here."""

    # Writing

    def ingest(self, records: Iterable[Record], *, dry_run: bool = False) -> ImportReport:
        """Take in an export, whole or not at all; what is there already is not added again."""
        return self._store.ingest(
            records,
            adapter=getattr(records, "adapter", ""),
            version=getattr(records, "version", ""),
            clock=self.clock,
            identity=self.tombstone_key,
            dry_run=dry_run,
        )

    def correct(
        self,
        metric: str,
        start: Moment,
        value: float | str,
        *,
        source: str | None = None,
        end: Moment | None = None,
        reason: str = "",
    ) -> Correction:
        """Put one sample right (GDPR Art. 16); importing its export again does not bring the old value back.

        A day as ``start`` names the only sample that starts on it, an instant the one of that second;
        ``source`` and ``end`` tell it from others. Workouts, sleeps, sets and scores can't be corrected, and
        of check-ins the latest counts anyway.

        Raises:
            InputError: none, or more than one, is like that; or the metric can't have that value.
            UnknownMetric: nothing in this vault is called so.
        """
        from vault.store import correct

        which = self._which(metric, start, source, end)
        return correct.correct(
            self._store.connection, which, value, reason, home=self.home_zone, clock=self.clock
        )

    def uncorrect(
        self, metric: str, start: Moment, *, source: str | None = None, end: Moment | None = None
    ) -> Correction:
        """Bring back what was told of one sample, named as in ``correct``, before it was corrected."""
        from vault.store import correct

        which = self._which(metric, start, source, end)
        return correct.withdraw(self._store.connection, which, home=self.home_zone, clock=self.clock)

    def _which(self, metric: str, start: Moment, source: str | None, end: Moment | None) -> Which:
        from vault.store.single import Which

        ends = range_ns(end, None, self.home_zone)[0]
        return Which(metric, span(start, start, self.home_zone), ends, source)

    def checkin(self, date: Moment, **items: float | bool) -> None:
        """Say how you feel on a day.

        energy, sleep_quality, mood: 1-5, higher is better; soreness, stress: 1-5, higher is worse;
        pain, illness: True or False. The latest check-in of a day counts.

        Raises:
            InputError: no such item, an answer off the scale, or a day that has not come yet.
        """
        from vault.checkin import checked

        home = self.home_zone
        body = checked(the_day(date, home), latest_day(self.clock, home), items)
        self._store.append_event("checkin", body, self.clock)

    def remember_aliases(self, aliases: Mapping[str, str]) -> None:
        """Remember whose app a source name is; used by later imports."""
        import json

        self._store.set_setting("aliases", json.dumps({**self.aliases(), **aliases}, sort_keys=True))

    def aliases(self) -> dict[str, str]:
        """Return the remembered source names and their apps."""
        import json

        told: dict[str, str] = json.loads(self._store.setting("aliases") or "{}")
        return told

    def prefer(
        self, source: str, metric: str | None = None, start: Moment | None = None, end: Moment | None = None
    ) -> bool:
        """Believe a source first, of a metric or all, from a day to a day or always (``vault.preferences``).

        "sleep" and "workouts" stand for all of their numbers. What the source did not record, others tell.
        Returns whether it told anything of the metric so far.
        """
        from vault import preferences

        first, last = day(start, self.home_zone), day(end, self.home_zone)
        return preferences.prefer(self._store, source, metric, first, last)

    def forget_preferences(
        self, source: str, metric: str | None = None, start: Moment | None = None, end: Moment | None = None
    ) -> int:
        """Take back the choices of a source that all of the given words are said of; returns how many."""
        from vault import preferences

        first, last = day(start, self.home_zone), day(end, self.home_zone)
        return preferences.forget(self._store, source, metric, first, last)

    def preferences(self) -> pd.DataFrame:
        """Return source, metric, start and end of the owner's choices, in the order they were made."""
        from vault.preferences import table

        return table(self._store.preferences())

    # Settings and events, for policies and the command line

    @property
    def home_zone(self) -> ZoneInfo:
        """The zone in which days without a recorded offset are counted."""
        return self._store.home_zone

    def set_home_zone(self, name: str) -> None:
        """Change the home zone; daily values are computed anew."""
        self._store.set_home_zone(name)

    def append_event(self, kind: str, body: Mapping[str, Any], *, follows: int | None = None) -> int:
        """Append one event to the log of a kind and return its id (``append_events``)."""
        return self.append_events([(kind, body, follows)])[0]

    def append_events(self, lines: Iterable[Line]) -> list[int]:
        """Append to logs (consent, audit), all or nothing; nothing is ever changed there.

        A line is (kind, body, follows). Raises Busy if the newest event of a kind is not the one its line
        follows (0: an empty log; None: whatever it is).
        """
        return self._store.append_events(lines, self.clock)

    def events(self, kind: str, after: int = 0) -> list[Event]:
        """Return the log of a kind after an event, in order."""
        return self._store.events(kind, after)

    def last_event(self, kind: str) -> Event | None:
        """Return the newest event of a kind, or None."""
        return self._store.last_event(kind)

    def imports(self) -> pd.DataFrame:
        """Return the ledger: one row an import."""
        from vault.reading.frames import ledger

        return ledger(self._store.imports())

    def carried_imports(self) -> pd.DataFrame:
        """Return the ledger of the vaults whose bundles were taken in: one row an import, in order.

        adapter, version, at (UTC), digests (SHA-256 of the files, separated by commas).
        """
        from vault.reading.frames import carried

        return carried(self._store.carried())
