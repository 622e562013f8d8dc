"""How hard a passphrase is to guess, told before it is chosen; nothing is refused for it.

The number is zxcvbn's estimate of the guesses it takes somebody who knows words, names, dates and habits
(Wheeler, USENIX Security 2016). The labels are ours: a copied vault can be tried for decades, which zxcvbn's
own scale, made for web sites, does not think of.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault.keys.kdf import passphrase_bytes

__all__ = ["Strength", "strength"]

_LONGEST = 72  # characters zxcvbn looks at; more can only be harder to guess

# log10 of guesses. A guess at the default cost moves some 2 GB of memory, so a thousand graphics cards of
# 1 TB/s make at most 5 * 10^5 a second: 10^9 take half an hour, 10^12 three weeks, 10^15 sixty years.
_LABELS = ((9, "weak"), (12, "fair"), (15, "good"))
_BEST = "strong"
_ADVICE = "choose five or more words by chance, or let a password store make one"


@dataclass(frozen=True, slots=True)
class Strength:
    """The log10 of the guesses, a label (weak, fair, good, strong), and advice, empty if none is needed."""

    guesses_log10: float
    label: str
    advice: str


def strength(passphrase: str) -> Strength:
    """Estimate how hard a passphrase is to guess; raises InputError if it is not Unicode text."""
    from zxcvbn import zxcvbn

    text = passphrase_bytes(passphrase).decode("utf-8")[:_LONGEST]
    if not text:  # which zxcvbn can't judge
        return Strength(0.0, "weak", _ADVICE)
    told = zxcvbn(text)
    guesses = float(told["guesses_log10"])
    label = next((label for below, label in _LABELS if guesses < below), _BEST)
    return Strength(guesses, label, "" if label in ("good", _BEST) else _advice(told["feedback"]["warning"]))


def _advice(warning: str) -> str:
    """Zxcvbn's reason, which quotes nothing of the passphrase, and what to do instead."""
    return f"{warning.rstrip('.').lower()}; {_ADVICE}" if warning else _ADVICE
