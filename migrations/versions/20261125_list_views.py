"""list views"""

import sqlalchemy as sa
from alembic import op

revision = 'd83e5b1c6a47'
down_revision = 'c4a1f0d27b93'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('saved_view',
    sa.Column('entity', sa.String(length=63), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.JSON(), nullable=False),
    sa.Column('audience', sa.Enum('private', 'roles', 'all', name='audience', native_enum=False, length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('default_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_saved_view_owner_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view')),
    sa.UniqueConstraint('entity', 'owner_id', 'name', name=op.f('uq_saved_view_entity_owner_id_name'))
    )
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_view_entity_audience'), ['entity', 'audience'], unique=False)
        batch_op.create_index(batch_op.f('ix_saved_view_owner_id'), ['owner_id'], unique=False)

    op.create_table('saved_view_role',
    sa.Column('view_id', sa.Integer(), nullable=False),
    sa.Column('role_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_saved_view_role_role_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['view_id'], ['saved_view.id'], name=op.f('fk_saved_view_role_view_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('view_id', 'role_id', name=op.f('pk_saved_view_role'))
    )
    with op.batch_alter_table('saved_view_role', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_view_role_role_id'), ['role_id'], unique=False)

    op.create_table('list_setting',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('entity', sa.String(length=63), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('widths', sa.JSON(), nullable=False),
    sa.Column('page_size', sa.Integer(), nullable=True),
    sa.Column('default_view_id', sa.Integer(), nullable=True),
    sa.Column('start_plain', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['default_view_id'], ['saved_view.id'], name=op.f('fk_list_setting_default_view_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_list_setting_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_list_setting')),
    sa.UniqueConstraint('user_id', 'entity', name=op.f('uq_list_setting_user_id_entity'))
    )
    with op.batch_alter_table('list_setting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_list_setting_default_view_id'), ['default_view_id'], unique=False)


def downgrade() -> None:
    op.drop_table('list_setting')
    op.drop_table('saved_view_role')
    op.drop_table('saved_view')
