"""`alignment publish`: from a file or a draft, the same checks as the pages, exit codes 0, 1 and 2."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from alignment.database import make_engine, reading, unit_of_work
from alignment.domain.draft import Written
from alignment.domain.people import Role
from alignment.queries.publications import publication
from alignment.services import drafts
from alignment.tables import Event, Person
from tests.conftest import NOW
from tests.test_command import run
from tests.working import make_person

FRONT = """---
title: Update of September
number: 2024-10
as_at: 2024-09-30
statements:
  - comment-no-complacency
---

## 1 Status

{table: status}

## 2 Said

{table: statements}
"""


@pytest.fixture
def update(tmp_path: Path) -> Path:
    path = tmp_path / "update.md"
    path.write_text(FRONT)
    return path


def said(result: object) -> list[str]:
    """What stands on standard error, a sentence a line."""
    return [line.removeprefix("alignment: ") for line in result.stderr.splitlines()]  # type: ignore[attr-defined]


def test_a_file_is_published_with_its_digest_and_its_pdf(seeded_sqlite_url: str, update: Path) -> None:
    result = run(seeded_sqlite_url, "publish", str(update), ALIGNMENT_BASE_URL="https://register.example")
    assert result.exit_code == 0, result.output
    engine = make_engine(seeded_sqlite_url)
    with reading(engine) as connection:
        page = publication(connection, "2024-10")
        assert page is not None
        assert f"2024-10 published with digest {page.digest}" in result.stdout
        assert "https://register.example/publications/2024-10" in result.stdout
        assert page.content["issuer"] == "London Metal Exchange"
        assert [each["id"] for each in page.content["statements"]] == ["comment-no-complacency"]
        kept = connection.exec_driver_sql("SELECT address FROM publication_file").scalars().all()
    engine.dispose()
    assert kept == ["https://register.example/publications/2024-10.pdf"]
    assert run(seeded_sqlite_url, "verify").exit_code == 0
    again = run(seeded_sqlite_url, "publish", str(update))
    assert again.exit_code == 2
    assert "Publication 2024-10 is frozen already" in said(again)[0]


def test_options_come_before_what_the_file_says_and_a_dry_run_stores_nothing(
    seeded_sqlite_url: str, update: Path
) -> None:
    arguments = ("publish", str(update), "--number", "2024-12", "--as-at", "2024-12-01", "--dry-run")
    first, second = (run(seeded_sqlite_url, *arguments) for _ in range(2))
    assert first.exit_code == 0
    assert first.stdout.startswith("2024-12 would be published with digest ")
    assert first.stdout == second.stdout


def test_failing_checks_are_listed_with_exit_code_1_and_waived_with_reasons(
    seeded_sqlite_url: str, update: Path
) -> None:
    arguments = ("publish", str(update), "--as-at", "2026-11-21", "--number", "2026-11", "--dry-run")
    refused = run(seeded_sqlite_url, *arguments)
    assert refused.exit_code == 1
    assert "decision-due:rmi-tin-tantalum: Decision due: RMI Tin and Tantalum Standard" in refused.stderr
    waived = ("--waive", "stale=No newer report.", "--waive", "decision-due:rmi-tin-tantalum=In December.")
    assert run(seeded_sqlite_url, *arguments, *waived).exit_code == 0


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (
            ("as_at: 2024-09-30", "as_at: 2027-06-01"),
            2,
            "refused:as_at: Cannot be published: The update is as at 2027-",
        ),
        (
            ("number: 2024-10", "number: 2024-09"),
            2,
            "refused:number: Cannot be published: Publication 2024-09 is frozen",
        ),
        (
            ("as_at", "corrects: 2019-01\nas_at"),
            2,
            "refused:corrects: Cannot be published: It corrects publication 2019",
        ),
        (("## 1", "> " * 500 + "deep\n\n## 1"), 1, "print:1: Cannot be printed: Quotations and lists stand within one"),
        (
            ("## 1", "|a" * 9 + "|\n" + "|-" * 9 + "|\n\n## 1"),
            1,
            "print:1: Cannot be printed: The table that begins wi",
        ),
    ],
)
def test_what_would_be_refused_is_refused_by_the_dry_run_in_the_same_words(
    seeded_sqlite_url: str, update: Path, change: tuple[str, str], code: int, sentence: str
) -> None:
    update.write_text(FRONT.replace(*change, 1))
    waive = ("--waive", "stale=Known.") if "2027" in change[1] else ()
    dry, done = (run(seeded_sqlite_url, "publish", str(update), *waive, *more) for more in (("--dry-run",), ()))
    assert (dry.exit_code, done.exit_code) == (code, code)
    assert sentence in dry.stderr
    assert dry.stderr == done.stderr
    assert "would be published" not in dry.stdout


def test_a_draft_that_is_set_aside_is_refused_by_the_dry_run_too(seeded_sqlite_url: str) -> None:
    engine = make_engine(seeded_sqlite_url)
    with unit_of_work(engine) as session:
        who = make_person(session, "Paula", "lme", Role.PUBLISHER)
        written = Written("2024-12", "Update", date(2024, 12, 31), "{table: status}\n")
        id = drafts.begin(session, actor=who, written=written, now=NOW)
    assert run(seeded_sqlite_url, "publish", "--draft", id, "--dry-run").exit_code == 0
    with unit_of_work(engine) as session:
        drafts.set_aside(session, actor=who, draft=id, reason="Not now.", version=1, now=NOW)
    engine.dispose()
    result = run(seeded_sqlite_url, "publish", "--draft", id, "--dry-run")
    assert result.exit_code == 2
    assert "This draft was set aside" in said(result)[0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "name a file of Markdown or a draft by --draft ID, one of them"),
        (("{file}", "--draft", "x"), "name a file of Markdown or a draft by --draft ID, one of them"),
        (("--draft", "none"), "there is no draft “none”"),
        (("nothing.md",), "nothing.md: the file is missing"),
        (("{file}", "--number", "soon"), "number: Write year and month as 2026-11"),
        (("{file}", "--waive", "old=x"), "“old=x” waives nothing"),
        (("{file}", "--waive", "stale=x"), "“stale” finds nothing wrong"),
        (("{file}", "--as-at", "soon"), "“soon” is no day"),
        (("{file}", "--as", "no@lme.example"), "nobody active has an account under no@lme.example"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_code_2(
    seeded_sqlite_url: str, update: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    result = run(seeded_sqlite_url, "publish", *(each.replace("{file}", str(update)) for each in arguments))
    assert result.exit_code == 2
    assert sentence in " ".join(said(result))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("No front matter.\n", ["update.md:1: the front matter is missing or not closed"]),
        (
            "---\nnumber: 2024-10\nowner: me\n---\nWords.\n",
            ["“owner” is no field here", "“title” is missing", "“as_at”"],
        ),
        ("---\ntitle: T\nnumber: 2024-10\nas_at: soon\n---\nWords.\n", ["“soon” is no day for as_at"]),
    ],
)
def test_every_mistake_of_a_file_is_told_with_its_line(
    seeded_sqlite_url: str, update: Path, text: str, sentences: list[str]
) -> None:
    update.write_text(text)
    result = run(seeded_sqlite_url, "publish", str(update))
    assert result.exit_code == 2
    for sentence in sentences:
        assert sentence in result.stderr


def test_an_insertion_that_does_not_work_is_no_publication(seeded_sqlite_url: str, update: Path) -> None:
    update.write_text(FRONT.replace("{table: status}", "{table: tabel}"))
    result = run(seeded_sqlite_url, "publish", str(update))
    assert result.exit_code == 1
    assert "marker:1: Insertion that does not work: line 3 of the text" in result.stderr


@pytest.mark.parametrize(("role", "code"), [(Role.PUBLISHER, 0), (Role.DECIDER, 2)])
def test_the_act_is_that_of_the_publisher_who_is_named_and_of_nobody_else(
    seeded_sqlite_url: str, update: Path, role: Role, code: int
) -> None:
    engine = make_engine(seeded_sqlite_url)
    with unit_of_work(engine) as session:
        who = make_person(session, "Paula", "lme", role)
        email = session.get_one(Person, who.id).email
    result = run(seeded_sqlite_url, "publish", str(update), "--as", email.upper())
    assert result.exit_code == code
    with reading(engine) as connection:
        acted = connection.execute(
            select(col(Event.actor)).where(col(Event.act) == "published", col(Event.subject) == "publication:2024-10")
        )
        assert acted.scalars().all() == ([f"person:{who.id}"] if code == 0 else [])
    engine.dispose()
    if code:
        assert "--as " in said(result)[0]
        assert "it takes the role of a publisher" in said(result)[0]
    else:
        assert "by Paula" in result.stdout


def test_a_draft_is_published_with_its_own_waivers_and_is_closed_by_it(seeded_sqlite_url: str) -> None:
    engine = make_engine(seeded_sqlite_url)
    with unit_of_work(engine) as session:
        paula = make_person(session, "Paula", "lme", Role.PUBLISHER)
        written = Written("2024-10", "From a draft", NOW.date().replace(year=2024), "{table: status}\n")
        draft = drafts.begin(session, actor=paula, written=written, now=NOW)
    result = run(seeded_sqlite_url, "publish", "--draft", draft, "--as-at", "2024-09-30")
    assert result.exit_code == 0, result.output
    with reading(engine) as connection:
        [row] = connection.exec_driver_sql("SELECT published FROM publication_draft").scalars().all()
        [content] = connection.exec_driver_sql(
            "SELECT content FROM publication WHERE number = '2024-10'"
        ).scalars().all()  # fmt: skip
    engine.dispose()
    assert (row, json.loads(content)["as_at"]) == ("2024-10", "2024-09-30")
    assert "stays as it was" in run(seeded_sqlite_url, "publish", "--draft", draft, "--number", "2024-11").stderr
