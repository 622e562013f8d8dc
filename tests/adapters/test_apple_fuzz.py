"""The fast lane against its oracle: whatever is done to a file, both lanes read the same from it."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable

import pytest

from adapters.apple_health.blocks import blocks
from vault.errors import MalformedFile

SEEDS = 8
ATTRIBUTE = re.compile(rb' \w+="[^"]*"')
Mutation = Callable[[random.Random, bytes], bytes]
MUTATIONS: dict[str, Mutation] = {}


def mutation(function: Mutation) -> Mutation:
    MUTATIONS[function.__name__] = function
    return function


def place(pick: random.Random, text: bytes) -> int:
    return pick.randrange(text.index(b" <Me"), len(text))


def cut_line(pick: random.Random, text: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what is before a line, the line without its end, and the rest."""
    at = place(pick, text)
    start = text.rfind(b"\n", 0, at) + 1
    end = text.find(b"\n", at)
    end = len(text) if end < 0 else end
    return text[:start], text[start:end], text[end:]


def in_line(pick: random.Random, text: bytes, change: Callable[[bytes], bytes]) -> bytes:
    before, line, after = cut_line(pick, text)
    return before + change(line) + after


def insert_line(pick: random.Random, text: bytes, *lines: bytes) -> bytes:
    return in_line(pick, text, lambda line: pick.choice(lines) + line)


def insert(pick: random.Random, text: bytes, *pieces: bytes) -> bytes:
    at = place(pick, text)
    return text[:at] + pick.choice(pieces) + text[at:]


@mutation
def attribute_order(pick, text):
    def shuffle(line):
        found = ATTRIBUTE.findall(line)
        pieces = iter(pick.sample(found, len(found)))
        return ATTRIBUTE.sub(lambda _: next(pieces), line)

    return in_line(pick, text, shuffle)


@mutation
def single_quotes(pick, text):
    return in_line(pick, text, lambda line: line.replace(b'"', b"'", pick.choice((2, 3, -1))))


@mutation
def tags_over_lines(pick, text):
    return in_line(pick, text, lambda line: line.replace(b'" ', b'"\n    ', pick.choice((1, -1))))


@mutation
def two_tags_a_line(pick, text):
    before, line, after = cut_line(pick, text)
    return before + line + after[1:]


@mutation
def entities(pick, text):
    entity = pick.choice((b"&amp;", b"&#65;", b"&#x0;", b"&#11;", b"&nope;", b"&"))
    return in_line(pick, text, lambda line: line.replace(b'="', b'="' + entity, 1))


@mutation
def unusual_letters(pick, text):
    return insert(pick, text, *(letter.encode() for letter in "\u00a0\u2028é😀\ufffe\uffff"))


@mutation
def missing_attributes(pick, text):
    return in_line(
        pick, text, lambda line: line.replace(pick.choice(ATTRIBUTE.findall(line) or [b" "]), b"", 1)
    )


@mutation
def duplicate_attributes(pick, text):
    return in_line(
        pick, text, lambda line: line.replace(*doubled(pick.choice(ATTRIBUTE.findall(line) or [b" "])), 1)
    )


def doubled(attribute: bytes) -> tuple[bytes, bytes]:
    return attribute, attribute * 2


@mutation
def control_characters(pick, text):
    return insert(pick, text, b"\x0b", b"\x00", b"\x1f", b"\x7f", b"\t")


@mutation
def comments(pick, text):
    return insert_line(pick, text, b" <!-- x -->\n", b" <!--\n", b" -->\n", b"<!-- <Record/> --> ")


@mutation
def cdata(pick, text):
    return insert_line(pick, text, b" <![CDATA[ <Record/> ]]>\n", b" <![CDATA[\n", b"]]>\n", b"words\n")


@mutation
def instructions(pick, text):
    return insert_line(pick, text, b"<?x y?>\n", b"<?x\n", b'<?xml version="1.0"?>\n')


@mutation
def truncated(pick, text):
    return text[: place(pick, text)]


@mutation
def windows_lines(pick, text):
    return text.replace(b"\n", b"\r\n", pick.choice((50, -1)))


@mutation
def bad_digits(pick, text):
    other = pick.choice((b"x", b":", b"/", b"9", b" "))
    return in_line(pick, text, lambda line: re.sub(rb"\d(?=\d*:)", other, line, count=1))


@mutation
def odd_offsets(pick, text):
    offset = pick.choice((b"+0545", b"-0330", b"-2359", b"+2400", b"+0060", b"Z", "−0100".encode()))
    return in_line(pick, text, lambda line: re.sub(rb'[+-]\d{4}(?=")', offset, line))


@mutation
def odd_values(pick, text):
    odd = (
        b"",
        b"-",
        b".5",
        b"5.",
        b"1e5",
        b"nan",
        b"1_0",
        b"-0.0",
        b"9" * 19,
        b"0." + b"3" * 17,
        b"1" * 400,
        b"a&lt;b",
    )
    value = b'value="' + pick.choice(odd) + b'"'
    return in_line(pick, text, lambda line: re.sub(rb'value="[^"]*"', value, line))


@mutation
def nested_records(pick, text):
    before, line, after = cut_line(pick, text)
    lines = after.split(b"\n", pick.randrange(2, 9))
    inner = b"\n".join(lines[:-1])
    return before + b' <Correlation type="x">\n' + line + inner + b"\n </Correlation>\n" + lines[-1]


@mutation
def lost_lines(pick, text):
    before, _, after = cut_line(pick, text)
    return before + after[1:]


@mutation
def lost_bytes(pick, text):
    at = place(pick, text)
    return text[:at] + text[at + pick.choice((1, 2, 30)) :]


@mutation
def stray_bytes(pick, text):
    return insert(pick, text, *(bytes((byte,)) for byte in b"<>&\"'/=!?-] 0"))


@mutation
def not_utf8(pick, text):
    return insert(pick, text, b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80")


@mutation
def blank_lines(pick, text):
    return insert_line(pick, text, b"\n", b"   \n", b" " * 12 + b"\n", b"\t\n")


def read_both(text: bytes, size: int, facts) -> tuple[object, object]:
    def read(*, use_fast: bool) -> object:
        try:
            return facts(blocks(io.BytesIO(text), size), use_fast=use_fast)
        except MalformedFile as error:
            return str(error)

    return read(use_fast=True), read(use_fast=False)


@pytest.mark.parametrize("name", MUTATIONS)
def test_lanes_agree_on_mutated_files(name, export_text, facts):
    """A file bent in one way, alone and with two other ways, reads the same through both lanes."""
    for seed in range(SEEDS):
        pick = random.Random(f"{name} {seed}")
        text = export_text(seed, records=20).encode()
        for step in (name, *pick.choices(list(MUTATIONS), k=2)):
            text = MUTATIONS[step](pick, text)
            fast, expat = read_both(text, pick.choice((400, 3000, 1 << 20)), facts)
            assert fast == expat, f"seed {seed}, at {step}"


def test_lanes_agree_on_whole_files(export_text, facts):
    """An export as Apple writes it reads the same through both lanes, in blocks of any size."""
    text = export_text(1, records=100).encode()
    read = [read_both(text, size, facts) for size in (500, 5000, 1 << 20)]
    assert all(fast == expat == read[0][0] for fast, expat in read)
    assert sum(fact[1] == "record" for fact in read[0][0]) == 100


@pytest.mark.parametrize(
    "encoding", ["ISO-8859-1", "US-ASCII", "utf-8", "utf8", "UTF-16", "nope", "shift_jis"]
)
def test_lanes_agree_on_declared_encodings(export_text, facts, encoding):
    """A file that declares another encoding than it has reads the same through both lanes."""
    text = export_text(2, records=20).replace("UTF-8", encoding).encode()
    fast, expat = read_both(text, 1 << 20, facts)
    assert fast == expat


def test_lanes_agree_on_samples(samples, facts):
    """Every sample export reads the same through both lanes."""
    found = sorted((samples / "apple").rglob("*.xml"))
    assert found
    for path in found:
        fast, expat = read_both(path.read_bytes(), 1 << 20, facts)
        assert fast == expat, path.name
