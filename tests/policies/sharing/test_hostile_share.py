"""Shares by senders who sign what no VitalVault writes: the signature holds, the header makes no sense."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date, timedelta

import pyrage
import pytest

import policies
from policies.sharing.identity import new_secret, recipient_of
from policies.sharing.opening import open_share
from policies.sharing.package import create
from policies.signing import canonical, public_key, sign
from vault.errors import AccessDenied, Tampered

SEED = b"\1" * 32
NO_FIELD = object()


@pytest.fixture
def secret():
    """The recipient's secret key."""
    return new_secret()


@pytest.fixture
def forge(owner, coach, secret, tmp_path):
    """Return what makes a share of a good one: other header fields, other files, and a good signature."""
    policies.grant(owner, coach(metrics={"steps": "daily+export"}, key=recipient_of(secret)))
    good = create(owner, "coach-anna", "coaching", tmp_path / "good", date(2026, 11, 9), date(2026, 11, 22))

    def make(paths=(), **changes):
        files = {path: path.encode() for path in paths} or {"data/README.html": b"hello"}
        listed = [
            {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for path, data in files.items()
        ]
        header = good.header | {"files": listed, "issuer": public_key(SEED)} | changes
        header = {name: value for name, value in header.items() if value is not NO_FIELD}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path, data in files.items():
                archive.writestr(path, data)
            archive.writestr("header.json", canonical(header))
            archive.writestr("header.sig", sign(SEED, "share", header))
        recipient = pyrage.x25519.Recipient.from_str(recipient_of(secret))
        (tmp_path / "forged").write_bytes(pyrage.encrypt(packed.getvalue(), [recipient]))
        return open_share(tmp_path / "forged", secret, clock=owner.clock)

    make.header = good.header
    return make


def test_share_of_another_sender_opens(forge):
    """A good header by an unknown sender is no fault: what is below fails for its own reason."""
    assert forge().files == {"data/README.html": b"hello"}


FIELDS = (
    *("id", "audience", "grantee", "purpose", "grants", "first_day", "last_day", "created", "not_after"),
    *("limits", "audit", "files"),
)


@pytest.mark.parametrize("value", [NO_FIELD, None, 3, True, "", "\x1b[2J", [], {}, [3], {"a": 1}])
@pytest.mark.parametrize("field", FIELDS)
def test_header_with_a_field_of_another_kind_is_refused(forge, field, value):
    """A field that is missing or of another type is damage, whoever signed it; no other error comes of it."""
    if value == [] and field in ("grants", "limits"):
        return
    with pytest.raises(Tampered):
        forge(**{field: value})


def test_header_has_all_its_fields_and_no_others(forge):
    """The list above is the whole header, and what is not on it is refused."""
    assert {*FIELDS, "schema", "issuer"} == set(forge.header)
    with pytest.raises(Tampered):
        forge(more="1")
    with pytest.raises(Tampered):
        forge(audit=forge.header["audit"] | {"more": 1})


@pytest.mark.parametrize("name", ["Anna", "a\x1b[31m", "a\u202e", "a\n", "-a", "a" * 65])
@pytest.mark.parametrize("field", ["grantee", "purpose", "id"])
def test_header_with_a_name_that_is_none_is_refused(forge, field, name):
    """Names in a header are those a grant may have: nothing in them steers a terminal."""
    with pytest.raises(Tampered):
        forge(**{field: name})


@pytest.mark.parametrize("end", ["2026-12-31T10:00:00", "2026-12-31", "9999-12-31T00:00:00+00:00", "soon"])
def test_share_without_a_sane_end_is_refused(forge, end):
    """An end has an offset, and lies no more than a year and a day after the share was made."""
    with pytest.raises(Tampered):
        forge(not_after=end)


def test_share_may_run_for_a_year(forge, owner):
    """366 days are the longest, to the second; and a share that ended says so."""
    forge(not_after=(owner.now + timedelta(days=366)).isoformat())
    with pytest.raises(Tampered, match="longer"):
        forge(not_after=(owner.now + timedelta(days=366, seconds=1)).isoformat())
    with pytest.raises(AccessDenied, match="ended on 2026-11-21"):
        forge(not_after=(owner.now - timedelta(days=1)).isoformat())


PATHS = {
    "above": ["data/../../evil"],
    "absolute": ["/data/evil"],
    "elsewhere": ["evil"],
    "of Windows": ["data\\..\\evil"],
    "file and folder": ["data/x", "data/x/y"],
    "file and folder, deeper": ["data/x", "data/x/y/z"],
    "file and folder, capitals": ["data/X", "data/x/y"],
    "twice but for capitals": ["data/A.csv", "data/a.csv"],
    "a folder": ["data/"],
    "the root": ["data"],
    "the header's": ["data/header.json"],
    "the header's, in capitals": ["data/HEADER.JSON"],
    "below the header's": ["data/header.json/a"],
    "long": ["data/" + "a" * 201],
    "deep": ["data/" + "/".join("a" * 40)],
    "deep as nothing else": ["data" + "/a" * 30_000],
    "empty part": ["data//a"],
    "a dot": ["data/./a"],
    "hidden": ["data/.bashrc"],
    "ends with a dot": ["data/a."],
    "a space": ["data/a "],
    "a control character": ["data/a\x1b[2J"],
    "a line end": ["data/a\n"],
    "turned round": ["data/a\u202egnp.exe"],
    "a stream": ["data/a:b"],
    "a device": ["data/con"],
    "a device with an ending": ["data/csv/Aux.csv"],
    "a port": ["data/COM1.txt"],
}


@pytest.mark.parametrize("name", PATHS)
def test_share_with_an_impossible_path_is_refused(forge, name):
    """Every file of a share can be written on any system, below the new folder, or nothing is written."""
    with pytest.raises(Tampered):
        forge(paths=PATHS[name])


@pytest.mark.parametrize("listed", [[], ["data/a"] * 2, ["data/a", "data/b"], ["data/b"]])
def test_share_with_other_files_than_listed_is_refused(forge, listed):
    """A list that says less or more than there is, or something twice, is not believed."""
    sha256 = hashlib.sha256(b"data/a").hexdigest()
    entries = [{"path": path, "size": 6, "sha256": sha256} for path in listed]
    with pytest.raises(Tampered):
        forge(paths=["data/a"], files=entries)
    forge(paths=["data/a"], files=[{"path": "data/a", "size": 6, "sha256": sha256}])
