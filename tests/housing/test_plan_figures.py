"""Figures of buildings against counting by hand, on both databases; steps of colour; what rooms are coloured by, per building."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.colouring import of_field
from app.entity.datamodel import save
from app.extension import portal
from app.facts import seeing
from app.figures import Figure, Number, colourings_within, numbers, parts_of
from app.security.actor import Actor
from models.base import Base, today
from models.housing.areas import Area
from models.housing.buildings import Building
from models.housing.households import Household
from models.housing.residents import Living, Resident
from models.housing.rooms import Room
from models.platform.dictionaries import DictionaryItem
from tests.portal import make_example
from views.housing._plan_drawing import STEPS, Scale, front, skyline
from views.housing._plan_figures import Told, tell


@dataclass
class Town:
    """Two buildings of one area and one of another."""

    session: Session
    first: Building
    second: Building
    other: Building

    def make(self, model: type[Base], **values: object) -> Base:
        return save(self.session, portal().registry.of_model(model), values, Actor.system())

    def word(self, label: str) -> int:
        query = sa.select(DictionaryItem.id).where(DictionaryItem.dictionary == "room_use", DictionaryItem.label == label)
        return self.session.scalars(query).one()

    def number(self, name: str, building: Building) -> Number | None:
        figure = next(f for f in portal().registry.declared(Figure) if f.name == name)
        return numbers(self.session, figure, sa.select(Building.id), seeing(Actor.system())).get(building.id)

    def tell(self, asked: str = "", of: str = "") -> Told:
        ids = [self.first.id, self.second.id]
        return tell(self.session, Actor.system(), sa.select(Building.id).where(Building.id.in_(ids)), ids, asked, of)


@pytest.fixture
def town(session: Session) -> Town:
    entities = portal().registry
    area = make_example(entities.of_model(Area), code="湖滨", name="湖滨花园")
    others = make_example(entities.of_model(Area), code="东湖", name="东湖苑")
    made = [
        make_example(entities.of_model(Building), area=at, number=n, name=None, completed_on=day)
        for at, n, day in ((area, "1", "2011-09-30"), (area, "2", None), (others, "1", "2000-01-01"))
    ]
    found = Town(session(), *made)
    uses = ["自住", "出租", "空置", None, "空置"]
    rooms = [
        found.make(Room, building=made[0].id, floor=1, number=f"10{n}", use=found.word(use) if use else None) for n, use in enumerate(uses)
    ]
    found.make(Room, building=made[2].id, floor=1, number="101", use=found.word("自住"))
    day = today()
    lives = found.make(Household, name="甲", room=rooms[0].id, moved_in=day - timedelta(days=400))
    found.make(Household, name="乙", room=rooms[1].id, moved_out=day - timedelta(days=1))
    found.make(Household, name="丙", room=rooms[1].id, moved_in=day + timedelta(days=1))
    leaving = found.make(Household, name="丁", room=rooms[1].id, moved_out=day)
    for name, household, born, living in (
        ("张一", lives, date(day.year - 30, 1, 1), Living.HERE),
        ("张二", lives, date(day.year - 41, 12, 31), None),
        ("张三", lives, date(1950, 1, 1), Living.AWAY),
        ("李四", leaving, None, Living.HERE),
    ):
        found.make(Resident, name=name, household=household.id, born_on=born, living=living)
    return found


def test_figures_are_what_one_counts_by_hand(town: Town) -> None:
    assert town.number("rooms", town.first) == Number(5, 0)
    assert town.number("rooms", town.second) is None
    assert town.number("occupied", town.first) == Number(2, 4), "vacant ones are known, one use is not"
    assert town.number("occupied", town.other).value("share") == 100
    assert town.number("households", town.first) == Number(2, 0)
    assert town.number("residents", town.first) == Number(3, 0)
    day = today()
    ages = 30 + 41 - ((day.month, day.day) < (12, 31))
    assert town.number("age", town.first) == Number(ages, 2)
    assert town.number("building-age", town.first) == Number(town.first.age, 1)
    assert town.number("building-age", town.second) is None


@pytest.mark.parametrize("born", [date(2000, 2, 29), date(1999, 12, 31), today() - timedelta(days=366), today().replace(year=1990, day=1)])
def test_years_in_sql_are_those_of_the_model(town: Town, born: date) -> None:
    town.second.completed_on = born
    town.session.flush()
    assert town.number("building-age", town.second) == Number(town.second.age, 1)


def test_an_area_adds_up_its_buildings(town: Town) -> None:
    figure = next(f for f in portal().registry.declared(Figure) if f.name == "occupied")
    found = numbers(town.session, figure, sa.select(Building.id), seeing(Actor.system()), by=Building.area_id)
    assert found == {town.first.area_id: Number(2, 4), town.other.area_id: Number(1, 1)}


def test_the_chosen_figure_marks_the_buildings(town: Town) -> None:
    shown = town.tell("rooms").shown
    assert shown.marks[town.first.id].text == "5"
    assert shown.marks[town.second.id].text == "0"
    assert shown.total == "5"
    assert sum(k.count for k in shown.keys) == 2
    occupied = town.tell().shown
    assert occupied.marks[town.first.id].text == "50%"
    assert occupied.marks[town.second.id].text == "—", "of a building without rooms nothing is known"
    assert town.tell("nonsense").unknown
    assert not town.tell("rooms").unknown


def test_a_colouring_of_rooms_colours_the_buildings(town: Town) -> None:
    told = town.tell("by.use")
    assert [o.label for o in told.more if o.current] == ["用途"]
    mark = told.shown.marks[town.first.id]
    assert mark.text == "40%", "the share of the most frequent shade"
    assert sum(b.length for b in mark.bands) == pytest.approx(100, abs=0.1)
    assert {k.label: k.count for k in told.shown.keys} == {"自住": 1, "出租": 1, "空置": 2, "未填写": 1}
    assert told.shown.total == "5"
    assert told.shown.marks[town.second.id].text == "—"
    one = town.tell("by.use", str(town.word("空置"))).shown
    assert one.marks[town.first.id].text == "2"
    assert "40.0%" in one.marks[town.first.id].more
    assert (one.total, one.all_url) == ("2", "figure=by.use")
    assert town.tell("by.use", "no-such-shade").shown.marks == told.shown.marks


def test_a_flag_is_counted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    use = of_field("test", Room, "use", flag="corner", module=portal().registry.modules["housing.rooms"])
    monkeypatch.setattr("views.housing._plan_figures.colourings_within", lambda model, actor: (use,))
    shown = town.tell("by.test").shown
    assert (shown.marks[town.first.id].text, shown.marks[town.second.id].text, shown.total) == ("4", "0", "4")


def test_colourings_belong_to_a_building_by_their_rooms(session: Session) -> None:
    found = colourings_within(Building, Actor.system())
    assert {"use", "layout"} <= {c.name for c in found}
    assert all(parts_of(Building, c) is not None for c in found)
    assert parts_of(Area, next(c for c in found if c.model is Room)) is None
    assert colourings_within(Building, Actor(None, "nobody")) == ()


@pytest.mark.parametrize(
    ("values", "most", "bounds"),
    [
        ([3, 3], None, ["3"]),
        ([0, 1, 2, 3, 4], None, ["0", "1", "2", "3", "4"]),
        ([0, 37], None, ["0–9", "10–19", "20–29", "30–39"]),
        ([61, 72, 216], None, ["50–99", "100–149", "150–199", "200–249"]),
        ([1200, 98000], None, ["0–19,999", "20,000–39,999", "40,000–59,999", "60,000–79,999", "80,000–99,999"]),
        ([], None, []),
        ([None], None, []),
    ],
)
def test_steps_of_whole_numbers(values: list[float | None], most: float | None, bounds: list[str]) -> None:
    scale = Scale.of(values)
    assert [scale.bounds(n, whole=True) for n in range(scale.count)] == bounds


@pytest.mark.parametrize("values", [[88.1, 92, 100], [100, 100], [0, 100], [99.5, 99.9], [0, 0.4]])
def test_steps_of_shares_end_at_a_hundred(values: list[float]) -> None:
    scale = Scale.of(values, most=100)
    assert 0 < scale.count <= STEPS
    assert scale.start + scale.step * scale.count <= 100
    for value in values:
        place = scale.place(value)
        assert scale.start + place * scale.step <= value <= scale.start + (place + 1) * scale.step
        assert 1 <= scale.level(place) <= STEPS


def test_fronts_are_as_high_as_their_floors_and_bounded() -> None:
    assert front(18, 3).height > front(6, 3).height
    assert front(6, 4).width > front(6, 1).width
    assert front(200, 99).height < 250
    assert front(None, 0).doors == ""
    assert skyline([]) == ""
    assert skyline([6, None, 33]).count("z") == 3
