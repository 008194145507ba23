"""pictures that wait for their record, and pictures that can be put back"""

import sqlalchemy as sa
from alembic import op

revision = "9f5c26ad7e10"
down_revision = "4b7d0f2a91c3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("picture", schema=None) as batch_op:
        batch_op.add_column(sa.Column("form", sa.String(length=43), nullable=True))
        batch_op.add_column(sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("owner_id", existing_type=sa.Integer(), nullable=True)
        batch_op.create_index(batch_op.f("ix_picture_form"), ["form"], unique=False)
        batch_op.create_index(batch_op.f("ix_picture_removed_at"), ["removed_at"], unique=False)


def downgrade() -> None:
    # What belongs to no record cannot be told in the older table; what was taken off would come back.
    op.execute("DELETE FROM picture WHERE owner_id IS NULL OR removed_at IS NOT NULL")
    with op.batch_alter_table("picture", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_picture_removed_at"))
        batch_op.drop_index(batch_op.f("ix_picture_form"))
        batch_op.alter_column("owner_id", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column("removed_at")
        batch_op.drop_column("form")
