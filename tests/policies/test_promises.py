"""What consent promises in a sentence each: seen before it is given, over when it is over, as easy to end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cli.consent
import cli.granting
import cli.main
import policies
from policies.documents import document
from policies.sharing.identity import new_secret, recipient_of
from policies.sharing.opening import open_share
from policies.sharing.package import create
from policies.signing import canonical, digest
from vault.errors import AccessDenied, InputError

pytest.importorskip("cedarpy")

FIRST, LAST = date(2026, 11, 9), date(2026, 11, 22)
TICK = timedelta(microseconds=1)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

GRANTS = {
    "coach": (
        "coach",
        "coaching",
        {"readiness_score": "daily", "sleep_duration": "daily", "steps": "weekly"},
    ),
    "family": ("family", "family-support", {"readiness_score": "band", "sleep_duration": "yes_no"}),
    "doctor": ("clinician", "treatment", {"heart_rate": "raw", "sleep_times": "raw", "mood": "daily"}),
    "training": ("coach", "coaching", {"workouts": "daily", "strength_set": "daily", "steps": "daily"}),
    "own use": ("self", "own-use", {"heart_rate": "hourly", "workouts": "raw", "vendor_scores": "daily"}),
}


def wanted_of(name: str, secret: str):
    """Return a grant all of which may leave as a file."""
    kind, purpose, metrics = GRANTS[name]
    return policies.Grant(
        grantee="somebody",
        kind=kind,
        purpose=purpose,
        metrics={metric: f"{rung}+export" for metric, rung in metrics.items()},
        key=recipient_of(secret),
    )


@pytest.mark.parametrize("name", GRANTS)
def test_preview_document_and_share_are_the_same_bytes(owner, tmp_path, name):
    """What the owner was shown before is what the grantee sees, and what lies in the file they are sent."""
    secret = new_secret()
    wanted = wanted_of(name, secret)
    shown = policies.preview(owner, wanted, days=14)
    policies.grant(owner, wanted)
    seen = document(policies.view(owner, "somebody", wanted.purpose), FIRST, LAST)
    create(owner, "somebody", wanted.purpose, tmp_path / "a.share", FIRST, LAST)
    files = open_share(tmp_path / "a.share", secret, clock=owner.clock).files
    assert canonical(shown.sees) == canonical(seen) == canonical(json.loads(files["data/document.json"]))
    assert all(part["rows"] for part in seen["tables"])
    assert {part["metric"] for part in seen["tables"]} == set(GRANTS[name][2])


def test_hash_of_a_preview_is_that_of_what_was_seen(owner):
    """Who agrees by repeating the hash agrees to this grant and to these bytes, and to no others."""
    wanted = wanted_of("coach", new_secret())
    shown = policies.preview(owner, wanted)
    told = {"grant": wanted.model_dump(mode="json", exclude={"id"}), "sees": shown.sees}
    assert shown.sha256 == digest(told)
    assert policies.preview(owner, wanted).sha256 == shown.sha256
    assert policies.preview(owner, wanted, days=13).sha256 != shown.sha256
    more = wanted.model_copy(update={"valid_until": owner.now + timedelta(days=91)})
    assert policies.preview(owner, more).sha256 != shown.sha256


READERS = {
    "samples": lambda one: one.samples("heart_rate"),
    "daily": lambda one: one.daily("sleep_duration"),
    "sleep": lambda one: one.sleep(),
    "workouts": lambda one: one.workouts(),
    "sets": lambda one: one.sets(),
    "scores": lambda one: one.scores(),
    "metrics": lambda one: one.metrics(),
    "checkins": lambda one: one.checkins(),
    "readiness": lambda one: one.readiness(),
    "readiness_history": lambda one: one.readiness_history(),
    "document": lambda one: document(one, FIRST, LAST),
}


@pytest.fixture
def ended(owner):
    """A grant of all that the readers ask for, which was renewed once; and its end."""
    metrics = {
        "heart_rate": "raw",
        "sleep_duration": "raw",
        "sleep_times": "raw",
        "workouts": "raw",
        "strength_set": "raw",
        "vendor_scores": "daily",
        "mood": "daily",
        "readiness_score": "daily",
    }
    record = policies.grant(
        owner,
        policies.Grant(
            grantee="somebody",
            kind="clinician",
            purpose="treatment",
            metrics={name: f"{rung}+export" for name, rung in metrics.items()},
            key=recipient_of(new_secret()),
        ),
    )
    return owner, policies.renew(owner, record.id).valid_until


@FEW
@given(late=st.timedeltas(timedelta(0), timedelta(days=4000)), name=st.sampled_from(sorted(READERS)))
def test_nothing_is_read_at_or_after_the_end(ended, late, name):
    """From the very microsecond of its end on, every way of reading refuses, for ever."""
    owner, end = ended
    with pytest.raises(AccessDenied):
        READERS[name](policies.view(replace(owner, now=end + late), "somebody", "treatment"))


@pytest.mark.parametrize("name", READERS)
def test_something_is_read_until_the_end(ended, name):
    """A microsecond before its end all of them answer: the test above can fail."""
    owner, end = ended
    READERS[name](policies.view(replace(owner, now=end - TICK), "somebody", "treatment"))


@pytest.mark.parametrize("late", [timedelta(0), TICK, timedelta(days=400)])
def test_no_share_is_made_at_or_after_the_end(ended, tmp_path, late):
    """No new file, neither, and none is left behind."""
    owner, end = ended
    with pytest.raises((AccessDenied, InputError)):
        create(replace(owner, now=end + late), "somebody", "treatment", tmp_path / "a.share", FIRST, LAST)
    assert list(tmp_path.iterdir()) == []


def test_view_opened_before_the_end_closes_with_it(ended):
    """A view in somebody's hands asks again at each reading: it is no ticket."""
    owner, end = ended
    owner.now = end - TICK
    view = policies.view(owner, "somebody", "treatment")
    assert len(view.daily("sleep_duration")) > 0
    owner.now = end
    with pytest.raises(AccessDenied):
        view.daily("sleep_duration")


@pytest.fixture
def said(owner, monkeypatch):
    """Say something to ``consent`` with nobody to be asked, and return how it ended and what it printed."""

    def asked(*_, **__):
        raise AssertionError("a question was asked")

    for module in (cli.consent, cli.granting):
        monkeypatch.setattr(module, "open_vault", lambda _: owner)
    for question in ("prompt", "confirm"):
        monkeypatch.setattr(click, question, asked)

    def say(*words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(cli.main.cli, ["consent", *words])
        assert not isinstance(ran.exception, AssertionError), ran.exception
        return ran.exit_code, ran.stdout

    return say


def test_revoking_takes_no_more_words_than_granting(owner, said):
    """A grant takes a name, a preset and the hash of its preview; to withdraw it, its id (GDPR Art. 7(3))."""
    terms = ("coach-anna", "--preset", "coach")
    shown = json.loads(said("preview", *terms, "--json")[1])
    granting = ("grant", *terms, "--yes-i-saw", shown["sha256"])
    for at in range(1, len(granting)):
        assert said(*granting[:at], *granting[at + 1 :])[0] != 0, "a word of these was not needed"
    code, name = said(*granting)
    revoking = ("revoke", name.strip())
    assert code == 0
    assert said(*revoking)[0] == 0
    assert policies.grants(owner)[0].status(owner.now) == "revoked"
    assert len(revoking) <= len(granting)


def test_revoking_has_nothing_to_choose_from():
    """One word, and no option that could be missing or wrong."""
    grant, revoke = (cli.consent.consent.commands[name] for name in ("grant", "revoke"))
    assert [one.name for one in revoke.params] == ["grant_id"]
    assert len(revoke.params) < len(grant.params)
