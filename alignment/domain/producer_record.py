"""The nouns of the producer's own record with the fields of their forms, in the order in which they are filled in.

The record says what the producer claims; the register says who verified it.
"""

from __future__ import annotations

import re
import unicodedata

from alignment.domain.brand import Track
from alignment.domain.checklist import NAMED, Answer
from alignment.domain.claim import KINDS, PUBLIC, WHY
from alignment.domain.keeping import STAGES, Field, Noun, Shape

TRACKS = (
    (Track.A.value, "Track A: by a standard that passed an alignment assessment"),
    (Track.B.value, "Track B: red flag assessment, audited"),
    (Track.C.value, "Track C: red flag assessment, published"),
    (Track.D.value, "Track D: secondary material alone"),
)
CERTIFICATE_KINDS = (
    ("programme", "Conformance under a programme"),
    *NAMED.items(),
    ("equivalent", "An equivalent certification programme"),
)
CONFORMANCES = (
    ("conformant", "Conformant"),
    ("corrective_plan", "Under a corrective plan that the programme accepted"),
    ("not_conformant", "Not conformant"),
    ("not_known", "Not stated"),
)
ANSWERS = tuple((each.value, each.label) for each in Answer)

PRODUCER = Noun(
    "details",
    "producer",
    "producer",
    "The producer",
    "Name, country and what the company makes.",
    (
        Field("name", "Name", needed=True, hint="As the company writes it"),
        Field("country", "Country", most=80),
        Field("summary", "What it makes, and from what", Shape.PROSE, most=2000),
    ),
)
SITE = Noun(
    "sites",
    "site",
    "site",
    "Sites",
    "The places that make the metal; certificates name them.",
    (
        Field("name", "Name", needed=True, most=120),
        Field("country", "Country", most=80),
        Field("kind", "What it is", hint="Smelter, refinery, mine", most=80),
    ),
)
BRAND = Noun(
    "brands",
    "brand",
    "brand",
    "Brands",
    "What you make of one metal under one name.",
    (
        Field("name", "Brand", needed=True, hint="As it stands on the LME’s list, if it does", most=120),
        Field("metal", "Metal", Shape.ONE, of="metals", needed=True),
        Field("product", "Product", hint="Copper cathode, Grade A", most=200),
        Field("stage", "Stage", Shape.WORD, words=STAGES, needed=True, hint="Where in the chain the brand is made"),
        Field("listing", "Listing", hint="Listed by the LME, applied for, not listed: shown as claimed", most=200),
        Field("by_product", "By-product", Shape.FLAG),
        Field("sites", "Made at", Shape.MANY, of="sites"),
    ),
)
DECLARATION = Noun(
    "declarations",
    "declaration",
    "declaration",
    "Declared track",
    "Which track the brand uses from when, and by which programmes. A new one leaves the old in the history.",
    (
        Field("track", "Track", Shape.WORD, words=TRACKS, needed=True),
        Field("effective", "Holds from", Shape.DAY, needed=True),
        Field("programmes", "Programmes, for Track A", Shape.MANY, of="programmes"),
        Field(
            "by_equivalence", "Declared by a fuller standard", Shape.ONE, of="declared_by",
            hint="It counts as the programme that the LME named for it",
        ),
        Field("statement", "What you declare", Shape.PROSE, hint="The wording of the filing, or a remark", most=2000),
        WHY,
    ),
)  # fmt: skip
CERTIFICATE = Noun(
    "certificates",
    "certificate",
    "certificate",
    "Certificates",
    "Conformance under a programme, ISO 14001 and 45001, or what the LME accepts in their place.",
    (
        Field("kind", "What it certifies", Shape.WORD, words=CERTIFICATE_KINDS, needed=True),
        Field("programme", "Programme", Shape.ONE, of="programmes", hint="Standard and assurance process together"),
        Field("equivalent", "Equivalent", Shape.ONE, of="certifications", hint="For an equivalent programme alone"),
        Field("edition", "Edition of the standard", hint="As printed on it: V3, version 9, second edition", most=80),
        Field("issuer", "Issued by", needed=True, most=200),
        Field("number", "Number", most=80),
        Field("metals", "Metals in its scope", Shape.MANY, of="metals"),
        Field("sites", "Sites in its scope", Shape.MANY, of="sites"),
        Field("effective", "Issued on", Shape.DAY, needed=True),
        Field("expires_on", "Expires on", Shape.DAY, hint="Empty: it states none"),
        Field("conformance", "Outcome", Shape.WORD, words=CONFORMANCES, needed=True),
        Field("statement", "Corrective plan, or a remark", Shape.PROSE, hint="For a plan: what, until when", most=2000),
        PUBLIC,
        WHY,
    ),
)
ANSWER = Noun(
    "answers",
    "checklist_answer",
    "answer",
    "Checklist",
    "Your answer to a point of the Track A checklist, with what shows it.",
    (
        Field("item", "Point", Shape.ONE, of="items", needed=True),
        Field("answer", "Answer", Shape.WORD, words=ANSWERS, needed=True),
        Field("effective", "Since", Shape.DAY, needed=True),
        Field("evidence", "What shows it", Shape.PROSE, hint="A document with its date, a page, a filing", most=2000),
        PUBLIC,
        WHY,
    ),
)
FURTHER = (SITE, BRAND, DECLARATION, CERTIFICATE, ANSWER)


EVERY_NOUN = {each.id: each for each in (PRODUCER, *FURTHER)}


def noun_of(id: str, kind: str = "") -> Noun | None:
    """The noun of an address; a claim needs its kind as well."""
    if id == "claims":
        return KINDS[kind].noun if kind in KINDS else None
    return EVERY_NOUN.get(id)


def slug(name: str) -> str:
    """A name as the end of an address: small letters, digits, single hyphens; empty where none is left."""
    plain_letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain_letters.lower()).strip("-")[:48].strip("-")
