"""What a reader may ask: the one interface of the owner's Vault and of a grantee's View.

Code written against ``Readable`` runs for the owner and, unchanged, for a grantee, who sees less: a column
that is not granted is left out. Every table is a pandas DataFrame; columns and units are fixed here.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from vault.analysis.readiness import Flag, Readiness
    from vault.analysis.sleep.balance import SleepDebt
    from vault.analysis.sleep.rhythm import SleepRhythm
    from vault.analysis.strength.offers import Offer

__all__ = ["Moment", "Readable"]

Moment = date | datetime | str
"""A day (local midnight in the home zone), an aware datetime, or either as ISO 8601 text."""


class Readable(Protocol):
    """Read methods; ``start`` is inclusive, ``end`` exclusive for instants and inclusive for days.

    Sleeps, workouts and sets are asked for by their ``date`` where a day is given: that of the place they
    were recorded in.
    """

    def samples(
        self, metric: str, start: Moment | None = None, end: Moment | None = None, source: str | None = None
    ) -> pd.DataFrame:
        """Return start, end (UTC, ns), utc_offset_min (Int16, nullable), value, source; by start.

        A metric of components (blood_pressure) has a column for each component in place of value.
        """
        ...

    def daily(self, metric: str, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return value, n, sources (text, comma-separated), indexed by local ``date`` (datetime64)."""
        ...

    def sleep(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return one row a sleep, by start.

        session_id, date (local day of waking), start, end, utc_offset_min, is_nap, asleep_min,
        in_bed_min, deep_min, light_min, rem_min, awake_min, source, left_out (other sources).
        """
        ...

    def sleep_stages(self, session_id: str) -> pd.DataFrame:
        """Return start, end, stage of one sleep."""
        ...

    def workouts(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return one row a workout, by start, duplicates across sources folded.

        workout_id, date, start, end, utc_offset_min, activity, duration_min, distance_m, energy_kcal,
        hr_mean, hr_max, elevation_gain_m, source, also_in (text, comma-separated).
        """
        ...

    def streams(self, workout_id: str) -> pd.DataFrame:
        """Return a workout's streams, indexed by elapsed seconds.

        heart_rate, power, cadence, speed, altitude, latitude, longitude as far as recorded.
        """
        ...

    def sets(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return strength sets.

        workout_id, date, start, utc_offset_min, index, exercise (as the vendor spells it), movement (one
        name for it across vendors), set_type, repetitions, load_kg, per_side, duration_s, rpe, rir, source.
        """
        ...

    def scores(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return vendors' own scores: date, source, score, value, unit."""
        ...

    def metrics(self) -> pd.DataFrame:
        """Return what there is: metric, unit, n, first, last (UTC), sources."""
        ...

    def checkins(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return check-ins, indexed by local date, one column an item; imported ones where none was said."""
        ...

    def readiness(self, date: Moment | None = None) -> Readiness:
        """Return the readiness of a wake date (the newest by default)."""
        ...

    def readiness_history(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return score, band, confidence, device, felt, indexed by local date."""
        ...

    def trend(self, term: str, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return a quantity beside its usual, indexed by local date.

        term is hrv, rhr, sleep, resp, temp or felt. value, usual, low, high (usual -/+ one sd of the stream
        that speaks, in the unit people see), mean7 (last 7 days, from 3 known), band_low, band_high (the
        smallest worthwhile change of the 7-day mean), cv7 (100 sd/mean over 7 days), stream (text).
        """
        ...

    def load(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return training load by local date, every day from the first workout on.

        load (points: 100 = one hour at threshold; NaN where nothing is known), ctl, atl, tsb (the morning's),
        monotony, strain (of the last 7 days), change (last 7 days over the last 28, minus 1), method (text).
        """
        ...

    def efforts(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return what each workout cost, by start.

        workout_id, date, activity, duration_min, load (points), method (which data the points are from),
        trimp (Banister), normalized_power_w, intensity_factor, tss.
        """
        ...

    def zones(self, date: Moment | None = None) -> pd.DataFrame:
        """Return heart rate and power zones as known on a day (the newest by default).

        kind (heart_rate, power), zone (1..), name, low, high (None: open), unit, method, basis (text: what
        the limits are from), estimated (bool), today (bool: inside of today's ceiling, by readiness).
        """
        ...

    def sleep_debt(self, date: Moment | None = None) -> SleepDebt:
        """Return need and debt of sleep on a wake date (the newest by default)."""
        ...

    def sleep_rhythm(self, date: Moment | None = None) -> SleepRhythm:
        """Return regularity, social jet lag, phase, bedtime and caffeine of a wake date (the newest)."""
        ...

    def strength(
        self, exercise: str | None = None, start: Moment | None = None, end: Moment | None = None
    ) -> pd.DataFrame:
        """Return strength training, one row a local date and movement.

        date, movement, sets, hard_sets, repetitions, volume_kg, top_load_kg, e1rm_kg (the day's best), rpe,
        trend_kg_per_28d (Theil-Sen slope of e1rm over the 28 days up to the date).
        """
        ...

    def strength_offers(self, date: Moment | None = None) -> tuple[Offer, ...]:
        """Return what strength training suggests on a day: a deload seen or worth offering, more load."""
        ...

    def flags(self, date: Moment | None = None) -> tuple[Flag, ...]:
        """Return the patterns worth a look on a day, each with its evidence and base rate; no diagnosis."""
        ...

    def reaction(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return reaction time tests, one row a session, by start.

        date, start, device, n, mean_speed (1/s), lapses, false_starts, fastest10_ms, slowest10_ms, usual,
        low, high (of mean_speed, on the same device, from 5 earlier sessions), source.
        """
        ...
