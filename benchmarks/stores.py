"""Five million heart rates in four stores: how each writes them, and answers three questions.

The idea: every store holds the same columns (start, end, offset, value, source) and is asked through what its
users would write. This file is run by the Python that has the store: the peers' have nothing of this project.

    python benchmarks/stores.py make 5000000 samples.npz -
    python benchmarks/stores.py write parquet samples.npz FOLDER
    python benchmarks/stores.py ask parquet month FOLDER
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import numpy as np

KEY = "0b" * 32
PASSPHRASE = "only for figures"
MONTH = "2020-03-01", "2020-03-31"
MONTH_NS = tuple(int(np.datetime64(day, "ns").astype(np.int64)) for day in ("2020-03-01", "2020-04-01"))
DAY_NS = 86_400 * 10**9
FIRST_DAY = int(np.datetime64("2015-07-01", "s").astype(np.int64))
YEARS_S = int(10 * 365.25 * 86_400)
WARM_CALLS = 7
BATCH = 250_000

Answer = tuple[int, float]
"""How many rows, and the sum of their values: enough to tell a wrong answer from a right one."""


class Store(Protocol):
    """A store in a folder; each question is a method that returns an ``Answer``."""

    def write(self, columns: dict[str, Any]) -> None:
        """Write all columns, durably."""

    def open(self) -> None:
        """Open what was written; not timed."""

    def month(self) -> Answer:
        """Return every heart rate of March 2020."""

    def daily(self) -> Answer:
        """Return the mean heart rate of each day of ten years."""

    def mean(self) -> Answer:
        """Return the mean of all heart rates."""


class VitalVault:
    """A vault, by its library. Opening derives a key, which is slow on purpose, and is not timed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "bench.vault"

    def write(self, columns: dict[str, Any]) -> None:
        """Take in batches as an adapter hands them over."""
        from vault.records import Origin, Samples

        origins = [Origin(source=columns["source"], adapter="benchmark")]

        def batches() -> Any:
            for first in range(0, len(columns["start"]), BATCH):
                rows = slice(first, first + BATCH)
                start = columns["start"][rows]
                origin = np.zeros(len(start), np.int32)
                offset, value = columns["offset_min"][rows], columns["value"][rows]
                yield Samples("heart_rate", start, columns["end"][rows], offset, value, origin, origins)

        report = self._vault.ingest(batches())
        assert report.added == len(columns["start"])

    def make(self) -> None:
        """Create the vault; its key derivation is not timed."""
        import vault

        self._vault = vault.create(self._folder, PASSPHRASE)

    def open(self) -> None:
        """Open it, and import what a table is made with."""
        import pandas as pd  # noqa: F401

        import vault

        self._vault = vault.open(self._folder, PASSPHRASE)

    def month(self) -> Answer:
        """Ask for samples of days."""
        found = self._vault.samples("heart_rate", *MONTH)
        return len(found), float(found["value"].sum())

    def daily(self) -> Answer:
        """Ask for daily values, which a vault keeps."""
        found = self._vault.daily("heart_rate")
        return len(found), float(found["value"].sum())

    def mean(self) -> Answer:
        """Weigh the daily means by their counts: one device, so no sample is left out."""
        found = self._vault.daily("heart_rate")
        return int(found["n"].sum()), float((found["value"] * found["n"]).sum())


class Rows:
    """One row a sample in SQLCipher with an index, and a raw key, so that none is derived."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "rows.db"

    def write(self, columns: dict[str, Any]) -> None:
        """Insert all rows in one transaction, then the index."""
        self.open()
        database = self._database
        database.execute(
            "CREATE TABLE sample (metric TEXT, start INTEGER, end INTEGER, offset_min INTEGER, "
            "value REAL, source INTEGER)"
        )
        lists = (columns[name].tolist() for name in ("start", "end", "offset_min", "value"))
        rows = (("heart_rate", *row, 1) for row in zip(*lists))
        database.executemany("INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?)", rows)
        database.execute("CREATE INDEX sample_start ON sample (metric, start)")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()

    def open(self) -> None:
        """Open it with the key."""
        import sqlcipher3

        self._database = sqlcipher3.connect(str(self._path))
        self._database.execute(f"PRAGMA key = \"x'{KEY}'\"")
        self._database.execute("PRAGMA journal_mode = WAL")

    def _rows(self, question: str, given: tuple[Any, ...] = ()) -> Any:
        with closing(self._database.execute(question, given)) as cursor:
            return cursor.fetchall()

    def month(self) -> Answer:
        """Ask by the index."""
        question = (
            "SELECT start, end, offset_min, value, source FROM sample "
            "WHERE metric = ? AND start >= ? AND start < ?"
        )
        found = self._rows(question, ("heart_rate", *MONTH_NS))
        return len(found), float(sum(row[3] for row in found))

    def daily(self) -> Answer:
        """Group by local day."""
        day = f"(start + offset_min * 60000000000) / {DAY_NS}"
        found = self._rows(
            f"SELECT {day}, avg(value), count(*) FROM sample WHERE metric = 'heart_rate' GROUP BY 1"
        )
        return len(found), float(sum(row[1] for row in found))

    def mean(self) -> Answer:
        """Count and sum."""
        ((count, total),) = self._rows("SELECT count(*), sum(value) FROM sample WHERE metric = 'heart_rate'")
        return int(count), float(total)


class Parquet:
    """A plain Parquet file by pyarrow, zstd, in order of time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "samples.parquet"

    def write(self, columns: dict[str, Any]) -> None:
        """Write one file; row groups of a million, so that their statistics can skip."""
        import os

        import pyarrow as pa
        import pyarrow.parquet as pq

        metric = pa.DictionaryArray.from_arrays(np.zeros(len(columns["start"]), np.int8), ["heart_rate"])
        source = pa.DictionaryArray.from_arrays(np.zeros(len(columns["start"]), np.int8), [columns["source"]])
        named = {name: columns[name] for name in ("start", "end", "offset_min", "value")}
        table = pa.table({"metric": metric, **named, "source": source})
        encodings = {"start": "DELTA_BINARY_PACKED", "end": "DELTA_BINARY_PACKED"}
        plain = ["metric", "source", "value", "offset_min"]
        pq.write_table(
            table,
            self._path,
            compression="zstd",
            use_dictionary=plain,
            column_encoding=encodings,
            row_group_size=1 << 17,
        )
        with self._path.open("rb+") as file:
            os.fsync(file.fileno())

    def open(self) -> None:
        """Import what reads it."""
        import pandas as pd  # noqa: F401
        import pyarrow.parquet as pq

        self._read = pq.read_table

    def month(self) -> Answer:
        """Skip row groups by their statistics."""
        first, after = MONTH_NS
        found = self._read(self._path, filters=[("start", ">=", first), ("start", "<", after)]).to_pandas()
        return len(found), float(found["value"].sum())

    def daily(self) -> Answer:
        """Read three columns and group."""
        found = self._read(self._path, columns=["start", "offset_min", "value"]).to_pandas()
        day = (found["start"] + found["offset_min"].astype("int64") * 60_000_000_000) // DAY_NS
        means = found["value"].groupby(day).mean()
        return len(means), float(means.sum())

    def mean(self) -> Answer:
        """Read one column."""
        found = self._read(self._path, columns=["value"])["value"].to_numpy()
        return len(found), float(found.sum())


class DuckDB:
    """A plain DuckDB file: to write an encrypted one takes an extension that it downloads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "samples.duckdb"

    def write(self, columns: dict[str, Any]) -> None:
        """Insert from columns, and checkpoint."""
        import duckdb
        import pandas as pd

        named = {name: columns[name] for name in ("start", "end", "offset_min", "value")}
        frame = pd.DataFrame(named)
        with duckdb.connect(str(self._path)) as database:
            database.register("frame", frame)
            database.execute(
                "CREATE TABLE sample AS SELECT 'heart_rate' AS metric, *, "
                f"'{columns['source']}' AS source FROM frame ORDER BY start"
            )
            database.execute("CHECKPOINT")

    def open(self) -> None:
        """Open it for reading."""
        import duckdb
        import pandas as pd  # noqa: F401

        self._database = duckdb.connect(str(self._path), read_only=True)

    def month(self) -> Answer:
        """Ask for a range."""
        found = self._database.execute(
            "SELECT * FROM sample WHERE metric = 'heart_rate' AND start >= ? AND start < ?", MONTH_NS
        ).df()
        return len(found), float(found["value"].sum())

    def daily(self) -> Answer:
        """Group by local day."""
        found = self._database.execute(
            f"SELECT (start + offset_min * 60000000000) // {DAY_NS} AS day, avg(value) AS value, "
            "count(*) AS n FROM sample WHERE metric = 'heart_rate' GROUP BY day ORDER BY day"
        ).df()
        return len(found), float(found["value"].sum())

    def mean(self) -> Answer:
        """Count and sum."""
        count, total = self._database.execute(
            "SELECT count(*), sum(value) FROM sample WHERE metric = 'heart_rate'"
        ).fetchone()
        return int(count), float(total)


STORES: dict[str, Callable[[Path], Any]] = {
    "vitalvault": VitalVault,
    "sqlcipher-rows": Rows,
    "duckdb": DuckDB,
    "parquet": Parquet,
}
QUESTIONS = ("month", "daily", "mean")


def make_samples(count: int, path: Path) -> None:
    """Write heart rates of ten years: seconds apart as a watch's are, wandering from one to the next."""
    rng = np.random.default_rng(20)
    gap = rng.gamma(4.0, YEARS_S / count / 4.0, count)
    second = FIRST_DAY + np.cumsum(gap).astype(np.int64)
    second = np.unique(second)
    second = np.concatenate([second, second[-1] + 1 + np.arange(count - len(second))])
    walk = np.cumsum(rng.normal(0, 1.5, count))
    value = np.rint(95 + 45 * np.sin(walk / 25)).clip(42, 190)
    start = second * 1_000_000_000
    np.savez(path, start=start, end=start, offset_min=np.zeros(count, np.int16), value=value)


def write(store: Any, samples: Path) -> dict[str, float]:
    """Time the writing alone: the columns are in memory, the libraries imported by a small write before."""
    with np.load(samples) as loaded:
        columns: dict[str, Any] = {name: loaded[name] for name in ("start", "end", "offset_min", "value")}
    columns["source"] = "Watch"
    if hasattr(store, "make"):
        store.make()
    began = time.perf_counter()
    store.write(columns)
    return {"seconds": time.perf_counter() - began}


def ask(store: Any, question: str) -> dict[str, Any]:
    """Time the first answer and the median of those after it."""
    store.open()

    def timed() -> tuple[float, Answer]:
        began = time.perf_counter()
        answer = getattr(store, question)()
        return time.perf_counter() - began, answer

    cold, answer = timed()
    warm = median(timed()[0] for _ in range(WARM_CALLS))
    return {"cold_ms": 1e3 * cold, "warm_ms": 1e3 * warm, "answer": answer}


def main() -> None:
    """Make the samples, write them or ask, as the words say."""
    task, name, what, folder = sys.argv[1:]
    if task == "make":
        make_samples(int(name), Path(what))
        return
    store = STORES[name](Path(folder))
    print(json.dumps(write(store, Path(what)) if task == "write" else ask(store, what)))


if __name__ == "__main__":
    main()
