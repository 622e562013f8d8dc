"""Documents of several lists: each item with the keys it lies under, and nothing that vanishes."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats.items import items, listed
from vault.errors import MalformedFile


def of(text, *names):
    return list(listed(io.BytesIO(text.encode()), lambda key: key in names))


def test_listed_of_a_list_has_no_keys():
    """Items that are no objects come too: who reads them says what they are."""
    assert of('[{"a": 1}, 2, null]') == [((), {"a": 1}), ((), 2), ((), None)]


@pytest.mark.parametrize("tail", ["x", "[1]", ", 2"])
def test_document_that_goes_on_after_its_end_is_malformed(tail):
    """Its items are read; that there is more is not passed over."""
    read = items(io.BytesIO(b'[{"a": 1}]' + tail.encode()))
    assert next(read) == {"a": 1}
    with pytest.raises(MalformedFile):
        next(read)


def test_listed_of_lists_inside_of_objects_has_both_keys():
    """What stands beside a list is not lost, scalars apart."""
    text = (
        '{"sleep": {"data": [1, 2], "next": null, "more": {"x": 1}}, "data": [3], "other": [4], "token": "t"}'
    )
    assert of(text, "sleep", "data") == [
        (("sleep", "data"), 1),
        (("sleep", "data"), 2),
        (("sleep", "more"), {"x": 1}),
        (("data",), 3),
        (("other",), [4]),
    ]


def test_listed_of_a_document_alone_is_the_document():
    """Also where a field of it is a list."""
    assert of('{"id": 7, "values": [1]}', "data") == [((), {"id": 7, "values": [1]})]
    assert of('{"sleep": {"id": 7}}', "sleep") == [(("sleep",), {"id": 7})]


@pytest.mark.parametrize("text", ["", "7", "{", '{"data"', '{"data": [1, 2', '{"data": [1}, 2]', "[1, x]"])
def test_listed_of_what_is_cut_or_no_json_says_so(text):
    """Never another error, and what came before is given."""
    with pytest.raises(MalformedFile):
        of(text, "data")


@given(
    st.dictionaries(
        st.text(max_size=3), st.lists(st.integers() | st.text(max_size=3), max_size=4), max_size=4
    )
)
def test_listed_gives_every_item_once(document):
    """As often and in the order in which they are there."""
    wanted = [((key,), item) for key, items in document.items() for item in items]
    text = json.dumps(document)
    assert list(listed(io.BytesIO(text.encode()), lambda _: True)) == wanted
