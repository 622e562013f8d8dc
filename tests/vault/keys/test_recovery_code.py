"""The recovery code: forgiving about how it is typed, strict about what."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.errors import WrongPassphrase
from vault.keys import recovery
from vault.keys.recovery import ALPHABET, generate, parse, write

SECRETS = st.binary(min_size=20, max_size=20)
READ_ALIKE = {"O": "0", "I": "1", "L": "1"}


def test_generate_gives_seven_groups_of_five():
    """A code is seven groups of five characters that can't be confused with each other."""
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){6}[0-9A-HJKMNP-TV-Z]{5}", generate())


def test_generate_never_repeats():
    """Each code is new."""
    assert len({generate() for _ in range(100)}) == 100


def test_write_gives_the_frozen_code():
    """The code of a secret never changes: it stands on paper."""
    assert write(bytes(range(20))) == "000G4-0R40M-30E20-9185G-R38E1-W8124-GKVYR"


def test_check_modulus_is_the_largest_prime_in_three_characters():
    """A prime above 31 is what makes each single error and each swap show."""
    primes = [n for n in range(32_700, 32**3) if all(n % d for d in range(2, 182))]
    assert primes[-1] == recovery.PRIME


@given(SECRETS)
def test_parse_reads_what_write_wrote(secret):
    """Every secret comes back from its code."""
    assert parse(write(secret)) == secret


@given(SECRETS, st.data())
def test_parse_forgives_case_blanks_and_look_alikes(secret, data):
    """Lower case, blanks or hyphens anywhere, O for 0, I and L for 1 make no difference."""
    typed = ""
    for character in write(secret).replace("-", ""):
        shapes = [character, character.lower(), *{"0": "Oo", "1": "IiLl"}.get(character, "")]
        typed += data.draw(st.sampled_from(shapes)) + data.draw(st.sampled_from(["", " ", "-", "\n"]))
    assert parse(typed) == secret


@given(SECRETS, st.integers(0, 34), st.characters(codec="utf-8"))
def test_parse_finds_every_single_wrong_character(secret, place, wrong):
    """Any one character replaced by any other, also in the check itself, is found."""
    text = write(secret).replace("-", "")
    wrong = READ_ALIKE.get(wrong.upper(), wrong.upper())
    if wrong in (text[place], "-", " ", "\t", "\r", "\n"):
        return
    with pytest.raises(WrongPassphrase, match="mistyped"):
        parse(text[:place] + wrong + text[place + 1 :])


@given(SECRETS, st.integers(0, 33))
def test_parse_finds_every_swap_of_neighbours(secret, place):
    """Two neighbours in the wrong order are found, unless they are the same."""
    text = write(secret).replace("-", "")
    if text[place] == text[place + 1]:
        return
    with pytest.raises(WrongPassphrase):
        parse(text[:place] + text[place + 1] + text[place] + text[place + 2 :])


@given(SECRETS, st.integers(0, 34), st.sampled_from(ALPHABET))
def test_parse_finds_a_character_too_many_or_too_few(secret, place, extra):
    """A character left out or typed twice is found."""
    text = write(secret).replace("-", "")
    for wrong in (text[:place] + text[place + 1 :], text[:place] + extra + text[place:]):
        with pytest.raises(WrongPassphrase):
            parse(wrong)


@given(st.text())
def test_parse_refuses_any_other_text(text):
    """Whatever else is typed is called mistyped, and never quoted."""
    with pytest.raises(WrongPassphrase, match=r"^the recovery code is mistyped$"):
        parse(text)
