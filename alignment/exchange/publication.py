"""A market update as JSON, CSV and Markdown, from its frozen content alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from alignment.domain.insertion import Block, Insert, sections
from alignment.domain.publication import Content, digest_of, exported
from alignment.domain.when import parse_when
from alignment.exchange.table import csv_text, markdown_table, markdown_text


def publication_json(content: Content) -> str:
    """The document that ``alignment verify`` checks: content, digest, digests of the pieces."""
    return exported(content)


def publication_csv(content: Content) -> str:
    """The frozen table, with the columns that it was frozen with."""
    columns = content["table"]["columns"]
    rows = ([row[column["name"]] for column in columns] for row in content["table"]["rows"])
    return csv_text([column["title"] for column in columns], rows)


def publication_markdown(content: Content) -> str:
    """The whole update, the table and the statements in their places, the digest at its end."""
    return "\n\n".join(_document(content)) + "\n"


def _document(content: Content) -> Iterator[str]:
    yield f"# {markdown_text(content['title'])}"
    yield (
        f"Publication {content['number']}, published {parse_when(content['published'])}, "
        f"table as at {parse_when(content['as_at'])}."
    )
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
    yield f"---\n\nSource: {_source(content['source'])}."
    yield f"SHA-256 of the content in canonical JSON: `{digest_of(content)}`."


def _block(block: Block, content: Content) -> Iterator[str]:
    match block.insert:
        case Insert.PROSE:
            yield block.text
        case Insert.TABLE:
            yield from _table(content["table"])
        case Insert.STATEMENTS:
            yield from _statements(statements_on(content, block.text))


def _table(table: dict[str, Any]) -> Iterator[str]:
    columns = table["columns"][:3]
    rows = [[str(row[column["name"]]) for column in columns] for row in table["rows"]]
    yield markdown_text(table["caption"])
    yield markdown_table([column["title"] for column in columns], rows)


def statements_on(content: Content, topic: str) -> list[dict[str, Any]]:
    """The frozen statements on a topic, in their order."""
    return [each for each in content["statements"] if each["topic"] == topic]


def _statements(statements: list[dict[str, Any]]) -> Iterator[str]:
    for (said_by, source), group in groupby(statements, key=lambda each: (each["said_by"], each["source_title"])):
        yield "\n".join(f"- {_titled(each)}{each['text']} ({markdown_text(each['place'])})" for each in group)
        yield f"{markdown_text(said_by or 'The source')}, as reported in “{markdown_text(source)}”, in our words."


def _titled(statement: dict[str, Any]) -> str:
    return f"**{markdown_text(statement['title'])}.** " if statement["title"] else ""


def _source(source: dict[str, Any]) -> str:
    issued = f", {parse_when(source['issued'])}" if source["issued"] else ", undated"
    return f"{markdown_text(source['issuer'])}, “{markdown_text(source['title'])}”{issued}"
