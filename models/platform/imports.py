"""Imports from uploaded files: what was uploaded, how it is to be read, what was found and corrected, what came of it (row 1.10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import FIELD, Base, ChoiceSet, FieldInfo, column, utcnow
from models.platform.list_views import Audience


class ImportState(ChoiceSet):
    """How far an import has come."""

    UPLOADED = "uploaded", _("Uploaded"), "gray"
    CHECKED = "checked", _("Tried, not written"), "amber"
    WRITTEN = "written", _("Written"), "green"
    FAILED = "failed", _("Failed"), "red"
    UNDONE = "undone", _("Taken back"), "violet"


class FoundKind(ChoiceSet):
    """What a run found out about a row of the file, or about a record."""

    REJECTED = "rejected", _("Rejected"), "red"
    CHANGED = "changed", _("Changed"), "amber"
    NEW = "new", _("New"), "green"
    ABSENT = "absent", _("Not in the file"), "gray"
    LEFT = "left", _("Not taken back"), "violet"


class ImportBatch(Base):
    """One uploaded file on its way into the database.

    The file stays until the import is done with, so that nothing must be uploaded again when something is wrong. entity: the
    list where the import began, '' for a whole workbook; sha256: of the file; shape: of its headers, by which mappings are
    remembered (app.entity.import_shape); parts: how it is read, as app.entity.import_parts writes them; result: what came of the
    last run, part by part (app.entity.import_result); the counts are their sums. tried_job, write_job, undo_job: the jobs that did
    it, when it was large (numbers only: jobs are cleared away earlier than imports)."""

    __label__ = _("Import")
    __title__: ClassVar[tuple[str, ...]] = ("file_name",)
    __table_args__ = (sa.Index(None, "entity", "created_at"),)

    entity: Mapped[str] = column(_("Records"), max_length=63, readonly=True)
    file_name: Mapped[str] = column(_("File name"), max_length=255, readonly=True)
    stored: Mapped[str] = mapped_column(sa.String(80), unique=True)
    size: Mapped[int] = column(_("Size"), unit="B", readonly=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), default="", server_default="")
    shape: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    row_count: Mapped[int] = column(_("Rows"), default=0, readonly=True)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list, server_default="[]")
    state: Mapped[ImportState] = column(_("State"), choices=ImportState, default=ImportState.UPLOADED, readonly=True)
    new: Mapped[int] = column(_("New"), default=0, readonly=True)
    changed: Mapped[int] = column(_("Changed"), default=0, readonly=True)
    unchanged: Mapped[int] = column(_("Unchanged"), default=0, readonly=True)
    rejected: Mapped[int] = column(_("Rejected"), default=0, readonly=True)
    result: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    tried_job: Mapped[int | None] = mapped_column()
    write_job: Mapped[int | None] = mapped_column()
    undo_job: Mapped[int | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Created"), readonly=True)})
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    finished_at: Mapped[datetime | None] = mapped_column(info={FIELD: FieldInfo(_("Finished"), readonly=True)})


class ImportRow(Base):
    """What the last run found out about one row of the file, for the screens that show and correct it (row 1.10).

    part: which part of the import, from 0; row: in the file, None for a record that the file lacks; cells: the row as it stands
    there, corrections included; details: of a rejected row [column, header, value, reason, suggestion, kind of reason, target], of a
    changed one [field, label, old, new], of the others [reason]; marks: ` c3 f r12 s ` (columns, follows from another row,
    kinds of reason, has a suggestion),
    what lists of rows are narrowed by. So many are kept as app.entity.import_found says; the counts of the result are exact."""

    __tablename__ = "import_row"
    __label__ = _("Row of an import")
    __title__: ClassVar[tuple[str, ...]] = ("row",)
    __table_args__ = (sa.Index(None, "batch_id", "kind", "part", "row"),)

    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("import_batch.id", ondelete="CASCADE"))
    part: Mapped[int] = mapped_column(default=0)
    row: Mapped[int | None] = mapped_column()
    kind: Mapped[FoundKind] = column(_("Kind"), choices=FoundKind, readonly=True)
    record_id: Mapped[int | None] = mapped_column()
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    cells: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    details: Mapped[list[list[Any]]] = mapped_column(sa.JSON, default=list)
    marks: Mapped[str] = mapped_column(sa.String(400), default="")


class ImportFix(Base):
    """A correction of one cell of an uploaded file, laid over it whenever it is read (row 1.10). column: from 0; -1 leaves the
    row out."""

    __label__ = _("Correction of an import")
    __title__: ClassVar[tuple[str, ...]] = ("text",)
    __table_args__ = (sa.UniqueConstraint("batch_id", "sheet", "row", "column"),)

    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("import_batch.id", ondelete="CASCADE"))
    sheet: Mapped[str] = mapped_column(sa.String(255), default="")
    row: Mapped[int] = mapped_column()
    column: Mapped[int] = mapped_column()
    text: Mapped[str] = mapped_column(sa.Text, default="")


class ImportEntry(Base):
    """What an import did to one record, so that it can be taken back (row 1.10).

    version: of the record when the import was done with it; before: the stored values that the import replaced, None for a record that it
    made. The first entry of a record tells what stood there before the import."""

    __label__ = _("Record of an import")
    __title__: ClassVar[tuple[str, ...]] = ("entity",)
    __table_args__ = (sa.Index(None, "batch_id", "entity", "record_id"),)

    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("import_batch.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(sa.String(63))
    record_id: Mapped[int] = mapped_column()
    version: Mapped[int | None] = mapped_column()
    before: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))


import_mapping_role = sa.Table(
    "import_mapping_role",
    Base.metadata,
    sa.Column("mapping_id", sa.ForeignKey("import_mapping.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role_id", sa.ForeignKey("ab_role.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""The roles with which a mapping is shared."""


class ImportMapping(Base):
    """How files of one shape are read, remembered under a name and offered when such a file comes again (row 1.10).

    entity: as of a batch; shape: of the file's headers; sheets: the sheets of the file it was made for, in order; parts: as of a batch;
    owner_id: who made it, None once that account is deleted: what is shared stays."""

    __label__ = _("Mapping of an import")
    __title__: ClassVar[tuple[str, ...]] = ("name",)
    __table_args__ = (sa.UniqueConstraint("owner_id", "name"), sa.Index(None, "shape", "used_at"))

    name: Mapped[str] = column(_("Name of the mapping"), max_length=60)
    entity: Mapped[str] = column(_("Records"), max_length=63, readonly=True)
    shape: Mapped[str] = mapped_column(sa.String(40))
    sheets: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    audience: Mapped[Audience] = column(_("Shared with"), choices=Audience, default=Audience.PRIVATE)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Created"), readonly=True)})
    used_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Last used"), readonly=True)})
