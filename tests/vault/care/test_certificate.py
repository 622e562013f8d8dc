"""The certificate: whoever has the vault's key can check whose it is and that nothing in it was changed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from vault.care.certificate import Certificate
from vault.errors import Tampered

SEED, OTHER = bytes(range(32)), bytes(32)
BLANK = Certificate("id", 3, "2026-04-05T08:00:00Z", {"source": "Ada’s Watch"}, {"samples": 5}, 7, 8)


def test_certificate_survives_a_file():
    """Written as JSON and read again, it is the same and holds."""
    signed = BLANK.signed(SEED)
    again = Certificate.from_dict(json.loads(json.dumps(signed.to_dict())))
    assert again == signed
    again.verify(signed.key)


@pytest.mark.parametrize(
    "change",
    [
        {"vault": "other"},
        {"erasure": 4},
        {"at": "2026-04-05T08:00:01Z"},
        {"scope": {"source": "Phone"}},
        {"counts": {"samples": 6}},
        {"counter_before": 6},
        {"counter_after": 9},
        {"value": "00" * 64},
        {"value": "no hex"},
    ],
)
def test_a_changed_certificate_does_not_hold(change):
    """Any word that is changed is noticed."""
    signed = BLANK.signed(SEED)
    with pytest.raises(Tampered):
        replace(signed, **change).verify(signed.key)


def test_a_certificate_of_another_vault_does_not_hold():
    """Whoever signs it anew has another key."""
    key = BLANK.signed(SEED).key
    with pytest.raises(Tampered, match="another vault"):
        BLANK.signed(OTHER).verify(key)
    with pytest.raises(Tampered):
        replace(BLANK.signed(OTHER), key=key).verify(key)


@pytest.mark.parametrize("document", [{}, {"schema": "other"}, {**BLANK.to_dict(), "more": 1}])
def test_what_is_no_certificate_is_refused(document):
    """Another document is not taken for one."""
    with pytest.raises(Tampered):
        Certificate.from_dict(document)
