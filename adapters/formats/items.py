"""Reads a JSON document item by item, however long its list is.

The idea: a month of heart rates can be larger than memory, so what is held is one item of the list and what
was read beyond it.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterator
from json.decoder import JSONDecoder
from typing import TYPE_CHECKING, Any

from vault.errors import MalformedFile, TooLarge

if TYPE_CHECKING:
    from adapters.base import ByteSource

__all__ = ["PEEK", "Json", "items"]

Json = dict[str, Any]

PEEK = 1 << 15
"""So many bytes tell what a document is."""
_BLOCK = 1 << 20
_MAX_ITEM = 64 << 20
_BLANK = " \t\r\n"


def items(stream: ByteSource, *, inside: str = "") -> Iterator[Json]:
    """Yield the objects of a document: of its list, of the list that its key ``inside`` begins, or itself.

    Raises MalformedFile where it is no JSON, TooLarge for an item of more than 64 MB.
    """
    text = _Text(stream)
    start = text.list_start(f'"{inside}"' if inside else "")
    if start is None:
        yield from _objects(text.value(0)[0])
        return
    at = text.skip(start, _BLANK)
    while text.char(at) != "]":
        value, at = text.value(at)
        yield from _objects(value)
        at = text.forget(at)
        after = text.skip(at, _BLANK)
        if text.char(after) not in (",", "]"):
            raise MalformedFile("a document that is not JSON")
        at = text.skip(after, _BLANK + ",")


def _objects(value: object) -> Iterator[Json]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one


class _Text:
    """A document as text, of which only what is being read is held."""

    def __init__(self, stream: ByteSource) -> None:
        self._stream = stream
        self._decoder = getincrementaldecoder("utf-8-sig")("replace")
        self._decode = JSONDecoder(parse_constant=lambda _: None).raw_decode
        self._text = ""
        self._longest = 0
        self._more()

    def list_start(self, key: str) -> int | None:
        """Return where the items begin, or None if the document is one item; ``key`` in its quotes."""
        at = self.skip(0, _BLANK)
        if self.char(at) == "[":
            return at + 1
        if not key:
            return None
        head, found, rest = self._text[:PEEK].partition(key)
        begin = rest.lstrip(_BLANK + ":")
        if not found or not begin.startswith("[") or "[" in head:
            return None
        return len(head) + len(found) + len(rest) - len(begin) + 1

    def value(self, at: int) -> tuple[Any, int]:
        """Return the value at a place, and where it ends."""
        at = self.skip(at, _BLANK)
        while len(self._text) - at < self._longest + _BLOCK and self._more():
            pass  # so that the next day is parsed at the first go
        while True:
            try:
                value, end = self._decode(self._text, at)
                if end < len(self._text) or not self._more():
                    self._longest = max(self._longest, end - at)
                    return value, end
            except (ValueError, RecursionError) as error:
                if len(self._text) - at > _MAX_ITEM:
                    raise TooLarge("a document with an item that is too large") from None
                if isinstance(error, RecursionError) or not self._more(len(self._text) - at):
                    raise MalformedFile("a document that is not JSON") from None

    def char(self, at: int) -> str:
        """Return the character at a place; none at the end."""
        while at >= len(self._text) and self._more():
            pass
        return self._text[at : at + 1]

    def skip(self, at: int, blanks: str) -> int:
        """Return the first place that holds something else."""
        while (char := self.char(at)) and char in blanks:
            at += 1
        return at

    def forget(self, at: int) -> int:
        """Let go of what was read, if that is much; returns the new place."""
        if at < _BLOCK:
            return at
        self._text = self._text[at:]
        return 0

    def _more(self, size: int = 0) -> bool:
        """Read on, twice as much as is held if that is asked for; False at the end."""
        wanted, parts = max(size, _BLOCK), []
        while wanted > 0 and (data := self._stream.read(wanted)):
            parts.append(data)
            wanted -= len(data)
        new = self._decoder.decode(b"".join(parts), not parts)
        self._text += new
        return bool(parts)
