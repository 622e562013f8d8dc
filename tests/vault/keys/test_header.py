"""The header: every damaged, swapped, weakened or newer one is refused, with the reason in the error."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault import keys
from vault.errors import (
    NotAVault,
    StoreError,
    Tampered,
    TooLarge,
    UnsupportedVersion,
    VaultError,
    WrongPassphrase,
)
from vault.keys import kdf
from vault.keys.header import Header
from vault.keys.kdf import Cost

PASSPHRASE = "correct horse battery"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module", autouse=True)
def _cheap():
    with pytest.MonkeyPatch.context() as patch:
        for bound in ("DEFAULT", "FLOOR"):
            patch.setattr(kdf, bound, Cost(16, 1, 1))
        patch.setattr(kdf, "CEILING", Cost(1024, 4, 4))  # or a fuzzed cost would be paid
        yield


class Vault:
    """A folder with a header, and what opens it."""

    def __init__(self, folder, passphrase=PASSPHRASE):
        self.folder = folder
        self.keys, self.code = keys.create(
            folder, passphrase, clock=lambda: datetime(2026, 4, 5, 8, tzinfo=UTC)
        )
        self.raw = (folder / "vault.json").read_bytes()

    @property
    def document(self):
        return json.loads(self.raw)

    def put(self, header):
        raw = header if isinstance(header, bytes) else json.dumps(header, sort_keys=True).encode()
        (self.folder / "vault.json").write_bytes(raw)

    def errors(self):
        """What unlocking by passphrase and by code raises; a success fails the test."""
        found = []
        for way in ({"passphrase": PASSPHRASE}, {"recovery_code": self.code}):
            with pytest.raises(VaultError) as caught:
                keys.unlock(self.folder, **way)
            found.append(caught.type)
        return found


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    """One vault, whose header each test puts in order for itself."""
    return Vault(tmp_path_factory.mktemp("header") / "me.vault")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Another vault with the same passphrase."""
    return Vault(tmp_path_factory.mktemp("header") / "other.vault")


@pytest.mark.parametrize("mask", [0x01, 0x02, 0x20, 0x80, 0xFF])
def test_header_with_any_byte_changed_does_not_open(vault, mask):
    """A flipped bit anywhere is found by passphrase and by code; only a blank for a blank is harmless."""
    for place in range(len(vault.raw)):
        changed = bytearray(vault.raw)
        changed[place] ^= mask
        if changed.split() == vault.raw.split():
            continue
        vault.put(bytes(changed))
        assert set(vault.errors()) <= {WrongPassphrase, Tampered, TooLarge, UnsupportedVersion, NotAVault}


def test_header_truncated_anywhere_is_damaged(vault):
    """A header cut short at any byte but the last line break is damaged, and not "no vault"."""
    for length in range(len(vault.raw) - 1):
        vault.put(vault.raw[:length])
        assert vault.errors() == [Tampered, Tampered]


def test_header_swapped_for_the_one_of_another_vault_gives_other_keys(vault, other):
    """Another vault's header opens by its own passphrase only, and never gives this vault's keys."""
    vault.put(other.raw)
    assert keys.unlock(vault.folder, passphrase=PASSPHRASE).database != vault.keys.database
    with pytest.raises(WrongPassphrase):
        keys.unlock(vault.folder, recovery_code=vault.code)


@pytest.mark.parametrize("field", ["vault", "created"])
def test_header_with_the_identity_of_another_vault_opens_no_slot(vault, other, field):
    """The id and the date are part of what each slot is bound to."""
    vault.put(
        {**vault.document, field: other.document[field] if field == "vault" else "2020-01-01T00:00:00Z"}
    )
    assert vault.errors() == [WrongPassphrase, WrongPassphrase]


def test_header_with_the_slots_of_another_vault_opens_nothing(vault, other):
    """A slot moved to another vault does not open there, though the passphrase is right."""
    vault.put({**vault.document, "slots": other.document["slots"]})
    assert vault.errors() == [WrongPassphrase, WrongPassphrase]


@pytest.mark.parametrize(
    ("field", "value"), [("memory_kib", 17), ("memory_kib", 1024), ("passes", 2), ("lanes", 2)]
)
def test_header_with_another_cost_opens_no_slot(vault, field, value):
    """The cost is bound too: neither a lower nor a higher one opens the passphrase slot."""
    document = vault.document
    document["slots"][0]["kdf"][field] = value
    vault.put(document)
    assert vault.errors() == [WrongPassphrase, Tampered]


@pytest.mark.parametrize(("field", "value"), [("memory_kib", 15), ("passes", 0), ("lanes", 0), ("lanes", 3)])
def test_header_with_a_cost_below_the_floor_is_refused_before_any_work(vault, monkeypatch, field, value):
    """An attacker who lowers the cost gets no derivation at all, so not one cheap guess is made."""
    monkeypatch.setattr("vault.keys.slots.argon2id", lambda *_: pytest.fail("derived a key"))
    document = vault.document
    document["slots"][0]["kdf"][field] = value
    vault.put(document)
    assert vault.errors() == [Tampered, Tampered]


@pytest.mark.parametrize(("field", "value"), [("memory_kib", 1025), ("passes", 5), ("lanes", 10**30)])
def test_header_with_a_cost_above_the_ceiling_is_refused_before_any_work(vault, monkeypatch, field, value):
    """An attacker who raises the cost can't take the machine's memory or an hour of its time."""
    monkeypatch.setattr("vault.keys.slots.argon2id", lambda *_: pytest.fail("derived a key"))
    document = vault.document
    document["slots"][0]["kdf"][field] = value
    vault.put(document)
    assert vault.errors() == [TooLarge, TooLarge]


@pytest.mark.parametrize("value", [True, 16.0, "16", None, -1])
def test_header_with_a_cost_that_is_no_number_is_damaged(vault, value):
    """A cost is three whole numbers, nothing that merely equals one."""
    document = vault.document
    document["slots"][0]["kdf"]["passes"] = value
    vault.put(document)
    assert vault.errors() == [Tampered, Tampered]


def test_header_with_a_damaged_recovery_slot_is_found_by_the_passphrase(vault):
    """The seal covers all slots: the code's slot can't rot for years without anybody noticing."""
    document = vault.document
    wrapped = document["slots"][1]["wrapped"]
    document["slots"][1]["wrapped"] = f"{int(wrapped[0], 16) ^ 1:x}" + wrapped[1:]
    vault.put(document)
    assert vault.errors() == [Tampered, WrongPassphrase]


def test_header_with_a_slot_less_or_again_is_found(vault):
    """Slots can't be taken away, doubled or put in another order."""
    first, second = vault.document["slots"]
    for slots in ([first], [first, second, second], [second, first]):
        vault.put({**vault.document, "slots": slots})
        with pytest.raises(Tampered):
            keys.unlock(vault.folder, passphrase=PASSPHRASE)


def test_header_with_the_slot_of_an_old_passphrase_put_back_is_found(tmp_path):
    """After a change of passphrase, the old slot beside the new one is not as VitalVault wrote it."""
    vault = Vault(tmp_path / "me.vault")
    keys.rewrap(vault.folder, vault.keys, "a better passphrase")
    now = json.loads((vault.folder / "vault.json").read_text())
    vault.put({**now, "slots": [vault.document["slots"][0], *now["slots"]]})
    with pytest.raises(Tampered):
        keys.unlock(vault.folder, passphrase=PASSPHRASE)


def test_header_with_more_slots_than_any_vault_has_is_damaged(vault):
    """Nine slots that each ask for the ceiling would be a trap."""
    vault.put({**vault.document, "slots": vault.document["slots"][:1] * 9})
    assert vault.errors() == [Tampered, Tampered]


def test_header_of_a_newer_format_asks_for_an_update(vault):
    """A version above ours is told apart from damage, whatever else is in the file."""
    vault.put({"format": "vitalvault", "version": 3, "new": [1]})
    assert vault.errors() == [UnsupportedVersion, UnsupportedVersion]


def test_header_with_an_unknown_kind_of_slot_asks_for_an_update(vault):
    """A way to unlock that is not known here is a newer program's, not damage."""
    document = vault.document
    document["slots"][1]["kind"] = "smartcard"
    vault.put(document)
    assert vault.errors() == [UnsupportedVersion, UnsupportedVersion]


def test_header_of_another_program_is_no_vault(vault):
    """A vault.json of something else is left alone."""
    vault.put({"format": "something", "version": 1})
    assert vault.errors() == [NotAVault, NotAVault]


def test_header_that_is_a_folder_can_not_be_read(tmp_path):
    """What the file system refuses is a store error, without a path in it."""
    (tmp_path / "vault.json").mkdir()
    with pytest.raises(StoreError) as caught:
        keys.unlock(tmp_path, passphrase=PASSPHRASE)
    assert str(tmp_path) not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "raw", [b"[" * 60_000, b" " * 70_000, b"\xef\xbb\xbf{}", b"null", b"[]", b'"a"', b"1" * 5000]
)
def test_header_that_is_hostile_json_is_damaged(vault, raw):
    """Deep nesting, too many bytes, a byte order mark or no object at all: damaged, without a crash."""
    vault.put(raw)
    assert vault.errors() == [Tampered, Tampered]


def test_header_with_a_key_twice_is_damaged(vault):
    """Two readings of one file are impossible: JSON's doubled keys are refused."""
    vault.put(vault.raw.replace(b'"version": 2', b'"version": 2, "version": 2'))
    assert vault.errors() == [Tampered, Tampered]


def test_header_with_other_blanks_is_the_same(vault):
    """Indentation and line ends carry nothing, so an editor or a checkout can't lock anybody out."""
    for raw in (
        b"".join(vault.raw.split()),
        vault.raw.replace(b"\n", b"\r\n"),
        vault.raw.replace(b"  ", b"\t"),
    ):
        vault.put(raw)
        assert keys.unlock(vault.folder, passphrase=PASSPHRASE).secret == vault.keys.secret


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.data())
def test_header_fuzzed_in_its_bytes_never_opens_nor_crashes(vault, piece, data):
    """Any stretch of bytes replaced by any other: an error of ours, or the same header."""
    start = data.draw(st.integers(0, len(vault.raw)))
    end = data.draw(st.integers(start, min(len(vault.raw), start + 300)))
    changed = vault.raw[:start] + piece + vault.raw[end:]
    if b"".join(changed.split()) == b"".join(vault.raw.split()):
        return
    vault.put(changed)
    vault.errors()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_header_fuzzed_in_its_fields_never_opens_nor_crashes(vault, data):
    """Any field, at any depth, replaced by any JSON value or taken away: an error of ours."""
    document = vault.document
    places = [document, *document["slots"], document["slots"][0]["kdf"], *document["data"]]
    place = data.draw(st.sampled_from(places))
    field = data.draw(st.sampled_from(sorted(place)))
    value = data.draw(JSON)
    if value == place[field] and type(value) is type(place[field]):
        return
    place[field] = value
    vault.put(document)
    vault.errors()


@given(st.binary(max_size=200))
def test_header_of_random_bytes_is_an_error_of_ours(raw):
    """No bytes at all make the parser fail in another way."""
    with pytest.raises(VaultError):
        Header.parse(raw)
