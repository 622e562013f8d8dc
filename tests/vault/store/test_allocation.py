"""Memory while an import runs."""

from __future__ import annotations

import gc

import pytest

from vault.store.allocation import steady_memory


def test_collector_is_paused_and_comes_back():
    """Within, no cycles are looked for; afterwards, also after an error, they are again."""
    with steady_memory():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), steady_memory():
        raise KeyError
    assert gc.isenabled()


def test_collector_that_was_off_stays_off():
    """Whoever switched it off is not overruled."""
    gc.disable()
    try:
        with steady_memory():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
