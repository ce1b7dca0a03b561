"""The collections of the API: one table of what each record says, which answers and their description both obey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from alignment.domain.action import ActionState, Timing
from alignment.domain.assessment import Certainty, ResultKind, Scope
from alignment.domain.brand import Track
from alignment.domain.catalogue import Part, Stage
from alignment.domain.decision import Act, Approval
from alignment.domain.frozen import dataclass
from alignment.domain.news import NewsKind
from alignment.domain.rating import Level
from alignment.domain.recognition import RecognitionAct
from alignment.domain.table import DATE_FORM, Kind
from alignment.domain.when import Precision
from alignment.exchange.table import ALL_COLUMNS

ROOT = "/api/v1"
MOST = 200
USUAL = 50
"""Records in a portion: at most, and where nothing is asked."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a record says: one of ``words`` where there are any, an object ``of`` fields, ``many`` a list."""

    name: str
    says: str
    kind: Kind = Kind.TEXT
    words: tuple[str, ...] = ()
    form: str = ""
    null: bool = False
    many: bool = False
    of: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """A parameter that narrows a collection; with no ``words`` it takes ids."""

    name: str
    says: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """Records of one kind: what each says, how it is addressed, in which order they come, what narrows them.

    ``key`` are the types of what a cursor holds, ``path`` the names of what follows the address of the collection
    in the address of one record.
    """

    name: str
    one: str
    says: str
    order: str
    fields: tuple[Field, ...]
    filters: tuple[Filter, ...] = ()
    path: tuple[str, ...] = ("id",)
    key: tuple[type, ...] = (str,)

    @property
    def address(self) -> str:
        return f"{ROOT}/{self.name}"

    @property
    def template(self) -> str:
        """The address of one record, with the names of its parameters."""
        return "/".join([self.address, *(f"{{{name}}}" for name in self.path)])


def _words(words: Iterable[StrEnum]) -> tuple[str, ...]:
    return tuple(word.value for word in words)


# --- fields that several have ------------------------------------------------------------------------------

SOURCE = (
    Field("id", "The document, as under /sources; “decision-ledger” for what the LME decided in this register."),
    Field("title", "Its title; square brackets round a title of our own."),
    Field("issuer", "Who issued it."),
    Field("issued", "When; null where it bears no date.", form=DATE_FORM, null=True),
    Field("place", "Where in it; null where that is not said.", null=True),
    Field("certainty", "How sure the register is of its reading; null where it does not say.", words=_words(Certainty),
          null=True),
    Field("remark", "What the register adds.", null=True),
    Field("href", "Where the register lists the document; of a decision taken here, its entry.", Kind.ADDRESS),
)  # fmt: skip
TIMES = (
    Field("effective", "When it holds, as exactly as that is known: 2025-10-16, 2022-08, 2021, or “by 2024-09-30” "
          "where it began on an unknown earlier day. Null where the record has no date of its own.", form=DATE_FORM,
          null=True),
    Field("effective_on", "The first day on which it is known to hold.", Kind.DAY, null=True),
    Field("precision", "How exactly that day is known.", words=_words(Precision), null=True),
    Field("recorded_at", "When the register learned it, in UTC.", Kind.MOMENT, null=True),
    Field("source", "The document that it rests on; null where none is held.", of=SOURCE, null=True),
)  # fmt: skip
ID = Field("id", "Stable: it never changes and is never given to anything else.")
HREF = Field("href", "The page for people that shows it.", Kind.ADDRESS)
_PROGRAMME = Field("programme", "The id of the programme.")
_ASSESSMENT = Field("assessment", "The id of the assessment: its programme and number, as in jdds-copper-mark/2.")
_ROUND = Field("round", "The number of the round.", Kind.NUMBER)
_PART = Field("part", "The part.", words=_words(Part))
_CORRECTS = Field("corrects", "The id of the record that it corrects, which is then left out.", null=True)
_STATEMENT = Field("statement", "In words.", null=True)

_OF_PROGRAMME = Filter("programme", "The id of a programme.")
_OF_ROUND = Filter("assessment", "The id of an assessment, as in jdds-copper-mark/2.")
_OF_PART = Filter("part", "A part of an assessment.", _words(Part))

# A row of /status.json, but for what it says of its source, which stands where every record has it.
_STATUS = tuple(
    Field(each.name, each.says, each.kind, form=each.form, null=not each.required)
    for each in ALL_COLUMNS
    if not each.name.startswith("source")
)
_CHANGES = Field(
    "changes", "What its owner reported of the programme, as the LME accepted it; those to come included.", many=True,
    of=(
        Field("title", "In one line."), Field("wording", "In the words that the LME accepted."),
        Field("effective_on", "From when it holds.", Kind.DAY),
        Field("transition_until", "Until when the old holds beside the new.", Kind.DAY, null=True),
        Field("accepted_at", "When it became public, in UTC.", Kind.MOMENT),
    ),
)  # fmt: skip
_STEP = (
    ID,
    Field("state", "The state that it reached.", words=_words(ActionState)),
    Field("as_reported", "Whether only its owner says so.", Kind.YES_NO),
    Field("by", "Who says so.", null=True),
    _STATEMENT,
    *TIMES,
)
_EVIDENCE = (
    ID,
    Field("kind", "What sort.", words=("document", "interview", "shadow_assessment", "site_visit", "expert")),
    Field("reference", "What it is."),
    Field("link", "Where it is, if it is published.", Kind.ADDRESS, null=True),
    Field("collected_on", "When it was collected.", Kind.DAY, null=True),
    *TIMES,
)
_CRITERION = (
    _PART,
    Field("criterion", "The code of the criterion."),
    Field("our_reading", "Whether the source names none and this is the register’s reading.", Kind.YES_NO),
)

_CONDITION = (
    Field("id", "Stable."),
    Field("text", "What is asked."),
    Field("due_on", "Until when; null where no day is set.", Kind.DAY, null=True),
    Field("met_on", "When it was met; null where it is open.", Kind.DAY, null=True),
    Field("shown_by", "What shows that it is met.", null=True),
)
_APPEAL = (
    Field("id", "Stable."),
    Field("by_organisation", "Who appeals."),
    Field("text", "What the appeal says."),
    Field("filed_on", "When it was filed.", Kind.DAY),
    Field("outcome", "How it came out; null while that is open.", words=("upheld", "rejected", "withdrawn"), null=True),
    Field("outcome_on", "When.", Kind.DAY, null=True),
    Field("outcome_text", "Why.", null=True),
)

COLLECTIONS = (
    Collection(
        "programmes", "programme",
        "The status table: one row a programme, derived on the day asked for. The fields are those of /status.json, "
        "and the changes of the programme.",
        "the LME’s order of print", (*_STATUS, _CHANGES),
        (
            Filter("metal", "The id of a metal, as in copper: programmes that cover it."),
            Filter("approval", "An approval.", tuple(each.value for each in Approval if each is not Approval.NONE)),
            Filter("stage", "A stage of the supply chain.", _words(Stage)),
        ),
        key=(int,),
    ),
    Collection(
        "assessments", "assessment",
        "Published rounds of assessment: one programme judged against one edition of the criteria. A round has no "
        "date of its own; its results and ratings have.",
        "programme, then round",
        (
            _PROGRAMME, _ROUND, Field("label", "How the round is called in print.", null=True),
            Field("edition", "The edition of the criteria."),
            Field("assessor", "Who assessed; null where no source says it.", null=True),
            Field("follows", "The id of the round that it follows.", null=True),
        ),
        (_OF_PROGRAMME,), ("programme", "round"), (str, int),
    ),
    Collection(
        "ratings", "rating",
        "The published rating of each criterion in each part of a round, as it stands on the day. A criterion that is "
        "not yet rated has none. The source is that of the round.",
        "programme, round, part, then criterion",
        (
            _PROGRAMME, _ASSESSMENT, _PART, Field("criterion", "The code of the criterion."),
            Field("level", "The level.", words=_words(Level)), Field("rationale", "Why, in Markdown.", null=True),
            Field("cites_standard", "What in the standard it cites.", null=True),
            Field("cites_guidance", "What in the OECD Guidance it cites.", null=True),
            Field("carried_from", "The id of the earlier assessment from which it was carried over.", null=True),
            Field("version", "How often it was written.", Kind.NUMBER),
            Field("evidence", "What it rests on.", of=_EVIDENCE, many=True),
            Field("confidential", "How many pieces of evidence are confidential: counted, and not told.", Kind.NUMBER),
        ),
        (_OF_PROGRAMME, _OF_ROUND, _OF_PART, Filter("criterion", "The code of a criterion, as in OP-01.")),
        ("programme", "round", "part", "criterion"), (str, int, str, str),
    ),
    Collection(
        "results", "result",
        "The outcome of a part or of the whole of a published round, published by its assessor or computed by the "
        "rule of the edition. Neither replaces the other.",
        "id",
        (
            _PROGRAMME, _ASSESSMENT, Field("scope", "A part, or the whole.", words=_words(Scope)),
            Field("level", "The level.", words=("fully", "partially", "not")),
            Field("kind", "Published by the assessor, or computed by the rule.", words=_words(ResultKind)),
            _STATEMENT, Field("rests_on", "What it was taken over from.", null=True), _CORRECTS,
        ),
        (_OF_PROGRAMME, _OF_ROUND, Filter("kind", "Published or computed.", _words(ResultKind))),
    ),
    Collection(
        "actions", "corrective action",
        "What programmes undertake because of ratings below fully, as it stands on the day: it holds from the step "
        "that it reached last. What is past its due or expected date is derived.",
        "id",
        (
            _PROGRAMME, _ASSESSMENT, Field("title", "What is to be done."),
            Field("root_cause", "Why it is needed.", null=True), Field("owner", "Who does it.", null=True),
            Field("due_on", "When it is due; null where nobody set a day.", Kind.DAY, null=True),
            Field("expected_on", "When it was expected, which binds nobody.", Kind.DAY, null=True),
            Field("number_known", "False where one entry stands for an unpublished number.", Kind.YES_NO),
            Field("state", "Its state.", words=_words(ActionState)),
            Field("as_reported", "Whether only its owner says so.", Kind.YES_NO),
            Field("timing", "What the dates say of it.", words=_words(Timing)),
            Field("criteria", "What it answers.", of=_CRITERION, many=True),
            Field("steps", "The states that it reached, oldest first.", of=_STEP, many=True),
        ),
        (_OF_PROGRAMME, _OF_ROUND),
    ),
    Collection(
        "decisions", "decision",
        "What the London Metal Exchange decided on programmes. A decision is never computed.",
        "id",
        (
            _PROGRAMME,
            Field("act", "What was decided; void says that the one it corrects never held.", words=_words(Act)),
            Field("in_effect", "False where it is decided, and takes effect after the day asked for.", Kind.YES_NO),
            Field("reason", "Why.", null=True),
            Field("conditions", "Under which conditions, as one text.", null=True),
            Field("conditions_set", "The conditions that are kept here one by one.", of=_CONDITION, many=True),
            Field("against_advice", "Why it goes against what the facts advise, where it does.", null=True),
            Field("advice", "What the facts advised when it was put; null where it was not put here.", null=True),
            Field("voices", "How many voices it took; null where it was not put here.", Kind.NUMBER, null=True),
            Field("appeals", "The appeals against it.", of=_APPEAL, many=True),
            Field("published_note", "What was printed beside it.", null=True),
            Field("published_link", "Where it was published.", Kind.ADDRESS, null=True),
            Field("announced_on", "When it was announced, where that is another day.", Kind.DAY, null=True), _CORRECTS,
        ),
        (_OF_PROGRAMME,),
    ),
    Collection(
        "recognitions", "recognition",
        "What other authorities decided on programmes. A recognition changes no approval of the LME.",
        "id",
        (
            _PROGRAMME, Field("authority", "Whose act it is."), Field("under", "Under which rules."),
            Field("act", "What it did.", words=_words(RecognitionAct)),
            Field("reference", "The authority’s own reference.", null=True), _STATEMENT, _CORRECTS,
        ),
        (_OF_PROGRAMME,),
    ),
    Collection(
        "brands", "brand",
        "Brands, each with the track that it declares on the day; null where no declaration is on record.",
        "id",
        (
            Field("name", "Its name."), Field("producer", "The id of its producer."),
            Field("producer_name", "The name of its producer."), Field("metal", "The id of its metal."),
            Field("settled_by_the_lme", "Whether the LME settles that metal.", Kind.YES_NO),
            Field("product", "What it is.", null=True),
            Field("stage", "Where in the supply chain it is made.", words=_words(Stage), null=True),
            Field("listing", "Its listing as the producer claims it.", null=True),
            Field("by_product", "Whether it is a by-product.", Kind.YES_NO),
            Field("track", "The track declared.", words=_words(Track), null=True),
            Field("track_since", "From when it is declared, as exactly as that is known.", form=DATE_FORM, null=True),
        ),
    ),
    Collection(
        "certificates", "certificate",
        "Certificates of brands that are public: claimed by the producer until somebody else verifies them.",
        "id",
        (
            Field("brand", "The id of the brand."), Field("producer", "The id of its producer."),
            Field("kind", "Of what it is.", words=("programme", "iso_14001", "iso_45001", "equivalent")),
            Field("programme", "The id of the programme, for one under a programme.", null=True),
            Field("equivalence", "What stands in its place, for an equivalent one.", null=True),
            Field("issuer", "Who issued it.", null=True), Field("number", "Its number.", null=True),
            Field("edition", "The edition of the standard, as printed on it.", null=True),
            Field("sites", "The sites that it covers, by name.", many=True),
            Field("metals", "The ids of the metals that it covers.", many=True),
            Field("conformance", "What it says.",
                  words=("conformant", "corrective_plan", "not_conformant", "not_known")),
            Field("expires_on", "The last day on which it is valid.", Kind.DAY, null=True), _STATEMENT,
            Field("standing", "Claimed by the producer, or verified by somebody else.", words=("claimed", "verified")),
            Field("verified_by", "Who verified it.", null=True),
            Field("verified_on", "When.", Kind.DAY, null=True), _CORRECTS,
        ),
        (Filter("brand", "The id of a brand."), _OF_PROGRAMME),
    ),
    Collection(
        "publications", "publication",
        "Market updates: immutable, numbered copies of the status table. The copy itself is at the page’s address "
        "with .json, .csv, .md or .pdf.",
        "newest first",
        (
            Field("title", "Its title."), Field("label", "What sort of publication it is.", null=True),
            Field("issuer", "Who issued it."), Field("as_at", "The day that its table holds for.", Kind.DAY),
            Field("programmes", "The rows of its table.", Kind.NUMBER),
            Field("digest", "SHA-256 of its content.", form="^[0-9a-f]{64}$"),
            Field("corrects", "The number of the one that it corrects.", null=True),
            Field("corrected_by", "The number of the one that corrects it.", null=True),
        ),
        path=("number",), key=(str, str),
    ),
    Collection(
        "events", "event",
        "What the register learned, as its feeds tell it: public facts, what takes effect later included, each under "
        "an identity that outlives every name. They are no copy of the chain of events behind the register, which "
        "names people and is not public.",
        "learned last first",
        (
            Field("kind", "What it is about.", words=_words(NewsKind)), Field("title", "In one line."),
            Field("text", "In words.", null=True),
            Field("programme", "The id of the programme; null for a market update.", null=True),
            Field("correction", "Whether it corrects an earlier one.", Kind.YES_NO),
        ),
        (_OF_PROGRAMME, Filter("kind", "What it is about.", _words(NewsKind))),
        key=(str, str, str),
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Collection] = {each.name: each for each in COLLECTIONS}


def fields_of(collection: Collection) -> tuple[Field, ...]:
    """All that a record of a collection says, in its order."""
    return (ID, *collection.fields, *TIMES, HREF)
