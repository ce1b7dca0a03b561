"""Evidence: its kinds, when it expires, and which files may be kept with it, judged by what is in them."""

from __future__ import annotations

import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from io import BytesIO

from alignment.domain.refusal import Refusal

MIB = 1024 * 1024


class EvidenceKind(StrEnum):
    """How something was learned (model, section 1)."""

    DOCUMENT = "document"
    INTERVIEW = "interview"
    SHADOW_ASSESSMENT = "shadow_assessment"
    SITE_VISIT = "site_visit"
    EXPERT = "expert"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @property
    def plural(self) -> str:
        return f"{self.label}s"


class Expiry(StrEnum):
    """What the day on which evidence expires says on another day."""

    NONE = "none"
    LATER = "later"
    SOON = "soon"
    EXPIRED = "expired"


SOON = timedelta(days=30)


def expiry(expires_on: date | None, today: date) -> Expiry:
    """Evidence holds up to and including the day it expires on; *soon* is within thirty days."""
    if expires_on is None:
        return Expiry.NONE
    if today > expires_on:
        return Expiry.EXPIRED
    return Expiry.SOON if expires_on - today <= SOON else Expiry.LATER


# --- what is said of it -----------------------------------------------------------------------------

LONGEST_REFERENCE = 500
LONGEST_LINK = 2000
_LINK = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Described:
    """A piece of evidence in words: collected and expires are days in the world, not of its entry here."""

    kind: EvidenceKind
    reference: str
    collected_on: date | None = None
    expires_on: date | None = None
    confidential: bool = False
    link: str = ""


def typed(said: Described) -> dict[str, str]:
    """A piece of evidence as its form shows it."""
    return {
        "kind": said.kind.value,
        "reference": said.reference,
        "collected_on": said.collected_on.isoformat() if said.collected_on else "",
        "expires_on": said.expires_on.isoformat() if said.expires_on else "",
        "confidential": "yes" if said.confidential else "",
        "link": said.link,
    }


def faults_of(said: Described, today: date) -> dict[str, str]:
    """What keeps it from being stored: for each field a sentence that says what to do."""
    found = {}
    if not said.reference.strip():
        found["reference"] = "Say what it is: a title, or who was spoken to and about what."
    elif len(said.reference) > LONGEST_REFERENCE:
        found["reference"] = f"This has {len(said.reference):,} characters; shorten it to {LONGEST_REFERENCE} at most."
    if said.collected_on is not None and said.collected_on > today:
        found["collected_on"] = "This day is still to come: give the day on which it was collected, or none."
    if said.expires_on is not None and said.collected_on is not None and said.expires_on < said.collected_on:
        found["expires_on"] = "It cannot expire before it was collected: put one day right."
    if said.link and (len(said.link) > LONGEST_LINK or not _LINK.fullmatch(said.link)):
        found["link"] = "This is no address on the web: write it from https:// on, or leave it empty."
    return found


# --- files --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that can be kept: how its name ends, what it is called, how its content is recognised."""

    suffixes: tuple[str, ...]
    media_type: str
    label: str
    recognises: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that may be kept: its name in one form of Unicode, and its type by its content."""

    name: str
    media_type: str


LONGEST_NAME = 150
# A Word or Excel file of 20 MiB unpacks to far less; what goes beyond is made to fill somebody's machine.
MOST_UNPACKED = 200 * MIB
MOST_RATIO = 200
RATIO_FROM = MIB
MOST_ENTRIES = 5000
MOST_NESTED = 2

_CHUNK = 64 * 1024
_ARCHIVE = b"PK\x03\x04"
_PROGRAMS = (
    b"MZ", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"dex\n",
)  # fmt: skip
_FORBIDDEN_IN_NAME = re.compile('[/\\\\:*?"<>|]')


def accept(name: str, content: bytes, most: int) -> Accepted:
    """Judge a file by its name and by what is in it; ``most`` is how many bytes it may have.

    Refusal, with a sentence that names the file and says what to do, for anything that is not plainly one of
    the types that are kept.
    """
    named = clean_name(name)
    if not content:
        raise Refusal(f"“{named}” is empty: choose the file again.")
    if len(content) > most:
        raise Refusal(f"“{named}” is larger than {_size(most)}, and no larger file can be kept: split or shrink it.")
    if _is_program(content):
        raise Refusal(f"“{named}” is a program or script, and none is kept: choose a document.")
    suffix = named.rpartition(".")[2].lower() if "." in named else ""
    found = next((each for each in TYPES if suffix in each.suffixes), None)
    if found is None:
        raise Refusal(f"“{named}” is not of a type that is kept: choose {TYPES_SAID}.")
    if content.startswith(_ARCHIVE):
        _check_archive(named, content)
    if not found.recognises(content):
        raise Refusal(f"“{named}” is called {found.label} but its content is something else. {_instead(found)}")
    return Accepted(named, found.media_type)


def clean_name(name: str) -> str:
    """The name of a file alone, composed; Refusal for a path or for signs that mislead or break a name."""
    named = unicodedata.normalize("NFC", name).strip()
    shown = "".join(sign if sign.isprintable() else "�" for sign in named[:80])
    if not named:
        raise Refusal("A file without a name cannot be kept: give it one.")
    if _FORBIDDEN_IN_NAME.search(named):
        raise Refusal(f"“{shown}” is a path or has a sign that no file name has: rename the file and choose it again.")
    if named.startswith(".") or named.endswith("."):
        raise Refusal(f"“{shown}” begins or ends with a full stop: rename the file and choose it again.")
    if not all(sign.isprintable() for sign in named):
        raise Refusal(f"“{shown}” has a sign in its name that nobody can read: rename the file and choose it again.")
    if len(named) > LONGEST_NAME:
        raise Refusal(f"“{shown}…” has a name of {len(named)} characters: shorten it to {LONGEST_NAME} at most.")
    return named


def _instead(found: FileType) -> str:
    if found.media_type.startswith("text/"):
        return "Save it as plain text in UTF-8 and choose it again."
    return "Save it anew from the program it was made with and choose it again."


def _size(bytes_: int) -> str:
    if bytes_ < 1000:
        return "1 byte" if bytes_ == 1 else f"{bytes_} bytes"
    if bytes_ < 1_000_000:
        return f"{bytes_ / 1000:.0f} kB"
    return f"{bytes_ / 1_000_000:.1f}".removesuffix(".0") + " MB"


say_size = _size
"""A number of bytes in words: 3.1 MB."""


# --- archives: Word, Excel and OpenDocument files are such --------------------------------------------


def _check_archive(name: str, content: bytes) -> None:
    """Refuse an archive that unpacks to too much, hides a program, or cannot be read to its end."""
    left = _Budget(MOST_UNPACKED, MOST_ENTRIES)
    try:
        _unpack(name, content, left, depth=1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise Refusal(f"“{name}” is damaged or encrypted and cannot be opened: save it anew and try again.") from error


@dataclass
class _Budget:
    """What may still be unpacked of a file and of all that is nested in it."""

    size: int
    entries: int


def _unpack(name: str, content: bytes, left: _Budget, *, depth: int) -> None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for entry in archive.infolist():
            _check_entry(name, entry, left)
            unpacked = _read(archive, entry)
            if _is_program(unpacked) or entry.filename.lower().endswith(("vbaproject.bin", ".exe", ".dll")):
                raise Refusal(f"“{name}” holds a program or macros, and none is kept: save it without them.")
            if unpacked.startswith(_ARCHIVE):
                if depth == MOST_NESTED:
                    raise Refusal(f"“{name}” holds archives within archives: take them out and send them apart.")
                _unpack(name, unpacked, left, depth=depth + 1)


def _check_entry(name: str, entry: zipfile.ZipInfo, left: _Budget) -> None:
    left.size -= entry.file_size
    left.entries -= 1
    ratio = entry.file_size / max(entry.compress_size, 1)
    if left.size < 0 or left.entries < 0 or (entry.file_size > RATIO_FROM and ratio > MOST_RATIO):
        raise Refusal(f"“{name}” unpacks to far more than a document does, so it is not opened: save it anew.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("packed in a way that no office program uses")
    parts = entry.filename.replace("\\", "/").split("/")
    if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise Refusal(f"“{name}” would write outside its own folder when unpacked: save it anew.")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """An entry read to its end, so that a false sum shows: its beginning, or all of an archive in it."""
    with archive.open(entry) as packed:
        begins = packed.read(_CHUNK)
        if begins.startswith(_ARCHIVE):
            return begins + packed.read()
        while packed.read(_CHUNK):
            pass
        return begins


def _names(content: bytes) -> frozenset[str]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return frozenset(archive.namelist())


def _office(part: str) -> Callable[[bytes], bool]:
    def recognises(content: bytes) -> bool:
        return content.startswith(_ARCHIVE) and {"[Content_Types].xml", part} <= _names(content)

    return recognises


def _open_document(kind: str) -> Callable[[bytes], bool]:
    """OpenDocument says what it is in its first entry, unpacked, at a fixed place."""
    said = f"mimetypeapplication/vnd.oasis.opendocument.{kind}PK".encode()

    def recognises(content: bytes) -> bool:
        return content.startswith(_ARCHIVE) and content[30 : 30 + len(said)] == said

    return recognises


# --- PDF, text and programs -----------------------------------------------------------------------------------


def _is_pdf(content: bytes) -> bool:
    """A PDF begins and ends as one: its last KiB says where its table lies, and that this is the end."""
    end = content[-1024:]
    return content.startswith(b"%PDF-") and b"startxref" in end and b"%%EOF" in end


# What a browser would take for a page or a picture, whatever its name says; comments may stand before it.
_MARKUP = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:\?xml|!doctype|html|head|body|title|meta|link|base|script|style|svg|iframe)\b",
    re.IGNORECASE | re.DOTALL,
)
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def _is_text(content: bytes) -> bool:
    try:
        return not _NO_TEXT.search(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return False


def _is_program(content: bytes) -> bool:
    """A script, or the beginning of a program: a table whose first word is MZ is neither."""
    return content.startswith(b"#!") or (content.startswith(_PROGRAMS) and not _is_text(content))


def _is_plain_text(content: bytes) -> bool:
    return _is_text(content) and not _MARKUP.match(content.decode("utf-8-sig"))


TYPES: Sequence[FileType] = (
    FileType(("pdf",), "application/pdf", "a PDF", _is_pdf),
    FileType(
        ("docx",),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "a Word document",
        _office("word/document.xml"),
    ),
    FileType(
        ("xlsx",),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "an Excel workbook",
        _office("xl/workbook.xml"),
    ),
    FileType(("odt",), "application/vnd.oasis.opendocument.text", "an OpenDocument text", _open_document("text")),
    FileType(
        ("ods",),
        "application/vnd.oasis.opendocument.spreadsheet",
        "an OpenDocument sheet",
        _open_document("spreadsheet"),
    ),
    FileType(("png",), "image/png", "a PNG picture", lambda content: content.startswith(b"\x89PNG\r\n\x1a\n")),
    FileType(("jpg", "jpeg"), "image/jpeg", "a JPEG picture", lambda content: content.startswith(b"\xff\xd8\xff")),
    FileType(("txt",), "text/plain", "plain text", _is_plain_text),
    FileType(("csv",), "text/csv", "a CSV table", _is_plain_text),
    FileType(("md",), "text/markdown", "Markdown", _is_plain_text),
)
TYPES_SAID = "PDF, Word (docx), Excel (xlsx), OpenDocument (odt, ods), PNG, JPEG, plain text, CSV or Markdown"
ENDINGS = ",".join(f".{suffix}" for each in TYPES for suffix in each.suffixes)
"""What a browser offers to choose from; it is checked again by content."""
