"""What departments may hand on, which roles they made, and on whose behalf a user or a department holds something."""

import sqlalchemy as sa
from alembic import op

revision = "e5f70c2b91d8"
down_revision = "e7a90b3c51d6"
branch_labels = None
depends_on = None

_INDEXES = {
    "department_role": ("role_id",),
    "role_owner": ("department_id",),
    "role_grant": ("role_id", "department_id"),
}


def upgrade() -> None:
    op.create_table(
        "department_role",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_department_role_department_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], name="fk_department_role_role_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_department_role"),
        sa.UniqueConstraint("department_id", "role_id", name="uq_department_role_department_id_role_id"),
    )
    op.create_table(
        "role_owner",
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_role_owner_department_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], name="fk_role_owner_role_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_role_owner"),
        sa.UniqueConstraint("role_id", name="uq_role_owner_role_id"),
    )
    op.create_table(
        "role_grant",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_role_grant_department_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], name="fk_role_grant_role_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name="fk_role_grant_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_role_grant"),
        sa.UniqueConstraint("user_id", "role_id", name="uq_role_grant_user_id_role_id"),
    )
    for table, columns in _INDEXES.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])
    with op.batch_alter_table("department_place") as batch_op:
        batch_op.add_column(sa.Column("on_behalf_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_department_place_on_behalf_id", "department", ["on_behalf_id"], ["id"], ondelete="CASCADE")
        batch_op.create_index("ix_department_place_on_behalf_id", ["on_behalf_id"])


def downgrade() -> None:
    with op.batch_alter_table("department_place") as batch_op:
        batch_op.drop_index("ix_department_place_on_behalf_id")
        batch_op.drop_constraint("fk_department_place_on_behalf_id", type_="foreignkey")
        batch_op.drop_column("on_behalf_id")
    for table in ("role_grant", "role_owner", "department_role"):
        op.drop_table(table)
