"""Tables of the record. Change them by a migration: ``migrations/versions``, one file a change."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

__all__ = [
    "AuditRow",
    "Base",
    "ComparisonRow",
    "PhotoRow",
    "SessionRow",
    "SiteRow",
    "SubjectRow",
    "SymptomRow",
    "TreatmentRow",
]

# Every constraint has a name, or SQLite could not drop it in a later migration.
NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC on every database; SQLite keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a column of it holds."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012


def _owner(table: str) -> Any:
    """Column that points to what a row belongs to, and goes with it."""
    return mapped_column(ForeignKey(f"{table}.id", ondelete="CASCADE"), index=True)


class SubjectRow(Base):
    """A person."""

    __tablename__ = "subject"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(100), unique=True)
    birth_year: Mapped[int | None]
    fitzpatrick: Mapped[int | None]
    may_measure: Mapped[bool]
    may_train: Mapped[bool]
    may_show: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]


class SiteRow(Base):
    """A part of the body."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("subject_id", "name"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = _owner("subject")
    name: Mapped[str] = mapped_column(String(100))
    close_up: Mapped[bool]
    px_per_mm: Mapped[float | None]


class SessionRow(Base):
    """Photos of one site at one time."""

    __tablename__ = "session"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = _owner("subject")
    site_id: Mapped[UUID] = _owner("site")
    taken_at: Mapped[datetime] = mapped_column(index=True)
    is_baseline: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)
    site: Mapped[SiteRow] = relationship()
    photos: Mapped[list["PhotoRow"]] = relationship(
        order_by="PhotoRow.position", passive_deletes=True
    )


class PhotoRow(Base):
    """One photo; its file is in the folder of the record, under its sha256."""

    __tablename__ = "photo"
    __table_args__ = (UniqueConstraint("subject_id", "sha256"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = _owner("subject")
    session_id: Mapped[UUID] = _owner("session")
    position: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    taken_at: Mapped[datetime | None]
    camera: Mapped[str | None] = mapped_column(String(200))
    thumbnail: Mapped[str | None] = mapped_column(String(64))  # sha256 of a file beside it


class TreatmentRow(Base):
    """What was done to the skin."""

    __tablename__ = "treatment"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = _owner("subject")
    site_id: Mapped[UUID] = _owner("site")
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(30))
    setting: Mapped[str] = mapped_column(String(10))
    device: Mapped[str] = mapped_column(Text)
    depth_mm: Mapped[float | None]
    passes: Mapped[int | None]
    area: Mapped[str] = mapped_column(Text)
    topicals: Mapped[list[str]]
    note: Mapped[str] = mapped_column(Text)
    site: Mapped[SiteRow] = relationship()


class SymptomRow(Base):
    """What a person reports."""

    __tablename__ = "symptom"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = _owner("subject")
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(30))
    severity: Mapped[int]
    note: Mapped[str] = mapped_column(Text)


class ComparisonRow(Base):
    """What was measured between two photos: the document that `compare --json` prints."""

    __tablename__ = "comparison"
    __table_args__ = (
        UniqueConstraint("before_id", "after_id", "model"),
        Index("ix_comparison_subject_model", "subject_id", "model"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id", ondelete="CASCADE"))
    before_id: Mapped[UUID] = _owner("photo")
    after_id: Mapped[UUID] = _owner("photo")
    model: Mapped[str] = mapped_column(String(200))  # the network, or formula
    made_at: Mapped[datetime]
    document: Mapped[dict[str, Any]]


class AuditRow(Base):
    """Who did what when; of a person who was erased nothing stays."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    subject_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("subject.id", ondelete="CASCADE"), index=True
    )
    action: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(Text)
