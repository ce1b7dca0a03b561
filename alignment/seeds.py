"""Reads the YAML records under seeds/ into table rows, and says every mistake at once with file and line.

The format is described for its readers in ``seeds/README.md``. Nothing is stored here.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import SQLModel

from alignment import tables
from alignment.domain.action import ActionState
from alignment.domain.assessment import Certainty, Progress, ResultKind, Route, Scope
from alignment.domain.catalogue import Catalogue, Part, Stage
from alignment.domain.decision import Act
from alignment.domain.rating import RESULTS, Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.refusal import Faults
from alignment.domain.when import parse_when
from alignment.files import folder

Reader = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row to store, and the place in the seeds that says so."""

    row: SQLModel
    where: str


@dataclass(frozen=True, slots=True)
class MarketUpdate:
    """A market update to freeze: its front matter and its Markdown text."""

    number: str
    title: str
    original_title: str
    label: str
    as_at: date
    published: str
    source: str
    text: str


@dataclass
class Seeds:
    """All records in the order in which they can be stored."""

    entries: list[Entry] = field(default_factory=list)
    updates: list[MarketUpdate] = field(default_factory=list)


# --- readers of single values: text in, value out, ValueError with a sentence -------------------------


def _text(value: str) -> str:
    return " ".join(value.split())


def _prose(value: str) -> str:
    return value.strip()


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"“{value}” is no day: write 2024-09-30") from error


def _yes_or_no(value: str) -> bool:
    if value not in ("yes", "no", "true", "false"):
        raise ValueError(f"“{value}” is neither yes nor no")
    return value in ("yes", "true")


def _number(value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise ValueError(f"“{value}” is no whole number")
    return int(value)


def _word(words: type[StrEnum] | Sequence[StrEnum]) -> Reader:
    known = [word.value for word in words]

    def read(value: str) -> str:
        if value not in known:
            raise ValueError(f"“{value}” is none of {', '.join(known)}")
        return value

    return read


def _choice(*known: str) -> Reader:
    def read(value: str) -> str:
        if value not in known:
            raise ValueError(f"“{value}” is none of {', '.join(known)}")
        return value

    return read


@dataclass(frozen=True, slots=True)
class F:
    """One field of a record: how its text is read, and whether it must stand there."""

    read: Reader
    needed: bool = False
    refers: str = ""


def _ref(table: str, *, needed: bool = False) -> F:
    return F(_text, needed, table)


NEEDED = F(_text, True)
TEXT = F(_text)
PROSE = F(_prose, True)
SOURCED = {
    "source": _ref("source", needed=True),
    "place": NEEDED,
    "certainty": F(_word(Certainty), True),
    "remark": TEXT,
}
FACT = {"effective": F(parse_when, True), "announced": F(_day), **SOURCED}
EVIDENCE_KINDS = ("document", "interview", "shadow_assessment", "site_visit", "expert")

SOURCE = {
    "id": NEEDED, "title": NEEDED, "issuer": NEEDED, "address": TEXT, "issued": F(parse_when),
    "seen": F(_day), "remark": TEXT,
}  # fmt: skip
ORGANISATION = {
    "id": NEEDED, "name": NEEDED, "short_name": TEXT, "country": TEXT, "address": TEXT,
    "kind": F(_choice("exchange", "authority", "scheme_owner", "assessor", "producer", "other"), True),
}  # fmt: skip
METAL = {"id": NEEDED, "name": NEEDED, "lme_settled": F(_yes_or_no, True), **SOURCED}
STANDARD = {
    "id": NEEDED, "name": NEEDED, "edition": TEXT, "issued": F(parse_when), "supersedes": _ref("standard"),
    "summary": TEXT, **SOURCED,
}  # fmt: skip
PROCESS = {"id": NEEDED, "name": NEEDED, "owner": _ref("organisation"), "summary": TEXT, **SOURCED}
PROGRAMME = {
    "id": NEEDED, "number": F(_number, True), "short_name": NEEDED, "standard": _ref("standard", needed=True),
    "assurance_process": _ref("assurance_process"), "owner": _ref("organisation"),
    "route": F(_word(Route), True), "metals_said": NEEDED, "stages_said": TEXT,
    "all_minerals": F(_yes_or_no), "superseded_by": TEXT, **SOURCED,
}  # fmt: skip
NAME = {"name": NEEDED, "use": F(_choice("table", "also"), True), **SOURCED}
ASSESSMENT = {
    "id": NEEDED, "programme": _ref("programme", needed=True), "edition": _ref("edition", needed=True),
    "round": F(_number, True), "label": TEXT, "assessor": _ref("organisation"), "follows": _ref("assessment"),
    "published": F(_yes_or_no, True), **SOURCED,
}  # fmt: skip
PROGRESS = {"id": NEEDED, "part": F(_word(Part), True), "progress": F(_word(Progress), True), **FACT}
RESULT = {
    "id": NEEDED, "scope": F(_word(Scope), True), "kind": F(_word(ResultKind)),
    "level": F(_word(RESULTS), True), "statement": TEXT, "rests_on": TEXT, **FACT,
}  # fmt: skip
FINDING = {
    "id": NEEDED, "part": F(_word(Part), True), "group": _ref("group", needed=True),
    "level": F(_word(Level), True), "number": F(_number, True), "criterion": _ref("criterion"),
    "statement": TEXT, **FACT,
}  # fmt: skip
EVIDENCE = {
    "id": NEEDED, "kind": F(_choice(*EVIDENCE_KINDS), True), "reference": NEEDED, "collected": F(_day),
    "expires": F(_day), "confidential": F(_yes_or_no), "link": TEXT, **FACT,
}  # fmt: skip
ACTION = {
    "id": NEEDED, "assessment": _ref("assessment", needed=True), "title": NEEDED, "root_cause": TEXT,
    "owner": _ref("organisation"), "due": F(_day), "expected": F(_day), "number_known": F(_yes_or_no),
    **SOURCED,
}  # fmt: skip
ANSWERS = {
    "part": F(_word(Part), True), "criterion": _ref("criterion", needed=True), "our_reading": F(_yes_or_no),
}  # fmt: skip
STEP = {
    "id": NEEDED, "state": F(_word(ActionState), True), "as_reported": F(_yes_or_no),
    "by": _ref("organisation"), "statement": TEXT, **FACT,
}  # fmt: skip
DECISION = {
    "id": NEEDED, "programme": _ref("programme", needed=True), "act": F(_word(Act), True), "reason": TEXT,
    "conditions": TEXT, "against_advice": TEXT, "published_note": TEXT, "published_link": TEXT, **FACT,
}  # fmt: skip
RECOGNITION = {
    "id": NEEDED, "programme": _ref("programme", needed=True), "authority": _ref("organisation", needed=True),
    "under": NEEDED, "act": F(_word(RecognitionAct), True), "reference": TEXT, "statement": TEXT, **FACT,
}  # fmt: skip
MONITORING = {
    "id": NEEDED, "programme": _ref("programme"), "recommended_by": NEEDED, "owner": TEXT,
    "statement": NEEDED, **FACT,
}  # fmt: skip
STATEMENT = {
    "id": NEEDED, "subject": NEEDED, "topic": NEEDED, "said_by": TEXT, "title": TEXT, "text": PROSE,
    "until": F(_day), **FACT,
}  # fmt: skip
EQUIVALENCE = {
    "id": NEEDED, "kind": F(_choice("certification", "declaration"), True), "name": NEEDED,
    "stands_for": NEEDED, "programme": _ref("programme"), "statement": TEXT, **FACT,
}  # fmt: skip
PLACE = {
    "id": NEEDED, "name": NEEDED, "kept_by": NEEDED, "address": TEXT, "statement": TEXT,
    "source": _ref("source"), "place": TEXT,
}  # fmt: skip
PRODUCER = {"id": NEEDED, "name": NEEDED, "country": TEXT, "summary": TEXT, **SOURCED}
BRAND = {
    "id": NEEDED, "name": NEEDED, "metal": _ref("metal", needed=True), "product": TEXT,
    "stage": F(_word(Stage)), "listing": TEXT, "by_product": F(_yes_or_no), **SOURCED,
}  # fmt: skip
CLAIM = {"id": NEEDED, "field": NEEDED, "title": NEEDED, "value": PROSE, "gap": F(_yes_or_no), **FACT}

# How the words of the files map to columns, where they differ.
COLUMN = {
    "source": "source_id", "standard": "standard_id", "assurance_process": "assurance_process_id",
    "owner": "owner_id", "programme": "programme_id", "assessor": "assessor_id", "assessment": "assessment_id",
    "authority": "authority_id", "metal": "metal_id", "by": "by_id", "until": "until_on", "due": "due_on",
    "expected": "expected_on", "seen": "seen_on", "collected": "collected_on", "expires": "expires_on",
    "announced": "announced_on",
}  # fmt: skip


class _Reading:
    """One reading of a folder: the rows so far, the ids met, and every mistake."""

    def __init__(self, root: Path, catalogues: Mapping[str, Catalogue], *, example: bool) -> None:
        self.root = root
        self.example = example
        self.faults: list[str] = []
        self.seeds = Seeds()
        self.positions: dict[str, int] = {}
        self.met: dict[tuple[str, str], str] = {}
        self.later: list[tuple[str, str, str]] = []
        for edition, catalogue in catalogues.items():
            self.met[("edition", edition)] = "criteria"
            for group in catalogue.groups:
                self.met[("group", group.code)] = "criteria"
            for code in catalogue.by_code:
                self.met[("criterion", code)] = "criteria"

    # --- YAML with places -----------------------------------------------------------------------------

    def compose(self, path: Path) -> yaml.Node | None:
        name = self.name(path)
        try:
            return yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except UnicodeDecodeError:
            self.faults.append(f"{name}: is not UTF-8 text: save it as UTF-8")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.faults.append(f"{name}:{mark.line + 1 if mark else 1}: cannot be read as YAML: {error.problem}")
        except yaml.YAMLError as error:
            self.faults.append(f"{name}: cannot be read as YAML: {error}")
        return None

    def name(self, path: Path) -> str:
        return f"{self.root.name}/{path.relative_to(self.root)}"

    def listed(self, file: str) -> Iterator[tuple[yaml.MappingNode, str]]:
        """The records of a file that is a list; an absent or empty file has none."""
        path = self.root / file
        if not path.exists():
            return
        node = self.compose(path)
        if node is not None:
            yield from self.records(node, self.name(path))

    def records(self, node: yaml.Node, name: str) -> Iterator[tuple[yaml.MappingNode, str]]:
        if not isinstance(node, yaml.SequenceNode):
            self.faults.append(f"{_line(name, node)}: a list of records is needed here, each beginning with “- ”")
            return
        for each in node.value:
            if isinstance(each, yaml.MappingNode):
                yield each, _line(name, each)
            else:
                self.faults.append(f"{_line(name, each)}: a record with fields is needed here")

    # --- one record -----------------------------------------------------------------------------------

    def fields(
        self, node: yaml.MappingNode, name: str, schema: Mapping[str, F], nested: Sequence[str] = ()
    ) -> tuple[dict[str, Any], dict[str, yaml.Node]]:
        """The values of a record by field, and the nodes of its nested lists."""
        values: dict[str, Any] = {}
        inner: dict[str, yaml.Node] = {}
        for key, value in node.value:
            where = _line(name, key)
            if key.value in values or key.value in inner:
                self.faults.append(f"{where}: the field “{key.value}” stands twice in this record")
            elif key.value in nested:
                inner[key.value] = value
            elif key.value not in schema:
                known = ", ".join((*schema, *nested))
                self.faults.append(f"{where}: unknown field “{key.value}”: the fields here are {known}")
            elif not isinstance(value, yaml.ScalarNode):
                self.faults.append(f"{where}: the field “{key.value}” takes one value")
            elif value.value.strip():
                self.value(values, key.value, value.value, schema[key.value], where)
        for key_name, each in schema.items():
            if each.needed and key_name not in values:
                self.faults.append(f"{_line(name, node)}: the field “{key_name}” is missing")
                values[key_name] = ""
        return values, inner

    def value(self, values: dict[str, Any], key: str, said: str, each: F, where: str) -> None:
        try:
            values[key] = each.read(said)
        except ValueError as error:
            values[key] = ""
            self.faults.append(f"{where}: {key}: {error}")
        else:
            if each.refers:
                self.later.append((each.refers, values[key], f"{where}: {key}"))

    def met_once(self, kind: str, key: str, where: str) -> None:
        first = self.met.setdefault((kind, key), where)
        if first != where:
            self.faults.append(f"{where}: the id “{key}” stands already at {first}")

    def store(self, table: type[SQLModel], where: str, values: Mapping[str, Any], **more: Any) -> None:
        """Keep a row; its position is its place among the rows of its table."""
        row: dict[str, Any] = {}
        for key, value in values.items():
            if value == "" and key not in table.model_fields and COLUMN.get(key, key) not in table.model_fields:
                continue
            if key in ("effective", "issued"):
                if value:
                    row[f"{key}_on"], row[f"{key}_precision"] = value.on, value.precision.value
            else:
                row[COLUMN.get(key, key)] = value
        row.update(more)
        if "position" in table.model_fields:
            self.positions[table.__name__] = row["position"] = self.positions.get(table.__name__, 0) + 1
        self.seeds.entries.append(Entry(table(**row), where))

    def simple(self, file: str, table: type[SQLModel], schema: Mapping[str, F]) -> None:
        for node, where in self.listed(file):
            values, _ = self.fields(node, where.rpartition(":")[0], schema)
            self.met_once(str(table.__tablename__), values["id"], where)
            self.store(table, where, values)

    def words(self, node: yaml.Node | None, name: str, kind: str) -> list[str]:
        """A list of single words that refer to something."""
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.faults.append(f"{_line(name, node)}: a list is needed here: [one, another]")
            return []
        found = []
        for each in node.value:
            self.later.append((kind, str(each.value), _line(name, each)))
            found.append(str(each.value))
        return found

    # --- nouns ----------------------------------------------------------------------------------------

    def standards(self) -> None:
        for node, where in self.listed("standards.yaml"):
            name = where.rpartition(":")[0]
            values, inner = self.fields(node, name, STANDARD, ("owners",))
            self.met_once("standard", values["id"], where)
            self.store(tables.Standard, where, values)
            for number, owner in enumerate(self.words(inner.get("owners"), name, "organisation"), 1):
                row = tables.StandardOwner(standard_id=values["id"], organisation_id=owner, position=number)
                self.seeds.entries.append(Entry(row, where))

    def programmes(self) -> None:
        nested = ("names", "metals", "excluded", "conditional_metals", "stages")
        for node, where in self.listed("programmes.yaml"):
            name = where.rpartition(":")[0]
            values, inner = self.fields(node, name, PROGRAMME, nested)
            key = values["id"]
            self.met_once("programme", key, where)
            self.store(tables.Programme, where, values, example=self.example)
            self.names(key, inner.get("names"), name, where)
            self.scope(key, inner, name, where)

    def names(self, programme: str, node: yaml.Node | None, name: str, where: str) -> None:
        printed = 0
        for number, (each, place) in enumerate(self.records(node, name) if node else (), 1):
            values, _ = self.fields(each, name, NAME)
            printed += values.get("use") == "table"
            key = f"{programme}-name-{number}"
            self.store(tables.ProgrammeName, place, values, id=key, programme_id=programme)
        if printed != 1:
            self.faults.append(f"{where}: {programme} needs exactly one name with “use: table”, it has {printed}")

    def scope(self, programme: str, inner: Mapping[str, yaml.Node], name: str, where: str) -> None:
        metals = [(metal, False, "") for metal in self.words(inner.get("metals"), name, "metal")]
        metals += [(metal, True, "") for metal in self.words(inner.get("excluded"), name, "metal")]
        conditional = inner.get("conditional_metals")
        if isinstance(conditional, yaml.MappingNode):
            for key, value in conditional.value:
                self.later.append(("metal", key.value, _line(name, key)))
                metals.append((key.value, False, _text(value.value)))
        for metal, excluded, condition in metals:
            self.seeds.entries.append(
                Entry(
                    tables.ProgrammeMetal(
                        programme_id=programme, metal_id=metal, excluded=excluded, condition=condition
                    ),
                    where,
                )
            )
        known = [stage.value for stage in Stage]
        node = inner.get("stages")
        for each in node.value if isinstance(node, yaml.SequenceNode) else ():
            if each.value not in known:
                self.faults.append(f"{_line(name, each)}: “{each.value}” is none of {', '.join(known)}")
            else:
                row = tables.ProgrammeStage(programme_id=programme, stage=each.value)
                self.seeds.entries.append(Entry(row, where))

    def children(
        self, node: yaml.Node | None, name: str, table: type[SQLModel], schema: Mapping[str, F], **parent: str
    ) -> None:
        for each, where in self.records(node, name) if node else ():
            values, _ = self.fields(each, name, schema)
            self.met_once(str(table.__tablename__), values["id"], where)
            self.store(table, where, values, **parent)

    def assessments(self) -> None:
        for node, where in self.listed("assessments.yaml"):
            name = where.rpartition(":")[0]
            values, inner = self.fields(node, name, ASSESSMENT, ("progress", "results", "findings", "evidence"))
            key = values["id"]
            self.met_once("assessment", key, where)
            self.store(tables.Assessment, where, values)
            self.children(inner.get("progress"), name, tables.PartProgress, PROGRESS, assessment_id=key)
            self.children(inner.get("results"), name, tables.Result, RESULT, assessment_id=key)
            self.children(inner.get("findings"), name, tables.Finding, FINDING, assessment_id=key)
            self.children(inner.get("evidence"), name, tables.Evidence, EVIDENCE, assessment_id=key)

    def ratings(self) -> None:
        for path in sorted((self.root / "ratings").glob("*.csv")):
            self.later.append(("assessment", path.stem, self.name(path)))
            for line, row in enumerate(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))), 2):
                self.rating(path.stem, row, f"{self.name(path)}:{line}")

    def rating(self, assessment: str, row: Mapping[str, str], where: str) -> None:
        try:
            rated_on = _day(row["rated_on"])
            part, level = _word(Part)(row["part"]), _word(Level)(row["level"])
        except (KeyError, ValueError) as error:
            self.faults.append(f"{where}: {error}")
            return
        self.later.append(("criterion", row["criterion"], where))
        values = {
            "assessment_id": assessment, "part": part, "criterion": row["criterion"], "level": level,
            "rationale": _text(row["rationale"]), "cites_standard": _text(row["cites_standard"]),
            "cites_guidance": _text(row["cites_guidance"]), "carried_from": row["carried_from"] or None,
            "rated_by": row["rated_by"],
        }  # fmt: skip
        self.seeds.entries.append(Entry(tables.RatingVersion(**values, version=1, effective_on=rated_on), where))
        for evidence in row["evidence"].split():
            self.later.append(("evidence", evidence, where))
            link = tables.RatingEvidence(
                assessment_id=assessment, part=part, criterion=row["criterion"], evidence_id=evidence
            )
            self.seeds.entries.append(Entry(link, where))

    def actions(self) -> None:
        for node, where in self.listed("actions.yaml"):
            name = where.rpartition(":")[0]
            values, inner = self.fields(node, name, ACTION, ("criteria", "steps"))
            key = values["id"]
            self.met_once("corrective_action", key, where)
            self.store(tables.CorrectiveAction, where, values)
            for each, place in self.records(inner["criteria"], name) if "criteria" in inner else ():
                answers, _ = self.fields(each, name, ANSWERS)
                self.store(tables.ActionCriterion, place, answers, action_id=key)
            self.children(inner.get("steps"), name, tables.ActionStep, STEP, action_id=key)

    def producers(self) -> None:
        for path in sorted((self.root / "producers").glob("*.yaml")):
            node, name = self.compose(path), self.name(path)
            if not isinstance(node, yaml.MappingNode):
                continue
            inner = {key.value: value for key, value in node.value}
            head = inner.get("producer")
            if not isinstance(head, yaml.MappingNode):
                self.faults.append(f"{name}:1: the part “producer:” is missing")
                continue
            values, _ = self.fields(head, name, PRODUCER)
            key = values["id"]
            self.met_once("producer", key, _line(name, head))
            self.store(tables.Producer, _line(name, head), values)
            self.children(inner.get("brands"), name, tables.Brand, BRAND, producer_id=key)
            for each, where in self.records(inner["claims"], name) if "claims" in inner else ():
                self.claim(each, name, where, key)

    def claim(self, node: yaml.MappingNode, name: str, where: str, producer: str) -> None:
        values, inner = self.fields(node, name, CLAIM, ("criteria", "data"))
        self.met_once("claim", values["id"], where)
        criteria = self.words(inner.get("criteria"), name, "criterion")
        data = _plain(inner["data"]) if "data" in inner else {}
        said = json.dumps(data, ensure_ascii=False, sort_keys=False) if data else ""
        self.store(tables.Claim, where, values, producer_id=producer, criteria=" ".join(criteria), data=said)

    def updates(self) -> None:
        needed = {
            "number": NEEDED, "title": NEEDED, "original_title": TEXT, "label": NEEDED, "as_at": F(_day, True),
            "published": F(parse_when, True), "source": _ref("source", needed=True),
        }  # fmt: skip
        for path in sorted((self.root / "publications").glob("*.md")):
            name = self.name(path)
            _, head, text = ("", "", "") if (said := path.read_text("utf-8")).count("---") < 2 else said.split("---", 2)
            node = yaml.compose(head, Loader=yaml.SafeLoader) if head else None
            if not isinstance(node, yaml.MappingNode):
                self.faults.append(f"{name}:1: the front matter between two lines “---” is missing")
                continue
            values, _ = self.fields(node, name, needed)
            self.seeds.updates.append(
                MarketUpdate(
                    number=values["number"], title=values["title"], label=values["label"], as_at=values["as_at"],
                    original_title=values.get("original_title", ""), source=values["source"],
                    published=values["published"].iso() if values["published"] else "", text=text.strip() + "\n",
                )
            )  # fmt: skip

    def references(self) -> None:
        """What is referred to must stand somewhere; said after everything was read."""
        for kind, key, where in self.later:
            if key and (kind, key) not in self.met and not self.shared(kind):
                self.faults.append(f"{where}: no {kind.replace('_', ' ')} has the id “{key}”")

    def shared(self, kind: str) -> bool:
        """The worked example stands on the register’s own metals and organisations."""
        return self.example and kind in ("metal", "organisation")

    def read(self) -> Seeds:
        self.simple("sources.yaml", tables.Source, SOURCE)
        self.simple("organisations.yaml", tables.Organisation, ORGANISATION)
        self.simple("metals.yaml", tables.Metal, METAL)
        self.standards()
        self.simple("assurance_processes.yaml", tables.AssuranceProcess, PROCESS)
        self.programmes()
        self.assessments()
        self.ratings()
        self.actions()
        self.simple("decisions.yaml", tables.Decision, DECISION)
        self.simple("recognitions.yaml", tables.Recognition, RECOGNITION)
        self.simple("monitoring.yaml", tables.MonitoringPoint, MONITORING)
        self.simple("statements.yaml", tables.Statement, STATEMENT)
        self.simple("equivalences.yaml", tables.Equivalence, EQUIVALENCE)
        self.simple("places.yaml", tables.Place, PLACE)
        self.producers()
        self.updates()
        self.references()
        if self.faults:
            raise Faults(self.faults)
        return self.seeds


def _line(name: str, node: yaml.Node) -> str:
    return f"{name}:{node.start_mark.line + 1}"


def _plain(node: yaml.Node) -> Any:
    """A nested value as plain data, numbers kept as the text that the file has."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    return node.value


def read_seeds(catalogues: Mapping[str, Catalogue], root: Path | None = None) -> Seeds:
    """The register's records. Raises Faults that list every mistake with file and line."""
    return _Reading(root or folder("seeds"), catalogues, example=False).read()


def read_example(catalogues: Mapping[str, Catalogue], root: Path | None = None) -> Seeds:
    """The fictional worked example's records, in the same form."""
    return _Reading((root or folder("seeds")) / "example", catalogues, example=True).read()
