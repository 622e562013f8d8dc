"""Feeds an XML file of a stranger, piece by piece, to a target that is told of leaves by their local names.

The idea: what is hostile or broken is met once, here. No document type is believed, no depth and no text is
without an end, blanks before the declaration are forgiven, and where a file breaks off the target keeps what
it was told before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import DefusedXMLParser

from adapters.archive import reason_of
from vault.errors import InputError

if TYPE_CHECKING:
    from adapters.base import ByteSource

__all__ = ["LONGEST_TEXT", "Target", "parse", "root_is"]

LONGEST_TEXT = 1 << 10
_CHUNK = 1 << 16
_DEEPEST = 64
_BEFORE = b" \t\r\n\xef\xbb\xbf"
"""Blanks and a byte order mark; Strava writes ten blanks before the declaration of a TCX file."""


class Target:
    """What the parser calls; a format overrides ``opened`` and ``closed``.

    ``path`` holds the local names of the open elements; ``fault`` is why the file is not whole, or empty.
    """

    def __init__(self) -> None:
        self.path: list[str] = []
        self.fault = ""
        self._text = ""

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; its name is not in ``path`` yet."""

    def closed(self, name: str, text: str) -> None:
        """An element ends; ``text`` is what stood in it after its last child, at most ``LONGEST_TEXT``."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Called by the parser."""
        if len(self.path) == _DEEPEST:
            raise ValueError("too deep")
        name = tag.rpartition("}")[2]
        self.opened(name, attributes)
        self.path.append(name)
        self._text = ""

    def data(self, text: str) -> None:
        """Called by the parser, with pieces of any length."""
        if len(self._text) <= LONGEST_TEXT:
            self._text += text

    def end(self, _: str) -> None:
        """Called by the parser."""
        text, self._text = self._text[:LONGEST_TEXT], ""
        self.closed(self.path.pop(), text)

    def close(self) -> None:
        """Called by the parser; nothing is left to do."""


def parse(stream: ByteSource, target: Target) -> Iterator[None]:
    """Feed a file to a target; yields after each piece, so that a caller can take away what is complete."""
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    try:
        chunk = stream.read(_CHUNK).lstrip(_BEFORE)
        while chunk:
            parser.feed(chunk)
            yield
            chunk = stream.read(_CHUNK)
        parser.close()
    except InputError as error:
        target.fault = reason_of(error)
    except (ParseError, ValueError, LookupError):  # ValueError: a document type; both: an odd encoding
        target.fault = "malformed-xml"


def root_is(name: str) -> Callable[[bytes], bool]:
    """Return what says whether the first bytes of a file begin a root of that name, in any namespace."""
    root = re.compile(rb"[^<]*(<[?!][^>]*>[^<]*)*<(\w+:)?" + re.escape(name.encode()) + rb"[\s>]")
    return lambda data: root.match(data) is not None
