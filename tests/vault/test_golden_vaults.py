"""Vaults that earlier versions wrote open for ever, and say what they said then.

``tests/vectors/vault-N`` is a vault of format N with what it held. Run as a script, this file makes one of
today's format, once; it is never made again.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import policies
import vault
from vault.errors import UnsupportedVersion
from vault.keys import kdf
from vault.records import (
    Device,
    Document,
    Origin,
    Samples,
    Score,
    SleepSession,
    SourceFile,
    Stream,
    StrengthSet,
    Workout,
)
from vault.time import NO_INSTANT, SECOND_NS, UNKNOWN_OFFSET, instant_ns

VECTORS = Path(__file__).parents[1] / "vectors"
PASSPHRASE = "a vault for every later version"
WATCH = Origin("Ada’s Watch", "test", "11.0", Device("Watch", model="W6,1"))
PHONE = Origin("Ada's Phone", "test", "18.0", app="health")
NIGHT = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # the night before the clocks go forward in Berlin


def at(hours: float) -> int:
    """Return an instant so many hours after the night began."""
    return instant_ns(NIGHT) + round(hours * 3600) * SECOND_NS


def batch(
    metric: str, rows: list[tuple[float, float, float]], origin: Origin, offset_min: int = 60, **more: Any
) -> Samples:
    """Return samples of (start, end, value); start and end in hours after the night began."""
    start, end, value = zip(*rows, strict=True)
    return Samples(
        metric,
        np.array([at(one) for one in start], np.int64),
        np.array([at(one) for one in end], np.int64),
        np.full(len(rows), offset_min, np.int16),
        np.array(value, np.int32 if "codes" in more else np.float64),
        np.zeros(len(rows), np.int32),
        [origin],
        **more,
    )


def first_export() -> list[object]:
    """Return what a watch and a phone say of a night and a run."""
    beats = [(hour / 50, hour / 50, 48 + hour % 7 + hour / 4) for hour in range(400)]
    noted = batch(
        "heart_rate",
        beats,
        WATCH,
        recorded=np.where(np.arange(400) % 3, NO_INSTANT, at(9)),
        note=(np.arange(400, dtype=np.int32) % 3 - 1),
        notes=['{"context":"sedentary"}', '{"context":"active"}'],
    )
    stages = [(0, 1, 0), (1, 3, 1), (3, 4.5, 2), (4.5, 7, 0)]
    run = Workout("run-1", at(11), at(12), 120, "running", WATCH, 3500.0, 9876.5, 640.0, 150.0, 171.0, 42.0)
    time = at(11) + np.arange(5) * SECOND_NS
    stream = Stream("run-1", WATCH, time, {"heart_rate": np.array([120, np.nan, 130, 131, 132.5])})
    return [
        noted,
        batch("steps", [(9, 9.5, 800), (9.5, 10, 1200)], PHONE, UNKNOWN_OFFSET),
        batch("steps", [(9, 10, 1900)], WATCH),
        batch("body_mass", [(-24 * 400, -24 * 400, 71.3), (10, 10, 70.1), (10.5, 10.5, 9999)], PHONE),
        batch("sleep_stage", stages, WATCH, codes=["light", "deep", "rem"]),
        batch("apple:HKQuantityTypeIdentifierMadeUp", [(1, 2, np.sqrt(2))], PHONE, unit="furlong"),
        SleepSession("n1", at(0), at(7), 120, PHONE, [(at(0), at(7), "asleep")], details={"score": 81}),
        run,
        stream,
        StrengthSet("gym-1", PHONE, 0, "squat", at(13), 120, repetitions=5, load_kg=82.5, rpe=8.0),
        Score(20_541, WATCH, "made_up_recovery", 66.0, "%"),
        Document("ecg", "e1", WATCH, "text/csv", b"lead,mV\nI,0.5\n", at(8), 120),
        SourceFile("first.zip", 1234, "11" * 32),
    ]


def second_export() -> list[object]:
    """Return what the same phone says a week later: much of it again, an offset more, a score changed."""
    return [
        batch("steps", [(9, 9.5, 800), (9.5, 10, 1200), (33, 34, 400)], PHONE, 120),
        batch("heart_rate", [(hour / 50, hour / 50, 48 + hour % 7 + hour / 4) for hour in range(40)], WATCH),
        Score(20_541, WATCH, "made_up_recovery", 67.0, "%"),
        SourceFile("second.zip", 2345, "22" * 32),
    ]


def mistake() -> list[object]:
    """Return what should not have been imported."""
    return [
        batch("steps", [(9, 9.5, 800), (50, 51, 77)], PHONE, 120),
        Score(20_541, WATCH, "made_up_recovery", 12.0, "%"),
        SourceFile("mistake.zip", 3456, "33" * 32),
    ]


def breaths() -> list[object]:
    """Return what is erased later."""
    rows = [(hour, hour, 14 + hour / 2) for hour in range(5)]
    return [batch("respiratory_rate", rows, WATCH), SourceFile("breaths.zip", 4567, "44" * 32)]


def contents(opened: vault.Vault) -> dict[str, Any]:
    """Return all that a vault says, as JSON."""
    series = [name for name in opened.metrics()["metric"] if name != "blood_pressure"]
    nights = opened.sleep()
    runs = opened.workouts()
    told = {
        "metrics": opened.metrics(),
        "samples": {name: opened.samples(name) for name in series},
        "daily": {name: opened.daily(name).reset_index() for name in series if ":" not in name},
        "sleep": nights,
        "stages": {one: opened.sleep_stages(one) for one in nights["session_id"]},
        "workouts": runs,
        "streams": {one: opened.streams(one).reset_index() for one in runs["workout_id"]},
        "sets": opened.sets().drop(columns="movement"),  # worked out when read, and younger than the vectors
        "scores": opened.scores(),
        "checkins": opened.checkins().reset_index(),
    }
    frames = {
        name: {key: _rows(one) for key, one in frame.items()} if isinstance(frame, dict) else _rows(frame)
        for name, frame in told.items()
    }
    documents = [[one.kind, one.key, one.media_type, one.body.decode()] for one in opened.documents()]
    ledger = opened.imports()[["adapter", "added", "duplicate", "updated", "rejected"]]
    return json.loads(
        json.dumps(
            {
                **frames,
                "documents": documents,
                "imports": _rows(ledger),
                "aliases": opened.aliases(),
                "home_zone": opened.home_zone.key,
                "events": [event.body for event in opened.events("grant")],
                "signer": opened.signing_seed().hex(),
                "identity": opened.identity_key.hex(),
            }
        )
    )


def _rows(frame: Any) -> Any:
    return json.loads(frame.to_json(orient="split", date_format="iso", date_unit="ns", index=False))


@pytest.mark.parametrize("folder", sorted(VECTORS.glob("vault-*")), ids=lambda folder: folder.name)
@pytest.mark.parametrize("by", ["passphrase", "recovery code"])
def test_vault_of_an_earlier_version_opens_and_says_what_it_said(folder, by, tmp_path, clock):
    """Every reading of every vault ever written is what it was when it was written."""
    shutil.copytree(folder, tmp_path / "old.vault")
    expected = json.loads((folder / "contents.json").read_text("utf-8"))
    code = (folder / "recovery-code.txt").read_text("ascii").strip()
    key = {"passphrase": PASSPHRASE} if by == "passphrase" else {"recovery_code": code}
    with vault.open(tmp_path / "old.vault", clock=clock, **key) as opened:
        assert contents(opened) == expected


@pytest.mark.parametrize("folder", sorted(VECTORS.glob("vault-*")), ids=lambda folder: folder.name)
def test_vault_of_an_earlier_version_verifies(folder, tmp_path, clock):
    """After whatever it takes to open it, nothing in it contradicts anything else."""
    shutil.copytree(folder, tmp_path / "old.vault")
    with vault.open(tmp_path / "old.vault", PASSPHRASE, clock=clock) as opened:
        assert opened.verify().counter == opened.counter


def test_migration_leaves_a_backup_of_the_earlier_format(tmp_path, clock):
    """Beside the migrated vault lies what it was, which restores to a vault that says the same."""
    shutil.copytree(VECTORS / "vault-1", tmp_path / "old.vault")
    with vault.open(tmp_path / "old.vault", PASSPHRASE, clock=clock) as opened:
        said = contents(opened)
    assert json.loads((tmp_path / "old.vault" / "vault.json").read_text("ascii"))["version"] > 1
    (kept,) = (tmp_path / "old.vault").glob("*.backup")
    with vault.restore(kept, tmp_path / "restored.vault", PASSPHRASE, clock=clock) as restored:
        assert contents(restored) == said


def test_vault_of_an_earlier_format_is_not_changed_by_reading(tmp_path, clock):
    """Opened for reading only, it is refused with what to do, and stays as it is."""
    shutil.copytree(VECTORS / "vault-1", tmp_path / "old.vault")
    with pytest.raises(UnsupportedVersion) as refused:
        vault.open(tmp_path / "old.vault", PASSPHRASE, read_only=True, clock=clock)
    assert "writing" in refused.value.hint
    for name in ("vault.db", "vault.json"):
        assert (tmp_path / "old.vault" / name).read_bytes() == (VECTORS / "vault-1" / name).read_bytes()


@pytest.mark.parametrize(
    "backup", sorted(VECTORS.glob("vault-*/*.backup")), ids=lambda path: path.parent.name
)
def test_backup_of_an_earlier_version_is_restored(backup, tmp_path, clock):
    """A backup of every vault ever written becomes a vault that says the same."""
    with vault.restore(backup, tmp_path / "restored.vault", PASSPHRASE, clock=clock) as restored:
        assert contents(restored) == json.loads((backup.parent / "contents.json").read_text("utf-8"))


@pytest.mark.parametrize("folder", sorted(VECTORS.glob("vault-[2-9]")), ids=lambda folder: folder.name)
def test_what_was_erased_from_an_earlier_version_stays_erased(folder, tmp_path, clock):
    """Tombstones keep their meaning: what they are of does not come back."""
    shutil.copytree(folder, tmp_path / "old.vault")
    with vault.open(tmp_path / "old.vault", PASSPHRASE, clock=clock) as opened:
        before = contents(opened)["metrics"]
        report = opened.ingest(breaths())
        assert (report.added, report.rejections) == (0, {"erased": 5})
        assert contents(opened)["metrics"] == before


def make(folder: Path) -> None:
    """Write a vault of today's format, a backup of it, and what it holds."""
    kdf.DEFAULT = kdf.FLOOR
    clock = lambda: datetime(2026, 4, 5, 8, 0, tzinfo=UTC)  # noqa: E731
    with vault.create(folder, PASSPHRASE, home_zone="Europe/Berlin", clock=clock) as made:
        (folder / "recovery-code.txt").write_text(made.recovery_code + "\n", "ascii")
        made.remember_aliases({"Ada's Phone": "health"})
        made.ingest(first_export())
        made.ingest(second_export())
        made.checkin(date(2026, 3, 29), energy=4, soreness=2)
        record = policies.grant(
            made,
            policies.Grant(
                grantee="coach-anna",
                kind="coach",
                purpose="coaching",
                metrics={"steps": "daily"},
                id="g-0001",
            ),
        )
        policies.view(made, "coach-anna", "coaching").daily("steps")
        policies.renew(made, record.id)
        made.undo_import(made.ingest(mistake()).import_id)
        made.ingest(breaths())
        made.erase("respiratory_rate")
        made.backup(folder / "vault.backup")
        said = contents(made)
    (folder / "contents.json").write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    from vault.keys.header import VERSION

    make(VECTORS / f"vault-{VERSION}")
