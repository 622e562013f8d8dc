"""The only door for anybody who is not the owner: the owner's read methods, less of them.

Every method asks the gate first (decide, write down, let through); then the rooms below cut to the granted
days and sources, make coarser, and keep only columns they name. A column that is not granted is left out, so
code that needs it fails loudly instead of reading blanks. What is not written here is not there: no
attribute is passed through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from policies import analysis, cut, mornings, nights, scores, tables, training
from policies.derived import everything, reduced_readiness, round_confidence
from policies.gate import NAMES, Ask, Gate, Permit
from policies.precision import hourly, reduced
from vault.errors import AccessDenied, UnknownRecord
from vault.metrics import metric as catalogued
from vault.moment import range_ns
from vault.time import now_ns

if TYPE_CHECKING:
    import pandas as pd

    from vault.analysis.readiness import Flag, Readiness
    from vault.analysis.sleep.balance import SleepDebt
    from vault.analysis.sleep.rhythm import SleepRhythm
    from vault.analysis.strength.offers import Offer
    from vault.readable import Moment

__all__ = ["View"]

SAMPLES = ("raw", "hourly")
DAILY = ("daily", "weekly", "band", "yes_no")
SCORE = "readiness_score"


class View:
    """What one grantee sees for one purpose; implements ``vault.readable.Readable``.

    Made by ``policies.view``. Tables have the owner's columns as far as granted; ``value`` is a word where
    a band or a yes_no is granted, and weeks stand at their Monday. Samples granted hourly come as one row an
    hour. No attribute of a view leads to the vault. Python has no walls, though: code in the same process
    that means to reach the vault can. Who is not to be trusted gets data, not a process.

    Every reading method raises AccessDenied for what is not granted, saying why and what to do.
    """

    __slots__ = ("__weakref__", "_grantee", "_purpose")

    def __init__(self, gate: Gate) -> None:
        self._grantee, self._purpose = gate.grantee, gate.purpose
        _GATES[self] = gate

    def __reduce__(self) -> str:
        raise TypeError("a view can't be copied or pickled")

    def __repr__(self) -> str:
        return f"View(grantee={self._grantee!r}, purpose={self._purpose!r})"

    @property
    def grantee(self) -> str:
        """Who looks."""
        return self._grantee

    @property
    def purpose(self) -> str:
        """What for."""
        return self._purpose

    def granted(self, start: Moment | None = None, end: Moment | None = None) -> dict[str, str]:
        """Return category -> finest rung of what may be read now; of these days where some are restricted."""
        gate = _GATES[self]
        start, end = (start, end) if gate.restricts() else (None, None)
        # Without any grant, the refusal of any category says so.
        asks = [Ask(name, tables.ladder()) for name in gate.named() or [SCORE]]
        permits = gate.open("metrics", (), asks, start=start, end=end)
        return {name: permit.action for name, permit in permits.items()}

    def metrics(self) -> pd.DataFrame:
        """Return what is granted, whether or not there is any of it: metric, unit, granularity."""
        import pandas as pd

        told = [(name, tables.category(name).unit, rung) for name, rung in self.granted().items()]
        return pd.DataFrame(told, columns=["metric", "unit", "granularity"])

    def samples(
        self, metric: str, start: Moment | None = None, end: Moment | None = None, source: str | None = None
    ) -> pd.DataFrame:
        """Return single values where raw is granted, or one row an hour where hourly is.

        Naming a ``source`` takes a grant for the names of devices: guessing a name is a question too. Places
        are those along workouts, which have to be granted raw too; their ends are masked.
        """
        gate, name = _GATES[self], _category(metric)
        along = [Ask("workouts", ("raw",))] if name == training.PLACES else []
        asked = [Ask(name, SAMPLES), *along, *([] if source is None else [NAMES])]
        permits = gate.open("samples", asked, start=start, end=end)
        permit, home = permits[name], gate.owner.home_zone
        bounds = range_ns(start, end, home)
        if along:
            metric, frame = name, training.tracks(gate, permits)
            frame = frame if source is None else frame[frame["source"] == source]
        else:
            frame = gate.owner.samples(metric, *cut.span([permit]), source)
        frame = cut.by_instant(frame, permit, bounds, home)
        values = [*catalogued(metric).components] or ["value"]
        if permit.action == "raw":
            return cut.only(frame, ["start", "end", "utc_offset_min", *values, *_names(permits)])
        over = (bounds[0] or 0, min(bounds[1] or now_ns(lambda: permit.now), now_ns(lambda: permit.now)))
        kept = frame[["start", "utc_offset_min", "source", *values]]
        return hourly(kept, catalogued(metric).rollup, permit.category.rounding, over, home)

    def daily(self, metric: str, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return value by local date: a day's number, or a week's number, word or yes_no at its Monday."""
        gate, name = _GATES[self], _category(metric)
        permit = gate.open("daily", [Ask(name, DAILY)], start=start, end=end)[name]
        frame = gate.owner.daily(metric, *cut.span([permit]))
        if "value" not in frame.columns:
            raise AccessDenied(f"there is no daily number of {metric}", hint="name one of its components")
        return reduced(frame[cut.rows_within(frame, frame.index, permit, "sources")], permit)

    def sleep(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return one row a date of waking, with the granted lengths in minutes.

        One row a sleep, with its start and end, only where ``sleep_times`` is granted raw.
        """
        gate = _GATES[self]
        permits = gate.open("sleep", (), nights.asks(), start=start, end=end)
        found = nights.sleeps(gate, permits)
        if not _raw(permits, "sleep_times"):
            return nights.by_date(found, permits, gate)
        told = nights.by_sleep(found, permits, _names(permits))
        told["session_id"] = [gate.reader_id(name) for name in told["session_id"]]
        return told

    def sleep_stages(self, session_id: str) -> pd.DataFrame:
        """Return start, end, stage of one sleep; takes ``sleep_stage`` and ``sleep_times``, both raw."""
        gate = _GATES[self]
        permits = gate.open("sleep_stages", [Ask("sleep_times", ("raw",)), Ask("sleep_stage", ("raw",))])
        found = nights.sleeps(gate, permits)
        for permit in permits.values():
            found = found[cut.rows_within(found, found["date"], permit, "source")]
        for name in found["session_id"]:
            if gate.reader_id(name) == session_id:
                return cut.only(gate.owner.sleep_stages(name), ["start", "end", "stage"])
        raise UnknownRecord("no sleep of that id", hint="take session_id from sleep()")

    def workouts(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return one row a workout; clock times only where ``workouts`` is granted raw."""
        gate = _GATES[self]
        asked = [Ask("workouts", training.ROWS)]
        extra = training.asks("workouts", training.ROWS)
        permits = gate.open("workouts", asked, extra, start=start, end=end)
        return training.workouts(gate, permits, _names(permits))

    def streams(self, workout_id: str) -> pd.DataFrame:
        """Return what was recorded along a workout, of the metrics granted raw.

        Where it was, if ``gps_position`` is: without the surroundings of both ends, and to about 10 m.
        """
        gate = _GATES[self]
        permits = gate.open("streams", [Ask("workouts", ("raw",))], training.asks("streams", ("raw",)))
        return training.streams(gate, permits, workout_id)

    def sets(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return strength sets; their clock times only where they are granted raw."""
        gate = _GATES[self]
        permits = gate.open("sets", [Ask("strength_set", training.ROWS)], start=start, end=end)
        return training.sets(gate, permits, _names(permits))

    def scores(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return vendors' own scores, rounded: date, score, value, unit."""
        gate = _GATES[self]
        permits = gate.open("scores", [Ask("vendor_scores", ("daily",))], start=start, end=end)
        permit = permits["vendor_scores"]
        frame = gate.owner.scores(permit.first_day, permit.last_day)
        rows = frame[cut.rows_within(frame, frame["date"], permit, "source")]
        rows = scores.told(rows, scores.kept_back(permit))
        return cut.only(rows, ["date", *_names(permits), "score", "value", "unit"])

    def checkins(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return check-ins by local date, one column an item that is granted."""
        gate, needed = _GATES[self], tables.columns("checkins")
        asks = [Ask(needs[0], ("daily",)) for needs in needed.values()]
        permits = gate.open("checkins", (), asks, start=start, end=end)
        told = {item: permits[needs[0]] for item, needs in needed.items() if needs[0] in permits}
        # What a person says comes from no device, so a grant limited to devices does not hold it.
        told = {item: permit for item, permit in told.items() if permit.sources is None}
        frame = cut.only(gate.owner.checkins(*cut.span(permits.values())), list(told), index=True)
        for item, permit in told.items():
            frame[item] = frame[item].where(cut.days_within(frame.index, permit))
        return frame.dropna(how="all")

    def readiness(self, date: Moment | None = None) -> Readiness:
        """Return the readiness of a wake date, the newest granted by default.

        Score, band and confidence; contributions, reasons and what is missing only as far as the inputs
        they tell of are granted daily too, with the days the usual is made of.

        Raises:
            UnknownRecord: there is none on the granted days.
        """
        gate = _GATES[self]
        inputs = [Ask(name, ("daily",)) for name in sorted(everything())]
        permits = gate.open("readiness", [Ask(SCORE, ("daily",))], inputs, start=date, end=date)
        permit = permits[SCORE]
        told = mornings.newest(gate.owner.readiness, date, [permit])
        if not cut.granted([told.date], [permit])[0]:
            raise UnknownRecord("no readiness on the granted days", hint="see readiness_history()")
        seen = [name for name, one in permits.items() if cut.settled([told.date], [one])[0]]
        return reduced_readiness(told, seen)

    def readiness_history(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return score, band and confidence by local date; weekly without confidence, band alone."""
        gate = _GATES[self]
        permit = gate.open("readiness_history", [Ask(SCORE, DAILY[:3])], start=start, end=end)[SCORE]
        frame = gate.owner.readiness_history(permit.first_day, permit.last_day)
        frame = frame[cut.days_within(frame.index, permit)].dropna(subset=["score"])
        values = frame[["score"]].rename(columns={"score": "value"})
        if permit.action == "daily":
            told = cut.only(frame, ["score", "band", "confidence"], index=True)
            told["score"] = reduced(values, permit)["value"]
            told["confidence"] = [round_confidence(one) for one in told["confidence"]]
            return told
        band = reduced(values, permit, "band").rename(columns={"value": "band"})
        if permit.action == "weekly":
            band.insert(0, "score", reduced(values, permit)["value"])
        return band

    def trend(self, term: str, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return a quantity beside its usual, on days whose past is granted too."""
        return analysis.trend(_GATES[self], term, start, end)

    def load(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return training load by local date; takes TRIMP and TSS.

        Fitness and what else adds up stand on days whose past is granted too.
        """
        return analysis.load(_GATES[self], start, end)

    def efforts(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return what each workout cost; takes workouts, TRIMP and TSS."""
        return analysis.efforts(_GATES[self], start, end)

    def zones(self, date: Moment | None = None) -> pd.DataFrame:
        """Return the zones of heart rate, of power, or both.

        Heart rate takes ``workout_hr_max``, ``resting_heart_rate`` and ``sleeping_heart_rate_min`` for a
        year, and ``vendor_scores`` of all days; power takes ``functional_threshold_power`` of all days.
        Today's ceiling stands where advice is told.
        """
        return mornings.zones(_GATES[self], date)

    def sleep_debt(self, date: Moment | None = None) -> SleepDebt:
        """Return need and debt of sleep, the newest granted by default."""
        return mornings.sleep_debt(_GATES[self], date)

    def sleep_rhythm(self, date: Moment | None = None) -> SleepRhythm:
        """Return the rhythm of sleep to the quarter hour.

        Takes ``sleep_times``, ``sleep_duration`` and ``sleep_latency``; caffeine stands in it where that is
        granted by the hour.
        """
        return mornings.sleep_rhythm(_GATES[self], date)

    def strength(
        self, exercise: str | None = None, start: Moment | None = None, end: Moment | None = None
    ) -> pd.DataFrame:
        """Return strength training as it follows from the granted sets."""
        return analysis.strength(_GATES[self], exercise, start, end)

    def strength_offers(self, date: Moment | None = None) -> tuple[Offer, ...]:
        """Return what strength training suggests, without evidence; takes all sets, and what flags take."""
        return mornings.strength_offers(_GATES[self], date)

    def flags(self, date: Moment | None = None) -> tuple[Flag, ...]:
        """Return the patterns worth a look, without evidence; takes all that advice may tell of."""
        return mornings.flags(_GATES[self], date)

    def reaction(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return reaction time tests, one row a session."""
        return analysis.reaction(_GATES[self], start, end)


_GATES: WeakKeyDictionary[View, Gate] = WeakKeyDictionary()
"""Kept beside the views, so that a view itself holds nothing."""


def _category(metric: str) -> str:
    """Return the category of a metric with numbers; raises UnknownMetric for what is none."""
    return tables.category(catalogued(metric).name).name


def _names(permits: Mapping[str, Permit]) -> list[str]:
    return ["source"] if "device_names" in permits else []


def _raw(permits: Mapping[str, Permit], name: str) -> bool:
    return name in permits and permits[name].action == "raw"
