"""A bundle signed anew: what it holds was signed before, by somebody else, and says so.

Only who forges every signature in it gets a bundle that is whole, and that one is found by knowing the key.
"""

from __future__ import annotations

import json
import runpy
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import policies
import vault
from policies.rights import manifest as bag
from policies.rights import verify_bundle, write_bundle
from policies.signing import canonical, public_key, sign
from vault.records import Origin, Samples
from vault.time import instant_ns

F = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("forger.py"))))
WATCH = Origin("Watch", "apple_health")
RECEIPT, LOG = "consents/g-1.receipt.json", "audit/audit.ndjson"


@pytest.fixture
def shared(tmp_path, cheap_keys, clock):
    """The bundle of a vault that gave a grant and withdrew it."""
    path = tmp_path / "shared.zip"
    at = instant_ns(clock()) + np.zeros(1, np.int64)
    pulse = Samples(
        "heart_rate", at, at, np.zeros(1, np.int16), np.array([60.0]), np.zeros(1, np.int32), [WATCH]
    )
    with vault.create(
        tmp_path / "me.vault", "a long passphrase", home_zone="Europe/Berlin", clock=clock
    ) as v:
        given = policies.Grant(
            grantee="anna", kind="coach", purpose="coaching", metrics={"steps": "daily"}, id="g-1"
        )
        v.ingest(iter([pulse]))
        policies.grant(v, given)
        policies.revoke(v, "g-1")
        write_bundle(v, path)
    return path


def test_verify_of_signed_parts_as_written(shared):
    """The receipt, the log and its head agree with the signer of the manifest."""
    assert F.said(shared) == ""


def test_verify_of_a_resigned_manifest(bundle):
    """Signing the manifest anew, and nothing else, is found: the bag and the checkpoint name the owner."""
    found = F.said(F.resealed(bundle, {}, witnesses=False, info=False))
    assert "bag-info.txt: names another key than owner.pub" in found
    assert "audit/checkpoints.json: the checkpoint is not what this vault signed" in found


def test_verify_of_a_resigned_bundle_with_a_receipt(shared):
    """Who signs the checkpoint anew as well still has not signed the receipts."""
    found = F.said(F.resealed(shared, {F.HEART: b"start\n"}))
    assert found == f"{RECEIPT}: another vault signed this receipt"


def test_verify_of_a_bundle_forged_from_end_to_end(bundle, owner):
    """Who signs everything anew is whole, but is not the owner: for whoever knows the key, a problem."""
    found = verify_bundle(F.resealed(bundle, {F.HEART: b"start\n"}))
    assert found.ok, found.problems
    assert found.signer == public_key(F.OTHER)
    assert F.said(bundle, signer=public_key(owner.seed)) == "owner.pub: another key than the one asked for"


def test_verify_takes_a_known_key_in_any_case(bundle, owner):
    """A key is told in capitals as well."""
    assert F.said(bundle, signer=public_key(owner.seed).upper()) == ""


def test_verify_of_a_bundle_with_somebody_elses_receipt(shared):
    """A receipt that was changed before the vault signed the manifest is still no receipt."""
    receipt = json.loads(F.contents(shared)[RECEIPT])
    receipt["record"]["dct:language"] = "de"
    found = F.said(F.resealed(shared, {RECEIPT: canonical(receipt)}))
    assert f"{RECEIPT}: the receipt is not what was signed" in found


def test_verify_of_a_notice_that_another_vault_signed(bundle, owner):
    """A notice to a recipient is the vault's own, or a problem."""
    notice = {"schema": "vitalvault-notice-1", "issuer": public_key(owner.seed)}
    name = "legal/notices/n.json"
    signed = canonical(notice | {"signature": sign(owner.seed, "notice", notice)})
    assert F.said(F.resealed(bundle, {name: signed}, seed=owner.seed)) == ""
    found = F.said(F.resealed(bundle, {name: signed}))
    assert found == f"{name}: the notice is not what that vault signed"


@pytest.mark.parametrize("subset", ["art-20 ", "", None, "half"])
def test_verify_of_a_subset_that_is_none(bundle, subset):
    """Only the portable part goes without a log; no other word excuses one from it."""
    forget = {"audit/audit.ndjson": None, F.CHECKPOINTS: None}
    found = F.said(F.resealed(bundle, forget, edit=lambda body: body.update(subset=subset)))
    assert f"{F.CHECKPOINTS}: missing" in found


def test_verify_of_a_log_that_lost_an_entry(shared):
    """A log without its first entry does not hold, nor one without its last, whoever lists it."""
    first, *rest = F.contents(shared)[LOG].splitlines(keepends=True)
    assert f"{LOG}: the audit log does not hold from entry 1 on" in F.said(
        F.resealed(shared, {LOG: b"".join(rest)})
    )
    found = F.said(F.resealed(shared, {LOG: first}))
    assert f"{LOG}: not the log that {F.CHECKPOINTS} has seen" in found


def test_verify_of_a_log_with_a_changed_entry(shared):
    """An entry that tells of somebody else breaks the chain."""
    changed = F.contents(shared)[LOG].replace(b'"grantee":"anna"', b'"grantee":"bert"', 1)
    found = F.said(F.resealed(shared, {LOG: changed}))
    assert f"{LOG}: the audit log does not hold from entry 1 on" in found


@pytest.mark.parametrize("name", [RECEIPT, F.CHECKPOINTS, LOG])
@pytest.mark.parametrize(
    "content", [b"", b"null\n", b"[]\n", b"[3]\n", b"{}\n", b"\xff\n", b"[" * 100_000, b'{"audit":3}\n']
)
def test_verify_of_signed_parts_that_are_none(shared, name, content):
    """Whatever stands in place of a receipt, a head or the log, the answer is a problem that names it."""
    found = F.said(F.resealed(shared, {name: content}, witnesses=name == LOG))
    assert name in found


def test_verify_tells_the_signer_only_of_what_holds(bundle):
    """Where the signature does not hold, nobody is named."""
    F.rewritten(bundle, {bag.SIGNATURE: b"00" * 64})
    assert verify_bundle(bundle).signer == ""


def test_bundle_names_its_signer_in_the_bag(bundle, owner):
    """Whoever reads the bag with another tool finds the key beside the sums."""
    with zipfile.ZipFile(bundle) as archive:
        info = archive.read("bag-info.txt").decode()
    assert f"Signing-Key: {public_key(owner.seed)}\n" in info
