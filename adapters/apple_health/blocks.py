"""Brings export.xml to the lanes in blocks: cleaned, without its document type, and read ahead.

The idea: what is wrong with the bytes is put right before anybody parses them. Control characters that XML
forbids are dropped, and the DTD, which is broken in iOS 16 exports, is cut out rather than believed. One
thread reads, inflates and hashes the next block while this one is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from vault.errors import MalformedFile

if TYPE_CHECKING:
    from adapters.base import ByteSource, Progress

__all__ = ["BLOCK", "ahead", "blocks", "is_export", "split_prologue", "telling"]

BLOCK = 2 << 20
PEEK = 4096
PROLOGUE = 1 << 20
_ROOT = re.compile(rb"<HealthData[\s/>]")
_DOCTYPE = b"<!DOCTYPE"
_DOCTYPE_END = re.compile(rb"^\]>[ \t\r]*$", re.MULTILINE)
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_LINE, _FIRST_PRINTABLE = ord("\n"), 32
_ILLEGAL = bytes(code for code in range(_FIRST_PRINTABLE) if code not in b"\t\n\r")


def is_export(start: bytes) -> bool:
    """Whether the first bytes of a file are those of a health export."""
    return b"<!DOCTYPE HealthData" in start[:PEEK] or _ROOT.search(start[:PEEK]) is not None


def blocks(stream: ByteSource, size: int = BLOCK) -> Iterator[bytes]:
    """Yield a file in blocks of about ``size`` bytes, without forbidden characters."""
    data = stream.read(size)
    if data.startswith(_WIDE):
        hint = "unpack export.zip again; an editor may have saved the file in UTF-16"
        raise MalformedFile("an export that is not UTF-8 text", hint=hint)
    while data:
        yield _clean(data)
        data = stream.read(size)


def ahead(items: Iterator[bytes]) -> Generator[bytes, None, None]:
    """Yield the same items, the next one being made while one is used."""
    with ThreadPoolExecutor(1, "read-ahead") as pool:
        pending = pool.submit(next, items, None)
        while (item := pending.result()) is not None:
            pending = pool.submit(next, items, None)
            yield item


def telling(items: Iterator[bytes], total: int, progress: Progress | None) -> Iterator[bytes]:
    """Yield the same items and tell how far they reach, each once it was used."""
    done = 0
    for item in items:
        yield item
        done += len(item)
        if progress is not None:
            progress(min(done, total), total)


def split_prologue(source: Iterator[bytes]) -> tuple[bytes, bytes]:
    """Read up to the line of the root; return it without document type, and what follows it so far.

    Blank lines keep the count where the document type was. Raises MalformedFile if there is no root.
    """
    text, root, end = b"", None, -1
    for block in source:
        text += block
        root = _ROOT.search(text, 0, PROLOGUE)
        end = -1 if root is None else text.find(b"\n", root.start())
        if end >= 0 or len(text) > PROLOGUE:
            break
    if root is None:
        raise MalformedFile("an export without its HealthData element")
    end = end + 1 or len(text)
    return _without_document_type(text[: root.start()]) + text[root.start() : end], text[end:]


def _without_document_type(prologue: bytes) -> bytes:
    start = prologue.find(_DOCTYPE)
    if start < 0:
        return prologue
    end = prologue.find(b">", start) + 1
    if b"[" in prologue[start : end or None]:
        match = _DOCTYPE_END.search(prologue, start)
        end = match.end() if match else 0
    if not end:
        raise MalformedFile("an export whose document type does not end")
    return prologue[:start] + b"\n" * prologue.count(b"\n", start, end) + prologue[end:]


def _clean(data: bytes) -> bytes:
    chars = np.frombuffer(data, np.uint8)
    if np.count_nonzero(chars < _FIRST_PRINTABLE) == np.count_nonzero(chars == _LINE):
        return data
    return data.translate(None, _ILLEGAL)
