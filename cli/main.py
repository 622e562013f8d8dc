"""The ``vitalvault`` command: the list of its commands, and what becomes of errors.

Commands live in files of their own and are imported only when they are called, so that ``--help`` and
shell completion answer at once. Whatever goes wrong ends as one line of words, a hint, and an exit code;
never as a traceback, whose messages could quote what was read.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from typing import NoReturn

import click

from vault.errors import VaultError

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("cli.demo.walk:demo", "Walk the whole path on a made-up person, offline, and leave no trace."),
    "init": ("cli.care:init", "Create a vault; prints the recovery code once."),
    "import": ("cli.imports:import_", "Read exports into the vault."),
    "imports": ("cli.imports:imports", "List what was imported; take an import back."),
    "map": ("cli.mapping:map_", "Propose what the columns of a table are; try a mapping."),
    "sources": ("cli.sources:sources", "Say what is read from whom; choose whom to believe."),
    "status": ("cli.care:status", "Say what is in the vault."),
    "show": ("cli.show:show", "Print a metric, by day or sample by sample."),
    "why": ("cli.show:why", "Explain a daily value: what counted, what did not, and why."),
    "sleep": ("cli.sleep:sleep", "Print nights and naps, sleep debt and rhythm."),
    "workouts": ("cli.show:workouts", "Print workouts."),
    "readiness": ("cli.readiness:readiness", "Print today's readiness with its reasons."),
    "load": ("cli.load:load", "Print training load, by day or by workout."),
    "zones": ("cli.zones:zones", "Print heart rate and power zones."),
    "strength": ("cli.strength:strength", "Print strength training, and what it suggests."),
    "reaction": ("cli.strength:reaction", "Print reaction time tests beside your usual."),
    "flags": ("cli.flags:flags", "Print patterns worth a look, with their numbers; no diagnosis."),
    "report": ("cli.report:report", "Write a page of charts to look at, for any browser, offline."),
    "checkin": ("cli.readiness:checkin", "Say how you feel."),
    "consent": ("cli.consent:consent", "Decide line by line what others may see."),
    "share": ("cli.share:share", "Hand a grantee one encrypted file; open one you were given."),
    "audit": ("cli.audit:audit", "See who was given what; check the log."),
    "export": ("cli.export:export", "Write your data as a bundle, FHIR or CSV; verify a bundle."),
    "correct": ("cli.correct:correct", "Put one value right, or take that back."),
    "restrict": ("cli.restrict:restrict", "Keep a metric from everybody but you, until you lift that."),
    "notices": ("cli.notices:notices", "List whom to tell of a correction, an erasure or a restriction."),
    "erase": ("cli.erase:erase", "Erase a metric, a source, a period, an import or everything, for good."),
    "backup": ("cli.backup:backup", "Write the vault into one encrypted file."),
    "restore": ("cli.backup:restore", "Make a vault from a backup."),
    "verify": ("cli.check:verify", "Check that everything is as it was written."),
    "doctor": ("cli.check:doctor", "Say what is wrong, and which command mends it."),
    "rekey": ("cli.keys:rekey", "Change the passphrase, or another key."),
    "recover": ("cli.keys:recover", "Set a new passphrase with the recovery code."),
}


class _Commands(click.Group):
    """A group that imports a command when it is called, and lists them without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--vault",
    "vault_path",
    envvar="VITALVAULT_PATH",
    type=click.Path(file_okay=False),
    help="The vault's folder.  [env: VITALVAULT_PATH; default: the platform's user data folder]",
)
@click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False),
    help="Read the passphrase from the first line of this file.",
)
@click.version_option(package_name="vitalvault", prog_name="vitalvault")
@click.pass_context
def cli(ctx: click.Context, vault_path: str | None, passphrase_file: str | None) -> None:
    """Keep your wearable data in one encrypted place, understand it there, and decide who sees what.

    \b
    Example:
      vitalvault init
      vitalvault import export.zip
      vitalvault readiness --explain
    """
    ctx.obj = {"vault_path": vault_path, "passphrase_file": passphrase_file}


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    try:
        code = cli.main(prog_name="vitalvault", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        _say("stopped", "")
        sys.exit(1)
    except click.exceptions.NoArgsIsHelpError as bare:
        bare.show()
        sys.exit(bare.exit_code)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "vitalvault"
        _say(f"error: {_lower(error.format_message())}", f"see '{path} --help'")
        sys.exit(error.exit_code)
    except VaultError as error:
        _say(f"error: {error}", error.hint)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        _say(
            f"error: the system says: {error.strerror or type(error).__name__}",
            "check paths, rights and room",
        )
        sys.exit(1)
    except Exception as fault:  # noqa: BLE001 - the last door: a message of anything could hold a value
        frame = extract_tb(fault.__traceback__)[-1]
        where = f"{type(fault).__name__} in {Path(frame.filename).name}, line {frame.lineno}"
        _say(
            f"error: a fault of VitalVault itself: {where}",
            "please report this line; it holds no data of yours",
        )
        sys.exit(1)


def _lower(sentence: str) -> str:
    """Return click's sentence in the voice of this program: no capital, no full stop."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _say(words: str, hint: str) -> None:
    click.echo(f"vitalvault: {words}", err=True)
    if hint:
        click.echo(f"vitalvault: hint: {hint}", err=True)
