"""The organisation: an office, its departments, their stations; which places each answers for, and who works where (row 4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Self

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, ChoiceSet, Journaled, Problem, column, relation


class DepartmentKind(ChoiceSet):
    """The level of a part of the organisation."""

    OFFICE = "office", _("Office"), "violet"
    DEPARTMENT = "department", _("Department"), "blue"
    STATION = "station", _("Station"), "teal"


class Department(Base, Journaled):
    """A part of the organisation. Whoever works in it, and in the parts below it, can be shown the records of its places only."""

    __label__ = _("Department")
    __title__: ClassVar[tuple[str, ...]] = ("name",)
    __table_args__ = (sa.UniqueConstraint("parent_id", "name"),)

    code: Mapped[str] = column(
        _("Department code"), max_length=20, unique=True, ordered=True, searched=True, aliases=("部门编码", "部门代码", "编码")
    )
    name: Mapped[str] = column(_("Department name"), max_length=60, ordered=True, searched=True, aliases=("部门", "部门名称", "机构名称"))
    kind: Mapped[DepartmentKind] = column(_("Level"), choices=DepartmentKind, default=DepartmentKind.DEPARTMENT, aliases=("级别", "层级"))
    parent: Mapped[Department | None] = relation(_("Belongs to"), aliases=("上级部门", "上级"))
    position: Mapped[int] = column(_("Position"), default=0, minimum=0, maximum=9999, aliases=("排序", "顺序"))
    phone: Mapped[str | None] = column(_("Telephone"), max_length=30, ordered=True, aliases=("电话", "联系电话"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明", "备注"))

    @classmethod
    def check_many(cls, session: Session, records: list[Self]) -> Iterator[tuple[Self, Problem]]:
        """No part of the organisation stands below itself: one query, whatever the number of records."""
        parents = dict(session.execute(sa.select(cls.id, cls.parent_id)).all())
        for record in records:
            seen, at = {record.id}, record.parent_id
            while at is not None and at not in seen:
                seen.add(at)
                at = parents.get(at)
            if at == record.id:
                yield record, Problem("parent", _("A department cannot belong to itself or to one below it."))


class DepartmentPlace(Base):
    """A place that a department answers for. place: an entity that is declared as a Place (app/security/places.py), such as `areas`;
    record_id: which one. A record that is deleted takes its rows along (app/security/places.py). on_behalf_id: the department above that
    gave it, out of its own; what that one no longer answers for, this one does not either (app/security/settling.py)."""

    __label__ = _("Place of a department")
    __table_args__ = (sa.UniqueConstraint("department_id", "place", "record_id"), sa.Index(None, "place", "record_id"))

    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(sa.String(63))
    record_id: Mapped[int] = mapped_column()
    on_behalf_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id", ondelete="CASCADE"), index=True)
