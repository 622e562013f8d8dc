"""Granting, checked: what could never be released is refused when it is asked for, with the reason."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from policies import tables
from policies.decision import Decider
from policies.grants import GrantRecord, append, made
from policies.request import Request
from policies.validity import settle
from vault.errors import AccessDenied, InputError

if TYPE_CHECKING:
    from policies.consent import Grant
    from policies.owner import Owner

__all__ = ["check_floors", "grant"]


def grant(owner: Owner, wanted: Grant) -> GrantRecord:
    """Write a grant down and return it as it stands, with both ends of its validity.

    Raises:
        AccessDenied: a floor forbids it; no grant can change that.
        InputError: it runs longer than a year, its id is taken, its country is no code but taken for one,
            or the grantee is known as somebody else or with another key.
    """
    settled = settle(wanted, owner.clock(), owner.home_zone)
    check_floors(owner, settled)
    return append(owner, settled)


def check_floors(owner: Owner, settled: Grant) -> None:
    """Raise AccessDenied for the first action of a settled grant that could never be released.

    Raises:
        InputError: its country is no code, but taken for one.
    """
    _check_country(settled.country)
    # As if the grant were made, and just in force.
    record = made(settled, owner.clock())
    begin = record.valid_from.astimezone(UTC)
    asked = [
        Request(settled.grantee, metric, action, settled.purpose, begin, k=settled.min_k)
        for metric in settled.metrics
        for action in sorted(settled.granted(metric))
    ]
    for decision in Decider(lambda: [record]).decide_all(asked):
        if not decision.allowed:
            raise AccessDenied(decision.words, hint=decision.hint)


def _check_country(code: str) -> None:
    # Not when a grant is read back: one that was made before this was asked would stop all the others.
    meant = tables.data("floors")["countries"]["mistaken"].get(code)
    if meant:
        raise InputError(f"{code} is no country's code (ISO 3166)", hint=f"write {meant}")
