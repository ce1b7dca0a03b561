"""Reads the records under seeds/ into table rows, and says every mistake at once with file and line.

The format is described for its readers in ``seeds/README.md``. Nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alignment.domain.catalogue import Catalogue
from alignment.files import folder
from alignment.seeds.reading import Reading
from alignment.seeds.records import Entry, MarketUpdate, Seeds

__all__ = ["Entry", "MarketUpdate", "Seeds", "read_example", "read_seeds"]


def read_seeds(catalogues: Mapping[str, Catalogue | None], root: Path | None = None) -> Seeds:
    """The register's records. Raises Faults that list every mistake with file and line.

    Of an edition that is None, being broken itself, nothing is looked up.
    """
    return Reading(root or folder("seeds"), catalogues).read()


def read_example(catalogues: Mapping[str, Catalogue | None], root: Path | None = None) -> Seeds:
    """The fictional worked example's records, in the same form."""
    return Reading((root or folder("seeds")) / "example", catalogues, example=True).read()
