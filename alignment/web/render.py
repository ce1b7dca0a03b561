"""Templates to HTML: one environment, its filters, and the frame that every page stands in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from alignment import files, text
from alignment.domain.frozen import dataclass
from alignment.domain.statement import is_quotation
from alignment.domain.when import Precision, When, parse_when, say_age, say_day
from alignment.exchange.schema_org import script_text
from alignment.web.static import Assets

NAME = "Track A alignment register"
TAGLINE = "Responsible-sourcing standards, the OECD Minerals Guidance and London Metal Exchange approval"
PIECE = 64 * 1024
"""Characters in a piece of a page that is sent while it is made."""
NOT_KNOWN = Markup('<span class="dim">not known</span>')


@dataclass(frozen=True, slots=True)
class Place:
    """A link of the frame. ``covers`` are the beginnings of other addresses that lie under it."""

    label: str
    address: str
    covers: tuple[str, ...] = ()

    def current(self, here: str) -> str:
        """The value of aria-current: ``page`` on the address itself, ``true`` under it, else empty."""
        path = here.partition("?")[0]
        if path == self.address:
            return "page"
        roots = (self.address, *self.covers)
        return "true" if any(root != "/" and path.startswith(f"{root.rstrip('/')}/") for root in roots) else ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that readers can subscribe to, named in the head of every page."""

    title: str
    address: str
    media_type: str = "application/atom+xml"


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands round a page: names, navigation, feeds. ``origin`` is the public address, or empty.

    A page links to nothing in its frame but what is listed here, so list only what exists.
    """

    origin: str = ""
    nav: tuple[Place, ...] = ()
    foot: tuple[Place, ...] = ()
    feeds: tuple[Feed, ...] = ()
    name: str = NAME
    tagline: str = TAGLINE
    area: str = "Register"
    home: str = "/"
    sign_in: str = ""


PUBLIC = (
    Place("Status", "/", covers=("/programmes",)),
    Place("Coverage", "/coverage", covers=("/brands", "/producers")),
    Place("Criteria", "/criteria"),
    Place("Compare", "/compare"),
    Place("Publications", "/publications"),
    Place("Sources", "/sources"),
    Place("Search", "/search"),
)


@dataclass(frozen=True)
class Pages:
    """Renders templates. Made once, when the application is put together."""

    folder: Path = field(default_factory=lambda: files.folder("templates"))
    assets: Assets = field(default_factory=Assets)
    frame: Frame = field(default_factory=Frame)
    env: Environment = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "env", environment(self.folder, self.assets))

    def render(
        self, template: str, context: Mapping[str, object], *, here: str = "", frame: Frame | None = None
    ) -> str:
        """The whole page. ``here`` is its own address, for the navigation and the canonical link, if it has one."""
        return self.env.get_template(template).render(context, here=here, frame=frame or self.frame)

    def pieces(
        self, template: str, context: Mapping[str, object], *, here: str = "", size: int = PIECE
    ) -> Iterator[str]:
        """The whole page in pieces of some size, each made when it is asked for."""
        gathered: list[str] = []
        held = 0
        for said in self.env.get_template(template).generate(context, here=here, frame=self.frame):
            gathered.append(said)
            held += len(said)
            if held >= size:
                yield "".join(gathered)
                gathered, held = [], 0
        yield "".join(gathered)

    def macro(self, template: str, name: str, *arguments: object) -> str:
        """One macro of a template on its own: a fragment for a page that is already open."""
        return str(getattr(self.env.get_template(template).module, name)(*arguments))


def environment(folder: Path, assets: Assets) -> Environment:
    """The Jinja environment: escaping always, an unknown name is a mistake, compiled templates are kept."""
    env = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_bytecode(),
    )
    env.filters |= {
        "day": day,
        "when": when,
        "isoday": isoday,
        "iso": iso_when,
        "since": since,
        "moment": moment,
        "age": age,
        "md": md,
        "mdline": mdline,
        "number_of": number_of,
        "static": _static(assets),
    }
    env.tests["quotation"] = is_quotation
    env.globals["once"] = lru_cache(maxsize=512)(_call)
    env.globals["htmx"] = Markup('<script src="{}" defer></script>').format(assets.address("htmx-4.0.1.min.js"))
    return env


def _call(macro: Macro, *arguments: Hashable) -> str:
    """What a macro makes of values, escaped by it; kept, so that rows which say the same share it."""
    return macro(*arguments)


def _static(assets: Assets) -> Callable[[Context, str], str]:
    @pass_context  # or Jinja would work it out while compiling, and keep an address that has changed since
    def static(_: Context, name: str) -> str:
        return assets.address(name)

    return static


def _bytecode() -> BytecodeCache | None:
    """Compiled templates, kept in a folder of this user's alone; without one, each start compiles.

    Jinja keys them by the template; what else they are made from, the filters, stands in this file.
    """
    edition = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    try:
        return FileSystemBytecodeCache(pattern=f"alignment-{edition}-%s.cache")
    except (OSError, RuntimeError):
        return None


# Pages repeat the same dates in every row, so each is put into words once.


@lru_cache(maxsize=4096)
def day(value: date | None) -> Markup:
    """A day in words, with its ISO form for programs; *not known* for None."""
    if value is None:
        return NOT_KNOWN
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat()[:10], say_day(value))


@lru_cache(maxsize=4096)
def when(value: When | None) -> Markup:
    """A date as exactly as it is known: 16 October 2025, August 2022, 2021, by September 2024."""
    if value is None:
        return NOT_KNOWN
    iso = value.on.isoformat()[:7] if value.is_by else value.iso()
    return Markup('{}<time datetime="{}">{}</time>').format(
        "by " if value.is_by else "", iso, str(value).removeprefix("by ")
    )


def isoday(value: str) -> Markup:
    """A day in words from its ISO form, as frozen copies keep it."""
    return day(date.fromisoformat(value))


def iso_when(value: str) -> Markup:
    """A date as exactly as it is known, from the form in which frozen copies keep it."""
    return when(parse_when(value))


@lru_cache(maxsize=4096)
def since(value: When | None) -> Markup:
    """The beginning of a state: *Since August 2022*, or *By September 2024* where it began earlier."""
    if value is None:
        return Markup('<span class="dim">Start not known</span>')
    return Markup("By ") + when(value)[3:] if value.is_by else Markup("Since ") + when(value)


def moment(value: datetime | None) -> Markup:
    """A time in UTC: 21 November 2026, 14:06 UTC."""
    if value is None:
        return NOT_KNOWN
    at = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return Markup('<time datetime="{}">{}, {} UTC</time>').format(
        at.strftime("%Y-%m-%dT%H:%M:%SZ"), say_day(at.date()), at.strftime("%H:%M")
    )


def age(value: date | When | None, until: date) -> str:
    """An age in words: 2 years, 1 month; *at least* that for what was first seen on the day."""
    if value is None:
        return "not known"
    if isinstance(value, When):
        said = say_age(value.on, until)
        return f"at least {said}" if value.precision is Precision.BY and value.on < until else said
    return say_age(value, until)


def number_of(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: 1 programme, 10 programmes."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def linked(said: dict[str, Any]) -> Markup:
    """A description of the page as JSON-LD, for the head of the page."""
    return Markup(script_text(said))  # noqa: S704  (it ends no element: no < is left in it)


def md(source: str, under: int = 0) -> Markup:
    """Prose in Markdown as HTML; raw HTML in it is shown, not obeyed. Headings go below the one it stands ``under``."""
    return Markup(text.render(str(source), under))  # noqa: S704  (the reader of Markdown escapes HTML)


def mdline(source: str) -> Markup:
    """One line of Markdown as HTML, with no paragraph around it."""
    return Markup(text.render_inline(str(source)))  # noqa: S704  (as above)
