"""The CSV files of ratings: a header with all the fields, then one rating a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from alignment.seeds.fields import RATING


def read_ratings(text: str, name: str, faults: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The line on which each row begins, and its cells by field; what cannot be read is a fault."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    header: list[str] | None = None
    try:
        for cells in reader:
            here, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                if sorted(header) != sorted(RATING):
                    faults.append(f"{name}:{here}: the header needs each of {', '.join(RATING)} once, and no other")
                    return
            elif len(cells) != len(header):
                faults.append(f"{name}:{here}: {len(cells)} cells where the header has {len(header)}")
            else:
                yield here, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        faults.append(f"{name}:{begins}: cannot be read as CSV: {error}")
    if header is None:
        faults.append(f"{name}:1: the file holds no ratings")
