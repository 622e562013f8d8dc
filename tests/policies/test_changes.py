"""What a change of grants would change: every line of it, also of what nothing comes of yet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import policies
from policies.changes import Change, after_grant, after_revocation, withheld_elsewhere
from policies.sharing.identity import new_secret, recipient_of
from policies.sharing.package import create
from vault.errors import AccessDenied

FROM = date(2026, 11, 1)


def test_change_is_told_line_by_line(owner, coach):
    """A finer rung and a new category are lines; what stays as it is is none."""
    policies.grant(owner, coach(metrics={"steps": "weekly", "sleep_duration": "daily"}))
    found = after_grant(owner, coach(metrics={"steps": "daily", "body_mass": "weekly"}))
    assert found == [
        Change("body_mass", "", "weekly", None, (FROM, None)),
        Change("steps", "weekly", "daily", (FROM, None), (FROM, None)),
    ]


def test_change_back_is_told_before_a_revocation(owner, coach):
    """Revoking takes away what only that grant gives; of another grant's it leaves what that gives."""
    policies.grant(owner, coach(metrics={"steps": "weekly"}))
    fine = policies.grant(owner, coach(metrics={"steps": "daily", "body_mass": "weekly"}))
    assert [(one.metric, one.before, one.after) for one in after_revocation(owner, fine.id)] == [
        ("body_mass", "weekly", ""),
        ("steps", "daily", "weekly"),
    ]


@pytest.mark.parametrize("action", ["aggregate", "write"])
def test_change_of_what_nothing_comes_of_is_a_line_too(owner, action):
    """Taking part in totals, or handing in, is told although no number is shown for it."""
    wanted = policies.Grant(
        grantee="my-app", kind="app", purpose="app-function", metrics={"steps": action}, data_from=FROM
    )
    assert after_grant(owner, wanted) == [Change("steps", "", action, None, (FROM, None))]
    made = policies.grant(owner, wanted)
    assert after_revocation(owner, made.id) == [Change("steps", action, "", (FROM, None), None)]
    owner.now += timedelta(days=90)
    assert after_revocation(owner, made.id) == []


def test_share_of_what_may_only_be_looked_at_says_how_it_is_granted(owner, coach, tmp_path):
    """The refusal names how it is granted, not a metric that nobody asked for."""
    policies.grant(owner, coach(metrics={"steps": "daily"}, key=recipient_of(new_secret())))
    with pytest.raises(AccessDenied, match="granted is one number per day, not leaving as a file"):
        create(owner, "coach-anna", "coaching", tmp_path / "a.share", FROM, date(2026, 11, 22))


def test_what_another_grant_withholds_is_said(owner, coach):
    """A second grant that gives what a first withholds, or what is made of it, is told line by line."""
    first = policies.grant(owner, coach(metrics={"steps": "daily"}, withhold=("heart_rate",)))
    second = coach(metrics={"resting_heart_rate": "daily", "heart_rate": "daily", "body_mass": "daily"})
    lines = withheld_elsewhere(owner, second)
    assert [line.partition(":")[0] for line in lines] == ["heart_rate", "resting_heart_rate"]
    assert all(first.id in line and "withholds heart_rate" in line for line in lines)
    assert withheld_elsewhere(owner, coach(metrics={"body_mass": "daily"})) == []
    assert withheld_elsewhere(owner, second.model_copy(update={"grantee": "coach-bea"})) == []
    assert withheld_elsewhere(owner, second.model_copy(update={"purpose": "treatment"})) == []
    policies.revoke(owner, first.id)
    assert withheld_elsewhere(owner, second) == []
