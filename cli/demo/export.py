"""The made-up person's Apple Health export, byte for byte the same every time.

It has what real ones have: a watch and a phone that count the same steps, a strength machine and a
running club that reach the person only through Apple Health, device strings with memory addresses, and
offsets of the day of the export instead of the day of the record.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from xml.sax.saxutils import quoteattr

from cli.demo.person import Day, days

__all__ = ["write_export"]

_OFFSET = timezone(timedelta(hours=2))
_HK = "HKQuantityTypeIdentifier"
_WATCH = (
    "<<HKDevice: 0x3029f4000>, name:Apple Watch, manufacturer:Apple Inc., model:Watch, "
    "hardware:Watch7,2, software:11.2>"
)
_PHONE = (
    "<<HKDevice: 0x3029f5000>, name:iPhone, manufacturer:Apple Inc., model:iPhone, "
    "hardware:iPhone15,4, software:18.2>"
)
_DEVICES = {"Alex’s Apple Watch": ("11.2", _WATCH), "Alex’s iPhone": ("18.2", _PHONE)}
_ZONE = {"HKTimeZone": "Europe/Berlin"}

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 14 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout|ActivitySummary|ClinicalRecord)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
>
]>
<HealthData locale="de_DE">
 <ExportDate value="2026-04-05 09:00:00 +0200"/>
 <Me HKCharacteristicTypeIdentifierDateOfBirth="1988-06-01" \
HKCharacteristicTypeIdentifierBiologicalSex="HKBiologicalSexNotSet" \
HKCharacteristicTypeIdentifierBloodType="HKBloodTypeNotSet" \
HKCharacteristicTypeIdentifierFitzpatrickSkinType="HKFitzpatrickSkinTypeNotSet"/>
"""


def write_export(path: Path) -> int:
    """Write the export as a zip; return how many records it holds."""
    lines = [*_lines(days())]
    text = _HEAD + "\n".join(lines) + "\n</HealthData>\n"
    info = zipfile.ZipInfo("apple_health_export/export.xml", (2026, 4, 5, 9, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, text.encode())
    return sum(line.startswith(" <Record") for line in lines)


def _lines(everyday: list[Day]) -> Iterator[str]:
    for make in (_heart, _steps, _energy, _nightly, _sleep, _weekly):
        for day in everyday:
            yield from make(day)
    for day in everyday:
        yield from _workouts(day)
    for day in everyday:
        yield (
            f' <ActivitySummary dateComponents="{day.date}" activeEnergyBurned="{_active(day):.1f}" '
            'activeEnergyBurnedGoal="520" activeEnergyBurnedUnit="kcal" appleExerciseTime='
            f'"{45 if day.training else 12}" appleExerciseTimeGoal="30" appleStandHours="12" '
            'appleStandHoursGoal="12"/>'
        )


def _date(moment: datetime) -> str:
    return moment.astimezone(_OFFSET).strftime("%Y-%m-%d %H:%M:%S %z")


def _source(name: str) -> str:
    version, device = _DEVICES.get(name, ("5.1", ""))
    words = f"sourceName={quoteattr(name)} sourceVersion={quoteattr(version)}"
    return f"{words} device={quoteattr(device)}" if device else words


def _record(
    kind: str,
    source: str,
    start: datetime,
    end: datetime,
    value: object,
    unit: str = "",
    meta: dict[str, str] | None = None,
) -> str:
    units = f" unit={quoteattr(unit)}" if unit else ""
    head = (
        f' <Record type="{kind}" {_source(source)}{units} creationDate="{_date(end)}" '
        f'startDate="{_date(start)}" endDate="{_date(end)}" value="{value}"'
    )
    if not meta:
        return head + "/>"
    entries = "".join(f'\n  <MetadataEntry key="{key}" value="{text}"/>' for key, text in meta.items())
    return f"{head}>{entries}\n </Record>"


def _training_span(day: Day) -> tuple[datetime, datetime]:
    start = datetime(day.date.year, day.date.month, day.date.day, 16, 0, tzinfo=UTC)
    minutes = {"run": 42, "long run": 75, "lift": 50}.get(day.training, 0)
    return start, start + timedelta(minutes=minutes)


def _heart(day: Day) -> Iterator[str]:
    """Every six minutes at rest or about, every fifteen seconds in training."""
    start, end = _training_span(day)
    moment, bedtime = day.asleep, day.awake + timedelta(hours=16)
    beat = 0
    while moment < bedtime:
        training = start <= moment < end
        base = day.resting + 2 if moment < day.awake else day.resting + 22
        effort = {"run": 148, "long run": 139, "lift": 112}.get(day.training, 0)
        rate = effort + beat * 7 % 13 - 6 if training else base + beat * 5 % 11 - 4
        meta = {"HKMetadataKeyHeartRateMotionContext": "2" if training else "0"}
        yield _record(_HK + "HeartRate", "Alex’s Apple Watch", moment, moment, rate, "count/min", meta)
        moment += timedelta(seconds=15 if training else 360)
        beat += 1


def _steps(day: Day) -> Iterator[str]:
    """The watch counts all day; the phone counts the same hours, and one more without the watch."""
    for hour, count in enumerate(day.hourly_steps.tolist()):
        start = day.awake + timedelta(hours=hour)
        end = start + timedelta(minutes=50)
        yield _record(_HK + "StepCount", "Alex’s Apple Watch", start, end, count, "count")
        if hour % 3 == 0:
            seen = (start + timedelta(minutes=5), end - timedelta(minutes=5))
            yield _record(_HK + "StepCount", "Alex’s iPhone", *seen, count * 4 // 5, "count")
        metres = round(count * 0.00072, 5)
        yield _record(_HK + "DistanceWalkingRunning", "Alex’s Apple Watch", start, end, metres, "km")
    late = day.awake + timedelta(hours=15)
    late_end = late + timedelta(minutes=10)
    yield _record(_HK + "StepCount", "Alex’s iPhone", late, late_end, 140, "count")


def _active(day: Day) -> float:
    return float(day.hourly_steps.sum()) * 0.045 + (390 if day.training else 0)


def _energy(day: Day) -> Iterator[str]:
    for hour in range(15):
        start = day.awake + timedelta(hours=hour)
        end = start + timedelta(hours=1)
        active = round(_active(day) / 15, 3)
        yield _record(_HK + "ActiveEnergyBurned", "Alex’s Apple Watch", start, end, active, "kcal")
        yield _record(_HK + "BasalEnergyBurned", "Alex’s Apple Watch", start, end, 71.25, "kcal")


def _nightly(day: Day) -> Iterator[str]:
    watch = "Alex’s Apple Watch"
    for part, hrv in enumerate(day.hrv):
        moment = day.asleep + timedelta(minutes=50 + 52 * part)
        end = moment + timedelta(seconds=60)
        yield _record(_HK + "HeartRateVariabilitySDNN", watch, moment, end, hrv, "ms")
        yield _record(_HK + "RespiratoryRate", watch, moment, moment, day.breathing, "count/min")
        yield _record(_HK + "OxygenSaturation", watch, moment, moment, 0.96 + part % 3 / 100, "%")
    yield _record(_HK + "AppleSleepingWristTemperature", watch, day.asleep, day.awake, day.wrist, "degC")
    evening = day.awake + timedelta(hours=14)
    yield _record(_HK + "RestingHeartRate", watch, day.awake, evening, day.resting, "count/min")


def _sleep(day: Day) -> Iterator[str]:
    kind, value = "HKCategoryTypeIdentifierSleepAnalysis", "HKCategoryValueSleepAnalysis"
    bed = day.asleep - timedelta(minutes=12)
    yield _record(kind, "Alex’s iPhone", bed, day.awake, value + "InBed", meta=_ZONE)
    start = day.asleep
    for stage, minutes in day.stages:
        end = start + timedelta(minutes=minutes)
        name = value + (stage if stage == "Awake" else "Asleep" + stage)
        yield _record(kind, "Alex’s Apple Watch", start, end, name, meta=_ZONE)
        start = end


def _weekly(day: Day) -> Iterator[str]:
    if day.date.weekday() == 6:
        kilos = round(74.2 - day.date.toordinal() % 5 / 10, 1)
        yield _record(_HK + "BodyMass", "Health Mate", day.awake, day.awake, kilos, "kg")
        when = day.awake + timedelta(hours=3)
        yield _record(_HK + "VO2Max", "Alex’s Apple Watch", when, when, 46.3, "mL/min·kg")


def _workouts(day: Day) -> Iterator[str]:
    start, end = _training_span(day)
    if "run" in day.training:
        km = 13.4 if day.training == "long run" else 7.6
        yield _workout("Running", "Alex’s Apple Watch", start, end, km=km, kcal=km * 68, hr=(144, 159))
        late = start + timedelta(seconds=21)
        yield _workout("Running", "Strava", late, end, km=km, kcal=km * 66, hr=None)
    elif day.training == "lift":
        yield _workout("TraditionalStrengthTraining", "Tonal", start, end, km=None, kcal=310, hr=(112, 131))


def _workout(
    activity: str,
    source: str,
    start: datetime,
    end: datetime,
    *,
    km: float | None,
    kcal: float,
    hr: tuple[int, int] | None,
) -> str:
    minutes = (end - start).total_seconds() / 60
    span = f'startDate="{_date(start)}" endDate="{_date(end)}"'
    head = (
        f' <Workout workoutActivityType="HKWorkoutActivityType{activity}" duration="{minutes:.4f}" '
        f'durationUnit="min" {_source(source)} creationDate="{_date(end)}" {span}>'
    )
    lines = [
        head,
        '  <MetadataEntry key="HKTimeZone" value="Europe/Berlin"/>',
        f'  <WorkoutStatistics type="{_HK}ActiveEnergyBurned" {span} sum="{kcal:.3f}" unit="kcal"/>',
    ]
    if km is not None:
        kind = f"{_HK}DistanceWalkingRunning"
        lines.append(f'  <WorkoutStatistics type="{kind}" {span} sum="{km}" unit="km"/>')
    if hr is not None:
        lines.append(
            f'  <WorkoutStatistics type="{_HK}HeartRate" {span} average="{hr[0]}" '
            f'minimum="{hr[0] - 40}" maximum="{hr[1]}" unit="count/min"/>'
        )
    return "\n".join([*lines, " </Workout>"])
