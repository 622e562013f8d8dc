"""The cells of a bundle's tables: whatever stands in them is read as it was written, however blocks fall."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.vitalvault import cells
from vault.errors import MalformedFile
from vault.time import NO_INSTANT, UNKNOWN_OFFSET, format_instant

TEXTS = st.text(st.characters(exclude_characters="\0"), max_size=12)
INSTANTS = st.integers(0, 4 * 10**18)
OFFSETS = st.sampled_from([UNKNOWN_OFFSET, 0, 60, -210, 345, 840])


def table(rows, head=("a", "b")):
    """Return rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue().encode("utf-8", "surrogatepass")


def read(content, method, name="a", block=1 << 22):
    """Return a column as one list."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_BLOCK", block)
        for _, part in cells.blocks(io.BytesIO(content)):
            found += method(part, name)
    return found


def texts(part, name):
    which, known = part.texts(name)
    return [known[at] if at >= 0 else "" for at in which.tolist()]


def instants(part, name):
    return list(zip(*(column.tolist() for column in part.instants(name))))


def numbers(part, name):
    return part.numbers(name).tolist()


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=20), st.integers(1, 64))
def test_cells_texts_are_as_they_were_written(rows, block):
    """Commas, quotes and line ends in a text are part of it, wherever a block ends."""
    quoted = "".join(
        ",".join('"' + text.replace('"', '""') + '"' if text else "" for text in row) + "\n" for row in rows
    )
    content = b"a,b\n" + quoted.encode()
    assert read(content, texts, "a", block) == [first for first, _ in rows]
    assert read(content, texts, "b", block) == [second for _, second in rows]


@given(st.lists(st.tuples(INSTANTS, OFFSETS), max_size=20))
def test_cells_instants_are_exact_to_the_nanosecond(rows):
    """An instant comes back with the offset it was written in, and ``Z`` as none."""
    content = table([(format_instant(ns, offset), "") for ns, offset in rows])
    assert read(content, instants) == rows


@given(st.lists(st.floats(allow_nan=False), max_size=20))
def test_cells_numbers_are_exact_to_the_last_bit(values):
    """The shortest text of a number is read as that number."""
    found = read(table([(repr(value), "") for value in values]), numbers)
    assert np.array(found).tobytes() == np.array(values).tobytes()


def test_cells_that_are_empty_say_so():
    """Nothing said is no number, no instant and no text."""
    content = b"a,b\n,\n"
    assert np.isnan(read(content, numbers)[0])
    assert read(content, instants) == [(NO_INSTANT, UNKNOWN_OFFSET)]
    assert read(content, texts) == [""]


def test_cells_of_a_table_without_rows():
    """A heading alone is a table of no rows."""
    ((names, part),) = cells.blocks(io.BytesIO(b"a,b\n"))
    assert (names, len(part)) == (["a", "b"], 0)


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b", b"a,b\n1,2", b"a,b\n1\n", b"a,b\n1,2,3\n4\n", b'a,b\n"1,2\n', b"a,b\n1,2\n\n"],
)
def test_cells_of_no_table_are_refused(content):
    """Cut short, or of rows that are not as wide as the first: the bundle is not one of ours."""
    with pytest.raises(MalformedFile):
        read(content, texts)


@pytest.mark.parametrize(
    "cell", ["now", "NaT", "2026-03-28", "2026-03-28T22:30:00", "2026-03-28T22:30:00*02:00"]
)
def test_cells_that_are_no_instant_are_refused(cell):
    """Words and dates are instants to numpy; a bundle has none of them."""
    with pytest.raises(MalformedFile):
        read(table([(cell, "")]), instants)


def test_cells_that_are_no_number_or_no_column_are_refused():
    """A word where a number should be, and a column that is not there."""
    with pytest.raises(MalformedFile):
        read(table([("many", "")]), numbers)
    with pytest.raises(MalformedFile):
        read(table([("1", "")]), numbers, "c")


def test_cells_without_end_are_refused(monkeypatch):
    """A quote that is never closed does not fill the memory."""
    monkeypatch.setattr(cells, "_LONGEST_ROW", 1 << 10)
    with pytest.raises(MalformedFile):
        read(b'a,b\n"' + b"x" * (1 << 12), texts, block=1 << 9)
