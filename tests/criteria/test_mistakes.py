"""Each kind of mistake in the criteria files gives its sentence, with file and line, and all at once."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from alignment.catalogue import check, editions, load_all, load_catalogue, load_track_a
from alignment.domain.refusal import Faults
from tests.criteria.small import FILES, edit, write

EDITION = "small-2020/edition.md"
OP = "small-2020/A/OP.md"
POLICY = "small-2020/B/S1-A.md"
ROWS = "lme-track-a/requirements.md"
ITEMS = "lme-track-a/checklist.md"
EDITION_SECTIONS = FILES[EDITION][FILES[EDITION].index("sections:") : FILES[EDITION].index("\nscale:")]
FIELDS = "parts, position, guidance and external code"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path)


def test_the_small_criteria_have_no_mistake(root: Path) -> None:
    assert check(root) == []


# Each row: the file, what stands there, what is written instead, and the sentence it gives.
MISTAKES = {
    "a code twice in a file": (
        OP, "## OP-02 ", "## OP-01 ",
        "A/OP.md:30: OP-01 is the code at criteria/small-2020/A/OP.md:9 already: give one another code",
    ),
    "a code of another group": (
        OP, "## OP-02 ", "## S9-A-1 ",
        "A/OP.md:30: S9-A-1 does not belong to the group OP: begin its code with OP- or move it",
    ),
    "a heading that is no code": (
        OP, "## OP-02 Title of OP-02", "## Op-02 Something",
        "A/OP.md:30: “Op-02 Something” is no heading of an entry: write ## CODE Title, the code in capitals",
    ),
    "a code without a title": (
        OP, "## OP-02 Title of OP-02", "## OP-02",
        "A/OP.md:30: “OP-02” is no heading of an entry: write ## CODE Title, the code in capitals",
    ),
    "an unknown part": (
        POLICY, "- parts: standards, implementation", "- parts: standards, credibility",
        "B/S1-A.md:12: “credibility” is no part; known are standards, implementation and governance",
    ),
    "no part": (
        POLICY, "- parts: standards, implementation", "- parts: ,",
        "B/S1-A.md:12: no part is named; known are standards, implementation and governance",
    ),
    "an unknown position": (
        POLICY, "- position: all", "- position: sideways",
        "B/S1-A.md:13: “sideways” is no position; known are all, all (gold explicit), upstream, "
        "upstream (smelter/refiner), downstream and scheme",
    ),
    "a missing field": (
        POLICY, "- guidance: Step 1\n", "",
        "B/S1-A.md:10: S1-A-1 has no field “guidance”: add - guidance: … under its heading",
    ),
    "an empty field": (
        POLICY, "- guidance: Step 1", "- guidance:",
        "B/S1-A.md:14: the field “guidance” of S1-A-1 is empty: fill it in",
    ),
    "a field twice": (
        POLICY, "- guidance: Step 1", "- position: upstream\n- guidance: Step 1",
        "B/S1-A.md:14: S1-A-1 has the field “position” on line 13 already: keep one",
    ),
    "an unknown field": (
        POLICY, "- guidance: Step 1", "- guidance: Step 1\n- weight: 2",
        f"B/S1-A.md:15: “weight” is no field of S1-A-1; known are {FIELDS}",
    ),
    "a line that is no field": (
        POLICY, "- guidance: Step 1", "- guidance: Step 1\n- heavy",
        "B/S1-A.md:15: “heavy” is no field: write - name: value",
    ),
    "no text": (
        POLICY, "The text of S1-A-1.", "",
        "B/S1-A.md:10: S1-A-1 has no text: write a paragraph under its fields",
    ),
    "a missing guidance": (
        POLICY, "### In practice\n\nWatch it.\n", "",
        "B/S1-A.md:10: S1-A-1 has no heading “In practice”: add ### In practice and its text",
    ),
    "an empty guidance": (
        POLICY, "Watch it.", "",
        "B/S1-A.md:23: the heading “In practice” of S1-A-1 is empty: fill it in",
    ),
    "a guidance twice": (
        POLICY, "Judge it.", "Judge it.\n\n### In practice\n\nAgain.",
        "B/S1-A.md:31: S1-A-1 has the heading “In practice” on line 23 already: keep one",
    ),
    "an unknown guidance": (
        POLICY, "Judge it.", "Judge it.\n\n### In theory\n\nNo.",
        "B/S1-A.md:31: “In theory” is no heading of S1-A-1; "
        "known are In the text, In practice and Fully or partially",
    ),
    "a heading outside any criterion": (
        POLICY, "About S1-A.", "About S1-A.\n\n### In the text\n\nToo early.",
        "B/S1-A.md:10: the heading “In the text” belongs to no entry: entries begin with ## CODE Title",
    ),
    "a group that says nothing of itself": (
        POLICY, "About S1-A.\n", "",
        "B/S1-A.md: there is no text before the first criterion: say what this group is about",
    ),
    "a group of another name": (
        POLICY, "group: S1-A", "group: S1-B",
        "B/S1-A.md:2: “group” says S1-B, but the file is called S1-A: make them agree",
    ),
    "a group that says another section": (
        POLICY, "section: B", "section: C",
        "B/S1-A.md:3: “section” says C, but the folder is called B: make them agree",
    ),
    "an unknown step": (
        POLICY, "step: 1", "step: 7",
        "B/S1-A.md:4: “7” is no step; known are 1 and 2",
    ),
    "a step where there are none": (
        OP, "section: A\n", "section: A\nstep: 1\n",
        "A/OP.md:4: “step” is no field here; known are group, section and title",
    ),
    "no title": (
        POLICY, "title: Title of S1-A\n", "",
        "B/S1-A.md:2: the field “title” is missing: add it",
    ),
    "an unknown field of a group": (
        POLICY, "step: 1", "step: 1\ncolour: red",
        "B/S1-A.md:5: “colour” is no field here; known are group, section, title and step",
    ),
    "an edition of another name": (
        EDITION, "id: small-2020", "id: large-2020",
        "edition.md:2: “id” says large-2020, but the folder is called small-2020: make them agree",
    ),
    "an empty field of the edition": (
        EDITION, "issued: 2020", "issued:",
        "edition.md:4: the field “issued” is empty: it needs a text",
    ),
    "a text in place of a list": (
        EDITION, "groups: [PR-AU]", "groups: PR-AU",
        "edition.md:20: the field “groups” has another form: it needs a list",
    ),
    "a list of lists": (
        EDITION, "groups: [OP]", "groups: [OP, [OP]]",
        "edition.md:11: an entry of this list is no text: write one text for each",
    ),
    "an unknown field of the edition": (
        EDITION, "issued: 2020", "issued: 2020\nprice: free",
        "edition.md:5: “price” is no field here; known are "
        "id, title, issued, status, sources, sections, scale, rule and provenance",
    ),
    "a field of the edition twice": (
        EDITION, "issued: 2020", "issued: 2020\nissued: 2021",
        "edition.md:5: the field “issued” stands here twice: keep one",
    ),
    "a field without a word for its name": (
        EDITION, "issued: 2020", "issued: 2020\n? [a, b]\n: c",
        "edition.md:5: the name of a field is a word: write name: value",
    ),
    "a value that refers to another": (
        EDITION, "title: A small edition\nissued: 2020", "title: &same A small edition\nissued: *same",
        "edition.md:4: this value refers to another one (*name): write it out",
    ),
    "a source that is no address": (
        EDITION, "paper: https://example.org/paper", "paper: htps//broken",
        "edition.md:7: “htps//broken” is no address: write https://example.org/page",
    ),
    "a key of the text that is no source": (
        EDITION, "What this edition is.", "What [this][papre] is.\n\n[papre]: https://example.org/paper",
        "edition.md:37: “papre” is none of the sources above: list it there under this key",
    ),
    "two addresses for a source": (
        EDITION, "What this edition is.", "What [this][paper] is.\n\n[paper]: https://example.org/other",
        "edition.md:37: “paper” leads to https://example.org/other, and the source of that name is "
        "https://example.org/paper: make them agree",
    ),
    "a link of the edition that leads nowhere": (
        EDITION, "What this edition is.", "What [this][papre] is.",
        "edition.md:35: “[this][papre]” leads nowhere and would be printed as it stands: "
        "give its address, or correct its key",
    ),
    "a link of a criterion that leads nowhere": (
        POLICY, "The text of S1-A-1.", "The [text][paper] of S1-A-1.",
        "B/S1-A.md:17: “[text][paper]” leads nowhere and would be printed as it stands: "
        "give its address, or correct its key",
    ),
    "a link of where the checklist comes from that leads nowhere": (
        ITEMS, "provenance: Made for tests.", "provenance: Made for [tests](htps//broken).",
        "checklist.md:4: “htps//broken” is no address: write https://example.org/page, or /page for one of this site",
    ),
    "no sources": (
        EDITION, "sources:\n  paper: https://example.org/paper", "sources: {}",
        "edition.md:6: nothing is listed here: add a line for each, name: text",
    ),
    "no introduction": (
        EDITION, "What this edition is.", "",
        "edition.md: there is no text after the front matter: say what this edition is",
    ),
    "no sections": (
        EDITION, EDITION_SECTIONS, "sections: {}",
        "edition.md:8: no section is announced: write its code, title and groups",
    ),
    "a step that is no number": (
        EDITION, "      2: Risk", "      2: Risk\n      last: Report",
        "edition.md:17: “last” is no number of a step: write 1, 2, 3 and so on",
    ),
    "a level that the scale does not know": (
        EDITION, "  not_applicable: No role.", "  not_applicable: No role.\n  mostly: Nearly all.",
        "edition.md:26: “mostly” is no level of the scale; "
        "known are fully, partially, not and not_applicable",
    ),
    "a level that is missing": (
        EDITION, "  partially: Some of it.\n", "",
        "edition.md:21: the field “partially” is missing: add it",
    ),
    "a threshold in words": (
        EDITION, "threshold: 4/5", "threshold: most",
        "edition.md:27: “most” is no fraction or percentage between 0 and 1: write 4/5 or 80 %",
    ),
    "a threshold over one": (
        EDITION, "threshold: 4/5", "threshold: 5/4",
        "edition.md:27: “5/4” is no fraction or percentage between 0 and 1: write 4/5 or 80 %",
    ),
    "a threshold divided by nothing": (
        EDITION, "threshold: 4/5", "threshold: 4/0",
        "edition.md:27: “4/0” is no fraction or percentage between 0 and 1: write 4/5 or 80 %",
    ),
    "a threshold as a decimal": (
        EDITION, "threshold: 4/5", "threshold: 0.8",
        "edition.md:27: “0.8” is no fraction or percentage between 0 and 1: write 4/5 or 80 %",
    ),
    "a threshold with endless digits": (
        EDITION, "threshold: 4/5", f"threshold: {'9' * 5000}/5",
        f"edition.md:27: “{'9' * 5000}/5” is no fraction or percentage between 0 and 1: write 4/5 or 80 %",
    ),
    "a percentage over a hundred": (
        EDITION, "[70 %, 80 %]", "[70 %, 101 %]",
        "edition.md:31: “101 %” is no fraction or percentage between 0 and 1: write 4/5 or 80 %",
    ),
    "a floor above the threshold": (
        EDITION, "floor: 50 %", "floor: 90 %",
        "edition.md:28: the floor 90 % lies above the threshold 4/5: exchange or correct them",
    ),
    "an unknown code in the gating set": (
        EDITION, "[section A, PR-AU-1]", "[section A, PR-AU-9]",
        "edition.md:30: “PR-AU-9” is no criterion and no section of this edition: write a code or section A",
    ),
    "an unknown section in the gating set": (
        EDITION, "[section A, PR-AU-1]", "[section Z]",
        "edition.md:30: “section Z” is no criterion and no section of this edition: "
        "write a code or section A",
    ),
    "a group without a file": (
        EDITION, "groups: [PR-AU]", "groups: [PR-AU, PR-GM]",
        "edition.md:20: the group PR-GM is listed, but criteria/small-2020/C/PR-GM.md is missing: "
        "write it or take it off",
    ),
    "a group listed twice": (
        EDITION, "groups: [PR-AU]", "groups: [PR-AU, PR-AU]",
        "edition.md:20: the group PR-AU is listed twice: keep one",
    ),
    "YAML that is none": (
        POLICY, "title: Title of S1-A", "title: Policy: the first",
        "B/S1-A.md:5: the front matter is no YAML here (mapping values are not allowed here): "
        "mind the indent and quote a text with a colon",
    ),
    "a control character in the front matter": (
        POLICY, "title: Title of S1-A", "title: bell \a",
        "B/S1-A.md:1: the front matter is no YAML here (it can not be read): "
        "mind the indent and quote a text with a colon",
    ),
    "a front matter without end": (
        POLICY, "title: Title of S1-A\n---\n", "title: Title of S1-A\n",
        "B/S1-A.md:1: the front matter is missing or not closed: "
        "begin with its fields between two lines of ---",
    ),
    "a front matter that is a list": (
        POLICY, "group: S1-A\nsection: B\nstep: 1\ntitle: Title of S1-A", "- S1-A",
        "B/S1-A.md:1: the front matter holds no fields: write them as name: value, one to a line",
    ),
    "a requirement code twice": (
        ROWS, "## 2.A ", "## 1.A ",
        "requirements.md:21: 1.A is the code at criteria/lme-track-a/requirements.md:14 already: "
        "give one another code",
    ),
    "a criterion in two requirements": (
        ROWS, "- criteria: S1-A-1", "- criteria: S1-A-1, OP-01",
        "requirements.md:17: OP-01 stands in requirement OP already: take it out of one",
    ),
    "a criterion in no requirement": (
        ROWS, "- criteria: OP-01, OP-02", "- criteria: OP-01",
        "requirements.md: OP-02 stands in no requirement: add it to the criteria of one",
    ),
    "an unknown criterion in a requirement": (
        ROWS, "- criteria: S1-A-1", "- criteria: S1-A-1, S1-A-7",
        "requirements.md:17: “S1-A-7” is no criterion of small-2020: correct the code or take it out",
    ),
    "a criterion about the programme in a requirement": (
        ROWS, "- criteria: S1-A-1", "- criteria: S1-A-1, PR-AU-1",
        "requirements.md:17: PR-AU-1 of section C is about the programme itself: take it out",
    ),
    "a requirement of another step": (
        ROWS, "- step: 2", "- step: 1",
        "requirements.md:24: S2-A-1 is not of the same step as requirement 2.A: "
        "move it or correct the step",
    ),
    "a requirement of no step there is": (
        ROWS, "- step: 1\n- criteria: S1-A-1", "- criteria: S1-A-1",
        "requirements.md:16: S1-A-1 is not of the same step as requirement 1.A: "
        "move it or correct the step",
    ),
    "a checklist out of sequence": (
        ITEMS, "## TA-02 ", "## TA-03 ",
        "checklist.md:17: TA-03 stands where TA-02 is due: number the items in order",
    ),
    "a checklist item without its answer": (
        ITEMS, "\n### What answers it\n\nThe form.\n", "",
        "checklist.md:17: TA-02 has no heading “What answers it”: add ### What answers it and its text",
    ),
    "an edition that Track A does not have": (
        ROWS, "edition: small-2020", "edition: small-2031",
        "requirements.md:4: “small-2031” is not the edition in use; known are small-2020",
    ),
    "no provenance": (
        ITEMS, "provenance: Made for tests.\n", "",
        "checklist.md:2: the field “provenance” is missing: add it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gives_its_sentence_with_file_and_line_and_no_other(root: Path, mistake: str) -> None:
    file, old, new, sentence = MISTAKES[mistake]
    edit(root, file, old, new)
    assert f"criteria/{file.split('/')[0]}/{sentence}" in check(root)
    assert [said for said in check(root) if not follows(mistake, said)] == [f"criteria/{file.split('/')[0]}/{sentence}"]


def follows(mistake: str, said: str) -> bool:
    """Whether a sentence is what the mistake leads to elsewhere, such as a code that is missing then."""
    led_to = {
        "a code twice in a file": ("“OP-02” is no criterion of",),
        "a code of another group": ("“OP-02” is no criterion of", "S9-A-1 stands in no requirement"),
        "a heading that is no code": ("“OP-02” is no criterion of", "Op-02 does not", "Op-02 stands in"),
        "a text in place of a list": ("PR-AU is listed in no section", "“PR-AU-1” is no criterion"),
    }
    return any(each in said for each in led_to.get(mistake, ()))


def test_all_mistakes_of_all_files_are_listed_at_once_by_file_and_line(root: Path) -> None:
    edit(root, EDITION, "threshold: 4/5", "threshold: most")
    edit(root, EDITION, "issued: 2020\n", "")
    edit(root, OP, "## OP-02 ", "## OP-01 ")
    edit(root, POLICY, "- position: all", "- position: sideways")
    edit(root, POLICY, "Watch it.", "")
    edit(root, ITEMS, "## TA-02 ", "## TA-03 ")
    faults = check(root)
    assert [fault.split(": ")[0] for fault in faults] == [
        "criteria/lme-track-a/checklist.md:17",
        "criteria/lme-track-a/requirements.md:10",
        "criteria/small-2020/A/OP.md:30",
        "criteria/small-2020/B/S1-A.md:13",
        "criteria/small-2020/B/S1-A.md:23",
        "criteria/small-2020/edition.md:2",
        "criteria/small-2020/edition.md:26",
    ]


def test_a_group_file_in_the_wrong_folder_is_sent_to_its_place(root: Path) -> None:
    shutil.move(root / POLICY, root / "small-2020/A/S1-A.md")
    assert (
        "criteria/small-2020/A/S1-A.md: the group S1-A belongs to section B: "
        "move this file to criteria/small-2020/B/S1-A.md"
    ) in check(root)


def test_a_group_file_that_no_section_lists_is_named_and_its_mistakes_too(root: Path) -> None:
    path = root / "small-2020/C/PR-GM.md"
    path.write_text(FILES["small-2020/C/PR-AU.md"].replace("PR-AU", "PR-GM").replace("Judge it.", ""))
    assert check(root) == [
        "criteria/small-2020/C/PR-GM.md: the group PR-GM is listed in no section: "
        "list it in criteria/small-2020/edition.md or remove this file",
        "criteria/small-2020/C/PR-GM.md:26: the heading “Fully or partially” of PR-GM-1 is empty: fill it in",
    ]


def test_a_code_in_two_files_names_the_other_place(root: Path) -> None:
    edit(root, "small-2020/B/S2-A.md", "## S2-A-1 ", "## S1-A-1 ")
    assert (
        "criteria/small-2020/B/S2-A.md:10: S1-A-1 is the code at criteria/small-2020/B/S1-A.md:10 already: "
        "give one another code"
    ) in check(root)


@pytest.mark.parametrize("stray", ["small-2020/notes.md", "small-2020/B/old/S1-A.md"])
def test_a_file_that_belongs_nowhere_is_named(root: Path, stray: str) -> None:
    (root / stray).parent.mkdir(exist_ok=True)
    (root / stray).write_text("---\nx: 1\n---\n")
    assert [fault for fault in check(root) if fault.startswith(f"criteria/{stray}: the group ")] != []


def test_a_file_that_is_not_utf_8_is_named_with_the_line_where_it_breaks(root: Path) -> None:
    (root / POLICY).write_bytes((root / POLICY).read_bytes().replace(b"Watch it.", b"Watch it\xe9."))
    assert ("criteria/small-2020/B/S1-A.md:25: the file is not UTF-8 from here on: save it as UTF-8") in check(root)


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(root: Path) -> None:
    raw = (root / POLICY).read_bytes()
    (root / POLICY).write_bytes(b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"))
    assert check(root) == []
    criterion = load_catalogue("small-2020", root).by_code["S1-A-1"]
    assert criterion.text == "The text of S1-A-1."
    edit(root, POLICY, "- position: all", "- position: sideways")
    assert [fault.split(": ")[0] for fault in check(root)] == ["criteria/small-2020/B/S1-A.md:13"]


def test_a_file_that_can_not_be_read_is_named(root: Path) -> None:
    (root / POLICY).unlink()
    (root / POLICY).mkdir()
    assert (
        "criteria/small-2020/B/S1-A.md: the file can not be read (Is a directory): check what it is and who may read it"
    ) in check(root)


@pytest.mark.parametrize("file", [EDITION, ROWS, ITEMS])
def test_a_missing_file_is_named_and_the_others_are_still_read(root: Path, file: str) -> None:
    (root / file).unlink()
    edit(
        root,
        OP,
        "Read it.\n\n### In practice\n\nWatch it.\n\n### Fully or partially\n\nJudge it.\n\n## OP-02",
        "## OP-02",
    )
    faults = check(root)
    assert f"criteria/{file}: the file is missing: write it" in faults
    assert sum(fault.startswith(f"criteria/{OP}:9: OP-01 has no ") for fault in faults) == 2
    assert len(faults) == 4


@pytest.mark.parametrize("file", [OP, POLICY, "small-2020/C/PR-AU.md"])
def test_a_file_without_its_front_matter_is_told_once_and_its_criteria_are_missed_nowhere(
    root: Path, file: str
) -> None:
    (root / file).write_text((root / file).read_text().removeprefix("---\n"))
    assert check(root) == [
        f"criteria/{file}:1: the front matter is missing or not closed: begin with its fields between two lines of ---"
    ]


def test_an_empty_file_is_named(root: Path) -> None:
    (root / POLICY).write_bytes(b"")
    assert (
        "criteria/small-2020/B/S1-A.md:1: the front matter is missing or not closed: "
        "begin with its fields between two lines of ---"
    ) in check(root)


def test_a_group_without_criteria_is_named(root: Path) -> None:
    text = (root / "small-2020/C/PR-AU.md").read_text()
    (root / "small-2020/C/PR-AU.md").write_text(text[: text.index("## ")])
    assert ("criteria/small-2020/C/PR-AU.md: there is no entry: add one that begins with ## CODE Title") in check(root)


def test_a_front_matter_nested_without_end_is_a_sentence(root: Path) -> None:
    edit(root, POLICY, "title: Title of S1-A", f"title: {'[' * 20_000}")
    assert [f for f in check(root) if f.startswith("criteria/small-2020/B/S1-A.md:1: the front matter is no")]


def test_loading_an_edition_does_not_ask_for_the_other_files(root: Path) -> None:
    (root / ROWS).unlink()
    assert [criterion.code for criterion in load_catalogue("small-2020", root).criteria] == [
        "OP-01",
        "OP-02",
        "S1-A-1",
        "S2-A-1",
        "PR-AU-1",
    ]


def test_loading_refuses_what_the_check_lists(root: Path) -> None:
    catalogue = load_catalogue("small-2020", root)
    edit(root, POLICY, "Watch it.", "")
    edit(root, ITEMS, "## TA-02 ", "## TA-03 ")
    with pytest.raises(Faults) as of_the_edition:
        load_catalogue("small-2020", root)
    with pytest.raises(Faults) as of_track_a:
        load_track_a(catalogue, root)
    with pytest.raises(Faults) as of_both:
        load_all(root)
    assert of_track_a.value.faults + of_the_edition.value.faults == of_both.value.faults == check(root)


def test_a_second_edition_is_loaded_beside_the_first(root: Path) -> None:
    shutil.copytree(root / "small-2020", root / "small-2024")
    edit(root, "small-2024/edition.md", "id: small-2020", "id: small-2024")
    (root / ".trash").mkdir()
    assert editions(root) == ("small-2020", "small-2024")
    catalogues, track_a = load_all(root)
    assert [catalogue.edition for catalogue in catalogues.values()] == ["small-2020", "small-2024"]
    assert track_a.edition == "small-2020"


def test_no_folder_of_criteria_is_a_sentence(tmp_path: Path) -> None:
    assert check(tmp_path / "criteria") == [
        f"{tmp_path / 'criteria'}: there is no such folder: the criteria files belong there"
    ]


def test_an_external_code_is_kept_where_one_is_held(root: Path) -> None:
    edit(root, POLICY, "- external code: none held", "- external code: B.1.2")
    by_code = load_catalogue("small-2020", root).by_code
    assert (by_code["S1-A-1"].external_code, by_code["OP-01"].external_code) == ("B.1.2", None)


# The digest


def test_the_digest_changes_with_any_byte_of_any_file_of_the_edition(root: Path) -> None:
    before = load_catalogue("small-2020", root).digest
    chance = random.Random(2018)
    for name in (each for each in FILES if each.startswith("small-2020/")):
        raw = (root / name).read_bytes()
        body = raw.index(b".\n") if name == EDITION else raw.index(b"Read it")
        place = chance.randrange(body, body + 1)
        (root / name).write_bytes(raw[:place] + b"!" + raw[place + 1 :])
        assert load_catalogue("small-2020", root).digest != before
        (root / name).write_bytes(raw + b"\n")
        assert load_catalogue("small-2020", root).digest != before
        (root / name).write_bytes(raw)
    assert load_catalogue("small-2020", root).digest == before


def test_the_digest_is_that_of_the_edition_alone_wherever_it_lies(root: Path, tmp_path: Path) -> None:
    before = load_catalogue("small-2020", root).digest
    edit(root, ROWS, "Have one.", "Have two.")
    (root / "small-2020/.DS_Store").write_bytes(b"\0")
    shutil.copytree(root, tmp_path / "elsewhere" / "criteria")
    assert load_catalogue("small-2020", tmp_path / "elsewhere" / "criteria").digest == before
    assert len(before) == 64


def test_a_text_moved_from_one_file_to_the_next_changes_the_digest(root: Path) -> None:
    before = load_catalogue("small-2020", root).digest
    policy, flags = root / POLICY, root / "small-2020/B/S2-A.md"
    policy.write_bytes(policy.read_bytes() + b"\n")
    one = load_catalogue("small-2020", root).digest
    policy.write_bytes(policy.read_bytes()[:-1])
    flags.write_bytes(flags.read_bytes() + b"\n")
    assert len({before, one, load_catalogue("small-2020", root).digest}) == 3


# Whatever stands in the files


@pytest.mark.parametrize("file", FILES)
def test_no_damage_to_a_file_is_more_than_a_list_of_sentences(root: Path, file: str) -> None:
    chance = random.Random(file)
    raw = (root / file).read_bytes()
    noise = [
        b"",
        b"\n",
        b"---\n",
        b"## ",
        b"- ",
        b": ",
        b"[",
        b"{",
        b"\xff",
        b"\0",
        b"&a *a",
        b"| a |\n",
        b">",
        b"\t",
    ]
    for _ in range(60):
        start = chance.randrange(len(raw))
        end = min(len(raw), start + chance.choice((0, 1, 5, 40, 400)))
        (root / file).write_bytes(raw[:start] + chance.choice(noise) + raw[end:])
        for fault in check(root):
            place, _, said = fault.partition(": ")
            assert place.startswith("criteria/")
            assert said
