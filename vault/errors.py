"""The few errors of VitalVault, each with a message that says what to do next.

    VaultError                 code: a stable slug; hint: what to do next
    |- InputError (ValueError)
    |  |- UnknownFormat        no adapter knows this file
    |  |- MalformedFile        a known format, but nothing in it can be read
    |  |- TooLarge             an archive or header asks for more than is sane
    |  |- UnknownMetric        no metric of that name in the catalogue or the vault
    |  `- UnknownRecord        no workout, session, import or grant of that id
    |- AccessDenied (PermissionError)   the policy says no, and why
    |- LockedError
    |  |- WrongPassphrase      wrong passphrase, wrong recovery code, or not a key of this vault
    |  `- KeyMissing           no passphrase was given
    |- IntegrityError
    |  |- NotAVault            no vault there
    |  |- Tampered             the content does not match its seal
    |  `- UnsupportedVersion   written by a newer VitalVault
    `- StoreError
       |- AlreadyExists        something is there already
       |- Busy                 another process is writing
       `- ReadOnly             the vault was opened for reading, or the disk refuses

Catch ``VaultError`` for all of them. No message holds a health value, a secret, or a path of the
person's machine. The exit codes of the command line hang on the branches (``exit_code``).
"""

from __future__ import annotations

__all__ = [
    "AccessDenied",
    "AlreadyExists",
    "Busy",
    "InputError",
    "IntegrityError",
    "KeyMissing",
    "LockedError",
    "MalformedFile",
    "NotAVault",
    "ReadOnly",
    "StoreError",
    "Tampered",
    "TooLarge",
    "UnknownFormat",
    "UnknownMetric",
    "UnknownRecord",
    "UnsupportedVersion",
    "VaultError",
    "WrongPassphrase",
]


class VaultError(Exception):
    """Base of all errors of this library; ``hint`` says what to do next, ``code`` which one it is."""

    code = "error"
    exit_code = 1
    default_hint = ""

    def __init__(self, message: str, *, hint: str | None = None, code: str = "") -> None:
        super().__init__(message)
        self.code = code or self.code
        self.hint = self.default_hint if hint is None else hint


class InputError(VaultError, ValueError):
    """What was handed in can't be used."""

    code = "input"


class UnknownFormat(InputError):
    """No adapter recognises this file or folder."""

    code = "unknown-format"
    default_hint = "run 'vitalvault sources' for what can be read and how to export it"


class MalformedFile(InputError):
    """A known format, but nothing in it can be read."""

    code = "malformed-file"
    default_hint = "export it again from the vendor; a download may have been cut short"


class TooLarge(InputError):
    """An archive or a header asks for more memory or disk than is sane."""

    code = "too-large"


class UnknownMetric(InputError):
    """No metric of that name in the catalogue or the vault."""

    code = "unknown-metric"
    default_hint = "run 'vitalvault status' for the metrics in this vault"


class UnknownRecord(InputError):
    """No workout, session, import or grant of that id."""

    code = "unknown-record"


class AccessDenied(VaultError, PermissionError):
    """The policy says no; the message says which rule decided."""

    code = "access-denied"
    exit_code = 3


class LockedError(VaultError):
    """The vault stays locked."""

    code = "locked"
    exit_code = 4


class WrongPassphrase(LockedError):
    """The passphrase, recovery code or key does not open this vault.

    A header that was tampered with looks the same from outside, so that nobody learns from it.
    """

    code = "wrong-passphrase"
    default_hint = "check the keyboard layout; the recovery code opens it too"


class KeyMissing(LockedError):
    """No passphrase was given, and nobody is there to be asked."""

    code = "key-missing"
    exit_code = 2
    default_hint = "set VITALVAULT_PASSPHRASE, use --passphrase-file, or answer the prompt"


class IntegrityError(VaultError):
    """What is on disk is not what VitalVault wrote."""

    code = "integrity"
    exit_code = 5


class NotAVault(IntegrityError):
    """There is no vault at that place."""

    code = "not-a-vault"
    exit_code = 1
    default_hint = "run 'vitalvault init' to create one, or name another with --vault"


class Tampered(IntegrityError):
    """The content does not match its seal."""

    code = "tampered"
    default_hint = "restore the last backup into a new folder and compare"


class UnsupportedVersion(IntegrityError):
    """Written by a newer VitalVault than this one."""

    code = "unsupported-version"
    default_hint = "update VitalVault; it never writes to a format it does not know"


class StoreError(VaultError):
    """The store can't do that now."""

    code = "store"


class AlreadyExists(StoreError):
    """Something is there already and is not overwritten."""

    code = "already-exists"


class Busy(StoreError):
    """Another process is writing to this vault."""

    code = "busy"
    exit_code = 4
    default_hint = "wait for the other import to end and try again"


class ReadOnly(StoreError):
    """The vault can't be written to."""

    code = "read-only"
