"""Evidence: what may be said of it, when it expires, and that only plain documents are kept."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.evidence import (
    ENDINGS,
    LONGEST_NAME,
    MOST_ENTRIES,
    TYPES,
    TYPES_SAID,
    Accepted,
    Described,
    EvidenceKind,
    Expiry,
    accept,
    clean_name,
    expiry,
    faults_of,
    say_size,
)
from alignment.domain.refusal import Refusal
from tests.documents import docx, odt, packed, pdf, png, xlsx

TODAY = date(2026, 11, 21)
LIMIT = 20_000_000


def refusal_of(name: str, content: bytes, most: int = LIMIT) -> str:
    with pytest.raises(Refusal) as caught:
        accept(name, content, most)
    return str(caught.value)


# --- in words -----------------------------------------------------------------------------------------


def test_every_kind_has_its_words() -> None:
    assert [kind.plural for kind in EvidenceKind] == [
        "Documents", "Interviews", "Shadow assessments", "Site visits", "Experts",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "says"),
    [(31, Expiry.LATER), (30, Expiry.SOON), (0, Expiry.SOON), (-1, Expiry.EXPIRED)],
)
def test_evidence_holds_through_its_last_day(days: int, says: Expiry) -> None:
    assert expiry(TODAY + timedelta(days=days), TODAY) is says


def test_evidence_without_a_last_day_never_expires() -> None:
    assert expiry(None, TODAY) is Expiry.NONE


def test_a_reference_is_enough() -> None:
    assert faults_of(Described(EvidenceKind.INTERVIEW, "Head of audit, on how auditors are chosen"), TODAY) == {}
    whole = Described(
        EvidenceKind.DOCUMENT, "Policy", TODAY, TODAY, confidential=True, link="https://scheme.example/policy?v=2#3"
    )
    assert faults_of(whole, TODAY) == {}


@pytest.mark.parametrize(
    ("said", "field", "says"),
    [
        (Described(EvidenceKind.DOCUMENT, "  "), "reference", "Say what it is"),
        (Described(EvidenceKind.DOCUMENT, "x" * 501), "reference", "shorten it to 500"),
        (Described(EvidenceKind.DOCUMENT, "x", collected_on=TODAY + timedelta(1)), "collected_on", "still to come"),
        (Described(EvidenceKind.DOCUMENT, "x", TODAY, TODAY - timedelta(1)), "expires_on", "before it was collected"),
        (Described(EvidenceKind.DOCUMENT, "x", link="javascript:alert(1)"), "link", "no address on the web"),
        (Described(EvidenceKind.DOCUMENT, "x", link="https://user:secret@host/"), "link", "no address on the web"),
        (Described(EvidenceKind.DOCUMENT, "x", link="https://a b.example"), "link", "no address on the web"),
        (Described(EvidenceKind.DOCUMENT, "x", link="https://x.example/" + "y" * 2000), "link", "no address"),
    ],
)
def test_each_mistake_is_told_beside_its_field(said: Described, field: str, says: str) -> None:
    found = faults_of(said, TODAY)
    assert set(found) == {field}
    assert says in found[field]


# --- files that are kept --------------------------------------------------------------------------------

GOOD: Mapping[str, bytes] = {
    "report.pdf": pdf(),
    "Report.PDF": pdf(),
    "notes.docx": docx(),
    "sample.xlsx": xlsx(),
    "letter.odt": odt(),
    "sheet.ods": odt("spreadsheet"),
    "site.png": png(),
    "site.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "site.jpeg": b"\xff\xd8\xff\xe1",
    "interview.txt": "Übersicht\n\tabgehört\n".encode(),
    "smelters.csv": b"\xef\xbb\xbfname;country\r\nX;CD\r\n",
    "mozambique.csv": b"MZ,Maputo\n",
    "notes.md": b"# Notes\n",
    "remarks.md": b"<!-- to do --> a <b>word</b>, and how a page begins: <html>\n",
}


@pytest.mark.parametrize("name", GOOD)
def test_plain_documents_are_kept_under_their_type_by_content(name: str) -> None:
    kept = accept(name, GOOD[name], LIMIT)
    assert kept.name == name
    assert kept.media_type in {each.media_type for each in TYPES}


def test_every_type_that_is_kept_has_been_tried_and_is_named_to_people() -> None:
    tried = {name.rpartition(".")[2].lower() for name in GOOD}
    assert tried == {suffix for each in TYPES for suffix in each.suffixes}
    assert {suffix.lstrip(".") for suffix in ENDINGS.split(",")} == tried
    assert TYPES_SAID.startswith("PDF, Word")


def test_a_file_of_exactly_the_limit_is_kept() -> None:
    assert accept("a.txt", b"x" * 100, 100) == Accepted("a.txt", "text/plain")
    assert (
        refusal_of("a.txt", b"x" * 101, 100)
        == "“a.txt” is larger than 100 bytes, and no larger file can be kept: split or shrink it."
    )
    assert "is larger than 20 MB," in refusal_of("a.txt", b"x" * 20_000_001, 20_000_000)


def test_a_chart_with_its_own_workbook_is_part_of_a_document() -> None:
    assert accept("report.docx", docx({"word/embeddings/chart.xlsx": xlsx()}), LIMIT).name == "report.docx"


# --- files that are refused -----------------------------------------------------------------------------


def test_an_empty_file_is_refused() -> None:
    assert refusal_of("report.pdf", b"") == "“report.pdf” is empty: choose the file again."


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("setup.exe", b"MZ\x90\x00\x03", "program or script"),
        ("report.pdf", b"MZ\x90\x00\x03", "program or script"),
        ("notes.txt", b"#!/bin/sh\nrm -rf /\n", "program or script"),
        ("tool.txt", b"\x7fELF\x02", "program or script"),
        ("page.html", b"<script>", "not of a type that is kept"),
        ("picture.svg", b"<svg/>", "not of a type that is kept"),
        ("all.zip", packed({"a": b"b"}), "not of a type that is kept"),
        ("README", b"text", "not of a type that is kept"),
        ("report.pdf", b"plain words", "is called a PDF but"),
        ("report.pdf", docx(), "is called a PDF but"),
        ("report.pdf", b"%PDF-1.4\n<script>alert(1)</script>", "is called a PDF but"),
        ("report.pdf", pdf() + b" " * 2000, "is called a PDF but"),
        ("notes.txt", b"<!DOCTYPE html><p>x", "is called plain text but"),
        ("notes.txt", b"\xef\xbb\xbf\n <!-- a --> <HTML>", "is called plain text but"),
        ("notes.md", b"<script>alert(1)</script>", "is called Markdown but"),
        ("table.csv", b"<?xml version='1.0'?><a/>", "is called a CSV table but"),
        ("site.txt", b"<svg xmlns='http://www.w3.org/2000/svg'>", "is called plain text but"),
        ("report.docx", pdf(), "is called a Word document but"),
        ("report.docx", xlsx(), "is called a Word document but"),
        ("report.docx", packed({"a.txt": b"b"}), "is called a Word document but"),
        ("letter.odt", docx(), "is called an OpenDocument text but"),
        ("site.png", b"\xff\xd8\xff", "is called a PNG picture but"),
        ("notes.txt", b"a\x00b", "Save it as plain text in UTF-8"),
        ("table.csv", "Zürich".encode("latin-1"), "Save it as plain text in UTF-8"),
        ("table.csv", "Zürich".encode("utf-16"), "Save it as plain text in UTF-8"),
    ],
)
def test_what_is_no_plain_document_is_refused(name: str, content: bytes, says: str) -> None:
    assert says in refusal_of(name, content)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../../etc/passwd.txt", "is a path"),
        ("C:\\work\\report.pdf", "is a path"),
        ("..\\report.pdf", "is a path"),
        (".htaccess", "full stop"),
        ("report.pdf.", "full stop"),
        ("report\u202efdp.exe", "nobody can read"),
        ("re\nport.pdf", "nobody can read"),
        ("re\x00port.pdf", "nobody can read"),
        ("caf\udce9.pdf", "“caf�.pdf” has a sign in its name that nobody can read"),
        ("   ", "without a name"),
        ("x" * LONGEST_NAME + ".pdf", "shorten it to 150"),
    ],
)
def test_a_name_that_misleads_or_leads_elsewhere_is_refused(name: str, says: str) -> None:
    assert says in refusal_of(name, pdf())


def test_a_name_is_kept_in_one_form_of_its_letters() -> None:
    assert clean_name("U\u0308bersicht.pdf") == "Übersicht.pdf"


# --- archives made to harm ------------------------------------------------------------------------------


def test_a_zip_bomb_is_refused_by_how_far_it_unpacks() -> None:
    bomb = docx({"word/media/zeros": b"\0" * 5_000_000})
    assert len(bomb) < 20_000
    assert "unpacks to far more" in refusal_of("bomb.docx", bomb)


def test_a_zip_bomb_is_refused_by_what_its_entries_unpack_to_together() -> None:
    # Each entry alone is packed no closer than a document; together they are too much.
    entry = (bytes(range(256)) * 4 + b"x" * 60_000) * 64
    bomb = docx({f"word/media/{number}": entry for number in range(60)})
    assert len(entry) * 60 > 200 * 1024 * 1024
    assert "unpacks to far more" in refusal_of("bomb.docx", bomb)


def test_a_zip_bomb_is_refused_by_the_number_of_its_entries() -> None:
    bomb = docx({f"word/{number}": b"" for number in range(MOST_ENTRIES)})
    assert "unpacks to far more" in refusal_of("bomb.docx", bomb)


def test_archives_nested_in_one_another_are_refused() -> None:
    inner = packed({"deeper.zip": packed({"deepest.zip": packed({"a": b"b"})})})
    assert "archives within archives" in refusal_of("nested.docx", docx({"word/embeddings/a.bin": inner}))


def test_a_nested_bomb_counts_with_what_holds_it() -> None:
    inner = packed({"zeros": b"\0" * 5_000_000})
    assert "unpacks to far more" in refusal_of("nested.docx", docx({"word/embeddings/a.bin": inner}))


@pytest.mark.parametrize("entry", ["../../evil.txt", "/etc/evil", "C:/evil", "word/..\\..\\evil"])
def test_an_archive_that_would_write_elsewhere_is_refused(entry: str) -> None:
    assert "outside its own folder" in refusal_of("report.docx", docx({entry: b"x"}))


@pytest.mark.parametrize(
    ("entry", "content"),
    [("word/vbaProject.bin", b"macro"), ("word/embeddings/tool.exe", b"x"), ("word/embeddings/a.bin", b"MZ\x90\x00")],
)
def test_a_document_with_macros_or_programs_in_it_is_refused(entry: str, content: bytes) -> None:
    assert "program or macros" in refusal_of("report.docx", docx({entry: content}))


def test_a_damaged_document_is_refused() -> None:
    assert "damaged or encrypted" in refusal_of("report.docx", docx()[:-40])
    broken = bytearray(docx())
    broken[60:70] = b"\xff" * 10
    assert "damaged or encrypted" in refusal_of("report.docx", bytes(broken))


def test_an_encrypted_document_is_refused() -> None:
    locked = bytearray(docx())
    central = locked.index(b"PK\x01\x02")
    flags = struct.unpack_from("<H", locked, central + 8)[0]
    struct.pack_into("<H", locked, central + 8, flags | 1)
    assert "damaged or encrypted" in refusal_of("report.docx", bytes(locked))


def test_a_false_checksum_is_refused() -> None:
    forged = bytearray(docx())
    central = forged.index(b"PK\x01\x02")
    struct.pack_into("<I", forged, central + 16, zlib.crc32(b"other"))
    assert "damaged or encrypted" in refusal_of("report.docx", bytes(forged))


def test_an_archive_packed_in_an_unusual_way_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("word/document.xml", "x")
    assert "damaged or encrypted" in refusal_of("report.docx", out.getvalue())


SUFFIXES = st.sampled_from([suffix for each in TYPES for suffix in each.suffixes] + ["exe", ""])
CONTENTS = st.binary(max_size=300) | st.builds(
    lambda begin, rest: begin + rest,
    st.sampled_from([b"PK\x03\x04", b"%PDF-", b"MZ", docx()[:120], docx()]),
    st.binary(max_size=60),
)


@given(name=st.text(max_size=40), suffix=SUFFIXES, content=CONTENTS)
def test_whatever_is_sent_is_kept_or_refused_with_a_sentence(name: str, suffix: str, content: bytes) -> None:
    try:
        kept = accept(f"{name}.{suffix}", content, LIMIT)
    except Refusal as refused:
        assert str(refused).endswith(".")
        assert str(refused).isprintable()
    else:
        assert "/" not in kept.name
        assert "\\" not in kept.name


@pytest.mark.parametrize(
    ("size", "said"),
    [(1, "1 byte"), (999, "999 bytes"), (20_000, "20 kB"), (3_141_592, "3.1 MB"), (20_000_000, "20 MB")],
)
def test_sizes_are_said_in_words(size: int, said: str) -> None:
    assert say_size(size) == said
