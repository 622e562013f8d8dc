"""What adapters hand over: columns of samples, and rows for what is sparse.

An adapter yields these in any order and any number; the vault merges, so nothing here needs to be
unique. Numeric values are already in the catalogue's unit. Columns of one ``Samples`` are of one length.
Each record knows its ``Origin`` (who measured), instants are UTC nanoseconds with the recorded offset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "CheckIn",
    "Device",
    "Document",
    "Handover",
    "LedgerLine",
    "Origin",
    "Record",
    "Rejection",
    "Samples",
    "Score",
    "SleepSession",
    "SourceFile",
    "Stream",
    "StrengthSet",
    "Tally",
    "Workout",
]


@dataclass(frozen=True, slots=True)
class Device:
    """The thing on the wrist, without serial numbers or memory addresses."""

    name: str = ""
    manufacturer: str = ""
    model: str = ""
    hardware: str = ""
    software: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who measured: the source as the export names it, and which adapter read it.

    Args:
        source: The name people see ("Pat's Apple Watch"); part of a sample's identity.
        adapter: The adapter's name ("apple_health").
        version: The source's software version, as given.
        device: The device, if the export says.
        app: A known app or service behind the name ("strava"), from the adapter's table.
    """

    source: str
    adapter: str
    version: str = ""
    device: Device | None = None
    app: str = ""


@dataclass(frozen=True, slots=True)
class Samples:
    """A batch of one metric, as columns.

    Args:
        metric: A catalogue name, a component series, or a vendor-coded name ("apple:...").
        start: int64 [n], UTC ns.
        end: int64 [n], UTC ns; equal to ``start`` for a moment.
        offset_min: int16 [n], the recorded UTC offset in minutes or ``UNKNOWN_OFFSET``.
        value: float64 [n] in the catalogue's unit; for coded metrics int32 [n], indices of ``codes``.
        origin: int32 [n], indices of ``origins``.
        origins: May be shared by batches and grow between them; indices keep their meaning.
        recorded: int64 [n], when the source wrote it, or ``NO_INSTANT``; None if never said.
        note: int32 [n], indices of ``notes`` or -1; None if there are none.
        notes: What else the source said of a sample, as canonical JSON texts.
        codes: The values of a coded metric; None for numbers.
        unit: The unit of a vendor-coded metric as given; empty for catalogue metrics.
    """

    metric: str
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    offset_min: NDArray[np.int16]
    value: NDArray[np.float64] | NDArray[np.int32]
    origin: NDArray[np.int32]
    origins: Sequence[Origin]
    recorded: NDArray[np.int64] | None = None
    note: NDArray[np.int32] | None = None
    notes: Sequence[str] = ()
    codes: Sequence[str] | None = None
    unit: str = ""

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.start)


@dataclass(frozen=True, slots=True)
class SleepSession:
    """A sleep as a vendor assembled it; ``stages`` are (start ns, end ns, stage) in order.

    Stages: awake, in_bed, asleep, light, deep, rem, unknown. Sources that give only segments hand
    over ``Samples`` of ``sleep_stage`` instead, and nights are assembled when they are read.
    """

    key: str
    start: int
    end: int
    offset_min: int
    origin: Origin
    stages: Sequence[tuple[int, int, str]] = ()
    is_nap: bool | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workout:
    """One workout of one source.

    Args:
        key: Stable within the source: the vendor's id, else start, end and activity as text.
        start: UTC ns.
        end: UTC ns.
        offset_min: Recorded UTC offset or ``UNKNOWN_OFFSET``.
        activity: The project's word ("running", "strength_training"), from the adapter's table.
        origin: Who recorded it.
        duration_s: Moving or active time in seconds, None if not said.
        distance_m: Metres.
        energy_kcal: Active energy in kcal.
        hr_mean: Mean heart rate, 1/min.
        hr_max: Highest heart rate, 1/min.
        elevation_gain_m: Metres climbed.
        details: Everything else the source said, JSON-able (events, laps, statistics, metadata).
    """

    key: str
    start: int
    end: int
    offset_min: int
    activity: str
    origin: Origin
    duration_s: float | None = None
    distance_m: float | None = None
    energy_kcal: float | None = None
    hr_mean: float | None = None
    hr_max: float | None = None
    elevation_gain_m: float | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stream:
    """Columns recorded along one workout, on instants (int64 [n], UTC ns, ascending).

    ``columns`` are float64 [n] with NaN for missing, named heart_rate (1/min), power (W), cadence (1/min),
    speed (m/s), altitude (m), latitude, longitude (deg), horizontal_accuracy (m), or a vendor's own name.
    ``workout`` is the ``Workout.key`` and ``origin`` the origin of the workout it belongs to; ``part`` tells
    several streams of one workout apart.
    """

    workout: str
    origin: Origin
    time: NDArray[np.int64]
    columns: Mapping[str, NDArray[np.float64]]
    part: str = ""


@dataclass(frozen=True, slots=True)
class StrengthSet:
    """One set of one exercise; ``load_kg`` is per side when ``per_side``."""

    workout: str
    origin: Origin
    index: int
    exercise: str
    start: int
    offset_min: int
    set_type: str = "normal"
    repetitions: int | None = None
    load_kg: float | None = None
    per_side: bool = False
    duration_s: float | None = None
    distance_m: float | None = None
    rpe: float | None = None
    rir: float | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """A vendor's own score or daily total of a local day (days since 1970-01-01)."""

    day: int
    origin: Origin
    score: str
    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """Something kept as it came: an ECG, a clinical FHIR resource, an element nobody maps yet.

    ``key`` is stable within (adapter, kind); ``media_type`` says what ``body`` is.
    """

    kind: str
    key: str
    origin: Origin
    media_type: str
    body: bytes
    start: int | None = None
    offset_min: int = -32_768


@dataclass(frozen=True, slots=True)
class Rejection:
    """Rows that could not be used: a reason code, where they stand, never what they say."""

    reason: str
    file: str
    position: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of an export that was read whole; yielded after its records, for the ledger."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the rows of a file: ``rows`` is the sum of the rest.

    Args:
        file: As a ``Rejection`` names it.
        rows: Rows of a table without its header, items of a list, or 1 for a file that is not opened.
        used: Rows of which records were made.
        repeated: Rows that say what another row of the export said.
        rejected: Rows that could not be used; the sum of the file's rejections.
        left: Rows that are knowingly not read, by reason.
    """

    file: str
    rows: int
    used: int
    repeated: int
    rejected: int
    left: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckIn:
    """What a person said of a local day (since 1970-01-01) at an instant (UTC ns)."""

    at: int
    day: int
    items: Mapping[str, float | bool]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """An import of another vault: when (UTC ns), by which adapter, of which files."""

    at: int
    adapter: str
    version: str
    files: Sequence[SourceFile] = ()


@dataclass(frozen=True, slots=True)
class Handover:
    """What a vault hands over beside its records to the one that takes them in; yielded before them.

    Args:
        home_zone: IANA name; adopted, like the next three, by an empty vault only.
        aliases: Source name -> app.
        preferences: (source, topic, first day, last day) of each choice, in the order they were made.
        identity: The key of its FHIR identifiers, 32 bytes; None if it keeps that to itself.
        checkins: In the order they were said.
        imports: Its ledger, oldest first, without what was taken back.
        signer: The Ed25519 key that signed it, as hex; whose that is, nobody here knows.
    """

    home_zone: str
    signer: str
    aliases: Mapping[str, str] = field(default_factory=dict)
    preferences: Sequence[tuple[str, str | None, int | None, int | None]] = ()
    identity: bytes | None = None
    checkins: Sequence[CheckIn] = ()
    imports: Sequence[LedgerLine] = ()


Record = (
    Samples
    | SleepSession
    | Workout
    | Stream
    | StrengthSet
    | Score
    | Document
    | Rejection
    | SourceFile
    | Tally
    | Handover
)
