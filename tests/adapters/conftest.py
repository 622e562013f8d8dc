"""A small health export of every shape, and both lanes' reading of one as comparable facts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest

from adapters.apple_health import ADAPTER
from adapters.apple_health.documents import as_said
from adapters.apple_health.lanes import Lanes
from adapters.apple_health.rows import Rows
from adapters.base import Options
from vault.records import Record, Rejection

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData [\n<!-- HealthKit Export Version: 14 -->\n'
    "<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout|ActivitySummary)*)>\n]>\n"
    '<HealthData locale="en_GB">\n <ExportDate value="2025-12-01 09:00:00 +0000"/>\n'
    ' <Me HKCharacteristicTypeIdentifierDateOfBirth="1985-05-05"/>\n'
)
FOOT = "</HealthData>\n"
WATCH = (
    ' sourceName="Pat’s Apple\u00a0Watch" sourceVersion="11.2"'
    ' device="&lt;&lt;HKDevice: 0x30{pointer:07x}&gt;,'
    " name:Apple Watch, manufacturer:Apple Inc., model:Watch, hardware:Watch7,2, software:11.2,"
    ' creation date:2024-12-20 08:00:00 +0000&gt;"'
)
SOURCES = (
    WATCH,
    ' sourceName="Pat’s iPhone" sourceVersion="18.2"',
    ' sourceName="Fish &amp; Chips"',
    ' sourceName="Tempo" sourceVersion="1"',
)
QUANTITIES = {
    "HeartRate": ("count/min", ("61", "148", "72.5")),
    "StepCount": ("count", ("7", "540", "1024")),
    "DistanceWalkingRunning": ("km", ("0.3712", "1.00000000000000022", "0.00288")),
    "ActiveEnergyBurned": ("kJ", ("88.41", "-0.5", "1e-05")),
    "OxygenSaturation": ("%", ("0.97", "1", "0.9350000000000001")),
    "BloodGlucose": ("mmol&lt;180.1558800000541&gt;/L", ("5.8", "6.25", "12")),
    "VO2Max": ("mL/min·kg", ("44.23", "123456789012345678", "51")),
    "MadeUp": ("furlong", ("1", "2", "much")),
}
CATEGORIES = {
    "SleepAnalysis": tuple(f"HKCategoryValueSleepAnalysis{s}" for s in ("InBed", "AsleepREM", "New")),
    "MindfulSession": ("HKCategoryValueNotApplicable", None),
    "AppleStandHour": ("HKCategoryValueAppleStandHourStood", "HKCategoryValueAppleStandHourIdle"),
}
BEATS = (
    "  <HeartRateVariabilityMetadataList>\n"
    '   <InstantaneousBeatsPerMinute bpm="5{digit}" time="3:12:04.11\u202fAM"/>\n'
    '   <InstantaneousBeatsPerMinute bpm="57" time="15:12:05,{digit}5"/>\n'
    "  </HeartRateVariabilityMetadataList>\n"
)
CHILDREN = (
    '  <MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="{digit}"/>\n',
    '  <MetadataEntry key="HKTimeZone" value="Europe/Paris"/>\n',
    '  <MetadataEntry key="Withings &amp; Co" value="a·b &lt;{digit}&gt;"/>\n',
    BEATS,
    "",
)


class ExportWriter:
    """Writes one export; the same seed gives the same text, another ``pointer`` other addresses."""

    def __init__(self, seed: int, pointer: int = 0x29F4000) -> None:
        self._random = random.Random(seed)
        self._pointer = pointer

    def text(self, records: int) -> str:
        """Return an export of so many Records and a few other elements."""
        blocks = [self._record() for _ in range(records)]
        blocks += [self._correlation(), self._workout(), self._summary()] * (records // 20)
        self._random.shuffle(blocks)
        return HEAD + "".join(blocks) + FOOT

    def _date(self) -> str:
        pick = self._random.randrange
        clock = f"{pick(24):02}:{pick(60):02}:{pick(60):02}"
        offset = self._random.choice(("+0000", "+0100", "-0330", "+0545"))
        return f"20{pick(10, 26)}-{pick(1, 13):02}-{pick(1, 29):02} {clock} {offset}"

    def _tail(self) -> str:
        start, created = self._date(), self._date()
        dates = f' startDate="{start}" endDate="{start if self._random.random() < 0.8 else self._date()}"'
        return (f' creationDate="{created}"' if self._random.random() < 0.97 else "") + dates

    def _record(self, indent: str = " ") -> str:
        choice = self._random.choice
        source = choice(SOURCES).format(pointer=self._pointer)
        if self._random.random() < 0.75:
            name = choice(tuple(QUANTITIES))
            unit, values = QUANTITIES[name]
            kind, value = f"HKQuantityTypeIdentifier{name}", choice(values)
            source += f' unit="{unit}"'
        else:
            name = choice(tuple(CATEGORIES))
            kind, value = f"HKCategoryTypeIdentifier{name}", choice(CATEGORIES[name])
        tag = f'{indent}<Record type="{kind}"{source}{self._tail()}'
        tag += "" if value is None else f' value="{value}"'
        if self._random.random() < 0.5:
            return tag + "/>\n"
        children = choice(CHILDREN).format(digit=self._random.randrange(10))
        return f"{tag}>\n{children}{indent}</Record>\n"

    def _correlation(self) -> str:
        attributes = f' type="HKCorrelationTypeIdentifierFood" sourceName="Diary"{self._tail()}'
        return f" <Correlation{attributes}>\n{self._record('  ')}{self._record('  ')} </Correlation>\n"

    def _workout(self) -> str:
        start = self._date()
        dates = f'startDate="{start}" endDate="{start}"'
        statistic = f'type="HKQuantityTypeIdentifierHeartRate" {dates} average="120" unit="count/min"'
        return (
            f' <Workout workoutActivityType="HKWorkoutActivityTypeRunning" sourceName="Watch" {dates}>\n'
            '  <MetadataEntry key="HKElevationAscended" value="3720 cm"/>\n'
            f"  <WorkoutStatistics {statistic}/>\n </Workout>\n"
        )

    def _summary(self) -> str:
        day = f"2025-07-{self._random.randrange(10, 30)}"
        return f' <ActivitySummary dateComponents="{day}" appleStandHours="9"/>\n'


@pytest.fixture(scope="session")
def export_text() -> Callable[..., str]:
    """Write an export: ``export_text(seed, records=60, pointer=...)``."""

    def write(seed: int, records: int = 60, pointer: int = 0x29F4000) -> str:
        return ExportWriter(seed, pointer).text(records)

    return write


@pytest.fixture(scope="session")
def facts() -> Callable[..., list[tuple]]:
    """Return what a lane reads from blocks, as tuples that begin with the line in the file, sorted."""

    def read(blocks: Iterable[bytes], *, use_fast: bool) -> list[tuple]:
        found: list[tuple] = []
        for item in Lanes("export.xml", use_fast=use_fast).read(iter(blocks)):
            if isinstance(item, Rows):
                found += _row_facts(item)
            elif isinstance(item, Rejection):
                found.append((item.position, "rejected", item.reason))
            else:
                found.append((item.line, "element", str(as_said(item))))
        return sorted(found, key=str)

    return read


def _row_facts(rows: Rows) -> list[tuple]:
    return [
        (
            int(rows.line[row]),
            "record",
            rows.heads[rows.head[row]],
            int(rows.start[row]),
            int(rows.end[row]),
            int(rows.recorded[row]),
            int(rows.offset_min[row]),
            repr(float(rows.value[row])),
            rows.texts[rows.text[row]] if rows.text[row] >= 0 else "number",
            rows.notes[rows.note[row]] if rows.note[row] >= 0 else "nothing",
        )
        for row in range(len(rows))
    ]


@pytest.fixture
def read_export(tmp_path) -> Callable[..., list[Record]]:
    """Write elements into an export and read it: ``read_export(xml, files={}, **options)``."""

    def read(xml: str, files: dict[str, bytes] | None = None, **options: object) -> list[Record]:
        main = tmp_path / "apple_health_export" / "export.xml"
        main.parent.mkdir(exist_ok=True)
        main.write_text(HEAD + xml + "\n" + FOOT, "utf-8")
        for name, data in (files or {}).items():
            place = main.parent / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(data)
        return list(ADAPTER.read(tmp_path, Options(**options)))

    return read


@pytest.fixture
def record_xml() -> Callable[..., str]:
    """Write one Record; keywords are attributes, None leaves one out."""

    def write(type_: str, value: str | None, children: str = "", **changes: str | None) -> str:
        attributes = {
            "type": type_ if type_.startswith("HK") else "HKQuantityTypeIdentifier" + type_,
            "sourceName": "Watch",
            "unit": None,
            "creationDate": "2025-07-14 08:10:00 +0100",
            "startDate": "2025-07-14 08:00:00 +0100",
            "endDate": "2025-07-14 08:05:00 +0100",
            "value": value,
        } | changes
        tag = "".join(f' {name}="{text}"' for name, text in attributes.items() if text is not None)
        return f" <Record{tag}>\n{children}\n </Record>\n" if children else f" <Record{tag}/>\n"

    return write
