"""The vault as people use it: every method asks one room below and returns its answer.

``vault.opening`` gives a ``Vault``. Readers return pandas tables (``vault.readable`` fixes their columns);
what an adapter yields goes in through ``ingest``; the care of the whole is ``vault.custody``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vault.custody import Custody
from vault.errors import UnknownMetric
from vault.metrics import Metric, find, is_vendor_coded
from vault.moment import day, latest_day, range_ns, span, the_day
from vault.store.sparse import workout_id

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd

    from vault.analysis.readiness import Readiness
    from vault.readable import Moment
    from vault.records import Document, Record
    from vault.store.events import Event, Line
    from vault.store.reader import Columns
    from vault.store.report import ImportReport

__all__ = ["Vault"]


class Vault(Custody):
    """An open vault; close it, or use it in ``with``. Implements ``vault.readable.Readable``."""

    # Writing

    def ingest(self, records: Iterable[Record], *, dry_run: bool = False) -> ImportReport:
        """Take in an export, whole or not at all; what is there already is not added again."""
        return self._store.ingest(
            records,
            adapter=getattr(records, "adapter", ""),
            version=getattr(records, "version", ""),
            clock=self.clock,
            identity=self.identity_key,
            dry_run=dry_run,
        )

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
    ) -> None:
        """Believe a source first, of a metric or all, from a day to a day or always (``vault.preferences``).

        "sleep" and "workouts" stand for all of their numbers. What the source did not record, others tell.
        """
        from vault import preferences

        first, last = day(start, self.home_zone), day(end, self.home_zone)
        preferences.prefer(self._store, source, metric, first, last)

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

    # Reading

    def columns(self, metric: str, start: Moment | None = None, end: Moment | None = None) -> list[Columns]:
        """Return the stored columns of a metric, for whoever works on arrays."""
        first, last = range_ns(start, end, self.home_zone)
        return self._store.columns(metric, first, last)

    def samples(
        self, metric: str, start: Moment | None = None, end: Moment | None = None, source: str | None = None
    ) -> pd.DataFrame:
        """See ``Readable.samples``."""
        from vault.reading import frames

        first, last = range_ns(start, end, self.home_zone)
        known = self._known(metric)
        if known is not None and known.components:
            return frames.component_samples(
                {
                    part: frames.samples(self._store.columns(f"{metric}.{part}", first, last, source))
                    for part in known.components
                }
            )
        return frames.samples(self._store.columns(metric, first, last, source))

    def daily(self, metric: str, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.daily``; of sleeps, workouts and the analysis it is computed, else stored."""
        from vault.reading import derived, frames

        self._known(metric)
        computed = derived.daily_of(metric)
        if computed is not None:
            return computed(self, start, end)
        first, last = day(start, self.home_zone), day(end, self.home_zone)
        values, names = self._store.daily(metric, first, last)
        return frames.daily(values, names)

    def sleep(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.sleep``."""
        from vault.reading import frames, sleep

        return frames.nights(sleep.nights(self._store, span(start, end, self.home_zone)))

    def sleep_stages(self, session_id: str) -> pd.DataFrame:
        """See ``Readable.sleep_stages``."""
        from vault.reading import frames, sleep

        return frames.stages(sleep.night(self._store, session_id).stages)

    def workouts(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.workouts``."""
        from vault.reading import frames, training

        found = training.folded(self._store, span(start, end, self.home_zone))
        return frames.workouts(
            found, [workout_id(one.best.origin, one.best.key) for one in found], self.home_zone
        )

    def streams(self, workout_id: str, *, original: bool = False) -> pd.DataFrame:
        """See ``Readable.streams``; ``attrs["sources"]`` is the source of each channel.

        With ``original`` only what the one record of that id brought, as ``observations`` lists them.
        """
        from vault.reading import streams

        return streams.streams(self._store, workout_id, original=original)

    def observations(self, workout_id: str) -> pd.DataFrame:
        """Return a workout as each source recorded it, the one that speaks first: its originals.

        The columns of ``workouts`` but for ``also_in``, and ``channels``: what its source gives ``streams``.
        """
        from vault.reading import streams

        return streams.observations(self._store, workout_id)

    def eras(self, metric: str | None = None) -> pd.DataFrame:
        """Return what was measured with which device in which way: a baseline is learned in one of them.

        metric, source, device, method ("night", "5min"; "" where nobody says), first, last (UTC), n; of one
        metric, or of all that readiness has baselines of.
        """
        from vault.merge.eras import BASELINED
        from vault.reading import eras

        if metric is not None:
            self._known(metric)
        return eras.table(self, BASELINED if metric is None else (metric,))

    def sets(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.sets``."""
        from vault.reading import frames, training

        found = training.sets(self._store, span(start, end, self.home_zone))
        return frames.sets(found, [workout_id(one.origin, one.workout) for one in found], self.home_zone)

    def scores(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.scores``."""
        from vault.reading import frames

        return frames.scores(self._store.scores(day(start, self.home_zone), day(end, self.home_zone)))

    def metrics(self) -> pd.DataFrame:
        """See ``Readable.metrics``."""
        from vault.reading import frames

        return frames.series(self._store.series())

    def documents(self, kind: str | None = None) -> Iterator[Document]:
        """Yield what is kept as it came, one at a time: ECGs, clinical FHIR resources, unmapped elements."""
        return self._store.documents(kind)

    def checkins(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.checkins``."""
        from vault.checkin import IMPORTED, table, ticked, with_imported

        first, last = day(start, self.home_zone), day(end, self.home_zone)
        said = table((event.body for event in self.events("checkin")), first, last)
        stored = {series.metric for series in self._store.series()}
        imported = {
            item: ticked(self.columns(name, start, end), self.home_zone)
            if is_vendor_coded(name)
            else self.daily(name, start, end)
            for item, name in IMPORTED.items()
            if name in stored
        }
        return with_imported(said, imported)

    def why(self, metric: str, date: Moment) -> pd.DataFrame:
        """Explain a daily value: source, samples, given, counted and why, of all that counted or did not.

        The counted parts, added in their order, are the value of ``daily``.
        """
        from vault.reading import why

        self._known(metric)
        return why.why(self, self._store, metric, the_day(date, self.home_zone))

    def conflicts(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return where sources disagree about a day by more than the tolerance of ``merge/conflicts.csv``.

        date, metric, value (the one ``daily`` shows), source, other_source, other_value, tolerance.
        """
        from vault.reading import conflicts

        first, last = day(start, self.home_zone), day(end, self.home_zone)
        return conflicts.conflicts(self, self._store, first, last)

    # Analysis

    def readiness(self, date: Moment | None = None) -> Readiness:
        """See ``Readable.readiness``; nothing after that day is looked at."""
        from vault.reading import derived

        return derived.readiness(self, day(date, self.home_zone))

    def readiness_history(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.readiness_history``."""
        from vault.reading import derived

        return derived.readiness_history(self, day(start, self.home_zone), day(end, self.home_zone))

    # Open formats

    def fhir(
        self,
        start: Moment | None = None,
        end: Moment | None = None,
        metrics: Iterable[str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield FHIR R4 resources as dicts; Observations of all metrics, or of those named."""
        from vault.fhir import resources

        return resources(self, start, end, metrics)

    def _known(self, metric: str) -> Metric | None:
        """Return the catalogue's metric, or None for a vendor-coded one this vault holds."""
        found = find(metric)
        if found is None and not any(one.metric == metric for one in self._store.series()):
            raise UnknownMetric("no metric of that name in the catalogue or in this vault")
        return found
