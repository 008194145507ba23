"""A portal whose users and roles are as after the set-up at the start of every test: these tests commit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import Role, User

from app import create_app
from app.cli import ADMIN
from app.database import db
from app.extension import portal
from app.security.matrix import value_of
from app.security.rights import all_rights, rights_of, set_rights
from app.security.sync import sync_rights
from models import search_index
from models.base import Base
from models.platform.dictionaries import seed_dictionaries
from tests.portal import PASSWORD, make_database, make_users, reach_all

MakeUser = Callable[..., int]
MakeRole = Callable[..., int]


@pytest.fixture(scope="session")
def app(database: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A portal with a user per seeded role."""
    folder: Path = tmp_path_factory.mktemp(f"platform-{database}")
    url = f"sqlite:///{folder / 'portal.db'}" if database == "sqlite" else make_database(request.getfixturevalue("postgres_url"))
    changes = {"TESTING": True, "INSTANCE_DIR": folder, "SQLALCHEMY_DATABASE_URI": url, "SECRET_KEY": "signs nothing but tests, at length"}
    changes |= {"WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False, "FAB_PASSWORD_HASH_METHOD": "pbkdf2:sha256:1000"}
    application = create_app(changes)
    with application.app_context():
        Base.metadata.create_all(db.engine)
        sync_rights(db.session, portal().registry)
        search_index.ensure(db.session)
        seed_dictionaries(db.session)
        manager = application.appbuilder.sm
        manager.add_user(ADMIN, "管理员", "", "admin@localhost", [manager.role_named("Administrator")], password="admin-password")
        make_users()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def restore(app: Flask) -> Iterator[Callable[[], None]]:
    """Puts the database back to what it was after the set-up."""
    url = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite":
        kept = Path(url.database).with_suffix(".kept")
        shutil.copy(url.database, kept)
        yield lambda: (shutil.copy(kept, url.database), None)[1]
        return
    # Without a pool: a connection that is kept open would outlive the server.
    engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {url.database}_kept TEMPLATE {url.database}"))

    def again() -> None:
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {url.database} WITH (FORCE)"))
            connection.execute(sa.text(f"CREATE DATABASE {url.database} TEMPLATE {url.database}_kept"))

    yield again


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    """Restores the database after each test that has one; the others are not run once per kind of database."""
    if "app" not in request.fixturenames:
        yield
        return
    app, restore = request.getfixturevalue("app"), request.getfixturevalue("restore")
    yield
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        restore()


@pytest.fixture
def make_role(app: Flask) -> MakeRole:
    """`make_role("Office", "read:platform.users", …)` gives the id of a new role with these rights."""

    def make(name: str, *rights: str) -> int:
        with app.app_context():
            known = all_rights(db.session)
            role = Role(name=name)
            db.session.add(role)
            db.session.flush()
            reach_all(role)
            set_rights(db.session, role.id, (), [known[(f"can_{verb}", module)] for verb, module in (r.split(":") for r in rights)])
            db.session.commit()
            return role.id

    return make


@pytest.fixture
def make_user(app: Flask) -> MakeUser:
    """`make_user("wangfang", "Clerk")` gives the id of a new user with these roles, who signs in by PASSWORD."""

    def make(login: str, *roles: str) -> int:
        with app.app_context():
            manager = app.appbuilder.sm
            given = [manager.role_named(name) for name in roles]
            return manager.add_user(login, "Person", login.title(), f"{login}@example.org", given, password=PASSWORD).id

    return make


@pytest.fixture
def user_id(app: Flask) -> Callable[[str], int]:
    def find(login: str) -> int:
        with app.app_context():
            return db.session.scalar(sa.select(User.id).where(User.username == login))

    return find


@pytest.fixture
def role_id(app: Flask) -> Callable[[str], int]:
    def find(name: str) -> int:
        with app.app_context():
            return db.session.scalar(sa.select(Role.id).where(Role.name == name))

    return find


@pytest.fixture
def held(app: Flask) -> Callable[[int], set[str]]:
    """The rights of a role as `verb:module`, as the database has them."""

    def find(key: int) -> set[str]:

        with app.app_context():
            ids = rights_of(db.session, key)
            return {value_of(pair) for pair, right in all_rights(db.session).items() if right in ids}

    return find
