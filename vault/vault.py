"""The vault as people use it: every method asks one room below and returns its answer.

``vault.opening`` gives a ``Vault``. Readers return pandas tables (``vault.readable`` fixes their columns);
what goes in is ``vault.recording``; the care of the whole is ``vault.custody``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from vault.errors import UnknownMetric
from vault.metrics import Metric, find, is_vendor_coded
from vault.moment import day, range_ns, span, the_day
from vault.recording import Recording
from vault.store.sparse import workout_id

if TYPE_CHECKING:
    import pandas as pd

    from vault.analysis.readiness import Flag, Readiness
    from vault.analysis.sleep.balance import SleepDebt
    from vault.analysis.sleep.rhythm import SleepRhythm
    from vault.analysis.strength.offers import Offer
    from vault.merge.nights import Night
    from vault.readable import Moment
    from vault.records import Document, LedgerLine, Score, SleepSession, Stream, StrengthSet, Workout
    from vault.store.reader import Columns
    from vault.store.whole import StoredSeries

    _R = TypeVar("_R", Workout, Stream, SleepSession, StrengthSet, Score, Document)

__all__ = ["Vault"]


class Vault(Recording):
    """An open vault; close it, or use it in ``with``. Implements ``vault.readable.Readable``."""

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
        from vault.reading import derived, frames, totals

        self._known(metric)
        computed = derived.daily_of(metric)
        if computed is not None:
            return computed(self, start, end)
        first, last = day(start, self.home_zone), day(end, self.home_zone)
        found = frames.daily(*self._store.daily(metric, first, last))
        if metric not in totals.TOTALS:
            return found
        stated = frames.daily(*self._store.daily(totals.TOTALS[metric], first, last))
        return totals.with_totals(found, stated)

    def sleep(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.sleep``."""
        from vault.reading import frames, sleep

        return frames.nights(sleep.nights(self._store, span(start, end, self.home_zone)))

    def sleep_stages(self, session_id: str) -> pd.DataFrame:
        """See ``Readable.sleep_stages``."""
        from vault.reading import frames, sleep

        return frames.stages(sleep.night(self._store, session_id).stages)

    def nights(self, start: Moment | None = None, end: Moment | None = None) -> list[Night]:
        """Return the sleeps of ``sleep`` as they are, each with its stages."""
        from vault.reading import sleep

        return sleep.nights(self._store, span(start, end, self.home_zone))

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

    def streams_of(self, workout_ids: Sequence[str]) -> dict[str, list[Stream]]:
        """Return the streams that each of these records of a workout came with, as stored; none, no entry."""
        return self._store.streams_of(workout_ids)

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
        return frames.sets([one for one, _ in found], [event for _, event in found], self.home_zone)

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

    def stored_series(self) -> list[StoredSeries]:
        """Return every series with samples, also those no reader looks at (``quarantine:...``), by name."""
        from vault.store import whole

        return whole.series(self._store)

    def records(self, kind: type[_R]) -> Iterator[_R]:
        """Yield the records of a kind as each source told them, in an order no import has a say in."""
        from vault.store import whole

        return whole.records(self._store, kind)

    def ledger(self) -> list[LedgerLine]:
        """Return the imports that count, also those of vaults whose bundles were taken in, oldest first."""
        from vault.store import whole

        return whole.ledger(self._store)

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

        The counted parts, added in their order, are the value of ``daily`` to the last bit; of
        readiness_score, whose points are shares of a curve, to 1e-9.
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

        return derived.readiness(self, self._store, day(date, self.home_zone))

    def readiness_history(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.readiness_history``."""
        from vault.reading import derived

        first, last = day(start, self.home_zone), day(end, self.home_zone)
        return derived.readiness_history(self, self._store, first, last)

    def trend(self, term: str, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.trend``."""
        from vault.reading import trend

        first, last = day(start, self.home_zone), day(end, self.home_zone)
        return trend.trend(self, self._store, term, first, last)

    def load(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.load``."""
        from vault.reading import load

        return load.load(self, self._store, day(start, self.home_zone), day(end, self.home_zone))

    def efforts(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.efforts``."""
        from vault.reading import load

        return load.efforts(self, self._store, day(start, self.home_zone), day(end, self.home_zone))

    def zones(self, date: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.zones``."""
        from vault.reading import zones

        return zones.zones(self, self._store, day(date, self.home_zone))

    def sleep_debt(self, date: Moment | None = None) -> SleepDebt:
        """See ``Readable.sleep_debt``."""
        from vault.reading import rhythm

        return rhythm.sleep_debt(self, day(date, self.home_zone))

    def sleep_rhythm(self, date: Moment | None = None) -> SleepRhythm:
        """See ``Readable.sleep_rhythm``."""
        from vault.reading import rhythm

        return rhythm.sleep_rhythm(self, day(date, self.home_zone))

    def strength(
        self, exercise: str | None = None, start: Moment | None = None, end: Moment | None = None
    ) -> pd.DataFrame:
        """See ``Readable.strength``."""
        from vault.reading import strength

        return strength.strength(self, exercise, day(start, self.home_zone), day(end, self.home_zone))

    def strength_offers(self, date: Moment | None = None) -> tuple[Offer, ...]:
        """See ``Readable.strength_offers``."""
        from vault.reading import strength

        return strength.offers(self, day(date, self.home_zone))

    def flags(self, date: Moment | None = None) -> tuple[Flag, ...]:
        """See ``Readable.flags``."""
        return self.readiness(date).flags

    def reaction(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Readable.reaction``."""
        from vault.reading import reaction

        return reaction.reaction(self, day(start, self.home_zone), day(end, self.home_zone))

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
