"""What the columns of a CSV mean, as CSVW (W3C, tabular metadata), for each CSV that anybody can download."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alignment.domain.table import Column

MEDIA_TYPE = "application/csvm+json"
SUFFIX = "csv-metadata.json"
"""What stands for ``csv`` in the address of a description."""


def description(
    url: str, title: str, columns: Sequence[Column], *, says: str, key: str = "", about: str = ""
) -> dict[str, Any]:
    """The description of one CSV. ``url`` is its address as seen from there: for another it counts nothing.

    ``key`` is the column that stands once for each value, ``about`` the page of a row, with columns in braces.
    """
    schema: dict[str, Any] = {"columns": [_described(column) for column in columns]}
    schema |= {"primaryKey": key} if key else {}
    schema |= {"aboutUrl": about} if about else {}
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dc:title": title,
        "dc:description": says,
        "dialect": {"encoding": "utf-8", "header": True, "headerRowCount": 1, "lineTerminators": ["\r\n"]},
        "tableSchema": schema,
    }


def link(address: str) -> str:
    """The header by which a CSV names its description."""
    return f'<{address}>; rel="describedby"; type="{MEDIA_TYPE}"'


def _described(column: Column) -> dict[str, Any]:
    datatype: str | dict[str, str] = column.kind.value
    if column.form:
        datatype = {"base": column.kind.value, "format": column.form}
    return {
        "name": column.name,
        "titles": column.title,
        "dc:description": column.says,
        "datatype": datatype,
        "required": column.required,
    }
