"""Faults 7, 8 and 9: stock's SQLA() has a metadata of its own, which migrations then compare with nothing; two models with one
table name merge silently; AuditMixin fails outside a request."""

from __future__ import annotations

import gc
from collections.abc import Iterable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.security.sqla.models import User
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.database import db
from app.extension import portal
from app.registry import load
from models.base import Base, Journaled, utcnow
from tests.faults import stock
from tests.portal import make_example

# -- 7: one metadata ---------------------------------------------------------------------------------------------------------------


def migrations_see(metadata: sa.MetaData, models: Iterable[type]) -> None:
    missing = {model.__tablename__ for model in models} - set(metadata.tables)
    assert not missing, f"migrations would not see {missing}"


def test_migrations_see_every_table(app: Flask) -> None:
    """Those of the registry, those without an entity, and Flask-AppBuilder's own."""
    metadata = db.metadata
    migrations_see(metadata, (entity.model for entity in load().entities.values()))
    migrations_see(metadata, (mapper.class_ for mapper in Base.registry.mappers))
    migrations_see(metadata, [User])


def test_the_migrated_database_has_them(session: Session) -> None:
    names = set(sa.inspect(db.engine).get_table_names())
    assert set(Base.metadata.tables) <= names


@stock.stock_fails("SQLA() has its own, empty metadata; models inherit another one")
def test_migrations_of_stock() -> None:
    migrations_see(SQLA().metadata, [stock.Animal, stock.Shelter, User])


# -- 8: one table, one model -------------------------------------------------------------------------------------------------------


def second_model_is_refused(base: type, table: str) -> None:
    """A second model of a table's name stops the start instead of changing the first one's table."""
    facts = {"__tablename__": table, "__annotations__": {"intruder": Mapped[str | None]}, "intruder": mapped_column(sa.String(10))}
    before = set(base.metadata.tables[table].columns.keys())
    try:
        type("Intruder", (base,), facts | {"id": mapped_column(primary_key=True, type_=sa.Integer)})
        refused = ""
    except InvalidRequestError as error:
        refused = str(error)
    # The half-made class stands in a cycle; nobody must meet it when all mappings are looked over.
    gc.collect()
    assert set(base.metadata.tables[table].columns.keys()) == before
    assert f"Table '{table}' is already defined" in refused


def test_two_models_of_one_table() -> None:
    load()
    second_model_is_refused(Base, "pet")


@stock.stock_fails("both models share one table with the columns of both, and nobody is told")
def test_two_models_of_one_table_on_stock() -> None:
    class Once(stock.StockModel):
        __tablename__ = "stock_once"
        id: Mapped[int] = mapped_column(primary_key=True)

    second_model_is_refused(stock.StockModel, "stock_once")


# -- 9: who and when, outside a request --------------------------------------------------------------------------------------------


def test_a_command_signs_as_the_system(session: Session) -> None:
    """Nobody is signed in when a command, a job or an import on the server writes."""
    before = utcnow()
    pet = make_example(portal().registry.entity("pets"))
    assert isinstance(pet, Journaled)
    assert (pet.created_by_id, pet.updated_by_id) == (None, None)
    assert before <= pet.created_at == pet.updated_at <= utcnow()
    assert pet.version == 1


@stock.stock_fails("AuditMixin asks the request who writes, and there is none")
def test_a_command_on_stock(stock_app: Flask) -> None:
    with stock.audited_model(stock_app) as audited:
        session = stock_app.extensions["stock_db"].session
        session.add(audited())
        try:
            session.commit()
        except IntegrityError as error:
            session.rollback()
            refused = str(error.orig)
        else:
            refused = ""
        stock.sure(not refused or "created_by_fk" in refused, "it is the signature that the database misses")
        assert not refused


@pytest.mark.parametrize("name", ["admin", "clerk"])
def test_a_user_signs_by_name(app: Flask, session: Session, users: object, name: str) -> None:
    """The counterpart: behind a user the record is signed, so the empty signature above means the system."""
    from app.entity.datamodel import save  # noqa: PLC0415

    actor = users.actor(name)  # type: ignore[attr-defined]
    pet = save(session, portal().registry.entity("pets"), {"tag_no": f"BY-{name}"}, actor)
    assert session.get(User, pet.created_by_id).username == name
