"""Small files of every kind that may be kept as evidence, made here byte by byte."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping


def packed(entries: Mapping[str, bytes], *, stored: Mapping[str, bytes] | None = None) -> bytes:
    """A ZIP archive; what is ``stored`` comes first and is not packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (stored or {}).items():
            archive.writestr(zipfile.ZipInfo(name), content)
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def docx(more: Mapping[str, bytes] | None = None) -> bytes:
    """A Word document, with whatever else is put into it."""
    return packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>" * 20, **(more or {})})


def xlsx() -> bytes:
    """An Excel workbook."""
    return packed({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})


def odt(kind: str = "text") -> bytes:
    """An OpenDocument file."""
    said = f"application/vnd.oasis.opendocument.{kind}".encode()
    return packed({"content.xml": b"<office:document-content/>"}, stored={"mimetype": said})


def pdf(said: str = "A document") -> bytes:
    """The beginning and end of a PDF."""
    return b"%PDF-1.7\n% " + said.encode() + b"\nstartxref\n9\n%%EOF\n"


def png() -> bytes:
    """A PNG picture of one grey dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"\0\x80")), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
