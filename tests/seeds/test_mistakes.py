"""Every mistake in the seeds is told at once, with file and line, and nothing of them is stored."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alignment.catalogue import load_all
from alignment.domain.catalogue import Catalogue
from alignment.domain.refusal import Faults
from alignment.files import folder
from alignment.seeds import Seeds, read_example, read_seeds
from tests.seeds.small import FACT, FILES, SOURCED, put, write


@pytest.fixture(scope="module")
def catalogues() -> dict[str, Catalogue]:
    return dict(load_all()[0])


def faults_of(root: Path, catalogues: dict[str, Catalogue]) -> list[str]:
    with pytest.raises(Faults) as caught:
        read_seeds(catalogues, root)
    return caught.value.faults


def test_the_small_folder_is_right(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    seeds = read_seeds(catalogues, write(tmp_path))
    kinds = {entry.row.__tablename__ for entry in seeds.entries}
    assert {"programme", "programme_metal", "programme_name", "rating_version", "rating_evidence", "claim"} <= kinds
    ratings = [entry for entry in seeds.entries if entry.row.__tablename__ == "rating_version"]
    assert [entry.where for entry in ratings] == [
        "seeds/ratings/programme-1-1.csv:2",
        "seeds/ratings/programme-1-1.csv:3",
    ]


def test_an_empty_file_holds_nothing(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    for empty in ("", "# nothing yet\n", "[]\n"):
        assert read_seeds(catalogues, write(tmp_path, actions=empty)).entries


NEEDED = (
    "sources",
    "organisations",
    "metals",
    "standards",
    "assurance_processes",
    "programmes",
    "assessments",
    "decisions",
)


@pytest.mark.parametrize("file", NEEDED)
def test_a_file_that_the_register_needs_is_there_and_holds_something(
    tmp_path: Path, catalogues: dict[str, Catalogue], file: str
) -> None:
    needed = "bring it back, the register needs it"
    for empty in ("", "# nothing yet\n", "[]\n"):
        faults = faults_of(write(tmp_path, **{file: empty}), catalogues)
        assert f"seeds/{file}.yaml: there is no record in it: {needed}" in faults
    (write(tmp_path) / f"{file}.yaml").unlink()
    faults = faults_of(tmp_path / "seeds", catalogues)
    assert f"seeds/{file}.yaml: the file is missing: {needed}" in faults


def test_beside_a_market_update_no_file_may_be_lost(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    shutil.copytree(folder("seeds"), tmp_path / "seeds")
    for file in ("statements.yaml", "monitoring.yaml"):
        (tmp_path / "seeds" / file).unlink()
    assert faults_of(tmp_path / "seeds", catalogues) == [
        f"seeds/{file}: the file is missing: bring it back, the register needs it"
        for file in ("monitoring.yaml", "statements.yaml")
    ]


# One thing put wrong: file, what stands there, what is put in its place, what is said.
MISTAKES = {
    "unknown field": (
        "decisions.yaml", "act:", "akt: x, act:",
        "decisions.yaml:1: unknown field “akt”: the fields here are id, programme, act, reason, conditions, "
        "against_advice, published_note, published_link, effective, announced, source, place, certainty, remark",
    ),
    "missing field": (
        "sources.yaml", "  issuer: London Metal Exchange\n", "",
        "sources.yaml:1: the field “issuer” is missing",
    ),
    "empty field": (
        "sources.yaml", "issuer: London Metal Exchange", "issuer: ''",
        "sources.yaml:1: the field “issuer” is missing",
    ),
    "null": (
        "sources.yaml", "issuer: London Metal Exchange", "issuer: ~",
        "sources.yaml:1: the field “issuer” is missing",
    ),
    "fact with no source": (
        "decisions.yaml", "source: memo, ", "", "decisions.yaml:1: the field “source” is missing",
    ),
    "field twice": (
        "sources.yaml", "  issued: 2024-09\n", "  issued: 2024-09\n  issued: 2024-10\n",
        "sources.yaml:5: the field “issued” stands twice in this record",
    ),
    "bad date": (
        "decisions.yaml", "effective: 2024-09-30", "effective: 30 September 2024",
        "decisions.yaml:1: effective: “30 September 2024” is no date: write 2025-10-16, 2022-08, 2021 or by 2024-09-30",
    ),
    "no such day": (
        "decisions.yaml", "effective: 2024-09-30", "effective: 2024-09-31",
        "decisions.yaml:1: effective: “2024-09-31” is no day of the calendar",
    ),
    "by a month": (
        "decisions.yaml", "effective: 2024-09-30", "effective: by 2024-09",
        "decisions.yaml:1: effective: “by 2024-09” needs a day after “by”: by 2024-09-30",
    ),
    "day in another form": (
        "decisions.yaml", "place:", "announced: 20240930, place:",
        "decisions.yaml:1: announced: “20240930” is no day: write 2024-09-30",
    ),
    "unknown word": (
        "decisions.yaml", "conditionally_approved", "conditional",
        "decisions.yaml:1: act: “conditional” is none of conditionally_approved, approved, not_approved, suspended, "
        "reinstated, withdrawn, void",
    ),
    "neither yes nor no": (
        "metals.yaml", "lme_settled: yes", "lme_settled: perhaps",
        "metals.yaml:1: lme_settled: “perhaps” is neither yes nor no",
    ),
    "number below one": (
        "programmes.yaml", "number: 1", "number: 0", "programmes.yaml:2: number: “0” is no whole number from 1 on",
    ),
    "number in words": (
        "assessments.yaml", "round: 1", "round: first",
        "assessments.yaml:4: round: “first” is no whole number from 1 on",
    ),
    "id of another form": (
        "sources.yaml", "id: report", "id: Report 1~2",
        "sources.yaml:5: id: “Report 1~2” is no id: write small letters, digits and single hyphens, as memo-2024-09",
    ),
    "id twice": (
        "sources.yaml", "id: report", "id: memo",
        "sources.yaml:5: the id “memo” stands already at seeds/sources.yaml:1",
    ),
    "unknown source": (
        "decisions.yaml", "source: memo", "source: letter",
        "decisions.yaml:1: source: no source has the id “letter”",
    ),
    "unknown source in several places": (
        "standards.yaml", f"{SOURCED}}}", f"{SOURCED.replace('memo', 'letter')}}}\n"
        f"- {{id: standard-2, name: Standard 2, owners: [owner], {SOURCED.replace('memo', 'letter')}}}\n"
        f"- {{id: standard-3, name: Standard 3, owners: [owner], {SOURCED.replace('memo', 'letter')}}}",
        "standards.yaml:1: source: no source has the id “letter” (and in 2 more places)",
    ),
    "an address that is none": (
        "sources.yaml", "issuer: London Metal Exchange", "issuer: London Metal Exchange\n  address: htps//broken",
        "sources.yaml:4: address: “htps//broken” is no address: write https://example.org/page",
    ),
    "effective after the day of its source": (
        "decisions.yaml", "effective: 2024-09-30", "effective: 2024-10-01",
        "decisions.yaml:1: effective: 2024-10-01 lies after the day of its source (2024-09): correct it, name another "
        "source, or say by “announced” when it was announced beforehand",
    ),
    "announced after the day of its source": (
        "decisions.yaml", "effective: 2024-09-30", "effective: by 2024-09-30, announced: 2031-01-01",
        "decisions.yaml:1: announced: 2031-01-01 lies after the day of its source (2024-09): correct it, or name "
        "another source",
    ),
    "the same act twice": (
        "decisions.yaml", "- {id: decision-1",
        f"- {{id: decision-2, programme: programme-1, act: conditionally_approved, {FACT}}}\n- {{id: decision-1",
        "decisions.yaml:2: the same decision (programme programme-1, conditionally_approved, 2024-09-30) stands "
        "already at seeds/decisions.yaml:1: keep one, under the id that it had",
    ),
    "unknown metal": ("programmes.yaml", "[copper]", "[copper, gold]", "programmes.yaml:8: no metal has the id “gold”"),
    "unknown stage": (
        "programmes.yaml", "[mine, refiner]", "[mine, smelter]",
        "programmes.yaml:11: “smelter” is none of mine, refiner, downstream",
    ),
    "unknown programme that supersedes": (
        "programmes.yaml", "  route:", "  superseded_by: programme-9\n  route:",
        "programmes.yaml:6: superseded_by: no programme has the id “programme-9”",
    ),
    "unknown criterion": (
        "actions.yaml", "OP-01", "OP-99",
        "actions.yaml:4: criterion: no criterion has the id “OP-99”",
    ),
    "criterion in another part": (
        "actions.yaml", "part: implementation", "part: governance",
        "actions.yaml:4: OP-01 is judged in standards, implementation, not in governance",
    ),
    "unknown edition": (
        "assessments.yaml", "oecd-minerals-2018", "oecd-minerals-2031",
        "assessments.yaml:3: edition: no edition has the id “oecd-minerals-2031”",
    ),
    "metal covered twice": (
        "programmes.yaml", "metals: [copper]", "metals: [copper]\n  excluded: [tin]",
        "programmes.yaml:11: the same programme metal (programme programme-1, metal tin) stands already at "
        "seeds/programmes.yaml:9",
    ),
    "metal with no condition": (
        "programmes.yaml", "tin: only with copper", "tin:",
        "programmes.yaml:10: a metal and its condition are needed here: “cobalt: only if …”",
    ),
    "conditions as a list": (
        "programmes.yaml", "\n    tin: only with copper", " [tin]",
        "programmes.yaml:9: metals with their conditions are needed here: “cobalt: only if …”",
    ),
    "word in place of a list": (
        "programmes.yaml", "stages: [mine, refiner]", "stages: mine",
        "programmes.yaml:11: a list is needed here: [one, another]",
    ),
    "record in place of a word": (
        "programmes.yaml", "stages: [mine, refiner]", "stages: [{mine: yes}]",
        "programmes.yaml:11: a single word is needed here",
    ),
    "no name in the table": (
        "programmes.yaml", "use: table", "use: also",
        "programmes.yaml:1: programme-1 needs exactly one name with “use: table” and no “since”, it has 0",
    ),
    "two names in the table": (
        "programmes.yaml", "use: also", "use: table",
        "programmes.yaml:1: programme-1 needs exactly one name with “use: table” and no “since”, it has 2",
    ),
    "name twice": (
        "programmes.yaml", "    - {name: The Standard,",
        "    - {name: The Standard, use: also, source: memo, place: Title, certainty: found}\n    - {name: The Standard,",  # noqa: E501
        "programmes.yaml:15: the same programme name (programme programme-1, name The Standard, use also) "
        "stands already at seeds/programmes.yaml:14",
    ),
    "list in place of a value": (
        "sources.yaml", "issuer: London Metal Exchange", "issuer: [London, Metal]",
        "sources.yaml:3: the field “issuer” takes one value",
    ),
    "field with no name": (
        "sources.yaml", "issuer: London Metal Exchange", "issuer: LME\n  ? [a, b]\n  : c",
        "sources.yaml:4: the name of a field is needed here",
    ),
    "word in place of a record": (
        "decisions.yaml", "- {", "- decision-0\n- {", "decisions.yaml:1: a record with fields is needed here",
    ),
    "fields in place of a nested list": (
        "assessments.yaml", "  progress:\n    - {", "  progress:\n      first: {",
        "assessments.yaml:10: a list of records is needed here, each beginning with “- ”",
    ),
    "bad YAML": (
        "decisions.yaml", "act: ", "act: [",
        "decisions.yaml:1: cannot be read as YAML: did not find expected ',' or ']'",
    ),
    "tab in YAML": (
        "sources.yaml", "  title", "\ttitle",
        "sources.yaml:2: cannot be read as YAML: found a tab character that violates indentation",
    ),
    "two documents": (
        "sources.yaml", "- {id: report", "---\n- {id: report",
        "sources.yaml:5: cannot be read as YAML: but found another document",
    ),
    "control character": (
        "sources.yaml", "title: Update", "title: Up\x00date",
        "sources.yaml: cannot be read as YAML: unacceptable character #x0000: control characters are not allowed in "
        '"<unicode string>", position 22',
    ),
    "producer part unknown": (
        "producers/company.yaml", "claims:", "claim:",
        "producers/company.yaml:6: unknown field “claim”: the fields here are producer, brands, declarations, claims",
    ),
    "declaration of no brand": (
        "producers/company.yaml", "brand: company-copper", "brand: copper",
        "producers/company.yaml:5: brand: no brand has the id “copper”",
    ),
    "declaration by an unknown programme": (
        "producers/company.yaml", "[programme-1]", "[programme]",
        "producers/company.yaml:5: no programme has the id “programme”",
    ),
    "declaration of another track by a programme": (
        "producers/company.yaml", "track: A", "track: B",
        "producers/company.yaml:5: programmes belong to Track A alone",
    ),
    "rating in a part that is not judged": (
        "ratings/programme-1-1.csv", "standards,OP-01", "governance,OP-01",
        "ratings/programme-1-1.csv:2: OP-01 is judged in standards, implementation, not in governance",
    ),
    "rating of an unknown criterion": (
        "ratings/programme-1-1.csv", "OP-01", "OP-1",
        "ratings/programme-1-1.csv:2: criterion: no criterion has the id “OP-1”",
    ),
    "rating at an unknown level": (
        "ratings/programme-1-1.csv", "fully", "full",
        "ratings/programme-1-1.csv:2: level: “full” is none of fully, partially, not, not_applicable",
    ),
    "rating with no level": (
        "ratings/programme-1-1.csv", "fully", "", "ratings/programme-1-1.csv:2: the field “level” is missing",
    ),
    "rating twice": (
        "ratings/programme-1-1.csv", "OP-02", "OP-01",
        "ratings/programme-1-1.csv:3: the same rating version (assessment programme-1-1, part standards, criterion "
        "OP-01, version 1) stands already at seeds/ratings/programme-1-1.csv:2",
    ),
    "rating on no day": (
        "ratings/programme-1-1.csv", "2024-09-30", "last week",
        "ratings/programme-1-1.csv:2: rated_on: “last week” is no day: write 2024-09-30",
    ),
    "rating on unknown evidence": (
        "ratings/programme-1-1.csv", "evidence-1", "evidence-9",
        "ratings/programme-1-1.csv:2: no evidence has the id “evidence-9”",
    ),
    "rating carried from nowhere": (
        "ratings/programme-1-1.csv", "clause 1,,,", "clause 1,,programme-1-0,",
        "ratings/programme-1-1.csv:2: carried_from: no assessment has the id “programme-1-0”",
    ),
    "rating with a cell too few": (
        "ratings/programme-1-1.csv", ",2024-09-30,Assessor", ",2024-09-30",
        "ratings/programme-1-1.csv:2: 9 cells where the header has 10",
    ),
    "ratings with a column missing": (
        "ratings/programme-1-1.csv", "evidence,rated_on", "rated_on",
        "ratings/programme-1-1.csv:1: the header needs each of part, criterion, level, rationale, cites_standard, "
        "cites_guidance, carried_from, evidence, rated_on, rated_by once, and no other",
    ),
    "ratings with an open quotation mark": (
        "ratings/programme-1-1.csv", 'part."', "part.",
        "ratings/programme-1-1.csv:3: cannot be read as CSV: unexpected end of data",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path: Path, catalogues: dict[str, Catalogue], name: str) -> None:
    file, old, new, said = MISTAKES[name]
    root = write(tmp_path)
    put(root, file, old, new)
    assert faults_of(root, catalogues) == [f"seeds/{said}"]


def test_every_mistake_is_told_at_once(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    root = write(tmp_path)
    chosen = ("unknown field", "bad date", "missing field", "unknown metal", "rating twice", "producer part unknown")
    for name in chosen:
        file, old, new, _ = MISTAKES[name]
        put(root, file, old, new)
    faults = faults_of(root, catalogues)
    assert [name for name in chosen if f"seeds/{MISTAKES[name][3]}" not in faults] == []


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    root = write(tmp_path)
    for file in ("decisions.yaml", "ratings/programme-1-1.csv", "producers/company.yaml"):
        (root / file).write_bytes("– Zürich".encode("latin-1", "replace"))
    faults = faults_of(root, catalogues)
    for file in ("decisions.yaml", "ratings/programme-1-1.csv", "producers/company.yaml"):
        assert f"seeds/{file}: is not UTF-8 text: save it as UTF-8" in faults


def test_a_file_with_a_byte_order_mark_is_read_like_any_other(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    root = write(tmp_path)
    for file in FILES:
        text = (root / file).read_text(encoding="utf-8")
        (root / file).write_text(text.replace("\n", "\r\n"), encoding="utf-8-sig")
    marked = read_seeds(catalogues, root)
    plain = read_seeds(catalogues, write(tmp_path))
    assert said(marked) == said(plain)


def said(seeds: Seeds) -> list[dict[str, object]]:
    return [entry.row.model_dump() for entry in seeds.entries]


@pytest.mark.parametrize(
    "name", ["decision.yaml", "decisions.yml", "notes/decisions.yaml", "ratings/programme-1-1.yaml", "producers/a.csv"]
)
def test_a_file_under_a_name_that_nobody_reads_is_no_silence(
    tmp_path: Path, catalogues: dict[str, Catalogue], name: str
) -> None:
    root = write(tmp_path)
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("[]")
    (fault,) = faults_of(root, catalogues)
    assert fault.startswith(f"seeds/{name}: nobody reads this file: there are sources.yaml, ")


def test_a_folder_that_is_not_there_is_no_silence(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    assert faults_of(tmp_path / "seeds", catalogues) == [f"{tmp_path}/seeds: there is no such folder"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("No front matter.\n", "1: the front matter between two lines “---” is missing"),
        ("---\nnumber: 2024-09\n", "1: the front matter between two lines “---” is missing"),
        ("---\n- 2024-09\n---\n", "2: the fields number, title, original_title, label, as_at, published, source are"),
        ("---\ntitle: Update\nnumber: [\n---\n", "4: cannot be read as YAML"),
        ("---\ntitle: Update\n---\nText --- with hyphens.\n", "2: the field “number” is missing"),
        ("---\nas_at: September\n---\n", "2: as_at: “September” is no day: write 2024-09-30"),
        ("---\nsource: letter\n---\n", "2: source: no source has the id “letter”"),
    ],
)
def test_a_market_update_with_a_mistake_in_its_head_is_named(
    tmp_path: Path, catalogues: dict[str, Catalogue], text: str, fault: str
) -> None:
    root = write(tmp_path)
    (root / "publications").mkdir()
    (root / "publications" / "2024-09.md").write_text(text)
    assert [each for each in faults_of(root, catalogues) if each.startswith(f"seeds/publications/2024-09.md:{fault}")]


@pytest.mark.parametrize("text", ["- producer\n", "producer: [company]\n", "brands: []\n"])
def test_a_producer_file_without_its_producer_is_named(
    tmp_path: Path, catalogues: dict[str, Catalogue], text: str
) -> None:
    root = write(tmp_path)
    (root / "producers" / "company.yaml").write_text(text)
    (fault,) = faults_of(root, catalogues)
    assert fault.startswith("seeds/producers/company.yaml:1: the part")


@pytest.mark.parametrize("text", ["", "\n\n", "part,criterion,level\n"])
def test_a_file_of_ratings_without_its_columns_is_named(
    tmp_path: Path, catalogues: dict[str, Catalogue], text: str
) -> None:
    root = write(tmp_path)
    (root / "ratings" / "programme-1-1.csv").write_text(text)
    (fault,) = faults_of(root, catalogues)
    assert fault.startswith("seeds/ratings/programme-1-1.csv:1: the ")


def test_ratings_of_no_assessment_are_named(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    root = write(tmp_path)
    (root / "ratings" / "programme-1-1.csv").rename(root / "ratings" / "programme-9-9.csv")
    assert faults_of(root, catalogues) == ["seeds/ratings/programme-9-9.csv: no assessment has the id “programme-9-9”"]


def test_a_file_of_the_example_is_named_with_its_folder(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    root = write(tmp_path)
    (root / "example").mkdir()
    (root / "example" / "decisions.yaml").write_text("- {}\n")
    with pytest.raises(Faults) as caught:
        read_example(catalogues, root)
    assert caught.value.faults[0] == "seeds/example/decisions.yaml:1: the field “id” is missing"


# --- records that refer to their own kind ----------------------------------------------------------


def standard(id_: str, supersedes: str) -> str:
    return f"- {{id: {id_}, name: {id_}, supersedes: {supersedes}, {SOURCED}}}\n"


def test_a_record_may_refer_to_one_below_it(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    text = standard("standard-3", "standard-2") + standard("standard-2", "standard-1") + FILES["standards.yaml"]
    seeds = read_seeds(catalogues, write(tmp_path, standards=text))
    stored = [entry.row for entry in seeds.entries if entry.row.__tablename__ == "standard"]
    assert [row.model_dump()["id"] for row in stored] == ["standard-1", "standard-2", "standard-3"]
    assert [row.model_dump()["position"] for row in stored] == [3, 2, 1]  # printed as the file has them


def test_records_that_refer_to_each_other_in_a_circle_are_named(
    tmp_path: Path, catalogues: dict[str, Catalogue]
) -> None:
    text = standard("standard-3", "standard-2") + standard("standard-2", "standard-3") + FILES["standards.yaml"]
    assert faults_of(write(tmp_path, standards=text), catalogues) == [
        "seeds/standards.yaml:1: supersedes leads back to this record"
    ]


def test_two_rounds_of_one_number_are_named(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    second = FILES["assessments.yaml"].partition("  progress:")[0].replace("id: programme-1-1", "id: programme-1-2")
    root = write(tmp_path, assessments=FILES["assessments.yaml"] + second)
    (fault,) = faults_of(root, catalogues)
    assert fault.endswith(
        "the same assessment (programme programme-1, round 1) stands already at seeds/assessments.yaml:1"
    )


def test_a_long_value_is_read_whole(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    text = f"- {{id: x, subject: policy, topic: t, text: {'word ' * 5000}, {FACT}}}\n"
    (statement,) = (
        entry.row
        for entry in read_seeds(catalogues, write(tmp_path, statements=text)).entries
        if entry.row.__tablename__ == "statement"
    )
    assert statement.model_dump()["text"] == ("word " * 5000).strip()


NOWHERE = "“[the memo][memo]” leads nowhere and would be printed as it stands: give its address, or correct its key"


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    said = f"- {{id: said-1, subject: method, topic: method, text: 'See [the memo][memo].', {FACT}}}\n"
    root = write(tmp_path, statements=said)
    assert faults_of(root, catalogues) == [f"seeds/statements.yaml:1: text: {NOWHERE}"]


def test_a_link_of_a_market_update_that_leads_nowhere_is_told(tmp_path: Path, catalogues: dict[str, Catalogue]) -> None:
    shutil.copytree(folder("seeds"), tmp_path / "seeds")
    update = tmp_path / "seeds/publications/2024-09.md"
    update.write_text(update.read_text() + "\nSee [the memo][memo].\n")
    line = update.read_text().count("\n")
    assert faults_of(tmp_path / "seeds", catalogues) == [f"seeds/publications/2024-09.md:{line}: {NOWHERE}"]


@pytest.mark.parametrize("more", ["announced: 2024-09-02, ", "", "source: report, "])
def test_what_was_announced_beforehand_or_has_a_source_of_no_day_may_hold_later(
    tmp_path: Path, catalogues: dict[str, Catalogue], more: str
) -> None:
    """A source of no day is from the day on which it was seen, if that is known."""
    root = write(tmp_path)
    put(root, "decisions.yaml", "source: memo, ", more if "source" in more else f"{more}source: memo, ")
    day = "2024-09" if not more else "2027-01-01"
    put(root, "decisions.yaml", "effective: 2024-09-30", f"effective: {day}")
    assert read_seeds(catalogues, root).entries
    put(root, "sources.yaml", "title: Report,", "title: Report, seen: 2026-11-01,")
    if "source" in more:
        assert "lies after the day of its source (2026-11-01)" in faults_of(root, catalogues)[0]
