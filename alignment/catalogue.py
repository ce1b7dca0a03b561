"""The criteria files, read into the catalogue; every mistake in them at once, with file and line.

``criteria/<edition>/edition.md`` is one edition as a whole. Its front matter:

    id: oecd-minerals-2018            the name of its folder
    title, issued, status             texts
    sources:                          a key and an address for each document relied on
    sections:
      B:                              its folder
        title: Five-step framework
        steps:                        only in a section that has steps: number and title
          1: Management systems
        groups: [S1-A, S1-B]          the group files in catalogue order
    scale:                            each level with what it means
      fully: …                        also: partially, not, not_applicable
    rule:
      threshold: 4/5                  fractions, or percentages (80 %)
      floor: 1/2
      partial_credit: 1/2
      gating: [section A, PR-AU-5]    whole sections, or codes
      sensitivity: [70 %, 80 %]
    provenance: where the rule comes from

and its Markdown is the introduction of the edition.

``criteria/<edition>/<section>/<group>.md`` is one group: front matter ``group``, ``section``,
``title`` and, in a section with steps, ``step``; a paragraph; then each criterion:

    ## S1-A-1 Public supply chain policy

    - parts: standards, implementation
    - position: all
    - guidance: Step 1.A
    - external code: none held

    The text.

    ### In the text
    ### In practice
    ### Fully or partially

``criteria/lme-track-a/requirements.md`` (front matter ``id``, ``title``, ``edition``,
``provenance``) has ``## CODE Title``, ``- criteria:`` and, within a step, ``- step:``, and a text;
each criterion of sections A and B stands in exactly one requirement. ``checklist.md`` (the same
without ``edition``) has ``## TA-01 Title``, ``- basis:``, a text and ``### What answers it``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path

from alignment.content import Entry, Fields, Form, Mistakes, Note, Page, Piece, listed, read_page
from alignment.domain.catalogue import (
    Catalogue,
    ChecklistItem,
    Criterion,
    Group,
    Part,
    Position,
    Requirement,
    Rule,
    Section,
    TrackA,
)
from alignment.domain.frozen import dataclass
from alignment.domain.rating import Level
from alignment.domain.refusal import Faults
from alignment.files import folder
from alignment.text import broken_links, targets, why_no_address

TRACK_A = "lme-track-a"
"""The folder of what Track A asks of a brand; every other folder is an edition."""

OF_THE_BRAND = ("A", "B")
"""The sections on a company's own due diligence: these stand behind requirements (model, section 6)."""

NONE_HELD = "none held"
"""Written for an external code that is not at hand."""

IN_THE_TEXT, IN_PRACTICE, FULLY_OR_PARTIALLY = "In the text", "In practice", "Fully or partially"
ANSWER = "What answers it"

CRITERION = Form(
    fields=("parts", "position", "guidance", "external code"),
    headings=(IN_THE_TEXT, IN_PRACTICE, FULLY_OR_PARTIALLY),
)
REQUIREMENT = Form(fields=("criteria",), optional=("step",))
CHECKLIST_ITEM = Form(fields=("basis",), headings=(ANSWER,))

_FRACTION = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")
_PERCENTAGE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")


def editions(root: Path | None = None) -> tuple[str, ...]:
    """The names of all editions, in order. Raises Faults where there is no folder of criteria."""
    base = root or folder("criteria")
    if not base.is_dir():
        raise Faults([f"{base}: there is no such folder: the criteria files belong there"])
    folders = (path.name for path in base.iterdir() if path.is_dir() and not path.name.startswith("."))
    return tuple(sorted(name for name in folders if name != TRACK_A))


def load_catalogue(edition: str, root: Path | None = None) -> Catalogue:
    """One edition. Raises Faults with every mistake in its files."""
    known = editions(root)
    if edition not in known:
        raise Faults([f"“{edition}” is no edition of the criteria; known are {listed(known)}"])
    mistakes = Mistakes()
    catalogue = _edition(root or folder("criteria"), edition, mistakes)
    mistakes.settle()
    return catalogue


def load_track_a(catalogue: Catalogue, root: Path | None = None) -> TrackA:
    """What Track A asks of a brand, in the criteria of that edition. Raises Faults with every mistake."""
    mistakes = Mistakes()
    track_a = _track_a(root or folder("criteria"), {catalogue.edition: catalogue}, mistakes)
    mistakes.settle()
    return track_a


def load_all(root: Path | None = None) -> tuple[dict[str, Catalogue], TrackA]:
    """Every edition by its name, and Track A. Raises Faults with every mistake in all files.

    The program's own content is read once: a process goes on with what it began with.
    """
    catalogues, track_a = _load_own() if root is None else _load(root)
    return dict(catalogues), track_a


def _load(base: Path) -> tuple[dict[str, Catalogue], TrackA]:
    mistakes = Mistakes()
    catalogues = {name: _edition(base, name, mistakes) for name in editions(base)}
    track_a = _track_a(base, {name: _whole(each, base, mistakes) for name, each in catalogues.items()}, mistakes)
    mistakes.settle()
    return catalogues, track_a


def _whole(catalogue: Catalogue, base: Path, mistakes: Mistakes) -> Catalogue | None:
    """The edition, unless a file of it could not be read: what stands in it is not missed elsewhere then."""
    shelf = f"{base.name}/{catalogue.edition}/"
    return None if any(file.startswith(shelf) for file in mistakes.unread) else catalogue


@cache
def _load_own() -> tuple[dict[str, Catalogue], TrackA]:
    return _load(folder("criteria"))


def load_sound(root: Path | None = None) -> dict[str, Catalogue | None]:
    """Every edition by its name, None for one with a mistake in its files: what else there is can be read all the same.

    Raises Faults where there is no folder of criteria.
    """
    found: dict[str, Catalogue | None] = {}
    for name in editions(root):
        try:
            found[name] = load_catalogue(name, root)
        except Faults:
            found[name] = None
    return found


def check(root: Path | None = None) -> list[str]:
    """Every mistake in the criteria files, as sentences with file and line; none where all is well."""
    try:
        load_all(root)
    except Faults as found:
        return found.faults
    return []


# An edition


@dataclass(frozen=True, slots=True)
class _Planned:
    """A section as its edition announces it; ``steps`` is None where the announcement is missing."""

    code: str
    title: str
    groups: tuple[Piece, ...]
    steps: Mapping[str, str] | None


def _edition(root: Path, name: str, mistakes: Mistakes) -> Catalogue:
    """The edition as far as it can be read; without a mistake noted it is whole."""
    base, shelf = root / name, f"{root.name}/{name}"
    paths = {"edition.md", *(path.relative_to(base).as_posix() for path in base.rglob("*.md"))}
    pages = {path: read_page(base / path, f"{shelf}/{path}", mistakes) for path in sorted(paths)}
    head = pages["edition.md"]
    front = head.front
    front.only("id", "title", "issued", "status", "sources", "sections", "scale", "rule", "provenance")
    _agrees(front, "id", name, "folder")
    provenance = front.text("provenance")
    _sources(_texts(front.inner("sources")), head)
    _links([provenance, head.source], head.note)
    if not head.body and front.held:
        head.note(0, "there is no text after the front matter: say what this edition is")
    plan = _plan(front) or _plan_as_found(pages)
    sections = _sections(plan, pages, shelf)
    return Catalogue(
        edition=name,
        title=front.text("title").text,
        issued=front.text("issued").text,
        status=front.text("status").text,
        introduction=head.body,
        rule=_rule(front.inner("rule"), provenance.text, sections if not mistakes.unread else None),
        scale=_scale(front.inner("scale")),
        sections=sections,
        digest=_digest(pages),
        steps={int(number): title for planned in plan for number, title in (planned.steps or {}).items()},
    )


def _digest(pages: Mapping[str, Page]) -> str:
    """SHA-256 over path, length and bytes of each file, in the order of their paths."""
    whole = hashlib.sha256()
    for path, page in sorted(pages.items()):
        whole.update(f"{path}\0{len(page.raw)}\0".encode() + page.raw)
    return whole.hexdigest()


def _agrees(front: Fields, name: str, expected: str, place: str) -> None:
    given = front.text(name)
    if given.text and given.text != expected:
        said = f"“{name}” says {given.text}, but the {place} is called {expected}: make them agree"
        front.note(given.line, said)


def _sources(given: Mapping[str, Piece], head: Page) -> None:
    """Note a document that the front matter and the text below it lead to under another address, or not both."""
    for piece in given.values():
        if fault := why_no_address(piece.text):
            head.note(piece.line, fault)
    for key, (address, line) in targets(head.source.text).items():
        listed_as = given.get(key)
        if listed_as is None and given:
            head.note(head.source.line + line, f"“{key}” is none of the sources above: list it there under this key")
        elif listed_as and " " not in listed_as.text and listed_as.text != address:
            said = f"“{key}” leads to {address}, and the source of that name is {listed_as.text}: make them agree"
            head.note(head.source.line + line, said)


def _links(texts: Iterable[Piece], note: Note) -> None:
    """Note every link that leads nowhere, in texts as they are printed: each by itself."""
    for text in texts:
        for line, sentence in broken_links(text.text):
            note(text.line + line, sentence)


def _texts(fields: Fields) -> dict[str, Piece]:
    """All fields of one place, each of which has to be a text."""
    if fields.held and not fields.values:
        fields.note(fields.line, "nothing is listed here: add a line for each, name: text")
    return {name: fields.text(name) for name in fields.values}


# Sections and groups


def _plan(front: Fields) -> tuple[_Planned, ...]:
    sections = front.inner("sections")
    if sections.held and not sections.values:
        sections.note(sections.line, "no section is announced: write its code, title and groups")
    return tuple(_planned(code, sections.inner(code)) for code in sections.values)


def _planned(code: str, fields: Fields) -> _Planned:
    fields.only("title", "steps", "groups")
    steps = {}
    if "steps" in fields.values:
        for number, title in _texts(fields.inner("steps")).items():
            if re.fullmatch("[1-9][0-9]?", number):
                steps[number] = title.text
            else:
                fields.note(title.line, f"“{number}” is no number of a step: write 1, 2, 3 and so on")
    return _Planned(code, fields.text("title").text, fields.texts("groups"), steps)


def _plan_as_found(pages: Iterable[str]) -> tuple[_Planned, ...]:
    """The sections by their folders alone, to read on where the edition does not announce them."""
    found: dict[str, list[Piece]] = {}
    for path in pages:
        if path.count("/") == 1:
            section, group = path.removesuffix(".md").split("/")
            found.setdefault(section, []).append(Piece(group, 0))
    return tuple(_Planned(section, section, tuple(groups), None) for section, groups in found.items())


def _sections(plan: tuple[_Planned, ...], pages: Mapping[str, Page], shelf: str) -> tuple[Section, ...]:
    """The announced sections with their groups; other files are read for their mistakes alone."""
    places: dict[str, str] = {}
    waiting = {path: page for path, page in pages.items() if path != "edition.md"}
    sections = []
    for planned in plan:
        groups = []
        for piece in planned.groups:
            path = f"{planned.code}/{piece.text}.md"
            if path in waiting:
                groups.append(_group(path, waiting.pop(path), planned, places, shelf))
            else:
                _note_no_file(pages, path, piece, shelf)
        sections.append(Section(planned.code, planned.title, tuple(groups)))
    for path, page in waiting.items():
        page.note(0, _why_not_here(path, plan, shelf))
        if path.count("/") == 1:
            _group(path, page, _Planned("", "", (), None), places, shelf)
    return tuple(sections)


def _note_no_file(pages: Mapping[str, Page], path: str, group: Piece, shelf: str) -> None:
    """Say that a listed group has no file, unless its file stands elsewhere, where more is said."""
    if path in pages:
        pages["edition.md"].note(group.line, f"the group {group.text} is listed twice: keep one")
    elif group.text and not any(other.endswith(f"/{group.text}.md") for other in pages):
        said = f"the group {group.text} is listed, but {shelf}/{path} is missing: write it or take it off"
        pages["edition.md"].note(group.line, said)


def _why_not_here(path: str, plan: tuple[_Planned, ...], shelf: str) -> str:
    group = path.rpartition("/")[2].removesuffix(".md")
    for planned in plan:
        if group in {piece.text for piece in planned.groups}:
            home = f"{shelf}/{planned.code}/{group}.md"
            return f"the group {group} belongs to section {planned.code}: move this file to {home}"
    return f"the group {group} is listed in no section: list it in {shelf}/edition.md or remove this file"


def _group(path: str, page: Page, planned: _Planned, places: dict[str, str], shelf: str) -> Group:
    """One group file; ``places`` has the codes met so far in the edition and is added to."""
    section, code = path.removesuffix(".md").split("/")
    front = page.front
    front.only("group", "section", "title", *(() if planned.steps == {} else ("step",)))
    _agrees(front, "group", code, "file")
    _agrees(front, "section", section, "folder")
    step = _step(front.text("step"), planned.steps, page.note) if planned.steps else None
    if not page.introduction and front.held:
        page.note(0, "there is no text before the first criterion: say what this group is about")
    _links((passage.source for passage in page.passages), page.note)
    criteria = []
    for entry in page.entries(CRITERION):
        if entry.code.rpartition("-")[0] != code:
            said = f"{entry.code} does not belong to the group {code}: begin its code with {code}- or move it"
            page.note(entry.line, said)
        _claim(entry, page.note, f"{shelf}/{path}", places)
        criteria.append(_criterion(entry, page.note, section, code, step, len(places) - 1))
    return Group(code, front.text("title").text, section, step, page.introduction, tuple(criteria))


def _step(given: Piece, steps: Iterable[str], note: Note) -> int | None:
    if given.text in steps:
        return int(given.text)
    if given.text:
        note(given.line, f"“{given.text}” is no step; known are {listed(tuple(steps))}")
    return None


def _claim(entry: Entry, note: Note, file: str, places: dict[str, str]) -> None:
    """Note a code that another entry has already."""
    if entry.code in places:
        note(entry.line, f"{entry.code} is the code at {places[entry.code]} already: give one another code")
    places.setdefault(entry.code, f"{file}:{entry.line}")


# Criteria


def _criterion(entry: Entry, note: Note, section: str, group: str, step: int | None, order: int) -> Criterion:
    external = entry.fields["external code"].text
    return Criterion(
        code=entry.code,
        title=entry.title,
        section=section,
        group=group,
        step=step,
        parts=_parts(entry.fields["parts"], note),
        position=_position(entry.fields["position"], note),
        reference=entry.fields["guidance"].text,
        external_code=None if external == NONE_HELD else external,
        text=entry.text,
        look_in_text=entry.prose[IN_THE_TEXT].text,
        look_in_practice=entry.prose[IN_PRACTICE].text,
        fully_or_partially=entry.prose[FULLY_OR_PARTIALLY].text,
        order=order,
    )


def _parts(given: Piece, note: Note) -> tuple[Part, ...]:
    names, known = _names(given), tuple(Part)
    if given.text and not names:
        note(given.line, f"no part is named; known are {listed(known)}")
    for name in names:
        if name not in known:
            note(given.line, f"“{name}” is no part; known are {listed(known)}")
    return tuple(part for part in known if part in names)


def _position(given: Piece, note: Note) -> Position:
    known = tuple(Position)
    if given.text and given.text not in known:
        note(given.line, f"“{given.text}” is no position; known are {listed(known)}")
    return Position(given.text) if given.text in known else Position.ALL


def _names(given: Piece) -> list[str]:
    """What a field lists, separated by commas."""
    return [name.strip() for name in given.text.split(",") if name.strip()]


# Scale and rule


def _scale(fields: Fields) -> tuple[tuple[str, str], ...]:
    levels = tuple(Level)
    for name, value in fields.values.items():
        if name not in levels:
            fields.note(value.line, f"“{name}” is no level of the scale; known are {listed(levels)}")
    return tuple((level.value, fields.text(level).text) for level in levels)


def _rule(fields: Fields, provenance: str, sections: tuple[Section, ...] | None) -> Rule:
    """The rule; nothing is looked up in sections that are None, for something of them could not be read."""
    fields.only("threshold", "floor", "partial_credit", "gating", "sensitivity")
    threshold, floor = fields.text("threshold"), fields.text("floor")
    rule = Rule(
        threshold=_fraction(threshold, fields.note),
        floor=_fraction(floor, fields.note),
        partial_credit=_fraction(fields.text("partial_credit"), fields.note),
        gating=_gating(fields.texts("gating"), sections, fields.note),
        sensitivity=tuple(_fraction(piece, fields.note) for piece in fields.texts("sensitivity")),
        provenance=provenance,
    )
    if rule.floor > rule.threshold != _NO_SHARE:
        said = f"the floor {floor.text} lies above the threshold {threshold.text}: exchange or correct them"
        fields.note(floor.line, said)
    return rule


_NO_SHARE = Fraction(-1)


def _fraction(given: Piece, note: Note) -> Fraction:
    """An exact share between 0 and 1, or ``_NO_SHARE`` where none is written, which was noted."""
    share = _NO_SHARE
    if found := _FRACTION.fullmatch(given.text):
        top, bottom = (int(number) for number in found.groups())
        share = Fraction(top, bottom) if bottom else share
    elif found := _PERCENTAGE.fullmatch(given.text):
        share = Fraction(found[1]) / 100
    if 0 <= share <= 1:
        return share
    if given.text:
        note(given.line, f"“{given.text}” is no fraction or percentage between 0 and 1: write 4/5 or 80 %")
    return _NO_SHARE


def _gating(given: tuple[Piece, ...], sections: tuple[Section, ...] | None, note: Note) -> frozenset[str]:
    if sections is None:
        return frozenset()
    whole = {f"section {section.code}": [c.code for c in section.criteria] for section in sections}
    single = {code: [code] for codes in whole.values() for code in codes}
    for piece in given:
        if piece.text and piece.text not in whole and piece.text not in single:
            said = f"“{piece.text}” is no criterion and no section of this edition: write a code or section A"
            note(piece.line, said)
    return frozenset(code for piece in given for code in (whole | single).get(piece.text, ()))


# Track A


def _track_a(root: Path, catalogues: Mapping[str, Catalogue | None], mistakes: Mistakes) -> TrackA:
    """What Track A asks; in an edition that is None nothing is looked up."""
    shelf = f"{root.name}/{TRACK_A}"
    rows = read_page(root / TRACK_A / "requirements.md", f"{shelf}/requirements.md", mistakes)
    items = read_page(root / TRACK_A / "checklist.md", f"{shelf}/checklist.md", mistakes)
    rows.front.only("id", "title", "edition", "provenance")
    items.front.only("id", "title", "provenance")
    edition = rows.front.text("edition")
    catalogue = catalogues.get(edition.text)
    if edition.text and edition.text not in catalogues:
        said = f"“{edition.text}” is not the edition in use; known are {listed(tuple(catalogues))}"
        rows.note(edition.line, said)
    provenance = [_about(page) for page in (rows, items)]
    return TrackA(
        edition=edition.text,
        requirements=_requirements(rows, f"{shelf}/requirements.md", catalogue),
        checklist=_checklist(items),
        provenance=provenance[0],
        checklist_provenance=provenance[1],
    )


def _about(page: Page) -> str:
    """The provenance of a file of Track A, once its other fields and its links are looked at."""
    page.front.text("id")
    page.front.text("title")
    provenance = page.front.text("provenance")
    _links([provenance, *(passage.source for passage in page.passages)], page.note)
    return provenance.text


def _requirements(page: Page, file: str, catalogue: Catalogue | None) -> tuple[Requirement, ...]:
    steps = tuple(str(number) for number in catalogue.steps) if catalogue else ()
    places: dict[str, str] = {}
    rows: list[tuple[Requirement, int]] = []
    for entry in page.entries(REQUIREMENT):
        _claim(entry, page.note, file, places)
        behind = entry.fields["criteria"]
        step = _step(entry.fields["step"], steps, page.note) if steps else None
        rows.append((Requirement(entry.code, entry.title, step, tuple(_names(behind)), entry.text), behind.line))
    if catalogue and rows:
        _note_behind(rows, catalogue, page.note)
    return tuple(requirement for requirement, _ in rows)


def _note_behind(rows: list[tuple[Requirement, int]], catalogue: Catalogue, note: Note) -> None:
    """Every criterion of sections A and B stands behind exactly one requirement, and no other does."""
    owners: dict[str, str] = {}
    for requirement, line in rows:
        for code in requirement.criteria:
            why = _why_not_behind(requirement, code, owners.get(code), catalogue)
            if why:
                note(line, why)
            owners.setdefault(code, requirement.code)
    for criterion in catalogue.criteria:
        if criterion.section in OF_THE_BRAND and criterion.code not in owners:
            note(0, f"{criterion.code} stands in no requirement: add it to the criteria of one")


def _why_not_behind(row: Requirement, code: str, owner: str | None, catalogue: Catalogue) -> str | None:
    criterion = catalogue.by_code.get(code)
    if criterion is None:
        return f"“{code}” is no criterion of {catalogue.edition}: correct the code or take it out"
    if criterion.section not in OF_THE_BRAND:
        return f"{code} of section {criterion.section} is about the programme itself: take it out"
    if owner:
        return f"{code} stands in requirement {owner} already: take it out of one"
    if criterion.step not in (None, row.step):
        return f"{code} is not of the same step as requirement {row.code}: move it or correct the step"
    return None


def _checklist(page: Page) -> tuple[ChecklistItem, ...]:
    items = []
    for number, entry in enumerate(page.entries(CHECKLIST_ITEM), start=1):
        if entry.code != f"TA-{number:02}":
            page.note(entry.line, f"{entry.code} stands where TA-{number:02} is due: number the items in order")
        items.append(
            ChecklistItem(
                code=entry.code,
                title=entry.title,
                basis=entry.fields["basis"].text,
                text=entry.text,
                answered_by=entry.prose[ANSWER].text,
            )
        )
    return tuple(items)
