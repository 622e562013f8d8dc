"""What Art. 15 GDPR asks to be told, and the record of Art. 30: filled in from grants, log, tables and store.

Nobody types anything in: what the vault can't know (a legal basis, a recipient's safeguards) is said to be
unknown. Whose statement it is depends on who keeps the vault, so that is said first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from policies import tables
from policies.laws import duties
from policies.rights.archive import safe_name
from policies.rights.recipients import recipients
from policies.signing import canonical, public_key
from vault.fhir import subject_id
from vault.fhir.codings import words
from vault.fhir.rows import rows
from vault.metrics import find
from vault.nature import nature_of_metric, nature_of_score
from vault.time import moment_of

if TYPE_CHECKING:
    from policies.grants import GrantRecord
    from policies.rights.archive import Archive
    from policies.rights.payload import BundleOwner
    from policies.rights.recipients import Recipient, Released

__all__ = ["add_legal", "art15", "ropa", "table"]

Json = dict[str, Any]

_ORIGINALS = "data/originals/"


@cache
def table() -> Json:
    """Return the words that hold for every vault, and the tables beside them."""
    return tomllib.loads(tables.read_text("rights/legal.toml"))


def add_legal(archive: Archive, owner: BundleOwner, grants: Sequence[GrantRecord], now: datetime) -> None:
    """Add the statement and the record to a bundle; after ``data/``, whose files they count.

    Raises:
        Tampered: an entry of the log is no entry.
    """
    known, held = recipients(owner, grants), list(_categories(owner, archive))
    archive.add("legal/art15.json", [canonical(art15(owner, held, known, now))])
    archive.add("legal/ropa.json", [canonical(ropa(owner, held, known, now))])


def art15(owner: BundleOwner, held: Sequence[Json], known: Sequence[Recipient], now: datetime) -> Json:
    """Return the statement, by the letters of Art. 15(1) and by (2)."""
    said = table()["art15"]
    return {
        **_head("vitalvault-art15-1", owner, now),
        "statement": said["statement"],
        "controller": said["controller"],
        "copy": said["copy"],
        "purposes": {"own": said["purposes"], "shared": _purposes(known)},
        "categories": {"words": said["special"], "held": list(held)},
        "recipients": [_told(one, now) for one in known],
        "retention": {
            "data": said["data_kept"],
            "log": said["log_kept"],
            "grants": [_end(record, now) for one in known for record in one.grants],
        },
        "rights": {"here": _answers("rights"), "elsewhere": said["others"]},
        "complaint": {"article": "Art. 77", "words": said["complaint"], "authorities": said["authorities"]},
        "sources": {"words": said["sources"], "imports": list(_imports(owner))},
        "automated_decisions": {
            "exist": False,
            "words": said["decisions"],
            "access": said["access"],
            "readiness": _readiness(),
        },
        "transfers": {"words": said["transfers"], "recipients": _transfers(known)},
    }


def ropa(owner: BundleOwner, held: Sequence[Json], known: Sequence[Recipient], now: datetime) -> Json:
    """Return the record of processing, with the fields of Art. 30(1)."""
    said = table()["ropa"]
    keeping = {
        "activity": "keeping",
        "purpose": said["keeping"],
        "basis": said["keeping_basis"],
        "data_subjects": said["subjects"],
        "categories": [one["name"] for one in held],
        "recipients": [],
        "transfers": [],
        "erased": said["keeping_erased"],
        "grants": [],
    }
    return {
        **_head("vitalvault-ropa-1", owner, now),
        "statement": said["statement"],
        "controller": {"key": public_key(owner.signing_seed()), "name": None, "contact": None},
        "activities": [keeping, *(_sharing(purpose, known, now) for purpose in _purposes(known))],
        "security": _answers("security"),
    }


def _head(schema: str, owner: BundleOwner, now: datetime) -> Json:
    from vault import __version__

    return {
        "schema": schema,
        "created": now.isoformat(timespec="seconds"),
        "software": f"VitalVault {__version__}",
        "subject": subject_id(owner),
    }


def _purposes(known: Sequence[Recipient]) -> list[Json]:
    named = sorted({record.grant.purpose for one in known for record in one.grants})
    return [{"purpose": name, "words": tables.purpose(name).words} for name in named]


def _categories(owner: BundleOwner, archive: Archive) -> Iterator[Json]:
    """Yield what is held: every series, table, score and kind of original, with its nature and number."""
    for row in rows(owner.metrics()):
        yield _series(row, owner)
    counted = {entry.path: entry.rows or 0 for entry in archive.entries}
    for name, told in table()["tables"].items():
        if count := counted.get(f"data/csv/{name}.csv"):
            yield {"name": name, **told, "records": count}
    scores = owner.scores()["score"].value_counts()
    for name in sorted(map(str, scores.index)):
        told = {"words": words(name), "nature": nature_of_score(name)}
        yield {"name": f"score:{name}", **told, "records": int(scores[name])}
    kinds = [path.split("/")[2] for path in counted if path.startswith(_ORIGINALS)]
    for kind in sorted(set(kinds)):
        told = {"words": f"originals: {words(kind)}", "nature": "observed"}
        yield {"name": f"original:{kind}", **told, "records": kinds.count(kind)}


def _series(row: Json, owner: BundleOwner) -> Json:
    metric = find(row["metric"].rpartition(":")[2])
    first, last = (moment_of(row[edge]).astimezone(owner.home_zone).date() for edge in ("first", "last"))
    return {
        "name": row["metric"],
        "words": words(row["metric"]),
        "nature": nature_of_metric(row["metric"]),
        "records": int(row["n"]),
        "unit": row["unit"],
        "first": first.isoformat(),
        "last": last.isoformat(),
        "sources": row["sources"],
        "sensitivity": metric.sensitivity if metric else "",
        "file": f"data/csv/{safe_name(row['metric'])}.csv",
    }


def _told(one: Recipient, now: datetime) -> Json:
    return {
        "id": one.id,
        "kind": one.kind,
        "name": one.name,
        "contact": one.contact or None,
        "country": one.country or None,
        "missing": one.missing,
        "role": _role(one),
        "grants": [_grant(record, now) for record in one.grants],
        "released": [_released(told) for told in one.released],
        "refused": one.refused,
    }


def _role(one: Recipient) -> str:
    return str(table()["roles"][one.kind or "unknown"])


def _grant(record: GrantRecord, now: datetime) -> Json:
    grant = record.grant
    return {
        "id": record.id,
        "purpose": grant.purpose,
        "metrics": dict(grant.metrics),
        "status": record.status(now),
        "from": record.valid_from.isoformat(),
        "until": record.valid_until.isoformat(),
        "revoked": record.revoked_at.isoformat() if record.revoked_at else None,
    }


def _released(told: Released) -> Json:
    return {
        "purpose": told.purpose,
        "category": told.metric,
        "granularity": told.action,
        "times": told.times,
        "first": told.first.isoformat(),
        "last": told.last.isoformat(),
        "first_day": told.first_day,
        "last_day": told.last_day,
    }


def _end(record: GrantRecord, now: datetime) -> Json:
    end = record.revoked_at or record.valid_until
    return {"grant": record.id, "grantee": record.grant.grantee, "ends": end.isoformat(), "ended": end <= now}


def _answers(which: str) -> list[Json]:
    """Return the duties of the articles of a list, with what answers to them here and what does not."""
    return [
        {
            "article": duty.article,
            "asks": duty.asks,
            "status": duty.status,
            "answer": duty.answer,
            "missing": duty.missing,
            "by": list(duty.by),
        }
        for duty in duties()
        if duty.law == "GDPR" and duty.article in table()["articles"][which]
    ]


def _imports(owner: BundleOwner) -> Iterator[Json]:
    for row in rows(owner.imports()):
        yield {
            "adapter": row["adapter"],
            "at": moment_of(row["at"]).isoformat(),
            "files": len(row["digests"].split(", ")) if row["digests"] else 0,
            "taken_back": row["undone_at"] is not None,
        }


def _readiness() -> Json:
    """Return the logic of the one profile there is: its terms, what each is made of, and what it weighs."""
    from vault.analysis.parameters import algorithm, document, params_sha256, term_rules

    said, names = table()["art15"]["readiness"], document("wording.toml")["terms"]
    return {
        "algorithm": algorithm(),
        "parameters": params_sha256(),
        "scale": dict(document("parameters.toml")["score"]),
        "terms": [
            {
                "term": name,
                "words": names[name]["name"],
                "weight": rule.weight,
                "bounds": [rule.low, rule.high],
                "made_of": sorted(tables.terms()[name]),
            }
            for name, rule in term_rules().items()
        ],
        "logic": said["logic"],
        "significance": said["significance"],
    }


def _transfers(known: Sequence[Recipient]) -> list[Json]:
    return [
        {"recipient": one.id, "country": one.country or None, "in_eea": one.in_eea, "safeguards": None}
        for one in known
        if one.in_eea is not True
    ]


def _sharing(purpose: Json, known: Sequence[Recipient], now: datetime) -> Json:
    """Return the activity of everything shared for one purpose."""
    said, name = table()["ropa"], purpose["purpose"]
    theirs = [one for one in known if any(record.grant.purpose == name for record in one.grants)]
    granted = [record for one in theirs for record in one.grants if record.grant.purpose == name]
    return {
        "activity": f"sharing:{name}",
        "purpose": purpose["words"],
        "basis": said["sharing_basis"],
        "data_subjects": said["subjects"],
        "categories": sorted({metric for record in granted for metric in record.grant.metrics}),
        "recipients": [{"id": one.id, "kind": one.kind, "contact": one.contact or None} for one in theirs],
        "transfers": _transfers(theirs),
        "erased": said["sharing_erased"],
        "grants": [_end(record, now) for record in granted],
    }
