"""A share: what the view shows and nothing else, for one recipient, until a day, and checked before shown."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta

import pyrage
import pytest

import policies
from policies.documents import document
from policies.sharing.identity import Card, fingerprint, is_recipient, new_secret, recipient_of
from policies.sharing.opening import open_share
from policies.sharing.package import create, newest
from policies.sharing.summary import last_week
from policies.signing import canonical, public_key, sign
from vault.errors import AccessDenied, AlreadyExists, InputError, Tampered, TooLarge, WrongPassphrase

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 22)


@pytest.fixture
def secret():
    """The recipient's secret key."""
    return new_secret()


@pytest.fixture
def shared(owner, coach, secret, tmp_path):
    """A vault whose coach may have readiness and sleep as files, and steps on the screen; and a share."""
    metrics = {"readiness_score": "daily+export", "sleep_duration": "daily+export", "steps": "daily"}
    policies.grant(owner, coach(metrics=metrics, key=recipient_of(secret)))
    share = create(owner, "coach-anna", "coaching", tmp_path / "anna.share", FIRST, LAST)
    return owner, tmp_path / "anna.share", share


def test_share_opens_with_its_key_alone(shared, secret):
    """The recipient needs the file and their key: no vault, and no other key will do."""
    owner, path, share = shared
    opened = open_share(path, secret, signer=public_key(owner.signing_seed()), clock=owner.clock)
    assert opened.header == share.header
    with pytest.raises(WrongPassphrase):
        open_share(path, new_secret(), clock=owner.clock)
    with pytest.raises(InputError):
        open_share(path, "a secret", clock=owner.clock)


def test_share_holds_what_the_view_shows_and_may_leave(shared, secret):
    """The document is the view's, without what is granted for looking only."""
    owner, path, _ = shared
    told = json.loads(open_share(path, secret, clock=owner.clock).files["data/document.json"])
    seen = document(policies.view(owner, "coach-anna", "coaching"), FIRST, LAST)
    assert [part["metric"] for part in seen["tables"]] == ["readiness_score", "sleep_duration", "steps"]
    assert told == {**seen, "tables": [one for one in seen["tables"] if one["metric"] != "steps"]}


def test_share_tells_the_same_in_each_format(shared, secret):
    """CSV, FHIR and the page have the numbers of the document, and the FHIR is valid."""
    from fhir.resources.R4B.observation import Observation

    owner, path, _ = shared
    files = open_share(path, secret, clock=owner.clock).files
    sleep = next(
        part
        for part in json.loads(files["data/document.json"])["tables"]
        if part["metric"] == "sleep_duration"
    )
    lines = files["data/csv/sleep_duration.csv"].decode().splitlines()
    assert lines[1:] == [",".join(str(cell) for cell in row) for row in sleep["rows"]]
    observations = [json.loads(line) for line in files["data/fhir/Observation.ndjson"].splitlines()]
    told = [one for one in observations if one["code"]["coding"][-1]["code"] == "sleep_duration"]
    assert [one["valueQuantity"]["value"] for one in told] == [row[1] for row in sleep["rows"]]
    assert [one["effectiveDateTime"] for one in told] == [row[0] for row in sleep["rows"]]
    for one in observations:
        Observation.model_validate(one)
    page = files["data/README.html"].decode()
    assert "coach-anna" in page
    assert all(f"<td>{row[1]}</td>" in page for row in sleep["rows"])
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_share_is_written_down_before_it_is_made(shared, owner, coach, tmp_path):
    """The audit log has the share with its categories and days, and no log means no share."""
    entry = next(one for one in policies.audit_log(owner) if one.method == "share")
    assert set(entry.metrics) == {"readiness_score", "sleep_duration"}
    assert {(one.action, one.first_day, one.last_day) for one in entry.items} == {
        ("export", "2026-11-01", "2026-11-22")
    }
    owner.broken = ("audit",)
    with pytest.raises(Exception, match="disk is full"):
        create(owner, "coach-anna", "coaching", tmp_path / "second.share", FIRST, LAST)
    assert not (tmp_path / "second.share").exists()


def test_share_of_nothing_that_may_leave_is_refused(owner, coach, secret, tmp_path):
    """What is granted for looking only is refused as a file, and the refusal is written down."""
    policies.grant(owner, coach(metrics={"sleep_duration": "daily"}, key=recipient_of(secret)))
    with pytest.raises(AccessDenied):
        create(owner, "coach-anna", "coaching", tmp_path / "a.share", FIRST, LAST)
    assert policies.audit_log(owner)[-1].decision == "deny"
    assert list(tmp_path.iterdir()) == []


def test_share_without_a_key_says_how_to_get_one(owner, coach, tmp_path):
    """Without a card nobody could open the file."""
    policies.grant(owner, coach(metrics={"sleep_duration": "daily+export"}))
    with pytest.raises(InputError, match="no key") as caught:
        create(owner, "coach-anna", "coaching", tmp_path / "a.share", FIRST, LAST)
    assert "--card" in caught.value.hint


def test_share_after_revocation_is_refused(shared, tmp_path):
    """Revoking stops new shares at once."""
    owner, _, _ = shared
    policies.revoke(owner, policies.grants(owner)[0].id)
    with pytest.raises((AccessDenied, InputError)):
        create(owner, "coach-anna", "coaching", tmp_path / "late.share", FIRST, LAST)


def test_share_is_not_overwritten(shared):
    """A second share under the same name takes an explicit word."""
    owner, path, _ = shared
    with pytest.raises(AlreadyExists):
        create(owner, "coach-anna", "coaching", path, FIRST, LAST)
    create(owner, "coach-anna", "coaching", path, FIRST, LAST, force=True)


def test_share_ends_with_its_grant(shared, secret):
    """At the end of the grant, and from then on, it does not open."""
    owner, path, share = shared
    end = policies.grants(owner)[0].valid_until
    assert share.header["not_after"] == end.isoformat()
    open_share(path, secret, clock=lambda: end - timedelta(seconds=1))
    with pytest.raises(AccessDenied, match="ended"):
        open_share(path, secret, clock=lambda: end)
    with pytest.raises(AccessDenied, match="ended"):
        open_share(path, secret, clock=lambda: end + timedelta(days=1))


def test_share_makes_its_recipient_a_witness(shared):
    """The signed head in a share is held against the log of later days, and finds a rewritten one."""
    owner, _, share = shared
    witness = share.header["audit"]
    policies.view(owner, "coach-anna", "coaching").daily("steps")
    assert policies.audit_verify(owner, witness).entries > witness["size"]
    with pytest.raises(Tampered):
        policies.audit_verify(owner, witness | {"head": "00" * 32})


def rewrapped(path, secret, change, to=None):
    """Return a share with changed contents, encrypted anew: what a dishonest recipient can make."""
    plain = pyrage.decrypt(path.read_bytes(), [pyrage.x25519.Identity.from_str(secret)])
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        files = {one.filename: archive.read(one) for one in archive.infolist()}
    change(files)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    recipient = pyrage.x25519.Recipient.from_str(to or recipient_of(secret))
    target = path.with_name("changed.share")
    target.write_bytes(pyrage.encrypt(packed.getvalue(), [recipient]))
    return target


def headed(**changes):
    """Return what changes the header, and signs it anew with a key of its own."""

    def change(files):
        header = json.loads(files["header.json"]) | changes | {"issuer": public_key(b"\1" * 32)}
        files["header.json"] = canonical(header)
        files["header.sig"] = sign(b"\1" * 32, "share", header).encode()

    return change


CHANGES = {
    "a number is changed": lambda files: files.update({"data/csv/sleep_duration.csv": b"date,value\n"}),
    "a file is taken out": lambda files: files.pop("data/document.json"),
    "a file is put in": lambda files: files.update({"data/more.txt": b"more"}),
    "the end is moved": lambda files: files.update(
        {"header.json": files["header.json"].replace(b'"not_after":"20', b'"not_after":"30')}
    ),
    "the header is gone": lambda files: files.pop("header.json"),
    "the signature is gone": lambda files: files.pop("header.sig"),
    "the header is no JSON": lambda files: files.update({"header.json": b"{"}),
    "the header is a list": lambda files: files.update({"header.json": b"[]"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_share_changed_by_its_recipient_does_not_open(shared, secret, name):
    """Whatever the recipient changes before passing it on is found."""
    owner, path, _ = shared
    changed = rewrapped(path, secret, CHANGES[name])
    with pytest.raises(Tampered):
        open_share(changed, secret, clock=owner.clock)


def test_share_wrapped_anew_for_somebody_else_is_refused(shared, secret):
    """The audience stands in the signed header: a coach can't pass it on as if you had sent it."""
    owner, path, _ = shared
    other = new_secret()
    passed_on = rewrapped(path, secret, lambda files: None, to=recipient_of(other))
    with pytest.raises(AccessDenied, match="somebody else"):
        open_share(passed_on, other, clock=owner.clock)


def test_share_signed_by_somebody_else_is_found_by_who_knows_the_sender(shared, secret):
    """A whole forgery opens as another sender's, and not as the known one's."""
    owner, path, _ = shared
    forged = rewrapped(path, secret, headed())
    assert open_share(forged, secret, clock=owner.clock).header["issuer"] == public_key(b"\1" * 32)
    with pytest.raises(Tampered, match="another vault"):
        open_share(forged, secret, signer=public_key(owner.signing_seed()), clock=owner.clock)


def test_share_that_unpacks_to_too_much_is_refused(shared, secret, monkeypatch):
    """A bomb is refused by what it says of itself, before it is unpacked."""
    from policies.sharing import opening

    owner, path, _ = shared
    monkeypatch.setattr(opening, "_MOST_FILES", 3)
    with pytest.raises(TooLarge):
        open_share(path, secret, clock=owner.clock)


def test_share_damaged_anywhere_does_not_open(shared, secret, tmp_path):
    """A flipped bit in any sixteenth byte, and every cut, is found."""
    owner, path, _ = shared
    whole = path.read_bytes()
    for at in range(0, len(whole), 16):
        (tmp_path / "bad").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises((Tampered, WrongPassphrase)):
            open_share(tmp_path / "bad", secret, clock=owner.clock)
    for cut in range(0, len(whole), 64):
        (tmp_path / "bad").write_bytes(whole[:cut])
        with pytest.raises((Tampered, WrongPassphrase)):
            open_share(tmp_path / "bad", secret, clock=owner.clock)


def test_share_is_written_into_a_private_folder(shared, secret, tmp_path):
    """Files land below a new folder that only its owner reads; one that is there is not touched."""
    owner, path, _ = shared
    opened = open_share(path, secret, clock=owner.clock)
    written = opened.write(tmp_path / "from-pat")
    assert (tmp_path / "from-pat" / "README.html") in written
    assert (tmp_path / "from-pat").stat().st_mode & 0o777 == 0o700
    assert all(one.stat().st_mode & 0o777 == 0o600 for one in written)
    with pytest.raises(AlreadyExists):
        opened.write(tmp_path / "from-pat")


def test_card_comes_back_as_it_was():
    """A card is read as it was written, and nothing else passes for one."""
    card = Card(recipient_of(new_secret()), "Anna Berg", "anna@example.org", "DE")
    assert Card.parse(card.text().encode()) == card
    told = json.loads(card.text())
    for bad in (
        {**told, "key": "age1" + "q" * 58},
        {**told, "schema": "x"},
        {**told, "name": 3},
        {**told, "more": "1"},
        [],
        None,
    ):
        with pytest.raises(InputError):
            Card.parse(json.dumps(bad).encode())


def test_fingerprint_is_forty_digits_of_the_key_alone():
    """Two people who read it to each other compare eight groups of five digits."""
    key = recipient_of(new_secret())
    groups = fingerprint(key).split(" ")
    assert [len(group) for group in groups] == [5] * 8
    assert fingerprint(key) == fingerprint(key) != fingerprint(recipient_of(new_secret()))


def test_key_of_a_grant_is_an_age_key(coach):
    """A key with a slip of the pen is refused where it is written down."""
    key = recipient_of(new_secret())
    assert coach(key=key).card.key == key
    assert is_recipient(key)
    with pytest.raises(InputError):
        coach(key=key[:-1] + ("q" if key[-1] != "q" else "p"))


def test_newest_day_of_a_share_is_the_newest_that_may_leave(shared):
    """By default, a share ends with the newest data in it; asking that is not written down."""
    owner, _, _ = shared
    lines = len(owner.log)
    owner.now += timedelta(days=60)
    assert newest(owner, "coach-anna", "coaching") == LAST
    assert newest(owner, "nobody", "coaching") == date(2027, 1, 21)
    assert len(owner.log) == lines


@pytest.mark.parametrize(
    ("today", "with_data", "monday"),
    [
        (date(2026, 11, 22), None, date(2026, 11, 9)),
        (date(2026, 11, 22), date(2026, 11, 22), date(2026, 11, 9)),
        (date(2026, 11, 23), date(2026, 11, 22), date(2026, 11, 16)),
        (date(2027, 1, 5), date(2026, 11, 18), date(2026, 11, 16)),
        (date(2027, 1, 5), date(2026, 11, 16), date(2026, 11, 16)),
    ],
)
def test_last_week_is_the_last_whole_one_with_data(today, with_data, monday):
    """A running week is not told; when nothing was measured since, it is the week of the newest data."""
    assert last_week(today, with_data) == (monday, monday + timedelta(days=6))
