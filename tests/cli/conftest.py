"""The stage of the command line's tests: a folder with a vault in it, a shell, and transcripts to play there.

Commands run in this process through ``cli.main.main``, as the console script calls it, with cheap keys and
a clock that stands still on the morning of the made-up person's export.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import adapters
import vault
from cli.demo.export import write_export
from cli.main import main
from policies.sharing.opening import open_share
from vault.care.doctor import examine
from vault.keys import kdf

if TYPE_CHECKING:
    from vault.time import Clock

PASSPHRASE = "correct horse battery staple"
HOME = "Europe/Berlin"
SAID = re.compile(r"vitalvault: |.*\[y/N\]: ")
"""How lines on stderr begin; all others of a transcript are on stdout."""
REFUSED = (1, 2, 3, 4)
"""Exit codes of what was not done; stdout stays empty then."""


def morning() -> datetime:
    """Return the moment at which all of this happens."""
    return datetime(2026, 4, 5, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Ran:
    """What a command left behind: its exit code and its two streams."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A keyboard at which somebody has typed already; what is typed at a question shows beside it."""

    def isatty(self) -> bool:
        return True

    def answer(self, prompt: str) -> str:
        """Answer a question; when nothing more was typed, the input has ended."""
        typed = self.readline()
        if not typed:
            raise EOFError
        sys.stderr.write(prompt + typed)
        return typed.rstrip("\n")


def _always(ran: Ran, words: tuple[str, ...], folder: Path) -> None:
    """Assert what holds for every command, whatever it is asked."""
    assert "Traceback" not in ran.err
    assert "fault of VitalVault" not in ran.err, ran.err
    for name in ("PASSPHRASE", "NEW_PASSPHRASE", "BACKUP_PASSPHRASE", "RECOVERY_CODE"):
        secret = os.environ.get(f"VITALVAULT_{name}")
        assert not secret or secret not in ran.out + ran.err
    assert str(folder) not in ran.err
    if ran.code in REFUSED and "explain" not in words:
        assert ran.out == ""
        assert ran.err


class Shell:
    """Runs ``vitalvault`` in a folder; what it is told of files and variables it takes from there."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = patch

    def run(self, *words: str, typed: str | None = None, fault: bool = False) -> Ran:
        """Run one command; without ``typed``, stdin is no terminal. What no command may do, none does.

        SEEN stands for the hash of the grant's preview.
        """
        if "SEEN" in words:
            words = tuple(self._seen(words) if word == "SEEN" else word for word in words)
        streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2)]
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            patch.setattr(sys, "argv", ["vitalvault", *words])
            keyboard = io.StringIO() if typed is None else Terminal(typed)
            patch.setattr(sys, "stdin", keyboard)
            if isinstance(keyboard, Terminal):
                patch.setattr("click.termui.visible_prompt_func", keyboard.answer)
            with pytest.raises(SystemExit) as stop:
                main()
        for stream in streams:
            stream.flush()
        out, err = (stream.buffer.getvalue().decode() for stream in streams)
        ran = Ran(int(stop.value.code or 0), out, err)
        if not fault:
            _always(ran, words, self.folder)
        return ran

    def _seen(self, words: tuple[str, ...]) -> str:
        """Return the hash a person would have seen who looked at the preview of a grant."""
        asked = ["preview" if word == "grant" else word for word in words]
        terms = [word for word in asked if word not in ("--yes-i-saw", "SEEN", "--json")]
        shown = self.run(*terms, "--json", fault=True)
        return str(json.loads(shown.out)["sha256"]) if shown.code == 0 else "0" * 64

    def line(self, line: str, typed: str | None = None) -> Ran:
        """Run a line as a shell would; tests/transcripts/README.md says what it understands."""
        words = shlex.split(line, comments=True)
        if words[0] == "export":
            self._patch.setenv(*words[1].split("=", 1))
            return Ran(0, "", "")
        target = words[-1] if ">" in words[-2:-1] else None
        words = words[:-2] if target else words
        with pytest.MonkeyPatch.context() as patch:
            while words[0] != "vitalvault":
                word = words.pop(0)
                if word == "env" and words[0] == "-u":
                    patch.delenv(words[1])
                    words = words[2:]
                else:
                    patch.setenv(*word.split("=", 1))
            ran = self.run(*words[1:], typed=typed)
        if target:
            (self.folder / target).write_text(ran.out, "utf-8")
            return Ran(ran.code, "", ran.err)
        return ran


@dataclass
class Step:
    """A command of a transcript and what it is to print."""

    number: int
    line: str
    code: int
    expected: list[str] = field(default_factory=list)


def steps(text: str) -> Iterator[Step]:
    """Yield the commands of a transcript; tests/transcripts/README.md has the grammar."""
    step = None
    for number, line in enumerate(re.sub(r" *\\\n *", " ", text).splitlines(), 1):
        if start := re.fullmatch(r"(?:\$|! (\d)) (.*)", line):
            if step is not None:
                yield step
            step = Step(number, start[2], int(start[1] or 0))
        elif step is not None and line and not line.startswith("#"):
            step.expected.append(line)
    if step is not None:
        yield step


class Transcript:
    """Plays transcripts in a shell, and remembers what ``<names>`` stood for.

    At a terminal (``typed``) it is a page of the documentation that is played. There, a command shown without
    output only has to succeed, one with output may end as it likes, and hints may be missing.
    """

    def __init__(self, shell: Shell, typed: str | None = None) -> None:
        self.shell = shell
        self.typed = typed
        self.names: dict[str, str] = {}

    def play(self, text: str) -> None:
        """Run every command and compare; stderr is what begins with the program's name."""
        for step in steps(text):
            ran = self.shell.line(self._filled(step.line), self.typed)
            words = [line for line in step.expected if SAID.match(line)]
            data = [line for line in step.expected if line not in words]
            where = f"line {step.number}: {step.line}\n{ran.out}{ran.err}"
            shown = self.typed is not None and step.expected
            assert shown or step.code == ran.code, f"exit code {ran.code} at {where}"
            if self.typed is None or step.expected:
                self._compare(words, self._told(ran.err, words), f"stderr at {where}")
                self._compare(data, ran.out, f"stdout at {where}")

    def _told(self, err: str, words: list[str]) -> str:
        """Return stderr, of a page that shows no hints without them."""
        if self.typed is None:
            return err
        shows_hints = any("hint:" in word for word in words)
        return "".join(line for line in err.splitlines(True) if shows_hints or "hint:" not in line)

    def _filled(self, text: str) -> str:
        return re.sub(r"<(\w+)>", lambda name: self.names.get(name[1], name[0]), text)

    def _compare(self, lines: list[str], printed: str, where: str) -> None:
        pattern = "".join(self._pattern(line) for line in lines)
        found = re.fullmatch(pattern, re.sub(r"\n{2,}", "\n", printed.lstrip("\n")))
        assert found, f"another {where}\nexpected:\n" + "\n".join(lines)
        self.names.update(found.groupdict())

    def _pattern(self, line: str) -> str:
        if line.strip() == "...":
            return r"(?:.*\n)*?"
        escaped = re.escape(self._filled(line)).replace(r"\.\.\.", ".*?")
        return re.sub(r"<(\w+)>", r"(?P<\1>\\S+)", escaped) + r"\n"


@contextmanager
def _cheap() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kdf, "DEFAULT", kdf.Cost(8, 1, 1))
        patch.setattr(kdf, "FLOOR", kdf.Cost(8, 1, 1))
        yield


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with export.zip, four months of a made-up person, and my.vault, which has taken it in."""
    folder = tmp_path_factory.mktemp("stocked")
    write_export(folder / "export.zip")
    with (
        _cheap(),
        vault.create(folder / "my.vault", PASSPHRASE, home_zone=HOME, clock=morning) as made,
    ):
        made.ingest(adapters.read(folder / "export.zip", timezone=HOME))
    return folder


def stand_at(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Let every vault and share that is opened from now on go by this clock."""
    for make in (vault.create, vault.open, vault.restore, examine, open_share):
        monkeypatch.setattr(make, "__kwdefaults__", {**(make.__kwdefaults__ or {}), "clock": clock})


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cheap_keys: None) -> Shell:
    """A shell in an empty folder on that morning; where a vault would be, and its passphrase, are set."""
    for name in [name for name in os.environ if name.startswith(("VITALVAULT_", "_VITALVAULT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VITALVAULT_PATH", "my.vault")
    monkeypatch.setenv("VITALVAULT_PASSPHRASE", PASSPHRASE)
    monkeypatch.chdir(tmp_path)
    stand_at(monkeypatch, morning)
    return Shell(tmp_path, monkeypatch)


@pytest.fixture
def shell(bare: Shell, stocked: Path) -> Shell:
    """A shell in a folder of its own with export.zip and my.vault."""
    shutil.copytree(stocked, bare.folder, dirs_exist_ok=True)
    return bare


@pytest.fixture
def play(shell: Shell) -> Callable[[str], None]:
    """Play a transcript in that shell."""
    return Transcript(shell).play


@pytest.fixture
def page(bare: Shell, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Play console blocks of one page of the documentation, at a terminal that agrees, weeks later."""
    stand_at(monkeypatch, lambda: datetime(2026, 6, 1, 8, 0, tzinfo=UTC))
    return Transcript(bare, typed="y\n").play
