"""The house of assessors of the worked example, served to real browsers, with its people and rounds to work on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from playwright.sync_api import BrowserContext, Page
from sqlalchemy import Engine

from alignment.database import reading, unit_of_work
from alignment.demo import ASSESSOR, DEMONSTRATORS, PROGRAMME
from alignment.domain.catalogue import Part
from alignment.domain.people import Someone
from alignment.queries.people import account, someone
from alignment.services import accounts, reconciling, rounds
from alignment.tables import Person
from alignment.web.sessions import COOKIE
from tests.rounds import EDITION, PartStage, advance, catalogue, catalogues, codes, rate_all, save

PASSWORDS = {each.id: (each.email, each.password) for each in DEMONSTRATORS}


@dataclass
class House:
    """The house of assessors of the worked example, served, with its people and as many rounds as are asked for."""

    address: str
    engine: Engine

    def person(self, id: str) -> Someone:
        with reading(self.engine) as connection:
            found = account(connection, email=PASSWORDS[id][0])
            assert found is not None
            return someone(connection, found.id, id, datetime.now(UTC))

    def signed_in(self, context: BrowserContext, id: str) -> None:
        """Somebody is signed in in a browser, without the form."""
        with unit_of_work(self.engine) as session:
            person = session.get_one(Person, self.person(id).id)
            value = accounts.begin_session(session, person=person, agent="a test", now=datetime.now(UTC))
        context.add_cookies([{"name": COOKIE, "value": value, "url": self.address}])

    def sheet(self, part: Part = Part.GOVERNANCE, *, blind: bool = False) -> str:
        """The address of the sheet of a new round, ready to be rated."""
        lead, now = self.person("lead"), datetime.now(UTC)
        act = rounds.OpenRound(PROGRAMME, ASSESSOR, lead.id, self.person("second").id, blind=blind)
        with unit_of_work(self.engine) as session:
            found = rounds.open_round(
                session, actor=lead, act=act, catalogues=catalogues(), edition=EDITION, now=now
            )  # fmt: skip
            advance(session, lead, found.id, part, PartStage.SCOPING, PartStage.RATING, now=now)
        return f"{self.address}/rounds/{found.id}/{part.value}"

    def reconciling(self) -> str:
        """The path of a page on which two who rated blind are reconciled: half agreed, half not."""
        sheet, now = self.sheet(blind=True), datetime.now(UTC)
        id = sheet.split("/")[-2]
        lead, second = self.person("lead"), self.person("second")
        with unit_of_work(self.engine) as session:
            for at, code in enumerate(codes(Part.GOVERNANCE)):
                says = {"level": "fully", "rationale": f"The lead on {code}."}
                save(session, lead, id, Part.GOVERNANCE, code, now=now, **says)
                says = {"level": "partially" if at % 2 else "fully", "rationale": f"The second on {code}."}
                save(session, second, id, Part.GOVERNANCE, code, now=now, **says)
            reconciling.reconcile(
                session, actor=lead, assessment=id, part=Part.GOVERNANCE, reason="", catalogue=catalogue(), now=now
            )
        return f"/rounds/{id}/governance/reconcile"

    def at_review(self) -> str:
        """The path of a review."""
        sheet, now, lead = self.sheet(), datetime.now(UTC), self.person("lead")
        id = sheet.split("/")[-2]
        with unit_of_work(self.engine) as session:
            rate_all(session, lead, id, Part.GOVERNANCE, now=now)
            advance(session, lead, id, Part.GOVERNANCE, PartStage.RATING, PartStage.REVIEW, now=now)
        return f"/rounds/{id}/governance/review"


def whole(page: Page) -> None:
    """Lay out what is out of sight as well, which a browser does as it is scrolled to: axe judges where things lie."""
    page.evaluate("for (const each of document.querySelectorAll('.crit')) each.style.contentVisibility = 'visible'")
