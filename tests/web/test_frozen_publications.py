"""What was published stays byte for byte as it was: every form of it, whatever the program has become since."""

from __future__ import annotations

import hashlib
import io
import json
import re
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pypdf import PdfReader
from sqlalchemy import text

from alignment.checking import examine
from alignment.database import configuration, make_engine, migrate, reading, unit_of_work
from alignment.domain.people import SEED_IMPORT
from alignment.domain.publication import Content, digest_of, is_public
from alignment.exchange.pdf import publication_pdf
from alignment.queries.changes import last_event
from alignment.queries.publications import kept_under, publication_file
from alignment.services.publications import keep_file, publish
from alignment.settings import Settings
from alignment.web.app import create_app
from tests.conftest import NOW
from tests.domain.update import content
from tests.web.site import Site, site_on, site_on_copy

PUBLISHED = Path(__file__).parents[1] / "publications"
PAGE = "/publications/2024-09"
FIRST_SCHEMA_OF_PEOPLE = "0002"


def held(suffix: str) -> bytes:
    """What was published, as it was kept on that day."""
    return (PUBLISHED / f"2024-09.{suffix}").read_bytes()


def frozen(page: str) -> bytes:
    """What is frozen of a page: all between the frame above it and the links below it."""
    return (
        page[page.index('<header class="gazette">') : page.index('aria-labelledby="check"')].rpartition("<")[0].encode()
    )


def as_published(site: Site) -> dict[str, bytes]:
    files = {suffix: site.get(f"{PAGE}.{suffix}").content for suffix in ("json", "csv", "md")}
    return {**files, "html": frozen(site.get(PAGE).text)}


@pytest.fixture(scope="module")
def site(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_on_copy(sqlite_seeded, tmp_path_factory)


def test_the_update_of_september_2024_has_the_bytes_that_it_was_published_with(site: Site) -> None:
    for suffix, found in as_published(site).items():
        assert found == held(suffix), f"2024-09.{suffix} was published otherwise"


def test_an_older_register_keeps_every_byte_through_all_migrations(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'older.sqlite3'}"
    document = json.loads(held("json"))
    engine = make_engine(url)
    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST_SCHEMA_OF_PEOPLE)
        connection.execute(
            text(
                "INSERT INTO publication (number, title, as_at, published_on, published_precision, recorded_at,"
                " content, digest) VALUES ('2024-09', :title, '2024-09-30', '2024-09-01', 'month', :at,"
                " :content, :digest)"
            ),
            {
                "at": "2026-11-21 09:00:00",
                "title": document["content"]["title"],
                "content": json.dumps(document["content"], sort_keys=True, separators=(",", ":"), ensure_ascii=False),
                "digest": document["digest"],
            },
        )
    migrate(engine)
    engine.dispose()
    assert as_published(site_on(url)) == {suffix: held(suffix) for suffix in ("json", "csv", "md", "html")}


@pytest.mark.parametrize("suffix", ["", ".json", ".csv", ".md", ".pdf"])
def test_page_and_files_may_be_kept_for_ever_and_are_not_sent_twice(site: Site, suffix: str) -> None:
    answer = site.get(f"{PAGE}{suffix}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert site.get(f"{PAGE}{suffix}", if_none_match=answer.headers["etag"]).status_code == 304


def test_neither_a_later_update_nor_a_correction_nor_a_key_changes_a_byte(
    seeded_sqlite_url: str, tmp_path: Path
) -> None:
    forms = ("", ".json", ".csv", ".md", ".pdf")
    site = site_on(seeded_sqlite_url)
    first = {form: site.get(PAGE + form).content for form in forms}
    engine = make_engine(seeded_sqlite_url)
    with unit_of_work(engine) as session:
        for later in (
            content(number="2024-08", as_at=date(2024, 8, 31)),
            content(number="2024-10", as_at=date(2024, 10, 31)),
            {**content(number="2024-11"), "corrects": "2024-09"},
        ):
            publish(session, actor=SEED_IMPORT, content=later, now=NOW)
    engine.dispose()
    anew = signing_site(seeded_sqlite_url, tmp_path)
    assert {form: anew.get(PAGE + form).content for form in forms} == first
    said = anew.get(f"{PAGE}/later").text
    assert "Publication 2024-11</a> corrects this one" in said
    assert f'href="{PAGE}.json.jws"' in said


def signing_site(url: str, folder: Path) -> Site:
    """The register under another address, with a key that signs."""
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    settings = Settings(database_url=url, base_url="https://moved.example", signing_key=f"{folder}/key.pem")
    return Site(create_app(settings, clock=lambda: NOW))


def test_a_page_of_an_earlier_release_is_sent_as_it_was_with_the_style_it_names(seeded_sqlite_url: str) -> None:
    page, style = b'<link rel="stylesheet" href="/static/app.0f1e2d3c4b5a.css">', b"body { color: black }"
    engine = make_engine(seeded_sqlite_url)
    with unit_of_work(engine) as session:
        for path, data in ((PAGE, page), ("/static/app.0f1e2d3c4b5a.css", style)):
            keep_file(session, origin="https://old.example", path=path, number="2024-09", content=data, now=NOW)
    engine.dispose()
    site = site_on(seeded_sqlite_url)
    assert site.get(PAGE).content == page
    kept = site.get("/static/app.0f1e2d3c4b5a.css")
    assert (kept.content, kept.headers["content-type"]) == (style, "text/css; charset=utf-8")
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_what_a_page_is_drawn_with_is_kept_as_soon_as_the_page_is_sent(seeded_sqlite_url: str) -> None:
    page = site_on(seeded_sqlite_url).get(PAGE).text
    engine = make_engine(seeded_sqlite_url)
    with reading(engine) as connection:
        for path in (PAGE, *re.findall(r'(?:href|src)="(/static/[^"]+)"', page)):
            assert publication_file(connection, path), path
    engine.dispose()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://127.1.2.3", False),
        ("http://[::1]:8000", False),
        ("http://0.0.0.0:8000", False),
        ("http://localhost:8000/register", False),
        ("http://register.localhost", False),
        ("https://register.example", True),
        ("https://localhost.example/register", True),
        ("http://10.0.0.7", True),
    ],
)
def test_an_address_of_this_machine_alone_is_not_public(address: str, public: bool) -> None:
    assert is_public(address) == public


def test_what_only_this_machine_can_have_received_is_not_kept_and_never_sent_under_a_public_address(
    seeded_sqlite_url: str,
) -> None:
    here = "http://127.0.0.1:8000"
    private = Site(create_app(Settings(database_url=seeded_sqlite_url, base_url=here), clock=lambda: NOW))
    sent = [private.get(f"{PAGE}{form}") for form in ("", ".pdf")]
    assert f"{here}{PAGE}" in words(sent[1].content)
    assert [private.get(f"{PAGE}{form}").content for form in ("", ".pdf")] == [each.content for each in sent]
    assert all("immutable" not in each.headers["cache-control"] for each in sent)
    engine = make_engine(seeded_sqlite_url)
    with reading(engine) as connection:
        assert kept_under(connection) == {}
    with unit_of_work(engine) as session:  # as an earlier release did
        for form, each in zip(("", ".pdf"), sent, strict=True):
            keep_file(session, origin=here, path=PAGE + form, number="2024-09", content=each.content, now=NOW)
    public = site_on(seeded_sqlite_url)
    page, pdf = (public.get(f"{PAGE}{form}") for form in ("", ".pdf"))
    assert f"https://register.example{PAGE}" in words(pdf.content)
    assert here not in page.text + words(pdf.content)
    with reading(engine) as connection:
        names = ["2024-09", "2024-09.pdf"]
        assert kept_under(connection) == {here: names, "https://register.example": names}
    now_at = Settings(database_url=seeded_sqlite_url, base_url="https://register.example")
    (said,) = (each.said for each in examine(now_at, now=NOW) if "that speak of" in each.said)
    assert said.startswith(f"pages and PDFs of market updates are kept that speak of {here}, not of https://register")
    assert said.endswith("2024-09, 2024-09.pdf; nobody else can have received them, so they are not sent any more")
    moved = examine(Settings(database_url=seeded_sqlite_url, base_url="https://moved.example"), now=NOW)
    assert sum("not of https://moved.example" in each.said and not each.serious for each in moved) == 2
    engine.dispose()


# The PDF


def reader(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def words(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader(data).pages).split())


def test_the_pdf_has_the_text_of_the_table_and_says_what_it_is(site: Site) -> None:
    answer = site.get(f"{PAGE}.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    said = words(answer.content)
    document = json.loads(held("json"))
    for row in document["content"]["table"]["rows"]:
        for name in ("standard", "status", "approval_printed"):
            assert row[name].replace("- ", "-") in said.replace("- ", "-"), row[name]
    for sentence in (
        "Table 1. Status of alignment assessments and of LME approval, as at 30 September 2024",
        "reconstruction, with the text summarised in our own words.",
        document["digest"],
        "https://register.example/publications/2024-09",
        "Companies keep the responsibility.",
    ):
        assert sentence in said


def test_the_pdf_is_tagged_has_a_language_and_declares_its_standards(site: Site) -> None:
    root = reader(site.get(f"{PAGE}.pdf").content).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == "en-GB"
    declared = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in declared
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in declared


def test_a_table_that_breaks_repeats_its_heads() -> None:
    long = content()
    [first, _] = long["table"]["rows"]
    long["table"]["rows"] = [{**first, "standard": f"Standard {number}"} for number in range(80)]
    pages = reader(publication_pdf(long, "https://register.example/publications/2024-09")).pages
    with_rows = [page.extract_text() for page in pages if "Standard 7" in page.extract_text()]
    assert len(pages) > 2
    assert all("Status of LME approval" in page for page in with_rows)


def test_the_same_content_gives_the_same_bytes() -> None:
    one, other = (publication_pdf(content(), "https://register.example/publications/2024-09") for _ in range(2))
    assert hashlib.sha256(one).hexdigest() == hashlib.sha256(other).hexdigest()


def test_the_bytes_that_were_first_sent_are_sent_for_ever(
    seeded_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_on(seeded_sqlite_url)
    first = site.get(f"{PAGE}.pdf").content
    engine = make_engine(seeded_sqlite_url)
    with reading(engine) as connection:
        events = last_event(connection)
    # Another release of the typesetter would write other bytes; here the clock of the document moves.
    monkeypatch.setattr("alignment.exchange.pdf._seconds", lambda content: 0)
    anew = site_on(seeded_sqlite_url)
    assert anew.get(f"{PAGE}.pdf").content == first
    with reading(engine) as connection:
        assert last_event(connection) == events
    engine.dispose()


EVIL = '#panic("no") $x$ *b* _i_ `r` @ref <label> \\ // no /* no */ = head ~ [x] {y} "q" #{1+1}'


def evil() -> Content:
    made = content(title=EVIL, label=EVIL, text=f"## {EVIL}\n\n{EVIL}\n\n{{{{ status_table }}}}\n")
    made["table"]["rows"][0]["standard"] = EVIL
    made["source"]["title"] = EVIL
    return made


def test_what_people_wrote_is_never_an_instruction_to_the_typesetter() -> None:
    said = words(publication_pdf(evil(), "https://register.example/publications/2024-09"))
    assert said.count('#panic("no")') >= 5
    assert "#{1+1}" in said


MARKDOWN = """
Before any heading, with a [link](/method), <https://example.org> and **strong *and* em**, `code`\\
and a break.

#### Deep at once

1. One
2. Two
   - within

> Quoted

```
code { }
```

| Metal | Tonnes |
| --- | ---: |
| copper | 12 |

***

{{ status_table }}
"""


def test_every_form_of_markdown_is_set() -> None:
    said = words(publication_pdf(content(text=MARKDOWN), "https://register.example/publications/2024-09"))
    for each in ("strong and em", "Deep at once", "within", "Quoted", "code { }", "Tonnes", "12"):
        assert each in said


def test_signs_that_the_fonts_lack_leave_a_tagged_pdf_that_claims_no_conformance() -> None:
    data = publication_pdf(content(title="中国 guidelines"), "https://register.example/publications/2024-09")
    assert reader(data).trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" not in data
    assert digest_of(content(title="中国 guidelines")) in words(data)


def test_the_day_of_the_file_is_that_of_publication() -> None:
    made = reader(publication_pdf(content(published="2024-10-05"), "https://register.example/publications/2024-09"))
    assert made.metadata is not None
    assert made.metadata.creation_date is not None
    assert made.metadata.creation_date.date() == date(2024, 10, 5) < NOW.date()
