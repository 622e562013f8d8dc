"""The result: one morning's readiness with its reasons, as frozen values and as JSON.

Everything a person may ask of the score is in it: which number, made of which parts, compared with which
usual, what was missing and why, what it suggests under which rule, and the hashes of the algorithm and of
the inputs. The inputs themselves are not in it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import datetime as dt

    from vault.analysis.nights import Stream

__all__ = [
    "Advice",
    "Combined",
    "Context",
    "Contribution",
    "Device",
    "Disagreement",
    "FeltScore",
    "Flag",
    "Missing",
    "Readiness",
    "SleepOnly",
]

Kind = Literal["ease", "as_planned", "room_to_push", "rest_suggested"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One term's exact part of ``score - 60`` in ``points``, and the integer ``shown`` for it.

    ``value`` stands beside the ``usual`` and its range, all in ``unit`` (UCUM).
    """

    term: str
    points: float
    shown: int
    value: float
    usual: float
    low: float
    high: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A term that contributes nothing, neither good nor bad, and why."""

    term: str
    reason: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A pattern worth a look, with the numbers that make it up. Not a medical finding.

    ``base_rate`` says how often it is raised for people with nothing the matter, where that was measured.
    """

    id: str
    evidence: tuple[str, ...]
    text: str = ""
    base_rate: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """An offer: what to do with today's plan, the rule that says so, and what would undo it."""

    kind: Kind
    text: str
    because: tuple[str, ...]
    rule: str
    undo: str
    overridable: bool = True


@dataclass(frozen=True, slots=True)
class Device:
    """The score from the sensors alone; ``stream`` is the HRV stream that spoke, if one did."""

    score: float
    s: float
    coverage: float
    stream: Stream | None
    baseline_nights: int


@dataclass(frozen=True, slots=True)
class FeltScore:
    """The check-in on the same scale: answers as given, ``n`` earlier check-ins to compare with."""

    score: float
    items: dict[str, float]
    n: int


@dataclass(frozen=True, slots=True)
class Combined:
    """Device and feeling together, the feeling at ``felt_weight``."""

    score: float
    s: float
    felt_weight: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Device and person are far apart; both stand."""

    device: float
    felt: float
    difference: float
    text: str


@dataclass(frozen=True, slots=True)
class SleepOnly:
    """An estimate for a night without HRV and heart rate; not the score, and of little confidence."""

    score: float
    s: float
    coverage: float
    confidence: float
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What stands beside the score without being in it.

    ``form`` in load points, ``acwr_note`` in words, ``sri`` -100 to 100 (None: needs clock times of sleep,
    which are not among the inputs; a vault adds it), ``debt_h`` in h a night, ``need_min`` in min (None: not
    told to this reader), ``load_basis`` heart_rate, duration or mixed.
    """

    form: float | None
    acwr_note: str | None
    sri: float | None
    debt_h: float | None
    need_min: float | None
    load_basis: str | None


@dataclass(frozen=True, slots=True)
class Readiness:
    """The readiness of one wake date.

    ``score`` (0-100, None without HRV and heart rate) is the combined score where there is a check-in,
    else the device's; ``contributions`` sum to ``score - anchor`` and their ``shown`` integers to
    ``round(score) - anchor``. ``reasons`` say the same in words, the largest first.
    """

    date: dt.date
    score: float | None
    band: str | None
    confidence: float
    label: str
    anchor: float
    device: Device | None
    felt: FeltScore | None
    combined: Combined | None
    disagreement: Disagreement | None
    sleep_only: SleepOnly | None
    contributions: tuple[Contribution, ...]
    reasons: tuple[str, ...]
    missing: tuple[Missing, ...]
    flags: tuple[Flag, ...]
    context: Context
    advice: Advice | None
    algorithm: str
    params_sha256: str
    inputs_sha256: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document of this result; every key is always there, null where unknown."""
        document: dict[str, Any] = _plain(asdict(self))
        return document | {"date": self.date.isoformat()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
