"""What all tables share: constraint names, the UTC type, CHECKs by value, and the recorded fact."""

# No `from __future__ import annotations` here or in any table file: SQLModel reads the annotations.

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    Table,
    Text,
    TypeDecorator,
    event,
    literal_column,
)
from sqlalchemy.types import SchemaType, TypeEngine
from sqlmodel import Field, SQLModel

from alignment.domain.assessment import Certainty
from alignment.domain.when import Precision, When

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# Tables do not validate, so the validators that pydantic would make of each are never built.
SQLModel.model_config["defer_build"] = True


_types: dict[str, TypeEngine[Any]] = {}


@event.listens_for(Column, "before_parent_attach")
def _share_type(column: Column[Any], table: Table) -> None:
    """Columns of one type share it: with a type of its own, each would have classes and functions of its own too."""
    if table.metadata is SQLModel.metadata and not isinstance(column.type, SchemaType):
        column.type = _types.setdefault(repr(column.type), column.type)


class Utc(TypeDecorator[datetime]):
    """A moment in UTC; SQLite gives back no zone, so it is put back on."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def constant(word: str) -> ColumnElement[str]:
    """A word of ours in a statement, such as the kind of a row: part of its text, and not sent with each run."""
    return literal_column(f"'{word}'", Text)


ZERO: ColumnElement[int] = literal_column("0", Integer)


def one_of(column: str, words: type[StrEnum], *, optional: bool = False) -> CheckConstraint:
    """A CHECK that a column holds one of an enum's values."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    rule = f"{column} IN ({listed})"
    return CheckConstraint(f"{column} IS NULL OR {rule}" if optional else rule, name=column)


def text_field(**given: Any) -> Any:
    """A column of unbounded text."""
    return Field(sa_type=Text, **given)


class Sourced(SQLModel):
    """A fact with its provenance: which document, where in it, how sure, and any remark of ours."""

    source_id: str | None = Field(default=None, foreign_key="source.id", index=True)
    place: str = text_field(default="")
    certainty: str = text_field(default=Certainty.FOUND.value)
    remark: str = text_field(default="")


class Recorded(Sourced):
    """A fact with both times. Never changed or deleted: a correction is a new row that names the old."""

    id: str = Field(primary_key=True)
    effective_on: date
    effective_precision: str = text_field(default=Precision.DAY.value)
    announced_on: date | None = None
    recorded_at: datetime = Field(sa_type=Utc)
    position: int
    corrects: str | None = None

    @property
    def effective(self) -> When:
        return When(self.effective_on, Precision(self.effective_precision))


def recorded_checks() -> tuple[CheckConstraint, CheckConstraint]:
    """The CHECKs of every recorded fact."""
    return one_of("effective_precision", Precision), one_of("certainty", Certainty)
