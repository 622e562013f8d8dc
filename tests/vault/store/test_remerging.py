"""Daily values and the rules they are made by: when the rules change, so do the values."""

from __future__ import annotations

import pytest

import vault
from vault.records import Device, Origin
from vault.store import events, remerging, union
from vault.store.connection import transaction


def stale(held):
    """Let the steps of a vault be of other rules: without days, as if those had given none."""
    connection = held._store.connection
    with transaction(connection):
        connection.execute("DELETE FROM daily")
        events.set_setting(connection, "merged_by", "1-older")


@pytest.fixture
def older(tmp_path, cheap_keys, clock, batch):
    """A vault of older rules, closed; a day of steps is in it."""
    with vault.create(tmp_path / "v", "a long passphrase", clock=clock) as held:
        held.ingest([batch("steps", [(10**18, 10**18 + 10**9, 0, 90.0, 0, None, None)])])
        stale(held)
    return lambda **more: vault.open(tmp_path / "v", "a long passphrase", clock=clock, **more)


def test_values_of_older_rules_are_made_anew_when_opened_for_writing(older):
    """What is stored then is of the rules of today, and is not made a second time."""
    with older() as held:
        assert held.daily("steps")["value"].tolist() == [90]
        assert remerging.is_current(held._store.connection)
        counter = held.counter
    with older() as held:
        assert held.counter == counter
        held.verify()


def test_values_of_older_rules_are_no_damage(older):
    """Who only reads sees them as they were made, and verify does not hold them against other rules."""
    with older(read_only=True) as held:
        assert held.daily("steps").empty
        held.verify()


def test_samples_that_older_rules_showed_poorer_are_shown_anew(
    tmp_path, cheap_keys, clock, batch, monkeypatch
):
    """What an earlier version showed of two tellings is no damage; opened, it follows today's rules."""
    origins = [Origin("Watch", "test"), Origin("Watch", "test", "11", Device("Watch"))]
    with monkeypatch.context() as patch, vault.create(tmp_path / "v", "a long one", clock=clock) as held:
        patch.setattr(union, "_facts", lambda _: 0)  # as if the poorer telling spoke
        rows = [(10**18, 10**18, 0, 60.0, at, 5 - at, None) for at in (0, 1)]
        held.ingest([batch("heart_rate", rows, origins)])
        stale(held)
    with vault.open(tmp_path / "v", "a long one", clock=clock, read_only=True) as held:
        (part,) = held.columns("heart_rate")
        assert part.origins[part.origin[0]] == origins[0]
        held.verify()
    with vault.open(tmp_path / "v", "a long one", clock=clock) as held:
        (part,) = held.columns("heart_rate")
        assert part.origins[part.origin[0]] == origins[1]
        held.verify()


def test_new_vault_is_of_the_rules_of_today(tmp_path, cheap_keys, clock):
    """It is stamped when it is made."""
    with vault.create(tmp_path / "v", "a long passphrase", clock=clock) as held:
        assert remerging.is_current(held._store.connection)


def test_rules_are_told_by_the_tables_and_a_number(monkeypatch):
    """A row that is changed is another rule, and so is other code with another number."""
    before = remerging._rules()
    monkeypatch.setattr(remerging, "CODE", remerging.CODE + 1)
    remerging._rules.cache_clear()
    try:
        assert remerging._rules() != before
    finally:
        monkeypatch.undo()
        remerging._rules.cache_clear()
