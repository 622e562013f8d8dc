"""There is one door: nothing but a view hands what is in a vault to anybody who is not its owner.

The code of ``policies`` and ``cli`` is read for every place that could reach the owner's data. Each is one of
the view's own rooms, or stands in a list of what is done for the owner alone, with the reason; a new place,
of a gateway or a total say, fails here until somebody has thought about it. The door is also watched while
shares and documents are made, and tried with a broken lock.
"""

from __future__ import annotations

import ast
import inspect
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest

import policies
import vault
from policies import cedar_core, tables
from policies.documents import document
from policies.sharing.identity import new_secret, recipient_of
from policies.sharing.package import create, leaving
from policies.view import View
from vault.errors import AccessDenied
from vault.vault import Vault

cedarpy = pytest.importorskip("cedarpy")

ROOT = Path(policies.__file__).parents[1]
DOOR = inspect.getfile(View)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 22)

# Methods of a vault that return nothing measured. What is not named here counts as reading.
NO_READS = {
    *("append_event", "append_events", "backup", "close", "counter", "erase", "events", "forget_keyring"),
    *("checkin", "forget_tombstones", "home_zone", "identity_key", "ingest", "keep_in_keyring", "last_event"),
    *("new_recovery_code", "rekey", "remember_aliases", "set_home_zone", "signing_seed", "undo_import"),
    *("verify", "erased", "prefer", "forget_preferences", "correct", "uncorrect", "tombstone_key"),
}
READS = {name for name in dir(Vault) if not name.startswith("_")} - NO_READS
FIELDS = {"metrics", "columns", "flags"}
"""Also fields of grants, tables and results: a read only where they are called."""

ROOMS = {
    *("policies/view.py", "policies/training.py", "policies/nights.py"),
    *("policies/analysis.py", "policies/mornings.py"),
}
"""The door and the rooms behind it: they read what a gate has let through."""

# Who reads for the owner alone, and why nobody else is given it.
OWNER_ONLY = {
    "policies/documents.py:_unseen": "tells the owner, who is asked to agree, what stays unseen",
    "policies/rights/bundle.py": "the span of the bundle, in its manifest",
    "policies/rights/legal.py": "counts what is held, for the owner's own statement (GDPR Art. 15, 30)",
    "policies/rights/payload.py": "the owner takes everything out (GDPR Art. 15, 20); not for grantees",
    "policies/rights/records.py": "the settings in that bundle, and names of its parts",
    "policies/rights/inferred.py": "what the vault concludes, in that bundle",
    "policies/rights/readme.py": "the page of that bundle",
    "cli/care.py": "status: what the vault holds, told to who has its passphrase",
    "cli/demo/walk.py": "made-up data of a vault that the demo makes and removes",
    "cli/export.py": "the owner's own files; a share is made by 'share create'",
    "cli/imports.py": "the owner's list of imports, and of names for devices",
    "cli/load.py": "reads what 'session.reader' returns: the owner's vault, or with --as a view",
    "cli/zones.py": "reads what 'session.reader' returns: the owner's vault, or with --as a view",
    "cli/strength.py": "reads what 'session.reader' returns: the owner's vault, or with --as a view",
    "cli/flags.py": "reads what 'session.reader' returns: the owner's vault, or with --as a view",
    "cli/readiness.py": "reads what 'session.reader' returns: the owner's vault, or with --as a view",
    "cli/sleep.py": "reads what 'session.reader' returns: the owner's vault, or with --as a view",
    "cli/sources.py": "the owner's list of choices of sources; a grantee's numbers follow them unseen",
    "cli/show.py": "reads what 'session.reader' returns: the owner's vault, or with --as a view",
}

# Who looks things up by a name that only running the code tells, and why that is no vault.
LOOKUPS = {
    "policies/__init__.py:__getattr__": "the models and the tables of this room",
    "policies/notices.py:_erased_with": "the table of what belongs to a metric",
    "cli/granting.py:entry": "the fields of a grant",
    "cli/main.py:_Commands": "commands, by the words somebody typed",
}

DYNAMIC = {"eval", "exec", "vars", "attrgetter", "methodcaller", "__dict__", "__getattribute__"}
PURE = {
    *("vault.errors", "vault.metrics", "vault.moment", "vault.names", "vault.readable", "vault.time"),
    "vault.store.belongings",  # a table of names
    *("vault.canonical", "vault.ed25519", "vault.fhir.codings", "vault.analysis.readiness"),
    "vault.reading.frames",  # its columns of instants, no reader
    "vault.reading.strength",  # its table out of sets that are there
    "vault.analysis.sleep.balance",  # sentences said anew of what was rounded, and what holds of anybody:
    *(f"vault.analysis.sleep.{name}" for name in ("telling", "caffeine", "clock")),
}
"""Modules of the vault that hold no way to its data; whoever has a door of their own needs no others."""


def sources(*folders: str) -> dict[str, ast.Module]:
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def modules_of(tree: ast.Module) -> set[str]:
    """Return the names that stand for modules in a file: ``tables.columns`` is no read."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if node.module in ("policies", "vault", "cli") and find_spec(f"{node.module}.{alias.name}")
    } | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def reads(tree: ast.Module) -> set[str]:
    """Return the top-level functions of a file that read from anything but a variable named ``view``."""
    safe = modules_of(tree) | {"view"}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}

    def reads_here(node: ast.AST) -> bool:
        if not isinstance(node, ast.Attribute) or node.attr not in READS:
            return False
        mine = isinstance(node.value, ast.Name) and node.value.id in safe
        return not mine and (node.attr not in FIELDS or id(node) in called)

    return {
        getattr(part, "name", "*")
        for part in tree.body
        for node in ast.walk(part)
        if reads_here(node) or _looks_up(node)
    }


def _looks_up(node: ast.AST) -> bool:
    """Whether a method is looked up by a name that only running the code tells."""
    if isinstance(node, ast.Name | ast.Attribute):
        return (node.id if isinstance(node, ast.Name) else node.attr) in DYNAMIC
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr"
    return called and not isinstance(node.args[1], ast.Constant)


def places() -> set[str]:
    """Return every place outside of the door that reads, as it is named in ``OWNER_ONLY``."""
    whole = {name for name in OWNER_ONLY if ":" not in name}
    return {
        path if path in whole else f"{path}:{function}"
        for path, tree in sources("policies", "cli").items()
        if path not in ROOMS
        for function in reads(tree)
    }


def test_door_is_the_only_one():
    """Whatever reads a vault is a room of the view, or in the list of what is done for the owner alone."""
    assert places() - OWNER_ONLY.keys() - LOOKUPS.keys() == set()


def test_list_of_the_owner_is_not_longer_than_it_has_to_be():
    """Who reads no longer is taken off the lists."""
    assert (OWNER_ONLY | LOOKUPS).keys() - places() == set()


@pytest.mark.parametrize(
    "text",
    [
        "def total(owner):\n    return owner.daily('steps')",
        "def total(gate):\n    v = gate.owner\n    return v.samples('steps')",
        "def total(owner):\n    read = owner.samples\n    return read('steps')",
        "def total(owner, name):\n    return getattr(owner, name)('steps')",
        "def total(owner):\n    return methodcaller('samples', 'steps')(owner)",
        "def total(owner):\n    return owner.metrics()",
        "class Cohort:\n    def join(self):\n        return self.vault.readiness_history()",
        "def total(owner):\n    return owner.__dict__['daily']",
    ],
)
def test_second_door_is_found(text):
    """The search above finds a door that somebody plants."""
    assert reads(ast.parse(text))


def test_gate_hands_its_owner_to_the_rooms_of_the_view_alone():
    """Whoever holds a gate, to decide or to write down, does not take the vault out of it."""
    takers = {
        path
        for path, tree in sources("policies", "cli").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "owner" and ast.unparse(node.value) != "self"
    }
    assert takers == ROOMS


def test_modules_that_hand_out_import_nothing_that_reads():
    """What makes shares, documents and cards takes from the vault's package no more than words and units."""
    whole = {name for name in OWNER_ONLY if ":" not in name}
    taken = {
        (path, node.module)
        for path, tree in sources("policies").items()
        if path not in whole and not path.startswith("policies/rights/")
        for node in _at_run_time(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in ("vault", "cli")
    }
    assert {module for _, module in taken} <= PURE
    assert ("policies/sharing/sheets.py", "vault.fhir.codings") in taken


def test_sharing_takes_from_the_owners_bundle_only_what_writes_files():
    """A share uses the zip and the curves of the bundle, and nothing of it that reads."""
    taken = {
        str(node.module)
        for path, tree in (sources("policies/sharing") | sources("cli")).items()
        if path.startswith("policies/sharing/") or path in ("cli/share.py", "cli/granting.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("policies.rights")
    }
    assert taken <= {"policies.rights.archive", "policies.rights.charts"}


def _at_run_time(tree: ast.Module):
    """Yield the nodes of a file without those only a type checker sees."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        yield node
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            stack.extend(ast.iter_child_nodes(node))


@pytest.fixture
def watched(owner, coach):
    """A vault whose every read is looked at, with a grant of nearly everything, and the list of the reads."""
    seen = []

    def watch(name):
        read = getattr(owner, name)

        def through_the_door(*args, **more):
            seen.append((name, _callers(), owner.last_event("audit").body["entry"]))
            return read(*args, **more)

        return through_the_door

    metrics = {
        "readiness_score": "daily+export",
        "sleep_duration": "raw+export",
        "sleep_times": "raw+export",
        "workouts": "raw+export",
        "heart_rate": "hourly+export",
        "steps": "weekly+export",
        "strength_set": "raw+export",
        "vendor_scores": "daily+export",
        "mood": "daily+export",
    }
    terms = {"kind": "clinician", "purpose": "treatment", "key": recipient_of(new_secret())}
    policies.grant(owner, coach(metrics=metrics, **terms))
    for name in READS & set(dir(owner)):
        if callable(getattr(owner, name)):  # a table the fake is made of may be called like a reader
            setattr(owner, name, watch(name))
    return owner, seen


def _callers() -> set[str]:
    """Return the methods of a view that are running."""
    frame, found = sys._getframe(1), set()
    while frame:
        if frame.f_code.co_filename == DOOR:
            found.add(frame.f_code.co_name)
        frame = frame.f_back
    return found


def test_every_read_of_a_share_and_a_document_goes_through_a_view(watched, tmp_path):
    """While something is made for a grantee, the vault is read by a view, after a yes was written down."""
    owner, seen = watched
    document(policies.view(owner, "coach-anna", "treatment"), FIRST, LAST)
    leaving(owner, "coach-anna", "treatment", FIRST, LAST)
    create(owner, "coach-anna", "treatment", tmp_path / "a.share", FIRST, LAST)
    assert {name for name, _, _ in seen} >= {
        "samples",
        "daily",
        "sleep",
        "workouts",
        "sets",
        "scores",
        "checkins",
    }
    for name, callers, entry in seen:
        assert callers, name
        assert (entry["decision"], entry["method"] in callers) == ("allow", True), name


READERS = {
    "samples": lambda one: one.samples("heart_rate"),
    "daily": lambda one: one.daily("sleep_duration"),
    "sleep": lambda one: one.sleep(),
    "sleep_stages": lambda one: one.sleep_stages("night"),
    "workouts": lambda one: one.workouts(),
    "streams": lambda one: one.streams("run"),
    "sets": lambda one: one.sets(),
    "scores": lambda one: one.scores(),
    "metrics": lambda one: one.metrics(),
    "checkins": lambda one: one.checkins(),
    "readiness": lambda one: one.readiness(),
    "readiness_history": lambda one: one.readiness_history(),
    "trend": lambda one: one.trend("hrv"),
    "load": lambda one: one.load(),
    "efforts": lambda one: one.efforts(),
    "zones": lambda one: one.zones(),
    "sleep_debt": lambda one: one.sleep_debt(),
    "sleep_rhythm": lambda one: one.sleep_rhythm(),
    "strength": lambda one: one.strength(),
    "strength_offers": lambda one: one.strength_offers(),
    "flags": lambda one: one.flags(),
    "reaction": lambda one: one.reaction(),
}


@pytest.mark.parametrize("name", READERS)
def test_without_cedarpy_nobody_but_the_owner_reads(watched, monkeypatch, tmp_path, name):
    """Without the second opinion every reading method of a view refuses, before the vault is touched."""
    owner, seen = watched
    monkeypatch.setitem(sys.modules, "cedarpy", None)
    with pytest.raises(AccessDenied, match="policy engine is not installed"):
        READERS[name](policies.view(owner, "coach-anna", "treatment"))
    assert seen == []
    assert len(owner.daily("steps")) > 0  # the owner


def test_without_cedarpy_the_owner_takes_everything_out(held, monkeypatch, tmp_path):
    """The owner's own way does not lead past the policy engine: a bundle is written without it."""
    from policies.rights import write_bundle

    monkeypatch.setitem(sys.modules, "cedarpy", None)
    assert write_bundle(held, tmp_path / "me.zip").files > 0
    with pytest.raises(AccessDenied):
        policies.view(held, "coach-anna", "coaching").daily("steps")


@pytest.fixture
def held(tmp_path, cheap_keys, clock):
    """An empty vault."""
    with vault.create(tmp_path / "v", "a long passphrase", home_zone="Europe/Berlin", clock=clock) as held:
        yield held


GUEST = '\n@id("guest") permit (principal, action, resource);'
DAMAGES = {
    "is empty": lambda _: "",
    "is cut off": lambda text: text[: len(text) // 2],
    "has a second permit": lambda text: text + GUEST,
    "has lost the name of its permit": lambda text: text.replace('@id("grant")', '@id("grants")'),
    "has a permit that errs": lambda text: text.replace("!context.grant.revoked", "!context.grant.gone"),
    "has a forbid that errs": lambda text: (
        text + "\nforbid (principal, action, resource) when { context.grant.gone };"
    ),
    "has a forbid that lacks a value": lambda text: (
        text + "\nforbid (principal, action, resource) unless { context.k < context.grant.minK };"
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_policy_that_is_damaged_lets_nobody_in(watched, monkeypatch, name):
    """Cedar lets through what an erring forbid was to stop; here an error, or one more permit, is a no."""
    owner, seen = watched
    whole = tables.read_text
    damaged = DAMAGES[name](whole("cedar/policies.cedar"))
    monkeypatch.setattr(tables, "read_text", lambda file: damaged if file.endswith(".cedar") else whole(file))
    for kept in ("_static", "_base"):
        monkeypatch.setattr(cedar_core, kept, getattr(cedar_core, kept).__wrapped__)
    with pytest.raises(AccessDenied):
        policies.view(owner, "coach-anna", "treatment").daily("sleep_duration")
    assert seen == []
    assert owner.last_event("audit").body["entry"]["reason"] in ("error", "disagreement")
