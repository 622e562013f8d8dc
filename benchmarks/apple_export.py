"""Writes a synthetic Apple Health ``export.xml`` of any size, the same bytes for the same arguments.

The idea: a file is a train of records per type, evenly strewn over the same days and written in slices,
each with random streams of its own. So any size needs the memory of one slice, and a later export is the
earlier one with more at the end of every train and other memory addresses in its device texts.

    python benchmarks/apple_export.py export.xml --records 1000000
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from apple_attributes import DAY_S, EPOCH, HOUR_S, Clock, Sources, day_number, releases
from apple_types import RecordType, draw, record_types

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Instants = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

__all__ = ["write_export"]

DTD = Path(__file__).with_name("healthkit_v14.dtd")
WORKOUT = Path(__file__).with_name("apple_workout.xml")
END_DAY = day_number(date(2025, 7, 1))
RECORDS_A_DAY, LEAST_DAYS, MOST_DAYS = 800, 30, 3_650
SLICE = 5_000
RECORDS_A_SYNC = 6
"""Where watch and phone both count, they write in turns of about this many."""
BEATS = "HKQuantityTypeIdentifierHeartRateVariabilitySDNN"
PRESSURES = ("BloodPressureSystolic", "BloodPressureDiastolic")
DAYS_A_WORKOUT = 2
WORKOUT_VALUES = {
    "activity": "Running|Cycling|TraditionalStrengthTraining|Walking|Yoga",
    "indoor": "0|1",
    "energy": "140.117..720.462",
    "met": "3.4..9.6 kcal/hr·kg",
    "humidity": "4000..9200 %",
    "mean": "98..152",
    "low": "61..96",
    "high": "153..188",
}
ACTIVITY_SUMMARY = (
    ' <ActivitySummary dateComponents="{}" activeEnergyBurned="{}" activeEnergyBurnedGoal="520"'
    ' activeEnergyBurnedUnit="kcal" appleMoveTime="0" appleMoveTimeGoal="0" appleExerciseTime="{}"'
    ' appleExerciseTimeGoal="30" appleStandHours="{}" appleStandHoursGoal="12"/>\n'
)
OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData [\n{}]>\n<HealthData locale="en_GB">\n'
    ' <ExportDate value="{}"/>\n'
    ' <Me HKCharacteristicTypeIdentifierDateOfBirth="1988-03-14"'
    ' HKCharacteristicTypeIdentifierBiologicalSex="HKBiologicalSexFemale"'
    ' HKCharacteristicTypeIdentifierBloodType="HKBloodTypeNotSet"'
    ' HKCharacteristicTypeIdentifierFitzpatrickSkinType="HKFitzpatrickSkinTypeNotSet"'
    ' HKCharacteristicTypeIdentifierCardioFitnessMedicationsUse="None"/>\n'
)


@dataclass(frozen=True)
class Span:
    """A stretch of days with its records; part 0 is the first export, part 1 what came since."""

    part: int
    first_day: int
    days: int
    records: int

    def counts(self, kinds: list[RecordType]) -> list[int]:
        """Return how many records of each type it holds; the commonest type takes the rounding."""
        counts = [self.records * kind.ppm // 1_000_000 for kind in kinds]
        counts[int(np.argmax(counts))] += self.records - sum(counts)
        return counts


def spans(records: int, extra_percent: float) -> list[Span]:
    """Return the days of an export of ``records``, and those of what is new in a later one."""
    days = min(max(records // RECORDS_A_DAY, LEAST_DAYS), MOST_DAYS)
    first = Span(0, END_DAY - days, days, records)
    extra = round(records * extra_percent / 100)
    if not extra:
        return [first]
    return [first, Span(1, END_DAY, max(1, round(days * extra_percent / 100)), extra)]


def instants(kind: RecordType, span: Span, count: int, first: int, seed: int) -> Instants:
    """Return created, start and end in UTC seconds of the records ``first`` and following of a slice.

    They depend on the type only through its hours, durations and count, so what one device writes at once
    (a scale's weight and fat, a cuff's two pressures) has the same seconds. Starts are distinct.
    """
    rng = np.random.default_rng([seed, span.part, first])
    n = min(SLICE, count - first)

    def second(place: NDArray[np.float64]) -> NDArray[np.int64]:
        day, share = np.divmod(place * (span.days / count), 1.0)
        hour = span.first_day * 24 + day * 24 + kind.from_hour + share * (kind.to_hour - kind.from_hour)
        return (hour * HOUR_S).astype(np.int64)

    place = np.arange(first, first + n, dtype=np.float64)
    start = second(place + 0.9 * rng.random(n))
    end = start + rng.integers(kind.min_s, kind.max_s + 1, n)
    if kind.source != "both":
        # One device does not count the same seconds twice; two devices do.
        end = np.minimum(end, np.maximum(start, second(place + 1)))
    return end + rng.integers(0, 901, n), start, end


def heads(kind: RecordType, start: NDArray[np.int64], sources: Sources, rng: Generator) -> list[str]:
    """Return each record's line up to its dates."""
    phone = np.zeros(len(start), np.int64)
    if kind.source == "both":
        phone = np.cumsum(rng.random(len(start)) < 1 / RECORDS_A_SYNC) % 2
    names = ("watch", "phone") if kind.source == "both" else (kind.source,)
    unit = f' unit="{kind.unit}"' if kind.unit else ""
    writers, which = np.unique(2 * releases(start) + phone, return_inverse=True)
    texts = [
        f' <Record type="{kind.type}"{sources.attributes(names[writer % 2], writer // 2)}{unit}'
        for writer in writers.tolist()
    ]
    return [texts[i] for i in which.tolist()]


def tails(kind: RecordType, starts: list[str], rng: Generator) -> list[str]:
    """Return each record's line from its value's closing quote, with its children."""
    columns = [
        [f'  <MetadataEntry key="{key}" value="{value}"/>\n' for value in draw(spec, len(starts), rng)]
        for key, spec in kind.entries
    ]
    if kind.type == BEATS:
        columns.append([beats(start, rng) for start in starts])
    if not columns:
        return ['"/>\n'] * len(starts)
    return ['">\n' + "".join(children) + " </Record>\n" for children in zip(*columns)]


def beats(start: str, rng: Generator) -> str:
    """Return a minute of single beats, on the wall clock without a date as Apple writes them."""
    n = int(rng.integers(40, 61))
    midnight = (int(start[11:13]) * 60 + int(start[14:16])) * 60 + int(start[17:19])
    hundredths = (100 * midnight + np.cumsum(rng.integers(70, 111, n))) % (100 * DAY_S)
    lines = [
        f'   <InstantaneousBeatsPerMinute bpm="{bpm}"'
        f' time="{t // 360_000:02}:{t // 6_000 % 60:02}:{t // 100 % 60:02}.{t % 100:02}"/>\n'
        for bpm, t in zip(rng.integers(46, 84, n).tolist(), hundredths.tolist())
    ]
    tag = "HeartRateVariabilityMetadataList"
    return f"  <{tag}>\n{''.join(lines)}  </{tag}>\n"


@dataclass(frozen=True)
class Export:
    """What all parts of one file share."""

    seed: int
    clock: Clock
    sources: Sources

    def records(self, kind: RecordType, span: Span, count: int) -> Iterator[list[str]]:
        """Yield a type's records of a span, a slice at a time."""
        for first in range(0, count, SLICE):
            rng = np.random.default_rng([self.seed, span.part, first, kind.number])
            times = instants(kind, span, count, first, self.seed)
            head = heads(kind, times[1], self.sources, rng)
            created, start, end = map(self.clock.texts, times)
            value = draw(kind.value, len(head), rng)
            tail = tails(kind, start, rng)
            yield [
                f'{h} creationDate="{c}" startDate="{s}" endDate="{e}" value="{v}{t}'
                for h, c, s, e, v, t in zip(head, created, start, end, value, tail)
            ]

    def correlations(self, kinds: list[RecordType], span: Span) -> Iterator[str]:
        """Yield each blood pressure, whose two records stand in the file a second time by themselves."""
        chosen = [(kind, n) for kind, n in zip(kinds, span.counts(kinds)) if kind.type.endswith(PRESSURES)]
        pairs = zip(*(self.records(kind, span, n) for kind, n in chosen))
        for systolic, diastolic in (pair for slices in pairs for pair in zip(*slices)):
            source = systolic[systolic.index(" sourceName=") : systolic.index(" unit=")]
            dates = systolic[systolic.index(" creationDate=") : systolic.index(" value=")]
            yield (
                f' <Correlation type="HKCorrelationTypeIdentifierBloodPressure"{source}{dates}>\n'
                f" {systolic} {diastolic} </Correlation>\n"
            )

    def workouts(self, span: Span) -> Iterator[str]:
        """Yield the span's workouts, each with a pause."""
        rng = np.random.default_rng([self.seed, span.part, 0, 1_000])
        start = np.arange(span.first_day, span.first_day + span.days, DAYS_A_WORKOUT) * DAY_S
        start += 17 * HOUR_S + rng.integers(0, 2 * HOUR_S, len(start))
        active = rng.integers(1_200, 4_200, len(start))
        pause, resume = start + 600, start + 600 + rng.integers(20, 120, len(start))
        end = start + active + resume - pause
        moments = {"created": end + 4, "start": start, "end": end, "pause": pause, "resume": resume}
        columns = {name: self.clock.texts(moment) for name, moment in moments.items()}
        columns |= {name: draw(spec, len(start), rng) for name, spec in WORKOUT_VALUES.items()}
        columns["minutes"] = [f"{seconds / 60:g}" for seconds in active.tolist()]
        columns["source"] = [self.sources.attributes("watch", r) for r in releases(start).tolist()]
        template = WORKOUT.read_text(encoding="utf-8")
        for row in zip(*columns.values()):
            yield template.format(**dict(zip(columns, row)))

    def summaries(self, span: Span) -> Iterator[str]:
        """Yield the rings of each day."""
        rng = np.random.default_rng([self.seed, span.part, 0, 1_001])
        days = [str(EPOCH + timedelta(span.first_day + day)) for day in range(span.days)]
        columns = [draw(spec, span.days, rng) for spec in ("310.214..1104.873", "14..127", "8..17")]
        yield from map(ACTIVITY_SUMMARY.format, days, *columns)


def write_export(
    path: Path, records: int, *, seed: int = 7, pointer_seed: int = 0, extra_percent: float = 0
) -> dict[str, int]:
    """Write an export of ``records`` top-level records plus ``extra_percent`` of later ones.

    Returns:
        How many records, correlations, workouts and activity_summaries were written.
    """
    kinds = record_types()
    parts = spans(records, extra_percent)
    days = sum(span.days for span in parts)
    export = Export(seed, Clock(parts[0].first_day, days + 3), Sources(pointer_seed))
    counts = {"records": 0, "correlations": 0, "workouts": 0, "activity_summaries": 0}

    def counted(name: str, texts: Iterator[str] | list[str]) -> str:
        kept = list(texts)
        counts[name] += len(kept)
        return "".join(kept)

    with path.open("w", encoding="utf-8", newline="\n") as file:
        export_day = np.array([(parts[0].first_day + days) * DAY_S + 9 * HOUR_S])
        file.write(OPENING.format(DTD.read_text(encoding="utf-8"), export.clock.texts(export_day)[0]))
        trains = [span.counts(kinds) for span in parts]
        for kind in kinds:
            for span, train in zip(parts, trains):
                for texts in export.records(kind, span, train[kind.number]):
                    file.write(counted("records", texts))
        for span in parts:
            file.write(counted("correlations", export.correlations(kinds, span)))
        for span in parts:
            file.write(counted("workouts", export.workouts(span)))
        for span in parts:
            file.write(counted("activity_summaries", export.summaries(span)))
        file.write("</HealthData>\n")
    return counts


def main() -> None:
    """Write one export and print as JSON what is in it."""
    parser = argparse.ArgumentParser(description="Write a synthetic Apple Health export.xml.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--pointer-seed", type=int, default=0, help="changes only the device addresses")
    parser.add_argument("--extra", type=float, default=0, metavar="PERCENT", help="append later records")
    given = parser.parse_args()
    counts = write_export(
        given.out, given.records, seed=given.seed, pointer_seed=given.pointer_seed, extra_percent=given.extra
    )
    print(json.dumps({**counts, "bytes": given.out.stat().st_size}))


if __name__ == "__main__":
    main()
