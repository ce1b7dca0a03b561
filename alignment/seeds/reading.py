"""One reading of a folder of seeds: from files to rows in the order in which they can be stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from alignment import tables
from alignment.domain.brand import Track
from alignment.domain.catalogue import Catalogue, Stage
from alignment.domain.decision import Act
from alignment.domain.event import digest
from alignment.domain.refusal import Faults
from alignment.domain.when import Precision, When, why_not_then
from alignment.seeds import fields
from alignment.seeds.fields import COLUMN, F
from alignment.seeds.ratings import read_ratings
from alignment.seeds.records import Entry, MarketUpdate, Seeds
from alignment.tables.base import Recorded
from alignment.text import broken_links

Node: TypeAlias = yaml.Node
Word: TypeAlias = tuple[str, str]
"""Something said, and where."""

FILES = (
    "sources.yaml", "organisations.yaml", "metals.yaml", "standards.yaml", "assurance_processes.yaml",
    "programmes.yaml", "assessments.yaml", "actions.yaml", "decisions.yaml", "recognitions.yaml", "monitoring.yaml",
    "statements.yaml", "equivalences.yaml", "places.yaml", "README.md",
)  # fmt: skip
FOLDERS = {"producers": ".yaml", "publications": ".md", "ratings": ".csv"}

# What cannot be looked up while a file cannot be read.
HOLDS = {
    "sources.yaml": {"source"}, "organisations.yaml": {"organisation"}, "metals.yaml": {"metal"},
    "standards.yaml": {"standard"}, "assurance_processes.yaml": {"assurance_process"},
    "programmes.yaml": {"programme"}, "assessments.yaml": {"assessment", "evidence"},
}  # fmt: skip

# Without these there is no register.
NEEDED = {*HOLDS, "decisions.yaml"}

# A record may refer to one of its own kind that stands below it; that one is stored first.
REFERS_TO_ITS_KIND: dict[type[SQLModel], str] = {
    tables.Standard: "supersedes",
    tables.Programme: "superseded_by",
    tables.Assessment: "follows",
}
NULL = "tag:yaml.org,2002:null"
# The one written in C, where PyYAML brings it, is ten times as quick.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Reading:
    """The rows so far, the ids met, and every mistake."""

    def __init__(self, root: Path, catalogues: Mapping[str, Catalogue | None], *, example: bool = False) -> None:
        self.root = root
        self.example = example
        self.catalogues = catalogues
        self.faults: list[str] = []
        self.seeds = Seeds()
        self.positions: dict[str, int] = {}
        self.unique: dict[tuple[type[SQLModel], tuple[str, ...], tuple[object, ...]], str] = {}
        self.editions: dict[str, str] = {}
        self.unread: set[str] = set()
        self.later: list[tuple[str, str, str]] = []
        self.met: dict[tuple[str, str], str] = {("stage", stage.value): "domain" for stage in Stage}
        for edition, catalogue in catalogues.items():
            self.met[("edition", edition)] = "criteria"
            if catalogue is None:
                self.unread |= {"group", "criterion"}
                continue
            self.met |= {("group", group.code): "criteria" for group in catalogue.groups}
            self.met |= {("criterion", code): "criteria" for code in catalogue.by_code}

    def read(self) -> Seeds:
        """All records of the folder; Faults lists every mistake with file and line."""
        self.strangers()
        self.simple("sources.yaml", tables.Source, fields.SOURCE)
        self.simple("organisations.yaml", tables.Organisation, fields.ORGANISATION)
        self.simple("metals.yaml", tables.Metal, fields.METAL)
        self.standards()
        self.simple("assurance_processes.yaml", tables.AssuranceProcess, fields.PROCESS)
        self.programmes()
        self.assessments()
        self.ratings()
        self.actions()
        self.simple("decisions.yaml", tables.Decision, fields.DECISION)
        self.simple("recognitions.yaml", tables.Recognition, fields.RECOGNITION)
        self.simple("monitoring.yaml", tables.MonitoringPoint, fields.MONITORING)
        self.simple("statements.yaml", tables.Statement, fields.STATEMENT)
        self.simple("equivalences.yaml", tables.Equivalence, fields.EQUIVALENCE)
        self.simple("places.yaml", tables.Place, fields.PLACE)
        self.producers()
        self.updates()
        self.references()
        self.dates()
        self.acts()
        self.seeds.entries = list(self.in_order())
        if self.faults:
            raise Faults(self.faults)
        return self.seeds

    # --- files ----------------------------------------------------------------------------------------

    def strangers(self) -> None:
        """A file under a name that nobody reads is a mistake, not a silence."""
        if not self.root.is_dir():
            self.faults.append(f"{self.root}: there is no such folder")
            return
        for path in sorted(self.root.rglob("*.*")):
            parts = path.relative_to(self.root).parts
            if not path.is_file() or path.name.startswith(".") or (parts[0] == "example" and not self.example):
                continue
            if parts[0] not in FILES if len(parts) == 1 else FOLDERS.get(parts[0]) != path.suffix:
                folders = [f"{name}/*{suffix}" for name, suffix in FOLDERS.items()]
                self.faults.append(f"{self.name(path)}: nobody reads this file: there are {_listed(FILES, folders)}")

    def name(self, path: Path) -> str:
        shown = self.root.parent if self.example else self.root
        return f"{shown.name}/{path.relative_to(shown).as_posix()}"

    def text(self, path: Path) -> str:
        """The text of a file; empty, and a fault, where it is none."""
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            self.faults.append(f"{self.name(path)}: is not UTF-8 text: save it as UTF-8")
        except OSError as error:
            self.faults.append(f"{self.name(path)}: cannot be read: {error.strerror}")
        return ""

    def compose(self, text: str, name: str) -> Node | None:
        """The YAML of a file with the place of everything in it."""
        try:
            return yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.faults.append(f"{name}:{mark.line + 1 if mark else 1}: cannot be read as YAML: {error.problem}")
        except yaml.YAMLError as error:
            self.faults.append(f"{name}: cannot be read as YAML: {' '.join(str(error).split())}")
        except RecursionError:
            self.faults.append(f"{name}: cannot be read as YAML: it is nested too deeply")
        return None

    def listed(self, file: str) -> Iterator[tuple[yaml.MappingNode, str]]:
        """The records of a file that is a list; an absent or empty file has none, and is a fault where it is needed."""
        path, before = self.root / file, len(self.faults)
        node = self.compose(self.text(path), self.name(path)) if path.exists() else None
        if len(self.faults) == before and _is_empty(node) and self.needs(file):
            said = "there is no record in it" if path.exists() else "the file is missing"
            self.faults.append(f"{self.name(path)}: {said}: bring it back, the register needs it")
        if len(self.faults) > before:
            self.unread |= HOLDS.get(file, set())
        yield from self.records(node, self.name(path))

    def needs(self, file: str) -> bool:
        """A market update is frozen for ever from all that the files say, so none may be lost beside it."""
        if self.example or not self.root.is_dir():
            return False
        return file in NEEDED or any((self.root / "publications").glob("*.md"))

    def records(self, node: Node | None, name: str) -> Iterator[tuple[yaml.MappingNode, str]]:
        """The records of a list, each with its place."""
        for each in self.items(node, name, "a list of records is needed here, each beginning with “- ”"):
            if isinstance(each, yaml.MappingNode):
                yield each, _line(name, each)
            else:
                self.faults.append(f"{_line(name, each)}: a record with fields is needed here")

    def items(self, node: Node | None, name: str, needed: str) -> Iterable[Node]:
        """What stands in a list; nothing where there is none, and a fault where something else is."""
        if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == NULL):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self.faults.append(f"{_line(name, node)}: {needed}")
            return ()
        return list(node.value)

    # --- one record -----------------------------------------------------------------------------------

    def fields(
        self, node: yaml.MappingNode, name: str, schema: Mapping[str, F], nested: Sequence[str] = ()
    ) -> tuple[dict[str, Any], dict[str, Node]]:
        """The values of a record by field, and the nodes of its nested lists."""
        values: dict[str, Any] = {}
        inner: dict[str, Node] = {}
        for key, value in node.value:
            where = _line(name, key)
            if not isinstance(key, yaml.ScalarNode):
                self.faults.append(f"{where}: the name of a field is needed here")
            elif key.value in values or key.value in inner:
                self.faults.append(f"{where}: the field “{key.value}” stands twice in this record")
            elif key.value in nested:
                inner[key.value] = value
            elif key.value not in schema:
                self.faults.append(
                    f"{where}: unknown field “{key.value}”: the fields here are {_listed(schema, nested)}"
                )
            elif not isinstance(value, yaml.ScalarNode):
                self.faults.append(f"{where}: the field “{key.value}” takes one value")
                values[key.value] = ""
            elif value.value.strip() and value.tag != NULL:
                self.value(values, key.value, value.value, schema[key.value], where)
        self.required(values, schema, _line(name, node))
        return values, inner

    def value(self, values: dict[str, Any], key: str, said: str, each: F, where: str) -> None:
        """Read one value; what cannot be read is a fault and leaves nothing."""
        try:
            values[key] = each.read(said)
        except ValueError as error:
            values[key] = ""
            self.faults.append(f"{where}: {key}: {error}")
        else:
            if each.refers:
                self.later.append((each.refers, values[key], f"{where}: {key}"))

    def required(self, values: dict[str, Any], schema: Mapping[str, F], where: str) -> None:
        for key, each in schema.items():
            if each.needed and key not in values:
                self.faults.append(f"{where}: the field “{key}” is missing")
                values[key] = ""

    def met_once(self, kind: str, key: str, where: str) -> None:
        first = self.met.setdefault((kind, key), where) if key else where
        if first != where:
            self.faults.append(f"{where}: the id “{key}” stands already at {first}")

    def store(self, table: type[SQLModel], where: str, values: Mapping[str, Any], **more: Any) -> None:
        """Keep a row; its position is its place among the rows of its table."""
        row: dict[str, Any] = {}
        for key, value in values.items():
            if key in ("effective", "issued"):
                if value:
                    row[f"{key}_on"], row[f"{key}_precision"] = value.on, value.precision.value
            else:
                row[key if key in table.model_fields else COLUMN.get(key, key)] = value
        row.update(more)
        if "position" in table.model_fields and "position" not in more:
            self.positions[table.__name__] = row["position"] = self.positions.get(table.__name__, 0) + 1
        self.keep(table(**row), where)

    def keep(self, row: SQLModel, where: str) -> None:
        """Keep a row that no other may stand beside with the same key or the same unique values."""
        table = type(row)
        for columns in _unique(table):
            values = tuple(getattr(row, column) for column in columns)
            key = (table, columns, values)
            if "" in values or key not in self.unique:
                self.unique[key] = where
                continue
            said = ", ".join(
                f"{column.removesuffix('_id')} {value}" for column, value in zip(columns, values, strict=True) if value
            )
            noun = str(table.__tablename__).replace("_", " ")
            self.faults.append(f"{where}: the same {noun} ({said}) stands already at {self.unique[key]}")
        self.seeds.entries.append(Entry(row, where))

    def simple(self, file: str, table: type[SQLModel], schema: Mapping[str, F]) -> None:
        """A file whose records are rows of one table."""
        for node, where in self.listed(file):
            values, _ = self.fields(node, _file(where), schema)
            self.met_once(str(table.__tablename__), values["id"], where)
            self.store(table, where, values)

    def words(self, node: Node | None, name: str, kind: str) -> list[Word]:
        """A list of single words that refer to something, each with its place."""
        found = []
        for each in self.items(node, name, "a list is needed here: [one, another]"):
            if isinstance(each, yaml.ScalarNode):
                self.later.append((kind, each.value, _line(name, each)))
                found.append((each.value, _line(name, each)))
            else:
                self.faults.append(f"{_line(name, each)}: a single word is needed here")
        return found

    def children(
        self, node: Node | None, name: str, table: type[SQLModel], schema: Mapping[str, F], **parent: str
    ) -> None:
        """The records in a list inside another record."""
        for each, where in self.records(node, name):
            values, _ = self.fields(each, name, schema)
            self.met_once(str(table.__tablename__), values["id"], where)
            self.store(table, where, values, **parent)

    # --- nouns ----------------------------------------------------------------------------------------

    def standards(self) -> None:
        for node, where in self.listed("standards.yaml"):
            name = _file(where)
            values, inner = self.fields(node, name, fields.STANDARD, ("owners",))
            self.met_once("standard", values["id"], where)
            self.store(tables.Standard, where, values)
            for number, (owner, place) in enumerate(self.words(inner.get("owners"), name, "organisation"), 1):
                row = tables.StandardOwner(standard_id=values["id"], organisation_id=owner, position=number)
                self.keep(row, place)

    def programmes(self) -> None:
        nested = ("names", "metals", "excluded", "conditional_metals", "stages")
        for node, where in self.listed("programmes.yaml"):
            name = _file(where)
            values, inner = self.fields(node, name, fields.PROGRAMME, nested)
            key = values["id"]
            self.met_once("programme", key, where)
            self.store(tables.Programme, where, values, example=self.example)
            self.names(key, inner.get("names"), name, where)
            self.scope(key, inner, name)

    def names(self, programme: str, node: Node | None, name: str, where: str) -> None:
        """The printed names: the first one in the table is corrected where it changes, others come and stay."""
        found = [(self.fields(each, name, fields.NAME)[0], place) for each, place in self.records(node, name)]
        found.sort(key=lambda each: each[0]["use"] != "table")
        first = [values for values, _ in found if values["use"] == "table" and not values.get("since")]
        if len(first) != 1:
            said = "needs exactly one name with “use: table” and no “since”"
            self.faults.append(f"{where}: {programme} {said}, it has {len(first)}")
        for values, place in found:
            word = "table" if first == [values] else digest(f"{values['name']} {values.get('since', '')}")[:12]
            self.store(tables.ProgrammeName, place, values, id=f"{programme}-name-{word}", programme_id=programme)

    def scope(self, programme: str, inner: Mapping[str, Node], name: str) -> None:
        """Metals covered, left out and served under a condition, and the stages."""
        metals = [(metal, False, "", where) for metal, where in self.words(inner.get("metals"), name, "metal")]
        metals += [(metal, True, "", where) for metal, where in self.words(inner.get("excluded"), name, "metal")]
        metals += [(metal, False, said, where) for metal, said, where in self.conditions(inner, name)]
        for metal, excluded, condition, where in metals:
            row = tables.ProgrammeMetal(
                programme_id=programme, metal_id=metal, excluded=excluded, condition=condition
            )  # fmt: skip
            self.keep(row, where)
        for stage, where in self.words(inner.get("stages"), name, "stage"):
            self.keep(tables.ProgrammeStage(programme_id=programme, stage=stage), where)

    def conditions(self, inner: Mapping[str, Node], name: str) -> Iterator[tuple[str, str, str]]:
        node = inner.get("conditional_metals")
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            self.faults.append(
                f"{_line(name, node)}: metals with their conditions are needed here: “cobalt: only if …”"
            )
            return
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode) or not value.value:
                self.faults.append(
                    f"{_line(name, key)}: a metal and its condition are needed here: “cobalt: only if …”"
                )
                continue
            self.later.append(("metal", key.value, _line(name, key)))
            yield key.value, " ".join(value.value.split()), _line(name, key)

    def assessments(self) -> None:
        for node, where in self.listed("assessments.yaml"):
            name = _file(where)
            values, inner = self.fields(node, name, fields.ASSESSMENT, ("progress", "results", "findings", "evidence"))
            key = values["id"]
            self.editions[key] = values["edition"]
            self.met_once("assessment", key, where)
            self.store(tables.Assessment, where, values)
            self.children(inner.get("progress"), name, tables.PartProgress, fields.PROGRESS, assessment_id=key)
            self.children(inner.get("results"), name, tables.Result, fields.RESULT, assessment_id=key)
            self.children(inner.get("findings"), name, tables.Finding, fields.FINDING, assessment_id=key)
            self.children(inner.get("evidence"), name, tables.Evidence, fields.EVIDENCE, assessment_id=key)

    def judged(self, part: str, criterion: str, assessment: str, where: str) -> None:
        """A criterion is rated only in the parts that the assessment's edition judges it in."""
        catalogue = self.catalogues.get(self.editions.get(assessment, ""))
        known = catalogue.by_code.get(criterion) if catalogue else None
        if known and part and part not in known.parts:
            self.faults.append(f"{where}: {criterion} is judged in {_listed(known.parts)}, not in {part}")

    def ratings(self) -> None:
        """One CSV file an assessment, named after it."""
        for path in sorted((self.root / "ratings").glob("*.csv")):
            name, assessment = self.name(path), path.stem
            self.later.append(("assessment", assessment, name))
            for line, cells in read_ratings(self.text(path), name, self.faults):
                self.rating(assessment, cells, f"{name}:{line}")

    def rating(self, assessment: str, cells: Mapping[str, str], where: str) -> None:
        values: dict[str, Any] = {}
        for key, said in cells.items():
            if said.strip():
                self.value(values, key, said.strip(), fields.RATING[key], where)
        self.required(values, fields.RATING, where)
        part, criterion = values["part"], values["criterion"]
        self.judged(part, criterion, assessment, where)
        evidence, rated_on = values.pop("evidence", "").split(), values.pop("rated_on")
        self.store(
            tables.RatingVersion, where, values, assessment_id=assessment, version=1, effective_on=rated_on or None
        )  # fmt: skip
        for each in evidence:
            self.later.append(("evidence", each, where))
            link = {"assessment_id": assessment, "part": part, "criterion": criterion, "evidence_id": each}
            self.keep(tables.RatingEvidence(**link), where)

    def actions(self) -> None:
        for node, where in self.listed("actions.yaml"):
            name = _file(where)
            values, inner = self.fields(node, name, fields.ACTION, ("criteria", "steps"))
            key = values["id"]
            self.met_once("corrective_action", key, where)
            self.store(tables.CorrectiveAction, where, values)
            for each, place in self.records(inner.get("criteria"), name):
                answers, _ = self.fields(each, name, fields.ANSWERS)
                self.judged(answers["part"], answers["criterion"], values["assessment"], place)
                self.store(tables.ActionCriterion, place, answers, action_id=key)
            self.children(inner.get("steps"), name, tables.ActionStep, fields.STEP, action_id=key)

    def producers(self) -> None:
        for path in sorted((self.root / "producers").glob("*.yaml")):
            name = self.name(path)
            node = self.compose(self.text(path), name)
            if node is None:
                continue
            if not isinstance(node, yaml.MappingNode):
                self.faults.append(f"{name}:1: the parts “producer:”, “brands:” and “claims:” are needed here")
                continue
            _, inner = self.fields(node, name, {}, ("producer", "brands", "declarations", "claims"))
            head = inner.get("producer")
            if not isinstance(head, yaml.MappingNode):
                self.faults.append(f"{name}:1: the part “producer:” is missing")
                continue
            values, _ = self.fields(head, name, fields.PRODUCER)
            key = values["id"]
            self.met_once("producer", key, _line(name, head))
            self.store(tables.Producer, _line(name, head), values)
            self.children(inner.get("brands"), name, tables.Brand, fields.BRAND, producer_id=key)
            for each, where in self.records(inner.get("declarations"), name):
                self.declaration(each, name, where)
            for each, where in self.records(inner.get("claims"), name):
                self.claim(each, name, where, key)

    def declaration(self, node: yaml.MappingNode, name: str, where: str) -> None:
        """What a brand declares; Track A alone is used by a programme."""
        values, inner = self.fields(node, name, fields.DECLARATION, ("programmes",))
        self.met_once("declaration", values["id"], where)
        programmes = [each for each, _ in self.words(inner.get("programmes"), name, "programme")]
        if programmes and values["track"] != Track.A:
            self.faults.append(f"{where}: programmes belong to Track A alone")
        self.store(tables.Declaration, where, values, programmes=" ".join(programmes))

    def claim(self, node: yaml.MappingNode, name: str, where: str, producer: str) -> None:
        values, inner = self.fields(node, name, fields.CLAIM, ("criteria", "data"))
        self.met_once("claim", values["id"], where)
        criteria = [code for code, _ in self.words(inner.get("criteria"), name, "criterion")]
        data = _plain(inner["data"]) if "data" in inner else {}
        said = json.dumps(data, ensure_ascii=False, sort_keys=False) if data else ""
        self.store(tables.Claim, where, values, producer_id=producer, criteria=" ".join(criteria), data=said)

    def updates(self) -> None:
        """Market updates: front matter between two lines of three hyphens, then Markdown."""
        for path in sorted((self.root / "publications").glob("*.md")):
            name = self.name(path)
            parts = re.fullmatch(r"---(\n.*?\n)---\n(.*)", self.text(path), re.DOTALL)
            if parts is None:
                self.faults.append(f"{name}:1: the front matter between two lines “---” is missing")
                continue
            node = self.compose(parts[1], name)
            if not isinstance(node, yaml.MappingNode):
                self.faults.append(f"{name}:2: the fields {_listed(fields.UPDATE)} are needed here")
                continue
            values, _ = self.fields(node, name, fields.UPDATE)
            self.met_once("publication", values["number"], f"{name}:1")
            begins = parts[1].count("\n") + 2
            self.faults += [f"{name}:{begins + line}: {said}" for line, said in broken_links(parts[2])]
            self.seeds.updates.append(
                MarketUpdate(
                    number=values["number"], title=values["title"], label=values["label"], as_at=values["as_at"],
                    original_title=values.get("original_title", ""), source=values["source"],
                    published=values["published"].iso() if values["published"] else "", text=parts[2].strip() + "\n",
                )
            )  # fmt: skip

    # --- all records together -------------------------------------------------------------------------

    def references(self) -> None:
        """What is referred to must stand somewhere; said after everything was read, once for each that is missing."""
        missing: dict[Word, list[str]] = {}
        for kind, key, where in self.later:
            if key and (kind, key) not in self.met and not self.shared(kind):
                missing.setdefault((kind, key), []).append(where)
        for (kind, key), places in missing.items():
            said = f"no {kind.replace('_', ' ')} has the id “{key}”"
            if kind == "stage":
                said = f"“{key}” is none of {_listed(Stage)}"
            more = len(places) - 1
            places_more = f" (and in {more} more place{'s' if more > 1 else ''})" if more else ""
            self.faults.append(f"{places[0]}: {said}{places_more}")

    def dates(self) -> None:
        """A source tells of what was, up to its own day. What was said may tell of what is to come: a rule, a law."""
        sources = {each.row.id: each.row for each in self.seeds.entries if isinstance(each.row, tables.Source)}
        for entry in self.seeds.entries:
            row = entry.row
            source = sources.get(getattr(row, "source_id", None) or "")
            if not isinstance(row, Recorded) or isinstance(row, tables.Statement) or source is None:
                continue
            dated = source.issued_on or source.seen_on
            if not dated or not row.effective_on:
                continue
            told = When(dated, Precision(source.issued_precision or Precision.DAY))
            if fault := why_not_then(row.effective, row.announced_on, told):
                self.faults.append(f"{entry.where}: {fault}")

    def acts(self) -> None:
        """An act is recorded once, whatever ids it has: a second record of it would be a second act."""
        first: dict[tuple[object, ...], str] = {}
        for entry in self.seeds.entries:
            row = entry.row
            if not isinstance(row, tables.Decision | tables.Recognition) or row.act == Act.VOID or not row.effective_on:
                continue
            by = getattr(row, "authority_id", "")
            place = first.setdefault((type(row), row.programme_id, row.act, by, row.effective), entry.where)
            if place != entry.where:
                noun, day = row.__tablename__, row.effective.iso()
                said = f"the same {noun} (programme {row.programme_id}, {row.act}, {day}) stands already at {place}"
                self.faults.append(f"{entry.where}: {said}: keep one, under the id that it had")

    def shared(self, kind: str) -> bool:
        """The worked example stands on the register’s own metals and organisations."""
        return kind in self.unread or (self.example and kind in ("metal", "organisation"))

    def in_order(self) -> Iterator[Entry]:
        """The rows, each after the one of its own kind that it refers to."""
        own = {_self(each.row): each for each in self.seeds.entries if type(each.row) in REFERS_TO_ITS_KIND}
        stored: set[int] = set()
        for entry in self.seeds.entries:
            line: list[Entry] = []
            each: Entry | None = entry
            while each is not None and id(each) not in stored and each not in line:
                line.append(each)
                each = own.get(_self(each.row, REFERS_TO_ITS_KIND.get(type(each.row), "")))
            if each is not None and each in line:
                self.faults.append(f"{entry.where}: {REFERS_TO_ITS_KIND[type(entry.row)]} leads back to this record")
            stored |= {id(each) for each in line}
            yield from reversed(line)


def _is_empty(node: Node | None) -> bool:
    return node is None or node.tag == NULL or (isinstance(node, yaml.SequenceNode) and not node.value)


def _unique(table: type[SQLModel]) -> Iterator[tuple[str, ...]]:
    """The sets of columns in which no two rows may be the same; an id is looked after by itself."""
    described = table.__table__  # type: ignore[attr-defined]
    sets = [described.primary_key, *(each for each in described.constraints if isinstance(each, UniqueConstraint))]
    for each in sets:
        columns = tuple(column.name for column in each.columns)
        if columns != ("id",):
            yield columns


def _self(row: SQLModel, column: str = "id") -> tuple[type[SQLModel], str | None]:
    """A row by its table and id, or the one of its table that a column of it refers to."""
    return type(row), getattr(row, column, None)


def _line(name: str, node: Node) -> str:
    return f"{name}:{node.start_mark.line + 1}"


def _file(where: str) -> str:
    return where.rpartition(":")[0]


def _listed(*words: Iterable[str]) -> str:
    return ", ".join(str(word) for some in words for word in some)


def _plain(node: Node) -> Any:
    """A nested value as plain data, numbers kept as the text that the file has."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    return node.value
