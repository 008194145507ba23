"""rights by level"""

import sqlalchemy as sa
from alembic import op

revision = 'c4d15e90ab37'
down_revision = 'a91c40e7d852'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('department',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.Enum('office', 'department', 'station', name='departmentkind', native_enum=False, length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('phone', sa.String(length=30), nullable=True),
    sa.Column('note', sa.String(), nullable=True),
    sa.Column('code_sort', sa.String(length=160).with_variant(sa.String(length=160, collation='C'), 'postgresql'), server_default='', nullable=False),
    sa.Column('phone_sort', sa.String(length=160).with_variant(sa.String(length=160, collation='C'), 'postgresql'), server_default='', nullable=False),
    sa.Column('name_sort', sa.String(length=160).with_variant(sa.String(length=160, collation='C'), 'postgresql'), server_default='', nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_department_created_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['parent_id'], ['department.id'], name=op.f('fk_department_parent_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['updated_by_id'], ['ab_user.id'], name=op.f('fk_department_updated_by_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_department')),
    sa.UniqueConstraint('code', name=op.f('uq_department_code')),
    sa.UniqueConstraint('parent_id', 'name', name=op.f('uq_department_parent_id_name'))
    )
    with op.batch_alter_table('department', schema=None) as batch_op:
        batch_op.create_index('ix_department_code_sort', ['code_sort', 'id'], unique=False)
        batch_op.create_index('ix_department_name_sort', ['name_sort', 'id'], unique=False)
        batch_op.create_index('ix_department_phone_sort', ['phone_sort', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_department_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_department_updated_at'), ['updated_at'], unique=False)

    op.create_table('role_field',
    sa.Column('role_id', sa.Integer(), nullable=False),
    sa.Column('entity', sa.String(length=63), nullable=False),
    sa.Column('field', sa.String(length=63), nullable=False),
    sa.Column('level', sa.Enum('hidden', 'masked', 'visible', name='level', native_enum=False, length=32), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_role_field_role_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_field')),
    sa.UniqueConstraint('role_id', 'entity', 'field', name=op.f('uq_role_field_role_id_entity_field'))
    )
    op.create_table('role_scope',
    sa.Column('role_id', sa.Integer(), nullable=False),
    sa.Column('entity', sa.String(length=63), nullable=False),
    sa.Column('reach', sa.Enum('all', 'below', 'department', 'places', 'own', name='reach', native_enum=False, length=32), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_role_scope_role_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_scope')),
    sa.UniqueConstraint('role_id', 'entity', name=op.f('uq_role_scope_role_id_entity'))
    )
    # Whoever was given a right before rights had a scope goes on having it for every record.
    op.execute("INSERT INTO role_scope (role_id, entity, reach) SELECT id, '', 'all' FROM ab_role WHERE name <> 'Public'")

    op.create_table('account',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('is_system', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_account_department_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_account_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('user_id', name=op.f('uq_account_user_id'))
    )
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_department_id'), ['department_id'], unique=False)

    op.create_table('department_place',
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=63), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_department_place_department_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_department_place')),
    sa.UniqueConstraint('department_id', 'place', 'record_id', name=op.f('uq_department_place_department_id_place_record_id'))
    )
    with op.batch_alter_table('department_place', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_department_place_place_record_id'), ['place', 'record_id'], unique=False)

    op.create_table('role_place',
    sa.Column('scope_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=63), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['scope_id'], ['role_scope.id'], name=op.f('fk_role_place_scope_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_place')),
    sa.UniqueConstraint('scope_id', 'place', 'record_id', name=op.f('uq_role_place_scope_id_place_record_id'))
    )
    with op.batch_alter_table('role_place', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_role_place_place_record_id'), ['place', 'record_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('role_place', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_role_place_place_record_id'))

    op.drop_table('role_place')
    with op.batch_alter_table('department_place', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_department_place_place_record_id'))

    op.drop_table('department_place')
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_account_department_id'))

    op.drop_table('account')
    op.drop_table('role_scope')
    op.drop_table('role_field')
    with op.batch_alter_table('department', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_department_updated_at'))
        batch_op.drop_index(batch_op.f('ix_department_parent_id'))
        batch_op.drop_index('ix_department_phone_sort')
        batch_op.drop_index('ix_department_name_sort')
        batch_op.drop_index('ix_department_code_sort')

    op.drop_table('department')
