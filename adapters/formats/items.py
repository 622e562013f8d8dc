"""Reads a JSON document item by item, however long its list is.

The idea: a month of heart rates can be larger than memory, so what is held is one item of the list and what
was read beyond it.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable, Generator, Iterator
from json.decoder import JSONDecoder
from typing import TYPE_CHECKING, Any

from vault.errors import MalformedFile, TooLarge

if TYPE_CHECKING:
    from adapters.base import ByteSource

__all__ = ["PEEK", "Json", "items", "listed"]

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
    if not inside and text.char(text.skip(at + 1, _BLANK)):
        raise MalformedFile("a document that goes on after its end")


def _objects(value: object) -> Iterator[Json]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one


def listed(stream: ByteSource, is_list: Callable[[str], bool]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield (keys, item) of every list under keys of which ``is_list`` says so, at most two of them deep.

    ``{"sleep": {"data": [1, 2]}}`` gives ``("sleep", "data")`` twice, a list alone gives ``()``. A document
    without such a list is one item, and so is every other object or list beside one. Raises what ``items``
    raises.
    """
    walk = _Walk(_Text(stream))
    if walk.begins("["):
        yield from (((), item) for item in walk.entries())
    elif walk.begins("{"):
        alone = yield from _lists(walk, (), is_list)
        if alone:
            yield (), alone
    else:
        raise MalformedFile("a document that is not JSON")


def _lists(
    walk: _Walk, outer: tuple[str, ...], is_list: Callable[[str], bool]
) -> Generator[tuple[tuple[str, ...], Any], None, Json]:
    """Yield the items of an object's lists and what stands beside them; returns an object without any."""
    rest: Json = {}
    has_lists = False
    for key in walk.members():
        if not is_list(key):
            rest[key] = walk.value()
        elif walk.begins("["):
            has_lists = True
            yield from (((*outer, key), item) for item in walk.entries())
        elif walk.begins("{") and not outer:
            has_lists = True
            alone = yield from _lists(walk, (key,), is_list)
            if alone:
                yield (key,), alone
        else:
            rest[key] = walk.value()
    if not has_lists:
        return rest
    yield from (((*outer, key), value) for key, value in rest.items() if isinstance(value, dict | list))
    return {}


class _Walk:
    """A place in a document, and the steps from there."""

    def __init__(self, text: _Text) -> None:
        self._text = text
        self._at = text.skip(0, _BLANK)

    def begins(self, bracket: str) -> bool:
        """Whether a list or an object begins here."""
        return self._text.char(self._at) == bracket

    def value(self) -> Any:
        """Return the value that begins here, and step behind it."""
        value, at = self._text.value(self._at)
        self._at = self._text.skip(self._text.forget(at), _BLANK)
        return value

    def entries(self) -> Iterator[Any]:
        """Yield the entries of the list that begins here, and step behind it."""
        self._step()
        while not self._ends("]"):
            yield self.value()

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that begins here; who takes one steps behind its value."""
        self._step()
        while not self._ends("}"):
            key = self.value()
            if not isinstance(key, str) or not self.begins(":"):
                raise MalformedFile("a document that is not JSON")
            self._step()
            yield key

    def _ends(self, bracket: str) -> bool:
        """Step over a comma, or behind the last entry."""
        if self.begins(","):
            self._step()
        if not self.begins(bracket):
            return False
        self._step()
        return True

    def _step(self) -> None:
        self._at = self._text.skip(self._at + 1, _BLANK)


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
