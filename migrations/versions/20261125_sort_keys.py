"""Sort keys beside the texts that people sort by; the stored pinyin gives way to the search index, which `setup` makes and fills."""

import sqlalchemy as sa
from alembic import op

revision = "4b7d0f2a91c3"
down_revision = "d83e5b1c6a47"
branch_labels = None
depends_on = None

KEY = sa.String(160).with_variant(sa.String(160, collation="C"), "postgresql")
COLUMNS = {
    "area": ("code_sort", "name_sort", "address_sort"),
    "building": ("number_sort", "reference_sort", "name_sort"),
    "company": ("name_sort", "contact_sort", "address_sort"),
    "dictionary_item": ("label_sort", "label_en_sort", "code_sort"),
    "entrance": ("number_sort", "reference_sort"),
    "household": ("number_sort", "name_sort"),
    "pet": ("tag_no_sort", "name_sort"),
    "resident": ("name_sort", "employer_sort"),
    "room": ("number_sort", "reference_sort"),
    "tenancy": ("contract_no_sort",),
    "title_deed": ("registered_to_sort",),
    "vehicle": ("plate_sort", "brand_sort", "model_sort"),
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, sa.Column(column, KEY, nullable=False, server_default=""))
            op.create_index(f"ix_{table}_{column}", table, [column, "id"])
    for table in ("household", "resident"):
        # Not through a batch: SQLite would build the table anew, and what refers to it would go with the old one.
        op.execute(f"ALTER TABLE {table} DROP COLUMN pinyin")


def downgrade() -> None:
    for table in ("household", "resident"):
        op.add_column(table, sa.Column("pinyin", sa.String(200), nullable=False, server_default=""))
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_index(f"ix_{table}_{column}", table)
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
