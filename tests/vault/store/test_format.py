"""docs/format.md is enough to read a store: a reader written from it, sharing no code, agrees with ours."""

from __future__ import annotations

import hashlib
import json
import struct

import numpy as np
import zstandard
from sqlcipher3 import dbapi2

from vault.records import Stream

S = 10**9
T = 1_774_000_000 * S


class Content:
    """The content of a frame, read from the front."""

    def __init__(self, data: bytes, form: int) -> None:
        assert data[0] == form
        self.rest = zstandard.decompress(data[1:])

    def take(self, layout: str) -> tuple:
        size = struct.calcsize("<" + layout)
        taken, self.rest = struct.unpack("<" + layout, self.rest[:size]), self.rest[size:]
        return taken

    def ints(self, n: int) -> list[int]:
        exponent, width, base = self.take("BBq")
        planes = [self.take(f"{n}B") for _ in range(width)]
        offsets = [sum(plane[row] << 8 * at for at, plane in enumerate(planes)) for row in range(n)]
        values = [(base + offset) * 10**exponent % 2**64 for offset in offsets]
        return [value - 2**64 if value >= 2**63 else value for value in values]

    def scaled(self, n: int, scale: int) -> list[float]:
        ints = self.ints(n)
        return [struct.unpack("<d", struct.pack("<q", i))[0] if scale == -1 else i / 10**scale for i in ints]

    def floats(self, n: int) -> list[float | None]:
        missing, (scale,) = self.ints(n), self.take("b")
        return [None if gone else value for gone, value in zip(missing, self.scaled(n, scale), strict=True)]

    def texts(self) -> list[str]:
        (count,) = self.take("I")
        lengths = self.take(f"{count}I")
        return [bytes(self.take(f"{length}B")).decode("utf-8", "surrogatepass") for length in lengths]


def packed_texts(texts: list[str]) -> bytes:
    """Return texts as they stand in a frame."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    return struct.pack(f"<{1 + len(texts)}I", len(texts), *map(len, encoded)) + b"".join(encoded)


def chunk(data: bytes) -> dict:
    """Return the columns of a chunk by the names of the document."""
    content = Content(data, 1)
    n, start, scale = content.take("Iqb")
    starts = [start]
    for gap in content.ints(n - 1):
        starts.append(starts[-1] + gap)
    ends = [at + length for at, length in zip(starts, content.ints(n), strict=True)]
    told, lag = content.ints(n), content.ints(n)
    recorded = [end + by if said else -(2**63) for end, by, said in zip(ends, lag, told, strict=True)]
    offset = content.ints(n)
    value = content.ints(n) if scale == -2 else content.scaled(n, scale)
    origin, note, imports = content.ints(n), content.ints(n), content.ints(n)
    codes, notes = content.texts(), content.texts()
    assert content.rest == b""
    return {
        "start": starts, "end": ends, "recorded": recorded, "offset": offset, "value": value,
        "origin": origin, "note": note, "import": imports, "codes": codes, "notes": notes,
        "coded": scale == -2,
    }  # fmt: skip


def digest(rows: dict, origins: list[str]) -> bytes:
    """Return the digest of a chunk's columns."""
    value = "i" if rows["coded"] else "d"
    layouts = {
        "start": "q", "end": "q", "recorded": "q", "offset": "h", "value": value, "origin": "i", "note": "i",
    }  # fmt: skip
    columns = b"".join(
        struct.pack(f"<{len(rows[name])}{layout}", *rows[name]) for name, layout in layouts.items()
    )
    texts = b"".join(map(packed_texts, (origins, rows["codes"], rows["notes"])))
    return hashlib.sha256(struct.pack("<I", len(rows["start"])) + columns + texts).digest()


def opened(path, key: bytes):
    """Open the database as the document says."""
    connection = dbapi2.connect(str(path))
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA cipher_compatibility = 4")
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    return connection


def origin_text(row: tuple) -> str:
    """Return the text of a row of ``origin``."""
    source, adapter, version, device, app = row
    told = {
        "source": source,
        "adapter": adapter,
        "version": version,
        "device": json.loads(device),
        "app": app,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def test_document_is_enough_to_read_a_store(new_store, tmp_path, key, batch, origins):
    """Samples, codes, notes, digests, days and streams, read by the document alone."""
    recorded, notes = (lambda i: T + i * S if i % 2 else None), ('{"b":2}', None, '{"a":1}')
    beats = [
        (T + i * 7 * S, T + i * 7 * S + i, 60, 60 + i / 4, i % 2, recorded(i), notes[i % 3]) for i in range(9)
    ]
    raw = [(T + i, T + i, -32768, float(np.sqrt(i)), 0, None, None) for i in range(3)]
    stages = [(T + i * 60 * S, T + (i + 1) * 60 * S, 120, i % 2, 0, None, None) for i in range(4)]
    stream = Stream("w", origins[0], T + np.arange(3) * S, {"power": np.array([1.5, np.nan, 3.0])})
    with new_store(tmp_path) as store:
        store.ingest(
            [
                batch("heart_rate", beats),
                batch("weight:raw", raw),
                batch("sleep_stage", stages, codes=["rem", "deep"]),
                stream,
            ]
        )
        days, names = store.daily("heart_rate")
        expected = {series.metric: store.columns(series.metric)[0] for series in store.series()}
    connection = opened(tmp_path / "vault.db", key)
    texts = {
        number: origin_text(row)
        for number, *row in connection.execute("SELECT id, source, adapter, version, device, app FROM origin")
    }
    query = "SELECT metric, origins, digest, data FROM series JOIN chunk ON series = id"
    for metric, numbers, stored, data in connection.execute(query).fetchall():
        rows, ours = chunk(data), expected.pop(metric)
        assert digest(rows, [texts[number] for number in json.loads(numbers)]) == stored
        for name, column in {
            "start": ours.start,
            "end": ours.end,
            "recorded": ours.recorded,
            "offset": ours.offset_min,
            "import": ours.imported,
        }.items():
            assert rows[name] == column.tolist()
        codes = ours.codes or []
        assert [rows["codes"][v] if codes else v for v in rows["value"]] == [
            codes[v] if codes else v for v in ours.value.tolist()
        ]
        assert [rows["notes"][n] if n >= 0 else None for n in rows["note"]] == [
            ours.notes[n] if n >= 0 else None for n in ours.note.tolist()
        ]
    assert expected == {}

    content = Content(connection.execute("SELECT data FROM daily").fetchone()[0], 2)
    n, scale = content.take("Ib")
    assert content.ints(n) == days.day.tolist()
    assert content.scaled(n, scale) == days.value.tolist()
    assert content.ints(n) == days.n.tolist()
    sets = [json.loads(content.texts()[at]) for at in content.ints(n)]
    assert sets == [[names[code] for code in days.sets[at]] for at in days.source_set.tolist()]

    content = Content(connection.execute("SELECT data FROM stream").fetchone()[0], 4)
    n, first = content.take("Iq")
    assert (n, first, content.texts(), content.ints(n - 1), content.floats(n)) == (
        3,
        T,
        ["power"],
        [S, S],
        [1.5, None, 3.0],
    )
    connection.close()
