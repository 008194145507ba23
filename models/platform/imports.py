"""Imports from uploaded files: what was uploaded, how it is to be read, and what came of it (row 1.10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import FIELD, Base, ChoiceSet, FieldInfo, column, utcnow


class ImportState(ChoiceSet):
    """How far an import has come."""

    UPLOADED = "uploaded", _("Uploaded"), "gray"
    CHECKED = "checked", _("Tried, not written"), "amber"
    WRITTEN = "written", _("Written"), "green"
    FAILED = "failed", _("Failed"), "red"


class ImportBatch(Base):
    """One uploaded file on its way into the database.

    The file stays under INSTANCE_DIR/uploads, so that nothing must be uploaded again when something is wrong. columns: target by
    index of the column, None as long as it is guessed; options: existing, new_words, empty; result: ImportResult.as_json."""

    __label__ = _("Import")
    __title__: ClassVar[tuple[str, ...]] = ("file_name",)
    __table_args__ = (sa.Index(None, "entity", "created_at"),)

    entity: Mapped[str] = column(_("Records"), max_length=63, readonly=True)
    file_name: Mapped[str] = column(_("File name"), max_length=255, readonly=True)
    stored: Mapped[str] = mapped_column(sa.String(80), unique=True)
    size: Mapped[int] = column(_("Size"), unit="B", readonly=True)
    sheet: Mapped[str | None] = column(_("Sheet"), max_length=255, readonly=True)
    header_row: Mapped[int | None] = column(_("Header row"), readonly=True)
    row_count: Mapped[int] = column(_("Rows"), default=0, readonly=True)
    columns: Mapped[dict[str, str] | None] = mapped_column(sa.JSON)
    constants: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    key: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    options: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    state: Mapped[ImportState] = column(_("State"), choices=ImportState, default=ImportState.UPLOADED, readonly=True)
    new: Mapped[int] = column(_("New"), default=0, readonly=True)
    changed: Mapped[int] = column(_("Changed"), default=0, readonly=True)
    unchanged: Mapped[int] = column(_("Unchanged"), default=0, readonly=True)
    rejected: Mapped[int] = column(_("Rejected"), default=0, readonly=True)
    result: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Created"), readonly=True)})
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    finished_at: Mapped[datetime | None] = mapped_column(info={FIELD: FieldInfo(_("Finished"), readonly=True)})
