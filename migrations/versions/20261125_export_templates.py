"""export templates"""

import sqlalchemy as sa
from alembic import op

revision = 'e47b1c5d9a20'
down_revision = 'c5862b6bdc8b'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('export_template',
    sa.Column('entity', sa.String(length=63), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('wanted', sa.JSON(), nullable=False),
    sa.Column('audience', sa.Enum('private', 'roles', 'all', name='audience', native_enum=False, length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_export_template_owner_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_template')),
    sa.UniqueConstraint('entity', 'owner_id', 'name', name=op.f('uq_export_template_entity_owner_id_name'))
    )
    with op.batch_alter_table('export_template', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_export_template_entity_audience'), ['entity', 'audience'], unique=False)
        batch_op.create_index(batch_op.f('ix_export_template_owner_id'), ['owner_id'], unique=False)

    op.create_table('export_template_role',
    sa.Column('template_id', sa.Integer(), nullable=False),
    sa.Column('role_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_export_template_role_role_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['template_id'], ['export_template.id'], name=op.f('fk_export_template_role_template_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('template_id', 'role_id', name=op.f('pk_export_template_role'))
    )
    with op.batch_alter_table('export_template_role', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_export_template_role_role_id'), ['role_id'], unique=False)


def downgrade() -> None:
    op.drop_table('export_template_role')
    op.drop_table('export_template')
