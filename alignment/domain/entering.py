"""What is wrong with an entry in a producer's record: a sentence for each field, told what the register holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date
from decimal import Decimal
from functools import cached_property

from alignment.domain.brand import Track
from alignment.domain.checklist import Answer
from alignment.domain.claim import KINDS
from alignment.domain.frozen import dataclass
from alignment.domain.keeping import Noun, Shape, Values
from alignment.domain.producer_record import ANSWER, BRAND, CERTIFICATE, DECLARATION, SITE
from alignment.domain.shares import OF_A_WHOLE, WHOLE, number, plain
from alignment.domain.when import When, parse_when, say_day


@dataclass(frozen=True, slots=True)
class ProgrammeKnown:
    """A programme as far as its scope: which metals it names, and whether it takes any other."""

    id: str
    name: str
    metals: Mapping[str, bool] = field(default_factory=dict)
    all_minerals: bool = False

    def covers(self, metal: str) -> bool:
        return self.metals.get(metal, self.all_minerals)


@dataclass(frozen=True, slots=True)
class EquivalentKnown:
    """What the LME accepts in place of something else; ``programme`` where it stands for one."""

    id: str
    name: str
    programme: str = ""


@dataclass(frozen=True, slots=True)
class BrandKnown:
    """A brand of the producer, with the sites that make it."""

    id: str
    name: str
    metal: str
    sites: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Known:
    """What the register holds when an entry of one producer is judged. ``settled`` are metals of LME contracts."""

    metals: Mapping[str, str]
    settled: frozenset[str]
    programmes: Mapping[str, ProgrammeKnown]
    declared_by: Mapping[str, EquivalentKnown] = field(default_factory=dict)
    certifications: Mapping[str, EquivalentKnown] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    brands: Mapping[str, BrandKnown] = field(default_factory=dict)
    certificates: frozenset[tuple[str, str, str]] = frozenset()

    @cached_property
    def called(self) -> Mapping[str, frozenset[str]]:
        """The brands by name, whatever its case: thousands of rows ask for it."""
        found: dict[str, frozenset[str]] = {}
        for each in self.brands.values():
            name = each.name.casefold()
            found[name] = found.get(name, frozenset()) | {each.id}
        return found

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """What the forms offer, as pairs of id and words."""
        return {
            "metals": list(self.metals.items()),
            "sites": list(self.sites.items()),
            "programmes": [(each.id, each.name) for each in self.programmes.values()],
            "declared_by": [(each.id, each.name) for each in self.declared_by.values()],
            "certifications": [(each.id, each.name) for each in self.certifications.values()],
            "items": list(self.items.items()),
        }


Faults = dict[str, str]


def faults_of(noun: Noun, values: Values, known: Known, *, today: date, brand: str = "", id: str = "") -> Faults:
    """Everything wrong with an entry, a sentence by the field that it belongs to; none where it holds."""
    faults = _not_held(noun, values, known)
    if (brand or noun is CERTIFICATE) and brand not in known.brands:
        of_itself = _of_itself(values, today) if noun is CERTIFICATE else {}
        return of_itself | faults | {"brand": "There is no such brand in this record: open it from the list of brands."}
    more: Faults = {}
    if noun is BRAND:
        more = _brand(values, known, id)
    elif noun is SITE:
        more = _site(values, known, id)
    elif noun is DECLARATION:
        more = _declaration(values, known.brands[brand], known, today)
    elif noun is CERTIFICATE:
        more = _certificate(values, known.brands[brand], known, today, corrects=bool(id))
    elif noun is ANSWER:
        more = _answer(values, today)
    elif noun.table == "claim":
        more = _claim(noun, values, today)
    return more | faults


def _not_held(noun: Noun, values: Values, known: Known) -> Faults:
    """Fields that point at what is not there."""
    choices = {name: dict(pairs) for name, pairs in known.choices().items()}
    faults = {}
    for each in noun.fields:
        if each.of:
            said = values[each.name] if each.shape is Shape.MANY else [values[each.name]]
            strange = next((one for one in said if one and one not in choices[each.of]), None)
            if strange is not None:
                faults[each.name] = _not_known(strange, list(choices[each.of].values()))
    return faults


def _not_known(strange: str, known: Sequence[str]) -> str:
    """The sentence for what a form or a file names and nobody has entered: with what it could name."""
    if not known:
        return f"“{strange[:60]}” is not known here: none is entered yet, so enter it first."
    more = len(known) - MOST_NAMED
    named = "; ".join(known[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"“{strange[:60]}” is not known here; known are {named}."


MOST_NAMED = 40
"""How many choices a sentence names."""


def _brand(values: Values, known: Known, id: str) -> Faults:
    name = values["name"]
    return _taken("brand", name) if known.called.get(name.casefold(), frozenset()) - {id} else {}


def _site(values: Values, known: Known, id: str) -> Faults:
    name = values["name"]
    others = (each.casefold() for other, each in known.sites.items() if other != id)
    return _taken("site", name) if name.casefold() in others else {}


def _taken(one: str, name: str) -> Faults:
    return {"name": f"The record has a {one} “{name}” already: give this one another name, or leave it out."}


def _declaration(values: Values, brand: BrandKnown, known: Known, today: date) -> Faults:
    faults: Faults = {}
    track, chosen = values["track"], values["programmes"]
    equivalent = known.declared_by.get(values["by_equivalence"])
    if brand.metal not in known.settled:
        name = known.metals[brand.metal].lower()
        faults["track"] = f"The LME settles no contract in {name}: its policy asks for no track of this brand."
    if track == Track.A.value and not chosen and equivalent is None:
        faults["programmes"] = "Track A goes by a programme: choose at least one, or a fuller standard below."
    elif track and track != Track.A.value and (chosen or equivalent):
        where = "programmes" if chosen else "by_equivalence"
        faults[where] = f"Track {track} goes by no programme: leave the programmes out, or choose Track A."
    else:
        counted = [*chosen, *([equivalent.programme] if equivalent else [])]
        faults |= _covering("programmes" if chosen else "by_equivalence", counted, brand.metal, known)
    if track == Track.D.value and not values["statement"]:
        faults["statement"] = "Track D rests on a confirmation: say that the material is secondary, and what shows it."
    return faults | _begun_too_late(values["effective"], today, later=True)


def _covering(where: str, programmes: Iterable[str], metal: str, known: Known) -> Faults:
    """A programme that never had the metal in its scope covers nothing of the brand."""
    for each in programmes:
        programme = known.programmes.get(each)
        if programme is not None and not programme.covers(metal):
            name = known.metals[metal].lower()
            return {where: f"{programme.name} does not have {name} in its scope: choose a programme that does."}
    return {}


def _begun_too_late(said: str, today: date, *, later: bool = False) -> Faults:
    """A fact that has still to come is none; what is declared may begin within a year."""
    try:
        on = date.fromisoformat(said)
    except ValueError:
        return {}
    if on > today and not later:
        return {"effective": f"{say_day(on)} is still to come: write the day on which it began."}
    if (on - today).days > 366:
        return {"effective": f"{say_day(on)} lies more than a year ahead: declare it when it is nearer."}
    return {}


def _certificate(values: Values, brand: BrandKnown, known: Known, today: date, *, corrects: bool) -> Faults:
    return (
        _what_it_certifies(values, brand, known)
        | _in_scope(values, brand, known)
        | _of_itself(values, today)
        | ({} if corrects else _held_already(values, brand, known))
    )


def _of_itself(values: Values, today: date) -> Faults:
    """What is wrong with a certificate, whichever brand it is of."""
    return _period(values) | _begun_too_late(values["effective"], today) | _outcome(values)


def _what_it_certifies(values: Values, brand: BrandKnown, known: Known) -> Faults:
    kind, programme = values["kind"], values["programme"]
    if kind == "programme" and not programme:
        return {"programme": "Choose the programme: standard and assurance process together."}
    if kind == "equivalent" and not values["equivalent"]:
        names = ", ".join(each.name for each in known.certifications.values())
        return {"equivalent": f"Choose which programme the LME accepts as an equivalent: {names or 'none is known'}."}
    if kind != "programme" and programme:
        return {"programme": "A programme goes with conformance under it: leave it out, or change what is certified."}
    if kind != "equivalent" and values["equivalent"]:
        return {"equivalent": "Leave the equivalent out, or say that this is an equivalent certification programme."}
    return _covering("programme", [programme] if programme else [], brand.metal, known)


def _in_scope(values: Values, brand: BrandKnown, known: Known) -> Faults:
    """The brand lies in the scope that is stated: its metal among the metals, a site of it among the sites."""
    faults: Faults = {}
    if values["metals"] and brand.metal not in values["metals"]:
        metal = known.metals[brand.metal].lower()
        faults["metals"] = f"{brand.name} is {metal}, which is not among these: add it, or open another brand."
    programme = known.programmes.get(values["programme"])
    for metal in values["metals"]:
        if programme is not None and metal in known.metals and not programme.covers(metal):
            named = known.metals[metal].lower()
            faults.setdefault("metals", f"{programme.name} never had {named} in its scope: take it out.")
    named_sites = [each for each in values["sites"] if each in known.sites]
    if named_sites and brand.sites and not brand.sites & set(named_sites):
        names = ", ".join(known.sites[each] for each in named_sites)
        faults["sites"] = f"{names}: out of scope, for none of these makes {brand.name}. Add the site that does."
    return faults


def _period(values: Values) -> Faults:
    begins, ends = values["effective"], values["expires_on"]
    if begins and ends and ends < begins:
        return {"expires_on": f"It would end before it begins: it is issued on {say_day(date.fromisoformat(begins))}."}
    return {}


def _outcome(values: Values) -> Faults:
    if values["conformance"] == "corrective_plan" and not values["statement"]:
        return {"statement": "Say what the corrective plan asks for, and until when."}
    return {}


def _held_already(values: Values, brand: BrandKnown, known: Known) -> Faults:
    if values["number"] and (brand.id, values["kind"], values["number"].casefold()) in known.certificates:
        said = f"The brand has a certificate {values['number']} already"
        return {"number": f"{said}: correct that one on its page, or leave this one out."}
    return {}


def _answer(values: Values, today: date) -> Faults:
    faults = _begun_too_late(values["effective"], today)
    if values["answer"] in (Answer.MET.value, Answer.NOT_MET.value) and not values["evidence"]:
        faults["evidence"] = "Say what shows it: an answer with nothing behind it is unknown."
    return faults


def _claim(noun: Noun, values: Values, today: date) -> Faults:
    faults: Faults = {}
    when = _when(values["effective"])
    if when and when.on > today:
        faults["effective"] = f"{when} is still to come: write when it began to hold, or the year."
    kind = next(each for each in KINDS.values() if each.label == noun.many)
    asked, answered = values.get("asked", ""), values.get("answered", "")
    if asked and answered and int(answered) > int(asked):
        faults["answered"] = "More suppliers answered than were asked: put one of the two right."
    figures = values.get("figures")
    if not isinstance(figures, dict):
        return faults
    numbers = [found for said in figures.values() if (found := number(said)) is not None]
    total = sum(numbers, Decimal(0))
    if kind.id in OF_A_WHOLE and total > WHOLE:
        faults["figures"] = f"The shares add up to {plain(total)} %, more than the whole: put one of them right."
    elif kind.id == "area_list" and numbers and values["areas"] != "" and total != int(values["areas"]):
        faults["figures"] = f"The regions add up to {plain(total)}, and {values['areas']} areas are on the list."
    return faults


def _when(said: str) -> When | None:
    try:
        return parse_when(said) if said else None
    except ValueError:
        return None
