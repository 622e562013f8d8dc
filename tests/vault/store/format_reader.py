"""A reader of vaults, written from docs/format*.md alone: it shares no code with VitalVault.

``unlocked`` and ``opened`` lead to the database, the rest reads frames; ``sealed`` computes a seal.
"""

from __future__ import annotations

import hmac
import json
import struct
import unicodedata
from itertools import accumulate

import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlcipher3 import dbapi2


def canonical(said):
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode("ascii")


def mac(key, message):
    return hmac.digest(key, message, "sha256")


def hkdf(secret, info, salt=bytes(32)):
    return mac(mac(salt, secret), info.encode() + b"\x01")


def unwrapped(key, one, bound):
    return AESGCM(key).decrypt(bytes.fromhex(one["nonce"]), bytes.fromhex(one["wrapped"]), canonical(bound))


def wrapping_key(slot, presented):
    salt, kdf = bytes.fromhex(slot["salt"]), slot["kdf"]
    if slot["kind"] == "passphrase":
        passphrase = unicodedata.normalize("NFKC", presented).encode()
        cost = {"iterations": kdf["passes"], "lanes": kdf["lanes"], "memory_cost": kdf["memory_kib"]}
        return Argon2id(salt=salt, length=32, **cost).derive(passphrase)
    code = presented.upper().translate(str.maketrans("OIL", "011", "- \t\r\n"))
    number = 0
    for digit in code:
        number = number << 5 | "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(digit)
    assert len(code) == 35
    assert (number >> 15) % 32749 == number & 32767
    return hkdf((number >> 15).to_bytes(20, "big"), "vitalvault/1 recovery", salt)


def unlocked(header, kind, presented):
    """Return the data keys, the newest last, and the lasting key."""
    identity = {"version": 1, **{name: header[name] for name in ("format", "vault", "created")}}
    slot = next(slot for slot in header["slots"] if slot["kind"] == kind)
    terms = {name: slot[name] for name in ("kind", "kdf", "salt")}
    secret = unwrapped(wrapping_key(slot, presented), slot, {**identity, "slot": terms})
    master, lasting = secret[:32], secret[32:]
    contents = {name: said for name, said in header.items() if name != "seal"}
    assert mac(hkdf(lasting, "vitalvault/1 header"), canonical(contents)).hex() == header["seal"]
    wrapping = hkdf(master, "vitalvault/2 data")
    return [unwrapped(wrapping, one, identity) for one in header.get("data", [])] or [master], lasting


def opened(database, data):
    """Return a connection to the database, with the first data key that opens it."""
    connection = dbapi2.connect(str(database))
    key = hkdf(data[0], "vitalvault/1 database").hex()
    for pragma in ("cipher_log_level = NONE", f"key = \"x'{key}'\"", "cipher_compatibility = 4"):
        connection.execute(f"PRAGMA {pragma}")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except dbapi2.DatabaseError:
        return opened(database, data[1:])
    return connection


class Content:
    """The content of a frame, read from the front."""

    def __init__(self, data, form):
        assert data[0] == form
        self.rest = zstandard.decompress(data[1:])

    def take(self, layout):
        size = struct.calcsize("<" + layout)
        taken, self.rest = struct.unpack("<" + layout, self.rest[:size]), self.rest[size:]
        return taken

    def ints(self, n):
        exponent, width, base = self.take("BBq")
        planes = [self.take(f"{n}B") for _ in range(width)]
        offsets = [sum(plane[row] << 8 * at for at, plane in enumerate(planes)) for row in range(n)]
        return [((base + one) * 10**exponent + 2**63) % 2**64 - 2**63 for one in offsets]

    def scaled(self, n, scale):
        ints = self.ints(n)
        return [struct.unpack("<d", struct.pack("<q", i))[0] if scale == -1 else i / 10**scale for i in ints]

    def floats(self, n):
        missing, (scale,) = self.ints(n), self.take("b")
        return [None if gone else value for gone, value in zip(missing, self.scaled(n, scale), strict=True)]

    def texts(self):
        lengths = self.take("{}I".format(*self.take("I")))
        return [bytes(self.take(f"{length}B")).decode("utf-8", "surrogatepass") for length in lengths]

    def recorded(self, ends):
        told, lag = self.ints(len(ends)), self.ints(len(ends))
        return [end + by if said else -(2**63) for end, by, said in zip(ends, lag, told, strict=True)]


def chunk(data):
    """Return the columns of a chunk by name, and its codes and notes."""
    content = Content(data, 1)
    n, start, scale = content.take("Iqb")
    rows = {"start": list(accumulate(content.ints(n - 1), initial=start))}
    rows["end"] = [at + length for at, length in zip(rows["start"], content.ints(n), strict=True)]
    rows |= {"recorded": content.recorded(rows["end"]), "offset": content.ints(n)}
    rows |= {"coded": scale == -2, "value": content.ints(n) if scale == -2 else content.scaled(n, scale)}
    rows |= {name: content.ints(n) for name in ("origin", "note", "told")}
    return rows | {"codes": content.texts(), "notes": content.texts()}


def versions(data, rows):
    """Return versions as (place, recorded, offset, origin, note, told by), and their notes."""
    content = Content(data, 5)
    (n,) = content.take("I")
    places = list(accumulate(content.ints(n)))
    recorded = content.recorded([rows["end"][place] for place in places])
    columns = [content.ints(n) for _ in ("offset", "origin", "note", "told")]
    return list(zip(places, recorded, *columns, strict=True)), content.texts()


def encoded(cell):
    """Return a cell as it is hashed."""
    if cell is None:
        return b"n"
    if isinstance(cell, int | float):
        return struct.pack(
            "<cq" if isinstance(cell, int) else "<cd", b"i" if isinstance(cell, int) else b"f", cell
        )
    letter, content = (b"t", cell.encode()) if isinstance(cell, str) else (b"b", cell)
    return struct.pack("<cI", letter, len(content)) + content


def sealed(key, scope, rows):
    """Return how many rows a scope has and the sum of their hashes."""
    hashes = [mac(key, b"".join(map(encoded, (scope, *cells)))) for cells in rows]
    return len(hashes), (sum(int.from_bytes(one, "big") for one in hashes) % 2**256).to_bytes(32, "big")
