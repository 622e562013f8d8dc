"""Runs an operation with a fault at every call by which it changes the disk, and judges what it left.

The one idea: everything is imported once, in a process with ``shim.c`` preloaded; each point is then a fork
that works on a fresh copy of a small vault and fails at its call, and another that judges what is left.
After a fault no file shows anything in plain, and the vault opens and verifies, in the state before or the
one after; after a call that returned, in the one after. Once the call is made again, it is as if nothing had
happened.

    python tests/faults/points.py import kill torn --most 10
    python tests/faults/points.py rekey io-error --at 17

One JSON document is printed; what is wrong is listed with the point at which it happens.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import mmap
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KINDS = {
    "kill": "wstnd",
    "torn": "w",
    "full-once": "wsn",
    "full": "wsn",
    "io-error": "wstnd",
    "power-cut": "wstnd",
}
"""What can happen, and to which calls: w(rite), s(ync), t(runcate), n(ame), d(elete); in the order of the
shim. A cut of power takes away what was written and not yet synced."""

DONE, REFUSED, KILLED = "done", "refused", "killed"
PATIENCE_S = 60


@dataclass(frozen=True)
class Point:
    """The call of an operation that fails, counted from 1, and how."""

    operation: str
    kind: str
    at: int


@dataclass(frozen=True)
class Verdict:
    """What is wrong after a fault (nothing: empty), and the files it left for ever."""

    wrong: str = ""
    left: Sequence[str] = ()


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder in memory, if there is such a thing."""
    memory = Path("/dev/shm")  # a sync costs nothing there, and it is not the disk that is tested
    with tempfile.TemporaryDirectory(prefix="faults-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder).resolve()


def forked(work: Callable[[], Any]) -> tuple[str, Any]:
    """Do some work in a fork: (done, its answer), (refused, the error) or (killed, by which signal)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE_S)
        os.close(reading)
        with os.fdopen(writing, "wb") as answer:
            pickle.dump(_outcome(work), answer)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    return pickle.loads(said) if said else (KILLED, signal.Signals(os.WTERMSIG(status)).name)


def _outcome(work: Callable[[], Any]) -> tuple[str, Any]:
    from vault.errors import VaultError

    try:
        return DONE, work()
    except VaultError as error:
        return REFUSED, f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001 - whatever it is, it is a finding
        return REFUSED, traceback.format_exc()


class Ground:
    """An operation with its states: the files before it, and what can be seen before and after."""

    def __init__(self, operation: str, folder: Path) -> None:
        from operations import OPERATIONS, VAULT, state

        self.name, self.operation, self.folder = operation, OPERATIONS[operation], folder
        self.before_files = folder / "before"
        self.before_files.mkdir()
        self.operation.prepare(self.before_files)
        with self.copy() as place:  # in this process, so that its forks have everything imported
            self.first_key = state(place)[VAULT]["data key"]
            self.operation.run(place, lambda: None)
        with self.copy() as place:
            self.before = self.look(place)
        with self.copy() as place:
            self.calls = _sure(self.run(place, "count", 0))
            self.after, self.files_after = self.look(place), files(place)

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """Give the files before the operation in a folder of their own."""
        place = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(self.before_files, place, dirs_exist_ok=True)
        try:
            yield place
        finally:
            shutil.rmtree(place)

    def run(self, place: Path, kind: str, at: int) -> tuple[str, Any]:
        """Run the operation in a fork with a fault; its answer is which calls it made.

        The outcome is ``done`` as soon as the call returned, whatever happened while the vault was closed.
        """
        how = ["count", *KINDS].index(kind)
        returned = mmap.mmap(-1, 1)

        def work() -> str:
            shim = ctypes.CDLL(None)
            shim.shim_kinds.restype = ctypes.c_char_p
            shim.shim_arm(os.fsencode(f"{place}/"), how, ctypes.c_long(at))
            try:
                tempfile.tempdir = os.environ["TMPDIR"] = os.environ["SQLITE_TMPDIR"] = str(place)
                self.operation.run(place, lambda: returned.write(b"1"))
            finally:
                calls = shim.shim_kinds()[: shim.shim_seen()].decode()
                if kind == "power-cut":
                    shim.shim_cut_power()
                shim.shim_arm(b"", 0, ctypes.c_long(0))
            return calls

        outcome, answer = forked(work)
        return DONE if returned[:] == b"1" else outcome, answer

    def look(self, place: Path) -> dict[str, Any]:
        """Return what the place says, read in a fork."""
        seen: dict[str, Any] = _sure(forked(lambda: self._said(place)))
        return seen

    def _said(self, place: Path) -> dict[str, Any]:
        """Return what the place says; of a data key, whether it is the first one."""
        from operations import state

        return {
            name: {key: told == self.first_key if key == "data key" else told for key, told in said.items()}
            for name, said in state(place).items()
        }

    def _retried(self, place: Path) -> tuple[dict[str, Any], tuple[str, Any], dict[str, Any]]:
        """Return what the place says, how the operation goes there, and what the place says then."""
        found = self._said(place)
        again = _outcome(lambda: self.operation.run(place, lambda: None))
        return found, again, self._said(place)

    def judge(self, kind: str, at: int) -> Verdict:
        """Say what is wrong after a fault at a call, and what files too many stay for ever."""
        with self.copy() as place:
            outcome, answer = self.run(place, kind, at)
            if "Traceback" in answer or answer in {"SIGALRM", "SIGSEGV", "SIGABRT"}:
                return Verdict(f"an end that is none of ours: {answer}")
            try:
                wrong = self._wrong(place, outcome)
            except AssertionError as error:
                wrong = f"{outcome} ({answer}), then {error}"
            return Verdict(wrong, sorted(files(place) - self.files_after))

    def _wrong(self, place: Path, outcome: str) -> str:
        if shown := in_plain(place):
            return f"in plain ({outcome}): {shown}"
        found, (again, answer), in_the_end = _sure(forked(lambda: self._retried(place)))
        if outcome == DONE and found != self.after:
            return f"acknowledged, but {_difference(found, self.after)}"
        if found not in (self.before, self.after):
            return f"neither before nor after ({outcome}): {_difference(found, self.before)}"
        if again != DONE and found != self.after:
            return f"the call can't be made again: {answer}"
        if contents(in_the_end) != contents(self.after):
            return f"not as undisturbed after the retry: {_difference(in_the_end, self.after)}"
        if found == self.before and in_the_end != self.after:
            return f"the retry left other traces: {_difference(in_the_end, self.after)}"
        return ""


def files(place: Path) -> set[str]:
    """Return the files of a place; what is random in their names is left out."""
    found = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    return {re.sub(r"-[a-z0-9_]{8}\.", "-*.", name) for name in found}


def in_plain(place: Path) -> list[str]:
    """Return the files in which something of a vault stands in plain, but for what its owner wants so."""
    from operations import PLAIN, WANTED_IN_PLAIN

    return [
        path.name
        for path in place.rglob("*")
        if path.is_file() and not path.name.startswith(WANTED_IN_PLAIN)
        if any(words in path.read_bytes() for words in PLAIN)
    ]


def contents(state: dict[str, Any]) -> dict[str, Any]:
    """Return what vaults and backups hold, without what their logs say of how it came about."""
    return {name: said["content"] for name, said in state.items()}


def _sure(outcome: tuple[str, Any]) -> Any:
    if outcome[0] != DONE:
        raise AssertionError(f"{outcome[0]}: {outcome[1]}")
    return outcome[1]


def _difference(found: dict[str, Any], expected: dict[str, Any]) -> str:
    if found.keys() != expected.keys():
        return f"there is {sorted(found)}, not {sorted(expected)}"
    unlike = {
        f"{name}: {key}": (said[key], expected[name][key])
        for name, said in found.items()
        for key in said
        if said[key] != expected[name].get(key)
    }
    return json.dumps(unlike)


_ground: Ground


def _judge(point: Point) -> Verdict:
    return _ground.judge(point.kind, point.at)


def points(ground: Ground, kinds: Sequence[str], most: int, at: int | None) -> list[Point]:
    """Return the points of an operation: for each kind of fault, calls it can happen to, evenly spread."""
    found = []
    for kind in kinds:
        calls = [number for number, call in enumerate(ground.calls, 1) if call in KINDS[kind]]
        if kind == "power-cut":
            calls.append(len(ground.calls) + 1)  # when all is said and done
        step = len(calls) / min(most, len(calls))
        evenly = [calls[-1 - int(number * step)] for number in range(min(most, len(calls)))]
        found += [Point(ground.name, kind, number) for number in (evenly if at is None else [at])]
    return found


def report(operation: str, kinds: Sequence[str], most: int, at: int | None, jobs: int) -> dict[str, Any]:
    """Run points of an operation; returns how many there were of each kind, and what is wrong."""
    global _ground
    with scratch() as folder:
        _ground = Ground(operation, folder)
        todo = points(_ground, kinds, most, at)
        gc.freeze()  # else every fork copies what it only looks at
        with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
            judged = list(pool.map(_judge, todo))
    return {
        "operation": operation,
        "calls": Counter(_ground.calls),
        "points": Counter(point.kind for point in todo),
        "left": Counter(name for verdict in judged for name in verdict.left),
        "wrong": [[point.kind, point.at, one.wrong] for point, one in zip(todo, judged) if one.wrong],
    }


def preloaded(arguments: list[str]) -> int:
    """Build the shim and run this file again with it; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        shim = Path(folder) / "shim.so"
        compiler = os.environ.get("CC", "cc")
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", shim, HERE / "shim.c", "-ldl"], check=True)
        env = os.environ | {"LD_PRELOAD": str(shim), "PYTHONPATH": str(HERE.parents[1])}
        return subprocess.run([sys.executable, __file__, *arguments], env=env, check=False).returncode


def main() -> int:
    """Run what the command line asks for; exit code 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("operation")
    parser.add_argument("kinds", nargs="*", metavar="kind", help=f"{', '.join(KINDS)}; all of them if none")
    parser.add_argument("--most", type=int, default=1_000_000, help="so many points of a kind at most")
    parser.add_argument("--at", type=int, help="this call only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    if "shim.so" not in os.environ.get("LD_PRELOAD", ""):
        return preloaded(sys.argv[1:])
    from operations import make_keys_cheap

    make_keys_cheap()
    found = report(given.operation, given.kinds or [*KINDS], given.most, given.at, given.jobs)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return bool(found["wrong"])


if __name__ == "__main__":
    sys.exit(main())
