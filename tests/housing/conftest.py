"""An empty database in memory, and the write seam in small: prepare, check, flush, settle, check_many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import flask_appbuilder.security.sqla.models  # noqa: F401  (ab_user, to which every journaled table points)
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import models.housing.demo  # all tables of the subsystem
import models.platform.pictures  # noqa: F401
from models import search_index
from models.base import Base, Problem
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.households import Household
from models.housing.residents import Resident
from models.housing.rooms import Room
from models.platform.dictionaries import DictionaryItem, seed_dictionaries

Problems = list[tuple[str | None, str]]


@pytest.fixture
def memory() -> Iterator[Session]:
    """A session on an empty SQLite database with foreign keys enforced and the dictionaries filled."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    sa.event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA foreign_keys=ON"))
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        search_index.ensure(session)
        seed_dictionaries(session)
        yield session
    engine.dispose()


def save(session: Session, *records: Base) -> Problems:
    """What the seam does with records of one model; returns the problems as (field, message)."""
    model = type(records[0])
    found: list[Problem] = []
    with session.no_autoflush:
        for record in records:
            record.prepare(session)
            found += record.check()
    if not found:
        session.add_all(records)
        session.flush()
        model.settle(session, records)
        session.flush()
        found += [problem for _record, problem in model.check_many(session, records)]
    return [(problem.field, str(problem.message)) for problem in found]


@dataclass
class Queries:
    """Statements sent while it counts."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


@pytest.fixture
def counted(memory: Session) -> Callable[[Callable[[], Any]], int]:
    """A function that runs another and returns how many statements it sent."""

    def run(action: Callable[[], Any]) -> int:
        queries = Queries()

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            queries.statements.append(statement)

        engine = memory.get_bind()
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            action()
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        return len(queries)

    return run


@dataclass
class Estate:
    """A small estate to hang tests on: makers with sensible defaults, each saved without problems."""

    session: Session
    area: Area
    building: Building
    entrance: Entrance

    def put(self, record: Any) -> Any:
        """Save a record that must be right."""
        assert save(self.session, record) == []
        return record

    def room(self, number: str = "501", **values: Any) -> Room:
        """A room of the entrance."""
        return self.put(Room(**{"building": self.building, "entrance": self.entrance, "floor": 5, "number": number} | values))

    def household(self, name: str = "赵雪梅", **values: Any) -> Household:
        """A household; its number is given by the portal."""
        return self.put(Household(name=name, **values))

    def resident(self, name: str = "赵雪梅", **values: Any) -> Resident:
        """A person."""
        return self.put(Resident(name=name, **values))

    def word(self, dictionary: str, label: str) -> DictionaryItem:
        """A word of a dictionary."""
        return self.session.scalars(sa.select(DictionaryItem).filter_by(dictionary=dictionary, label=label)).one()


@pytest.fixture
def estate(memory: Session) -> Estate:
    """Area 湖滨, building 3 with 18 floors and a basement, entrance 2."""
    area = Area(code="湖滨", name="湖滨花园")
    assert save(memory, area) == []
    building = Building(area=area, number="3", floors=18, basement_floors=1, completed_on=date(2011, 9, 30))
    assert save(memory, building) == []
    entrance = Entrance(building=building, number="2", lifts=2)
    assert save(memory, entrance) == []
    return Estate(memory, area, building, entrance)
