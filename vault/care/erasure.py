"""Erasing for good: rows, pages, key and names, with tombstones against a return, and a certificate of it.

What was said is taken together: a metric and a source is that metric of that source. An import takes all it
told, also where others told the same; to take back only what it said there is ``undo``. The logs of
consent and audit stay, and the ledger stays without the names of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vault import metrics
from vault.care.certificate import Certificate
from vault.care.rotation import finish
from vault.errors import Busy, InputError, UnknownMetric, UnknownRecord
from vault.keys import header_bytes
from vault.keys.header import Header
from vault.moment import Span
from vault.store import erase as rows
from vault.store import events
from vault.store.belongings import owns_series
from vault.store.connection import transaction
from vault.store.scope import Asked, Buried
from vault.store.tombstones import HASH_BYTES, Tombstones, tombstone
from vault.time import date_of_day, format_instant, instant_ns

if TYPE_CHECKING:
    from vault.keys import Keys
    from vault.store.store import Store
    from vault.time import Clock

__all__ = ["Certificate", "certificate", "entomb", "erase", "forget_tombstones"]

FORGOTTEN = "erasure_forgotten"
_ALL_TIME = Span()


def erase(
    store: Store,
    folder: Path,
    keys: Keys,
    *,
    metric: str | None = None,
    source: str | None = None,
    period: Span = _ALL_TIME,
    import_id: str | None = None,
    everything: bool = False,
    clock: Clock,
) -> Certificate:
    """Erase what all of the given words hold of, and return the certificate.

    Args:
        store: Open for writing.
        folder: The vault's.
        keys: Its keys; they hold a new data key after.
        metric: With its components and with what belongs to it (``erasure.toml``).
        source: As the export names it.
        period: What starts in it; days are local days of the recorded offsets.
        import_id: What this import told.
        everything: All health data, and nothing else said.
        clock: Gives the time of the erasure.

    Raises:
        InputError: Nothing was said, or something beside ``everything``, or no source is called so.
        UnknownMetric, UnknownRecord: There is no such metric, no such import.
        Busy: Another process writes: nothing was done. Or one still reads: the data are gone, and the
            next opening for writing does the rest.
    """
    run = None if import_id is None else _run(store, import_id)
    asked = Asked(store.home_zone, metric, source, period, run, everything)
    if asked.is_nothing:
        raise InputError("nothing to erase was named", hint="name it, or say everything")
    if everything and asked != Asked(store.home_zone, everything=True):
        raise InputError("everything, and something of it", hint="say one of both")
    if period.first is not None and period.end is not None and period.end <= period.first:
        raise InputError("the period ends before it begins", hint="say the earlier day first")
    _check_known(store, keys, asked)
    words = _words(asked, keys)
    number = rows.erase(store.connection, asked, keys.identity, words=words, home=asked.home, clock=clock)
    _finish(store, folder, keys)
    issued = certificate(store, folder, keys, number)
    if source is None:
        return issued
    named = {name: told for name, told in issued.scope.items() if name != "source_hash"} | {"source": source}
    return replace(issued, scope=named).signed(keys.signing_seed)


def entomb(store: Store, folder: Path, keys: Keys, tombstones: Tombstones, *, clock: Clock) -> Certificate:
    """Erase all that has one of the tombstones, as after restoring a backup that is older than they are.

    ``tombstones`` are another state's of the same vault (``Tombstones.read``), and are tombstones here then.
    """
    words = {"tombstones": len(tombstones)}
    number = rows.erase(
        store.connection,
        Buried(tombstones),
        keys.identity,
        words=words,
        home=store.home_zone,
        clock=clock,
    )
    _finish(store, folder, keys)
    return certificate(store, folder, keys, number)


def certificate(store: Store, folder: Path, keys: Keys, erasure: int) -> Certificate:
    """Issue the certificate of an erasure (the id of its event) from what the vault knows of it.

    The name of a source is a keyed hash there. Raises UnknownRecord if there is no such erasure.
    """
    found = next((event for event in store.events(rows.EVENT) if event.id == erasure), None)
    if found is None:
        raise UnknownRecord("no erasure of that id")
    body = found.body
    blank = Certificate(
        vault=Header.parse(header_bytes(folder)).vault,
        erasure=found.id,
        at=format_instant(instant_ns(found.at)),
        scope=body["scope"],
        counts=body["counts"],
        counter_before=body["counter"],
        counter_after=body["counter"] + 1,
    )
    return blank.signed(keys.signing_seed)


def forget_tombstones(store: Store, clock: Clock, erasure: int | None = None) -> int:
    """Let imports bring back what an erasure took (the id of its event; None: all took).

    Returns how many tombstones are gone.
    """
    of_it = "FROM tombstone WHERE ?1 IS NULL OR erasure = ?1"
    with transaction(store.connection) as connection:
        query = f"SELECT coalesce(sum(length(data)), 0) {of_it}"
        (length,) = connection.execute(query, (erasure,)).fetchone()
        connection.execute(f"DELETE {of_it}", (erasure,))
        if length:
            events.log(connection, FORGOTTEN, {"erasure": erasure, "tombstones": length // HASH_BYTES}, clock)
    return int(length) // HASH_BYTES


def _finish(store: Store, folder: Path, keys: Keys) -> None:
    try:
        finish(store, folder, keys)
    except Busy as error:
        raise Busy(
            "the data are erased, but another process keeps old pages of them in use",
            hint="close it and open this vault again: what is left to do is done then",
        ) from error


def _run(store: Store, import_id: str) -> int:
    if import_id not in {entry.id for entry in store.imports()}:
        raise UnknownRecord("no import of that id", hint="see 'vitalvault imports'")
    return int(import_id)


def _check_known(store: Store, keys: Keys, asked: Asked) -> None:
    """Refuse names that nothing here ever had, so that nobody believes a misspelt one erased."""
    before = [event.body["scope"] for event in store.events(rows.EVENT)]
    metric, source = asked.metric, asked.named
    if metric is not None and metrics.find(metric) is None:
        held = any(owns_series(metric, one.metric) for one in store.series())
        if not held and metric not in [words.get("metric") for words in before]:
            raise UnknownMetric("no metric of that name in the catalogue or in this vault")
    if source is not None:
        hashes = [words.get("source_hash") for words in before]
        if source not in store.sources().names and _source_hash(keys, source) not in hashes:
            raise InputError("no source of that name", hint="write it as 'vitalvault status' does")


def _words(asked: Asked, keys: Keys) -> Mapping[str, Any]:
    """Return a scope as its event keeps it."""
    period = asked.period
    told = {
        "metric": asked.metric,
        "source_hash": None if asked.named is None else _source_hash(keys, asked.named),
        "start": _moment(period.first, period.first_day),
        "end": _moment(period.end, period.last_day),
        "import": None if asked.run is None else str(asked.run),
        "everything": asked.everything or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _moment(instant: int | None, day: int | None) -> str | None:
    if day is not None:
        return date_of_day(day).isoformat()
    return None if instant is None else format_instant(instant)


def _source_hash(keys: Keys, source: str) -> str:
    return tombstone(keys.identity, "source", source).hex()
