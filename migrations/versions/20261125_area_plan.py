"""The places of buildings on the plan of their area, and which of its pictures that plan is."""

import sqlalchemy as sa
from alembic import op

revision = "b6e21f0c7d94"
down_revision = "d36dbbd3dbd9"
branch_labels = None
depends_on = None

PLACES = ("plan_x", "plan_y")


def upgrade() -> None:
    for column in PLACES:
        op.add_column("building", sa.Column(column, sa.Numeric(5, 2), nullable=True))
    op.add_column("picture", sa.Column("is_plan", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    # Not through a batch: SQLite would build the tables anew, and what refers to them would go with the old ones.
    op.execute("ALTER TABLE picture DROP COLUMN is_plan")
    for column in PLACES:
        op.execute(f"ALTER TABLE building DROP COLUMN {column}")
