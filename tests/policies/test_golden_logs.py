"""The logs of vaults that earlier versions wrote: they hold, go on, and old heads are still witnesses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import policies
import vault
from policies.audit import EVENTS
from vault.errors import Tampered

VECTORS = Path(__file__).parents[1] / "vectors"
PASSPHRASE = "a vault for every later version"


@pytest.mark.parametrize("folder", sorted(VECTORS.glob("vault-*")), ids=lambda folder: folder.name)
def test_log_of_an_earlier_version_holds_and_goes_on(folder, tmp_path, clock):
    """Grants are in force, the log verifies, every head it ever had is a witness, and new entries follow."""
    shutil.copytree(folder, tmp_path / "old.vault")
    with vault.open(tmp_path / "old.vault", PASSPHRASE, clock=clock) as opened:
        before = policies.audit_verify(opened)
        heads = [event.body["head"] for event in opened.events(EVENTS)]
        assert before.entries == len(heads) == 3
        (record,) = policies.grants(opened)
        policies.view(opened, "coach-anna", "coaching").daily("steps")
        policies.revoke(opened, record.id)
        after = policies.audit_verify(opened)
        assert after.entries == 5
        for size, head in enumerate(heads, 1):
            assert policies.audit_verify(opened, {"size": size, "head": head}) == after
            with pytest.raises(Tampered):
                policies.audit_verify(opened, {"size": size, "head": "00" * 32})
        assert policies.audit_proof(opened, 3)["head"] == after.head
