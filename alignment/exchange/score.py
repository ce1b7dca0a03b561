"""Ratings from a CSV file, and the outcome of the rule as JSON and as a table for a terminal."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from alignment.domain.catalogue import Catalogue, Part, Rule
from alignment.domain.rating import Level
from alignment.domain.refusal import Faults
from alignment.domain.result import Outcome, PartOutcome

COLUMNS = ("part", "criterion", "level")
MOST_FAULTS = 100  # a file with more mistakes than this is no file of ratings
WIDTH = 100

PARTS = {part.value: part for part in Part}
LEVELS = {level.value: level for level in Level} | {level.label.casefold(): level for level in Level}
ABSENT = frozenset({"", "unrated", "not rated", "not yet rated", "not_rated"})
MEANT = {  # what people write for a level, where it is not merely a slip of the pen
    "full": Level.FULLY,
    "partial": Level.PARTIALLY,
    "none": Level.NOT,
    "no": Level.NOT,
    "n/a": Level.NOT_APPLICABLE,
    "na": Level.NOT_APPLICABLE,
    "n.a.": Level.NOT_APPLICABLE,
}


# Ratings in


def read_ratings(data: bytes, catalogue: Catalogue) -> dict[tuple[Part, str], Level]:
    """The ratings of a CSV file with the columns part, criterion and level, in any order.

    The encoding is UTF-8, with or without a byte order mark; lines may end in any usual way; further
    columns and blank lines are ignored. Parts and levels are read in any case, with blanks around them,
    levels also as they are printed (Fully aligned). What is not yet rated has no line.

    Raises Faults with a sentence for each mistake, which names its line and what to do.
    """
    rows = _Rows(_text(data))
    header = next(rows, None)
    if header is None:
        raise Faults(rows.faults or ["the file is empty: its first line has to be part,criterion,level"])
    places = _columns(*header)
    reading = _Reading(catalogue)
    for line, cells in rows:
        reading.take(line, cells, len(header[1]), places)
        if len(reading.faults) >= MOST_FAULTS:
            reading.faults.append(f"line {line}: reading ends here, after {MOST_FAULTS} mistakes")
            break
    faults = reading.faults + rows.faults
    if faults:
        raise Faults(faults)
    return reading.ratings


def _text(data: bytes) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise Faults(["the file is a workbook or an archive, not text: save the sheet as CSV (UTF-8)"])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Faults(["the file is text in UTF-16: save it as CSV in UTF-8"])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Faults([f"line {line} is not UTF-8 text: save the file as CSV in UTF-8"]) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise Faults([f"line {line} holds a null byte, so the file is not text: save it as CSV in UTF-8"])
    return text


class _Rows(Iterator[tuple[int, list[str]]]):
    """The rows that are not blank, each with the line that it begins on; ends at what cannot be split."""

    def __init__(self, text: str) -> None:
        self.faults: list[str] = []
        self._reader = csv.reader(io.StringIO(text, newline=""), strict=True)

    def __next__(self) -> tuple[int, list[str]]:
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except csv.Error as error:
                self.faults.append(_unsplit(line, error))
                raise StopIteration from error
            if any(cell.strip() for cell in cells):
                return line, cells


def _unsplit(line: int, error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"line {line} holds a cell of more than {csv.field_size_limit():,} characters: shorten it"
    return f"line {line} has a quotation mark that does not close its cell: write each mark in a cell twice"


def _columns(line: int, cells: Sequence[str]) -> dict[str, int]:
    """Where each needed column stands, from the header."""
    names = [cell.strip().casefold() for cell in cells]
    faults = [
        f"line {line} names the column “{name}” {names.count(name)} times: keep one of them"
        for name in COLUMNS
        if names.count(name) > 1
    ]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        faults.append(f"line {line} {_missing(missing, cells)}")
    if faults:
        raise Faults(faults)
    return {name: names.index(name) for name in COLUMNS}


def _missing(missing: Sequence[str], cells: Sequence[str]) -> str:
    wanted = f"the header names no column {_listed(f'“{name}”' for name in missing)}"
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if sign in cells[0]:
            return f"is divided by {name}: divide the columns by commas, as in part,criterion,level"
    return f"has to be the header part,criterion,level: {wanted}"


class _Reading:
    """Ratings and faults so far; a rating is taken once all three of its words are known."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.ratings: dict[tuple[Part, str], Level] = {}
        self.faults: list[str] = []
        self._catalogue = catalogue
        self._lines: dict[tuple[Part, str], int] = {}

    def take(self, line: int, cells: Sequence[str], width: int, places: Mapping[str, int]) -> None:
        """Read one row; what is wrong with it becomes faults."""
        if len(cells) <= max(places.values()):
            self._fault(line, f"has {_cells(len(cells))} where the header has {width}: fill in what is missing")
            return
        if any(cell.strip() for cell in cells[width:]):
            self._fault(
                line,
                f"has {_cells(len(cells))} where the header has {width}: "
                "put a cell that contains a comma between quotation marks",
            )
            return
        part_word, code, level_word = (cells[places[name]].strip() for name in COLUMNS)
        part = self._part(line, part_word)
        known = self._criterion(line, code, part)
        level = self._level(line, level_word)
        if part is None or not known or not self._first(line, part, code) or level is None:
            return
        self.ratings[part, code] = level

    def _fault(self, line: int, sentence: str) -> None:
        self.faults.append(f"line {line} {sentence}")

    def _part(self, line: int, word: str) -> Part | None:
        part = PARTS.get(word.casefold())
        if part is None:
            self._fault(
                line,
                _unknown("part", word) + (_meant(word.casefold(), PARTS) or f": write {_listed(PARTS, 'or')}"),
            )
        return part

    def _criterion(self, line: int, code: str, part: Part | None) -> bool:
        criterion = self._catalogue.by_code.get(code)
        if criterion is None:
            self._fault(
                line,
                _unknown("criterion", code)
                + (
                    _meant(code.upper(), self._catalogue.by_code)
                    or f": write a code of {self._catalogue.edition}, as {self._catalogue.criteria[0].code}"
                ),
            )
            return False
        if part is not None and part not in criterion.parts:
            judged = _listed(criterion.parts)
            self._fault(line, f"rates {code} in {part.value}, but it is judged in {judged} only: remove the line")
            return False
        return True

    def _level(self, line: int, word: str) -> Level | None:
        plain = word.casefold()
        level = LEVELS.get(plain)
        if level is None and plain in ABSENT:
            said = "gives no level" if not plain else f"gives the level {_quoted(word)}"
            self._fault(line, f"{said}: leave the row out while the criterion is not yet rated")
        elif level is None:
            meant = f": did you mean {MEANT[plain].value}?" if plain in MEANT else _meant(plain, LEVELS)
            self._fault(line, f"gives an unknown level {_quoted(word)}" + (meant or f": write {_listed(Level, 'or')}"))
        return level

    def _first(self, line: int, part: Part, code: str) -> bool:
        before = self._lines.setdefault((part, code), line)
        if before != line:
            self._fault(line, f"rates {code} in {part.value} again, after line {before}: keep one of the two")
        return before == line


def _meant(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word[:40], list(known), n=1, cutoff=0.7)
    return f": did you mean {close[0]}?" if close else ""


def _unknown(noun: str, word: str) -> str:
    return f"names an unknown {noun} {_quoted(word)}" if word else f"names no {noun}"


def _quoted(word: str) -> str:
    """What stands in a cell, on one line and short."""
    shown = "".join(sign if sign.isprintable() else " " for sign in word)
    return f"“{shown[:40]}…”" if len(shown) > 40 else f"“{shown}”"


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"


def _listed(words: Iterable[str], last: str = "and") -> str:
    """One, two and three; enumeration members by their value."""
    said = [str(word) for word in words]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} {last} {said[-1]}"


# Results out


def score_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome for programs: fractions in lowest terms as "n/d", null where there is nothing to say."""
    return {
        "edition": outcome.edition,
        "overall": _word(outcome.overall),
        "parts": {part.value: _part_json(found) for part, found in outcome.parts.items()},
    }


def _part_json(part: PartOutcome) -> dict[str, Any]:
    counts = part.counts
    return {
        "complete": part.complete,
        "counts": {
            "fully": counts.fully,
            "partially": counts.partially,
            "not": counts.not_aligned,
            "not_applicable": counts.not_applicable,
            "unrated": counts.unrated,
        },
        "gate": {"passed": part.gate_passed, "failing": list(part.failing)},
        "score": _exact(part.score),
        "pooled": _exact(part.pooled),
        "result": _word(part.result),
        "holding_back": [list(codes) for codes in part.holding_back],
        "holding_back_count": part.holding_back_count,
        "best": _word(part.best),
        "worst": _word(part.worst),
        "sensitivity": {_mark(at): _word(level) for at, level in part.sensitivity},
        "strict": _word(part.strict),
    }


def _word(level: Level | None) -> str | None:
    return None if level is None else level.value


def _exact(share: Fraction | None) -> str | None:
    return None if share is None else f"{share.numerator}/{share.denominator}"


def percent(share: Fraction, places: int = 0) -> str:
    """A share in percent, rounded half up to some places: 80 %, 96.1 %."""
    scale = 10**places
    scaled = (share.numerator * 200 * scale + share.denominator) // (2 * share.denominator)
    whole, rest = divmod(scaled, scale)
    return f"{whole}.{rest:0{places}} %" if places else f"{whole} %"


def _mark(share: Fraction) -> str:
    """A threshold in percent, with a decimal only where it needs one."""
    return percent(share, 0 if (share * 100).denominator == 1 else 1)


def score_table(outcome: Outcome, catalogue: Catalogue) -> str:
    """The outcome for people at a terminal, at most 100 columns wide, with the provenance of the rule."""
    parts, rule = list(outcome.parts.values()), catalogue.rule
    rows = [
        ["", *(part.part.label for part in parts)],
        *_count_rows(parts),
        ["Gate 1", *(_gate_1(part) for part in parts)],
        ["Gate 2", *(_gate_2(part, rule) for part in parts)],
        ["  share of points", *(_both(part.score) for part in parts)],
        ["All criteria", *(_both(part.pooled) for part in parts)],
        ["Result", *(_result(part) for part in parts)],
        *_other_rows(parts, rule),
    ]
    overall = outcome.overall.label if outcome.overall else "no result yet"
    sentences = [
        f"{outcome.edition}: overall {overall}",
        "The worse of standards and implementation; governance is shown apart.",
        *_warning(outcome, rule),
        "",
        *_aligned(rows),
        "",
        "What holds it back",
        *(line for part in parts for line in _held_back(part)),
        "",
        "The rule",
        *_wrapped(_rule_sentence(rule), "  "),
        *_wrapped(rule.provenance, "  "),
    ]
    return "\n".join(sentences) + "\n"


def _warning(outcome: Outcome, rule: Rule) -> list[str]:
    said = f"Warning: governance holds less than {_mark(rule.threshold)} of its points."
    return [said] if outcome.governance_warning else []


def _count_rows(parts: Sequence[PartOutcome]) -> list[list[str]]:
    columns: list[tuple[str, list[int]]] = [
        (Level.FULLY.label, [part.counts.fully for part in parts]),
        (Level.PARTIALLY.label, [part.counts.partially for part in parts]),
        (Level.NOT.label, [part.counts.not_aligned for part in parts]),
        (Level.NOT_APPLICABLE.label, [part.counts.not_applicable for part in parts]),
        ("Not yet rated", [part.counts.unrated for part in parts]),
    ]
    return [[label, *map(str, numbers)] for label, numbers in columns]


def _gate_1(part: PartOutcome) -> str:
    if part.gate_passed is False:
        return f"failed by {len(part.failing)}"
    return "passed" if part.gate_passed else "open"


def _gate_2(part: PartOutcome, rule: Rule) -> str:
    if part.score is None:
        return "passed" if part.complete else "open"
    reached = part.score >= rule.threshold
    if not part.complete:
        return "reached so far" if reached else "not reached so far"
    return "passed" if reached else "failed"


def _both(share: Fraction | None) -> str:
    return "–" if share is None else f"{_exact(share)} ({percent(share, 1)})"


def _result(part: PartOutcome) -> str:
    if part.result is not None:
        return part.result.label
    return "nothing applies" if part.complete else "incomplete"


def _other_rows(parts: Sequence[PartOutcome], rule: Rule) -> Iterator[list[str]]:
    if not all(part.complete for part in parts):
        yield ["  so far", *(_level(part.provisional) for part in parts)]
        yield ["  at worst", *(_level(part.worst) for part in parts)]
        yield ["  at best", *(_level(part.best) for part in parts)]
    for at, share in enumerate(rule.sensitivity):
        yield [f"  at {_mark(share)}", *(_level(part.sensitivity[at][1]) for part in parts)]
    yield ["  strict", *(_level(part.strict) for part in parts)]


def _level(level: Level | None) -> str:
    return level.label if level else "–"


def _held_back(part: PartOutcome) -> Iterator[str]:
    name = part.part.label
    if part.failing:
        said = f"gating criteria below fully aligned: {', '.join(part.failing)}"
        yield from _wrapped(f"{name}: {said}", "  ")
    if part.next_level is None:
        yield f"  {name}: {_nothing(part)}"
        return
    number, size = part.holding_back_count, len(part.holding_back[0])
    rise = "1 criterion has" if size == 1 else f"{size} criteria have"
    sets = "the only smallest set" if number == 1 else f"{number:,} smallest sets"
    left_out = "" if part.complete else ", what is not yet rated left out"
    yield from _wrapped(f"{name}: {rise} to rise to reach {part.next_level.label}; {sets}{left_out}", "  ")
    for codes in part.holding_back:
        yield from _wrapped(" ".join(codes), "    ")
    if number > len(part.holding_back):
        yield f"    and {number - len(part.holding_back):,} more"


def _nothing(part: PartOutcome) -> str:
    if part.provisional is not None:
        return "nothing"
    return "nothing applies" if part.complete else "nothing that applies is rated yet"


def _rule_sentence(rule: Rule) -> str:
    return (
        f"Fully aligned: every gating criterion fully aligned, and {_exact(rule.threshold)} of the points of "
        f"the others. Partially aligned: {_exact(rule.floor)} of all points. A partially aligned criterion "
        f"gives {_exact(rule.partial_credit)} point."
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with their columns under each other, the header underlined."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [
        lines[0].rstrip(),
        "  ".join("-" * width for width in widths),
        *(line.rstrip() for line in lines[1:]),
    ]


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ",
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip
