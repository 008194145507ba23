"""A household with all that a file may hold, in a room with a past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import Role, User

from app.database import db
from app.entity.datamodel import Draft, save, write_many
from app.extension import portal
from app.security.actor import Actor
from models.base import Base
from models.housing.residents import Kinship
from models.platform.dictionaries import DictionaryItem
from tests.portal import PASSWORD, empty_tables, make_example, reach_all

SYSTEM = Actor.system()
ID_NUMBER, PHONE, DEED = "620102196803142186", "13893401234", "甘(2016)庆城县不动产权第0004821号"


def make(name: str, /, **values: Any) -> Base:
    """A record of an entity, through the seam."""
    return save(db.session, portal().registry.entity(name), values, SYSTEM)


def word(dictionary: str, label: str) -> DictionaryItem:
    return db.session.scalar(sa.select(DictionaryItem).where(DictionaryItem.dictionary == dictionary, DictionaryItem.label == label))


def members(household: Base, count: int, first: int = 0) -> None:
    """So many people of a household."""
    people = [Draft({"name": f"成员{n}", "household": household, "employer": f"采油{n}厂"}) for n in range(first, first + count)]
    write_many(db.session, portal().registry.entity("residents"), people, SYSTEM)
    assert not [p for d in people for p in d.problems]


@pytest.fixture(scope="module")
def estate(app: Flask) -> Iterator[dict[str, int]]:
    """赵雪梅's household since 2019 in a room that was let before; ids by name."""
    with app.app_context():
        registry = portal().registry
        household = make_example(registry.entity("households"), moved_in="2019-08-01")
        room = household.room
        make("residents", name="安小宝", household=household, kinship=Kinship.SON)
        owner = make_example(registry.entity("residents"), household=household.number)
        deed = make_example(registry.entity("title-deeds"))
        make("ownerships", room=room, owner=owner, title_deed=deed, share=50, acquired_on=date(2016, 8, 12))
        make("ownerships", room=room, owner=make("residents", name="孙国庆"), share=50, acquired_on=date(2016, 8, 12))
        before = make("households", name="周学民", room=room, phone="13993400000", moved_in=date(2016, 8, 25), moved_out=date(2019, 7, 31))
        tenant = make("residents", name="周学民", household=before)
        make(
            "tenancies",
            room=room,
            tenant=tenant,
            household=before,
            starts_on=date(2016, 8, 25),
            ends_on=date(2019, 12, 31),
            ended_on=date(2019, 7, 31),
            rent=1800,
        )
        make("room-uses", room=room, use=word("room_use", "出租"), since_on=date(2016, 8, 25), until_on=date(2019, 7, 31))
        pet = make_example(registry.entity("pets"), owner=household.number)
        vehicle = make_example(registry.entity("vehicles"), owner=household.number)
        space = make_example(registry.entity("parking-spaces"), household=household.number)
        make_example(registry.entity("company-roles"))
        empty = make("households", name="空户")
        large = make("households", name="大户", room=None)
        members(large, 50)
        for n in range(30):
            make(
                "tenancies",
                room=room,
                tenant=owner,
                household=large,
                starts_on=date(1980 + n, 1, 1),
                ends_on=date(1980 + n, 6, 30),
                ended_on=date(1980 + n, 6, 30),
            )
        db.session.commit()
        made = {
            "household": household,
            "room": room,
            "residents": owner,
            "pets": pet,
            "vehicles": vehicle,
            "parking-spaces": space,
            "empty": empty,
            "large": large,
        }
        ids = {name: record.id for name, record in made.items()}
        db.session.remove()
    yield ids
    with app.app_context():
        empty_tables()


@pytest.fixture
def user_who(app: Flask) -> Iterator[Callable[..., str]]:
    """`user_who(households="read export", pets="read")`: the name of a user whose only role has these rights; gone after the test."""
    made: list[str] = []

    def grant(**modules: str) -> str:
        name = f"who{len(made)}"
        with app.app_context():
            manager = app.appbuilder.sm
            wanted = [(f"can_{verb}", f"housing.{module}") for module, verbs in modules.items() for verb in verbs.split()]
            role = manager.add_role(name, [manager.find_permission_view_menu(*pair) for pair in wanted])
            reach_all(role)
            assert manager.add_user(name, "Only", "Test", f"{name}@example.org", [role], password=PASSWORD)
            db.session.remove()
        made.append(name)
        return name

    yield grant
    with app.app_context():
        for model, column in ((User, User.username), (Role, Role.name)):
            for record in db.session.scalars(sa.select(model).where(column.in_(made))):
                db.session.delete(record)
            db.session.flush()
        db.session.commit()
        db.session.remove()
