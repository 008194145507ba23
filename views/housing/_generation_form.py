"""The form of batch generation read: texts into a wish, each mistake beside its field (row 1.4 (1)). The texts stay as they were typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.datamodel import Draft
from app.entity.fields import fields_of
from app.entity.rules import Targets, checked_value
from app.entity.values import parse, record_number
from models.base import BadValue, Base
from models.housing import buildings, rooms
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.number_patterns import Pattern, read_pattern
from models.housing.ranges import read_labels, read_numbers, read_positions
from models.housing.room_compare import Policy
from models.housing.room_likeness import MOST_RULES
from models.housing.room_plan import ABOVE, APART, BELOW, DUPLEX, FACTS, MOST_BUILDINGS, NONE, OTHER, FloorRule, RoomWish
from models.housing.rooms import Room
from models.platform.dictionaries import DictionaryItem

WORDS = {"layout": rooms.LAYOUT, "orientation": rooms.ORIENTATION, "use": rooms.USE, "decoration": rooms.DECORATION}
BUILDING_WORDS = {"kind": buildings.KIND, "structure": buildings.STRUCTURE}
RULE_FACTS = ("layout", "use", "gross_area")
DEFAULTS = {
    "entrances": "1",
    "floors": "1-33",
    "skip_mode": "renumber",
    "rooms": "4",
    "pattern": "{floor}{room:02}",
    "basements": "0",
    "basement_rooms": "",
    "basement_pattern": "B{basement}{room:02}",
    "policy": Policy.KEEP.value,
}
_MOST_AREAS = 500

T = TypeVar("T")


@dataclass(frozen=True)
class Options:
    """What can be chosen: areas as (id, text), and the words of dictionaries by field."""

    areas: tuple[tuple[str, str], ...]
    words: Mapping[str, tuple[tuple[str, str], ...]]
    duplex: int | None = None
    """The word for a layout over two floors."""

    @classmethod
    def load(cls, session: Session, limits: tuple[Any, ...]) -> Options:
        """Two queries. limits: of the areas that may be seen."""
        areas = session.execute(sa.select(Area.id, Area.code, Area.name).where(*limits).order_by(Area.code_sort).limit(_MOST_AREAS)).all()
        codes = {code: name for name, code in (WORDS | BUILDING_WORDS).items()}
        words: dict[str, list[tuple[str, str]]] = {name: [] for name in codes.values()}
        query = sa.select(DictionaryItem).where(DictionaryItem.dictionary.in_(codes), DictionaryItem.retired_on.is_(None))
        duplex = None
        for item in session.scalars(query.order_by(DictionaryItem.position, DictionaryItem.id)):
            if item.dictionary == rooms.LAYOUT and item.label == "复式":
                duplex = item.id
            words[codes[getattr(item.dictionary, "value", item.dictionary)]].append((str(item.id), item.text))
        shown = tuple((str(a.id), a.code if a.name == a.code else f"{a.code} {a.name}") for a in areas)
        return cls(shown, {name: tuple(items) for name, items in words.items()}, duplex)

    def word(self, name: str, value: Any) -> str:
        """The text of a word."""
        return next((text for number, text in self.words[name] if number == str(value)), str(value))


@dataclass
class Asked:
    """A form that was read. wish: None while something is wrong in it; building, lifts: facts of new buildings and entrances; errors: by
    name of the input; missing: what is not filled in yet, likewise: the preview does without, the writing does not."""

    texts: dict[str, str]
    area_id: int | None = None
    wish: RoomWish | None = None
    building: dict[str, Any] = field(default_factory=dict)
    lifts: int = 0
    policy: Policy = Policy.KEEP
    errors: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    positions: tuple[str, ...] = ()

    @property
    def rules(self) -> int:
        """How many lines of exceptions the form shows: those filled, and one."""
        filled = [n for n in range(MOST_RULES) if any(self.texts.get(f"x{n}_{name}") for name in ("floors", "rooms", "pattern"))]
        return min(max(filled, default=-1) + 2, MOST_RULES)


def first_texts(options: Options, area: str = "", building: str = "") -> dict[str, str]:
    """The form as it is opened: usual values, so that little must be typed."""
    texts = DEFAULTS | {"area": area, "buildings": building}
    if not area and len(options.areas) == 1:
        texts["area"] = options.areas[0][0]
    return texts


class FormReader:
    """Reads a form once."""

    def __init__(self, texts: Mapping[str, str], options: Options) -> None:
        self.texts = {name: value.strip() for name, value in texts.items()}
        self.options = options
        self.errors: dict[str, str] = {}
        self.missing: dict[str, str] = {}

    def read(self) -> Asked:
        """The wish, or what is wrong with it."""
        texts = self.texts
        positions = self._take("rooms", read_positions) or ()
        wish = RoomWish(
            buildings=self._buildings(),
            entrances=self._take("entrances", lambda text: read_labels(text, ("单元", "门"))) or (),
            floors=self._take("floors", lambda text: read_numbers(text, 1, 200)) or (),
            positions=positions,
            pattern=self._pattern("pattern", ABOVE),
            skipped=frozenset(self._take("skip", lambda text: read_numbers(text, 1, 200)) or ()),
            renumber=texts.get("skip_mode") != "empty",
            every=self._facts("all", FACTS),
            each=tuple(self._facts(f"p{n}", FACTS) for n in range(len(positions))),
            rules=(*self._exceptions(), *self._basements()),
        )
        self._check(wish)
        asked = Asked(texts, self._area(), building=self._building(), lifts=self._value(Entrance, "lifts", "b_lifts") or 0)
        asked.policy = Policy(texts["policy"]) if texts.get("policy") in set(Policy) else Policy.KEEP
        asked.errors, asked.missing, asked.positions = self.errors, self.missing, positions
        asked.wish = wish if not self.errors else None
        return asked

    def _check(self, wish: RoomWish) -> None:
        if not wish.floors and not wish.rules:
            self.errors.setdefault("floors", _("Which floors have rooms? Write ranges such as 1-33"))
        if wish.floors and not wish.positions:
            self.errors.setdefault("rooms", _("How many rooms has a floor? Write a number such as 4, or a list such as 01-04;A;B"))
        if isinstance(wish.pattern, Pattern) and "entrance" in wish.pattern.tokens and not wish.entrances:
            self.errors.setdefault("pattern", _("{entrance} stands in the pattern, but no entrance is given"))
        for number, facts in enumerate(wish.each):
            both = {**wish.every, **facts}
            gross, usable = both.get("gross_area"), both.get("usable_area")
            if gross is not None and usable is not None and usable > gross:
                name = f"p{number}_usable_area" if "usable_area" in facts else "all_usable_area"
                self.errors.setdefault(name, _("Cannot be more than the gross area, %(area)s m²", area=gross))

    def _take(self, name: str, read: Callable[[str], T]) -> T | None:
        """What a text means; None, with the error kept, when it is not understood."""
        text = self.texts.get(name, "")
        if not text:
            return None
        try:
            return read(text)
        except BadValue as error:
            self.errors[name] = str(error)
            return None

    def _buildings(self) -> tuple[str, ...]:
        numbers = self._take("buildings", lambda text: read_labels(text, ("号楼", "栋", "幢", "座", "#"))) or ()
        if len(numbers) > MOST_BUILDINGS:
            self.errors["buildings"] = _("At most %(most)s buildings are made at a time", most=MOST_BUILDINGS)
        elif not numbers and "buildings" not in self.errors:
            self.missing["buildings"] = _("Which buildings? Write numbers such as 3 or 1-12;15")
        return numbers or ("…",)

    def _area(self) -> int | None:
        area = self.texts.get("area", "")
        if area not in {number for number, _text in self.options.areas}:
            self.missing["area"] = _("Choose the area")
            return None
        return int(area)

    def _pattern(self, name: str, known: tuple[str, ...]) -> Any:
        try:
            return read_pattern(self.texts.get(name, ""), known, APART)
        except BadValue as error:
            self.errors[name] = str(error)
            return None

    def _value(self, model: type[Base], name: str, key: str) -> Any:
        """A value of a model's field, by the rules of the field."""
        f = fields_of(model)[name]
        return self._take(key, lambda text: checked_value(f, parse(f, text), Targets(model, {}), Draft({})))

    def _word(self, name: str, key: str) -> int | None:
        number = record_number(self.texts.get(key, ""))
        if self.texts.get(key) and str(number) not in {value for value, _text in self.options.words[name]}:
            self.errors[key] = _("This word can no longer be chosen; choose another one")
            return None
        return number

    def _facts(self, line: str, names: tuple[str, ...]) -> dict[str, Any]:
        found = {n: self._word(n, f"{line}_{n}") if n in WORDS else self._value(Room, n, f"{line}_{n}") for n in names}
        return {name: value for name, value in found.items() if value is not None}

    def _building(self) -> dict[str, Any]:
        found = {name: self._word(name, f"b_{name}") for name in BUILDING_WORDS}
        found["completed_on"] = self._value(Building, "completed_on", "b_completed_on")
        return {name: value for name, value in found.items() if value is not None}

    def _exceptions(self) -> list[FloorRule]:
        return [rule for n in range(MOST_RULES) if (rule := self._exception(f"x{n}")) is not None]

    def _exception(self, line: str) -> FloorRule | None:
        texts = self.texts
        floors = self._take(f"{line}_floors", lambda text: read_numbers(text, 1, 200))
        said = [f"{line}_{name}" for name in ("rooms", "pattern", *RULE_FACTS) if texts.get(f"{line}_{name}")]
        if floors is None:
            if said and f"{line}_floors" not in self.errors:
                self.errors[f"{line}_floors"] = _("For which floors? Write ranges such as 1-2")
            return None
        what = texts.get(f"{line}_what", OTHER)
        what = what if what in (OTHER, DUPLEX, NONE) else OTHER
        positions = self._take(f"{line}_rooms", read_positions)
        pattern = self._pattern(f"{line}_pattern", ABOVE) if texts.get(f"{line}_pattern") else None
        facts = self._facts(line, RULE_FACTS)
        if what == DUPLEX and self.options.duplex is not None:
            facts.setdefault("layout", self.options.duplex)
        return FloorRule(floors, what, positions, pattern, facts, line)

    def _basements(self) -> list[FloorRule]:
        text = self.texts.get("basements", "").removeprefix("-")
        if text in ("", "0"):
            return []
        count = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
        if not 0 < count < 10:
            self.errors["basements"] = _("Write a number from 0 to 9")
            return []
        positions = self._take("basement_rooms", read_positions)
        if positions is None and "basement_rooms" not in self.errors:
            self.errors["basement_rooms"] = _("How many rooms has a basement floor?")
        pattern, use = self._pattern("basement_pattern", BELOW), self._word("use", "basement_use")
        return [FloorRule(tuple(range(-1, -count - 1, -1)), OTHER, positions or (), pattern, {"use": use} if use else {}, "basement")]
