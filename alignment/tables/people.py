"""People, what they may do for whom, how they sign in, and the interests they declare."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from alignment.domain.people import Role
from alignment.tables.base import Utc, one_of, text_field


class Person(SQLModel, table=True):
    """Somebody with an account. Kept for ever: what they did names them; ``active`` says if they may sign in.

    ``last_totp`` is the time step of the last second factor used, so that none is used twice.
    ``calendar_hash`` is the SHA-256 of the secret in the private calendar address.
    """

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email"),)

    id: str = Field(primary_key=True)
    name: str = text_field()
    email: str = Field(unique=True)
    password_hash: str = text_field(default="")
    totp_secret: str = text_field(default="")
    last_totp: int = 0
    calendar_hash: str | None = Field(default=None, unique=True)
    keys_on: bool = True
    active: bool = True
    created_at: datetime = Field(sa_type=Utc)
    version: int = 1


class Membership(SQLModel, table=True):
    """A role that a person holds for an organisation, from when until when."""

    __tablename__ = "membership"
    __table_args__ = (one_of("role", Role), Index("ix_membership_person_id", "person_id"))

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    role: str = text_field()
    since: datetime = Field(sa_type=Utc)
    until: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    granted_by: str = text_field()
    version: int = 1


class Invitation(SQLModel, table=True):
    """An invitation by a secret link, of which the SHA-256 is kept; it works once.

    For somebody who has an account (``person_id``) it is the way to a new password and gives no role.
    """

    __tablename__ = "invitation"
    __table_args__ = (one_of("role", Role, optional=True),)

    id: str = Field(primary_key=True)
    secret_hash: str = Field(unique=True)
    email: str = text_field()
    name: str = text_field(default="")
    person_id: str | None = Field(default=None, foreign_key="person.id")
    organisation_id: str | None = Field(default=None, foreign_key="organisation.id")
    role: str | None = text_field(default=None, nullable=True)
    invited_by: str = text_field()
    created_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    version: int = 1


class SignedIn(SQLModel, table=True):
    """A session: the SHA-256 of its secret, its CSRF secret, and until when it lasts. Rows may be deleted.

    While ``second_factor_due`` the password was right and the code is still awaited: nobody is signed in yet.
    """

    __tablename__ = "signed_in"
    __table_args__ = (Index("ix_signed_in_person_id", "person_id"),)

    secret_hash: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    csrf: str = text_field()
    created_at: datetime = Field(sa_type=Utc)
    seen_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    agent: str = text_field(default="")
    second_factor_due: bool = False


class RecoveryCode(SQLModel, table=True):
    """A code that stands in for the second factor, of which the SHA-256 is kept; it works once. Rows may be deleted."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_person_id", "person_id"),)

    code_hash: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    created_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)


class SignInAttempt(SQLModel, table=True):
    """One attempt to sign in, for the log and for limiting tries. Append-only."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_email_at", "email", "at"),
        Index("ix_sign_in_attempt_place_at", "place", "at"),
    )

    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    email: str = text_field()
    person_id: str | None = Field(default=None, foreign_key="person.id")
    place: str = text_field(default="")
    outcome: str = text_field()


class Token(SQLModel, table=True):
    """A personal token for programs, of which the SHA-256 is kept."""

    __tablename__ = "token"

    id: str = Field(primary_key=True)
    secret_hash: str = Field(unique=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    label: str = text_field()
    created_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc, nullable=True)
    version: int = 1


class ConflictDeclaration(SQLModel, table=True):
    """What a person declares about their interests in a programme. Append-only: the newest counts."""

    __tablename__ = "conflict_declaration"
    __table_args__ = (Index("ix_conflict_declaration_person_id_programme_id", "person_id", "programme_id"),)

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    programme_id: str = Field(foreign_key="programme.id")
    has_interest: bool
    statement: str = text_field(default="")
    filed_at: datetime = Field(sa_type=Utc)


class AssessorApproval(SQLModel, table=True):
    """That the LME approves an organisation as an assessor from a day on, or no longer does. Append-only."""

    __tablename__ = "assessor_approval"
    __table_args__ = (Index("ix_assessor_approval_organisation_id", "organisation_id"),)

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id")
    approved: bool
    effective_on: date
    reason: str = text_field(default="")
    recorded_at: datetime = Field(sa_type=Utc)
    recorded_by: str = text_field()
