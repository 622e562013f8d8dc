"""A whole export: found by its content, the same in every wrapping, and harmless when it is hostile."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from adapters.apple_health import ADAPTER
from adapters.apple_health import expat as careful
from adapters.apple_health.blocks import blocks
from adapters.apple_health.lanes import Lanes
from adapters.apple_health.rows import Rows
from adapters.archive import Archive
from adapters.base import Options
from vault.errors import InputError, MalformedFile
from vault.records import Document, Rejection, Samples, SourceFile, Stream

SECRET = "Sesame"


def read(path, **options):
    return list(ADAPTER.read(path, Options(**options)))


def told(record):
    """Yield what a record says, sample by sample, without what hangs on how the export was wrapped."""
    if isinstance(record, Samples):
        for row in range(len(record)):
            value = record.codes[record.value[row]] if record.codes else float(record.value[row])
            note = "" if record.note is None or record.note[row] < 0 else record.notes[record.note[row]]
            times = (int(record.start[row]), int(record.end[row]), int(record.offset_min[row]))
            yield (record.metric, record.unit, *times, value, record.origins[record.origin[row]], note)
    elif isinstance(record, Stream):
        columns = {name: column.tolist() for name, column in record.columns.items()}
        yield (record.workout, record.part, record.time.tolist(), columns)
    elif isinstance(record, Rejection):
        yield (record.reason, record.position)
    elif not isinstance(record, SourceFile):
        yield record


def content(path):
    return sorted((fact for record in read(path) for fact in told(record)), key=str)


def reasons(records):
    return [(record.reason, record.position) for record in records if isinstance(record, Rejection)]


def count(records):
    return sum(len(record) for record in records if isinstance(record, Samples))


@pytest.fixture
def export_file(tmp_path):
    """Write bytes or text to a file of the name."""

    def write(data, name="export.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write


@pytest.fixture
def export_zip(tmp_path):
    def pack(text, name="apple_health_export/export.xml", **others):
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for member, data in {**others, name: text}.items():
                target.writestr(member, data)
        return path

    return pack


@pytest.mark.parametrize("name", ["export.xml", "导出.xml", "Exportieren.XML"])
def test_detect_finds_the_main_file_by_content(export_text, export_zip, name):
    """Phones translate the name of export.xml; other XML beside it is not taken for it."""
    cda = '<?xml version="1.0"?><ClinicalDocument/>' + " " * 100_000
    path = export_zip(
        export_text(1), f"apple_health_export/{name}", **{"apple_health_export/export_cda.xml": cda}
    )
    found = ADAPTER.detect(path)
    assert (found.adapter, found.path, found.confidence) == ("apple_health", path, 1.0)
    records = read(path)
    assert count(records) + len(reasons(records)) == 60


@pytest.mark.parametrize("text", ["", "HealthData", "<gpx/>", "a,b\n1,2\n", "<?xml version='1.0'?><Data/>"])
def test_detect_leaves_what_is_something_else(export_file, text):
    """A name alone recognises nothing."""
    path = export_file(text)
    assert ADAPTER.detect(path) is None
    with pytest.raises(MalformedFile):
        read(path)


def test_export_is_the_same_in_zip_folder_and_file(export_text, export_file, export_zip):
    """However it is handed over, an export says the same."""
    text = export_text(2)
    bare = export_file(text)
    folder = export_file(text, "folder/apple_health_export/export.xml").parents[1]
    assert (
        content(bare)
        == content(folder)
        == content(folder / "apple_health_export")
        == content(export_zip(text))
    )


def test_export_of_another_day_has_the_same_records(export_text, export_file):
    """New memory addresses in the device texts change nothing."""
    first, second = export_text(3), export_text(3, pointer=0x1234567)
    assert first != second
    assert content(export_file(first)) == content(export_file(second, "later.xml"))


def test_export_names_its_source_last_and_tells_progress(export_text, export_file, export_zip):
    """The ledger gets the file at the end; progress ends at the size of export.xml."""
    text = export_text(4)
    for path in (export_file(text), export_zip(text)):
        seen: list[tuple[int, int]] = []
        records = read(path, progress=lambda *told, seen=seen: seen.append(told))
        assert isinstance(records[-1], SourceFile)
        assert (records[-1].name, records[-1].size) == (path.name, path.stat().st_size)
        assert seen[-1] == (len(text.encode()), len(text.encode()))


def test_export_is_read_as_it_is_asked_for(export_text, export_file):
    """Reading is a generator that may be left at any time."""
    records = ADAPTER.read(export_file(export_text(5)), Options())
    assert next(records) is not None
    records.close()


def test_samples_of_every_type_are_all_there(samples):
    """In each sample export the Records per type equal an independent count of the text."""
    paths = sorted((samples / "apple").rglob("*.xml"))
    assert len(paths) >= 9
    for path in paths:
        text = re.sub(r"<Correlation.*?</Correlation>", "", path.read_text("utf-8"), flags=re.DOTALL)
        expected = sum(Counter(re.findall(r'<Record\s+type="([^"]+)"', text)).values())
        assert count(read(path)) == expected, path.name


def test_samples_with_a_broken_document_type_read_like_whole_ones(samples):
    """The DTD of iOS 16, which no parser takes, costs nothing."""
    folder = samples / "apple" / "synthetic"
    broken = read(folder / "export_ios16_broken_dtd.xml")
    whole = read(folder / "export_v14" / "apple_health_export" / "export.xml")
    assert count(broken) == count(whole) == 36
    kinds = [Counter(type(record).__name__ for record in records) for records in (broken, whole)]
    assert kinds[0] == kinds[1]


def test_samples_of_ios8_are_repaired(samples):
    """Attributes with blanks in their names become the metadata they were meant as."""
    records = read(samples / "apple" / "synthetic" / "export_ios8_bad_attributes.xml")
    (batch,) = (record for record in records if isinstance(record, Samples))
    assert (batch.metric, batch.value[0], batch.origins[0].source) == ("body_fat_percentage", 20, "Withings")
    assert '"Health Mate App Version":"2.6.0"' in batch.notes[0]
    assert not reasons(records)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_truncated_export_gives_what_was_whole(export_text, export_file, share):
    """What was read before the end is kept, and the rejection says where it ended."""
    text = export_text(6, records=100)
    cut = text.encode()[: int(len(text.encode()) * share)]
    records = read(export_file(cut))
    assert reasons(records)[-1] == ("truncated", cut.count(b"\n") + 1)
    tops = re.findall(rb"^ <Record[^>]*/>\n|^ </Record>\n", cut, re.MULTILINE)
    rejected = len(reasons(records)) - 1
    assert count(records) + rejected == len(tops)


def test_damaged_zip_gives_what_was_whole(export_text, export_zip):
    """Damage inside the zip ends the reading with a reason; where nothing can be read, with an error."""
    path = export_zip(export_text(7, records=400))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(data)
    with Archive(path) as archive, archive.open(archive.members[0]) as stream:
        found = list(Lanes("export.xml").read(blocks(stream, 1 << 12)))
    assert sum(len(rows) for rows in found if isinstance(rows, Rows)) > 50
    assert found[-1].reason in {"damaged-archive", "malformed-xml"}
    with pytest.raises(MalformedFile, match="damaged"):
        read(path)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "no export.xml"),
        ("<HealthData>".encode("utf-16"), "no export.xml"),
        (b"\0" * 5000, "no export.xml"),
        (b"<!DOCTYPE HealthData [\n<!ELEMENT", "HealthData element"),
        (b"<!DOCTYPE HealthData [\n<HealthData>", "document type"),
    ],
)
def test_export_of_nothing_is_an_error(export_file, data, error):
    """Where not even the root is there, an error says so."""
    with pytest.raises(MalformedFile, match=error):
        read(export_file(data))


def test_damaged_older_copy_costs_nothing(export_text, export_zip):
    """A file beside the main one that can't be opened is passed over when the main one is looked for."""
    path = export_zip(export_text(7), **{"apple_health_export/export_cda.xml": "<ClinicalDocument/>" * 9999})
    whole, data = content(path), bytearray(path.read_bytes())
    start = data.index(b"export_cda.xml") + len("export_cda.xml")
    data[start : start + 20] = b"\xff" * 20
    path.write_bytes(data)
    assert content(path) == whole


def test_export_in_utf16_is_named_as_such(export_text):
    """An editor's re-encoding is told apart from damage."""
    data = export_text(1).encode("utf-16")
    with pytest.raises(MalformedFile, match="UTF-8"):
        list(Lanes("export.xml").read(blocks(io.BytesIO(data))))


def test_export_in_another_declared_encoding_is_read(export_text, export_file):
    """A declared encoding is believed, at the careful lane's pace."""
    text = export_text(8).replace("’", "'").replace("UTF-8", "ISO-8859-1").replace("\u202f", " ")
    plain = text.replace("ISO-8859-1", "UTF-8")
    assert content(export_file(text.encode("latin-1"))) == content(export_file(plain, "utf8.xml"))


def test_entities_do_not_expand(export_file):
    """A bomb of entities is cut out with its document type; what uses them ends the reading."""
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">\n' for n in range(1, 12))
    text = f'<!DOCTYPE HealthData [\n<!ENTITY e0 "x">\n{bomb}]>\n<HealthData>\n<Me x="&e11;"/>\n</HealthData>'
    assert reasons(read(export_file(text))) == [("malformed-xml", 16)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<!DOCTYPE HealthData>\n<!DOCTYPE x [<!ENTITY a 'b'>\n]>\n<HealthData>\n", "document-type"),
        ("<!-- <HealthData > -->\n<!DOCTYPE x [<!ENTITY a 'b'>\n]>\n<HealthData>\n", "document-type"),
        ("<HealthData>\n<A/>\n<!DOCTYPE x>\n<B/>\n</HealthData>\n", "malformed-xml"),
    ],
)
def test_document_type_where_apple_writes_none_is_refused(export_file, text, reason):
    """A document type that was not cut out is not believed either."""
    assert [found for found, _ in reasons(read(export_file(text)))] == [reason]


@pytest.mark.parametrize(
    ("limit", "text", "reason"),
    [
        ("MAX_TOKEN", '<A x="' + "y" * 5000, "huge-token"),
        ("MAX_DEPTH", "<A>" * 50, "huge-element"),
        ("MAX_NODES", "<A>" + "<B/>" * 50, "huge-element"),
        ("MAX_BYTES", "<A>" + "y\n" * 5000, "huge-element"),
        ("MAX_BYTES", "<A>" + "<B>y</B>" * 5, "huge-element"),
    ],
)
def test_element_that_would_fill_the_memory_is_refused(export_file, monkeypatch, limit, text, reason):
    """An endless line, a bottomless or an endless element ends the reading before it is held."""
    monkeypatch.setattr(careful, limit, 20)
    head = "<HealthData>\n<ok/>\n"
    records = read(export_file(head + text))
    assert [reason for reason, _ in reasons(records)] == [reason]
    assert [record.kind for record in records if isinstance(record, Document)] == ["apple:ok"]


def test_memory_does_not_grow_with_the_file(export_text):
    """Four times the Records need the same memory, through both lanes."""
    body = export_text(9, records=400)
    start, end = body.index(" <Record"), body.index("</HealthData>")

    def peak(times, use_fast):
        data = (body[:start] + body[start:end] * times + body[end:]).encode()
        tracemalloc.start()
        for _ in Lanes("export.xml", use_fast=use_fast).read(blocks(io.BytesIO(data), 1 << 16)):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    for use_fast in (True, False):
        peak(1, use_fast)
        assert peak(8, use_fast) < 1.2 * peak(2, use_fast)


def test_messages_hold_no_value_and_no_path(export_file, record_xml):
    """Whatever goes wrong, neither a value, a name nor a path of the person is in what is said."""
    secret = record_xml("HeartRate", SECRET, unit="count/min", sourceName=SECRET)
    dated = record_xml("HeartRate", "72", unit="count/min", startDate=SECRET)
    for ending in ("</HealthData>", f"<{SECRET}", f"<a x='{SECRET}", "&", "\xff"):
        path = export_file(f"<HealthData>\n{secret}{dated}{ending}", f"{SECRET}/export.xml")
        try:
            said = [str(record) for record in read(path) if isinstance(record, Rejection)]
        except InputError as error:
            said = [str(error), error.hint]
        assert said
        assert not any(SECRET in words or str(path) in words for words in said)


def test_every_reason_is_documented():
    """The reference page lists each reason a rejection may have."""
    root = Path(__file__).parents[2]
    own = [*(root / "adapters" / "apple_health").rglob("*.py"), root / "adapters" / "archive.py"]
    code = "".join(path.read_text("utf-8") for path in [*own, root / "adapters" / "formats" / "gpx.py"])
    found = set(re.findall(r'(?:Rejection|_reject|_refuse)\(\s*"([a-z0-9-]+)"', code))
    found |= set(re.findall(r'(?:return|reason =|else) "([a-z]+-[a-z-]+|truncated|unreadable)"', code))
    page = (root / "docs" / "reference" / "apple-health.md").read_text("utf-8")
    assert len(found) > 12
    assert not {reason for reason in found if f"`{reason}`" not in page}
