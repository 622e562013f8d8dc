"""Reads XML the careful way: every child of the root, whole, one after another.

The idea: one parser per file that may be fed the file with pieces left out, as long as each piece is whole
children of the root; it knows the line of the file it is at. Document types are refused, so no entity can
expand, and so are elements too deep or too large to hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["Element", "ElementParser", "Unreadable"]

MAX_DEPTH = 64
MAX_NODES = 250_000
MAX_TOKEN = MAX_BYTES = 64 << 20


class Unreadable(Exception):
    """From this line on the file can't be read; ``reason`` is the code of the rejection."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(slots=True)
class Element:
    """An XML element with its line in the file; ``text`` only of elements other than Records."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def get(self, name: str) -> str:
        """Return an attribute, or empty text."""
        return self.attributes.get(name, "")


class ElementParser:
    """Calls ``take`` with each child of the root when it is whole."""

    def __init__(self, take: Callable[[Element], None]) -> None:
        self.encoding = "utf-8"
        self.root: Element | None = None
        self._take = take
        self._open: list[Element] = []
        self._nodes = self._began = 0
        self._text: list[list[str]] = []
        self._lines = self._shift = self._fed = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartDoctypeDeclHandler = self._document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def feed(self, text: bytes, line: int) -> None:
        """Read on; ``line`` is where in the file the text begins. Raises Unreadable."""
        self._shift = line - 1 - self._lines
        self._lines += text.count(b"\n")
        self._fed += len(text)
        self._parse(text, is_final=False)
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN:
            self._refuse("huge-token")

    def close(self) -> None:
        """Say that the file ends here; raises Unreadable if it is not whole."""
        self._parse(b"", is_final=True)

    @property
    def is_between_elements(self) -> bool:
        """Whether all that was fed is read, the root is open and nothing in it."""
        return len(self._open) == 1 and self._parser.CurrentByteIndex == self._fed

    def _parse(self, text: bytes, *, is_final: bool) -> None:
        try:
            self._parser.Parse(text, is_final)
        except expat.ExpatError as error:
            reason = "truncated" if is_final else "malformed-xml"
            raise Unreadable(reason, error.lineno + self._shift) from None
        except (LookupError, ValueError):  # an encoding that Python does not know, or not as a table
            if self.root is not None:
                raise
            raise Unreadable("malformed-xml", 1 + self._shift) from None

    def _refuse(self, reason: str) -> NoReturn:
        raise Unreadable(reason, self._parser.CurrentLineNumber + self._shift)

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = (encoding or "utf-8").lower()

    def _document_type(self, *_names: object) -> None:
        self._refuse("document-type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes, self._parser.CurrentLineNumber + self._shift)
        depth = len(self._open)
        if depth == 0:
            self.root = element
        elif depth == 1:
            self._nodes, self._began = 0, self._parser.CurrentByteIndex
            self._parser.CharacterDataHandler = None if name == "Record" else self._characters
        else:
            self._open[-1].children.append(element)
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            self._refuse("huge-element")
        self._refuse_bulk()
        self._open.append(element)
        self._text.append([])

    def _characters(self, text: str) -> None:
        self._refuse_bulk()
        self._text[-1].append(text)

    def _refuse_bulk(self) -> None:
        """Refuse a child of the root that is too long to hold; entities can't make it hold more."""
        if len(self._open) > 1 and self._parser.CurrentByteIndex - self._began > MAX_BYTES:
            self._refuse("huge-element")

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        element.text = "".join(self._text.pop())
        if len(self._open) == 1:
            self._parser.CharacterDataHandler = None
            self._take(element)
