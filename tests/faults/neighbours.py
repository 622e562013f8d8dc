"""Plays one of several processes that use a vault at the same time.

    python tests/faults/neighbours.py write FOLDER      # imports a million samples, says when it is done
    python tests/faults/neighbours.py read FOLDER       # looks at them again and again until told to stop
    python tests/faults/neighbours.py hold FOLDER       # holds an import open until told to stop

The one idea: a process says on its output what it sees, and stops when its input ends.
"""

from __future__ import annotations

import select
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
from operations import OLD, WATCH, clock, make_keys_cheap

import vault
from vault.errors import Busy
from vault.records import Record, Samples
from vault.time import SECOND_NS, instant_ns

MILLION, BATCH = 1_000_000, 50_000


def million() -> Iterator[Record]:
    """Yield a million heart rates of four years, in batches."""
    for first in range(0, MILLION, BATCH):
        number = np.arange(first, first + BATCH, dtype=np.int64)
        start = instant_ns(clock()) - (MILLION - number) * 120 * SECOND_NS
        value = 50.0 + number * 7_919 % 97
        zeros = np.zeros(BATCH, np.int32)
        yield Samples("heart_rate", start, start, zeros.astype(np.int16), value, zeros, [WATCH])


def say(*words: object) -> None:
    """Say something to who started this process."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def stopped() -> bool:
    """Return whether the input has ended."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


def write(folder: Path) -> None:
    """Import the million."""
    with vault.open(folder, OLD, clock=clock) as one:
        say("importing")
        say(one.ingest(million()).added)


def read(folder: Path) -> None:
    """Look, by a connection that stays open and by new ones, and say how many samples there are."""
    with vault.open(folder, OLD, clock=clock, read_only=True) as kept:
        while not stopped():
            with vault.open(folder, OLD, clock=clock, read_only=True) as fresh:
                for one in (fresh, kept):
                    parts = one.columns("heart_rate")
                    say(sum(map(len, parts)), sum(float(part.value.sum()) for part in parts))


def hold(folder: Path) -> None:
    """Keep an import open."""

    def records() -> Iterator[Record]:
        yield next(million())
        say("holding")
        sys.stdin.read()

    with vault.open(folder, OLD, clock=clock) as one:
        one.ingest(records())


def checkin(folder: Path) -> None:
    """Write something small."""
    with vault.open(folder, OLD, clock=clock) as one:
        try:
            one.checkin(date(2026, 2, 3), mood=4)
        except Busy as error:
            say("busy:", error)
        else:
            say("written")


if __name__ == "__main__":
    make_keys_cheap()
    {"write": write, "read": read, "hold": hold, "checkin": checkin}[sys.argv[1]](Path(sys.argv[2]))
