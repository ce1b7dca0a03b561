"""A form that was sent in parts, as one with files is: every byte is kept, also one that is no text.

The framework reads such a form as well, but gives all of it up for one byte that is no UTF-8. Here that byte stays
escaped in its text, as it does in a form that was sent in a line, and is told beside its field.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from litestar.datastructures import UploadFile
from multipart import MultipartSegment, PushMultipartParser  # type: ignore[import-untyped]

Text = tuple[str, str]
File = tuple[str, UploadFile]


async def read_parts(
    stream: AsyncIterator[bytes], boundary: str, most: int, room: int | None = None
) -> tuple[list[Text], list[File]]:
    """The texts and the files of a form, each by the name of its field; ValueError for what is no form in parts.

    Text is UTF-8, whatever a part says of itself: a page of ours sends nothing else. With ``room``, only so many bytes
    are read and no file is kept: of nobody whom we know, texts alone are taken, which stand before the files.
    """
    texts: list[Text] = []
    files: list[File] = []
    part: MultipartSegment
    text = bytearray()
    # In Latin-1 a header keeps every byte that it came with.
    parser = PushMultipartParser(boundary, max_segment_count=most, header_charset="latin-1")
    taken = 0
    try:
        async for chunk in stream:
            taken += len(chunk)
            for found in parser.parse(chunk):
                if isinstance(found, MultipartSegment):
                    part, text = found, bytearray()
                    if part.filename:
                        files.append((_header(part.name), UploadFile("", _header(part.filename))))
                elif part.filename:
                    if room is None:
                        await (files[-1][1].write(found) if found else files[-1][1].seek(0))
                elif found:
                    text += found
                else:
                    texts.append((_header(part.name), _text(text)))
                    text = bytearray()
            if room is not None and taken > room:
                texts += [(_header(part.name), _text(text))] if text else []  # as far as it was read
                break
        parser.close(check_complete=room is None)
    except BaseException:
        parser.close(check_complete=False)
        await close(files)
        raise
    return texts, files


async def close(files: list[File]) -> None:
    """Let go of files that nobody reads any more."""
    for _, file in files:
        await file.close()


def _header(said: str) -> str:
    """What stands in a header, which was read as Latin-1."""
    return _text(said.encode("latin-1"))


def _text(sent: bytes | bytearray) -> str:
    """What was sent as UTF-8, with each byte that is none of it escaped."""
    return sent.decode(errors="surrogateescape")
