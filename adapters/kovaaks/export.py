"""The KovaaK's adapter: a file a run, as ``FPSAimTrainer/stats`` holds them.

The idea: a score compares within one version of a scenario only, so each figure is a sample of the run with
scenario and hash beside it. Aiming is not reaction time: nothing here is ``reaction_time``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone, instant_of
from adapters.formats.counting import Count
from adapters.formats.points import number_of
from adapters.kovaaks.run import Run, is_run, run_of
from adapters.tables import table
from vault.errors import InputError, MalformedFile
from vault.records import Origin, Rejection

if TYPE_CHECKING:
    from vault.records import Record

__all__ = ["Kovaaks"]

_ORIGIN = Origin("KovaaK's", "kovaaks", app="kovaaks")
_PEEK = 1 << 12
_MOST = 16 << 20
_TOLD = ("Hash", "Game Version", "Input Lag", "Max FPS", "Sens Scale", "Horiz Sens", "DPI", "FOV")


class Kovaaks:
    """What ``adapters`` finds under the name "kovaaks"."""

    name = "kovaaks"
    version = "1"
    coverage = Coverage(
        title="KovaaK's",
        how_to_export="the folder FPSAimTrainer/stats of the game",
        reads=(
            "every finished run: score, accuracy, kills, time to kill, with its scenario and version",
            "the time to kill of each kill",
        ),
        leaves=("figures by weapon", "runs that were not finished", "settings of the screen"),
        metrics=(),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise a run by how its file begins."""
        with Archive(path) as archive:
            if not any(_is_ours(archive, member) for member in archive.examples(".csv")):
                return None
        return Found(self.name, "statistics of runs", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if no file is one of a run."""
        with Archive(path) as archive:
            zone, batches, found = Zone.of(options), Batches(), False
            for number, member in enumerate(archive.members, 1):
                if _is_ours(archive, member):
                    found = True
                    yield from _file(archive, member, batches, zone)
                    yield from batches.full()
                else:
                    yield Rejection("not-recognised", member.name, 0)
                if options.progress is not None:
                    options.progress(number, len(archive.members))
            if not found:
                raise MalformedFile("no file of a run in it")
            yield from batches.rest()
            yield from archive.sources()


def _is_ours(archive: Archive, member: Member) -> bool:
    try:
        with archive.open(member) as stream:
            return is_run(stream.read(_PEEK))
    except InputError:
        return False


def _file(archive: Archive, member: Member, batches: Batches, zone: Zone | None) -> Iterator[Record]:
    """Gather the samples of one run; yields what could not be used, and the count."""
    count = Count(member.name)
    run = _run(archive, member)
    if isinstance(run, str):
        yield count.reject(run, 0)
    else:
        _gather(run, batches, zone)
        count.use(1 + len(run.kills))
        count.leave("by-weapon", run.weapons)
        yield from (count.reject("bad-value", line) for line in run.bad_kills)
    yield count.tally()


def _run(archive: Archive, member: Member) -> Run | str:
    try:
        with archive.open(member) as stream:
            data = stream.read(_MOST + 1)
            stream.read(1)  # so that it counts as read whole
    except InputError as error:
        return reason_of(error)
    return "too-large" if len(data) > _MOST else run_of(data.decode("utf-8-sig", "replace"), member.basename)


def _gather(run: Run, batches: Batches, zone: Zone | None) -> None:
    """Gather the figures of a run over its length, and each kill at its moment."""
    ended = end, _ = instant_of(run.end, zone)
    start, offset_min = _moment(run.start, run, ended, zone)
    note: dict[str, object] = {"scenario": run.scenario}
    note |= {key.lower().replace(" ", "_"): run.keys[key] for key in _TOLD if run.keys.get(key)}
    for row in table("adapters.kovaaks", "figures.csv"):
        value = number_of(run.keys.get(row["key"], "").rstrip("s"))
        if row["key"] == "Accuracy":
            value = 100 * run.hits / run.shots if run.shots else None
        if value is not None:
            batches.add(
                f"kovaaks:{row['name']}",
                start,
                max(start, end),
                offset_min,
                value,
                _ORIGIN,
                note=note,
                unit=row["unit"],
            )
    for clock, seconds in run.kills:
        at, offset_min = _moment(clock, run, ended, zone)
        batches.add("kovaaks:ttk", at, at, offset_min, seconds, _ORIGIN, unit="s")


def _moment(clock: int, run: Run, ended: tuple[int, int], zone: Zone | None) -> tuple[int, int]:
    """Return (UTC ns, offset in minutes) of a clock time of a run that ended so.

    Of an hour that a clock shows twice it is the one nearer to the end: runs last a minute or two.
    """
    end, offset_min = ended
    return max(instant_of(clock, zone), (end - (run.end - clock), offset_min))
