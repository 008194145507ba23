"""The organisation of the demo community: an office, its five departments, and stations by area. Nobody works there yet."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.housing.areas import Area
from models.housing.demo_places import insert_rows
from models.platform.organisation import Department, DepartmentKind, DepartmentPlace

_OFFICE = ("WY", "湖滨物业服务中心")
_DEPARTMENTS = (
    ("KF", "客户服务部", "客服站"),
    ("GC", "工程维修部", "维修站"),
    ("ZX", "秩序维护部", "秩序岗"),
    ("BJ", "环境保洁部", ""),
    ("LH", "绿化养护部", ""),
)
"""Code, name, and what its station in each area is called; '' where it has none."""


def build_organisation(session: Session) -> None:
    """Insert departments and stations for all areas, unless there are departments already. Flushes, never commits."""
    if session.scalar(sa.select(sa.exists().select_from(Department))):
        return
    areas = session.execute(sa.select(Area.id, Area.name).order_by(Area.id)).all()
    (office,) = insert_rows(session, Department, [_row(*_OFFICE, DepartmentKind.OFFICE, None, 10, "0934-8612345")])
    rows = [
        _row(code, name, DepartmentKind.DEPARTMENT, office, n * 10, f"0934-86123{n:02d}")
        for n, (code, name, _station) in enumerate(_DEPARTMENTS, start=1)
    ]
    departments = insert_rows(session, Department, rows)
    answers: list[tuple[int, Iterable[int]]] = [(key, [area.id for area in areas]) for key in departments]
    for parent, (code, _name, station) in zip(departments, _DEPARTMENTS, strict=True):
        if station:
            stations = [(f"{code}-{n:02d}", area.name + station, n * 10) for n, area in enumerate(areas, start=1)]
            rows = [_row(*named, DepartmentKind.STATION, parent, position) for *named, position in stations]
            answers += [(key, [area.id]) for key, area in zip(insert_rows(session, Department, rows), areas, strict=True)]
    places = [{"department_id": key, "place": "areas", "record_id": area} for key, found in answers for area in found]
    insert_rows(session, DepartmentPlace, places)


def _row(code: str, name: str, kind: DepartmentKind, parent: int | None, position: int, phone: str | None = None) -> dict[str, object]:
    return {"code": code, "name": name, "kind": kind, "parent_id": parent, "position": position, "phone": phone}
