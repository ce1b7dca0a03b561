"""A market update from what somebody wrote to what is frozen: composed, checked, set as PDF, published in one act."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection
from sqlmodel import Session

from alignment.content import Mistakes, read_page
from alignment.domain.checks import Check, Fault, Waivers, failing, judge
from alignment.domain.draft import Written
from alignment.domain.event import canonical
from alignment.domain.frozen import dataclass
from alignment.domain.people import Actor, Someone
from alignment.domain.publication import Content, digest_of, is_public
from alignment.domain.refusal import Unfit
from alignment.exchange.pdf import publication_pdf, why_not_print
from alignment.queries.drafts import Composed, read_composed
from alignment.services import drafts, publications
from alignment.settings import Settings

ONE_LINE = ("title", "number", "as_at", "corrects", "remark")
"""The fields of a front matter that are one text; the statements are a list."""


@dataclass(frozen=True, slots=True)
class Published:
    """What went out: its number and digest, and the content itself."""

    number: str
    digest: str
    content: Content


def composed(
    connection: Connection, written: Written, *, waivers: Waivers, embargo: datetime | None = None, now: datetime,
    settings: Settings, example: bool = False,
) -> Composed:  # fmt: skip
    """A market update as it would be frozen now, with its checks."""
    age = timedelta(days=settings.policy_age_days)
    found = read_composed(
        connection, written, waivers=waivers, embargo=embargo, now=now, policy_age=age, example=example
    )
    return with_print(found, waivers, settings)


def with_print(found: Composed, waivers: Waivers, settings: Settings) -> Composed:
    """The same with one check more: whether it can be set on paper."""
    if found.content is None:
        return found
    said = _why_not_print(canonical(found.content), f"{settings.base_url}/publications/{found.content['number']}")
    faults = (*found.faults, *(Fault(Check.PRINT, str(at), each, "#text") for at, each in enumerate(said, 1)))
    return replace(found, faults=faults, checks=judge(faults, waivers))


@lru_cache(maxsize=8)
def _why_not_print(content: str, address: str) -> tuple[str, ...]:
    """To set a page takes longer than to show a draft: it is done once for each text."""
    return tuple(why_not_print(json.loads(content), address))


def publish(
    session: Session, *, actor: Someone | Actor, found: Composed, draft: str = "", version: int | None = None,
    now: datetime, settings: Settings,
) -> Published:  # fmt: skip
    """Freeze what was composed in this act, set its PDF and keep it: the market gets one file, for ever.

    Where the register has no public address yet, the PDF waits for one: the address stands in it.
    With a draft that it comes from, from the version that its publisher saw. Unfit with every check that fails.
    """
    content = _content(found)
    drafts.publish(
        session, actor=actor, draft=draft, version=version, content=content, failing=failing(found.checks), now=now
    )
    number, origin = content["number"], settings.base_url
    path = f"/publications/{number}"
    if is_public(origin):
        made = publication_pdf(content, f"{origin}{path}")
        publications.keep_file(session, origin=origin, path=f"{path}.pdf", number=number, content=made, now=now)
    return Published(number, digest_of(content), content)


def read_written(path: Path, *, number: str = "", as_at: date | None = None) -> Written:
    """A market update from a file: front matter, then Markdown; the number and day given here come first.

    Faults lists every mistake with its line.
    """
    mistakes = Mistakes()
    page = read_page(path, path.name, mistakes)
    front = page.front
    front.only(*ONE_LINE, "statements")
    needed = {"title", *(() if number else ("number",)), *(() if as_at else ("as_at",))}
    said = {name: front.text(name).text for name in ONE_LINE if name in needed or name in front.values}
    chosen = front.texts("statements") if "statements" in front.values else ()
    day = as_at
    if day is None and said.get("as_at"):
        try:
            day = date.fromisoformat(said["as_at"])
        except ValueError:
            front.note(front.line, f"“{said['as_at']}” is no day for as_at: write 2026-11-30")
    mistakes.settle()
    assert day is not None, "a missing day is a mistake that was told"
    return Written(
        number=number or said["number"],
        title=said["title"],
        as_at=day,
        text=page.body + "\n",
        label=said.get("remark", ""),
        corrects=said.get("corrects", ""),
        statements=tuple(each.text for each in chosen),
    )


def _content(found: Composed) -> Content:
    """What would be frozen; Unfit with what stands in the way where there is nothing that could be."""
    if found.content is None:
        raise Unfit({fault.code: f"{fault.check.label}: {fault.said}" for fault in failing(found.checks)})
    return found.content
