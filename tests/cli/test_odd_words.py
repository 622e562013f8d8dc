"""Odd words in every place where a word goes: an answer, a refusal or a usage error, never a fault."""

from __future__ import annotations

import pytest

ODD = (
    "",
    " ",
    "0",
    "-1",
    "nan",
    "1e309",
    "9" * 400,
    "9999-12-31",
    "0001-01-01",
    "9999-12-31T23:59:59-12:00",
    "1700-01-01",
    "2200-12-31",
    "2026-04-05T25:00",
    "2026-04-05T10:00+99:00",
    "2026-W53-7",
    "*",
    "%s%n{0}",
    "../../vault.json",
    "'; drop table sample; --",
    "blood_pressure.",
    "Ünïcödé 🏃",
    "\x1b[31m\n",
)
PLACES = (
    ("show", "{}"),
    ("show", "steps", "--from", "{}"),
    ("show", "steps", "--to", "{}"),
    ("show", "heart_rate", "--raw", "--from", "{}"),
    ("show", "heart_rate", "--raw", "--to", "{}"),
    ("show", "steps", "--as", "{}", "--for", "coaching"),
    ("show", "steps", "--as", "coach-anna", "--for", "{}"),
    ("show", "sleep_duration", "--as", "coach-anna", "--for", "coaching", "--from", "{}"),
    ("show", "sleep_duration", "--as", "coach-anna", "--for", "coaching", "--to", "{}"),
    ("why", "{}", "2026-04-05"),
    ("why", "steps", "{}"),
    ("why", "sleep_duration", "{}"),
    ("sleep", "--from", "{}"),
    ("workouts", "--to", "{}"),
    ("readiness", "{}"),
    ("readiness", "--history", "{}"),
    ("checkin", "--energy", "{}"),
    ("checkin", "--date", "{}", "--energy", "3"),
    ("sources", "{}"),
    ("import", "{}"),
    ("import", "export.zip", "--source", "{}"),
    ("import", "export.zip", "--timezone", "{}", "--dry-run"),
    ("import", "export.zip", "--alias", "{}", "--dry-run"),
    ("consent", "preview", "{}", "--preset", "coach"),
    ("consent", "preview", "coach-anna", "--preset", "{}"),
    ("consent", "preview", "coach-anna", "--preset", "coach", "--days", "{}"),
    ("consent", "grant", "coach-bert", "--preset", "coach", "--yes-i-saw", "SEEN", "--metric", "{}"),
    ("consent", "grant", "coach-bert", "--preset", "coach", "--yes-i-saw", "SEEN", "--from", "{}"),
    ("consent", "grant", "coach-bert", "--preset", "coach", "--yes-i-saw", "SEEN", "--to", "{}"),
    ("consent", "grant", "coach-bert", "--preset", "coach", "--yes-i-saw", "SEEN", "--until", "{}"),
    ("consent", "grant", "coach-bert", "--preset", "coach", "--yes-i-saw", "SEEN", "--country", "{}"),
    ("consent", "grant", "coach-bert", "--preset", "coach", "--yes-i-saw", "SEEN", "--name", "{}"),
    ("consent", "explain", "coach-anna", "{}", "--for", "coaching"),
    ("consent", "renew", "{}"),
    ("consent", "receipt", "{}"),
    ("audit", "log", "--who", "{}"),
    ("audit", "verify", "--against", "{}"),
    ("export", "verify", "{}"),
    ("export", "csv", "{}"),
    ("export", "fhir", "--metric", "{}"),
    ("imports", "undo", "{}", "--yes"),
    ("erase", "--metric", "{}", "--yes"),
    ("erase", "--source", "{}", "--yes"),
    ("erase", "--metric", "vo2_max", "--from", "{}", "--yes"),
    ("erase", "--metric", "vo2_max", "--to", "{}", "--yes"),
    ("erase", "--import", "{}", "--yes"),
    ("restore", "{}", "--to", "restored.vault"),
    ("restore", "export.zip", "--to", "{}"),
    ("verify", "--counter", "{}"),
    ("--vault", "{}", "doctor"),
    ("--vault", "{}", "status"),
    ("--passphrase-file", "{}", "status"),
    ("{}",),
)


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_odd_word_is_answered_or_refused(shell, place):
    """Whatever is typed there, the command ends with one of the seven codes and no fault."""
    shell.line("vitalvault consent grant coach-anna --preset coach --yes-i-saw SEEN")
    for odd in ODD:
        ran = shell.run(*(odd if word == "{}" else word for word in place))
        assert ran.code in range(7), odd
