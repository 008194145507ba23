"""enquiries"""

import sqlalchemy as sa
from alembic import op

revision = 'a91c40e7d852'
down_revision = 'b6e21f0c7d94'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('enquiry',
    sa.Column('entity', sa.String(length=63), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.JSON(), nullable=False),
    sa.Column('audience', sa.Enum('private', 'roles', 'all', name='audience', native_enum=False, length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_enquiry_owner_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enquiry')),
    sa.UniqueConstraint('entity', 'owner_id', 'name', name=op.f('uq_enquiry_entity_owner_id_name'))
    )
    with op.batch_alter_table('enquiry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_enquiry_entity_audience'), ['entity', 'audience'], unique=False)
        batch_op.create_index(batch_op.f('ix_enquiry_owner_id'), ['owner_id'], unique=False)

    op.create_table('enquiry_role',
    sa.Column('enquiry_id', sa.Integer(), nullable=False),
    sa.Column('role_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_enquiry_role_role_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['enquiry_id'], ['enquiry.id'], name=op.f('fk_enquiry_role_enquiry_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('enquiry_id', 'role_id', name=op.f('pk_enquiry_role'))
    )
    with op.batch_alter_table('enquiry_role', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_enquiry_role_role_id'), ['role_id'], unique=False)


def downgrade() -> None:
    op.drop_table('enquiry_role')
    op.drop_table('enquiry')
