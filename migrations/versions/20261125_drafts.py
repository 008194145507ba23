"""drafts of forms"""

import sqlalchemy as sa
from alembic import op

revision = 'c4a1f0d27b93'
down_revision = 'b7c2d94e1f60'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('form_draft',
    sa.Column('token', sa.String(length=43), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('entity', sa.String(length=63), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=True),
    sa.Column('preset', sa.String(length=400), nullable=False),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.Column('texts', sa.JSON(), nullable=False),
    sa.Column('saved_as', sa.Integer(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_form_draft_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_draft')),
    sa.UniqueConstraint('token', name=op.f('uq_form_draft_token'))
    )
    with op.batch_alter_table('form_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_form_draft_updated_at'), ['updated_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_form_draft_user_id_entity_record_id'), ['user_id', 'entity', 'record_id'], unique=False)


def downgrade() -> None:
    op.drop_table('form_draft')
