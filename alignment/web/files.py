"""The market status as files: CSV with its description, JSON, Markdown. Filters as on the front page."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from json.encoder import encode_basestring
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency

from alignment.exchange import csvw, table
from alignment.queries.status import StatusPage
from alignment.web.forms import asked_text
from alignment.web.home import asked_status
from alignment.web.register import Register

CSV = "text/csv; header=present"  # the framework adds the charset to texts
JSON = "application/json"
MARKDOWN = "text/markdown"

File = Response[str | bytes]
ASKED = ("as_at", "known_at", "metal", "approval", "stage")


@get("/status.csv", sync_to_thread=True)
def status_csv(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> File:
    """The rows of the front page as CSV, with a link to what its columns mean."""
    page = asked_status(request, register)
    query = _query(request)
    described = csvw.link(f"/status.{csvw.SUFFIX}{'?' if query else ''}{query}")
    return register.file(
        table.status_csv(page), CSV, link=described, content_disposition=_named("attachment", page, "csv")
    )


@get("/status.csv-metadata.json", sync_to_thread=True)
def status_csv_metadata(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> File:
    """What the columns of the CSV mean; with the same query it describes the CSV under that query."""
    asked_status(request, register)  # a query that the CSV refuses has no description either
    return register.file(as_json(table.csvw_metadata(register.settings.base_url, _query(request))), csvw.MEDIA_TYPE)


@get("/status.json", sync_to_thread=True)
def status_json(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> File:
    """The rows of the front page as JSON."""
    page = asked_status(request, register)
    return register.file(as_json(table.status_json(page)), JSON, content_disposition=_named("inline", page, "json"))


@get("/status.md", sync_to_thread=True)
def status_markdown(request: Request[Any, Any, Any], register: NamedDependency[Register]) -> File:
    """The rows of the front page as Markdown."""
    page = asked_status(request, register)
    return register.file(table.status_markdown(page), MARKDOWN, content_disposition=_named("inline", page, "md"))


def as_json(value: object) -> str:
    """JSON that people can read as well."""
    return _indented(value, "\n") + "\n"


def written(value: object, deep: int) -> table.Written:
    """JSON to stand so deep in other JSON."""
    return table.Written(_indented(value, "\n" + " " * deep))


def _indented(value: object, line: str) -> str:
    """What ``json.dumps`` says with an indent of one, sooner: C code writes each row, which it does with no indent."""
    if type(value) is str:  # most values are
        return encode_basestring(value)
    if isinstance(value, table.Written):
        return value
    within = line + " "
    if isinstance(value, dict) and value:
        if not any(isinstance(one, _NESTED) for one in value.values()):
            said = _writer(f",{within}")(value)
            return f"{{{within}{said[1:-1]}{line}}}"
        pairs = (f"{encode_basestring(name)}: {_indented(one, within)}" for name, one in value.items())
        return f"{{{within}{f',{within}'.join(pairs)}{line}}}"
    if isinstance(value, list | tuple) and value:
        return f"[{within}{f',{within}'.join(_indented(one, within) for one in value)}{line}]"
    return _writer(", ")(value)


_NESTED = (dict, list, tuple, table.Written)


@cache
def _writer(between: str) -> Callable[[object], str]:
    """What ``json.dumps`` would make anew each time."""
    return json.JSONEncoder(ensure_ascii=False, separators=(between, ": ")).encode


def _query(request: Request[Any, Any, Any]) -> str:
    """What was asked for, written again: only names that the table knows, in one order."""
    asked = ((name, asked_text(request.query_params, name)) for name in ASKED)
    return urlencode([(name, said) for name, said in asked if said])


def _named(how: str, page: StatusPage, suffix: str) -> str:
    return f'{how}; filename="track-a-status-{page.as_at.isoformat()}.{suffix}"'


router = Router("/", route_handlers=[status_csv, status_csv_metadata, status_json, status_markdown])
