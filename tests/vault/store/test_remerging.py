"""Daily values and the rules they are made by: when the rules change, so do the values."""

from __future__ import annotations

import pytest

import vault
from vault.store import events, remerging
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
