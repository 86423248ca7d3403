"""Photos have thumbnails."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    with op.batch_alter_table("photo") as photo:
        photo.add_column(sa.Column("thumbnail", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("photo") as photo:
        photo.drop_column("thumbnail")
