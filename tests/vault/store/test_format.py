"""docs/format*.md is enough to read a vault: a reader written from these pages opens every golden vault.

What it reads (format_reader.py) is compared with what each vault is known to hold; every id, digest and seal
is computed anew.
"""

from __future__ import annotations

import hashlib
import json
import runpy
import shutil
import struct
from collections import defaultdict
from functools import cache
from itertools import accumulate
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

PLACE = Path(__file__)
READER = SimpleNamespace(**runpy.run_path(str(PLACE.with_name("format_reader.py"))))
FOLDERS = sorted((PLACE.parents[2] / "vectors").glob("vault-*"))
BACKUPS = sorted((PLACE.parents[2] / "vectors").glob("vault-*/*.backup"))
PASSPHRASE = "a vault for every later version"
DAY = 86400 * 10**9
IDENTIFIED_BY = {
    "workout": ("key",), "sleep_session": ("key",), "stream": ("workout", "part"), "score": ("day", "score"),
    "strength_set": ("workout", "index"), "document": ("kind", "key"),
}  # fmt: skip
FRAMES = {"data": 4, "body": 3}
BESIDE = {"id", "origin", "offset_min", "import", "sha256", "digest", "shown"}
TRUTHS = {"is_nap", "per_side"}
PARTED_BY = {"event": "kind", **dict.fromkeys(("chunk", "told_chunk", "version", "daily"), "series")}


@cache
def unlocked(folder: Path) -> tuple[list[bytes], bytes]:
    header = json.loads((folder / "vault.json").read_text("ascii"))
    return READER.unlocked(header, "passphrase", PASSPHRASE)


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def golden(request, tmp_path):
    """The database of a golden vault, opened by the document, and what the vault is known to hold."""
    data, _ = unlocked(request.param)
    connection = READER.opened(shutil.copy(request.param / "vault.db", tmp_path), data)
    yield connection, json.loads((request.param / "contents.json").read_text("utf-8"))
    connection.close()


@pytest.fixture
def told(golden):
    """The database, if its format has sets of imports, versions and seals."""
    if not is_2(golden[0]):
        pytest.skip("format 1 has none")
    return golden[0]


def is_2(connection) -> bool:
    return connection.execute("PRAGMA user_version").fetchone() >= (2,)


def rows(connection, query: str) -> list[dict]:
    found = connection.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, cells, strict=True)) for cells in found.fetchall()]


def origins(connection) -> dict[int, str]:
    """Return the texts of all origins, as they go into digests."""
    found = rows(connection, "SELECT * FROM origin")
    return {
        one.pop("id"): READER.canonical({**one, "device": json.loads(one["device"])}).decode()
        for one in [{**row} for row in found]
    }


def nanoseconds(text: str) -> int:
    return int(np.datetime64(text.rstrip("Z"), "ns").astype(np.int64))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_document_opens_a_header_either_way(folder):
    """Passphrase and recovery code give the same keys, which are those of identities and signatures."""
    header = json.loads((folder / "vault.json").read_text("ascii"))
    known = json.loads((folder / "contents.json").read_text("utf-8"))
    code = (folder / "recovery-code.txt").read_text("ascii")
    data, lasting = READER.unlocked(header, "recovery", code)
    assert (data, lasting) == unlocked(folder)
    assert READER.hkdf(lasting, "vitalvault/1 identity").hex() == known["identity"]
    assert READER.hkdf(lasting, "vitalvault/1 signing").hex() == known["signer"]


def test_document_reads_every_sample(golden):
    """Chunks hold the samples that are known."""
    connection, known = golden
    texts, read = origins(connection), defaultdict(list)
    for row in rows(connection, "SELECT metric, origins, data FROM series JOIN chunk ON series = id"):
        found = READER.chunk(row["data"])
        own = [json.loads(texts[number])["source"] for number in json.loads(row["origins"])]
        values = [found["codes"][one] if found["coded"] else round(one, 10) for one in found["value"]]
        sources = [own[number] for number in found["origin"]]
        read[row["metric"]] += zip(
            found["start"], found["end"], found["offset"], values, sources, strict=True
        )
    for metric, frame in known["samples"].items():
        said = [(nanoseconds(start), nanoseconds(end), *rest) for start, end, *rest in frame["data"]]
        assert sorted(read[metric]) == sorted(said)


def packed(layout: str, column: list) -> bytes:
    return struct.pack(f"<{len(column)}{layout}", *column)


def packed_texts(texts: list[str]) -> bytes:
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    return packed("I", [len(texts), *map(len, encoded)]) + b"".join(encoded)


def test_document_digests_every_chunk(golden):
    """The digest of a chunk is that of what its samples say."""
    connection, _ = golden
    texts = origins(connection)
    for row in rows(connection, "SELECT n, origins, digest, data FROM chunk"):
        found = READER.chunk(row["data"])
        layouts = {
            "start": "q",
            "end": "q",
            "recorded": "q",
            "offset": "h",
            "value": "i" if found["coded"] else "d",
        }
        columns = [
            packed(layout, found[name]) for name, layout in {**layouts, "origin": "i", "note": "i"}.items()
        ]
        own = [texts[number] for number in json.loads(row["origins"])]
        said = [packed("I", [row["n"]]), *columns, *map(packed_texts, (own, found["codes"], found["notes"]))]
        assert hashlib.sha256(b"".join(said)).digest() == row["digest"]


def test_document_says_who_told_a_sample(golden):
    """Each sample was told by imports of the ledger; in format 1 by one, that is named in the frame."""
    connection, _ = golden
    ledger = [one for (one,) in connection.execute("SELECT id FROM import_run")]
    two = "SELECT data, imports FROM chunk JOIN told_chunk USING (series, month, part)"
    for row in rows(connection, two if is_2(connection) else "SELECT data FROM chunk"):
        sets = json.loads(row["imports"]) if "imports" in row else {one: [one] for one in ledger}
        by = [sets[place] for place in READER.chunk(row["data"])["told"]]
        assert all(one and one == sorted(set(one) & set(ledger)) for one in by)


def test_document_reads_every_version(told):
    """A chunk shows the first version of a sample that has several, with the first offset that is known."""
    query = """
        SELECT version.*, chunk.data AS shown, chunk.origins AS origins_shown,
               told_chunk.imports AS imports_shown
        FROM version JOIN chunk USING (series, month, part) JOIN told_chunk USING (series, month, part)
    """
    found = rows(told, query)
    assert found
    for row in found:
        shown = READER.chunk(row["shown"])
        every, notes = READER.versions(row["data"], shown)
        assert len(every) == row["n"]
        by_place = defaultdict(list)
        for place, *version in every:
            by_place[place].append(version)
        for place, versions in by_place.items():
            assert len(versions) > 1
            recorded, _, origin, note, by = versions[0]
            assert recorded == shown["recorded"][place]
            known = [offset for _, offset, *_ in versions if offset != -32768]
            assert shown["offset"][place] == (known or [-32768])[0]
            for ours, theirs, column, number in (
                (json.loads(row["origins"]), json.loads(row["origins_shown"]), "origin", origin),
                (json.loads(row["imports"]), json.loads(row["imports_shown"]), "told", by),
                ([*notes, None], [*shown["notes"], None], "note", note),
            ):
                assert ours[number] == theirs[shown[column][place]]


def test_document_reads_days(golden):
    """Daily values, how many samples each is of, and which sources."""
    connection, known = golden
    read = defaultdict(list)
    for row in rows(connection, "SELECT metric, data FROM series JOIN daily ON series = id"):
        content = READER.Content(row["data"], 2)
        n, scale = content.take("Ib")
        columns = [content.ints(n), content.scaled(n, scale), content.ints(n)]
        sets, texts = content.ints(n), content.texts()
        read[row["metric"]] += zip(*columns, [json.loads(texts[one]) for one in sets], strict=True)
    for metric, frame in known["daily"].items():
        said = [
            (nanoseconds(day) // DAY, value, n, names.split(", ")) for day, value, n, names in frame["data"]
        ]
        assert sorted(read[metric]) == sorted(said)


@pytest.mark.parametrize("table", IDENTIFIED_BY)
def test_document_identifies_records(golden, table):
    """Ids and digests of sparse records are those of what identifies them, and of all they say."""
    connection, _ = golden
    texts = origins(connection)
    size = 32 if connection.execute("PRAGMA user_version").fetchone() == (1,) else 16
    for row in rows(connection, f"SELECT * FROM {table}"):
        text = texts[row["origin"]]
        origin = json.loads(text)
        source = "" if table == "document" else origin["source"]
        identity = [table, origin["adapter"], source, *(row[name] for name in IDENTIFIED_BY[table])]
        assert hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:24] == row["id"]
        said = {name: cell for name, cell in row.items() if name not in BESIDE}
        said |= {name: bool(said[name]) for name in TRUTHS & said.keys() if said[name] is not None}
        for name in FRAMES.keys() & said.keys():
            said[name] = hashlib.sha256(READER.Content(row[name], FRAMES[name]).rest).hexdigest()
        assert hashlib.sha256(READER.canonical([text, said])).digest()[:size] == row["digest"]


def test_document_reads_streams_and_documents(golden):
    """A workout's stream and a document have the content that is known."""
    connection, known = golden
    for row in rows(connection, "SELECT parent, data FROM stream"):
        content = READER.Content(row["data"], 4)
        (n, _), names = content.take("Iq"), content.texts()
        seconds = [at / 10**9 for at in accumulate(content.ints(n - 1), initial=0)]
        columns = zip(seconds, *(content.floats(n) for _ in names), strict=True)
        said = known["streams"][row["parent"]]
        assert said["columns"] == ["elapsed_s", *names]
        assert said["data"] == [list(cells) for cells in columns if cells[1:] != (None,) * len(names)]
    bodies = connection.execute("SELECT kind, key, media_type, body FROM document")
    assert [[*one, READER.Content(body, 3).rest.decode()] for *one, body in bodies] == known["documents"]


@pytest.mark.parametrize("table", IDENTIFIED_BY)
def test_document_says_which_version_of_a_record_is_shown(told, table):
    """Shown is the one version that was told last."""
    by_record = defaultdict(list)
    for row in rows(told, f"SELECT * FROM {table} JOIN told_record USING (digest)"):
        last, _ = json.loads(row["imports"])[-1]
        by_record[row["id"]].append((last, row["digest"], row["shown"]))
    for versions in by_record.values():
        assert [shown for *_, shown in sorted(versions)] == [0] * (len(versions) - 1) + [1]


def test_document_is_enough_to_check_every_seal(told):
    """Frames have their SHA-256, scopes their sums, seals and counter the MAC of the manifest."""
    tables = told.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    scopes = defaultdict(list)
    for (table,) in tables.fetchall():
        for row in rows(told, f"SELECT * FROM {table}"):
            for frame in [row.pop(name) for name in FRAMES.keys() & row.keys() if "sha256" in row]:
                assert hashlib.sha256(frame).digest() == row["sha256"]
            part = PARTED_BY.get(table)
            scopes[f"{table}:{row[part]}" if part else table].append([*row.values()])
    [[_, counter, key, mac]], seals = scopes.pop("manifest"), scopes.pop("seal")
    assert {scope: READER.sealed(key, scope, cells) for scope, cells in scopes.items()} == {
        scope: (n, total) for scope, n, total in seals
    }
    said = b"".join(map(READER.encoded, ("manifest", counter, *READER.sealed(key, "seal", seals))))
    assert READER.mac(key, said) == mac


@pytest.mark.parametrize("folder", [path.parent for path in BACKUPS], ids=lambda folder: folder.name)
def test_document_takes_a_backup_apart(folder, tmp_path):
    """Blocks, digest and MAC are those of a database, which the header beside it opens."""
    raw = next(folder.glob("*.backup")).read_bytes()
    digest, mac, length, magic = struct.unpack(">32s32sI16s", raw[-84:])
    statement = raw[-84 - length : -84]
    said = json.loads(statement)
    database, blocks = raw[: said["database"]], raw[said["database"] : -84 - length]
    hashes = [hashlib.sha256(database[at : at + 2**20]).digest() for at in range(0, len(database), 2**20)]
    assert (magic, b"".join(hashes)) == (b"VitalVaultBackup", blocks)
    assert hashlib.sha256(blocks + statement).digest() == digest
    data, lasting = READER.unlocked(json.loads(said["header"]), "passphrase", PASSPHRASE)
    assert READER.mac(READER.hkdf(lasting, "vitalvault/2 backup"), digest) == mac
    (tmp_path / "vault.db").write_bytes(database)
    connection = READER.opened(tmp_path / "vault.db", data)
    assert connection.execute("SELECT counter FROM manifest").fetchone() == (said["counter"],)
    connection.close()
