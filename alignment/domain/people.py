"""Who acts, and who may do what: one function refuses an act and explains the control that is off.

An import records facts published elsewhere; the guards here bind people's acts and not it (model, section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum

from alignment.domain.assessment import PartStage
from alignment.domain.frozen import dataclass


class ActorKind(StrEnum):
    """What stands behind an event."""

    PERSON = "person"
    IMPORT = "import"
    SYSTEM = "system"


class Role(StrEnum):
    """What somebody may be for an organisation (model, section 2)."""

    PRODUCER = "producer"
    SCHEME_OWNER = "scheme_owner"
    ASSESSOR = "assessor"
    OBSERVER = "observer"
    DECIDER = "decider"
    PUBLISHER = "publisher"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who stands behind an event."""

    id: str
    name: str
    kind: ActorKind


SEED_IMPORT = Actor("import:seeds", "Seed import", ActorKind.IMPORT)
EXAMPLE_IMPORT = Actor("import:example", "Worked example import", ActorKind.IMPORT)
FILE_IMPORT = Actor("import:file", "Import from a file", ActorKind.IMPORT)
SYSTEM = Actor("system", "The register", ActorKind.SYSTEM)


EXAMPLE = "example-"
"""How the ids of the worked example begin; who acts only for such organisations is a demonstration person."""


DEMO_DOMAIN = "demo.invalid"
"""Where demonstration people have their addresses: nobody can have a real one there."""


def is_demo_address(email: str) -> bool:
    """Whether an address belongs to a demonstration person."""
    return email.strip().lower().endswith(f"@{DEMO_DOMAIN}")


@dataclass(frozen=True, slots=True)
class Someone:
    """A person with all that the rules ask about: roles by organisation, and interests declared by programme."""

    id: str
    name: str
    roles: frozenset[tuple[str, Role]] = frozenset()
    interests: Mapping[str, bool] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        """The same person as events name them."""
        return Actor(f"person:{self.id}", self.name, ActorKind.PERSON)

    def is_a(self, role: Role) -> bool:
        """Whether the role is held for any organisation."""
        return any(held is role for _, held in self.roles)

    def is_for(self, role: Role, organisations: frozenset[str]) -> bool:
        """Whether the role is held for one of the organisations."""
        return any(held is role and organisation in organisations for organisation, held in self.roles)

    @property
    def is_demonstration(self) -> bool:
        """Whether all roles are held for organisations of the worked example."""
        return bool(self.roles) and all(organisation.startswith(EXAMPLE) for organisation in self.organisations)

    @property
    def organisations(self) -> frozenset[str]:
        return frozenset(organisation for organisation, _ in self.roles)


class Do(StrEnum):
    """What people do in the working areas."""

    KEEP_REGISTER = "keep_register"
    APPROVE_ASSESSOR = "approve_assessor"
    OPEN_ROUND = "open_round"
    SET_UP_ROUND = "set_up_round"
    SCOPE = "scope"
    RATE = "rate"
    ADD_EVIDENCE = "add_evidence"
    SEE_WORK = "see_work"
    SEE_CONFIDENTIAL = "see_confidential"
    SUBMIT = "submit"
    REVIEW = "review"
    START_ACCURACY_CHECK = "start_accuracy_check"
    CHECK_FACTS = "check_facts"
    REPLY = "reply"
    COMMENT = "comment"
    ANSWER = "answer"
    CLOSE = "close"
    SEE_ACTION = "see_action"
    PROPOSE_ACTION = "propose_action"
    AGREE_ACTION = "agree_action"
    CARRY_OUT_ACTION = "carry_out_action"
    EXTEND_ACTION = "extend_action"
    VERIFY_ACTION = "verify_action"
    DECIDE = "decide"
    COMPOSE = "compose"
    PUBLISH = "publish"
    ANSWER_REPORTS = "answer_reports"
    MANAGE_PEOPLE = "manage_people"
    SEE_LOG = "see_log"
    KEEP_BRAND = "keep_brand"
    KEEP_RECORDS = "keep_records"
    SEE_RECORDS = "see_records"
    SEE_RECORD = "see_record"
    VERIFY_CLAIM = "verify_claim"

    @property
    def said(self) -> str:
        """The act as it stands in a sentence: rate a criterion."""
        return _SAID.get(self, self.value.replace("_", " "))


_SAID = {
    Do.KEEP_REGISTER: "keep the register",
    Do.APPROVE_ASSESSOR: "approve an assessor",
    Do.OPEN_ROUND: "open a round",
    Do.SET_UP_ROUND: "set up a round",
    Do.SCOPE: "set the scope of a round",
    Do.RATE: "rate a criterion",
    Do.SEE_WORK: "see the work on a round",
    Do.SEE_CONFIDENTIAL: "see confidential evidence",
    Do.SUBMIT: "submit a part",
    Do.REVIEW: "review a rating",
    Do.START_ACCURACY_CHECK: "send a part to its scheme owner for a check of facts",
    Do.REPLY: "reply for the programme",
    Do.COMMENT: "comment on a round",
    Do.ANSWER: "answer a comment",
    Do.CLOSE: "close a part",
    Do.SEE_ACTION: "see the work on a corrective action",
    Do.PROPOSE_ACTION: "propose a corrective action",
    Do.AGREE_ACTION: "agree a corrective action",
    Do.CARRY_OUT_ACTION: "report on a corrective action",
    Do.EXTEND_ACTION: "extend a due date",
    Do.VERIFY_ACTION: "verify a corrective action",
    Do.DECIDE: "decide on a programme",
    Do.COMPOSE: "compose a market update",
    Do.PUBLISH: "publish a market update",
    Do.ANSWER_REPORTS: "read and answer what people report",
    Do.SEE_LOG: "read the log",
    Do.KEEP_BRAND: "keep this producer’s record",
    Do.KEEP_RECORDS: "keep the record of a producer",
    Do.SEE_RECORDS: "see the records of producers",
    Do.SEE_RECORD: "see this producer’s record",
    Do.VERIFY_CLAIM: "verify what a producer claims",
}


@dataclass(frozen=True, slots=True)
class Matter:
    """What an act is about, as far as the rules ask: all empty for an act about nothing in particular."""

    programme: str = ""
    owners: frozenset[str] = frozenset()
    assessor: str = ""
    assessor_approved: bool = True
    lead: str = ""
    second: str = ""
    observers: frozenset[str] = frozenset()
    stage: PartStage | None = None
    done_by: str = ""
    producer: str = ""
    returned: bool = False

    @property
    def team(self) -> frozenset[str]:
        return frozenset(person for person in (self.lead, self.second) if person)


NOTHING = Matter()
"""An act about nothing in particular."""

Reason = str | None
Relation = Callable[[Someone, Matter], Reason]


def _role(role: Role, of: str) -> Relation:
    """The role has to be held: for the LME, the owners, the assessor or the producer of the matter."""

    def check(who: Someone, matter: Matter) -> Reason:
        if of == "any":
            return None if who.is_a(role) else f"it takes the role of {_a(role)}"
        organisations = {
            "owners": matter.owners,
            "assessor": frozenset({matter.assessor}),
            "producer": frozenset({matter.producer}),
        }[of]
        whom = {
            "owners": "the programme’s owner",
            "assessor": "the organisation that makes the assessment",
            "producer": "this producer",
        }
        return None if who.is_for(role, organisations) else f"it takes the role of {_a(role)} for {whom[of]}"

    return check


def _a(role: Role) -> str:
    label = role.label.lower()
    return f"an {label}" if label[0] in "aeiou" else f"a {label}"


def _either(*relations: Relation) -> Relation:
    def check(who: Someone, matter: Matter) -> Reason:
        reasons = [relation(who, matter) for relation in relations]
        return None if None in reasons else _or(reasons)

    return check


_ROLE = "it takes the role "


def _or(reasons: Sequence[Reason]) -> str:
    """Several reasons as one; of roles: it takes the role of a decider or of a publisher."""
    said = list(dict.fromkeys(reason for reason in reasons if reason))
    if all(reason.startswith(_ROLE) for reason in said):
        return _ROLE + " or ".join(reason.removeprefix(_ROLE) for reason in said)
    return "; or ".join(said)


def _team(who: Someone, matter: Matter) -> Reason:
    return None if who.id in matter.team else "only the lead and the second assessor of this round may"


def _lead(who: Someone, matter: Matter) -> Reason:
    return None if who.id == matter.lead else "only the lead assessor of this round may"


def _invited(who: Someone, matter: Matter) -> Reason:
    return None if who.id in matter.observers else "an observer needs an invitation to this round"


def _never(*roles: Role) -> Relation:
    """Separation of duties: whoever holds one of these roles never does this."""

    def check(who: Someone, matter: Matter) -> Reason:
        held = next((role for role in roles if who.is_a(role)), None)
        return f"{_a(held)} never does this" if held else None

    return check


def _independent(who: Someone, matter: Matter) -> Reason:
    """Nobody acts on a programme of their own organisation, or without a filed declaration of no interest."""
    if who.organisations & matter.owners:
        return "the programme belongs to your own organisation"
    if matter.programme and matter.programme not in who.interests:
        return "you have not filed a conflict-of-interest declaration for this programme"
    if who.interests.get(matter.programme):
        return "you declared an interest in this programme"
    return None


def _real(who: Someone, matter: Matter) -> Reason:
    """What the whole market reads is not written by demonstration people."""
    return "demonstration people act on the worked example alone" if who.is_demonstration else None


def _approved(who: Someone, matter: Matter) -> Reason:
    if matter.assessor_approved:
        return None
    return "the LME has not approved this organisation as an assessor on the day the round opens"


def _stage(*stages: PartStage) -> Relation:
    def check(who: Someone, matter: Matter) -> Reason:
        if matter.stage is None or matter.stage in stages:
            return None
        wanted = " or ".join(stage.label.lower() for stage in stages)
        return f"the part is at the stage {matter.stage.label.lower()}; this needs {wanted}"

    return check


def _to_rate(who: Someone, matter: Matter) -> Reason:
    """Ratings are made while the part is rated; one that its reviewer returned, until it is accepted."""
    if matter.returned and matter.stage in (PartStage.REVIEW, PartStage.ACCURACY_CHECK):
        return None
    return _stage(PartStage.RATING)(who, matter)


def _somebody_else(who: Someone, matter: Matter) -> Reason:
    """The one who did it does not also pass judgement on it."""
    if matter.done_by and matter.done_by in (who.id, f"person:{who.id}"):
        return "you did this yourself: somebody else has to judge it"
    return None


def _not_the_producer(who: Someone, matter: Matter) -> Reason:
    """What a company says of itself is confirmed by somebody outside it."""
    if matter.producer and matter.producer in who.organisations:
        return "it is your own organisation that claims it"
    return None


_ASSESSING = (
    _never(Role.DECIDER, Role.OBSERVER, Role.ADMINISTRATOR),
    _role(Role.ASSESSOR, "assessor"),
    _independent,
)
_LME = _either(_role(Role.DECIDER, "any"), _role(Role.PUBLISHER, "any"))
_OWNER = (_role(Role.SCHEME_OWNER, "owners"),)
_SEEING = _either(_role(Role.ASSESSOR, "assessor"), _invited)

# For each act, everything that has to hold; the first that does not gives the reason.
RULES: dict[Do, tuple[Relation, ...]] = {
    Do.KEEP_REGISTER: (_LME,),
    Do.APPROVE_ASSESSOR: (_never(Role.ASSESSOR), _role(Role.DECIDER, "any")),
    Do.OPEN_ROUND: (*_ASSESSING, _approved),
    Do.SET_UP_ROUND: _ASSESSING,
    Do.SCOPE: (*_ASSESSING, _team, _stage(PartStage.SCOPING, PartStage.RATING)),
    Do.RATE: (*_ASSESSING, _team, _to_rate),
    Do.ADD_EVIDENCE: (*_ASSESSING, _team, _stage(*(s for s in PartStage if s is not PartStage.CLOSED))),
    Do.SEE_WORK: (_SEEING,),
    Do.SEE_CONFIDENTIAL: (*_ASSESSING, _team),
    Do.SUBMIT: (*_ASSESSING, _team, _stage(PartStage.RATING)),
    Do.REVIEW: (*_ASSESSING, _somebody_else, _stage(PartStage.REVIEW, PartStage.ACCURACY_CHECK)),
    Do.START_ACCURACY_CHECK: (*_ASSESSING, _lead, _stage(PartStage.REVIEW)),
    Do.CHECK_FACTS: (*_OWNER, _stage(PartStage.ACCURACY_CHECK)),
    Do.REPLY: (*_OWNER, _stage(PartStage.ACCURACY_CHECK, PartStage.CLOSED)),
    Do.COMMENT: (_SEEING,),
    Do.ANSWER: (*_ASSESSING, _team),
    Do.CLOSE: (*_ASSESSING, _lead, _stage(PartStage.ACCURACY_CHECK)),
    Do.SEE_ACTION: (_either(*_OWNER, _SEEING, _LME),),
    Do.PROPOSE_ACTION: _OWNER,
    Do.AGREE_ACTION: _ASSESSING,
    Do.CARRY_OUT_ACTION: _OWNER,
    Do.EXTEND_ACTION: (_somebody_else, _either(_role(Role.ASSESSOR, "assessor"), _role(Role.DECIDER, "any"))),
    Do.VERIFY_ACTION: (*_ASSESSING, _somebody_else),
    Do.DECIDE: (
        _never(Role.ASSESSOR, Role.OBSERVER, Role.ADMINISTRATOR),
        _role(Role.DECIDER, "any"),
        _independent,
    ),
    Do.COMPOSE: (_role(Role.PUBLISHER, "any"),),
    Do.PUBLISH: (_role(Role.PUBLISHER, "any"), _real),
    Do.ANSWER_REPORTS: (_LME, _real),
    Do.MANAGE_PEOPLE: (_role(Role.ADMINISTRATOR, "any"),),
    Do.SEE_LOG: (_either(_role(Role.ADMINISTRATOR, "any"), _role(Role.DECIDER, "any"), _role(Role.PUBLISHER, "any")),),
    Do.KEEP_BRAND: (_role(Role.PRODUCER, "producer"),),
    Do.KEEP_RECORDS: (_role(Role.PRODUCER, "any"),),
    Do.SEE_RECORDS: (_LME,),
    Do.SEE_RECORD: (_either(_role(Role.PRODUCER, "producer"), _LME),),
    Do.VERIFY_CLAIM: (
        _not_the_producer,
        _somebody_else,
        _either(_LME, _role(Role.SCHEME_OWNER, "owners")),
    ),
}


# Roles that one person cannot hold together: each never does what the other is for, so both would be of no use.
APART: tuple[frozenset[Role], ...] = tuple(
    frozenset({one, other})
    for one, others in (
        (Role.ASSESSOR, (Role.DECIDER, Role.OBSERVER, Role.ADMINISTRATOR)),
        (Role.DECIDER, (Role.OBSERVER, Role.ADMINISTRATOR)),
    )
    for other in others
)


def why_not_hold(held: Collection[Role], role: Role) -> str | None:
    """Why a role does not go with those that somebody holds, as the end of a sentence; None where it does."""
    other = next((each for each in Role if each in held and frozenset({each, role}) in APART), None)
    return f"they are {_a(other)}, and nobody is both" if other else None


def why_not(who: Someone | None, act: Do, matter: Matter = NOTHING, *, said: str = "") -> str | None:
    """Why somebody may not do this, as one sentence; None where they may.

    The same answer refuses the act in the service and explains the disabled control on the page. ``said`` names what
    is refused where it goes by the right to another act.
    """
    return why_none(who, (act,), matter, said or act.said)


def lacks_declaration(who: Someone, act: Do, matter: Matter) -> bool:
    """Whether nothing keeps somebody from an act but a declaration of interests that they have not filed."""
    filed = replace(who, interests={**who.interests, matter.programme: False})
    return matter.programme not in who.interests and why_not(filed, act, matter) is None


def why_none(who: Someone | None, acts: Sequence[Do], matter: Matter, said: str) -> str | None:
    """Why somebody may not do what takes the right to any one of these acts; None where they may."""
    reasons = [_reason(who, act, matter) for act in acts]
    return None if None in reasons else f"You cannot {said}: {_or(reasons)}."


def _reason(who: Someone | None, act: Do, matter: Matter) -> Reason:
    if who is None:
        return "sign in first"
    if matter.programme and not matter.programme.startswith(EXAMPLE) and (reason := _real(who, matter)):
        return reason
    return next((reason for holds in RULES[act] if (reason := holds(who, matter)) is not None), None)


# --- what an answer hangs on -----------------------------------------------------------------------------


class Thing(StrEnum):
    """What has to be named before it can be said whether somebody may do an act."""

    PROGRAMME = "programme"
    ROUND = "round"
    PART = "part"


ABOUT: Mapping[Do, Thing] = {
    Do.OPEN_ROUND: Thing.PROGRAMME,
    Do.SET_UP_ROUND: Thing.ROUND,
    Do.SCOPE: Thing.PART,
    Do.RATE: Thing.PART,
    Do.ADD_EVIDENCE: Thing.PART,
    Do.SEE_WORK: Thing.PART,
    Do.SEE_CONFIDENTIAL: Thing.ROUND,
    Do.SUBMIT: Thing.PART,
    Do.REVIEW: Thing.PART,
    Do.START_ACCURACY_CHECK: Thing.PART,
    Do.CHECK_FACTS: Thing.PART,
    Do.REPLY: Thing.PART,
    Do.COMMENT: Thing.ROUND,
    Do.ANSWER: Thing.ROUND,
    Do.CLOSE: Thing.PART,
    Do.SEE_ACTION: Thing.ROUND,
    Do.PROPOSE_ACTION: Thing.PROGRAMME,
    Do.AGREE_ACTION: Thing.ROUND,
    Do.CARRY_OUT_ACTION: Thing.PROGRAMME,
    Do.EXTEND_ACTION: Thing.ROUND,
    Do.VERIFY_ACTION: Thing.ROUND,
    Do.DECIDE: Thing.PROGRAMME,
    Do.VERIFY_CLAIM: Thing.PROGRAMME,
}
"""What each act is about; those that are about nothing, or about a producer, are left out."""


def at_best(who: Someone, act: Do, matter: Matter) -> str | None:
    """Why somebody may not do this even of what is theirs: their own round, programme or invitation, where the matter
    leaves that open; None where they may.
    """
    reasons = [why_not(who, act, each) for each in _theirs(who, matter)]
    return None if None in reasons else reasons[0]


def _theirs(who: Someone, matter: Matter) -> Iterator[Matter]:
    for organisation, role in sorted(who.roles):
        if role is Role.ASSESSOR and not matter.lead:
            yield replace(matter, assessor=organisation, lead=who.id)
        if role is Role.OBSERVER and not matter.lead:
            yield replace(matter, observers=frozenset({who.id}))
        if role is Role.SCHEME_OWNER and not matter.owners:
            yield replace(matter, owners=frozenset({organisation}))
    yield matter
