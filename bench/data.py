"""A large community, quickly: rooms in their buildings, a household in each, residents; the same on every run and every database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench import drawn
from models import search_index
from models.base import Base, with_sort_keys
from models.housing.demo_people import People, Person
from models.housing.demo_places import Home, build
from models.housing.households import Household, generated_number
from models.housing.residents import Kinship, Resident, Sex
from models.housing.rooms import Room, RoomUse
from models.platform.dictionaries import DictionaryItem
from models.spelling import readings

DAY = date(2026, 11, 2)
VERSION = 2
"""Counts up when other data are made, so that databases which were kept are made anew."""
NAME, PHONE = "张三", "13893401234"
"""Whom the searches look for: every 4,000th resident bears the name, the last one has the telephone."""

FLOOR = sa.Table("floor_resident", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("words", sa.String(160)))
"""What somebody who writes a search by hand keeps beside each resident: name, pinyin, initials and telephone in one text."""

_CHUNK = 5000
_USES = (("自住", 70), ("出租", 15), ("空置", 8), ("装修中", 2), ("办公", 3), ("商用", 2))
_DECORATIONS = ("精装", "简装", "简装", "毛坯", "豪装", "老旧待修")
_CATEGORIES = ("职工住户", "职工住户", "离退休住户", "外部购房户", "租住户")
_OTHERS = (Kinship.SPOUSE, Kinship.SON, Kinship.DAUGHTER, Kinship.FATHER, Kinship.MOTHER)


def load(session: Session, rooms: int, residents: int) -> None:
    """Fill an empty database. Commits."""
    rng = Random(1)
    rows = [home.row for home in places(session, rooms, rng, with_area=rooms > drawn.ROOMS)]
    first = insert(session, Room, rows)
    words = words_by_name(session)
    insert(session, RoomUse, drawn.uses(first, rows, rng, words))
    people = _people(rng, min(rooms, residents), residents)
    categories = [words["household_category", c] for c in _CATEGORIES]
    heads = people[: min(rooms, residents)]
    households = insert(session, Household, [_household(n, head, first + n, categories, rng) for n, head in enumerate(heads)])
    rows = [person.row | {"household_id": households + (person.household or 0)} for person in people]
    residents_from = insert(session, Resident, rows)
    _write_words(session, people, residents_from)
    session.commit()
    search_index.rebuild(session, keys=False)
    session.commit()


def places(session: Session, rooms: int, rng: Random, with_area: bool = False) -> list[Home]:
    """Fill an empty database with areas, buildings and entrances; the rooms are returned. with_area: the area that is drawn is one of
    them, and the first. Flushes."""
    words = words_by_name(session)
    homes = drawn.area(session, words) if with_area else []
    homes += build(session, words, rooms - len(homes), rng, DAY).homes[: rooms - len(homes)]
    labels, weights = zip(*_USES, strict=True)
    for home, use in zip(homes, rng.choices(labels, weights, k=len(homes)), strict=True):
        home.row["use_id"] = words["room_use", use]
        home.row["decoration_id"] = words["room_decoration", rng.choice(_DECORATIONS)]
    return homes


def words_by_name(session: Session) -> dict[tuple[str, str], int]:
    """The ids of the words of dictionaries, by dictionary and label."""
    query = sa.select(DictionaryItem.dictionary, DictionaryItem.label, DictionaryItem.id)
    return {(str(getattr(d, "value", d)), w): i for d, w, i in session.execute(query)}


def insert(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> int:
    """Insert rows with their sort keys, numbered from the returned id on."""
    table = model.__table__
    first = (session.scalar(sa.select(sa.func.max(table.c.id))) or 0) + 1
    moment = datetime(2026, 11, 2, 8, tzinfo=UTC)
    same: dict[str, Any] = {"created_at": moment, "updated_at": moment, "version": 1}
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        plain = [{n: v for n, v in row.items() if n in table.c} | same | {"id": first + start + i} for i, row in enumerate(chunk)]
        session.execute(table.insert(), [with_sort_keys(model, row) for row in plain])
    if session.get_bind().dialect.name == "postgresql" and rows:
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        session.execute(sa.select(sa.func.setval(sequence, first + len(rows) - 1)))
    return first


def _people(rng: Random, heads: int, residents: int) -> list[Person]:
    """First the head of every household, then further members of some."""
    maker = People(rng, DAY)
    people = []
    for n in range(residents):
        sex = rng.choice((Sex.MALE, Sex.FEMALE))
        kinship = Kinship.HEAD if n < heads else rng.choice(_OTHERS)
        person = maker.person(rng.uniform(22, 85), sex, kinship=kinship)
        person.household = n if n < heads else rng.randrange(heads)
        if n % 4000 == 0:
            person.row["name"] = NAME
        person.row["pinyin"] = spelled(person.row["name"])
        people.append(person)
    people[-1].row["phone"] = PHONE
    return people


def _household(n: int, head: Person, room: int, categories: list[int], rng: Random) -> dict[str, Any]:
    row = head.row
    return {
        "number": generated_number(n + 1),
        "serial": n + 1,
        "name": row["name"],
        "pinyin": row["pinyin"],
        "category_id": rng.choice(categories),
        "room_id": room,
        "phone": row["phone"],
        "moved_in": date(2000 + n % 26, n % 12 + 1, n % 28 + 1),
    }


@lru_cache(maxsize=100_000)
def spelled(name: str) -> str:
    """张三 -> "zhangsan zs"."""
    syllables = [read[0] for read in readings(name, person=True)]
    return f"{''.join(syllables)} {''.join(s[0] for s in syllables)}"


def _write_words(session: Session, people: list[Person], first: int) -> None:
    connection = session.connection()
    FLOOR.drop(connection, checkfirst=True)
    FLOOR.create(connection)
    rows = [{"id": first + n, "words": f"{p.row['name']} {p.row['pinyin']} {p.row['phone'] or ''}"} for n, p in enumerate(people)]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(FLOOR.insert(), rows[start : start + _CHUNK])


def tidy(engine: sa.Engine) -> None:
    """What a database does by itself in the night: statistics, and on PostgreSQL the map of visible pages."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE")
