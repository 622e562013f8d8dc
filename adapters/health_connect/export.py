"""The Health Connect adapter: finds its database in a zip, in a folder or by itself, and reads its tables.

The idea: versions differ by tables and columns, so those that are there are read, and the version is not
asked. Every row of every table is counted, also of those that are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.counting import Count, left_whole
from adapters.health_connect.database import MAGIC, Database
from adapters.health_connect.origins import ADAPTER, APPS, DEVICES, Origins
from adapters.health_connect.quantities import quantities, samples_of
from adapters.health_connect.routes import ROUTES, routes
from adapters.health_connect.sessions import EXERCISE, LAPS, SEGMENTS, SLEEP, STAGES, exercises, sleeps
from adapters.tables import table
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection, Workout

if TYPE_CHECKING:
    from adapters.base import Progress

__all__ = ["HealthConnect"]

_ENDINGS = (".db", ".sqlite", ".sqlite3")
_LOGS = ("-wal", "-shm", "-journal")
_PEEK = 1 << 20
"""Android makes all tables before the first record, so their statements stand in the first pages."""
_MARKS = (b"_record_table", b"client_record_id TEXT", b"app_info_id INTEGER")
_BLOCK = 1 << 20


class HealthConnect:
    """What ``adapters`` finds under the name "health_connect"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Health Connect (Android)",
        how_to_export=(
            "Settings, Health Connect, Manage data, Backup and restore, Scheduled export; "
            "the zip lies where you said, such as Google Drive"
        ),
        reads=(
            "steps, distance, energy, heights, floors, activity intensity, mindfulness",
            "heart rate, also resting, HRV (RMSSD), breathing, oxygen, temperatures, VO2max, blood pressure",
            "weight and what the body is made of, glucose, drink and food, menstrual flow, ovulation tests",
            "sleep with stages; exercise with laps, segments, strength sets, effort and route",
            "speed, power and cadence series; each app is a source of its own, with the device it names",
        ),
        leaves=(
            "menstruation periods, cervical mucus, bleeding between them, sexual activity: no metric",
            "planned exercise; medical records",
            "names of meals; icons, change logs, access logs and settings",
            "views, triggers and computed columns: a database is not run here",
        ),
        metrics=(
            "active_energy", "basal_body_temperature", "blood_glucose_molar", "blood_pressure.diastolic",
            "blood_pressure.systolic", "body_fat_percentage", "body_mass", "body_temperature",
            "body_water_mass", "bone_mass", "cadence_cycling", "caffeine", "carbohydrate_intake", "distance",
            "elevation_gain", "energy_intake", "fat_intake", "flights_climbed", "glucose_interstitial",
            "heart_rate", "height", "hrv_rmssd", "hydration", "lean_body_mass", "menstrual_flow",
            "mindfulness", "moderate_minutes", "ovulation_test", "power", "protein_intake",
            "respiratory_rate", "resting_heart_rate", "rpe_session", "skin_temperature_deviation", "speed",
            "spo2", "steps", "vigorous_minutes", "vo2_max",
        ),
    )  # fmt: skip

    def detect(self, path: Path) -> Found | None:
        """Recognise a database by its first bytes and the tables it makes."""
        with Archive(path) as archive:
            if not any(_is_ours(archive, member) for member in archive.examples(*_ENDINGS)):
                return None
        return Found(ADAPTER, "Health Connect export", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if no database can be read, TooLarge for one in a zip."""
        with Archive(path) as archive:
            found = [member for member in archive.members if _is_ours(archive, member)]
            if not found:
                raise MalformedFile("no database of Health Connect in it")
            for member in archive.members:
                if member not in found:
                    yield left_whole(member.name, _why(member))
            for member in found:
                try:
                    with _open(archive, member, path) as database:
                        yield from _records(database, member, options.progress)
                except InputError as error:
                    if len(found) == 1:
                        raise
                    yield Rejection(reason_of(error), member.name, 0)
            yield from archive.sources()


def _is_ours(archive: Archive, member: Member) -> bool:
    if not member.name.lower().endswith(_ENDINGS) and len(archive.members) > 1:
        return False
    try:
        with archive.open(member) as stream:
            head = stream.read(len(MAGIC))
            while head.startswith(MAGIC) and len(head) < _PEEK and (more := stream.read(_PEEK)):
                head += more
    except InputError:
        return False
    return head.startswith(MAGIC) and all(mark in head for mark in _MARKS)


def _why(member: Member) -> str:
    return "log-beside-database" if member.name.endswith(_LOGS) else "another-file"


def _open(archive: Archive, member: Member, path: Path) -> Database:
    """Open a database where it lies, or in memory if it lies in an archive."""
    place = path / member.name if path.is_dir() else path
    if not place.is_file() or not (archive.is_one_file or path.is_dir()):
        return Database.of_member(archive, member)
    with archive.open(member) as stream:  # for the ledger, which wants to know what was read
        while stream.read(_BLOCK):
            pass
    return Database.of_file(place)


def _records(database: Database, member: Member, progress: Progress | None) -> Iterator[Record]:
    """Yield the records of every table, routes after workouts, and what became of all rows."""
    origins, count = Origins(database), Count(member.name)
    workouts: dict[int, Workout] = {}
    names = sorted(database.names, key=lambda name: (name == ROUTES, name))
    for at, name in enumerate(names, 1):
        reason = _reason(name, database)
        if name not in database.tables:
            yield count.reject("not-a-table", 0)
        elif reason:
            count.leave(reason, database.count(name))
        else:
            yield from _table(database, name, origins, count, workouts)
        if progress is not None:
            progress(member.size * at // len(names), member.size)
    yield count.tally()


def _table(
    database: Database, name: str, origins: Origins, count: Count, workouts: dict[int, Workout]
) -> Iterator[Record]:
    """Yield the records of one table, and with it of those that hang on it."""
    if name == SLEEP:
        yield from sleeps(database, origins, count)
    elif name == EXERCISE:
        yield from exercises(database, origins, count, workouts)
    elif name == ROUTES:
        yield from routes(database, count, workouts)
    elif name in quantities():
        yield from samples_of(database, name, origins, count)
    elif name in (APPS, DEVICES):
        count.use(database.count(name))


def _reason(name: str, database: Database) -> str:
    """Return why a table is left; nothing for one that is read."""
    if name in _parts():
        return "" if _parts()[name] in database.tables else "no-parent"
    is_read = name in (SLEEP, EXERCISE, ROUTES, APPS, DEVICES) or name in quantities()
    return "" if is_read else _left().get(name, "unknown-table")


@cache
def _parts() -> dict[str, str]:
    """Return the tables that hang on others, by name."""
    series = {one.series: one.table for listed in quantities().values() for one in listed if one.series}
    return series | {STAGES: SLEEP, LAPS: EXERCISE, SEGMENTS: EXERCISE}


@cache
def _left() -> dict[str, str]:
    return {row["table"]: row["reason"] for row in table("adapters.health_connect", "left.csv")}
