"""A market update that was composed here, as Markdown and as PDF: changes, actions, waived checks, no source."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from alignment.domain.differing import changes_of, compare_rows
from alignment.domain.draft import Written, content_of_draft
from alignment.domain.publication import Content
from alignment.domain.refusal import Unfit
from alignment.domain.table import printed
from alignment.exchange.pdf import publication_pdf, why_not_print
from alignment.exchange.publication import publication_markdown
from tests.domain.update import content, row, statement

TEXT = """Before any heading.

{table: status}

## Changes

{table: changes}

## Actions

{table: actions}

## Said

{table: statements}
"""
GROUND = {
    "kind": "Decision of the LME", "said": "Approved. So decided.", "effective": "2026-11", "source_title": "A memo",
    "place": "page 2",
}  # fmt: skip
BARE = {
    "kind": "Part progress",
    "said": "Standards: complete",
    "effective": "2026",
    "source_title": None,
    "place": None,
}


def action(**changes: Any) -> dict[str, Any]:
    return {
        "id": "a", "programme": "alpha", "standard": "Alpha Standard", "title": "Train | auditors", "owner": None,
        "state": "Under way", "due": None, "expected": None, "timing": None, **changes,
    }  # fmt: skip


def made(**changes: Any) -> Content:
    """An update in which a row changed, another came and one went."""
    before = content()
    before["table"]["rows"][0]["approval_printed"] = "Not approved"
    before["table"]["rows"][1] |= {"programme": "gone", "standard": "Gone Standard"}
    found = content_of_draft(
        Written("2026-11", "An update", date(2026, 11, 21), TEXT, corrects="2024-09"),
        published=date(2026, 11, 22),
        issuer="An exchange",
        rows=[printed(row())],
        statements=[statement()],
        changes=None,
        actions=[
            action(),
            action(due="2026-10-31", timing="overdue"),
            action(standard="Other", expected="2024-12-31", timing="unconfirmed"),
        ],
        waived=[
            {"check": "stale", "title": "Stale status", "faults": ["Alpha: old.", "Beta: old."], "reason": "Known."}
        ],
    )
    rows = compare_rows(before, found, {"alpha": [GROUND, BARE]})
    return {**found, "changes": changes_of(before, rows), **changes}


def words(made: Content) -> str:
    pages = PdfReader(io.BytesIO(publication_pdf(made, "https://register.example/publications/2026-11"))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def both(made: Content) -> tuple[str, str]:
    return publication_markdown(made), words(made)


def test_changes_are_printed_with_their_grounds() -> None:
    markdown, pdf = both(made())
    assert "| Alpha Standard | Status of LME approval | Not approved | Conditionally approved |" in markdown
    assert "| Gone Standard | Status of LME approval | Approved (published here) | nothing |" in markdown
    assert "- Alpha Standard: November 2026: Decision of the LME. Approved. So decided. (“A memo”, page 2)" in markdown
    assert "- Alpha Standard: 2026: Part progress. Standards: complete\n" in markdown
    assert "Changes since market update 2024-09, as at 30 September 2024" in pdf
    assert (
        "Grounds: Alpha Standard. November 2026: Decision of the LME. Approved. So decided. (“A memo”, page 2)" in pdf
    )


def test_a_date_that_changed_is_printed_in_words_and_as_it_was_in_a_copy_without_them() -> None:
    before = content()
    before["table"]["rows"][0]["effective_since"] = "by 2023-04-18"
    update = made()
    update["table"]["rows"][0]["effective_since"] = "2026-11-22"
    update["changes"] = changes_of(before, compare_rows(before, update, {}))
    for said in both(update):
        assert "by April 2023" in said
        assert "22 November 2026" in said
    for programme in update["changes"]["programmes"]:
        for column in programme["columns"]:
            column.pop("said", None)
    assert "by 2023-04-18" in publication_markdown(update)


def test_actions_are_printed_with_a_date_only_where_one_was_set() -> None:
    markdown, pdf = both(made())
    assert "| Alpha Standard | Train \\| auditors | Under way | no date set |" in markdown
    assert "| 31 October 2026; overdue |" in markdown
    assert "| expected by 31 December 2024; unconfirmed |" in markdown
    for said in ("no date set", "31 October 2026; overdue", "expected by 31 December 2024; unconfirmed"):
        assert said in pdf


def test_what_was_waived_is_printed_with_its_reason_and_who_issued_it() -> None:
    markdown, pdf = both(made())
    assert "## Checks waived\n\nStale status. Known.\n\n- Alpha: old.\n- Beta: old." in markdown
    assert "Issued by An exchange." in markdown
    assert "This publication corrects 2024-09." in markdown
    assert "Checks waived Stale status. Known. • Alpha: old." in pdf
    assert "Corrects market update 2024-09." in pdf
    assert "An exchange" in pdf
    assert "How to check this document" in pdf


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"changes": None}, "Changes since the last publication. No earlier one is held."),
        ({"changes": {"since": "2024-09", "as_at": "2024-09-30", "programmes": []}}, "Nothing in the table changed."),
        ({"actions": []}, "No corrective action is open."),
    ],
)
def test_what_is_empty_says_so(changes: dict[str, Any], sentence: str) -> None:
    for said in both(made(**changes)):
        assert sentence in said


def test_a_yes_and_a_no_are_printed_as_words() -> None:
    due = made()
    due["changes"]["programmes"][0]["columns"] = [
        {"name": "decision_due", "title": "Decision due", "before": False, "after": True}
    ]
    assert "| Alpha Standard | Decision due | no | yes |" in publication_markdown(due)


LONG = "abcdefghijklmnopqrstuvwxyz" * 8


def test_what_is_longer_than_its_line_breaks_on_paper_and_is_copied_as_it_was_written() -> None:
    text = (
        f"See https://{LONG[:120]}.example and more.\n\n| Head | Other |\n|---|---|\n| {LONG[:90]} | A supplementary |"
        f"\n\nRun `{LONG[:160]}` there.\n\n{{table: status}}\n"
    )
    data = publication_pdf(made(text=text), "https://register.example/publications/2026-11")
    found = PdfReader(io.BytesIO(data)).pages[0].extract_text()
    copied = "".join(found.split())
    for whole in (f"https://{LONG[:120]}.example", LONG[:90], LONG[:160]):
        assert whole not in found, "it stands on more than one line"
        assert whole in copied
    assert "supplementary" in found, "what fits its line is not broken"
    assert "\u200b" not in found


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("A [link](x), *words* and `code`.\n\n" + "> " * 6 + "Six deep.", []),
        ("- > " * 4 + "Eight deep.", ["Quotations and lists stand within one another more than 6 deep"]),
        ("|`a`" * 8 + "|\n" + "|-" * 8 + "|", []),
        ("|`a` b" * 9 + "|\n" + "|-" * 9 + "|", ["The table that begins with “`a` b” has 9 columns"]),
    ],
)
def test_what_paper_cannot_hold_is_told_before_it_is_tried(text: str, sentences: list[str]) -> None:
    found = why_not_print(made(text=text), "https://register.example/publications/2026-11")
    assert len(found) == len(sentences)
    assert all(said in each for said, each in zip(sentences, found, strict=True))


def test_what_the_typesetter_refuses_is_told_as_well() -> None:
    title = {**made(), "published": "2026-11-22", "text": "> " * 16 + "Too deep."}
    with pytest.raises(Unfit, match="The PDF of publication 2026-11 cannot be made"):
        publication_pdf(title, "https://register.example/publications/2026-11")


def test_a_link_within_the_register_is_whole_on_paper_and_a_picture_is_a_link() -> None:
    text = "See [the method](/method) and ![a chart](https://example.org/chart.png).\nNext line.\n"
    data = publication_pdf(made(text=text), "https://register.example/publications/2026-11")
    targets = {
        annotation.get_object()["/A"]["/URI"]
        for page in PdfReader(io.BytesIO(data)).pages
        for annotation in page.get("/Annots", [])
    }
    assert {"https://register.example/method", "https://example.org/chart.png"} <= targets
