"""The strength of a passphrase: known weak and strong ones, and nothing of it in the answer."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.errors import InputError
from vault.keys.strength import strength


@pytest.mark.parametrize(
    ("passphrase", "label"),
    [
        ("password1", "weak"),
        ("qwertyuiop", "weak"),
        ("tr0ub4dour&3", "weak"),
        ("Elizabeth1985", "weak"),
        ("k7#mQ2!xR9b", "fair"),
        ("correct horse battery", "good"),
        ("velvet otter plinth sable quartz mimic", "strong"),
        ("", "weak"),
    ],
)
def test_strength_of_a_known_passphrase(passphrase, label):
    """Common ones and small changes of them are weak, words by chance are strong."""
    assert strength(passphrase).label == label


def test_strength_tells_what_to_do_where_it_is_little():
    """Advice comes with weak and fair passphrases, and only with those."""
    assert "five or more words" in strength("password1").advice
    assert "very common" in strength("password1").advice
    assert "five or more words" in strength("k7#mQ2!xR9b").advice
    assert strength("correct horse battery").advice == ""


@given(st.text(st.characters(codec="utf-8"), min_size=4, max_size=100))
def test_strength_never_quotes_the_passphrase(passphrase):
    """The answer is a number, one of four words, and one of a few sentences."""
    found = strength(passphrase)
    assert found.guesses_log10 >= 0
    assert found.label in {"weak", "fair", "good", "strong"}
    assert passphrase not in found.advice or passphrase in _SENTENCES


_SENTENCES = " ".join(strength(one).advice for one in ("password1", "aaaaaaaa", "qwertyuiop", "k7#mQ2!xR9b"))


def test_strength_is_that_of_the_normalised_passphrase():
    """Full-width letters are no better than the plain ones that they are read as."""
    assert strength("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11") == strength("password1")


def test_strength_of_a_very_long_passphrase_counts_its_beginning():
    """What zxcvbn does not take is cut off, so the number is a lower bound and the answer quick."""
    long = "velvet otter plinth sable quartz mimic bramble saddle orchid lantern cobalt fennel"
    assert strength(long * 100) == strength(long[:72])


def test_strength_of_what_is_no_unicode_is_refused():
    """Bytes that the terminal could not decode are no passphrase."""
    with pytest.raises(InputError):
        strength("secret \udcff words")


def test_strength_is_loaded_only_when_asked():
    """Opening a vault does not pay for the dictionaries of zxcvbn, nor for the keyring."""
    asked = "import sys, vault.keys; print('zxcvbn' in sys.modules, 'keyring' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]
