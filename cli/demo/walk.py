"""``demo``: create, import, understand, grant, refuse, export, verify; then nothing is left behind."""

from __future__ import annotations

import secrets
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.demo.person import HOME, LAST_MORNING
from cli.output import emit_frame, json_option, print_json, progress_bar
from cli.readiness import print_readiness
from vault.errors import AccessDenied

if TYPE_CHECKING:
    from vault.readable import Readable
    from vault.vault import Vault

__all__ = ["demo"]

COACH = "coach-anna"
PURPOSE = "coaching"


@click.command()
@json_option
def demo(as_json: bool) -> None:
    """Walk the whole path on a made-up person, offline, in a vault that is gone afterwards.

    \b
    Example:
      vitalvault demo
    """
    with tempfile.TemporaryDirectory(prefix="vitalvault-demo-") as folder:
        steps = _Walk(Path(folder), quiet=as_json).all()
    if as_json:
        print_json(steps)


class _Walk:
    """The steps in order; each says what it does and returns what a machine may want to know."""

    def __init__(self, folder: Path, *, quiet: bool) -> None:
        self._folder = folder
        self._quiet = quiet

    def all(self) -> dict[str, Any]:
        import vault

        passphrase = secrets.token_hex(16)
        self._title("1. A new vault, encrypted from the first byte")
        path = self._folder / "alex.vault"
        with vault.create(path, passphrase, home_zone=HOME.key, clock=_morning) as opened:
            self._say(f"recovery code (shown once): {opened.recovery_code}")
            return {
                "import": self._import(opened),
                "readiness": self._readiness(opened),
                "grant": self._grant(opened),
                "coach_sees": self._coach_sees(opened),
                "refused": self._refused(opened),
                "bundle": self._bundle(opened),
            }

    def _import(self, opened: Vault) -> dict[str, Any]:
        import adapters
        from cli.demo.export import write_export

        self._title("2. Alex's Apple Health export: a watch and a phone, four months")
        export = self._folder / "export.zip"
        records = write_export(export)
        self._say(f"{records} records in {export.stat().st_size // 1024} KiB of export.zip")
        with progress_bar("reading") as progress:
            report = opened.ingest(adapters.read(export, timezone=HOME.key, progress=progress))
        again = opened.ingest(adapters.read(export, timezone=HOME.key))
        self._say(f"added {report.added}, rejected {report.rejected}; from {', '.join(report.sources)}")
        self._say(f"imported once more: added {again.added}, already there {again.duplicate}")
        return {"records": records, "first": report.to_dict(), "again": again.to_dict()}

    def _readiness(self, opened: Vault) -> dict[str, Any]:
        self._title("3. This morning's readiness, with its reasons")
        opened.checkin(LAST_MORNING, energy=2, sleep_quality=1, soreness=3, mood=3)
        found = opened.readiness(LAST_MORNING)
        if not self._quiet:
            print_readiness(found, explain=False)
            click.echo()
            emit_frame(opened.readiness_history().tail(5), as_json=False)
        return found.to_dict()

    def _grant(self, opened: Vault) -> dict[str, Any]:
        import policies

        self._title("4. Alex lets a coach see two numbers a day, for coaching, for 90 days")
        grant = policies.Grant(
            grantee=COACH,
            kind="coach",
            purpose=PURPOSE,
            metrics={"readiness_score": "daily", "sleep_duration": "daily"},
            data_from=LAST_MORNING - timedelta(days=6),
        )
        record = policies.grant(opened, grant)
        self._say(f"granted: {record.id}; taken back with 'vitalvault consent revoke {record.id}'")
        return {"id": record.id, "grantee": COACH, "purpose": PURPOSE}

    def _coach_sees(self, opened: Vault) -> dict[str, Any]:
        self._title("5. What the coach sees")
        view = self._view(opened)
        frames = {name: view.daily(name) for name in ("readiness_score", "sleep_duration")}
        if not self._quiet:
            for name, frame in frames.items():
                click.secho(name, bold=True)
                emit_frame(frame, as_json=False)
        return {
            "metrics": list(view.metrics()["metric"]),
            **{
                name: {f"{day:%Y-%m-%d}": value for day, value in frame["value"].items()}
                for name, frame in frames.items()
            },
        }

    def _refused(self, opened: Vault) -> dict[str, Any]:
        self._title("6. The coach asks for heart rate: refused, and told why (exit code 3)")
        try:
            self._view(opened).samples("heart_rate")
        except AccessDenied as denied:
            self._say(str(denied))
            return {"exit_code": denied.exit_code, "why": str(denied)}
        raise AssertionError("heart rate was not granted, and yet released")

    def _view(self, opened: Vault) -> Readable:
        import policies

        return policies.view(opened, grantee=COACH, purpose=PURPOSE)

    def _bundle(self, opened: Vault) -> dict[str, Any]:
        from policies.rights import verify_bundle, write_bundle

        self._title("7. Everything as a bundle: FHIR, CSV, consents, a page to read; and its check")
        path = self._folder / "bundle.zip"
        summary = write_bundle(opened, path)
        checked = verify_bundle(path)
        self._say(f"{summary.files} files, {path.stat().st_size // 1024} KiB; verified: {checked.ok}")
        self._say("the vault, the export and the bundle are deleted now")
        return {"files": summary.files, "verified": checked.ok}

    def _title(self, words: str) -> None:
        if not self._quiet:
            click.echo()
            click.secho(words, bold=True)

    def _say(self, words: str) -> None:
        if not self._quiet:
            click.echo(f"  {words}")


def _morning() -> datetime:
    return datetime(LAST_MORNING.year, LAST_MORNING.month, LAST_MORNING.day, 7, 0, tzinfo=UTC)
