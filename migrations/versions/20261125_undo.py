"""undo"""

import sqlalchemy as sa
from alembic import op

revision = 'b7c2d94e1f60'
down_revision = 'e9eff7e4cc7e'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('undo_entry',
    sa.Column('token', sa.String(length=43), nullable=False),
    sa.Column('entity', sa.String(length=63), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_undo_entry_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_undo_entry')),
    sa.UniqueConstraint('token', name=op.f('uq_undo_entry_token'))
    )
    with op.batch_alter_table('undo_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_undo_entry_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_undo_entry_user_id'), ['user_id'], unique=False)


def downgrade() -> None:
    op.drop_table('undo_entry')
