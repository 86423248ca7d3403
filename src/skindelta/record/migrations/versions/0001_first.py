"""The record: people, sites, sessions, photos, treatments, symptoms, comparisons, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "subject",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.String(length=100), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("fitzpatrick", sa.Integer(), nullable=True),
        sa.Column("may_measure", sa.Boolean(), nullable=False),
        sa.Column("may_train", sa.Boolean(), nullable=False),
        sa.Column("may_show", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_subject_pseudonym")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name=op.f("fk_audit_subject_id_subject"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_subject_id"), "audit", ["subject_id"], unique=False)

    op.create_table(
        "site",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("close_up", sa.Boolean(), nullable=False),
        sa.Column("px_per_mm", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name=op.f("fk_site_subject_id_subject"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("subject_id", "name", name=op.f("uq_site_subject_id_name")),
    )
    op.create_index(op.f("ix_site_subject_id"), "site", ["subject_id"], unique=False)

    op.create_table(
        "symptom",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name=op.f("fk_symptom_subject_id_subject"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_symptom")),
    )
    op.create_index(op.f("ix_symptom_at"), "symptom", ["at"], unique=False)
    op.create_index(op.f("ix_symptom_subject_id"), "symptom", ["subject_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_baseline", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_session_site_id_site"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name=op.f("fk_session_subject_id_subject"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_site_id"), "session", ["site_id"], unique=False)
    op.create_index(op.f("ix_session_subject_id"), "session", ["subject_id"], unique=False)
    op.create_index(op.f("ix_session_taken_at"), "session", ["taken_at"], unique=False)

    op.create_table(
        "treatment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("setting", sa.String(length=10), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("depth_mm", sa.Double(), nullable=True),
        sa.Column("passes", sa.Integer(), nullable=True),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("topicals", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_treatment_site_id_site"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name=op.f("fk_treatment_subject_id_subject"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment")),
    )
    op.create_index(op.f("ix_treatment_at"), "treatment", ["at"], unique=False)
    op.create_index(op.f("ix_treatment_site_id"), "treatment", ["site_id"], unique=False)
    op.create_index(op.f("ix_treatment_subject_id"), "treatment", ["subject_id"], unique=False)

    op.create_table(
        "photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("camera", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_photo_session_id_session"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name=op.f("fk_photo_subject_id_subject"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("subject_id", "sha256", name=op.f("uq_photo_subject_id_sha256")),
    )
    op.create_index(op.f("ix_photo_session_id"), "photo", ["session_id"], unique=False)
    op.create_index(op.f("ix_photo_sha256"), "photo", ["sha256"], unique=False)
    op.create_index(op.f("ix_photo_subject_id"), "photo", ["subject_id"], unique=False)

    op.create_table(
        "comparison",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("before_id", sa.Uuid(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["after_id"],
            ["photo.id"],
            name=op.f("fk_comparison_after_id_photo"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["before_id"],
            ["photo.id"],
            name=op.f("fk_comparison_before_id_photo"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name=op.f("fk_comparison_subject_id_subject"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison")),
        sa.UniqueConstraint(
            "before_id", "after_id", "model", name=op.f("uq_comparison_before_id_after_id_model")
        ),
    )
    op.create_index(op.f("ix_comparison_after_id"), "comparison", ["after_id"], unique=False)
    op.create_index(op.f("ix_comparison_before_id"), "comparison", ["before_id"], unique=False)
    op.create_index(
        "ix_comparison_subject_model", "comparison", ["subject_id", "model"], unique=False
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_index("ix_comparison_subject_model", table_name="comparison")
    op.drop_index(op.f("ix_comparison_before_id"), table_name="comparison")
    op.drop_index(op.f("ix_comparison_after_id"), table_name="comparison")

    op.drop_table("comparison")
    op.drop_index(op.f("ix_photo_subject_id"), table_name="photo")
    op.drop_index(op.f("ix_photo_sha256"), table_name="photo")
    op.drop_index(op.f("ix_photo_session_id"), table_name="photo")

    op.drop_table("photo")
    op.drop_index(op.f("ix_treatment_subject_id"), table_name="treatment")
    op.drop_index(op.f("ix_treatment_site_id"), table_name="treatment")
    op.drop_index(op.f("ix_treatment_at"), table_name="treatment")

    op.drop_table("treatment")
    op.drop_index(op.f("ix_session_taken_at"), table_name="session")
    op.drop_index(op.f("ix_session_subject_id"), table_name="session")
    op.drop_index(op.f("ix_session_site_id"), table_name="session")

    op.drop_table("session")
    op.drop_index(op.f("ix_symptom_subject_id"), table_name="symptom")
    op.drop_index(op.f("ix_symptom_at"), table_name="symptom")

    op.drop_table("symptom")
    op.drop_index(op.f("ix_site_subject_id"), table_name="site")

    op.drop_table("site")
    op.drop_index(op.f("ix_audit_subject_id"), table_name="audit")

    op.drop_table("audit")
    op.drop_table("subject")
