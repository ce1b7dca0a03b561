"""The `alignment` command. Exit codes: 0 done, 1 a finding, 2 bad usage or input.

Errors are plain sentences on standard error. What a command needs is imported when it runs, so that help
and small commands are quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from click.exceptions import NoArgsIsHelpError

from alignment import __version__
from alignment.domain.refusal import Faults, Refusal
from alignment.domain.when import parse_moment
from alignment.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine


F = TypeVar("F", bound=Callable[..., Any])


class Commands(click.Group):
    """A group whose commands turn refusals and bad usage into sentences and exit code 2."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            stop(ctx, error)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.UsageError, Faults, Refusal, OSError) as error:
            stop(ctx, error)


def stop(ctx: click.Context, error: click.UsageError | Faults | Refusal | OSError) -> NoReturn:
    """End the command with sentences and exit code 2: what went wrong is something that people can put right."""
    if isinstance(error, NoArgsIsHelpError):
        raise error
    if isinstance(error, click.UsageError):
        place = error.ctx.command_path if error.ctx else ctx.command_path
        say([f"{' '.join(error.format_message().split()).rstrip('.')} (see “{place} --help”)"])
    elif isinstance(error, Faults):
        say(error.faults)
    elif isinstance(error, BrokenPipeError):  # whoever reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    elif isinstance(error, OSError):
        say([f"{error.filename or 'a file'} cannot be used: {error.strerror or error}"])
    else:
        say([str(error)])
    ctx.exit(2)


def say(sentences: Iterable[str]) -> None:
    """Sentences on standard error."""
    for sentence in sentences:
        click.echo(f"alignment: {sentence}", err=True)


def now() -> datetime:
    return datetime.now(UTC)


def settings() -> Settings:
    return Settings.from_environ(os.environ)


def open_register(*, ready: bool = True) -> Engine:
    """The engine of the register; with ``ready``, one at this program's schema.

    A register in an SQLite file that does not exist yet is made and filled from the seeds on the way.
    """
    from alignment.database import make_engine, require_newest
    from alignment.prepare import make_ready

    engine = make_engine(settings().database_url)
    click.get_current_context().call_on_close(engine.dispose)
    file = engine.url.database
    if ready and engine.dialect.name == "sqlite" and file and not Path(file).exists():
        say([f"there is no register at {file} yet: making one and loading the seeds"])
        make_ready(engine, now=now())
    elif ready:
        require_newest(engine)
    return engine


class Day(click.ParamType[date]):
    """A day as 2024-09-30."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}” is no day: write 2024-09-30", param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment as 2026-11-21T14:00:00Z; a day stands for its end, in UTC."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return parse_moment(value)
        except (ValueError, OverflowError):
            self.fail(f"“{value}” is no moment: write 2026-11-21T14:00:00Z or 2026-11-21", param, ctx)


def formats(*known: str) -> Callable[[F], F]:
    """The option --format with its values."""
    return click.option("--format", "form", type=click.Choice(known), default=known[0], show_default=True)


def show_json(value: object) -> None:
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="alignment")
def main() -> None:
    """Which responsible-sourcing standard is good enough for which Track A requirement, and why."""
