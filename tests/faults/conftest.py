"""The stock application beside ours, and few records to tell apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import Role, User

from app.database import db
from tests.faults import stock
from tests.portal import PASSWORD, reach_all


@pytest.fixture(scope="session")
def stock_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The stock application; made once for the whole run, because Flask-AppBuilder's views keep what they are given."""
    application = stock.make_stock(tmp_path_factory.mktemp("stock"))
    yield application
    with application.app_context():
        application.extensions["stock_db"].engine.dispose()


@pytest.fixture
def stock_app(stock_site: Flask) -> Iterator[Flask]:
    """The stock application without any animal or shelter."""
    yield stock_site
    with stock.session_of(stock_site) as session:
        session.execute(sa.delete(stock.Animal))
        session.execute(sa.delete(stock.Shelter))
        session.commit()


@pytest.fixture
def user_with(app: Flask) -> Iterator[Callable[..., str]]:
    """`user_with("housing.pets", "read", "write")`: the name of a user whose only role has these rights; gone after the test."""
    made: list[str] = []

    def make(module: str, *verbs: str) -> str:
        name = f"only{len(made)}"
        with app.app_context():
            manager = app.appbuilder.sm
            role = manager.add_role(name, [manager.find_permission_view_menu(f"can_{verb}", module) for verb in verbs])
            reach_all(role)
            assert manager.add_user(name, "Only", "Test", f"{name}@example.org", [role], password=PASSWORD)
            db.session.remove()
        made.append(name)
        return name

    yield make
    with app.app_context():
        db.session.rollback()
        for record in (*db.session.scalars(sa.select(User).where(User.username.in_(made))),):
            db.session.delete(record)
        db.session.flush()
        for record in (*db.session.scalars(sa.select(Role).where(Role.name.in_(made))),):
            db.session.delete(record)
        db.session.commit()
        db.session.remove()
