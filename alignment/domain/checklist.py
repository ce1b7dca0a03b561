"""The Track A checklist of one brand on one day: every point met, not met or unknown, and why.

What follows from facts that are held comes first; an answer on record fills what no fact settles; where
neither is held the answer is unknown. Unknown is never softened into met, nor hardened into not met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from enum import StrEnum

from alignment.domain.brand import Track
from alignment.domain.decision import Approval
from alignment.domain.frozen import dataclass
from alignment.domain.when import When, say_day


class Answer(StrEnum):
    """What can be said of one point."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @property
    def tone(self) -> str:
        return {"met": "full", "not_met": "not", "unknown": "unknown"}[self.value]

    @property
    def mark(self) -> str:
        return {"met": "m-done", "not_met": "m-not", "unknown": "m-unknown"}[self.value]


WORST_FIRST = (Answer.NOT_MET, Answer.UNKNOWN, Answer.MET)


class Basis(StrEnum):
    """Who stands behind an answer."""

    REGISTER = "register"
    VERIFIED = "verified"
    CLAIMED = "claimed"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Said:
    """Whose word a producer's fact is: claimed, until it says by whom it was verified and when."""

    by: str = ""
    on: date | None = None

    @property
    def verified(self) -> bool:
        return bool(self.by)

    @property
    def basis(self) -> Basis:
        return Basis.VERIFIED if self.verified else Basis.CLAIMED


@dataclass(frozen=True, slots=True)
class Declared:
    """The track that a brand declares and, for Track A, by which programmes (ids)."""

    track: Track
    programmes: tuple[str, ...]
    effective: When
    said: Said = Said()


@dataclass(frozen=True, slots=True)
class ProgrammeFacts:
    """What the register holds of a programme: its approval on the day, and whether it covers the brand's metal.

    ``condition`` is the one under which alone it serves that metal, where one is recorded.
    """

    id: str
    name: str
    approval: Approval
    since: When | None
    covers_metal: bool | None
    edition: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as stated. ``kind`` is programme, iso_14001, iso_45001 or equivalent.

    ``sites`` are the ids of those that it names; one that names none leaves open which it is of.
    """

    kind: str
    effective: When
    expires_on: date | None
    conformance: str
    sites: frozenset[str] = frozenset()
    stands_for: str = ""
    edition: str = ""
    programme: str = ""
    said: Said = Said()

    @property
    def under(self) -> tuple[str, str, str]:
        """What it certifies conformance with: a later outcome under the same speaks of the same."""
        return self.kind, self.programme, self.stands_for


@dataclass(frozen=True, slots=True)
class OnRecord:
    """An answer that was given to one point, with what shows it."""

    answer: Answer
    evidence: str
    effective: When
    said: Said = Said()


@dataclass(frozen=True, slots=True)
class BrandFacts:
    """All that is held of a brand on the day asked about; facts that begin later are left out by the caller.

    ``sites`` are those that make it, by id with their names; none where that is not recorded.
    """

    metal: str
    metal_settled: bool
    listing: str = ""
    declared: Declared | None = None
    programmes: Mapping[str, ProgrammeFacts] = field(default_factory=dict)
    certificates: Sequence[Certificate] = ()
    answers: Mapping[str, OnRecord] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list[Certificate]:
        return [each for each in self.certificates if each.kind in kinds]

    @property
    def named(self) -> list[ProgrammeFacts]:
        """The declared programmes that the register knows."""
        declared = self.declared.programmes if self.declared and self.declared.track is Track.A else ()
        return [self.programmes[each] for each in declared if each in self.programmes]

    @property
    def of_named(self) -> list[Certificate]:
        """The certificates of declared programmes: one of another programme says nothing of those."""
        ids = {each.id for each in self.named}
        return [each for each in self.of_kind("programme") if each.programme in ids]


@dataclass(frozen=True, slots=True)
class Point:
    """One point answered. ``at_risk`` marks what rests on a conditional approval alone.

    ``sites`` are the same point for each site, by name, where several make the brand and they differ.
    """

    answer: Answer
    reason: str
    on: When | None = None
    basis: Basis = Basis.NOTHING
    said: Said = Said()
    at_risk: bool = False
    sites: tuple[tuple[str, Point], ...] = ()


def checklist(codes: Iterable[str], held: BrandFacts, as_at: date) -> dict[str, Point]:
    """Every point of the list by its code, as it stands on a day."""
    return {code: answer(code, held, as_at) for code in codes}


def answer(code: str, held: BrandFacts, as_at: date) -> Point:
    """One point: from the facts held, else from the answer on record, else unknown with the reason."""
    derived = RULES[code](held, as_at) if code in RULES else unknown("Nothing is held that answers it.")
    given = held.answers.get(code)
    if derived.answer is not Answer.UNKNOWN or given is None:
        return derived
    return Point(given.answer, given.evidence, given.effective, given.said.basis, given.said)


def unknown(reason: str) -> Point:
    """Nothing, or not enough, is held."""
    return Point(Answer.UNKNOWN, reason)


def from_register(answer: Answer, reason: str, on: When | None = None, *, at_risk: bool = False) -> Point:
    """What the register's own sourced facts show, whoever claims otherwise."""
    return Point(answer, reason, on, Basis.REGISTER, at_risk=at_risk)


# --- the points that facts can settle ------------------------------------------------------------------------


def listed(held: BrandFacts, as_at: date) -> Point:
    """TA-01: a metal outside the LME's contracts settles it; the producer's own word does not."""
    if not held.metal_settled:
        return from_register(
            Answer.NOT_MET, f"The LME settles no contract in {held.metal}: the brand lies outside its policy."
        )
    if held.listing:
        return unknown(f"Only the producer says so: {held.listing}. No list or notice of the LME is held.")
    return unknown("No list or notice of the LME that names the brand is held.")


def declares_track_a(held: BrandFacts, as_at: date) -> Point:
    """TA-02: a declaration in force on the day."""
    if held.declared is None:
        return unknown("No declaration is held: no source names a track.")
    track, said = held.declared.track, held.declared.said
    met = Answer.MET if track is Track.A else Answer.NOT_MET
    return Point(met, f"{track.label} is declared.", held.declared.effective, said.basis, said)


def names_a_programme(held: BrandFacts, as_at: date) -> Point:
    """TA-03: standard and assurance process together point to a programme of the register."""
    if held.declared is None or held.declared.track is not Track.A:
        return unknown("No declaration of Track A is held that could name them.")
    if not held.named:
        return unknown("The declaration names no programme of this register.")
    said = held.declared.said
    names = "; ".join(each.name for each in held.named)
    return Point(Answer.MET, f"Declared: {names}.", held.declared.effective, said.basis, said)


def approved(held: BrandFacts, as_at: date) -> Point:
    """TA-04: the LME's decision; conditional approval is met with a recognition risk."""
    if not held.named:
        return unknown("No declared programme is held whose approval could be looked up.")
    best = min(held.named, key=lambda each: list(Approval).index(each.approval))
    reason = f"{best.name}: {best.approval.label.lower()}."
    if best.approval.stands:
        at_risk = best.approval is Approval.CONDITIONALLY_APPROVED
        return from_register(Answer.MET, reason, best.since, at_risk=at_risk)
    open_ones = [each.name for each in held.named if each.approval is Approval.NOT_KNOWN]
    if open_ones:
        return unknown(f"On the day no decision is known on {'; '.join(open_ones)}.")
    return from_register(Answer.NOT_MET, reason, best.since)


def edition_in_use(held: BrandFacts, as_at: date) -> Point:
    """TA-05: the edition on the certificate against the edition of the programme that the LME decided on."""
    none = "No certificate of a declared programme is held."
    return at_every_site(held, none, lambda each: same_edition(each, held.programmes[each.programme]))


def same_edition(each: Certificate, programme: ProgrammeFacts) -> Point:
    if not each.edition:
        return unknown("The certificate gives no edition.")
    if not programme.edition:
        return unknown("The edition of the programme’s standard is not recorded.")
    if edition_key(each.edition) == edition_key(programme.edition):
        return stated(each, Answer.MET, f"The certificate names the edition of the programme: {programme.edition}.")
    return stated(
        each,
        Answer.NOT_MET,
        f"The certificate names edition {each.edition}; the programme stands on {programme.edition}.",
    )


def edition_key(said: str) -> str:
    """An edition without the words around it: V3, version 3 and edition 3 are one."""
    words = re.sub(r"\b(version|edition|ed|v|rev|revision)\b\.?", " ", said.casefold())
    return re.sub(r"\bv(?=\d)|[^0-9a-z.]", "", words).strip(".")


def covers_the_metal(held: BrandFacts, as_at: date) -> Point:
    """TA-06: the recorded metals and exclusions of the declared programmes."""
    if not held.named:
        return unknown("No declared programme is held whose metals could be compared.")
    covering = [each.name for each in held.named if each.covers_metal]
    if covering:
        return from_register(Answer.MET, f"{held.metal.capitalize()} is in the scope of {'; '.join(covering)}.")
    if any(each.covers_metal is None for each in held.named):
        return unknown("The scope of a declared programme is not recorded.")
    return from_register(Answer.NOT_MET, f"No declared programme has {held.metal} in its scope.")


def site_in_scope(held: BrandFacts, as_at: date) -> Point:
    """TA-07: a certificate of a declared programme that names the producing site."""
    none = "No certificate of a declared programme is held, so no site can be matched to one."
    return by_site(held, lambda site: best_of(held.of_named, lambda each: site_named(each, site), none))


def site_named(each: Certificate, site: str) -> Point:
    if not each.sites:
        return unknown("The certificate names no site.")
    if not site:
        return unknown("The certificate names a site; which site makes the brand is not recorded.")
    if site in each.sites:
        return stated(each, Answer.MET, "A certificate names the producing site.")
    return stated(each, Answer.NOT_MET, "The certificate names another site only.")


def assessed(held: BrandFacts, as_at: date) -> Point:
    """TA-08: an outcome that somebody other than the producer has confirmed."""
    return at_every_site(held, "No assessment report or certificate of a declared programme is held.", outcome)


def outcome(each: Certificate) -> Point:
    if each.conformance == "not_conformant":
        return stated(each, Answer.NOT_MET, "Assessed, and not conformant.")
    if each.conformance not in ("conformant", "corrective_plan"):
        return unknown("The certificate states no outcome.")
    if not each.said.verified:
        return unknown("Only the producer states the outcome; nobody has verified it.")
    plan = ", under an accepted corrective plan" if each.conformance == "corrective_plan" else ""
    return stated(each, Answer.MET, f"Assessed as conformant{plan}.")


def valid(held: BrandFacts, as_at: date) -> Point:
    """TA-09: issue and expiry on either side of the day; a usual interval never fills a gap."""
    none = "No certificate of a declared programme with dates is held."
    return at_every_site(held, none, lambda each: in_force(each, as_at))


def in_force(each: Certificate, as_at: date) -> Point:
    if each.conformance == "not_conformant":
        return stated(each, Answer.NOT_MET, "It states that the site is not conformant.")
    if each.expires_on is None:
        return unknown("The certificate states no expiry.")
    if each.expires_on < as_at:
        return stated(each, Answer.NOT_MET, f"Expired on {say_day(each.expires_on)}.")
    return stated(each, Answer.MET, f"In force until {say_day(each.expires_on)}.")


def special_conditions(held: BrandFacts, as_at: date) -> Point:
    """TA-11: a condition on record is named, which only evidence meets; none on record is not taken for none."""
    if not held.named:
        return unknown("No declared programme is held whose conditions could be looked up.")
    asked = [f"{each.name} on {held.metal}: {each.condition}" for each in held.named if each.condition]
    if asked:
        return unknown(f"{'; '.join(asked)}. Nothing that shows it is held.")
    return unknown("No special condition of a declared programme is on record; that does not show that there is none.")


@dataclass(frozen=True, slots=True)
class Norm:
    """A norm of management that the LME asks for; what it accepts in its place names its number."""

    kind: str
    number: str

    @property
    def name(self) -> str:
        return f"ISO {self.number}"


NORMS = {"TA-14": Norm("iso_14001", "14001"), "TA-15": Norm("iso_45001", "45001")}
"""The points that a norm meets."""

NAMED = {each.kind: each.name for each in NORMS.values()}
"""How the norms are called, by the kind of certificate; the other kinds are called by what they certify."""


def management(norm: Norm) -> Callable[[BrandFacts, date], Point]:
    """TA-14 and TA-15: the certificate to the norm, or an accepted equivalent; one merely claimed leaves it open."""

    def point(held: BrandFacts, as_at: date) -> Point:
        equal = [each for each in held.of_kind("equivalent") if norm.number in each.stands_for]
        found, none = [*held.of_kind(norm.kind), *equal], f"No {norm.name} certificate is held."
        not_named = f"No {norm.name} certificate names the site." if found else none

        def at(site: str) -> Point:
            speaking = [each for each in found if not site or not each.sites or site in each.sites]
            return best_of(still_speaking(speaking), lambda each: seen(each, site, as_at), not_named)

        return by_site(held, at)

    return point


def seen(each: Certificate, site: str, as_at: date) -> Point:
    """In force, for the producing site, and seen by somebody: what only its holder mentions meets nothing."""
    found = min(in_force(each, as_at), site_named(each, site), key=lambda point: WORST_FIRST.index(point.answer))
    if found.answer is Answer.MET and not each.said.verified:
        return unknown("A certificate is claimed; nobody has verified it.")
    return found


def stated(each: Certificate, answer: Answer, reason: str) -> Point:
    """What a certificate shows, with its date and whose word it is."""
    return Point(answer, reason, each.effective, each.said.basis, each.said)


def best_of(found: Sequence[Certificate], judge: Callable[[Certificate], Point], none: str = "") -> Point:
    """The best that any certificate shows: met before unknown before not met, verified before claimed."""
    if not found:
        return unknown(none)
    points = [judge(each) for each in found]
    return max(points, key=lambda point: (WORST_FIRST.index(point.answer), point.said.verified))


def still_speaking(found: Sequence[Certificate]) -> list[Certificate]:
    """What still speaks: not conformant ends what was certified before it, under the same programme or norm."""
    ended: dict[tuple[str, str, str], date] = {}
    for each in found:
        if each.conformance == "not_conformant":
            ended[each.under] = max(each.effective.on, ended.get(each.under, date.min))
    return [each for each in found if each.effective.on >= ended.get(each.under, date.min)]


# --- what has to be met at every site -------------------------------------------------------------------------


def at_every_site(held: BrandFacts, none: str, judge: Callable[[Certificate], Point]) -> Point:
    """What the certificates of declared programmes show of each site that makes the brand.

    A certificate speaks of the sites that it names. One that names none is taken for a brand of a single site, or
    of none on record; where several make the brand it leaves open of which it is.
    """
    not_named = "No certificate of a declared programme names the site."

    def at(site: str) -> Point:
        naming = [each for each in held.of_named if not site or site in each.sites]
        general = [each for each in held.of_named if not each.sites] if len(held.sites) == 1 else []
        return best_of(still_speaking([*naming, *general]), judge, not_named if held.of_named else none)

    return by_site(held, at)


def by_site(held: BrandFacts, judge: Callable[[str], Point]) -> Point:
    """One point for the brand: as good as at the site where it is worst, each site told where they differ.

    Of a brand with no site on record it is judged once, with no site.
    """
    points = {name: judge(site) for site, name in sorted(held.sites.items(), key=lambda each: each[1])}
    worst = min(points.values(), key=_least_sure, default=None)
    if worst is None:
        return judge("")
    if all(each == worst for each in points.values()):
        return worst
    return replace(worst, reason=_where(points), sites=tuple(points.items()))


def _least_sure(point: Point) -> tuple[int, bool, int]:
    """Worse before better, claimed before verified, and of these what began last."""
    return WORST_FIRST.index(point.answer), point.said.verified, -(point.on.on.toordinal() if point.on else 0)


def _where(points: Mapping[str, Point]) -> str:
    """At which sites a point is met, not met and open, in one sentence."""
    words = {Answer.MET: "met at", Answer.NOT_MET: "not met at", Answer.UNKNOWN: "open at"}
    named = {each: [site for site, point in points.items() if point.answer is each] for each in words}
    said = "; ".join(f"{words[each]} {', '.join(sites)}" for each, sites in named.items() if sites)
    return f"{said[0].upper()}{said[1:]}."


RULES: Mapping[str, Callable[[BrandFacts, date], Point]] = {
    "TA-01": listed,
    "TA-02": declares_track_a,
    "TA-03": names_a_programme,
    "TA-04": approved,
    "TA-05": edition_in_use,
    "TA-06": covers_the_metal,
    "TA-07": site_in_scope,
    "TA-08": assessed,
    "TA-09": valid,
    "TA-11": special_conditions,
    **{code: management(norm) for code, norm in NORMS.items()},
}
"""The points that held facts can settle; the others wait for an answer on record."""


class Way(StrEnum):
    """What a producer can enter that a rule looks at."""

    SITES = "sites"
    CERTIFICATE = "certificate"
    DECLARATION = "declaration"


WAYS: Mapping[str, tuple[Way, ...]] = {
    "TA-02": (Way.DECLARATION,),
    "TA-03": (Way.DECLARATION,),
    "TA-04": (Way.DECLARATION,),
    "TA-05": (Way.CERTIFICATE,),
    "TA-06": (Way.DECLARATION,),
    "TA-07": (Way.SITES, Way.CERTIFICATE),
    "TA-08": (Way.CERTIFICATE,),
    "TA-09": (Way.CERTIFICATE,),
    **dict.fromkeys(NORMS, (Way.SITES, Way.CERTIFICATE)),
}
"""How each point can be answered by facts; the others take an answer of the producer's own."""
