"""A file of rooms, as somebody who manages buildings keeps it: what an import is measured on."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.orm import Session

from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.demo_places import Home
from models.platform.dictionaries import DictionaryItem

_HEADERS = ("片区", "楼栋号", "单元", "楼层", "房号", "用途", "户型", "朝向", "建筑面积", "使用面积", "竣工日期")


def rooms_file(folder: Path) -> Path:
    """Where it stands beside its database."""
    return folder / "rooms.xlsx"


def write_rooms(session: Session, folder: Path, homes: list[Home]) -> None:
    """The file of the rooms of these homes, as the one who manages the buildings keeps it."""
    words = dict(session.execute(sa.select(DictionaryItem.id, DictionaryItem.label)).all())
    areas = dict(session.execute(sa.select(Area.id, Area.name)).all())
    buildings = {i: (areas[area], number) for i, area, number in session.execute(sa.select(Building.id, Building.area_id, Building.number))}
    entrances = dict(session.execute(sa.select(Entrance.id, Entrance.number)).all())
    book = xlsxwriter.Workbook(str(rooms_file(folder)))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("房屋")
    sheet.write_row(0, 0, _HEADERS)
    for n, home in enumerate(homes, 1):
        row = home.row
        texts = (row["use_id"], row["layout_id"], row["orientation_id"])
        sheet.write_row(n, 0, [*buildings[row["building_id"]], entrances[row["entrance_id"]], row["floor"], row["number"]])
        sheet.write_row(n, 5, [*(words[i] for i in texts), float(row["gross_area"]), float(row["usable_area"])])
        sheet.write_datetime(n, 10, home.completed_on, day)
    book.close()
