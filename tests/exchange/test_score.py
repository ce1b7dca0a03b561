"""Ratings read from CSV, every mistake named by its line; outcomes as JSON and as a terminal table."""

from __future__ import annotations

import csv
import io
import json
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.domain.catalogue import Part
from alignment.domain.rating import Level
from alignment.domain.refusal import Faults
from alignment.domain.result import judge
from alignment.exchange.score import MOST_FAULTS, WIDTH, percent, read_ratings, score_json, score_table
from tests.domain.catalogue_108 import catalogue_108

CATALOGUE = catalogue_108()
HEADER = "part,criterion,level\n"
KEYS = [(part, criterion.code) for part in Part for criterion in CATALOGUE.in_part[part]]

Ratings = dict[tuple[Part, str], Level]


def read(text: str) -> Ratings:
    return read_ratings(text.encode(), CATALOGUE)


def faults_of(data: bytes) -> list[str]:
    with pytest.raises(Faults) as caught:
        read_ratings(data, CATALOGUE)
    return caught.value.faults


def faults_or_ratings(data: bytes) -> tuple[list[str], Ratings | None]:
    try:
        return [], read_ratings(data, CATALOGUE)
    except Faults as refused:
        return refused.faults, None


def the_example() -> Ratings:
    """One failing gate, points missing at 90 %, one criterion that does not apply, governance unrated."""
    ratings = {key: Level.FULLY for key in KEYS if key[0] is not Part.GOVERNANCE}
    ratings[Part.STANDARDS, "OP-03"] = Level.PARTIALLY
    for code in ("S1-A-1", "S1-A-2", "S1-A-3", "S1-B-1", "S1-B-2"):
        ratings[Part.STANDARDS, code] = Level.PARTIALLY
    for code in ("S5-A-1", "S5-A-2", "S5-A-3", "S5-A-4", "S5-A-5", "S5-A-6"):
        ratings[Part.STANDARDS, code] = Level.NOT
    ratings[Part.STANDARDS, "PR-TR-1"] = Level.NOT_APPLICABLE
    return ratings


# Ratings in


def test_a_file_gives_its_ratings_by_part_and_criterion() -> None:
    assert read(HEADER + "standards,OP-01,fully\nimplementation,OP-01,not\ngovernance,GV-AS-1,not_applicable\n") == {
        (Part.STANDARDS, "OP-01"): Level.FULLY,
        (Part.IMPLEMENTATION, "OP-01"): Level.NOT,
        (Part.GOVERNANCE, "GV-AS-1"): Level.NOT_APPLICABLE,
    }


@pytest.mark.parametrize(
    "text",
    [
        "part,criterion,level\r\nstandards,OP-01,partially\r\n",
        "part,criterion,level\rstandards,OP-01,partially\r",
        "\ufeffpart,criterion,level\nstandards,OP-01,partially",
        "\n\npart,criterion,level\n,,\n\nstandards,OP-01,partially\n\n",
        " Level ,note,PART,Criterion\n PARTIALLY ,,Standards, OP-01 \n",
        'note,part,criterion,level\n"two lines,\nand a comma",standards,OP-01,partially\n',
        "part,criterion,level\nstandards,OP-01,Partially aligned\n",
        "part,criterion,level\nstandards,OP-01,partially,,,\n",
        "part,criterion,level,note\nstandards,OP-01,partially\n",
    ],
)
def test_line_ends_marks_blanks_order_case_and_further_columns_do_not_matter(text: str) -> None:
    assert read(text) == {(Part.STANDARDS, "OP-01"): Level.PARTIALLY}


def test_a_header_alone_is_an_assessment_with_nothing_rated_yet() -> None:
    assert read(HEADER) == {}


@pytest.mark.parametrize("level", list(Level))
def test_every_level_is_read_by_its_code_and_as_it_is_printed(level: Level) -> None:
    for word in (level.value, level.value.upper(), level.label):
        assert read(f"{HEADER}standards,OP-01,{word}") == {(Part.STANDARDS, "OP-01"): level}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("standard,OP-01,fully", "line 2 names an unknown part “standard”: did you mean standards?"),
        (
            "credibility,GV-AS-1,fully",
            "line 2 names an unknown part “credibility”: write standards, implementation or governance",
        ),
        (",OP-01,fully", "line 2 names no part: write standards, implementation or governance"),
        ("standards,OP-3,fully", "line 2 names an unknown criterion “OP-3”: did you mean OP-03?"),
        (
            "standards,zz,fully",
            "line 2 names an unknown criterion “zz”: write a code of oecd-minerals-2018, as OP-01",
        ),
        ("standards,,fully", "line 2 names no criterion: write a code of oecd-minerals-2018, as OP-01"),
        (
            "standards,PR-AU-5,fully",
            "line 2 rates PR-AU-5 in standards, but it is judged in implementation only: remove the line",
        ),
        (
            "governance,OP-01,fully",
            "line 2 rates OP-01 in governance, but it is judged in standards and implementation only: remove the line",
        ),
        ("standards,OP-01,fuly", "line 2 gives an unknown level “fuly”: did you mean fully?"),
        ("standards,OP-01,N/A", "line 2 gives an unknown level “N/A”: did you mean not_applicable?"),
        ("standards,OP-01,Partial", "line 2 gives an unknown level “Partial”: did you mean partially?"),
        (
            "standards,OP-01,3",
            "line 2 gives an unknown level “3”: write fully, partially, not or not_applicable",
        ),
        (
            "standards,OP-01,Unrated",
            "line 2 gives the level “Unrated”: leave the row out while the criterion is not yet rated",
        ),
        (
            "standards,OP-01, ",
            "line 2 gives no level: leave the row out while the criterion is not yet rated",
        ),
        ("standards,OP-01", "line 2 has 2 cells where the header has 3: fill in what is missing"),
        ("standards", "line 2 has 1 cell where the header has 3: fill in what is missing"),
        (
            "standards,OP-01,fully,so",
            "line 2 has 4 cells where the header has 3: put a cell that contains a comma between quotation marks",
        ),
        (
            'standards,OP-01,"fully',
            "line 2 has a quotation mark that does not close its cell: write each mark in a cell twice",
        ),
        (
            'standards,"OP"-01,fully',
            "line 2 has a quotation mark that does not close its cell: write each mark in a cell twice",
        ),
        (
            f"standards,OP-01,{'x' * 200_000}",
            "line 2 holds a cell of more than 131,072 characters: shorten it",
        ),
        (
            f"{'x' * 1000},OP-01,fully",
            f"line 2 names an unknown part “{'x' * 40}…”: write standards, implementation or governance",
        ),
        (
            '"stand\nards",OP-01,fully',
            "line 2 names an unknown part “stand ards”: did you mean standards?",
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_its_line_and_what_to_do(row: str, fault: str) -> None:
    assert faults_of((HEADER + row + "\n").encode()) == [fault]


def test_a_duplicate_names_both_lines_even_when_the_levels_agree_or_are_unknown() -> None:
    text = HEADER + "standards,OP-01,fully\nimplementation,OP-01,fully\n\nstandards,OP-01,fully\nStandards,OP-01,x\n"
    assert faults_of(text.encode()) == [
        "line 5 rates OP-01 in standards again, after line 2: keep one of the two",
        "line 6 gives an unknown level “x”: write fully, partially, not or not_applicable",
        "line 6 rates OP-01 in standards again, after line 2: keep one of the two",
    ]


def test_all_mistakes_are_told_at_once_each_with_the_line_its_row_begins_on() -> None:
    text = 'part,criterion,level,note\nx,OP-01,fully,"a\nb"\nstandards,y,fully,\n\nstandards,OP-02,"z\n'
    assert [fault.split(":")[0] for fault in faults_of(text.encode())] == [
        "line 2 names an unknown part “x”",
        "line 4 names an unknown criterion “y”",
        "line 6 has a quotation mark that does not close its cell",
    ]


def test_a_file_of_nothing_but_mistakes_is_read_only_so_far() -> None:
    faults = faults_of((HEADER + "standards,OP-01,so\n" * 100_000).encode())
    assert len(faults) <= MOST_FAULTS + 2
    assert faults[-1] == "line 52: reading ends here, after 100 mistakes"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "the file is empty: its first line has to be part,criterion,level"),
        (b"\xef\xbb\xbf", "the file is empty: its first line has to be part,criterion,level"),
        (b"\r\n \r\n", "the file is empty: its first line has to be part,criterion,level"),
        (
            b"PK\x03\x04\x14\x00",
            "the file is a workbook or an archive, not text: save the sheet as CSV (UTF-8)",
        ),
        (b"\xff\xfep\x00a\x00", "the file is text in UTF-16: save it as CSV in UTF-8"),
        (
            b"part,criterion,level\nstandards,OP-01,\xe9\n",
            "line 2 is not UTF-8 text: save the file as CSV in UTF-8",
        ),
        (b"\x89PNG\r\n", "line 1 is not UTF-8 text: save the file as CSV in UTF-8"),
        (
            b"part,criterion,level\n\x00",
            "line 2 holds a null byte, so the file is not text: save it as CSV in UTF-8",
        ),
        (
            b"part;criterion;level\n",
            "line 1 is divided by semicolons: divide the columns by commas, as in part,criterion,level",
        ),
        (
            b"part\tcriterion\tlevel\n",
            "line 1 is divided by tabs: divide the columns by commas, as in part,criterion,level",
        ),
        (
            b"standards,OP-01,fully\n",
            "line 1 has to be the header part,criterion,level: "
            "the header names no column “part”, “criterion” and “level”",
        ),
        (
            b"\npart,criterion,rating\n",
            "line 2 has to be the header part,criterion,level: the header names no column “level”",
        ),
        (b"part,criterion,level,Level\n", "line 1 names the column “level” 2 times: keep one of them"),
        (
            b'"part,criterion,level\n',
            "line 1 has a quotation mark that does not close its cell: write each mark in a cell twice",
        ),
    ],
)
def test_a_file_that_is_no_table_of_ratings_says_why(data: bytes, fault: str) -> None:
    assert faults_of(data) == [fault]


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.booleans())
def test_no_input_whatever_ends_in_anything_but_ratings_or_sentences(noise: bytes, headed: bool) -> None:
    faults, ratings = faults_or_ratings(HEADER.encode() + noise if headed else noise)
    assert bool(faults) != (ratings is not None)
    assert all(fault and "\n" not in fault for fault in faults)
    assert ratings is None or ratings.keys() <= set(KEYS)


@settings(max_examples=50)
@given(
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(list(Level))),
    st.permutations(["part", "criterion", "level", "note"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.randoms(use_true_random=False),
)
def test_what_is_written_in_any_order_is_read_back_as_it_was(
    ratings: Ratings, columns: list[str], end: str, chance: random.Random
) -> None:
    rows = [
        {"part": part.value, "criterion": code, "level": level.value, "note": 'a, "b"\nc'}
        for (part, code), level in ratings.items()
    ]
    chance.shuffle(rows)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    assert read_ratings(out.getvalue().encode(), CATALOGUE) == ratings


# Results out


def test_the_outcome_as_json_has_the_promised_shape() -> None:
    found = score_json(judge(CATALOGUE, the_example()))
    parts = found.pop("parts")
    assert found == {"edition": "oecd-minerals-2018", "overall": "partially"}
    assert list(parts) == ["standards", "implementation", "governance"]
    assert parts["standards"] == {
        "complete": True,
        "counts": {"fully": 75, "partially": 6, "not": 6, "not_applicable": 1, "unrated": 0},
        "gate": {"passed": False, "failing": ["OP-03"]},
        "score": "133/150",
        "pooled": "26/29",
        "result": "partially",
        "holding_back": [["OP-03"]],
        "holding_back_count": 1,
        "best": "partially",
        "worst": "partially",
        "sensitivity": dict.fromkeys(["70 %", "80 %", "90 %", "100 %"], "partially"),
        "strict": "partially",
    }
    assert parts["implementation"]["score"] == "1/1"
    assert parts["implementation"]["holding_back"] == []
    assert parts["governance"] == {
        "complete": False,
        "counts": {"fully": 0, "partially": 0, "not": 0, "not_applicable": 0, "unrated": 18},
        "gate": {"passed": True, "failing": []},
        "score": None,
        "pooled": None,
        "result": None,
        "holding_back": [],
        "holding_back_count": 0,
        "best": "fully",
        "worst": "not",
        "sensitivity": dict.fromkeys(["70 %", "80 %", "90 %", "100 %"]),
        "strict": None,
    }


def test_the_json_is_plain_data_and_no_points_are_zero_over_one() -> None:
    outcome = judge(CATALOGUE, dict.fromkeys(KEYS, Level.NOT))
    found = score_json(outcome)
    assert json.loads(json.dumps(found)) == found
    assert found["parts"]["standards"]["score"] == "0/1"
    assert found["parts"]["standards"]["holding_back_count"] == 26248505381684851188961800
    assert type(found["overall"]) is str


@pytest.mark.parametrize(
    ("share", "places", "text"),
    [
        (Fraction(4, 5), 0, "80 %"),
        (Fraction(1), 1, "100.0 %"),
        (Fraction(0), 1, "0.0 %"),
        (Fraction(73, 76), 1, "96.1 %"),
        (Fraction(1, 8), 0, "13 %"),  # half up
        (Fraction(1, 2000), 1, "0.1 %"),
        (Fraction(1, 3), 2, "33.33 %"),
    ],
)
def test_a_share_is_rounded_half_up_in_percent(share: Fraction, places: int, text: str) -> None:
    assert percent(share, places) == text


TABLE = """\
oecd-minerals-2018: overall Partially aligned
The worse of standards and implementation; governance is shown apart.

                   Standards          Implementation  Governance
-----------------  -----------------  --------------  -------------
Fully aligned      75                 89              0
Partially aligned  6                  0               0
Not aligned        6                  0               0
Not applicable     1                  0               0
Not yet rated      0                  0               18
Gate 1             failed by 1        passed          passed
Gate 2             passed             passed          open
  share of points  133/150 (88.7 %)   1/1 (100.0 %)   –
All criteria       26/29 (89.7 %)     1/1 (100.0 %)   –
Result             Partially aligned  Fully aligned   incomplete
  so far           Partially aligned  Fully aligned   –
  at worst         Partially aligned  Fully aligned   Not aligned
  at best          Partially aligned  Fully aligned   Fully aligned
  at 70 %          Partially aligned  Fully aligned   –
  at 80 %          Partially aligned  Fully aligned   –
  at 90 %          Partially aligned  Fully aligned   –
  at 100 %         Partially aligned  Fully aligned   –
  strict           Partially aligned  Fully aligned   –

What holds it back
  Standards: gating criteria below fully aligned: OP-03
  Standards: 1 criterion has to rise to reach Fully aligned; the only smallest set
    OP-03
  Implementation: nothing
  Governance: nothing that applies is rated yet

The rule
  Fully aligned: every gating criterion fully aligned, and 4/5 of the points of the others.
    Partially aligned: 1/2 of all points. A partially aligned criterion gives 1/2 point.
  A reading of published results; no source states the rule in words.
"""


def test_the_table_tells_the_whole_outcome_and_where_the_rule_comes_from() -> None:
    assert score_table(judge(CATALOGUE, the_example()), CATALOGUE) == TABLE


def test_the_table_counts_the_sets_that_it_does_not_list_and_keeps_its_width() -> None:
    table = score_table(judge(CATALOGUE, dict.fromkeys(KEYS, Level.NOT)), CATALOGUE)
    assert "overall Not aligned" in table
    assert "Standards: 44 criteria have to rise to reach Partially aligned; " in table
    assert "26,248,505,381,684,851,188,961,800" in table
    assert "    and 26,248,505,381,684,851,188,961,780 more\n" in table
    assert "Warning: governance holds less than 80 % of its points." in table
    assert "at worst" not in table, "all is rated: nothing is left to reach"
    assert max(map(len, table.splitlines())) <= WIDTH


def test_the_table_of_an_unfinished_assessment_shows_what_can_still_be_reached() -> None:
    ratings = {(Part.STANDARDS, "OP-01"): Level.PARTIALLY, (Part.STANDARDS, "S1-A-1"): Level.NOT}
    ratings[Part.IMPLEMENTATION, "S1-A-1"] = Level.FULLY
    ratings |= {key: Level.NOT_APPLICABLE for key in KEYS if key[0] is Part.GOVERNANCE}
    table = score_table(judge(CATALOGUE, ratings), CATALOGUE)
    rows = {line[:17].strip(): line[19:] for line in table.splitlines() if not line.startswith("    ")}
    assert "overall no result yet" in table
    assert rows["Gate 1"].split() == ["failed", "by", "1", "open", "passed"]
    assert rows["Gate 2"].split("  ")[0] == "not reached so far"
    assert "reached so far" in rows["Gate 2"][20:]
    assert rows["Result"].split("  ")[-1].strip() == "nothing applies"
    assert "2 smallest sets, what is not yet rated left out" in " ".join(table.split())
    assert "  Governance: nothing applies\n" in table
