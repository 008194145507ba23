"""Addresses within a community as people write them: `1单元101室`, `3-2-501`, `3栋2单元501`, `12#1-1801`, `浅水湾24号楼303`: which part is
the area, the building, the entrance, the floor, the room. Only the text counts; what there is in the database is not asked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMBER = r"\d+[A-Za-z]?|[A-Za-z]\d*|[零〇一二两三四五六七八九十百]+|[甲乙丙丁戊]"
_BUILDING = re.compile(rf"^(?P<area>.*?)(?P<number>{_NUMBER})(?:号楼|栋楼|栋|幢|座|#楼|#|号(?=\d)|楼(?!层))")
_ENTRANCE = re.compile(rf"^-*(?P<number>{_NUMBER})(?:单元|门洞|门|梯)")
_FLOOR = re.compile(r"^-*(?P<number>[Bb负]?(?:\d+|[一二三四五六七八九十百]+))(?:层|楼|F)")
_ROOM_TAIL = re.compile(r"(?<=.)(?:室|号房|号|房间|房|户)$")
_ROOM_DIGITS = re.compile(r"^(?P<below>[Bb负])?(?P<digits>\d{3,4})(?!\d)")


@dataclass(frozen=True, slots=True)
class Reference:
    """The parts of an address as texts, '' where it does not say one."""

    area: str = ""
    building: str = ""
    entrance: str = ""
    floor: str = ""
    room: str = ""


PARTS = ("area", "building", "entrance", "floor", "room")


def read_reference(text: str, two: str = "building") -> Reference:
    """The parts of an address. two: what the first of two bare numbers is (`1-101`): building or entrance."""
    rest = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    rest = re.sub(r"[-—–−_/\\]+", "-", rest).strip("-")
    parts: dict[str, str] = {}
    if found := _BUILDING.match(rest):
        parts["area"] = found["area"].strip("-")
        parts["building"] = _plain(found["number"])
        rest = rest[found.end() :]
    if found := _ENTRANCE.match(rest):
        parts["entrance"] = _plain(found["number"])
        rest = rest[found.end() :]
    if found := _FLOOR.match(rest):
        parts["floor"] = _floor(found["number"])
        rest = rest[found.end() :]
    _bare([piece for piece in rest.split("-") if piece], parts, two)
    if parts.get("room"):
        parts["room"] = _ROOM_TAIL.sub("", parts["room"])
        parts.setdefault("floor", _floor_of_room(parts["room"]))
    return Reference(**parts)


def _bare(pieces: list[str], parts: dict[str, str], two: str) -> None:
    """What stands without a word behind it: the last is the room, and what stands before it goes up from there."""
    if not pieces:
        return
    pieces = list(pieces)
    if "building" not in parts and "entrance" not in parts and len(pieces) > 1 and not any(c.isdigit() for c in pieces[0]):
        parts["area"] = pieces.pop(0)
    parts["room"] = pieces.pop()
    above = [name for name in ("building", "entrance") if name not in parts]
    if "building" in parts and "entrance" in parts:
        above = []
    elif "entrance" in parts:
        above = ["building"] if len(pieces) == 1 and "building" not in parts else []
    if len(pieces) == 1 and above == ["building", "entrance"]:
        above = [two]
    elif len(pieces) == 3 and above == ["building", "entrance"]:
        above = ["area", *above]
    for name, piece in zip(reversed(above), reversed(pieces), strict=False):
        parts[name] = _plain(_ROOM_TAIL.sub("", piece))


def _plain(number: str) -> str:
    """`十二` is 12; `01` stays 01, because a building may well be called so."""
    value = chinese_number(number)
    return str(value) if value is not None else number


def _floor(number: str) -> str:
    below = number[0] in "Bb负"
    value = chinese_number(number[1:] if below else number)
    text = str(value) if value is not None else str(int(number[1:] if below else number))
    return f"-{text}" if below else text


def _floor_of_room(room: str) -> str:
    """The floor that a room's number tells: 501 is on 5, 1203 on 12, B101 on -1."""
    found = _ROOM_DIGITS.match(room)
    floor = int(found["digits"][:-2]) if found else 0
    return "" if not floor else f"-{floor}" if found and found["below"] else str(floor)


def chinese_number(text: str) -> int | None:
    """一 to 九百九十九 as a number; None when the text is none."""
    if not text or any(c not in _DIGITS and c not in "十百" for c in text):
        return None
    total, digit = 0, 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        else:
            total, digit = total + (digit or 1) * (10 if c == "十" else 100), 0
    return total + digit
