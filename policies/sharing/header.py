"""What may stand in the header of a share: a signature says who wrote it, not that it makes sense.

A sender can be anybody, and what they sign can be anything. So the whole header is held against one table of
fields and types, and every path against the few shapes a share has, before any of it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    StringConstraints,
    ValidationError,
)

from policies.validity import MOST_DAYS
from vault.errors import Tampered

__all__ = ["ASK_AGAIN", "Header", "parse"]

ASK_AGAIN = "ask its sender for it again, by another way"
"""The hint of every share that does not hold."""

_LONGEST = timedelta(days=MOST_DAYS + 1)  # a grant's last day is meant inclusive
_PATH = re.compile(r"data(/[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*){1,4}")
_MOST_LETTERS = 200
_TAKEN = "data/header.json"  # whoever opens a share keeps the header there
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""Names of devices on Windows, whatever ending they have."""

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
_Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Signature = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _File(_Strict):
    path: str
    size: NonNegativeInt
    sha256: _Hash


class _Checkpoint(_Strict):
    size: NonNegativeInt
    head: _Hash
    at: AwareDatetime
    key: _Hash
    signature: _Signature


class Header(_Strict):
    """The fields of docs/reference/json-consent.md; ``key`` and ``issuer`` are Ed25519 keys as hex."""

    format: Annotated[str, Field(alias="schema")]
    id: _Name
    audience: Annotated[str, StringConstraints(pattern=r"^age1[02-9ac-hj-np-z]{58}$")]
    grantee: _Name
    purpose: _Name
    grants: list[_Name]
    first_day: date
    last_day: date
    created: AwareDatetime
    not_after: AwareDatetime
    limits: list[str]
    audit: _Checkpoint
    issuer: _Hash
    files: list[_File]


def parse(raw: bytes) -> Header:
    """Return the header of a share, checked whole.

    Raises:
        Tampered: a field is missing, unknown or of another type; a file has an impossible place; or it runs
            longer than any grant.
    """
    try:
        header = Header.model_validate_json(raw)
    except ValidationError:
        raise Tampered("the share's header is none that VitalVault writes", hint=ASK_AGAIN) from None
    if header.not_after - header.created > _LONGEST:
        raise Tampered("the share runs longer than any grant", hint=ASK_AGAIN)
    if not _writable(one.path for one in header.files):
        raise Tampered("the share has a file at an impossible place", hint=ASK_AGAIN)
    return header


def _writable(paths: Iterable[str]) -> bool:
    """Whether all of these can be files below one folder, also where capitals make no difference."""
    listed = list(paths)
    if not all(map(_plain, listed)):
        return False
    folded = {path.lower() for path in listed}
    folders = {path.rpartition("/")[0] for path in folded}
    while above := {path.rpartition("/")[0] for path in folders if "/" in path} - folders:
        folders |= above
    return len(folded) == len(listed) and not folded & folders and _TAKEN not in folded | folders


def _plain(path: str) -> bool:
    parts = path.lower().split("/")
    return (
        len(path) <= _MOST_LETTERS
        and _PATH.fullmatch(path) is not None
        and not any(_RESERVED.fullmatch(part.partition(".")[0]) for part in parts)
    )
