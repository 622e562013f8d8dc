"""Names side by side in one text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vault.names import joined, parted, plain

NAMES = st.lists(st.text(alphabet="ab ,;", min_size=1))


@given(NAMES)
def test_joined_names_are_parted_again(names):
    """Whatever commas and blanks are in names, as many come out as went in, each as it is written there."""
    assert parted(joined(names)) == [plain(name) for name in names]


def test_plain_name_keeps_its_comma():
    """Only the blank after a comma goes; a name without one is itself."""
    assert plain("Acme, Inc") == "Acme,Inc"
    assert plain("Alex’s Watch") == "Alex’s Watch"
    assert parted("") == []


def test_source_without_a_name_is_seen():
    """An empty name is written as a word, so that two sources never look like one."""
    assert parted(joined(["Watch", ""])) == ["Watch", "(unnamed)"]
