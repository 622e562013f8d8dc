"""Grants as events: appended, signed, folded, and never edited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

import policies
from policies.sharing.identity import new_secret, recipient_of
from vault.errors import AccessDenied, InputError, StoreError, Tampered, UnknownRecord


def test_grant_is_written_and_found(owner, coach):
    """A grant stands in the list, active, with both ends filled in."""
    record = policies.grant(owner, coach())
    (found,) = policies.grants(owner)
    assert found == record
    assert found.status(owner.now) == "active"
    assert found.valid_until == owner.now + timedelta(days=90)


@pytest.mark.parametrize(
    ("after", "status"),
    [(timedelta(days=-1), "pending"), (timedelta(0), "active"), (timedelta(days=90), "expired")],
)
def test_status_by_time(owner, coach, after, status):
    """Pending before, active from its first second, expired from the second it ends."""
    record = policies.grant(owner, coach())
    assert record.status(owner.now + after) == status


def test_revoke_at_once_and_twice(owner, coach):
    """Revoking counts from the next question on; doing it again changes nothing."""
    record = policies.grant(owner, coach())
    view = policies.view(owner, "coach-anna", "coaching")
    view.daily("sleep_duration")
    revoked = policies.revoke(owner, record.id)
    with pytest.raises(AccessDenied, match="revoked"):
        view.daily("sleep_duration")
    owner.now += timedelta(hours=1)
    assert policies.revoke(owner, record.id).revoked_at == revoked.revoked_at
    assert len(owner.events("grant")) == 2


def test_revoke_takes_one_step_as_grant_does(owner, coach):
    """Withdrawing is as easy as granting: one call, one event, no question (GDPR Art. 7(3))."""
    before = len(owner.events("grant"))
    record = policies.grant(owner, coach())
    granted = len(owner.events("grant")) - before
    policies.revoke(owner, record.id)
    assert len(owner.events("grant")) - before - granted == granted == 1


def test_revoke_unknown(owner):
    """A grant that is not there can't be revoked."""
    with pytest.raises(UnknownRecord):
        policies.revoke(owner, "g-0")


def test_renew_moves_the_end_only(owner, coach):
    """A renewed grant is the same grant with a later end, also after it has expired."""
    record = policies.grant(owner, coach())
    owner.now += timedelta(days=100)
    renewed = policies.renew(owner, record.id)
    assert renewed == replace(record, valid_until=owner.now + timedelta(days=90))
    assert policies.grants(owner) == [renewed]


def test_renew_is_bounded(owner, coach):
    """Not beyond a year from now, not into the past, and not what was revoked."""
    record = policies.grant(owner, coach())
    with pytest.raises(InputError, match="longer than"):
        policies.renew(owner, record.id, date(2028, 1, 1))
    with pytest.raises(InputError, match="longer than"):
        policies.renew(owner, record.id, date(2027, 11, 22))
    with pytest.raises(InputError, match="in the past"):
        policies.renew(owner, record.id, datetime(2026, 11, 1, tzinfo=UTC))
    policies.revoke(owner, record.id)
    with pytest.raises(InputError, match="revoked"):
        policies.renew(owner, record.id)


def test_renew_of_a_grant_to_come(owner, coach):
    """A grant that begins later runs on from its begin: it never ends before it."""
    record = policies.grant(owner, coach(valid_from=owner.now + timedelta(days=200)))
    renewed = policies.renew(owner, record.id)
    assert renewed.valid_until == record.valid_from + timedelta(days=90)
    with pytest.raises(InputError, match="before it begins"):
        policies.renew(owner, record.id, owner.now + timedelta(days=100))


def test_change_that_the_log_can_not_tell_is_none(owner, coach):
    """A grant, a renewal or a revocation that can't be written to the audit log does not come into force."""
    record = policies.grant(owner, coach())
    owner.broken = ("audit",)
    changes = (
        lambda: policies.grant(owner, coach(metrics={"steps": "daily"})),
        lambda: policies.renew(owner, record.id, date(2027, 6, 1)),
        lambda: policies.revoke(owner, record.id),
    )
    for change in changes:
        with pytest.raises(StoreError):
            change()
        assert policies.grants(owner) == [record]


def test_grant_id_is_taken_once(owner, coach):
    """Two grants never share an id."""
    policies.grant(owner, coach(id="g-1"))
    with pytest.raises(InputError, match="exists"):
        policies.grant(owner, coach(id="g-1"))


def test_grantee_keeps_their_kind(owner, coach):
    """A coach does not become a clinician by a second grant, and so get what a coach never may."""
    policies.grant(owner, coach())
    with pytest.raises(InputError, match="known as coach"):
        policies.grant(owner, coach(kind="clinician", purpose="treatment"))


def test_employer_keeps_their_country(owner):
    """The country an employer's floor hangs on can't be changed by a second grant."""
    fields = {"grantee": "acme", "kind": "employer", "purpose": "wellness-programme"}
    policies.grant(owner, policies.Grant(**fields, metrics={"steps": "aggregate"}, country="US"))
    with pytest.raises(InputError, match="known as employer US"):
        policies.grant(owner, policies.Grant(**fields, metrics={"steps": "aggregate"}, country="CA"))


@pytest.mark.parametrize(("typed", "meant"), [("UK", "GB"), ("EL", "GR"), ("uk", "GB")])
def test_country_mistaken_for_a_code_is_refused(owner, typed, meant):
    """UK and EL are no codes of ISO 3166; the hint says which was meant, and nothing is written."""
    fields = {"grantee": "acme", "kind": "employer", "purpose": "wellness-programme", "country": typed}
    with pytest.raises(InputError, match="no country's code") as refused:
        policies.grant(owner, policies.Grant(**fields, metrics={"steps": "aggregate"}))
    assert meant in refused.value.hint
    assert not owner.log


def test_grantee_keeps_their_key_while_a_grant_is_in_force(owner, coach):
    """Another key does not come in by a later grant, only after every grant of the old one has ended."""
    mine, another = (recipient_of(new_secret()) for _ in range(2))
    record = policies.grant(owner, coach(key=mine))
    policies.grant(owner, coach(key=mine))
    policies.grant(owner, coach())
    with pytest.raises(InputError, match="known with another key") as refused:
        policies.grant(owner, coach(key=another))
    assert "by voice" in refused.value.hint
    policies.grant(owner, coach(grantee="coach-bea", key=another))
    policies.revoke(owner, record.id)
    with pytest.raises(InputError, match="another key"):
        policies.grant(owner, coach(key=another))
    owner.now += timedelta(days=91)
    assert policies.grant(owner, coach(key=another)).grant.key == another


def test_renewing_does_not_bring_an_old_key_back(owner, coach):
    """A grant that ended with a lost key is not renewed beside one of the new key."""
    lost, new = (recipient_of(new_secret()) for _ in range(2))
    record = policies.grant(owner, coach(key=lost))
    owner.now += timedelta(days=91)
    policies.grant(owner, coach(key=new))
    with pytest.raises(InputError, match="another key"):
        policies.renew(owner, record.id)


def test_grantee_keeps_their_key_before_a_grant_begins(owner, coach):
    """A grant that is to come holds its key as well."""
    mine, another = (recipient_of(new_secret()) for _ in range(2))
    policies.grant(owner, coach(key=mine, valid_from=owner.now + timedelta(days=10)))
    with pytest.raises(InputError, match="another key"):
        policies.grant(owner, coach(key=another))


@pytest.mark.parametrize(
    "change", [{"op": "renew"}, {"at": "2026-01-01T00:00:00+00:00"}, {"signature": "00"}]
)
def test_event_changed_stops_everything(owner, coach, change):
    """An event that is not what was signed is found, and every decision is a no."""
    policies.grant(owner, coach())
    owner.events("grant")[0].body.update(change)
    with pytest.raises(Tampered):
        policies.grants(owner)
    with pytest.raises(AccessDenied, match="could not be made"):
        policies.view(owner, "coach-anna", "coaching").daily("sleep_duration")


def test_event_widened_stops_everything(owner, coach):
    """A metric put into a stored grant does not get granted."""
    policies.grant(owner, coach())
    owner.events("grant")[0].body["grant"]["metrics"]["heart_rate"] = "raw"
    with pytest.raises(AccessDenied, match="could not be made"):
        policies.view(owner, "coach-anna", "coaching").samples("heart_rate")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "insurer", "purpose": "own-use", "metrics": {"steps": "weekly"}}, "must not select risks"),
        ({"kind": "advertiser", "purpose": "own-use", "metrics": {"steps": "band"}}, "not for advertising"),
        (
            {"kind": "coach", "purpose": "coaching", "metrics": {"heart_rate": "raw"}},
            "a coach works with days",
        ),
        ({"kind": "coach", "purpose": "coaching", "metrics": {"heart_rate": "hourly"}}, "a coach works"),
        (
            {"kind": "employer", "purpose": "wellness-programme", "metrics": {"steps": "aggregate"}},
            "an unknown country",
        ),
        (
            {
                "kind": "employer",
                "purpose": "wellness-programme",
                "metrics": {"steps": "aggregate"},
                "country": "DE",
            },
            "employer in DE",
        ),
        (
            {
                "kind": "employer",
                "purpose": "wellness-programme",
                "metrics": {"steps": "aggregate"},
                "country": "RE",
            },
            "employer in RE",
        ),
        (
            {
                "kind": "employer",
                "purpose": "wellness-programme",
                "metrics": {"steps": "aggregate"},
                "country": "XX",
            },
            "an unknown country",
        ),
        (
            {
                "kind": "employer",
                "purpose": "wellness-programme",
                "metrics": {"steps": "daily"},
                "country": "US",
            },
            "totals only",
        ),
        ({"kind": "app", "purpose": "app-function", "metrics": {"steps": "raw"}}, "sources its grant names"),
        ({"kind": "researcher", "purpose": "coaching", "metrics": {"steps": "daily"}}, "research purpose"),
        ({"kind": "researcher", "purpose": "research-health", "metrics": {"steps": "daily"}}, "last day"),
        ({"kind": "family", "purpose": "family-support", "metrics": {"steps": "write"}}, "never writes"),
    ],
)
def test_grant_below_a_floor_is_refused(owner, fields, words):
    """What no grant can lift is said when it is asked for, with the reason, and nothing is written."""
    with pytest.raises(AccessDenied, match=words):
        policies.grant(owner, policies.Grant(grantee="somebody", **fields))
    assert not owner.log


@pytest.mark.parametrize("name", policies.PRESETS)
def test_preset_can_be_granted(owner, name):
    """Every preset keeps within the floors once the missing pieces are filled in."""
    preset = policies.PRESETS[name]
    extra = {"researcher": {"data_to": date(2026, 12, 31)}, "employer": {"country": "US"}}
    grant = policies.Grant(
        grantee="somebody",
        kind=preset.kind,
        purpose=preset.purpose,
        metrics=dict(preset.metrics),
        **extra.get(preset.kind, {}),
    )
    assert policies.grant(owner, grant).status(owner.now) == "active"
