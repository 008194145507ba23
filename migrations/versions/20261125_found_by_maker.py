"""records are found by who made them"""

from alembic import op

revision = 'd7a20b6e41f8'
down_revision = '5e0b7c93d2a4'
branch_labels = None
depends_on = None

TABLES = (
    'area', 'building', 'company', 'company_role', 'department', 'dictionary_item', 'entrance', 'household', 'ownership', 'parking_space',
    'pet', 'resident', 'room', 'room_use', 'tenancy', 'title_deed', 'vehicle',
)


def upgrade() -> None:
    for table in TABLES:
        op.create_index(op.f(f'ix_{table}_created_by_id'), table, ['created_by_id'], unique=False)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_index(op.f(f'ix_{table}_created_by_id'), table_name=table)
