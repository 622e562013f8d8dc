"""Tables of text: encodings, delimiters, headers, and rows that can't be read."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats.sheets import MAX_LINE, Sheet, plain
from vault.errors import MalformedFile

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff"), max_size=8)


def rows_of(data: bytes, **told):
    return list(Sheet(io.BytesIO(data), **told))


@pytest.mark.parametrize("delimiter", list(",;\t"))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encoding_and_delimiter_are_found(encoding, delimiter):
    """The header tells the delimiter, the first bytes the encoding; what is no UTF-8 is Windows-1252."""
    text = delimiter.join(["Datum", "Größe"]) + "\n" + delimiter.join(["1", "zwölf"]) + "\n"
    assert rows_of(text.encode(encoding)) == [(2, {"Datum": "1", "Größe": "zwölf"})]


def test_mark_that_was_encoded_twice_is_passed_over():
    """Some programs take a mark of UTF-8 for letters and encode it again."""
    assert rows_of("\ufeff".encode().decode("cp1252").encode() + b"a,b\n1,2\n") == [(2, {"a": "1", "b": "2"})]


def test_rows_say_on_which_line_they_begin():
    """Quotes may hold line ends; blank rows are not rows; short rows lack their last columns."""
    data = b'Date,Note,More\n1,"two\nlines",x\n\n , ,\n2\n3,b,c,spare\n'
    assert rows_of(data) == [
        (2, {"Date": "1", "Note": "two\nlines", "More": "x"}),
        (6, {"Date": "2"}),
        (7, {"Date": "3", "Note": "b", "More": "c"}),
    ]


def test_column_that_is_there_again_has_a_number():
    """Strava and others write a name twice."""
    assert Sheet(io.BytesIO(b"Distance, Time ,Distance\n")).header == ("Distance", "Time", "Distance#2")


def test_zip_is_no_table_even_if_one_lies_in_it_unpacked():
    """The bytes of a table that a zip did not pack look like one."""
    with pytest.raises(MalformedFile, match="archive"):
        Sheet(io.BytesIO(b"PK\x03\x04\x14\0a.csvTime,Value\n1,2\n"), starts_with=["Value"])


def test_lines_before_the_header_are_passed_over():
    """The header is the first line that has a column that is looked for, however it is spelled."""
    data = b"Glucose data,generated on\nPat\nDevice,TIME  stamp\nA,1\n"
    assert rows_of(data, starts_with=["Time stamp"]) == [(4, {"Device": "A", "TIME  stamp": "1"})]
    assert plain(" TIME  stamp ") == "time stamp"


@pytest.mark.parametrize("data", [b"", b"\n\n", b"a,b\n1,2\n"])
def test_table_without_a_header_is_malformed(data):
    """Nothing to find columns by."""
    with pytest.raises(MalformedFile):
        Sheet(io.BytesIO(data), starts_with=["Date"])


class Endless(io.RawIOBase):
    """A header, a cell of 100 MB that is never held, and a row; tells the most that was asked for."""

    def __init__(self):
        self._parts = iter([b"a,b\n", *([b"x" * (1 << 20)] * 100), b"\n1,2\n"])
        self._rest = b""

    def readable(self):
        return True

    def readinto(self, buffer):
        self._rest = self._rest or next(self._parts, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def test_line_too_long_is_a_reason_and_is_not_held():
    """What comes after it is read."""
    import tracemalloc

    tracemalloc.start()
    rows = list(Sheet(Endless()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == [(2, "huge-row"), (3, {"a": "1", "b": "2"})]
    assert peak < 4 * MAX_LINE


def test_cell_too_long_is_a_reason():
    """A quote that is never closed swallows lines, up to the limit."""
    rows = rows_of(b'a,b\n"' + b"xxxxxxx\n" * (MAX_LINE // 8 + 2) + b"1,2\n")
    assert (2, "malformed-csv") in rows
    assert rows[-1][1] == {"a": "1", "b": "2"}


@pytest.mark.parametrize("rows", [1, 150, 900])
@pytest.mark.parametrize("end", ["", '9,"z"\n'])
def test_quote_that_is_never_closed_costs_its_line(rows, end):
    """What follows are rows, however many; a quote further down does not close it."""
    text = 'a,b\n0,x\n1,"never\n' + "2,y\n" * rows + ("3,w\n" * 300 if end else "") + end
    found = rows_of(text.encode())
    assert found[:2] == [(2, {"a": "0", "b": "x"}), (3, "malformed-csv")]
    assert found[2] == (4, {"a": "2", "b": "y"})
    assert len(found) == len(text.splitlines()) - 1
    assert [line for line, _ in found] == list(range(2, len(found) + 2))


@given(st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=6))
def test_rows_are_those_of_the_csv_module(cells):
    """Whatever the cells hold: quotes, delimiters, blanks."""
    text = io.StringIO()
    csv.writer(text).writerows([["first", "second"], *cells])
    kept = [row for row in cells if any(cell.strip() for cell in row)]
    found = [row for _, row in rows_of(text.getvalue().encode())]
    assert found == [dict(zip(("first", "second"), row)) for row in kept]


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_reasons_or_no_table(data):
    """Nothing else is raised."""
    try:
        rows = rows_of(data)
    except MalformedFile:
        return
    assert all(line > 0 and isinstance(row, (dict, str)) for line, row in rows)
