"""imports: parts, rows found, corrections, ledger, remembered mappings"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = 'd36dbbd3dbd9'
down_revision = 'e47b1c5d9a20'
branch_labels = None
depends_on = None


_batch = sa.table(
    "import_batch",
    *(sa.column(name, sa.JSON) for name in ("columns", "constants", "key", "options", "result", "parts")),
    *(sa.column(name) for name in ("id", "entity", "sheet", "header_row", "state")),
)


def _as_parts() -> None:
    """What was chosen for earlier uploads, as a batch of one part."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_batch)).mappings().all():
        feeds: Any = None
        if row["columns"] is not None:
            feeds = [{"target": target, "columns": [int(index)]} for index, target in row["columns"].items()]
            feeds += [{"target": target, "constant": value} for target, value in (row["constants"] or {}).items()]
        part = {"entity": row["entity"], "sheet": row["sheet"], "header_row": row["header_row"], "feeds": feeds, "key": row["key"] or []}
        result = {"parts": [row["result"] | {"entity": row["entity"]}]} if row["result"] else None
        values = {"parts": [part | (row["options"] or {})], "result": result}
        connection.execute(sa.update(_batch).where(_batch.c.id == row["id"]).values(values))


def upgrade() -> None:
    op.create_table('import_mapping',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('entity', sa.String(length=63), nullable=False),
    sa.Column('shape', sa.String(length=40), nullable=False),
    sa.Column('sheets', sa.JSON(), nullable=False),
    sa.Column('parts', sa.JSON(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('audience', sa.Enum('private', 'roles', 'all', name='audience', native_enum=False, length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_import_mapping_owner_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_mapping')),
    sa.UniqueConstraint('owner_id', 'name', name=op.f('uq_import_mapping_owner_id_name'))
    )
    with op.batch_alter_table('import_mapping', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_mapping_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_import_mapping_shape_used_at'), ['shape', 'used_at'], unique=False)

    op.create_table('import_entry',
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('entity', sa.String(length=63), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.Column('before', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_import_entry_batch_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_entry'))
    )
    with op.batch_alter_table('import_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_entry_batch_id_entity_record_id'), ['batch_id', 'entity', 'record_id'], unique=False)

    op.create_table('import_fix',
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('sheet', sa.String(length=255), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('column', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_import_fix_batch_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_fix')),
    sa.UniqueConstraint('batch_id', 'sheet', 'row', 'column', name=op.f('uq_import_fix_batch_id_sheet_row_column'))
    )
    op.create_table('import_mapping_role',
    sa.Column('mapping_id', sa.Integer(), nullable=False),
    sa.Column('role_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['mapping_id'], ['import_mapping.id'], name=op.f('fk_import_mapping_role_mapping_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_import_mapping_role_role_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('mapping_id', 'role_id', name=op.f('pk_import_mapping_role'))
    )
    with op.batch_alter_table('import_mapping_role', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_mapping_role_role_id'), ['role_id'], unique=False)

    op.create_table('import_row',
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('row', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('rejected', 'changed', 'new', 'absent', 'left', name='foundkind', native_enum=False, length=32), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('cells', sa.JSON(), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('marks', sa.String(length=400), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_import_row_batch_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_row'))
    )
    with op.batch_alter_table('import_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_row_batch_id_kind_part_row'), ['batch_id', 'kind', 'part', 'row'], unique=False)

    with op.batch_alter_table('import_batch', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sha256', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('shape', sa.String(length=40), server_default='', nullable=False))
        batch_op.add_column(sa.Column('parts', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('tried_job', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('write_job', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('undo_job', sa.Integer(), nullable=True))

    _as_parts()
    with op.batch_alter_table('import_batch', schema=None) as batch_op:
        batch_op.drop_column('sheet')
        batch_op.drop_column('header_row')
        batch_op.drop_column('columns')
        batch_op.drop_column('constants')
        batch_op.drop_column('options')
        batch_op.drop_column('key')


def downgrade() -> None:
    with op.batch_alter_table('import_batch', schema=None) as batch_op:
        batch_op.add_column(sa.Column('key', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('options', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('constants', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('columns', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('header_row', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('sheet', sa.String(length=255), nullable=True))
        batch_op.drop_column('undo_job')
        batch_op.drop_column('write_job')
        batch_op.drop_column('tried_job')
        batch_op.drop_column('parts')
        batch_op.drop_column('shape')
        batch_op.drop_column('sha256')

    with op.batch_alter_table('import_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_row_batch_id_kind_part_row'))

    op.drop_table('import_row')
    with op.batch_alter_table('import_mapping_role', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_mapping_role_role_id'))

    op.drop_table('import_mapping_role')
    op.drop_table('import_fix')
    with op.batch_alter_table('import_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_entry_batch_id_entity_record_id'))

    op.drop_table('import_entry')
    with op.batch_alter_table('import_mapping', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_mapping_shape_used_at'))
        batch_op.drop_index(batch_op.f('ix_import_mapping_owner_id'))

    op.drop_table('import_mapping')
