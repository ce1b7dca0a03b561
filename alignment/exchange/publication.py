"""A market update as JSON, CSV and Markdown, from its frozen content alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from typing import Any

from alignment.domain.differing import STATUS, Between, changes_of
from alignment.domain.insertion import Block, Insert, sections
from alignment.domain.publication import Content, digest_of, exported
from alignment.domain.statement import is_quotation
from alignment.domain.table import COLUMNS, Column
from alignment.domain.when import parse_when
from alignment.exchange.csvw import description
from alignment.exchange.table import GUARD_SAID, LIMITS, csv_text, markdown_table, markdown_text

Listed = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""A table: its caption, its heads, its rows."""


def publication_json(content: Content) -> str:
    """The document that ``alignment verify`` checks: content, digest, digests of the pieces."""
    return exported(content)


def publication_csv(content: Content) -> str:
    """The frozen table, with the columns that it was frozen with."""
    columns = content["table"]["columns"]
    rows = ([row[column["name"]] for column in columns] for row in content["table"]["rows"])
    return csv_text([column["title"] for column in columns], rows)


def publication_csvw(content: Content, base_url: str) -> dict[str, Any]:
    """What the columns of the frozen table mean, under the titles that it was frozen with."""
    known = {column.name: column for column in COLUMNS}
    columns = []
    for each in content["table"]["columns"]:  # a code of that day need not be one of today’s forms
        column = known.get(each["name"], Column(each["name"], "", "A column of that day."))
        columns.append(replace(column, title=each["title"], form=""))
    return description(
        f"{content['number']}.csv",
        content["table"]["caption"],
        columns,
        says=f"Frozen with market update {content['number']}, as at {content['as_at']}. {LIMITS} {GUARD_SAID}",
        key="programme",
        about=f"{base_url}/programmes/{{programme}}",
    )


def publication_markdown(content: Content) -> str:
    """The whole update, the table and the statements in their places, the digest at its end."""
    return "\n\n".join(_document(content)) + "\n"


def _document(content: Content) -> Iterator[str]:
    yield f"# {markdown_text(content['title'])}"
    yield (
        f"Publication {content['number']}, published {parse_when(content['published'])}, "
        f"table as at {parse_when(content['as_at'])}."
    )
    if content["label"]:
        yield f"> {markdown_text(content['label'])}"
    if content["original_title"]:
        yield f"Original title: {markdown_text(content['original_title'])}."
    if content["corrects"]:
        yield f"This publication corrects {content['corrects']}."
    for section in sections(content["text"]):
        if section.heading:
            yield f"## {section.heading}"
        for block in section.blocks:
            yield from _block(block, content)
    yield from _waived(content.get("waived") or [])
    source = content["source"]
    yield f"---\n\nSource: {_source(source)}." if source else f"---\n\nIssued by {markdown_text(content['issuer'])}."
    yield f"SHA-256 of the content in canonical JSON: `{digest_of(content)}`."


def _block(block: Block, content: Content) -> Iterator[str]:
    match block.insert:
        case Insert.PROSE:
            yield block.text
        case Insert.TABLE:
            yield from _table(content)
        case Insert.STATEMENTS:
            yield from _statements(statements_on(content, block.text))
        case Insert.CHANGES:
            yield from _listed(*changes_rows(content), "Nothing in the table changed.")
            yield from _grounds(content)
        case Insert.ACTIONS:
            yield from _listed(*actions_rows(content), "No corrective action is open.")


def _table(content: Content) -> Iterator[str]:
    caption, heads, rows = status_rows(content)
    yield markdown_text(caption)
    yield markdown_table(heads, rows)


def status_rows(content: Content) -> Listed:
    """The LME's three columns: caption, heads and rows. What was decided ahead stands in brackets by the approval."""
    table = content["table"]
    columns = table["columns"][:3]
    rows = []
    for row in table["rows"]:
        ahead = [each["said"] for each in content.get("ahead") or () if each["programme"] == row["programme"]]
        cells = [str(row[column["name"]]) for column in columns]
        rows.append([*cells[:-1], " ".join([cells[-1], *(f"({said})" for said in ahead)])])
    return table["caption"], [column["title"] for column in columns], rows


def _listed(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> Iterator[str]:
    yield markdown_text(caption)
    yield markdown_table(heads, rows) if rows else empty


def statements_on(content: Content, topic: str) -> list[dict[str, Any]]:
    """The frozen statements on a topic, or without one all of them, in their order."""
    return [each for each in content["statements"] if topic in ("", each["topic"])]


def changes_rows(content: Content) -> Listed:
    """What changed since the last publication: caption, heads, and a row for each programme and column."""
    changes = content.get("changes")
    if not changes:
        return "Changes since the last publication. No earlier one is held.", (), []
    caption = f"Changes since market update {changes['since']}, as at {parse_when(changes['as_at'])}"
    rows = [
        (each["standard"], column["title"], *(_changed(column, name) for name in ("before", "after")))
        for each in changes["programmes"]
        for column in each["columns"]
        if each["kind"] == "changed" or column["name"] in STATUS
    ]
    return caption, ("Standard", "What", "Before", "Now"), rows


def _changed(column: Mapping[str, Any], name: str) -> str:
    """What a column said before or after, in the words that were frozen with it, if any were."""
    return str(column.get("said", {}).get(name) or in_words(column[name]))


def changes_grounds(content: Content) -> list[tuple[str, str, str]]:
    """The grounds of what changed: the standard, what happened when, and the document with its place."""
    found = []
    for each in (content.get("changes") or {"programmes": ()})["programmes"]:
        for ground in each["grounds"]:
            cited = ", ".join(filter(None, (_quoted(ground["source_title"]), ground["place"])))
            said = f"{parse_when(ground['effective'])}: {ground['kind']}. {ground['said']}"
            found.append((each["standard"], said, f"({cited})" if cited else ""))
    return found


def _quoted(title: str | None) -> str:
    return f"“{title}”" if title else ""


def _grounds(content: Content) -> Iterator[str]:
    lines = [" ".join(filter(None, (f"{standard}:", *said))) for standard, *said in changes_grounds(content)]
    if lines:
        yield "Grounds:"
        yield "\n".join(f"- {markdown_text(line)}" for line in lines)


def actions_rows(content: Content) -> Listed:
    """The open corrective actions: caption, heads, and a row for each."""
    caption = f"Corrective actions open as at {parse_when(content['as_at'])}"
    rows = [(each["standard"], each["title"], each["state"], due_said(each)) for each in content.get("actions") or []]
    return caption, ("Standard", "Action", "State", "Due"), rows


def due_said(action: dict[str, Any]) -> str:
    """By when an action is due or expected, and what the dates say about it."""
    if action["due"]:
        said = str(parse_when(action["due"]))
    elif action["expected"]:
        said = f"expected by {parse_when(action['expected'])}"
    else:
        said = "no date set"
    return f"{said}; {action['timing']}" if action["timing"] else said


def in_words(value: object) -> str:
    """A value of the table as people read it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _waived(waived: list[dict[str, Any]]) -> Iterator[str]:
    if waived:
        yield "## Checks waived"
    for each in waived:
        yield f"{markdown_text(each['title'])}. {markdown_text(each['reason'])}"
        yield "\n".join(f"- {markdown_text(said)}" for said in each["faults"])


def publication_changes(found: Between, before: Content, after: Content) -> str:
    """What one market update says differently from another, as JSON."""
    document = {
        "format": "track-a-publication-changes-1",
        "before": {name: before[name] for name in ("number", "as_at", "published")},
        "after": {name: after[name] for name in ("number", "as_at", "published")},
        "unchanged": found.unchanged,
        "programmes": (changes_of(before, found.rows) or {})["programmes"],
        "statements": [asdict(each) for each in found.statements],
        "text": [
            {
                "heading": each.heading,
                "removed": [line for mark, line in each.lines if mark == "−"],
                "added": [line for mark, line in each.lines if mark == "+"],
            }
            for each in found.passages
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _statements(statements: list[dict[str, Any]]) -> Iterator[str]:
    for (said_by, source, words), group in groupby(statements, key=attributed):
        yield "\n".join(f"- {_titled(each)}{each['text']} ({markdown_text(each['place'])})" for each in group)
        yield f"{markdown_text(said_by or 'The source')}, as reported in “{markdown_text(source)}”, {words}."


def attributed(statement: Mapping[str, Any]) -> tuple[str, str, str]:
    """In whose name a statement is printed, as reported where, and in whose words."""
    words = "word for word" if is_quotation(statement["text"]) else "in our words"
    return statement["said_by"], statement["source_title"], words


def _titled(statement: dict[str, Any]) -> str:
    return f"**{markdown_text(statement['title'])}.** " if statement["title"] else ""


def _source(source: dict[str, Any]) -> str:
    issued = f", {parse_when(source['issued'])}" if source["issued"] else ", undated"
    return f"{markdown_text(source['issuer'])}, “{markdown_text(source['title'])}”{issued}"
