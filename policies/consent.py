"""What an owner says: one grant to one grantee, for one purpose, metric by metric, until a day.

A ``Grant`` is flat and frozen. There is no wildcard: an unknown metric, purpose, kind or granularity is
refused where it is written down. Packs are spelled out at once, so that a grant never grows later.

    Grant(
        grantee="coach-anna", kind="coach", purpose="coaching",
        metrics={"readiness_score": "daily", "sleep-basics": "daily+export"},
        data_from=date(2026, 11, 1), valid_until=date(2026, 12, 31),
    )
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from policies import tables
from vault.errors import InputError
from vault.moment import FIRST_DAY, LAST_DAY

__all__ = ["Grant", "Grantee", "parse_grant"]

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


def _new_id() -> str:
    return "g-" + secrets.token_hex(4)


class Grantee(BaseModel):
    """The card of somebody who may be given something.

    Args:
        id: The owner's short name for them ("coach-anna").
        kind: self, family, coach, clinician, app, researcher, employer, insurer or advertiser.
        name: Their name in full.
        contact: How to reach them, for a withdrawal or a correction.
        country: Where they are, ISO 3166 alpha-2; an employer's decides whether anything may be given,
            and a code that is no country's counts as unknown.
        key: Their age public key, to which shares are encrypted (``policies.sharing``).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str
    kind: str
    name: str = ""
    contact: str = ""
    country: str = ""
    key: str = ""


class Grant(BaseModel):
    """One grant.

    Args:
        grantee: The grantee's id.
        kind: See ``Grantee``; also name, contact, country, key.
        purpose: One of the closed list (``policies.PURPOSES``).
        metrics: Metric, category or pack -> actions joined by ``+``: at most one rung of the ladder (raw,
            hourly, daily, weekly, band, yes_no), and aggregate, export, write.
        data_from: First local day of data; None is the oldest.
        data_to: Last local day of data; None is up to now.
        valid_from: From when on; None is now.
        valid_until: Until when, exclusive; a date is meant inclusive, in the home zone. 90 days by default,
            365 at most.
        sources: Only what these devices or apps measured; empty is all.
        withhold: Never these, nor anything computed from them.
        min_k: A total counts only over at least so many people.
        id: Made up unless given.

    Raises:
        InputError: something in it is not on the lists, or it contradicts itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    grantee: str
    kind: str
    purpose: str
    metrics: dict[str, str]
    name: str = Field(default="", max_length=200)
    contact: str = Field(default="", max_length=200)
    country: str = ""
    key: str = ""
    data_from: date | None = None
    data_to: date | None = None
    valid_from: datetime | None = None
    valid_until: datetime | date | None = None
    sources: tuple[str, ...] = ()
    withhold: tuple[str, ...] = ()
    min_k: int = 10
    id: str = Field(default_factory=_new_id)

    if not TYPE_CHECKING:  # the signature people see is that of the fields

        def __init__(self, **fields: Any) -> None:
            """Check the fields; pydantic's error becomes ours."""
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise _input_error(error) from None

    @property
    def card(self) -> Grantee:
        """The grantee's card."""
        return Grantee(
            id=self.grantee,
            kind=self.kind,
            name=self.name,
            contact=self.contact,
            country=self.country,
            key=self.key,
        )

    def granted(self, metric: str) -> frozenset[str]:
        """Return the actions named for a metric, none if it is not named."""
        return frozenset(self.metrics[metric].split("+")) if metric in self.metrics else frozenset()

    @field_validator("grantee", "id")
    @classmethod
    def _is_id(cls, value: str) -> str:
        if not _ID.fullmatch(value):
            raise InputError(
                "an id is made of small letters, digits, dots and hyphens", hint="for example coach-anna"
            )
        return value

    @field_validator("kind")
    @classmethod
    def _is_kind(cls, value: str) -> str:
        return _one_of("kind of grantee", value, tables.floors())

    @field_validator("purpose")
    @classmethod
    def _is_purpose(cls, value: str) -> str:
        return _one_of("purpose", value, tables.purposes())

    @field_validator("country")
    @classmethod
    def _is_country(cls, value: str) -> str:
        if value and not _COUNTRY.fullmatch(value):
            raise InputError("a country is two letters (ISO 3166)", hint="for example DE")
        return value.upper()

    @field_validator("key")
    @classmethod
    def _is_key(cls, value: str) -> str:
        from policies.sharing.identity import is_recipient

        if value and not is_recipient(value):
            raise InputError(
                "not an age public key", hint="it begins with age1; see 'vitalvault share keygen'"
            )
        return value

    @field_validator("valid_until", mode="before")
    @classmethod
    def _day_stays_a_day(cls, value: object) -> object:
        # Left to itself, pydantic reads the text of a day as its midnight.
        day_only = isinstance(value, str) and len(value) == len("2026-12-31")
        return date.fromisoformat(str(value)) if day_only else value

    @field_validator("valid_from", "valid_until")
    @classmethod
    def _has_offset(cls, value: datetime | date | None) -> datetime | date | None:
        if isinstance(value, datetime) and value.tzinfo is None:
            raise InputError("a moment without a time zone", hint="give it an offset, e.g. +00:00")
        return value

    @field_validator("withhold")
    @classmethod
    def _are_categories(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(tables.category(name).name for name in value)

    @field_validator("sources")
    @classmethod
    def _are_named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(value):
            raise InputError("a source without a name", hint="name it as 'vitalvault status' shows it")
        return value

    @field_validator("min_k")
    @classmethod
    def _is_many(cls, value: int) -> int:
        least = tables.data("floors")["aggregate"]["min_k"]
        if value < least:
            raise InputError(f"a total is never given over fewer than {least} people")
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Grant:
        for told in (self.data_from, self.data_to):
            if told is not None and not FIRST_DAY <= told <= LAST_DAY:
                raise InputError("a day of data out of reach", hint=f"between {FIRST_DAY} and {LAST_DAY}")
        if self.data_from and self.data_to and self.data_to < self.data_from:
            raise InputError("the last day of data lies before the first")
        spelled = _spelled_out(self.metrics, self.kind)
        if twice := sorted(spelled.keys() & set(self.withhold)):
            raise InputError(f"granted and withheld at once: {', '.join(twice)}")
        computed = spelled.keys() & set(tables.data("categories")["computed"]["here"])
        if self.sources and computed:
            raise InputError(
                f"computed from all devices, so not to be limited to some: {', '.join(sorted(computed))}",
                hint="make two grants, one with sources and one without",
            )
        object.__setattr__(self, "metrics", spelled)
        return self


def _one_of(what: str, value: str, known: Iterable[str]) -> str:
    if value not in known:
        raise InputError(f"not a {what} on the list", hint=f"one of: {', '.join(known)}")
    return value


def _spelled_out(asked: dict[str, str], kind: str) -> dict[str, str]:
    """Return metric -> actions with packs spelled out; what is named outranks its pack."""
    if not asked:
        raise InputError("a grant of nothing", hint="name a metric or a pack")
    packs = tables.packs()
    spelled: dict[str, str] = {}
    for pack in asked.keys() & packs.keys():
        _pack_allowed(asked[pack], kind)
        spelled |= {metric: _checked(metric, asked[pack]) for metric in packs[pack].metrics}
    for name in asked.keys() - packs.keys():
        category = tables.category(name).name
        spelled[category] = _checked(category, asked[name])
    return dict(sorted(spelled.items()))


def _pack_allowed(asked: str, kind: str) -> None:
    if kind == "app":
        raise InputError("an app is granted each metric by its name", hint="name the metrics of the pack")
    if {"raw", "write"} & set(asked.split("+")):
        raise InputError(
            "single values, and writing, are granted metric by metric", hint="name the metrics of the pack"
        )


def _checked(metric: str, asked: str) -> str:
    """Return the actions asked for in the order of the table, if a metric can be given that way."""
    order = tables.actions()
    wanted = set(asked.split("+"))
    if unknown := wanted - set(order):
        raise InputError(
            f"not a granularity: {', '.join(sorted(unknown))}", hint=f"one of: {', '.join(order)}"
        )
    if impossible := wanted - tables.category(metric).actions:
        possible = [action for action in order if action in tables.category(metric).actions]
        raise InputError(
            f"{metric} can't be given as {', '.join(sorted(impossible))}",
            hint=f"possible: {', '.join(possible)}" if possible else tables.category(metric).never,
        )
    rungs = wanted & set(tables.ladder())
    if len(rungs) > 1:
        raise InputError(f"more than one granularity for {metric}", hint="the finest contains the coarser")
    if "export" in wanted and not rungs:
        raise InputError(f"{metric} may leave as a file, but not be read", hint="say how: daily+export")
    return "+".join(action for action in order if action in wanted)


def _input_error(error: ValidationError) -> InputError:
    first = error.errors()[0]
    inner = first.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        return inner
    where = ".".join(str(part) for part in first["loc"])
    return InputError(f"{where or 'the grant'}: {first['msg']}", hint="see help(policies.Grant)")


def parse_grant(document: dict[str, Any]) -> Grant:
    """Return the grant of a JSON object; raises InputError."""
    return Grant(**document)
